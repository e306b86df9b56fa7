/* SPDX-License-Identifier: BSD-2-Clause */
/* UDF's structures on disc: parse and emit, side by side, nothing else.  All little-endian.  ECMA-167 3rd edition gives
 * the shapes, OSTA UDF 1.02 to 2.60 what goes in; "3/10.1" is part 3, clause 10.1 of ECMA-167.
 *
 * Every descriptor begins with a tag (3/7.2): id, version, a sum over the tag itself, a CRC over what follows, and the
 * block it was written to.  udf_tag_check proves all that can be proved from the bytes alone; the parsers below expect
 * bytes that passed it.  Emitters write into zeroed blocks and leave the tag to udf_tag_seal, which goes last. */
#ifndef FORMATS_UDF_LAYOUT_H
#define FORMATS_UDF_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"
#include "img/tree.h"

enum {
	UDF_TAG_LEN = 16,
	UDF_DESC_LEN = 512,		/* of all descriptors of a volume sequence but a long LVD */
	UDF_MAX_MAPS = 64,		/* partitions of a logical volume; real ones have 1 or 2 */
};

enum udf_tag_id {
	UDF_PVD = 1, UDF_AVDP, UDF_VDP, UDF_IUVD, UDF_PD, UDF_LVD, UDF_USD, UDF_TD, UDF_LVID,
	UDF_FSD = 256, UDF_FID, UDF_AED, UDF_IE, UDF_TE, UDF_FE, UDF_EAHD, UDF_USE, UDF_SBD, UDF_PIE, UDF_EFE,
};

struct udf_tag {
	uint16_t id, version, serial, crc, crc_len;
	uint32_t location;
};

/* The tag's own sum and the CRC over what follows.  @id 0: any kind.  IMG_E_FORMAT: no such descriptor;
 * IMG_E_CHECKSUM: there is one, but its CRC says no. */
int udf_tag_check(const uint8_t *b, size_t len, uint16_t id, struct udf_tag *ret, struct img_err *err);
/* Write the tag of a descriptor whose body is complete. */
void udf_tag_seal(uint8_t *b, uint16_t id, uint16_t version, uint16_t serial, uint32_t location, size_t crc_len);
/* "a file entry"; never NULL. */
const char *udf_tag_title(uint16_t id);

/* ---- small parts ---- */

struct udf_extent {		/* 3/7.1: absolute blocks */
	uint32_t len, block;
};

enum udf_ad_type { UDF_RECORDED, UDF_ALLOCATED, UDF_UNALLOCATED, UDF_CONTINUED };

struct udf_ad {			/* 4/14.14.2: blocks of a partition */
	uint32_t len, block;
	uint8_t type;		/* enum udf_ad_type */
	uint16_t part;		/* index into the partition maps */
	uint16_t flags;
	uint32_t unique;
};

struct udf_regid {		/* 1/7.4 */
	uint8_t flags;
	char id[24];		/* NUL-terminated */
	uint8_t suffix[8];	/* begins with the revision, BCD, where the id is UDF's */
};

struct udf_stamp {		/* 1/7.3 */
	uint8_t type;		/* 1: local time with a zone */
	int16_t zone;		/* minutes east; -2047: not told */
	int16_t year;
	uint8_t month, day, hour, minute, second, centi, hundreds, micros;
};

struct img_cursor;
struct udf_extent udf_extent_parse(struct img_cursor *c);
struct udf_ad udf_long_ad_parse(struct img_cursor *c);
struct udf_ad udf_short_ad_parse(struct img_cursor *c, uint16_t part);
struct udf_regid udf_regid_parse(struct img_cursor *c);
struct udf_stamp udf_stamp_parse(struct img_cursor *c);
/* A dstring of @n bytes as UTF-8 into @ret, which has room for 2 * @n bytes; "" when it makes no sense. */
void udf_dstring_parse(struct img_cursor *c, size_t n, char *ret);

uint16_t udf_regid_revision(const struct udf_regid *r);
struct udf_regid udf_regid_make(const char *id, uint16_t revision);
struct img_time udf_stamp_time(const struct udf_stamp *s);
/* The same time in UTC, to the microsecond. */
struct udf_stamp udf_stamp_make(struct img_time t);

/* Emitters go through a writer into zeroed bytes of fixed size. */
struct udf_put {
	uint8_t *p;
};
void udf_put_u8(struct udf_put *w, uint8_t v);
void udf_put_16(struct udf_put *w, uint16_t v);
void udf_put_32(struct udf_put *w, uint32_t v);
void udf_put_64(struct udf_put *w, uint64_t v);
void udf_put_skip(struct udf_put *w, size_t n);
void udf_put_extent(struct udf_put *w, const struct udf_extent *e);
void udf_put_long_ad(struct udf_put *w, const struct udf_ad *a);
void udf_put_short_ad(struct udf_put *w, const struct udf_ad *a);
void udf_put_regid(struct udf_put *w, const struct udf_regid *r);
void udf_put_stamp(struct udf_put *w, const struct udf_stamp *s);
void udf_put_charspec(struct udf_put *w);
/* @text is cut at the last character that fits. */
void udf_put_dstring(struct udf_put *w, const char *text, size_t n);

/* ---- the volume (layout_volume.c) ---- */

struct udf_avdp {		/* 3/10.2 */
	struct udf_extent main, reserve;
};

struct udf_pvd {		/* 3/10.1 */
	uint32_t seq, number;
	char volume_id[64];
	uint16_t volume_seq, max_volume_seq, interchange, max_interchange;
	char set_id[256];
	struct udf_regid application, implementation;
	struct udf_stamp time;
	uint16_t flags;
};

struct udf_iuvd {		/* UDF 2.2.7 */
	uint32_t seq;
	struct udf_regid what, implementation;
	char label[256];
	char info[3][72];	/* owner, organisation, contact */
};

struct udf_pd {			/* 3/10.5, contents use: 4/14.3 */
	uint32_t seq;
	uint16_t flags, number;
	struct udf_regid contents, implementation;
	struct udf_ad free_table, free_bitmap, integrity, freed_table, freed_bitmap;
	uint32_t access;	/* 1 read only, 2 write once, 3 rewritable, 4 overwritable */
	uint32_t start, len;	/* blocks */
};

struct udf_lvd {		/* 3/10.6 */
	uint32_t seq;
	char label[256];
	uint32_t block_size;
	struct udf_regid domain, implementation;
	struct udf_ad fsd;
	uint32_t maps_len, n_maps;
	struct udf_extent integrity;
	const uint8_t *maps;	/* @maps_len bytes, in the block that was parsed */
};

enum udf_map_kind { UDF_MAP_PHYSICAL, UDF_MAP_VIRTUAL, UDF_MAP_SPARABLE, UDF_MAP_METADATA, UDF_MAP_UNKNOWN };

struct udf_map {		/* 3/10.7; UDF 2.2.8 to 2.2.10 */
	enum udf_map_kind kind;
	uint16_t volume_seq, number;
	struct udf_regid what;		/* type 2 only */
	uint16_t packet;		/* sparable: blocks of a packet */
	uint8_t n_tables;
	uint32_t table_len, table[4];	/* absolute blocks */
	uint32_t file, mirror, bitmap;	/* metadata: blocks of the physical partition; UINT32_MAX: no bitmap */
	uint32_t unit;
	uint16_t align;
	uint8_t flags;			/* bit 0: the mirror has its own data */
};

struct udf_lvid {		/* 3/10.10, UDF 2.2.6 */
	struct udf_stamp time;
	bool closed;
	struct udf_extent next;
	uint64_t next_unique;
	uint32_t n_parts;
	uint32_t free[UDF_MAX_MAPS], size[UDF_MAX_MAPS];
	struct udf_regid implementation;
	uint32_t n_files, n_dirs;
	uint16_t min_read, min_write, max_write;
	bool counts;			/* the implementation use that holds the counts is there */
};

int udf_avdp_parse(const uint8_t *b, struct udf_avdp *ret, struct img_err *err);
int udf_pvd_parse(const uint8_t *b, struct udf_pvd *ret, struct img_err *err);
int udf_iuvd_parse(const uint8_t *b, struct udf_iuvd *ret, struct img_err *err);
int udf_pd_parse(const uint8_t *b, struct udf_pd *ret, struct img_err *err);
int udf_lvd_parse(const uint8_t *b, size_t len, struct udf_lvd *ret, struct img_err *err);
int udf_map_parse(struct img_cursor *c, struct udf_map *ret, struct img_err *err);
int udf_lvid_parse(const uint8_t *b, size_t len, struct udf_lvid *ret, struct img_err *err);

/* All into UDF_DESC_LEN zeroed bytes, but the LVD, whose maps add to that; they return the CRC length to seal with. */
size_t udf_avdp_emit(const struct udf_avdp *d, uint8_t *b);
size_t udf_pvd_emit(const struct udf_pvd *d, uint8_t *b);
size_t udf_iuvd_emit(const struct udf_iuvd *d, uint8_t *b);
size_t udf_pd_emit(const struct udf_pd *d, uint8_t *b);
size_t udf_lvd_emit(const struct udf_lvd *d, uint8_t *b);
size_t udf_lvid_emit(const struct udf_lvid *d, uint8_t *b);	/* n_parts ≤ 40 fit 512 bytes */
/* One type 1 map of 6 bytes. */
void udf_map1_emit(uint16_t volume_seq, uint16_t number, uint8_t *b);
/* The three records of 2048 bytes that announce UDF (2/9): @nsr is "NSR02" or "NSR03". */
void udf_vrs_emit(const char *nsr, uint8_t *b);

/* ---- files (layout_file.c) ---- */

struct udf_fsd {		/* 4/14.1 */
	struct udf_stamp time;
	uint32_t set, set_desc;
	char label[256], set_id[64], copyright[64], abstract[64];
	struct udf_ad root, next, streams;
	struct udf_regid domain;
};

enum udf_fid_flags {
	UDF_FID_HIDDEN = 1, UDF_FID_DIR = 2, UDF_FID_DELETED = 4, UDF_FID_PARENT = 8, UDF_FID_METADATA = 16,
};

struct udf_fid {		/* 4/14.4 */
	uint8_t flags;
	struct udf_ad icb;
	const uint8_t *name;	/* compressed Unicode, @name_len bytes */
	uint8_t name_len;
	uint16_t iu_len;
	size_t len;		/* of the whole record */
};
#define UDF_FID_MAX (38 + 65535 + 255 + 3)

enum udf_file_type {
	UDF_FILE_INDIRECT = 3, UDF_FILE_DIR = 4, UDF_FILE_BYTES = 5, UDF_FILE_BLOCK = 6, UDF_FILE_CHAR = 7,
	UDF_FILE_FIFO = 9, UDF_FILE_SOCKET = 10, UDF_FILE_LINK = 12, UDF_FILE_STREAMS = 13,
	UDF_FILE_VAT = 248, UDF_FILE_REALTIME = 249, UDF_FILE_METADATA = 250, UDF_FILE_MIRROR = 251, UDF_FILE_BITMAP = 252,
};

enum udf_ad_kind { UDF_AD_SHORT, UDF_AD_LONG, UDF_AD_EXTENDED, UDF_AD_EMBEDDED };

enum udf_icb_flags { UDF_ICB_AD_MASK = 7, UDF_ICB_SETUID = 0x40, UDF_ICB_SETGID = 0x80, UDF_ICB_STICKY = 0x100 };

struct udf_fe {			/* 4/14.9 and, extended, 4/14.17 */
	bool extended;
	uint16_t strategy, max_entries;
	uint8_t file_type;
	uint16_t flags;
	uint32_t uid, gid, permissions;
	uint16_t links;
	uint64_t size, object_size, blocks;
	struct udf_stamp access, modify, create, attribute;
	struct udf_ad ea_icb, streams;
	struct udf_regid implementation;
	uint64_t unique;
	uint32_t ea_len, ad_len;
	const uint8_t *ea, *ads;	/* in the block that was parsed */
	size_t ads_off;			/* of @ads in that block */
};

int udf_fsd_parse(const uint8_t *b, struct udf_fsd *ret, struct img_err *err);
size_t udf_fsd_emit(const struct udf_fsd *d, uint8_t *b);
/* A record at the head of @len bytes; its tag is the caller's.  IMG_E_FORMAT when it does not fit. */
int udf_fid_parse(const uint8_t *b, size_t len, struct udf_fid *ret, struct img_err *err);
size_t udf_fid_size(uint8_t name_len, uint16_t iu_len);
/* Returns the CRC length; writes udf_fid_size bytes. */
size_t udf_fid_emit(const struct udf_fid *d, uint8_t *b);
/* A file entry or extended file entry, as its tag says. */
int udf_fe_parse(const uint8_t *b, size_t len, struct udf_fe *ret, struct img_err *err);
/* Bytes an entry takes before its extended attributes. */
size_t udf_fe_head(bool extended);
size_t udf_fe_emit(const struct udf_fe *d, uint8_t *b);
/* Where an indirect entry leads (4/14.7). */
int udf_ie_parse(const uint8_t *b, size_t len, struct udf_ad *ret, struct img_err *err);
/* The descriptors of an allocation extent (4/14.5): *ret_ads points into @b. */
int udf_aed_parse(const uint8_t *b, size_t len, const uint8_t **ret_ads, size_t *ret_len, struct img_err *err);
#define UDF_AED_HEAD 24

/* An allocation extent of @len bytes of descriptors; returns the CRC length. */
size_t udf_aed_emit(const uint8_t *ads, uint32_t len, uint8_t *b);
/* The numbers of a device as extended attributes, sealed for an entry at @block; UDF_DEVICE_EA bytes. */
#define UDF_DEVICE_EA 80
void udf_device_emit(uint32_t major, uint32_t minor, uint16_t tag_version, uint32_t block, uint8_t *b);

uint32_t udf_permissions_mode(uint32_t permissions, uint16_t icb_flags);
uint32_t udf_mode_permissions(uint32_t mode);
uint16_t udf_mode_flags(uint32_t mode);		/* what the permissions have no place for: UDF_ICB_… */

#endif

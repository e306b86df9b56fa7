/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the ISO 9660 reader share. */
#ifndef FORMATS_ISO9660_ISO_H
#define FORMATS_ISO9660_ISO_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/memory.h"
#include "formats/iso9660/layout.h"
#include "img/env.h"
#include "img/tree.h"

struct img_checks;
struct img_rep;
struct img_source;
struct img_tree_open;

/* ---- limits, each with its reason ---- */

#define ISO_MAX_DESCRIPTORS 100		/* as Linux; real discs have four or five */
#define ISO_MAX_DIR (UINT64_C(1) << 30)	/* bytes of one directory: eight million files */
#define ISO_MAX_SECTIONS 65536		/* records of one file: 256 TiB */
#define ISO_MAX_CE_AREAS 64		/* continuation areas of one record; a 255-byte name and a long link need three */
#define ISO_MAX_CE_LEN 65536		/* of one area; Linux stops at 2048, libisofs writes more for large attributes */
#define ISO_MAX_NAME 1023		/* bytes of a Rock Ridge name: four times what any system can store */
#define ISO_MAX_LINK 65536		/* bytes of a link target */
#define ISO_MAX_SESSIONS 100
#define ISO_MAX_WARNINGS 64		/* of one tree; the environment keeps no more anyway */

/* ---- the volume ---- */

enum iso_view { ISO_PLAIN, ISO_ENHANCED, ISO_JOLIET, ISO_ROCK_RIDGE, ISO_N_VIEWS };
extern const char *const iso_view_words[ISO_N_VIEWS];	/* as --view has them */

/* The descriptors of one session. */
struct iso_set {
	uint64_t session;		/* sector the session begins at; its descriptors are ISO_VD_BLOCK further */
	struct iso_vd pvd, enhanced, joliet;
	bool has_enhanced, has_joliet;
	uint8_t joliet_level;
	bool has_catalog;		/* there is an El Torito boot record */
	uint32_t catalog;		/* block of the boot catalog */
};

struct iso {
	struct img_tree tree;
	struct img_source *volume;	/* owned */
	struct iso_meta *meta;
	struct iso_set set;
	uint32_t block;			/* bytes of a logical block */
	bool has[ISO_N_VIEWS];		/* trees that can be shown */
	bool susp;			/* the primary tree has system use entries */
	atomic_bool attrs;		/* AL entries were met: whoever knows a node has listed its folder before */
	uint8_t susp_skip;		/* bytes in front of them */
	enum iso_view view;
	unsigned int session, n_sessions;	/* shown, and found */
	atomic_uint n_warned;
	bool boot_told;			/* what is wrong with booting was told */
	_Atomic uint64_t dir_hint;	/* record that iso_dir_record found last: siblings come in turn */
};

static inline struct iso *
iso_of(struct img_tree *t)
{
	return (struct iso *)t;
}

/* Open @o->volume (volume.c). */
int iso_open(const struct img_tree_open *o, struct iso **ret, struct img_err *err);
/* Say when the top folders of the trees show different files (roots.c). */
int iso_roots_compare(struct iso *iso, struct img_err *err);
/* Another tree of the same volume (volume.c); it must be there. */
int iso_open_view(struct iso *iso, enum iso_view view, struct iso **ret, struct img_err *err);
void iso_free(struct iso *iso);
const struct iso_vd *iso_descriptor(const struct iso *iso, enum iso_view view);
/* Read the descriptors of the session at sector @session (descriptors.c).  IMG_E_UNKNOWN when none begins there. */
int iso_set_read(struct img_source *volume, uint64_t session, bool quiet, struct iso_set *ret, struct img_err *err);
/* Where sessions begin, in sectors, oldest first; the number goes to *ret_n (sessions.c). */
int iso_sessions_find(struct img_source *volume, bool thorough, uint64_t ret[ISO_MAX_SESSIONS], unsigned int *ret_n,
		      struct img_err *err);
/* IMG_E_FORMAT when the volume claims more than there is. */
int iso_check_size(const struct iso *iso, struct img_err *err);
/* A warning for the report, unless there were too many. */
void iso_warn(const struct iso *iso, const char *code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* ---- metadata through a small cache (meta.c) ---- */

int iso_meta_new(struct img_source *volume, struct iso_meta **ret, struct img_err *err);
void iso_meta_free(struct iso_meta *m);
int iso_meta_read(struct iso_meta *m, uint64_t off, void *buf, size_t len, struct img_err *err);

/* ---- directories (dir.c) ---- */

/* Names of nodes.  A file is the byte offset of its first record, with the distance back to the record of its resource
 * fork; a directory is where its records lie, so that two parents give it the same name. */
#define ISO_ID_DIR (UINT64_C(1) << 63)
uint64_t iso_dir_id(const struct iso *iso, uint64_t block, uint64_t size);
bool iso_dir_span(const struct iso *iso, uint64_t id, uint64_t *ret_off, uint64_t *ret_len);
static inline uint64_t
iso_file_id(uint64_t off, uint64_t back)
{
	return off | back << 44;
}
static inline uint64_t
iso_file_off(uint64_t id)
{
	return id & ((UINT64_C(1) << 44) - 1);
}
static inline uint64_t
iso_file_back(uint64_t id)
{
	return id >> 44 & 0xffff;
}

/* First byte of a record's data. */
static inline uint64_t
iso_data_block(const struct iso_record *r)
{
	return (uint64_t)r->block + r->xar;
}
static inline uint64_t
iso_data_off(const struct iso *iso, const struct iso_record *r)
{
	return iso_data_block(r) * iso->block;
}

/* The records of a directory, read through a window. */
struct iso_dir {
	const struct iso *iso;
	uint64_t at, len;	/* of the directory in the volume */
	uint64_t pos;		/* of the next record in it */
	uint64_t win_pos;
	size_t win_len, win_room;
	uint8_t *win;
};
int iso_dir_open(const struct iso *iso, uint64_t id, struct iso_dir *ret, struct img_err *err);
void iso_dir_close(struct iso_dir *d);
/* 1 and the record with its offset in the volume, 0 at the end.  Pointers of @ret hold until the next call. */
int iso_dir_next(struct iso_dir *d, struct iso_record *ret, uint64_t *ret_off, struct img_err *err);

/* One record anywhere; @buf keeps its bytes. */
int iso_record_at(const struct iso *iso, uint64_t off, uint8_t buf[256], struct iso_record *ret, struct img_err *err);
/* The record of the directory @id in its parent, IMG_E_UNKNOWN if that has none; the root's own. */
int iso_dir_record(struct iso *iso, uint64_t id, uint8_t buf[256], struct iso_record *ret, struct img_err *err);
static inline bool
iso_is_dot(const struct iso_record *r)
{
	return r->n_name == 1 && r->name[0] <= 1;
}

/* ---- names (joliet.c) ---- */

/* UTF-16BE to UTF-8 at @out, which has room for 3 bytes for every 2 of @n plus one; NUL-terminated.  What is no character
 * becomes U+FFFD; *ret_odd says that this happened. */
size_t iso_utf16_to_utf8(const uint8_t *p, size_t n, char *out, bool *ret_odd);
/* A text field of a descriptor without its padding; @wide: UTF-16BE.  @out has room for 3 bytes for every byte, plus one. */
size_t iso_text(const uint8_t *p, size_t n, bool wide, char *out);
#define ISO_TEXT_ROOM (128 * 3 + 1)

/* The name a record has in a tree that is not Rock Ridge, at @out with room for ISO_NAME_ROOM bytes. */
#define ISO_NAME_ROOM (255 * 3 + 2)
size_t iso_plain_name(const struct iso *iso, const struct iso_record *r, bool keep_version, char *out);

/* ---- content (content.c, zisofs.c) ---- */

/* The stored bytes of the file whose first record is at @off; *ret_first (may be NULL) is that record without pointers. */
int iso_stored(const struct iso *iso, uint64_t off, struct img_source **ret, struct img_err *err);
int iso_content(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err);
int iso_streams(struct img_tree *t, uint64_t id, struct img_nodes *ret, struct img_err *err);

struct iso_zf {			/* of a ZF entry */
	bool there;
	uint8_t version, header, bits;	/* @header: bytes / 4, @bits: log2 of the block size */
	char algorithm[2];
	uint64_t size;
};
/* @stored, a zisofs file, as its plain bytes.  Takes its own reference. */
int iso_zisofs(struct img_source *stored, const struct iso_zf *zf, struct img_source **ret, struct img_err *err);
/* Is @s such a file?  Its stored bytes (borrowed) and log2 of the block size. */
bool iso_zisofs_look(struct img_source *s, struct img_source **ret_stored, uint8_t *ret_bits);

/* Where the first byte of @s, a file's content, lies in @volume, and whether all of it follows; UINT64_MAX: elsewhere
 * (making_again.c). */
uint64_t iso_place_of(struct img_source *s, struct img_source *volume, bool *ret_whole);

/* ---- consumers ---- */

int iso_root(struct img_tree *t, struct img_node *ret, struct img_err *err);
int iso_list(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err);
int iso_describe(struct img_tree *t, struct img_rep *rep, struct img_err *err);
int iso_verify(struct img_tree *t, struct img_rep *rep, struct img_err *err);
int iso_checks(struct img_tree *t, struct img_checks *ret, struct img_err *err);
/* Is a checksum implanted (md5.c)? */
bool iso_has_md5(const struct iso_vd *pvd);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of ISO 9660 (ECMA-119), as plain structs; the bytes on the disc exist only in layout.c. */
#ifndef FORMATS_ISO9660_LAYOUT_H
#define FORMATS_ISO9660_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/cursor.h"
#include "img/error.h"
#include "img/tree.h"

#define ISO_SECTOR 2048			/* volume descriptors and the grid of directory records, whatever the block size */
#define ISO_VD_BLOCK 16			/* sector of the first volume descriptor of a session, from its start */
#define ISO_APP_USE_OFF 883		/* of the application use field, in a volume descriptor */
#define ISO_APP_USE_LEN 512
#define ISO_RECORD_MIN 34

/* ---- times ---- */

/* Seven bytes (ECMA-119 9.1.5) or seventeen (8.4.26.1); sec is IMG_NO_TIME when unset or no date at all. */
struct img_time iso_time7(const uint8_t date[7]);
struct img_time iso_time17(const uint8_t date[17]);
/* The reverse, in UTC; what the form cannot express is unset. */
void iso_time7_emit(struct img_time t, uint8_t ret[7]);
void iso_time17_emit(struct img_time t, uint8_t ret[17]);

/* ---- directory records ---- */

enum iso_record_flags {
	ISO_HIDDEN = 1, ISO_DIRECTORY = 2, ISO_ASSOCIATED = 4, ISO_MORE = 0x80,	/* not the last extent of the file */
};

struct iso_record {
	uint8_t len;			/* of the record */
	uint8_t xar;			/* blocks of extended attributes in front of the data */
	uint32_t block, size;		/* of the extent; size without the attributes */
	uint8_t date[7];
	uint8_t flags;
	uint8_t unit, gap;		/* interleaving */
	uint16_t volume;		/* of the set */
	uint8_t n_name, n_su;
	const uint8_t *name;		/* identifier; points into the bytes parsed, as does su */
	const uint8_t *su;		/* system use area */
	bool uneven;			/* a big-endian half disagrees */
};

/* Parse the record at @p, which has @room bytes up to the end of its sector. */
int iso_record_parse(const uint8_t *p, size_t room, struct iso_record *ret, struct img_err *err);
/* Write r->len bytes to @p: as parsed, or as iso_record_len says. */
void iso_record_emit(const struct iso_record *r, uint8_t *p);
size_t iso_record_len(size_t n_name, size_t n_su);

/* ---- volume descriptors ---- */

enum iso_vd_type { ISO_VD_BOOT = 0, ISO_VD_PRIMARY = 1, ISO_VD_SUPPLEMENTARY = 2, ISO_VD_PART = 3, ISO_VD_END = 255 };

/* Primary, supplementary or enhanced. */
struct iso_vd {
	uint8_t type, version, flags;
	uint8_t system_id[32], volume_id[32];
	uint32_t blocks;		/* volume space size */
	uint8_t escapes[32];
	uint16_t set_size, sequence, block_size;
	uint32_t path_len;		/* bytes */
	uint32_t path_l, path_l2, path_m, path_m2;	/* blocks */
	struct iso_record root;		/* name and su are not set */
	uint8_t set_id[128], publisher[128], preparer[128], application[128];
	uint8_t copyright[37], abstract[37], bibliographic[37];
	uint8_t created[17], modified[17], expires[17], effective[17];
	uint8_t structure;
	uint8_t app_use[ISO_APP_USE_LEN];
	bool uneven;
};

/* Is @p, a whole sector, a volume descriptor?  Its type, or -1. */
int iso_vd_type(const uint8_t *p);
int iso_vd_parse(const uint8_t *p, struct iso_vd *ret, struct img_err *err);
void iso_vd_emit(const struct iso_vd *vd, uint8_t *p);

/* ---- path tables ---- */

struct iso_path {
	uint8_t n_name, xar;
	uint32_t block;
	uint16_t parent;		/* number of a record, from 1 */
	const uint8_t *name;		/* points into the bytes parsed */
};

/* The next record of a table of type M (@big) or L; cur_ok says whether it was whole. */
void iso_path_parse(struct img_cursor *c, bool big, struct iso_path *ret);
/* Bytes written. */
size_t iso_path_emit(const struct iso_path *r, bool big, uint8_t *p);

#endif

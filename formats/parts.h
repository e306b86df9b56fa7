/* SPDX-License-Identifier: BSD-2-Clause */
/* What the readers of partition tables share: reading a sector, placing a partition inside the disk, overlaps. */
#ifndef FORMATS_PARTS_H
#define FORMATS_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "img/env.h"
#include "img/format.h"
#include "img/source.h"

/* Report what contradicts the rules of a scheme, as a warning; but not on a disk that is an ISO 9660 volume too, where it
 * is done on purpose (isohybrid: partitions cover the tables and each other), and not of a stream of which only the beginning was seen. */
void img_parts_oddity(struct img_source *disk, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Give @part the bytes [start, end) of @disk and append it to @ret.  @end may lie past the disk: then the partition is cut
 * there, and one that lies outside as a whole is left out; both are problems.  @label: "GPT partition 3". */
int img_parts_place(struct img_parts *ret, struct img_source *disk, struct img_part *part, uint64_t start, uint64_t end,
		    const char *label, struct img_err *err);

/* Report partitions of @p with from <= index < to that share sectors.  @title: "GPT".  Those that are no volumes count
 * too if @with_meta. */
int img_parts_overlaps(const struct img_parts *p, struct img_source *disk, const char *title, uint32_t from, uint32_t to,
		       bool with_meta, struct img_err *err);

/* Does the ISO 9660 signature stand where it belongs? */
bool img_is_iso9660(struct img_source *s);

/* The same, or that of UDF. */
bool img_is_iso_or_udf(struct img_source *s);

/* Is this the boot sector of a FAT, NTFS or exFAT file system?  @b: 512 bytes.  Such a sector ends with 55 AA too, but is
 * no MBR. */
bool img_is_fat_sector(const uint8_t *b);

/* An error that ends everything, rather than being one table's misfortune. */
static inline bool
img_is_fatal(int rc)
{
	return rc == IMG_E_NOMEM || rc == IMG_E_CANCELLED;
}

extern const struct img_format img_format_gpt;
extern const struct img_format img_format_mbr;
extern const struct img_format img_format_apm;

#endif

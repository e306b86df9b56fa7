/* SPDX-License-Identifier: BSD-2-Clause */
/* Making UDF: what a pure volume and the UDF side of a bridge disc have in common, and the author of the former. */
#ifndef FORMATS_UDF_AUTHOR_H
#define FORMATS_UDF_AUTHOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/udf/layout.h"
#include "img/format.h"

enum {
	UDF_BLOCK = 2048,		/* all that is written here has blocks of that size */
	UDF_ANCHOR = 256,		/* block of the first anchor */
	UDF_SEQUENCE = 16,		/* blocks of a volume descriptor sequence */
};
#define UDF_MAX_AD UINT32_C(0x3ffff800)	/* bytes of one allocation descriptor */

/* ---- the volume (author_volume.c) ---- */

/* What descriptors say.  Blocks are absolute but where the partition's are named. */
struct udf_plan {
	const char *label;
	uint16_t revision;		/* 0x0102: NSR02 and plain entries; 0x0201: NSR03 and extended ones */
	uint64_t identity;		/* tells this volume from others */
	struct img_time time;
	uint32_t main, reserve;		/* the two sequences */
	uint32_t integrity, integrity_blocks;
	uint32_t part, part_len;	/* the partition */
	uint64_t next_unique;
	uint32_t n_files, n_dirs;
	struct udf_ad root;
};

uint16_t udf_plan_tag_version(const struct udf_plan *p);
/* The three records of 2048 bytes that announce UDF. */
void udf_plan_recognition(const struct udf_plan *p, uint8_t *b);
/* Sixteen blocks that will lie at @block: PVD, IUVD, PD, LVD, USD, TD. */
void udf_plan_sequence(const struct udf_plan *p, uint32_t block, uint8_t *b);
/* Two blocks: LVID and terminator. */
void udf_plan_integrity(const struct udf_plan *p, uint8_t *b);
void udf_plan_anchor(const struct udf_plan *p, uint32_t block, uint8_t *b);
/* Two blocks at the start of the partition: file set and terminator. */
void udf_plan_file_set(const struct udf_plan *p, uint8_t *b);

/* FNV-1a, for identities: @h is what came before, 0 at first. */
uint64_t udf_identity(uint64_t h, const void *bytes, size_t n);

/* ---- names (author_names.c) ---- */

/* The stored form of a name, into 255 bytes at most; returns its length.  What is too long gets "~@number" at its end;
 * *ret_changed says that the name could not be held as it is. */
size_t udf_name_make(const char *name, uint32_t number, uint8_t ret[256], bool *ret_changed);
/* The components of a symbolic link's target (4/14.16.1); 0: they do not fit @room, or one is no name for UDF. */
size_t udf_link_make(const char *link, uint8_t *b, size_t room);

/* ---- a pure volume (author.c) ---- */

/* Lay out @tree as UDF 2.01.  Keys: xattrs, embed, sparse; see author.c. */
int udf_author(struct img_tree *tree, const struct img_author_options *o, struct img_source **ret, struct img_err *err);

#endif

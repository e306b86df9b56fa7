/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of sets: names of parts, and the image they make. */
#ifndef FORMATS_SIMG_PARTS_H
#define FORMATS_SIMG_PARTS_H

#include "formats/simg/reader.h"

/* "super_12.img": what is before the number, and what is behind it. */
struct simg_part_name {
	size_t stem, digits;	/* lengths */
	const char *tail;
	uint32_t number;
	bool certain;
};

/* False when the name is none of a part. */
bool simg_name_parse(const char *name, struct simg_part_name *ret);

/* Blocks of one part. */
struct simg_share {
	uint32_t block, n_blocks, part;
};

struct simg_set {
	struct img_source src;
	size_t n, room;
	struct simg **part;
	size_t n_shares, room_shares;
	struct simg_share *share;	/* by block */
};

/* Empty; NULL: out of memory.  img_unref ends it. */
struct simg_set *simg_set_new(struct img_env *env, uint64_t size);
/* One more part, which it takes a reference of. */
int simg_set_add(struct simg_set *t, struct simg *p, struct img_err *err);
/* When all are there: sorts the shares.  Two neighbours with the same block; NULL: there are none. */
const struct simg_share *simg_set_overlap(struct simg_set *t);

#endif

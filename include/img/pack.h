/* SPDX-License-Identifier: BSD-2-Clause */
/* A compressor around whatever is written: .img.gz, .iso.xz, .dmg.zst. */
#ifndef IMG_PACK_H
#define IMG_PACK_H

#include <stddef.h>

#include "img/error.h"

struct img_out;

/* How one kind of stream is made.  What comes out depends on the bytes and the level, never on the threads. */
struct img_pack {
	const char *name;		/* "gzip": the --compress word */
	const char *suffix;		/* "gz" */
	int min_level, max_level, own_level;
	const struct img_pack_ops *ops;
};

/* The kinds this build writes; ends with a row without name. */
extern const struct img_pack img_packs[];
/* By name or suffix, without a dot; NULL. */
const struct img_pack *img_pack_by_word(const char *word);

/* In front of @below (taken on success): front to back only; commit finishes the stream.  @level < 0: the kind's own.
 * @threads 0: one for each processor. */
int img_out_pack(struct img_out *below, const struct img_pack *kind, int level, unsigned int threads,
		 struct img_out **ret, struct img_err *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Who a file system says it is, for those whose files nobody here reads. */
#ifndef FORMATS_IDENTITY_H
#define FORMATS_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

struct img_fs_hint;
struct img_source;

struct img_fs_identity {
	char label[520];	/* UTF-8; "": it has none, or keeps it where this build does not look */
	char uuid[64];		/* as blkid writes it: a UUID, or what stands for one; "": none */
	uint64_t size;		/* bytes the super block claims; 0: not told */
	uint32_t block_size;	/* 0: not told */
};

/* What the super block of @fs, which img_fs_probe found on @volume, tells.  False when it tells nothing or cannot be
 * read. */
bool img_fs_identify(struct img_source *volume, const struct img_fs_hint *fs, struct img_fs_identity *ret);

#endif

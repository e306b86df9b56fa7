/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that macOS compressed, the same in HFS+ and APFS: see decmpfs.c. */
#ifndef FORMATS_DECMPFS_H
#define FORMATS_DECMPFS_H

#include <stdbool.h>
#include <stdint.h>

#include "img/error.h"

struct img_source;

#define DECMPFS_ATTR "com.apple.decmpfs"
#define DECMPFS_HEAD 16

struct decmpfs_head {
	uint32_t type;
	uint64_t size;			/* of the file */
	bool in_fork;			/* the resource fork is not one to show */
};

/* The first DECMPFS_HEAD bytes of the attribute, which has @size. */
int decmpfs_head_parse(const uint8_t *b, uint64_t size, struct decmpfs_head *ret, struct img_err *err);
int decmpfs_head_read(struct img_source *attr, struct decmpfs_head *ret, struct img_err *err);

/* Open the file's resource fork; asked for only by those that keep their data there. */
typedef int decmpfs_fork_fn(void *ctx, struct img_source **ret, struct img_err *err);
/* The file that @attr stands for.  Takes references of its own. */
int decmpfs_open(struct img_source *attr, decmpfs_fork_fn *fork, void *ctx, struct img_source **ret, struct img_err *err);

#endif

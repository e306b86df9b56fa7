/* SPDX-License-Identifier: BSD-2-Clause */
/* Which file system an image of files gets, and what stands around it. */
#ifndef CONVERT_FILESYSTEM_H
#define CONVERT_FILESYSTEM_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/wrap.h"
#include "img/error.h"

struct conv_options;
struct img_format;
struct img_source;
struct target_format;

struct filesystem {
	const struct img_format *author;
	const char *word;		/* "hfs+", "iso", "fat32": for reports */
	struct wrap_options wrap;
	uint64_t size;			/* of the volume, bytes; 0: what is needed */
	char hidden[24];		/* sectors in front of it */
};

/* From --fs, or what the target stands for: a disc is ISO 9660, a DMG HFS+.  *ret_hint may be set on failure. */
int filesystem_choose(const struct conv_options *o, const struct target_format *target, struct filesystem *ret,
		      const char **ret_hint, struct img_err *err);
/* Does the target stand for a file system, or was one named? */
bool filesystem_wanted(const struct conv_options *o, const struct target_format *target);

/* The volume in its partition map. */
int filesystem_wrap(const struct filesystem *f, struct img_source *volume, struct img_source **ret, struct img_err *err);

#endif

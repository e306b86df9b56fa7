/* SPDX-License-Identifier: BSD-2-Clause */
/* How Finder remembers where the background picture is: an alias record, and its successor, a bookmark. */
#ifndef TREES_FINDER_ALIAS_H
#define TREES_FINDER_ALIAS_H

#include <stdint.h>

#include "img/error.h"

struct img_buf;

/* A file in a folder in the root of an HFS+ volume.  Names are UTF-8. */
struct finder_target {
	const char *volume, *folder, *file;
	int64_t date;			/* of volume and file, since 1970 */
	uint32_t folder_id, file_id;	/* CNIDs */
};

/* Append the record to @ret. */
int finder_alias(const struct finder_target *t, struct img_buf *ret, struct img_err *err);
int finder_bookmark(const struct finder_target *t, struct img_buf *ret, struct img_err *err);

#endif

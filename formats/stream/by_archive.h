/* SPDX-License-Identifier: BSD-2-Clause */
/* Decoding a stream by libarchive's filters. */
#ifndef FORMATS_STREAM_BY_ARCHIVE_H
#define FORMATS_STREAM_BY_ARCHIVE_H

#include <stddef.h>

#include "img/error.h"

struct img_source;
struct stream_kind;

/* Takes decoded bytes, in order: 0 to go on, 1 for enough, or an error. */
typedef int stream_take(void *ctx, const void *bytes, size_t n, struct img_err *err);
int stream_by_archive(const struct stream_kind *k, struct img_source *below, stream_take *take, void *ctx,
		      struct img_err *err);

#endif

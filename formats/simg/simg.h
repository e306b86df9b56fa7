/* SPDX-License-Identifier: BSD-2-Clause */
/* Android sparse images. */
#ifndef FORMATS_SIMG_SIMG_H
#define FORMATS_SIMG_SIMG_H

#include <stdbool.h>
#include <stddef.h>

#include "img/format.h"

extern const struct img_format img_format_simg;
extern const struct img_sink_ops simg_sink_ops;

/* Is @file such an image from end to end, so that what follows it by name is no continuation of its bytes? */
bool simg_is_whole(struct img_source *file);

/* "super.simg" in several files: "super.img_sparsechunk.0" and so on.  From malloc. */
char *simg_part_name(const char *path, size_t i);

#endif

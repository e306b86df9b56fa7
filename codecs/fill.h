/* SPDX-License-Identifier: BSD-2-Clause */
/* A pattern of four bytes that fills a run: the chunk's stored bytes are the pattern. */
#ifndef CODECS_FILL_H
#define CODECS_FILL_H

#include "img/codec.h"

#define IMG_FILL_PATTERN 4

/* No method of compression that anybody would ask for: not in img_codecs. */
extern const struct img_codec img_codec_fill;

#endif

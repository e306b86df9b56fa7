/* SPDX-License-Identifier: BSD-2-Clause */
/* Background pictures: what they are, how large, and two of them as one for screens of either density. */
#ifndef TREES_FINDER_PICTURE_H
#define TREES_FINDER_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_buf;

struct picture {
	const char *suffix;		/* ".png" */
	uint32_t width, height;		/* pixels */
};

/* IMG_E_USAGE when the bytes begin no picture Finder shows. */
int picture_look(const uint8_t *bytes, size_t len, struct picture *ret, struct img_err *err);

/* @once and @twice, both PNG, the second with twice the pixels each way, as a TIFF of two images, appended to @ret. */
int picture_pair(const uint8_t *once, size_t n_once, const uint8_t *twice, size_t n_twice, struct img_buf *ret,
		 struct img_err *err);

/* ---- png.c ---- */

/* The picture as rows of red, green, blue, opacity, from malloc. */
int png_decode(const uint8_t *bytes, size_t len, struct picture *ret_size, uint8_t **ret, struct img_err *err);

#endif

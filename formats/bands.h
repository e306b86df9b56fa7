/* SPDX-License-Identifier: BSD-2-Clause */
/* What the sinks of sparse images and sparse bundles share: the bands that the user asks for, and cells of them as units. */
#ifndef FORMATS_BANDS_H
#define FORMATS_BANDS_H

#include <stdint.h>

#include "img/error.h"

struct img_sink_job;

/* Of both sinks; ends with NULL. */
extern const char *const band_keys[];

/* "band-size" in bytes, or hdiutil's "sparse-band-size" in sectors; *io_band stays when neither is there.  IMG_E_USAGE for
 * one that is too small, too large or no multiple of 4096. */
int band_size_asked(const struct img_sink_job *job, uint64_t *io_band, struct img_err *err);

/* The same, and that nothing is to be compressed; @what: the images, in words. */
int band_options(const struct img_sink_job *job, const char *what, struct img_err *err);

/* Where the cell ends that @off lies in: a piece of 1 MiB of a band, or the whole of a small one. */
uint64_t band_cut(uint64_t band, uint64_t off);

#endif

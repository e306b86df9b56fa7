/* SPDX-License-Identifier: BSD-2-Clause */
/* The size of a band as the user asks for it: what the sinks of sparse images and sparse bundles share. */
#ifndef FORMATS_BANDS_H
#define FORMATS_BANDS_H

#include <stdint.h>

#include "img/error.h"

struct img_sink_job;

/* "band-size" in bytes, or hdiutil's "sparse-band-size" in sectors; *io_band stays when neither is there.  IMG_E_USAGE for
 * one that is too small, too large or no multiple of 4096. */
int band_size_asked(const struct img_sink_job *job, uint64_t *io_band, struct img_err *err);

#endif

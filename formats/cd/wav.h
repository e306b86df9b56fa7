/* SPDX-License-Identifier: BSD-2-Clause */
/* Sound in a RIFF file, as CDs have it: 44100 Hz, two channels of 16 bits. */
#ifndef FORMATS_CD_WAV_H
#define FORMATS_CD_WAV_H

#include <stdint.h>

#include "img/error.h"
#include "img/format.h"

struct img_sink_ops;
struct img_source;

extern const struct img_format img_format_wav;	/* written only */
extern const struct img_sink_ops wav_sink_ops;

/* Where the samples of @s lie.  IMG_E_UNSUPPORTED when they are others than those of a CD. */
int wav_samples(struct img_source *s, uint64_t *ret_at, uint64_t *ret_len, struct img_err *err);

#endif

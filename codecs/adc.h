/* SPDX-License-Identifier: BSD-2-Clause */
/* The encoder of img_codec_adc, which uses struct lz_chains as its state. */
#ifndef CODECS_ADC_H
#define CODECS_ADC_H

#include "img/codec.h"

int adc_encode(void *encoder, int level, const void *src, size_t n_src, void *dst, size_t *io_dst, struct img_err *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The codecs of this build. */
#include "config.h"

#include "img/codec.h"

/* the order of reports: what an image is most likely to hold comes first */
const struct img_codec *const img_codecs[] = {
	&img_codec_zlib,
	&img_codec_bzip2,
	&img_codec_lzfse,
	&img_codec_xz,
	&img_codec_lzvn,
	&img_codec_adc,
	NULL
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Android sparse images. */
#ifndef FORMATS_SIMG_SIMG_H
#define FORMATS_SIMG_SIMG_H

#include <stddef.h>

#include "img/format.h"

extern const struct img_format img_format_simg;
extern const struct img_sink_ops simg_sink_ops;

#endif

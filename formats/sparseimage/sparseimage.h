/* SPDX-License-Identifier: BSD-2-Clause */
/* Apple sparse images in one file (.sparseimage). */
#ifndef FORMATS_SPARSEIMAGE_SPARSEIMAGE_H
#define FORMATS_SPARSEIMAGE_SPARSEIMAGE_H

#include "img/format.h"
#include "img/sink.h"

extern const struct img_format img_format_sparseimage;
extern const struct img_sink_ops sprs_sink_ops;

#endif

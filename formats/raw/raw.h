/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FORMATS_RAW_RAW_H
#define FORMATS_RAW_RAW_H

#include "img/format.h"

extern const struct img_format img_format_raw;

#endif

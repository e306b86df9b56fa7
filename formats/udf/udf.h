/* SPDX-License-Identifier: BSD-2-Clause */
/* The UDF reader as others see it. */
#ifndef FORMATS_UDF_UDF_H
#define FORMATS_UDF_UDF_H

#include <stdbool.h>

#include "img/format.h"

extern const struct img_format img_format_udf;

/* Does a recognition sequence say that @volume holds UDF?  A few reads near its beginning. */
bool udf_is_announced(struct img_source *volume);

#endif

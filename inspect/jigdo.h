/* SPDX-License-Identifier: BSD-2-Clause */
/* What a jigdo template says of its image. */
#ifndef INSPECT_JIGDO_H
#define INSPECT_JIGDO_H

#include "img/error.h"

struct sums_entry;

/* The sum of the image that the template @path was made of, without a name.  IMG_E_UNKNOWN, with @err untouched: there is no
 * such file, or it is no template.  IMG_E_FORMAT: it is damaged. */
int jigdo_read(const char *path, struct sums_entry *ret, struct img_err *err);

#endif

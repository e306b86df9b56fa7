/* SPDX-License-Identifier: BSD-2-Clause */
/* An archive that holds one image. */
#ifndef FORMATS_ARCHIVE_ARCHIVE_H
#define FORMATS_ARCHIVE_ARCHIVE_H

#include <stdbool.h>

#include "img/format.h"

struct img_source;

extern const struct img_format img_format_zip, img_format_sevenzip, img_format_tar;

/* Of a source it made: is there nothing else in the archive, not even a text beside the image? */
bool archive_is_alone(const struct img_source *s);

#endif

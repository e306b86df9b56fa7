/* SPDX-License-Identifier: BSD-2-Clause */
/* --implant-md5: the checksum inside the image it is the checksum of. */
#ifndef CONVERT_IMPLANT_H
#define CONVERT_IMPLANT_H

#include <stdint.h>

#include "img/error.h"

struct img_digest;
struct img_out;
struct img_source;

/* What sums the image while it is written. */
const struct img_digest *implant_digest(void);
/* Put the sum into the image, which is written and can seek. */
int implant_write(struct img_out *out, struct img_source *image, const uint8_t *sum, struct img_err *err);
/* For a target that cannot: read the image once for the sum, and replace *io_image by one that has it. */
int implant_ahead(struct img_source **io_image, unsigned int threads, struct img_err *err);

#endif

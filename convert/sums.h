/* SPDX-License-Identifier: BSD-2-Clause */
/* Checksums that come from outside the image (--expect), and those we leave beside the target (--checksum). */
#ifndef CONVERT_SUMS_H
#define CONVERT_SUMS_H

#include <stddef.h>
#include <stdint.h>

#include "img/check.h"
#include "img/error.h"

struct img_checks;
struct img_digest;
struct img_source;

/* Add the check that @file has the sum @what: ALGO:HEX, or a list file with a line for @name. */
int sums_expect(const char *what, const char *name, struct img_source *file, struct img_checks *checks,
		struct img_err *err);

/* The name of the sidecar, from malloc. */
char *sums_sidecar(const char *dest, const struct img_digest *d);
/* Write it: a line for each file. */
struct sums_line {
	char *name;			/* a path, of which the last part counts */
	uint8_t sum[IMG_DIGEST_MAX];
};
int sums_write(const char *sidecar, const struct sums_line *lines, size_t n, const struct img_digest *d, int replace,
	       struct img_err *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Checksums that come from outside the image (--expect), and those we leave beside the target (--checksum). */
#ifndef CONVERT_SUMS_H
#define CONVERT_SUMS_H

#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_checks;
struct img_digest;
struct img_env;
struct img_source;

/* Add the check that @file has the sum @what: ALGO:HEX, or a list file with a line for @name. */
int sums_expect(const char *what, const char *name, struct img_source *file, struct img_checks *checks,
		struct img_err *err);

/* A line of sha256sum and the like, GNU or BSD form; false if it is none, or of another file.  @line is changed. */
int sums_line(char *line, const char *name, const struct img_digest **ret_digest, uint8_t *ret_sum);

/* The name of the sidecar, from malloc. */
char *sums_sidecar(const char *dest, const struct img_digest *d);
/* Write it. */
int sums_write(const char *sidecar, const char *dest, const struct img_digest *d, const uint8_t *sum, int replace,
	       struct img_err *err);

/* The sum of a file that is written already. */
int sums_of_file(struct img_env *env, const char *path, const struct img_digest *d, uint8_t *ret, struct img_err *err);

#endif

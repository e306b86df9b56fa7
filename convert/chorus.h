/* SPDX-License-Identifier: BSD-2-Clause */
/* Several digests over the same bytes, each on a thread of its own: none of them can be split, all of them can run side by
 * side, and the bytes are read once. */
#ifndef CONVERT_CHORUS_H
#define CONVERT_CHORUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct chorus;
struct img_digest;

/* @threads: false for everything in the caller's thread.  Fewer threads than digests are no failure. */
int chorus_new(const struct img_digest *const *digest, size_t n, bool threads, struct chorus **ret, struct img_err *err);
/* Bytes in order; when it returns, all have taken them.  One thread at a time. */
void chorus_update(struct chorus *c, const void *bytes, size_t len);
void chorus_zeros(struct chorus *c, uint64_t len);
/* The sum of digest @i; once for each, after the last byte. */
void chorus_finish(struct chorus *c, size_t i, uint8_t *ret);
/* What was not finished is abandoned.  NULL is nothing. */
void chorus_free(struct chorus *c);

#endif

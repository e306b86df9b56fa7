/* SPDX-License-Identifier: BSD-2-Clause */
/* What the targets of file systems share: their packed input, and everything that can be asked of a tree. */
#ifndef TESTS_FUZZ_VOLUME_H
#define TESTS_FUZZ_VOLUME_H

#include <stddef.h>
#include <stdint.h>

#include "img/format.h"
#include "img/tree.h"

/* The packed input (fixtures/apfs and others): size, little-endian as all numbers, of 8 bytes; then runs of offset (8), length
 * (4), bytes.  The volume, from malloc, at most 2 MiB of it.  NULL: not even a size is there. */
uint8_t *fuzz_unpack(const uint8_t *data, size_t size, size_t *ret_size);
/* Where each run lies in the @n bytes at @b.  NULL: copy it there. */
typedef void fuzz_run_fn(uint8_t *b, size_t n, size_t off, size_t len);
void fuzz_runs(const uint8_t *data, size_t size, uint8_t *b, size_t n, fuzz_run_fn *fn);

/* Open the volume @bytes (freed) as each of @formats, which ends with NULL: describe, walk, read, find and verify it. */
void fuzz_volume(uint8_t *bytes, size_t n, const struct img_format *const *formats);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Zeros within data, which need not be written to a new file. */
#ifndef CORE_ZEROS_H
#define CORE_ZEROS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Are these @n > 0 bytes all zero? */
bool zeros_only(const uint8_t *p, size_t n);

/* Of @len bytes that belong at @off of a file: which must be written?  Blocks of zeros on a grid of @grain are passed over;
 * 0: none are.  The next run from *at on is [*ret_from, *at); false: no more. */
bool zeros_skip(const uint8_t *p, size_t len, uint64_t off, uint32_t grain, size_t *at, size_t *ret_from);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic on values that come from a file.  All return true on success; *ret is untouched otherwise. */
#ifndef CORE_CHECKED_H
#define CORE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool __attribute__((warn_unused_result))
u64_add(uint64_t a, uint64_t b, uint64_t *ret)
{
	if (a > UINT64_MAX - b)
		return false;
	*ret = a + b;
	return true;
}

static inline bool __attribute__((warn_unused_result))
u64_mul(uint64_t a, uint64_t b, uint64_t *ret)
{
	if (b && a > UINT64_MAX / b)
		return false;
	*ret = a * b;
	return true;
}

static inline bool __attribute__((warn_unused_result))
to_size(uint64_t v, size_t *ret)
{
	if (v > SIZE_MAX)
		return false;
	*ret = (size_t)v;
	return true;
}

/* Does [off, off + len) lie inside [0, size)? */
static inline bool
span_ok(uint64_t off, uint64_t len, uint64_t size)
{
	return off <= size && len <= size - off;
}

#endif

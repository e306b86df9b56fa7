/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "core/zeros.h"

#include <string.h>

/* Looks at the first word before the rest: data is told apart at once. */
bool
zeros_only(const uint8_t *p, size_t n)
{
	uint64_t head = 0;

	memcpy(&head, p, n < 8 ? n : 8);
	return !head && (n <= 8 || !memcmp(p, p + 8, n - 8));
}

bool
zeros_skip(const uint8_t *p, size_t len, uint64_t off, uint32_t grain, size_t *at, size_t *ret_from)
{
	size_t i = *at, from = i;

	if (!grain) {
		*ret_from = i;
		*at = len;
		return i < len;
	}
	while (i < len) {
		size_t n = (size_t)(grain - (off + i) % grain);

		if (n > len - i)
			n = len - i;
		if (zeros_only(p + i, n)) {
			if (i > from)
				break;
			from = i + n;
		}
		i += n;
	}
	*at = i;
	*ret_from = from;
	return i > from;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* XXH32; see codecs/xxh32.h.  Stripes of sixteen bytes go through four lanes, which are joined at the end; the names of the
 * constants are the specification's. */
#include "config.h"

#include "codecs/xxh32.h"

#include <string.h>

#include "core/bytes.h"

#define PRIME1 UINT32_C(0x9e3779b1)
#define PRIME2 UINT32_C(0x85ebca77)
#define PRIME3 UINT32_C(0xc2b2ae3d)
#define PRIME4 UINT32_C(0x27d4eb2f)
#define PRIME5 UINT32_C(0x165667b1)

static uint32_t
rotl(uint32_t v, unsigned int n)
{
	return v << n | v >> (32 - n);
}

void
xxh32_begin(struct xxh32 *x)
{
	*x = (struct xxh32) { .lane = { PRIME1 + PRIME2, PRIME2, 0, 0 - PRIME1 } };
}

static void
stripe(struct xxh32 *x, const uint8_t *p)
{
	for (unsigned int i = 0; i < 4; i++)
		x->lane[i] = rotl(x->lane[i] + load_le32(p + 4 * i) * PRIME2, 13) * PRIME1;
}

void
xxh32_update(struct xxh32 *x, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	size_t have = (size_t)(x->size % 16);

	x->size += n;
	if (have) {
		size_t k = 16 - have < n ? 16 - have : n;

		memcpy(x->rest + have, p, k);
		p += k;
		n -= k;
		if (have + k < 16)
			return;
		stripe(x, x->rest);
	}
	for (; n >= 16; p += 16, n -= 16)
		stripe(x, p);
	if (n)
		memcpy(x->rest, p, n);
}

uint32_t
xxh32_end(const struct xxh32 *x)
{
	const uint8_t *p = x->rest;
	size_t n = (size_t)(x->size % 16);
	uint32_t h = PRIME5;

	if (x->size >= 16)
		h = rotl(x->lane[0], 1) + rotl(x->lane[1], 7) + rotl(x->lane[2], 12) + rotl(x->lane[3], 18);
	h += (uint32_t)x->size;
	for (; n >= 4; p += 4, n -= 4)
		h = rotl(h + load_le32(p) * PRIME3, 17) * PRIME4;
	for (; n; p++, n--)
		h = rotl(h + *p * PRIME5, 11) * PRIME1;
	h = (h ^ h >> 15) * PRIME2;
	h = (h ^ h >> 13) * PRIME3;
	return h ^ h >> 16;
}

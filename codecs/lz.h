/* SPDX-License-Identifier: BSD-2-Clause */
/* What the LZ77 codecs share: the output with its window, copies that are quick where there is room, comparing. */
#ifndef CODECS_LZ_H
#define CODECS_LZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct lz_out {
	uint8_t *start;	/* matches reach back to here */
	uint8_t *at;	/* next byte to write */
	uint8_t *end;	/* of the buffer: nothing is ever written from here on */
};

/* The wild copies may write so many bytes more than they were asked for; the bytes are overwritten later. */
#define LZ_SLACK 32

#define lz_likely(x) __builtin_expect(!!(x), 1)
#define lz_unlikely(x) __builtin_expect(!!(x), 0)

static inline uint64_t
lz_load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

static inline void
lz_store64(uint8_t *p, uint64_t v)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	memcpy(p, &v, sizeof v);
}

/* How many of the @max bytes at @a and @b are the same. */
static inline size_t
lz_common(const uint8_t *a, const uint8_t *b, size_t max)
{
	size_t n = 0;

	for (; max - n >= 8; n += 8) {
		uint64_t x = lz_load64(a + n) ^ lz_load64(b + n);

		if (x)
			return n + (size_t)__builtin_ctzll(x) / 8;
	}
	while (n < max && a[n] == b[n])
		n++;
	return n;
}

/* Where to search next after none of the @missed bytes up to @at began a match.  Steps grow, and long ones depend on what
 * stands there: over the same bytes two walks soon fall into step, and find each other. */
static inline size_t
lz_step(const uint8_t *at, size_t missed)
{
	size_t step = 1 + missed / 128;

	return step < 16 ? step : 16 + (*at & 15U);
}

/* Copy @len bytes that do not overlap; reads and writes up to 16 bytes more, and at least 16. */
static inline void
lz_wild_literals(uint8_t *to, const uint8_t *from, size_t len)
{
	memcpy(to, from, 16);
	for (size_t i = 16; lz_unlikely(i < len); i += 16)
		memcpy(to + i, from + i, 16);
}

/* A match of distance 1 to 7: the pattern, repeated to fill eight bytes by a multiplication, is stored again and again,
 * at steps of a multiple of the distance. */
static inline void
lz_wild_pattern(uint8_t *to, size_t dist, size_t len)
{
	static const uint64_t repeat[8] = {
		0, 0x0101010101010101, 0x0001000100010001, 0x0001000001000001,
		0x0000000100000001, 0x0000010000000001, 0x0001000000000001, 0x0100000000000001,
	};
	uint64_t v = lz_load64(to - dist) & ((UINT64_C(1) << 8 * dist) - 1);
	size_t step = 8 - 8 % dist;

	v *= repeat[dist];
	for (size_t i = 0; i < len; i += step)
		lz_store64(to + i, v);
}

/* Copy @len > 0 bytes from @dist before @to, which may overlap; writes up to 16 bytes more.  lz_load64 of the pattern
 * reads up to 7 bytes at @to, so these must exist. */
static inline void
lz_wild_match(uint8_t *to, size_t dist, size_t len)
{
	const uint8_t *from = to - dist;

	if (lz_likely(dist >= 16)) {
		memcpy(to, from, 16);
		for (size_t i = 16; i < len; i += 16)
			memcpy(to + i, from + i, 16);
	} else if (dist >= 8) {
		for (size_t i = 0; i < len; i += 8)
			memcpy(to + i, from + i, 8);
	} else {
		lz_wild_pattern(to, dist, len);
	}
}

/* The same without touching a byte more. */
static inline void
lz_exact_match(uint8_t *to, size_t dist, size_t len)
{
	const uint8_t *from = to - dist;

	if (dist >= len) {
		memcpy(to, from, len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		to[i] = from[i];
}

/* @room: bytes to the end of the buffer, at least @len. */
static inline void
lz_match(uint8_t *to, size_t room, size_t dist, size_t len)
{
	if (lz_likely(room - len >= LZ_SLACK))
		lz_wild_match(to, dist, len);
	else
		lz_exact_match(to, dist, len);
}

/* @room and @n_src: bytes to the ends of both buffers, at least @len. */
static inline void
lz_literals(uint8_t *to, size_t room, const uint8_t *from, size_t n_src, size_t len)
{
	if (lz_likely(room - len >= LZ_SLACK && n_src - len >= LZ_SLACK))
		lz_wild_literals(to, from, len);
	else
		memcpy(to, from, len);
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* CRC-32 (ISO 3309, as in zlib and PNG) at the speed of memory.
 *
 * Every byte of a job is summed once or twice, so this is a tenth of the work of decoding a DMG if it runs at the 11 GB/s
 * of 128-bit carry-less multiplication (libdeflate 1.14).  Processors with VPCLMULQDQ and AVX-512 do four such steps at
 * once; all others get libdeflate's.
 *
 * The fold: a message is a polynomial over GF(2), and 128 bits of it may be moved N bits towards its end by multiplying
 * with x^N modulo the CRC's polynomial.  In the bit-reflected order of this CRC the low half is multiplied with
 * x^(N+32), the high half with x^(N-32), both reflected and shifted by one (Intel, "Fast CRC computation using PCLMULQDQ",
 * 2009).  Sixteen blocks of 128 bits are kept in flight and moved 2048 bits at a time; at the end they are folded into one,
 * whose CRC is that of all of them. */
#include "config.h"

#include "core/crc32.h"

#include <libdeflate.h>

#ifdef HAVE_VPCLMULQDQ
#include <immintrin.h>
#include <stdatomic.h>

#define WIDE __attribute__((target("avx512f,avx512vl,avx512dq,pclmul,vpclmulqdq")))
#define STEP 256	/* bytes in flight */

/* x^(N+32) and x^(N-32) modulo 0x104c11db7, reflected, shifted by one: computed, and checked by tests/unit/crc32.c */
#define FOLD_2048 0x11542778aLL, 0x1322d1430LL
#define FOLD_512 0x154442bd4LL, 0x1c6e41596LL
#define FOLD_128 0x1751997d0LL, 0x0ccaa009eLL

/* Move @a forward by the distance of @k and add @b. */
static inline WIDE __m512i
fold512(__m512i a, __m512i k, __m512i b)
{
	__m512i lo = _mm512_clmulepi64_epi128(a, k, 0x00), hi = _mm512_clmulepi64_epi128(a, k, 0x11);

	return _mm512_ternarylogic_epi64(lo, hi, b, 0x96);	/* xor of three */
}

static inline WIDE __m128i
fold128(__m128i a, __m128i k, __m128i b)
{
	return _mm_xor_si128(b, _mm_xor_si128(_mm_clmulepi64_si128(a, k, 0x00), _mm_clmulepi64_si128(a, k, 0x11)));
}

static inline WIDE __m512i
constants(long long low, long long high)
{
	return _mm512_broadcast_i32x4(_mm_set_epi64x(high, low));
}

/* The CRC of @len bytes, at least STEP, rounded down to whole steps; *ret_done says how many they were. */
static WIDE uint32_t
crc_wide(uint32_t crc, const uint8_t *p, size_t len, size_t *ret_done)
{
	const __m512i far = constants(FOLD_2048), near = constants(FOLD_512);
	const __m128i next = _mm512_castsi512_si128(constants(FOLD_128));
	__m512i v[4];
	__m128i x;
	uint8_t rest[16];
	size_t done = STEP;

	for (int i = 0; i < 4; i++)
		v[i] = _mm512_loadu_si512(p + 64 * i);
	v[0] = _mm512_xor_si512(v[0], _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)~crc)));
	for (; len - done >= STEP; done += STEP)
		for (int i = 0; i < 4; i++)
			v[i] = fold512(v[i], far, _mm512_loadu_si512(p + done + 64 * i));
	for (int i = 1; i < 4; i++)
		v[i] = fold512(v[i - 1], near, v[i]);
	x = _mm512_castsi512_si128(v[3]);
	x = fold128(x, next, _mm512_extracti32x4_epi32(v[3], 1));
	x = fold128(x, next, _mm512_extracti32x4_epi32(v[3], 2));
	x = fold128(x, next, _mm512_extracti32x4_epi32(v[3], 3));
	_mm_storeu_si128((__m128i *)(void *)rest, x);
	*ret_done = done;
	/* the folded block begins with a register of zeros, which libdeflate calls a CRC of all ones */
	return libdeflate_crc32(UINT32_MAX, rest, sizeof rest);
}

static bool
is_wide(void)
{
	static atomic_int known;	/* 0: not asked yet; the answer is the same whoever asks first */

	if (!known)
		known = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
			__builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("vpclmulqdq") ? 2 : 1;
	return known == 2;
}
#endif

uint32_t
crc32_of(uint32_t crc, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	size_t done = 0;

#ifdef HAVE_VPCLMULQDQ
	if (len >= STEP && is_wide())
		crc = crc_wide(crc, p, len, &done);
#endif
	return libdeflate_crc32(crc, p + done, len - done);
}

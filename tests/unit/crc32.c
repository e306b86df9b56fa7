/* SPDX-License-Identifier: BSD-2-Clause */
/* The fast CRC-32 against zlib's, over every length and alignment that could go wrong, and continued in pieces. */
#include "config.h"

#include "tests/test.h"

#include <zlib.h>

#include "core/crc32.h"

#define SIZE 20000

int
main(void)
{
	uint8_t *p = malloc(SIZE);
	uint32_t x = 1;

	for (size_t i = 0; i < SIZE; i++) {
		x = x * 1664525 + 1013904223;
		p[i] = (uint8_t)(x >> 24);
	}
	TEST_EQ_U(crc32_of(0, "123456789", 9), 0xcbf43926);
	for (size_t len = 0; len < 1400; len++)
		for (size_t at = 0; at < 3; at++)
			TEST_EQ_U(crc32_of(0, p + at, len), crc32(0, p + at, (uInt)len));
	for (size_t len = 1400; len < SIZE - 64; len += 211)
		TEST_EQ_U(crc32_of(0x1234567, p + len % 64, len), crc32(0x1234567, p + len % 64, (uInt)len));
	for (size_t cut = 0; cut < 3000; cut += 7)
		TEST_EQ_U(crc32_of(crc32_of(0, p, cut), p + cut, SIZE - cut), crc32(0, p, SIZE));
	memset(p, 0, SIZE);
	TEST_EQ_U(crc32_of(0, p, SIZE), crc32(0, p, SIZE));
	free(p);
	return 0;
}

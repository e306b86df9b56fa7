/* SPDX-License-Identifier: BSD-2-Clause */
/* What zeros_skip leaves out is zero and on the grid; what it gives is all the rest, in order. */
#include "config.h"

#include "tests/test.h"

#include "core/zeros.h"

#define SIZE 40960

static uint8_t p[SIZE], copy[SIZE];
static size_t runs, written;

static void
put(size_t len, uint64_t off, uint32_t grain)
{
	size_t at = 0, from, last = 0;

	memset(copy, 0, sizeof copy);
	runs = written = 0;
	while (zeros_skip(p, len, off, grain, &at, &from)) {
		TEST_TRUE(from >= last && at > from && at <= len);
		TEST_TRUE(from == 0 || grain == 0 || (off + from) % grain == 0);
		TEST_TRUE(at == len || (off + at) % grain == 0);
		memcpy(copy + from, p + from, at - from);
		last = at;
		runs++;
		written += at - from;
	}
	TEST_TRUE(!memcmp(copy, p, len));
}

int
main(void)
{
	put(SIZE, 0, 4096);
	TEST_EQ_U(runs, 0);
	put(SIZE, 0, 0);
	TEST_EQ_U(runs, 1);
	TEST_EQ_U(written, SIZE);
	put(0, 0, 0);
	TEST_EQ_U(runs, 0);

	p[4096] = p[8191 + 4096] = p[SIZE - 1] = 1;
	put(SIZE, 0, 4096);
	TEST_EQ_U(runs, 2);
	TEST_EQ_U(written, 3 * 4096);
	/* a grid that begins elsewhere: the last byte is a block of its own */
	put(SIZE, 1, 4096);
	TEST_EQ_U(written, 2 * 4096 + 1);
	put(SIZE, 0, 512);
	TEST_EQ_U(written, 3 * 512);
	put(SIZE - 1, UINT64_C(1) << 40, 4096);
	TEST_EQ_U(written, 2 * 4096);
	for (size_t len = 1; len < 20; len++)
		for (size_t i = 0; i < len; i++) {
			memset(p, 0, 32);
			TEST_TRUE(zeros_only(p, len));
			p[i] = 1;
			TEST_TRUE(!zeros_only(p, len));
			TEST_TRUE(zeros_only(p, i) || i == 0);
		}
	return 0;
}

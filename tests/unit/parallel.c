/* SPDX-License-Identifier: BSD-2-Clause */
/* Every item once, whatever the threads; of several failures the lowest; tables that grow. */
#include "config.h"

#include <stdatomic.h>

#include "core/memory.h"
#include "core/parallel.h"
#include "tests/test.h"

#define N 1000

static atomic_uint done[N];

static int
count(void *ctx, size_t i, struct img_err *err)
{
	atomic_fetch_add(&done[i], 1);
	return i >= *(size_t *)ctx ? img_fail(err, IMG_E_FORMAT, "item %zu", i) : 0;
}

int
main(void)
{
	static const unsigned int threads[] = { 0, 1, 2, 7, 1000 };
	struct img_err err = { 0 };
	uint64_t *table = NULL;
	size_t n = 0, room = 0, bad;

	for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
		for (size_t i = 0; i < N; i++)
			atomic_store(&done[i], 0);
		bad = N;
		TEST_OK(img_parallel(threads[t], N, count, &bad, &err), err);
		for (size_t i = 0; i < N; i++)
			TEST_EQ_U(atomic_load(&done[i]), 1);
		bad = 300;
		TEST_FAILS(img_parallel(threads[t], N, count, &bad, &err), IMG_E_FORMAT, err);
		TEST_STR(err.msg, "item 300");
	}
	TEST_OK(img_parallel(3, 0, count, &bad, &err), err);
	for (; n < 1000; n++) {
		TEST_OK(img_room(&table, n, &room, sizeof *table, &err), err);
		TEST_TRUE(room > n);
		table[n] = n;
	}
	for (size_t i = 0; i < n; i++)
		TEST_EQ_U(table[i], i);
	free(table);
	return 0;
}

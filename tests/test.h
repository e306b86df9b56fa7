/* SPDX-License-Identifier: BSD-2-Clause */
/* Macros for unit tests: a check that fails says where and ends the program with status 1. */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "img/error.h"

#define TEST_FAIL_(...) do {						\
	fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);			\
	fprintf(stderr, __VA_ARGS__);					\
	fputc('\n', stderr);						\
	exit(1);							\
} while (0)

#define TEST_TRUE(x) do {						\
	if (!(x))							\
		TEST_FAIL_("'%s' is false", #x);			\
} while (0)

#define TEST_EQ_U(a, b) do {						\
	uint64_t a_ = (uint64_t)(a), b_ = (uint64_t)(b);		\
	if (a_ != b_)							\
		TEST_FAIL_("%s is %" PRIu64 " (0x%" PRIx64 "), want %" PRIu64 " (0x%" PRIx64 ")", \
			   #a, a_, a_, b_, b_);				\
} while (0)

#define TEST_EQ_I(a, b) do {						\
	int64_t a_ = (int64_t)(a), b_ = (int64_t)(b);			\
	if (a_ != b_)							\
		TEST_FAIL_("%s is %" PRId64 ", want %" PRId64, #a, a_, b_); \
} while (0)

#define TEST_STR(a, b) do {						\
	const char *a_ = (a), *b_ = (b);				\
	if (strcmp(a_, b_) != 0)					\
		TEST_FAIL_("%s is \"%s\", want \"%s\"", #a, a_, b_);	\
} while (0)

#define TEST_MEM(a, b, n) do {						\
	if (memcmp(a, b, n) != 0)					\
		TEST_FAIL_("%s and %s differ", #a, #b);			\
} while (0)

/* The call must succeed; it names @err as its error. */
#define TEST_OK(call, err) do {						\
	int rc_ = (call);						\
	if (rc_)							\
		TEST_FAIL_("%s: %d: %s", #call, rc_, (err).msg);	\
} while (0)

/* The call must fail with @want. */
#define TEST_FAILS(call, want, err) do {				\
	int rc_ = (call);						\
	if (rc_ != (want))						\
		TEST_FAIL_("%s gives %d (%s), want %d", #call, rc_, rc_ ? (err).msg : "no error", (want)); \
} while (0)

#define TEST_SKIP(why) do {						\
	fprintf(stderr, "skipped: %s\n", why);				\
	exit(77);							\
} while (0)

#endif

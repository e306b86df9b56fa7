/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of the parts of a set: what is one, what is first, what follows. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "formats/split/names.h"
#include "tests/test.h"

static void
test_parse(void)
{
	static const struct {
		const char *name, *index;	/* NULL: no part */
		size_t stem, bare;
	} v[] = {
		{ "x.img.001", "001", 6, 5 }, { "x.00", "00", 2, 1 }, { "x.aa", "aa", 2, 1 }, { "x.partaa", "aa", 6, 1 },
		{ "x.part1", "1", 6, 1 }, { "x.PART10", "10", 6, 1 }, { "x.part-01", "01", 7, 1 }, { "x-aaa", "aaa", 2, 1 },
		{ "xaa", "aa", 1, 0 }, { "x00", "00", 1, 0 }, { "disk.img", "img", 5, 4 }, { "x.1000", "1000", 2, 1 },
		{ "x.1", NULL, 0, 0 }, { "syslog.2", NULL, 0, 0 }, { "x.2mg", NULL, 0, 0 }, { "x.r00", NULL, 0, 0 }, { "", NULL, 0, 0 },
		{ "001", NULL, 0, 0 }, { "disk-2024", NULL, 0, 0 }, { "aa", NULL, 0, 0 }, { ".aa", NULL, 0, 0 }, { "x.e01", NULL, 0, 0 },
		{ "x.00000000000000001", NULL, 0, 0 }, { "x.AA", NULL, 0, 0 }, { ".001", NULL, 0, 0 },
	};
	struct split_name n;

	for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
		bool is = split_name_parse(v[i].name, &n);

		if (is != (v[i].index != NULL))
			fprintf(stderr, "%s\n", v[i].name);
		TEST_EQ_U(is, v[i].index != NULL);
		if (!is)
			continue;
		TEST_TRUE(!strcmp(n.index, v[i].index));
		TEST_EQ_U(n.stem, v[i].stem);
		TEST_EQ_U(n.bare, v[i].bare);
	}
}

static void
test_count(void)
{
	static const char *const next[][3] = {	/* index, counted on, widened */
		{ "001", "002", NULL }, { "999", "1000", NULL }, { "9", "10", NULL }, { "aa", "ab", NULL }, { "az", "ba", NULL },
		{ "zz", NULL, NULL }, { "yz", "za", "zaaa" }, { "89", "90", "9000" }, { "zyzz", "zzaa", "zzaaaa" },
		{ "9899", "9900", "990000" }, { "8999", "9000", "900000" }, { "999999999999", NULL, NULL }, { "yzzzzzzzzzzz", "zaaaaaaaaaaa", NULL },
	};
	char got[SPLIT_MAX_INDEX + 1];

	for (size_t i = 0; i < sizeof next / sizeof *next; i++) {
		TEST_EQ_U(split_index_next(next[i][0], got), next[i][1] != NULL);
		TEST_TRUE(!next[i][1] || !strcmp(got, next[i][1]));
		TEST_EQ_U(split_index_widen(next[i][0], got), next[i][2] != NULL);
		TEST_TRUE(!next[i][2] || !strcmp(got, next[i][2]));
	}
	TEST_EQ_U(split_index_value("017"), 17);
	TEST_EQ_U(split_index_value("ba"), 26);
}

static void
test_first(void)
{
	static const char *const digits[] = { "0000", "0001", "000", "001", "00", "01", "0", "1", NULL };
	static const char *const letters[] = { "aaaa", "aa", NULL };
	struct split_name n;
	char got[SPLIT_MAX_INDEX + 1];
	unsigned int i;

	TEST_TRUE(split_name_parse("x.1017", &n));
	for (i = 0; split_index_first(&n, i, got); i++)
		TEST_TRUE(digits[i] && !strcmp(got, digits[i]));
	TEST_TRUE(!digits[i]);
	TEST_TRUE(split_name_parse("x.zaab", &n));
	for (i = 0; split_index_first(&n, i, got); i++)
		TEST_TRUE(letters[i] && !strcmp(got, letters[i]));
	TEST_TRUE(!letters[i]);
}

/* What we write, we read: every name follows the one before it. */
static void
test_written(void)
{
	char *(*const how[])(const char *, size_t) = { split_part_digits, split_part_letters, split_part_word };

	for (size_t k = 0; k < 3; k++)
		for (size_t i = 0; i < 600; i++) {
			char *a = how[k]("d.img", i), *b = how[k]("d.img", i + 1), next[SPLIT_MAX_INDEX + 1];
			struct split_name n, m;

			TEST_TRUE(split_name_parse(a, &n) && split_name_parse(b, &m));
			TEST_TRUE(split_index_next(n.index, next) && !strcmp(next, m.index));
			TEST_EQ_U(n.bare, 5);
			if (!i)
				TEST_TRUE(split_index_first(&n, 0, next) || split_index_first(&n, 1, next));
			free(a);
			free(b);
		}
}

int
main(void)
{
	test_parse();
	test_count();
	test_first();
	test_written();
	return 0;
}

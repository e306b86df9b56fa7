/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of the parts of a set.  What counts as an index, at the end of a name:
 *
 *	.001 .01 .00		two digits or more behind a dot (7-Zip, HJSplit, split -d); one digit is a rotated log
 *	.aa -aaa _aa		two small letters or more behind a dot, a dash or an underscore (split)
 *	.part1 .part-01 .partaa	any behind the word "part"
 *	xaa x00			split's own names, which have no stem
 *
 * split(1) makes room when its letters or digits run out: the last value of the first place is kept for that, so .yz goes
 * on as .zaaa and .89 as .9000; with -a it does not (observed: coreutils 9.1).  7-Zip counts on: .999 .1000. */
#include "config.h"

#include "formats/split/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_separator(char c)
{
	return c == '.' || c == '-' || c == '_';
}

/* Do the @n bytes end with the word "part" that something stands before?  Its place, or 0. */
static size_t
part_word(const char *name, size_t n)
{
	return n > 5 && !strncasecmp(name + n - 4, "part", 4) && is_separator(name[n - 5]) ? n - 5 : 0;
}

/* Digits from @at to the end. */
static bool
parse_digits(const char *name, size_t at, size_t len, struct split_name *n)
{
	n->stem = at;
	if ((n->bare = part_word(name, at)))
		return true;
	if (at && is_separator(name[at - 1]) && (n->bare = part_word(name, at - 1)))
		return true;
	n->bare = at ? at - 1 : 0;
	return len > 1 && ((at > 1 && name[at - 1] == '.') || (at == 1 && name[0] == 'x'));
}

static bool
parse_letters(const char *name, size_t at, size_t len, struct split_name *n)
{
	if (len >= 6 && (n->bare = part_word(name, at + 4))) {	/* "partaa": the word is of letters too */
		n->stem = at + 4;
		return true;
	}
	n->stem = at;
	if (at && is_separator(name[at - 1]) && (n->bare = part_word(name, at - 1)))
		return len > 1;
	n->bare = at ? at - 1 : 0;
	if (!at && len > 2 && name[0] == 'x')
		n->stem = 1;
	return n->stem && len > 1 && (at > 1 || n->stem > at) && (!at || is_separator(name[at - 1]));
}

bool
split_name_parse(const char *name, struct split_name *ret)
{
	struct split_name n = { 0 };
	size_t end = strlen(name), at = end;
	bool fits;

	while (at && is_digit(name[at - 1]))
		at--;
	n.letters = at == end;
	while (n.letters && at && is_letter(name[at - 1]))
		at--;
	if (at == end)
		return false;
	fits = n.letters ? parse_letters(name, at, end - at, &n) : parse_digits(name, at, end - at, &n);
	if (!fits || end - n.stem > SPLIT_MAX_INDEX)
		return false;
	memcpy(n.index, name + n.stem, end - n.stem + 1);
	*ret = n;
	return true;
}

/* ---- counting ---- */

bool
split_index_first(const struct split_name *n, unsigned int i, char ret[SPLIT_MAX_INDEX + 1])
{
	size_t len = strlen(n->index), width;

	width = n->letters ? (i < len / 2 ? len - 2 * i : 0) : i / 2 < len ? len - i / 2 : 0;
	if (!width || (n->letters && width < 2))
		return false;
	memset(ret, n->letters ? 'a' : '0', width);
	ret[width] = '\0';
	if (!n->letters && i % 2)
		ret[width - 1] = '1';
	return true;
}

bool
split_index_next(const char *index, char ret[SPLIT_MAX_INDEX + 1])
{
	size_t len = strlen(index), i = len;
	bool letters = is_letter(index[0]);

	memcpy(ret, index, len + 1);
	while (i && ret[i - 1] == (letters ? 'z' : '9'))
		ret[--i] = letters ? 'a' : '0';
	if (i) {
		ret[i - 1]++;
		return true;
	}
	if (letters || len == SPLIT_MAX_INDEX)
		return false;
	memmove(ret + 1, ret, len + 1);
	ret[0] = '1';
	return true;
}

bool
split_index_widen(const char *index, char ret[SPLIT_MAX_INDEX + 1])
{
	size_t len = strlen(index), kept = 0;
	char last = is_letter(index[0]) ? 'z' : '9', zero = last == 'z' ? 'a' : '0';

	while (kept < len && index[kept] == last)
		kept++;
	if (kept >= len || index[kept] != last - 1 || len + 2 > SPLIT_MAX_INDEX)
		return false;
	for (size_t i = kept + 1; i < len; i++)
		if (index[i] != last)
			return false;
	memset(ret, last, kept + 1);
	memset(ret + kept + 1, zero, len - kept + 1);
	ret[len + 2] = '\0';
	return true;
}

uint64_t
split_index_value(const char *index)
{
	uint64_t v = 0;

	for (; *index; index++)
		v = is_digit(*index) ? v * 10 + (uint64_t)(*index - '0') : v * 26 + (uint64_t)(*index - 'a');
	return v;
}

/* ---- for writing ---- */

char *
split_part_digits(const char *path, size_t i)
{
	char *name = malloc(strlen(path) + 24);

	if (name)
		snprintf(stpcpy(name, path), 24, ".%03zu", i + 1);
	return name;
}

char *
split_part_word(const char *path, size_t i)
{
	char *name = malloc(strlen(path) + 32);

	if (name)
		snprintf(stpcpy(name, path), 32, ".part%zu", i + 1);
	return name;
}

char *
split_part_letters(const char *path, size_t i)
{
	char *name = malloc(strlen(path) + 8);

	if (name)
		snprintf(stpcpy(name, path), 8, ".%c%c", (char)('a' + i / 26 % 26), (char)('a' + i % 26));
	return name;
}

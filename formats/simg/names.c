/* SPDX-License-Identifier: BSD-2-Clause */
/* Names that parts have. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "formats/simg/parts.h"

#define MAX_DIGITS 4

static bool
has_word(const char *name, size_t len, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= len; i++)
		if (!strncasecmp(name + i, word, n))
			return true;
	return false;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
simg_name_parse(const char *name, struct simg_part_name *ret)
{
	static const char *const tails[] = { ".img", ".simg", ".sparse", "" };
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
		size_t n = strlen(tails[i]), end = len - n, digits = 0;
		struct simg_part_name p = { 0 };

		if (n > len || strcasecmp(name + end, tails[i]))
			continue;
		while (digits < end && digits <= MAX_DIGITS && is_digit(name[end - digits - 1]))
			digits++;
		p.stem = end - digits;
		p.certain = has_word(name, p.stem, "sparsechunk");
		if (!digits || digits > MAX_DIGITS || !p.stem || (!p.certain && !strchr("._-", name[p.stem - 1])))
			continue;
		p.digits = digits;
		p.tail = name + end;
		p.number = (uint32_t)strtoul(name + p.stem, NULL, 10);
		*ret = p;
		return true;
	}
	return false;
}

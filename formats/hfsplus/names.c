/* SPDX-License-Identifier: BSD-2-Clause */
/* Names.  HFS+ stores them taken apart by the rules of Unicode 3.2 and compares them by a table of its own, both frozen:
 * later versions of Unicode count for nothing here. */
#include "config.h"

#include "formats/hfsplus/names.h"

#include <stdbool.h>
#include <string.h>

#include "core/text.h"
#include "core/unicode.h"

/* ---- comparison ---- */

static uint16_t
fold_by_table(uint16_t c)
{
	size_t lo = 0, hi = hfs_n_folds;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct hfs_fold *f = &hfs_folds[mid];

		if (c < f->first)
			hi = mid;
		else if (c > f->last)
			lo = mid + 1;
		else
			return (c - f->first) % f->step ? c : (uint16_t)(c + f->add);
	}
	return c;
}

/* 0: does not count. */
static uint16_t
fold(uint16_t c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? (uint16_t)(c + 32) : c ? c : 0xffff;
	if ((c >= 0x200c && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x206a && c <= 0x206f) || c == 0xfeff)
		return 0;
	return fold_by_table(c);
}

static uint16_t
next_folded(const uint16_t *s, size_t n, size_t *io_at)
{
	while (*io_at < n) {
		uint16_t c = fold(s[(*io_at)++]);

		if (c)
			return c;
	}
	return 0;
}

int
hfs_compare_folded(const uint16_t *a, size_t n_a, const uint16_t *b, size_t n_b)
{
	size_t i = 0, k = 0;

	for (;;) {
		uint16_t x = next_folded(a, n_a, &i), y = next_folded(b, n_b, &k);

		if (x != y)
			return x < y ? -1 : 1;
		if (!x)
			return 0;
	}
}

int
hfs_compare_binary(const uint16_t *a, size_t n_a, const uint16_t *b, size_t n_b)
{
	for (size_t i = 0; i < n_a && i < n_b; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return n_a < n_b ? -1 : n_a > n_b;
}

/* ---- composition ---- */

static unsigned int
combining(uint16_t c)
{
	size_t lo = 0, hi = c < 0x300 ? 0 : hfs_n_classes;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct hfs_class *k = &hfs_classes[mid];

		if (c < k->first)
			hi = mid;
		else if (c > k->last)
			lo = mid + 1;
		else
			return k->combining;
	}
	return 0;
}

/* Hangul is arithmetic (Unicode, 3.12). */
static uint16_t
compose_hangul(uint16_t a, uint16_t b)
{
	if (a >= 0x1100 && a < 0x1113 && b >= 0x1161 && b < 0x1176)
		return (uint16_t)(0xac00 + ((a - 0x1100) * 21 + (b - 0x1161)) * 28);
	if (a >= 0xac00 && a < 0xd7a4 && (a - 0xac00) % 28 == 0 && b > 0x11a7 && b < 0x11c3)
		return (uint16_t)(a + (b - 0x11a7));
	return 0;
}

/* What @a and @b make together, or 0. */
static uint16_t
compose_pair(uint16_t a, uint16_t b)
{
	uint32_t want = (uint32_t)a << 16 | b;
	size_t lo = 0, hi = hfs_n_pairs;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		uint32_t have = (uint32_t)hfs_pairs[mid].a << 16 | hfs_pairs[mid].b;

		if (have == want)
			return hfs_pairs[mid].both;
		if (want < have)
			hi = mid;
		else
			lo = mid + 1;
	}
	return compose_hangul(a, b);
}

/* Put together what belongs together, in place; the new length. */
static size_t
compose(uint16_t *s, size_t n)
{
	size_t out = 0, starter = SIZE_MAX;
	unsigned int last = 0;		/* class of the character before, since the starter */

	for (size_t i = 0; i < n; i++) {
		unsigned int class = combining(s[i]);
		bool near = starter != SIZE_MAX && starter + 1 == out;
		uint16_t both = starter != SIZE_MAX && (near || (last && last < class))
			? compose_pair(s[starter], s[i]) : 0;

		if (both) {
			s[starter] = both;
			continue;
		}
		if (!class)
			starter = out;
		last = class;
		s[out++] = s[i];
	}
	return out;
}

/* ---- UTF-8 ---- */

void
hfs_attr_name_utf8(const uint16_t *name, size_t n, char *ret)
{
	uint16_t units[255];

	n = n < 255 ? n : 255;
	for (size_t i = 0; i < n; i++)
		units[i] = name[i] ? name[i] : 0x2400;
	img_utf16_to_utf8(units, n, ret, HFS_NAME_ROOM);
}

void
hfs_name_utf8(const uint16_t *name, size_t n, char *ret)
{
	uint16_t units[255];
	bool plain = true;

	n = n < 255 ? n : 255;
	for (size_t i = 0; i < n; i++) {
		units[i] = name[i] == '/' ? ':' : name[i] ? name[i] : 0x2400;
		plain = plain && name[i] < 0x300;
	}
	if (!plain)
		n = compose(units, n);
	img_utf16_to_utf8(units, n, ret, HFS_NAME_ROOM);
}

size_t
hfs_name_ascii(const char *s, uint16_t *ret)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		ret[i] = (unsigned char)s[i];
	return n;
}

size_t
hfs_attr_name_units(const char *s, uint16_t *ret, size_t room)
{
	size_t n = 0, left = strlen(s), len;

	for (; left; s += len, left -= len) {
		uint32_t c;

		len = text_utf8(s, left, &c);
		if (!len || n + 2 > room + (c < 0x10000))
			return 0;
		if (c >= 0x10000) {
			ret[n++] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
			c = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		ret[n++] = (uint16_t)c;
	}
	return n;
}

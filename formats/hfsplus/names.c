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

/* ---- decomposition ---- */

/* Where the units of a name gather; those past @room are only counted. */
struct units {
	uint16_t *v;
	size_t n, room;
};

static void
put_unit(struct units *u, uint16_t c)
{
	if (u->n < u->room)
		u->v[u->n] = c;
	u->n++;
}

static const struct hfs_split *
split_of(uint16_t c)
{
	size_t lo = 0, hi = c < 0xc0 ? 0 : hfs_n_splits;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (hfs_splits[mid].whole == c)
			return &hfs_splits[mid];
		*(hfs_splits[mid].whole < c ? &lo : &hi) = mid + (hfs_splits[mid].whole < c);
	}
	return NULL;
}

/* Parts are taken apart again; four steps is the most that Unicode 3.2 has. */
static void
put_apart(struct units *u, uint16_t c)
{
	const struct hfs_split *s = split_of(c);

	if (c >= 0xac00 && c < 0xd7a4) {		/* Hangul (Unicode, 3.12) */
		uint16_t i = (uint16_t)(c - 0xac00);

		put_unit(u, (uint16_t)(0x1100 + i / (21 * 28)));
		put_unit(u, (uint16_t)(0x1161 + i / 28 % 21));
		if (i % 28)
			put_unit(u, (uint16_t)(0x11a7 + i % 28));
		return;
	}
	if (!s) {
		put_unit(u, c);
		return;
	}
	put_apart(u, s->a);
	if (s->b)
		put_apart(u, s->b);
}

/* Marks on one letter by their class; those of one class keep their order. */
static void
order_marks(uint16_t *s, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		unsigned int class = combining(s[i]);
		uint16_t c = s[i];
		size_t k = i;

		for (; class && k && combining(s[k - 1]) > class; k--)
			s[k] = s[k - 1];
		s[k] = c;
	}
}

static void
put_hex(struct units *u, uint8_t byte)
{
	static const char digits[] = "0123456789ABCDEF";

	put_unit(u, '%');
	put_unit(u, (uint16_t)digits[byte >> 4]);
	put_unit(u, (uint16_t)digits[byte & 15]);
}

size_t
hfs_name_units(const char *s, uint16_t *ret, size_t room, bool *ret_foreign)
{
	struct units u = { .v = ret, .room = room };

	*ret_foreign = false;
	for (size_t left = strlen(s), len; left; s += len, left -= len) {
		uint32_t c;

		len = text_utf8(s, left, &c);
		if (!len) {
			put_hex(&u, (uint8_t)*s);
			*ret_foreign = true;
			len = 1;
		} else if (c >= 0x10000) {		/* not taken apart */
			put_unit(&u, (uint16_t)(0xd800 + ((c - 0x10000) >> 10)));
			put_unit(&u, (uint16_t)(0xdc00 + ((c - 0x10000) & 0x3ff)));
		} else {
			put_apart(&u, c == ':' ? '/' : (uint16_t)c);
		}
	}
	order_marks(ret, u.n < room ? u.n : room);
	return u.n;
}

bool
hfs_name_is_void(const uint16_t *name, size_t n)
{
	size_t at = 0;

	return !next_folded(name, n, &at);
}

size_t
hfs_name_cut(const uint16_t *name, size_t n, size_t room)
{
	if (n <= room)
		return n;
	while (room && (combining(name[room]) || (name[room] & 0xfc00) == 0xdc00))
		room--;
	return room;
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
hfs_name_utf8_as(const uint16_t *name, size_t n, bool composed, char *ret)
{
	uint16_t units[255];
	bool plain = true;

	n = n < 255 ? n : 255;
	for (size_t i = 0; i < n; i++) {
		units[i] = name[i] == '/' ? ':' : name[i] ? name[i] : 0x2400;
		plain = plain && name[i] < 0x300;
	}
	if (!plain && composed)
		n = compose(units, n);
	img_utf16_to_utf8(units, n, ret, HFS_NAME_ROOM);
}

void
hfs_name_utf8(const uint16_t *name, size_t n, char *ret)
{
	hfs_name_utf8_as(name, n, true, ret);
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

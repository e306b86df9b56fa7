/* SPDX-License-Identifier: BSD-2-Clause */
/* Names as Joliet has them: UTF-16BE, a pair of surrogates for what lies beyond the BMP (strictly UCS-2, but every reader
 * shows them), at most 103 units so that a record still fits, or 64 as the specification has it; a longer name keeps its
 * extension. */
#include "config.h"

#include <string.h>

#include "core/bytes.h"
#include "core/text.h"
#include "core/unicode.h"
#include "formats/fat/names.h"
#include "formats/iso9660/making.h"

#define MAX_EXTENSION 32	/* units, with the dot: what is longer is no extension */

static bool
is_forbidden(uint32_t c)
{
	return c < 0x20 || (c < 0x80 && strchr("*/:;?\\", (int)c));
}

static size_t
put_unit(uint8_t *p, uint32_t unit)
{
	p[0] = (uint8_t)(unit >> 8);
	p[1] = (uint8_t)unit;
	return 2;
}

/* Up to @max bytes of @name; returns them, and at *ret_used how much of the name they are. */
static size_t
units(const char *name, size_t n, uint8_t *p, size_t max, size_t *ret_used, bool *ret_changed)
{
	size_t out = 0, at = 0;

	while (at < n) {
		uint32_t c;
		size_t step = text_utf8(name + at, n - at, &c);

		if (!step || is_forbidden(c)) {
			c = '_';
			*ret_changed = true;
		}
		if (out + (c > 0xffff ? 4 : 2) > max)
			break;
		if (c > 0xffff) {
			out += put_unit(p + out, 0xd7c0 + (c >> 10));
			out += put_unit(p + out, 0xdc00 + (c & 0x3ff));
		} else {
			out += put_unit(p + out, c);
		}
		at += step ? step : 1;
	}
	*ret_used = at;
	return out;
}

static bool
is_low(const uint8_t *p)
{
	return (p[0] & 0xfc) == 0xdc;
}

/* Where the extension of the stored name begins, with its dot; @n: nowhere. */
static size_t
extension(const uint8_t *p, size_t n)
{
	for (size_t at = n; at > 2 && n - at < 2 * MAX_EXTENSION; at -= 2)
		if (!p[at - 2] && p[at - 1] == '.')
			return at - 2;
	return n;
}

size_t
joliet_from(const char *name, bool is_dir, unsigned int max, uint8_t ret[JOLIET_BYTES], bool *ret_changed)
{
	size_t n = strlen(name), used, out = units(name, n, ret, 2 * (size_t)max, &used, ret_changed);
	const char *dot = strrchr(name, '.');
	uint8_t ext[2 * MAX_EXTENSION];
	size_t n_ext;

	if (used == n)
		return out;
	*ret_changed = true;
	if (!dot || dot == name || is_dir)
		return out;
	n_ext = units(dot, strlen(dot), ext, sizeof ext, &used, ret_changed);
	if (used < strlen(dot))
		return out;
	out = 2 * (size_t)max - n_ext;
	if (is_low(ret + out))
		out -= 2;
	memcpy(ret + out, ext, n_ext);
	return out + n_ext;
}

size_t
joliet_with_tail(const uint8_t *name, size_t n, unsigned int max, const char *tail, uint8_t ret[JOLIET_BYTES])
{
	size_t dot = extension(name, n), k = strlen(tail), keep = 2 * (size_t)max - 2 * k - (n - dot);

	if (keep > dot)
		keep = dot;
	if (keep < dot && is_low(name + keep))
		keep -= 2;
	memcpy(ret, name, keep);
	for (size_t i = 0; i < k; i++)
		keep += put_unit(ret + keep, (unsigned char)tail[i]);
	memcpy(ret + keep, name + dot, n - dot);
	return keep + (n - dot);
}

void
joliet_to_utf8(const uint8_t *name, size_t n, char *ret, size_t room)
{
	uint16_t u[JOLIET_BYTES / 2];

	for (size_t i = 0; i < n / 2; i++)
		u[i] = load_be16(name + 2 * i);
	img_utf16_to_utf8(u, n / 2, ret, room);
}

uint64_t
joliet_sum_folded(const uint8_t *name, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i + 1 < n; i += 2)
		h = (h ^ fat_upcase(load_be16(name + i))) * UINT64_C(0x100000001b3);
	return h;
}

bool
joliet_field(const char *text, uint8_t *p, size_t n)
{
	size_t used, out;
	bool changed = false;

	memset(p, 0, n);
	for (size_t i = 0; i + 1 < n; i += 2)
		p[i + 1] = ' ';
	out = units(text, strlen(text), p, n & ~(size_t)1, &used, &changed);
	(void)out;
	return used == strlen(text);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Names: OSTA compressed Unicode (UDF 2.1.1).  The first byte tells the width: 8, one byte a character, which is
 * Latin-1; 16, big-endian units of two bytes.  UDF 2.00 and later know 254 and 255 too, the same for deleted names.
 * Up to 2.01 the units are UCS-2, later UTF-16; pairs of surrogates are joined in either. */
#include "config.h"

#include "formats/udf/names.h"

#include <string.h>

#include "core/bytes.h"
#include "core/unicode.h"

static bool
is_high(uint32_t u)
{
	return u >= 0xd800 && u < 0xdc00;
}

static bool
is_low(uint32_t u)
{
	return u >= 0xdc00 && u < 0xe000;
}

bool
udf_cs0_decode(const uint8_t *b, size_t n, char *ret, size_t room, size_t *ret_len)
{
	size_t len = 0, step;

	if (!n || (b[0] != 8 && b[0] != 16 && b[0] != 254 && b[0] != 255) || !room)
		return false;
	step = b[0] == 8 || b[0] == 254 ? 1 : 2;
	for (size_t i = 1; i + step <= n; i += step) {
		uint32_t u = step == 1 ? b[i] : load_be16(b + i);

		if (step == 2 && is_high(u) && i + 4 <= n && is_low(load_be16(b + i + 2))) {
			u = 0x10000 + ((u - 0xd800) << 10) + (load_be16(b + i + 2) - 0xdc00U);
			i += 2;
		}
		if (room - len < 5)
			return false;
		len += img_utf8_put(u, ret + len);
	}
	ret[len] = '\0';
	*ret_len = len;
	return true;
}

/* The next character of @s, or -1 when the bytes are no UTF-8. */
static int32_t
utf8_next(const char **s)
{
	const uint8_t *p = (const uint8_t *)*s;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int n = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3 : p[0] >> 3 == 30 ? 4 : 0;
	uint32_t u = n == 1 ? p[0] : n ? p[0] & (0x7fU >> n) : 0;

	for (unsigned int i = 1; i < n; i++) {
		if (p[i] >> 6 != 2)
			return -1;
		u = u << 6 | (p[i] & 63);
	}
	if (!n || u < least[n] || u > 0x10ffff || is_high(u) || is_low(u))
		return -1;
	*s += n;
	return (int32_t)u;
}

static bool
is_wide(const char *text)
{
	while (*text) {
		int32_t u = utf8_next(&text);

		if (u > 0xff)
			return true;
		if (u < 0)
			return false;
	}
	return false;
}

static size_t
unit_put(uint32_t u, bool wide, uint8_t *b)
{
	if (!wide) {
		b[0] = (uint8_t)u;
		return 1;
	}
	if (u < 0x10000) {
		store_be16(b, (uint16_t)u);
		return 2;
	}
	store_be16(b, (uint16_t)(0xd800 + ((u - 0x10000) >> 10)));
	store_be16(b + 2, (uint16_t)(0xdc00 + (u & 0x3ff)));
	return 4;
}

size_t
udf_cs0_encode(const char *text, uint8_t *b, size_t room, bool *ret_cut)
{
	bool wide = is_wide(text), cut = false;
	size_t len = 1;

	while (*text && !cut) {
		int32_t u = utf8_next(&text);
		size_t need = !wide ? 1 : u > 0xffff ? 4 : 2;

		cut = u < 0 || len > room || room - len < need;
		if (!cut)
			len += unit_put((uint32_t)u, wide, b + len);
	}
	if (len > 1)
		b[0] = wide ? 16 : 8;
	if (ret_cut)
		*ret_cut = cut;
	return len > 1 ? len : 0;
}

bool
udf_name_tame(char *name, size_t len)
{
	bool changed = false;

	for (size_t i = 0; i < len; i++)
		if (name[i] == '/' || name[i] == '\0') {
			name[i] = '_';
			changed = true;
		}
	if (!strcmp(name, ".") || !strcmp(name, "..")) {
		memset(name, '_', len);
		changed = true;
	}
	return changed;
}

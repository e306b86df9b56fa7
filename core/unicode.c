/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-16 and bytes of doubtful origin to UTF-8. */
#include "config.h"

#include "core/unicode.h"

#include <stdbool.h>
#include <string.h>

#include "core/text.h"

size_t
img_utf8_put(uint32_t c, char *ret)
{
	unsigned char *p = (unsigned char *)ret;

	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		c = IMG_UNKNOWN_CHAR;
	if (c < 0x80) {
		p[0] = (unsigned char)c;
		return 1;
	}
	if (c < 0x800) {
		p[0] = (unsigned char)(0xc0 | c >> 6);
		p[1] = (unsigned char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		p[0] = (unsigned char)(0xe0 | c >> 12);
		p[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		p[2] = (unsigned char)(0x80 | (c & 0x3f));
		return 3;
	}
	p[0] = (unsigned char)(0xf0 | c >> 18);
	p[1] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
	p[2] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
	p[3] = (unsigned char)(0x80 | (c & 0x3f));
	return 4;
}

/* Append @c if it fits beside the NUL. */
static bool
put(char *ret, size_t room, size_t *used, uint32_t c)
{
	char one[IMG_UTF8_MAX];
	size_t n = img_utf8_put(c, one);

	if (n >= room - *used)
		return false;
	memcpy(ret + *used, one, n);
	*used += n;
	return true;
}

size_t
img_utf16_to_utf8(const uint16_t *units, size_t n, char *ret, size_t room)
{
	size_t used = 0, bad = 0;

	for (size_t i = 0; i < n && units[i]; i++) {
		uint32_t c = units[i];

		if (c >= 0xd800 && c < 0xdc00 && i + 1 < n && units[i + 1] >= 0xdc00 && units[i + 1] < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (units[++i] - 0xdc00u);
		} else if (c >= 0xd800 && c < 0xe000) {
			c = IMG_UNKNOWN_CHAR;
			bad++;
		}
		if (!put(ret, room, &used, c))
			break;
	}
	ret[used] = '\0';
	return bad;
}

size_t
img_bytes_to_utf8(const char *bytes, size_t len, char *ret, size_t room)
{
	size_t used = 0, bad = 0, n;

	for (size_t i = 0; i < len && bytes[i]; i += n) {
		uint32_t c;

		n = text_utf8(bytes + i, len - i, &c);
		if (!n) {
			c = IMG_UNKNOWN_CHAR;
			n = 1;
			bad++;
		}
		if (!put(ret, room, &used, c))
			break;
	}
	ret[used] = '\0';
	return bad;
}

/* MacRoman 0x80 to 0xFF (Apple's ROMAN.TXT). */
static const uint16_t macroman[128] = {
	0x00c4, 0x00c5, 0x00c7, 0x00c9, 0x00d1, 0x00d6, 0x00dc, 0x00e1, 0x00e0, 0x00e2, 0x00e4, 0x00e3, 0x00e5, 0x00e7, 0x00e9,
	0x00e8, 0x00ea, 0x00eb, 0x00ed, 0x00ec, 0x00ee, 0x00ef, 0x00f1, 0x00f3, 0x00f2, 0x00f4, 0x00f6, 0x00f5, 0x00fa, 0x00f9,
	0x00fb, 0x00fc, 0x2020, 0x00b0, 0x00a2, 0x00a3, 0x00a7, 0x2022, 0x00b6, 0x00df, 0x00ae, 0x00a9, 0x2122, 0x00b4, 0x00a8,
	0x2260, 0x00c6, 0x00d8, 0x221e, 0x00b1, 0x2264, 0x2265, 0x00a5, 0x00b5, 0x2202, 0x2211, 0x220f, 0x03c0, 0x222b, 0x00aa,
	0x00ba, 0x03a9, 0x00e6, 0x00f8, 0x00bf, 0x00a1, 0x00ac, 0x221a, 0x0192, 0x2248, 0x2206, 0x00ab, 0x00bb, 0x2026, 0x00a0,
	0x00c0, 0x00c3, 0x00d5, 0x0152, 0x0153, 0x2013, 0x2014, 0x201c, 0x201d, 0x2018, 0x2019, 0x00f7, 0x25ca, 0x00ff, 0x0178,
	0x2044, 0x20ac, 0x2039, 0x203a, 0xfb01, 0xfb02, 0x2021, 0x00b7, 0x201a, 0x201e, 0x2030, 0x00c2, 0x00ca, 0x00c1, 0x00cb,
	0x00c8, 0x00cd, 0x00ce, 0x00cf, 0x00cc, 0x00d3, 0x00d4, 0xf8ff, 0x00d2, 0x00da, 0x00db, 0x00d9, 0x0131, 0x02c6, 0x02dc,
	0x00af, 0x02d8, 0x02d9, 0x02da, 0x00b8, 0x02dd, 0x02db, 0x02c7,
};

uint32_t
img_macroman(uint8_t byte)
{
	return byte < 0x80 ? byte : macroman[byte - 0x80];
}

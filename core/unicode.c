/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-16 and bytes of doubtful origin to UTF-8. */
#include "config.h"

#include "core/unicode.h"

#include <stdbool.h>
#include <string.h>

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

uint32_t
img_utf8_get(const char *s, size_t len, size_t *ret_n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)s;
	size_t n = p[0] < 0x80 ? 1 : (p[0] & 0xe0) == 0xc0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : (p[0] & 0xf8) == 0xf0 ? 4 : 0;
	uint32_t c;

	*ret_n = 1;
	if (n == 1)
		return p[0];
	if (!n || n > len)
		return IMG_UNKNOWN_CHAR;
	c = p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return IMG_UNKNOWN_CHAR;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return IMG_UNKNOWN_CHAR;
	*ret_n = n;
	return c;
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
		uint32_t c = img_utf8_get(bytes + i, len - i, &n);

		if (c == IMG_UNKNOWN_CHAR && n == 1)
			bad++;
		if (!put(ret, room, &used, c))
			break;
	}
	ret[used] = '\0';
	return bad;
}

/* Controls, and the characters that change the direction of text. */
static bool
upsets_a_terminal(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

void
img_name_for_message(const char *s, char *ret, size_t room)
{
	size_t len = strlen(s), used = 0, n;

	for (size_t i = 0; i < len; i += n) {
		uint32_t c = img_utf8_get(s + i, len - i, &n);

		if (!put(ret, room, &used, upsets_a_terminal(c) ? '?' : c))
			break;
	}
	ret[used] = '\0';
}

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

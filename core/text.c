/* SPDX-License-Identifier: BSD-2-Clause */
/* Text for people; see core/text.h. */
#include "config.h"

#include "core/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool
text_locale_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *v = getenv(names[i]);
		const char *dot;

		if (!v || !*v)
			continue;
		dot = strchr(v, '.');
		return dot && (strncasecmp(dot + 1, "utf-8", 5) == 0 || strncasecmp(dot + 1, "utf8", 4) == 0);
	}
	return false;
}

size_t
text_utf8(const char *s, size_t n, uint32_t *ret_code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *b = (const unsigned char *)s;
	uint32_t code;
	size_t len;

	if (n == 0)
		return 0;
	if (b[0] < 0x80) {
		*ret_code = b[0];
		return 1;
	}
	len = b[0] >= 0xf0 && b[0] < 0xf5 ? 4 : b[0] >= 0xe0 && b[0] < 0xf0 ? 3 : b[0] >= 0xc2 && b[0] < 0xe0 ? 2 : 0;
	if (len == 0 || len > n)
		return 0;
	code = b[0] & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (b[i] & 0x3f);
	}
	if (code < least[len] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	*ret_code = code;
	return len;
}

bool
text_is_utf8(const char *s)
{
	size_t n = strlen(s), len;
	uint32_t code;

	for (; n; s += len, n -= len) {
		len = text_utf8(s, n, &code);
		if (!len)
			return false;
	}
	return true;
}

bool
text_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) ||
	       c == 0xad || c == 0x61c || c == 0x180e ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||	/* invisible; separators, overrides */
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	       (c >= 0xe0000 && c <= 0xe0fff);	/* tags */
}

#define SAFE_MAX 16	/* "\u{10ffff}" and more */

/* One character of @s made safe into @out; returns how many bytes of @s it took. */
static size_t
safe_step(char out[SAFE_MAX], const char *s, size_t n, bool utf8)
{
	uint32_t code;
	size_t len = text_utf8(s, n, &code);

	if (!len) {
		snprintf(out, SAFE_MAX, "\\x%02x", (unsigned char)*s);
		return 1;
	}
	if (code < 0x80 && text_unsafe(code)) {
		snprintf(out, SAFE_MAX, "\\x%02x", (unsigned int)code);
	} else if (text_unsafe(code) || (code >= 0x80 && !utf8)) {
		snprintf(out, SAFE_MAX, "\\u{%x}", (unsigned int)code);
	} else {
		memcpy(out, s, len);
		out[len] = '\0';
	}
	return len;
}

void
text_put(FILE *f, const char *s, bool utf8)
{
	size_t n = strlen(s);
	char one[SAFE_MAX];

	while (n) {
		size_t took = safe_step(one, s, n, utf8);

		fputs(one, f);
		s += took;
		n -= took;
	}
}

char *
text_safe(char *dst, size_t room, const char *s, bool utf8)
{
	size_t n = strlen(s), at = 0;
	char one[SAFE_MAX];

	while (n) {
		size_t took = safe_step(one, s, n, utf8);
		size_t len = strlen(one);

		if (len >= room - at)
			break;
		memcpy(dst + at, one, len);
		at += len;
		s += took;
		n -= took;
	}
	dst[at] = '\0';
	return dst;
}

static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };

/* Largest unit of which @bytes holds at least one; 1023.9 KiB counts as 1 MiB, as it would be shown so. */
static unsigned int
unit_of(uint64_t bytes)
{
	unsigned int u = 0;

	while (u < 6 && (double)bytes / (double)(UINT64_C(1) << (10 * u)) >= 1023.5)
		u++;
	return u;
}

static const char *
put_size(char *buf, size_t room, uint64_t bytes, unsigned int u, int digits, bool with_unit)
{
	double v = (double)bytes / (double)(UINT64_C(1) << (10 * u));
	int after = digits == 2 ? v < 9.95 : v < 9.995 ? 2 : v < 99.95;

	if ((bytes & ((UINT64_C(1) << (10 * u)) - 1)) == 0)
		after = 0;
	snprintf(buf, room, "%.*f%s%s", after, v, with_unit ? " " : "",
		 with_unit ? u == 0 && bytes == 1 ? "byte" : units[u] : "");
	return buf;
}

const char *
text_size(char buf[TEXT_SIZE_MAX], uint64_t bytes)
{
	return put_size(buf, TEXT_SIZE_MAX, bytes, unit_of(bytes), 2, true);
}

const char *
text_size_exact(char buf[TEXT_SIZE_MAX], uint64_t bytes)
{
	return put_size(buf, TEXT_SIZE_MAX, bytes, unit_of(bytes), 3, true);
}

const char *
text_of(char buf[2 * TEXT_SIZE_MAX], uint64_t part, uint64_t whole)
{
	char a[TEXT_SIZE_MAX], b[TEXT_SIZE_MAX];
	unsigned int u = unit_of(whole);

	snprintf(buf, 2 * TEXT_SIZE_MAX, "%s of %s", put_size(a, sizeof a, part, u, 2, false),
		 put_size(b, sizeof b, whole, u, 2, true));
	return buf;
}

const char *
text_clock(char buf[TEXT_SIZE_MAX], double seconds)
{
	uint64_t s = seconds < 0 ? 0 : seconds > 1e12 ? UINT64_C(1000000000000) : (uint64_t)(seconds + 0.5);
	unsigned int sec = (unsigned int)(s % 60), min = (unsigned int)(s / 60 % 60);

	if (s < 3600)
		snprintf(buf, TEXT_SIZE_MAX, "%u:%02u", min, sec);
	else
		snprintf(buf, TEXT_SIZE_MAX, "%" PRIu64 ":%02u:%02u", s / 3600, min, sec);
	return buf;
}

const char *
text_seconds(char buf[TEXT_SIZE_MAX], double seconds)
{
	if (seconds >= 99.95)
		return text_clock(buf, seconds);
	snprintf(buf, TEXT_SIZE_MAX, seconds < 0.095 ? "%.2f s" : "%.1f s", seconds < 0 ? 0.0 : seconds);
	return buf;
}

const char *
text_hex(char *buf, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		buf[2 * i] = digits[bytes[i] >> 4];
		buf[2 * i + 1] = digits[bytes[i] & 15];
	}
	buf[2 * n] = '\0';
	return buf;
}

char *
text_upper(char *dst, size_t room, const char *s)
{
	snprintf(dst, room, "%s", s);
	for (char *p = dst; *p; p++)
		*p = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
	return dst;
}

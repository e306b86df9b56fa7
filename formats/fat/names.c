/* SPDX-License-Identifier: BSD-2-Clause */
/* FAT's names. */
#include "config.h"

#include "formats/fat/names.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "core/unicode.h"

/* Code page 437 from 0x80 on (IBM; Unicode's CP437.TXT): what Linux and mtools assume too. */
static const uint16_t oem[128] = {
	0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8, 0x00ef, 0x00ee, 0x00ec, 0x00c4,
	0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9, 0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5,
	0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa, 0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc,
	0x00a1, 0x00ab, 0x00bb, 0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557,
	0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f, 0x255a, 0x2554, 0x2569,
	0x2566, 0x2560, 0x2550, 0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518,
	0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580, 0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6,
	0x0398, 0x03a9, 0x03b4, 0x221e, 0x03c6, 0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248,
	0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0,
};

static bool
is_upper(int c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_lower(int c)
{
	return c >= 'a' && c <= 'z';
}

/* ---- reading ---- */

/* @n bytes less the blanks at their end; *io_ok goes when something is replaced. */
static size_t
oem_text(const uint8_t *p, size_t n, bool lower, char *ret, bool *io_ok)
{
	size_t used = 0;

	while (n && p[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < n; i++) {
		uint8_t b = p[i];

		if (b == '/' || b == '\0' || (b == '.' && !used)) {
			b = '_';
			*io_ok = false;
		}
		if (lower && is_upper(b))
			b |= 0x20;
		used += img_utf8_put(b < 0x80 ? b : oem[b - 0x80], ret + used);
	}
	return used;
}

bool
fat_short_text(const uint8_t *name, uint8_t cases, char *ret)
{
	bool ok = true;
	size_t n = oem_text(name, 8, cases & FAT_CASE_BASE, ret, &ok), ext;

	ext = oem_text(name + 8, 3, cases & FAT_CASE_EXT, ret + n + 1, &ok);
	if (ext)
		ret[n++] = '.';
	ret[n + ext] = '\0';
	if (!strcmp(ret, ".") || !strcmp(ret, ".."))
		ok = false;
	return ok;
}

void
fat_label_text(const char *label, char *ret)
{
	bool ok;

	ret[oem_text((const uint8_t *)label, FAT_NAME_LEN, false, ret, &ok)] = '\0';
}

/* ---- long names ---- */

const char *
fat_long_units(const char *name, uint16_t ret[FAT_LONG_MAX], size_t *ret_n)
{
	size_t len = strlen(name), n = 0, step;
	uint32_t c;

	for (size_t i = 0; i < len; i += step) {
		step = text_utf8(name + i, len - i, &c);
		if (!step)
			return "it is not UTF-8";
		if (c < 0x20 || c == 0x7f)
			return "it has a control character";
		if (c < 0x80 && strchr("\"*/:<>?\\|", (int)c))
			return "FAT forbids \" * / : < > ? \\ |";
		if (n + (c > 0xffff ? 2 : 1) > FAT_LONG_MAX)
			return "it is longer than 255 characters";
		if (c > 0xffff) {
			ret[n++] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
			c = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		ret[n++] = (uint16_t)c;
	}
	if (!n)
		return "it is empty";
	if (ret[n - 1] == '.' || ret[n - 1] == ' ')
		return ret[n - 1] == '.' ? "it ends with a dot" : "it ends with a blank";
	*ret_n = n;
	return NULL;
}

/* Scripts with cases, as far as they are regular; the rest has one case here, so at worst two names stand side by side
 * that Windows takes for one. */
uint16_t
fat_upcase(uint16_t u)
{
	if (u < 0x80)
		return is_lower(u) ? (uint16_t)(u - 0x20) : u;
	if ((u >= 0xe0 && u <= 0xfe && u != 0xf7) || (u >= 0x3b1 && u <= 0x3cb && u != 0x3c2) ||
	    (u >= 0x430 && u <= 0x44f))
		return (uint16_t)(u - 0x20);			/* Latin-1, Greek, Cyrillic */
	if (u == 0xff)
		return 0x178;
	if ((u >= 0x100 && u <= 0x137 && u != 0x131) || (u >= 0x14a && u <= 0x177) || (u >= 0x1e00 && u <= 0x1e95) ||
	    (u >= 0x1ea0 && u <= 0x1eff) || (u >= 0x460 && u <= 0x481) || (u >= 0x48a && u <= 0x4bf) ||
	    (u >= 0x4d0 && u <= 0x52f))
		return (uint16_t)(u & ~1u);			/* pairs, the capital even */
	if ((u >= 0x139 && u <= 0x148) || (u >= 0x179 && u <= 0x17e) || (u >= 0x4c1 && u <= 0x4ce))
		return (uint16_t)(u & 1 ? u : u - 1);		/* pairs, the capital odd */
	if (u >= 0x450 && u <= 0x45f)
		return (uint16_t)(u - 0x50);
	if (u >= 0x561 && u <= 0x586)
		return (uint16_t)(u - 0x30);			/* Armenian */
	if (u >= 0xff41 && u <= 0xff5a)
		return (uint16_t)(u - 0x20);			/* full width */
	return u;
}

/* ---- short names ---- */

static bool
short_char(int c)
{
	return is_upper(c) || (c >= '0' && c <= '9') || (c > ' ' && c < 0x7f && strchr("!#$%&'()-@^_`{}~", c));
}

const char *
fat_label_put(const char *text, uint8_t ret[FAT_NAME_LEN])
{
	size_t n = strlen(text);

	if (n > FAT_NAME_LEN)
		return "it is longer than 11 characters";
	if (!n || *text == ' ')
		return n ? "it begins with a blank" : "it is empty";
	memset(ret, ' ', FAT_NAME_LEN);
	for (size_t i = 0; i < n; i++) {
		int c = is_lower(text[i]) ? text[i] - 0x20 : (unsigned char)text[i];

		if (!short_char(c) && c != ' ')
			return c < 0x80 ? "FAT forbids control characters and \" * + , . / : ; < = > ? [ \\ ] | in it" :
			       "it may have ASCII characters only";
		ret[i] = (uint8_t)c;
	}
	return NULL;
}

/* One part of a name, its first or what follows the last dot. */
struct part {
	uint8_t *dst;
	size_t n, max;
	bool lossy, upper, lower;
};

/* Blanks and dots go, what a short name cannot hold becomes '_', both with a tail. */
static void
part_add(struct part *p, uint32_t c)
{
	if (c == ' ' || c == '.') {
		p->lossy = true;
		return;
	}
	if (c < 0x80 && is_lower((int)c)) {
		p->lower = true;
		c -= 0x20;
	} else if (c < 0x80 && is_upper((int)c)) {
		p->upper = true;
	}
	if (c >= 0x80 || !short_char((int)c)) {
		p->lossy = true;
		c = '_';
	}
	if (p->n == p->max)
		p->lossy = true;
	else
		p->dst[p->n++] = (uint8_t)c;
}

enum fat_fit
fat_short_make(const char *name, uint8_t ret[FAT_NAME_LEN], uint8_t *ret_cases)
{
	struct part base = { .dst = ret, .max = 8 }, ext = { .dst = ret + 8, .max = 3 };
	const char *dot = strrchr(name, '.'), *end = name + strlen(name);

	memset(ret, ' ', FAT_NAME_LEN);
	*ret_cases = 0;
	if (dot && strspn(name, ". ") >= (size_t)(dot - name))
		dot = NULL;		/* nothing but dots and blanks in front: ".profile" has no extension */
	for (const char *p = name; p < end; ) {
		uint32_t c = 0;
		size_t step = text_utf8(p, (size_t)(end - p), &c);

		if (p != dot)
			part_add(dot && p > dot ? &ext : &base, c);
		p += step ? step : 1;
	}
	if (!base.n)
		ret[0] = '_';
	if (base.lossy || ext.lossy || !base.n)
		return FAT_FIT_TAIL;
	if ((base.upper && base.lower) || (ext.upper && ext.lower))
		return FAT_FIT_CASE;
	*ret_cases = (uint8_t)((base.lower ? FAT_CASE_BASE : 0) | (ext.lower ? FAT_CASE_EXT : 0));
	return FAT_FIT_ALONE;
}

void
fat_short_tail(uint8_t name[FAT_NAME_LEN], uint32_t number)
{
	char tail[12];
	size_t n = (size_t)snprintf(tail, sizeof tail, "~%u", (unsigned int)number), at = 0;

	while (at < 8 - n && name[at] != ' ')
		at++;
	memcpy(name + at, tail, n);
}

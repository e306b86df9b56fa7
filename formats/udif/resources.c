/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of resources, and text in the Macintosh's own character set. */
#include "config.h"

#include "formats/udif/resources.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool
udif_resource_wanted(const char *type)
{
	static const char wanted[][5] = { "blkx", "LPic", "STR#", "TEXT", "RTF " };

	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (strcmp(type, wanted[i]) == 0)
			return true;
	return false;
}

int
udif_resources_add(struct udif_resources *list, const struct udif_resource *r, struct img_err *err)
{
	uint64_t cost = r->len + sizeof *r;

	if (cost > list->max_bytes - list->n_bytes)
		return img_fail(err, IMG_E_LIMIT, "more than %" PRIu64 " bytes of resources", list->max_bytes);
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 16;
		void *v = realloc(list->v, room * sizeof *list->v);

		if (!v)
			return img_fail_nomem(err);
		list->v = v;
		list->room = room;
	}
	list->n_bytes += cost;
	list->v[list->n++] = *r;
	return 0;
}

void
udif_resource_done(struct udif_resource *r)
{
	free(r->name);
	free(r->cf_name);
	free(r->data);
	*r = (struct udif_resource) { 0 };
}

void
udif_resources_done(struct udif_resources *list)
{
	for (size_t i = 0; i < list->n; i++)
		udif_resource_done(&list->v[i]);
	free(list->v);
	*list = (struct udif_resources) { 0 };
}

size_t
udif_resources_count(const struct udif_resources *list, const char *type)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += strcmp(list->v[i].type, type) == 0;
	return n;
}

const struct udif_resource *
udif_resources_find(const struct udif_resources *list, const char *type, int32_t id)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i].type, type) == 0 && list->v[i].id == id)
			return &list->v[i];
	return NULL;
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

char *
udif_macroman(const uint8_t *bytes, size_t len)
{
	char *text = len < SIZE_MAX / 3 ? malloc(3 * len + 1) : NULL;
	size_t n = 0;

	for (size_t i = 0; text && i < len; i++) {
		unsigned int c = bytes[i] < 0x80 ? bytes[i] : macroman[bytes[i] - 0x80];

		if (c == '\r')
			c = '\n';
		if (c < 0x80) {
			text[n++] = (char)c;
		} else if (c < 0x800) {
			text[n++] = (char)(0xc0 | c >> 6);
			text[n++] = (char)(0x80 | (c & 0x3f));
		} else {
			text[n++] = (char)(0xe0 | c >> 12);
			text[n++] = (char)(0x80 | (c >> 6 & 0x3f));
			text[n++] = (char)(0x80 | (c & 0x3f));
		}
	}
	if (text)
		text[n] = '\0';
	return text;
}

bool
udif_macroman_byte(uint32_t c, uint8_t *ret)
{
	if (c < 0x80) {
		*ret = (uint8_t)c;
		return true;
	}
	for (size_t i = 0; i < 128; i++)
		if (macroman[i] == c) {
			*ret = (uint8_t)(0x80 + i);
			return true;
		}
	return false;
}

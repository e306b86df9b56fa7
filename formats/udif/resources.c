/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of resources, and text in the Macintosh's own character set. */
#include "config.h"

#include "formats/udif/resources.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/unicode.h"

bool
udif_resource_wanted(const char *type)
{
	static const char wanted[][5] = { "blkx", "bcem", "bcm#", "LPic", "STR#", "TEXT", "RTF " };

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

char *
udif_macroman(const uint8_t *bytes, size_t len)
{
	char *text = len < SIZE_MAX / 3 ? malloc(3 * len + 1) : NULL;
	size_t n = 0;

	for (size_t i = 0; text && i < len; i++) {
		uint32_t c = img_macroman(bytes[i]);

		if (c == '\r')
			c = '\n';
		n += img_utf8_put(c, text + n);
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
	for (unsigned int b = 0x80; b <= 0xff; b++)
		if (img_macroman((uint8_t)b) == c) {
			*ret = (uint8_t)b;
			return true;
		}
	return false;
}

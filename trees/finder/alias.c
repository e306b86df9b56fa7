/* SPDX-License-Identifier: BSD-2-Clause */
/* Alias records, version 2 (docs/formats/ds_store.md §4): 150 bytes with names cut to what Pascal strings hold, then tagged
 * values, each a tag, a length and bytes up to an even number, closed by tag -1.  Finder looks for the volume by name and
 * date, then for the file by its CNID, then by its path. */
#include "config.h"

#include "trees/finder/alias.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "formats/hfsplus/names.h"

#define HEAD_SIZE 150
#define MAC_EPOCH INT64_C(2082844800)	/* seconds from 1904 to 1970 */
#define MAX_UNITS 255

enum {		/* tags (observed, and in every description) */
	TAG_FOLDER = 0, TAG_IDS = 1, TAG_CARBON_PATH = 2, TAG_NAME = 14, TAG_VOLUME = 15, TAG_VOLUME_DATE = 16,
	TAG_DATE = 17, TAG_PATH = 18, TAG_MOUNT = 19, TAG_END = 0xffff,
};

/* In the script of the reader's system, which nobody knows: what is not ASCII becomes "?"; tags have the full names. */
static void
pascal(uint8_t *p, size_t room, const char *s)
{
	size_t n = 0;

	for (; *s && n + 1 < room; s++)
		if (((uint8_t)*s & 0xc0) != 0x80)	/* one for each character */
			p[1 + n++] = *s & 0x80 ? '?' : *s == ':' ? '/' : (uint8_t)*s;
	p[0] = (uint8_t)n;
}

static int
tag(struct img_buf *b, unsigned int tag, const void *bytes, size_t len, struct img_err *err)
{
	uint8_t head[4];
	int rc;

	store_be16(head, (uint16_t)tag);
	store_be16(head + 2, (uint16_t)len);
	rc = img_buf_add(b, head, sizeof head, err);
	if (!rc)
		rc = img_buf_add(b, bytes, len, err);
	return rc || len % 2 == 0 ? rc : img_buf_add(b, "", 1, err);
}

static int
tag_unicode(struct img_buf *b, unsigned int number, const char *s, struct img_err *err)
{
	uint16_t units[MAX_UNITS];
	uint8_t bytes[2 + 2 * MAX_UNITS];
	bool foreign;
	size_t n = hfs_name_units(s, units, MAX_UNITS, &foreign);

	n = n < MAX_UNITS ? n : MAX_UNITS;
	store_be16(bytes, (uint16_t)n);
	for (size_t i = 0; i < n; i++)
		store_be16(bytes + 2 + 2 * i, units[i]);
	return tag(b, number, bytes, 2 + 2 * n, err);
}

static int
tag_date(struct img_buf *b, unsigned int number, int64_t date, struct img_err *err)
{
	uint8_t bytes[8];

	store_be64(bytes, (uint64_t)(date + MAC_EPOCH) << 16);	/* 65536ths of a second */
	return tag(b, number, bytes, sizeof bytes, err);
}

static int
tags(const struct finder_target *t, struct img_buf *b, struct img_err *err)
{
	char text[4 * MAX_UNITS + 600];
	uint8_t id[4];
	int rc = tag(b, TAG_FOLDER, t->folder, strlen(t->folder), err);

	store_be32(id, t->folder_id);
	if (!rc)	/* of the folders, from the file's own upwards, without the root */
		rc = tag(b, TAG_IDS, id, sizeof id, err);
	snprintf(text, sizeof text, "%s:%s:%s", t->volume, t->folder, t->file);
	if (!rc)
		rc = tag(b, TAG_CARBON_PATH, text, strlen(text), err);
	if (!rc)
		rc = tag_unicode(b, TAG_NAME, t->file, err);
	if (!rc)
		rc = tag_unicode(b, TAG_VOLUME, t->volume, err);
	if (!rc)
		rc = tag_date(b, TAG_VOLUME_DATE, t->date, err);
	if (!rc)
		rc = tag_date(b, TAG_DATE, t->date, err);
	snprintf(text, sizeof text, "/%s/%s", t->folder, t->file);
	if (!rc)
		rc = tag(b, TAG_PATH, text, strlen(text), err);
	snprintf(text, sizeof text, "/Volumes/%s", t->volume);
	if (!rc)
		rc = tag(b, TAG_MOUNT, text, strlen(text), err);
	return rc ? rc : tag(b, TAG_END, "", 0, err);
}

int
finder_alias(const struct finder_target *t, struct img_buf *ret, struct img_err *err)
{
	uint8_t head[HEAD_SIZE] = { 0 };
	size_t start = ret->len;
	int rc;

	store_be16(head + 6, 2);				/*   6 version */
	pascal(head + 10, 28, t->volume);			/*  10; 8 is the kind: 0, a file */
	store_be32(head + 38, (uint32_t)(t->date + MAC_EPOCH));	/*  38 of the volume */
	memcpy(head + 42, "H+", 2);
	store_be16(head + 44, 5);				/*  44 a disk that can be ejected */
	store_be32(head + 46, t->folder_id);
	pascal(head + 50, 64, t->file);
	store_be32(head + 114, t->file_id);
	store_be32(head + 118, (uint32_t)(t->date + MAC_EPOCH));	/* 118; 122, 126: creator and type, none */
	store_be16(head + 130, 0xffff);				/* 130, 132: no path relative to another file */
	store_be16(head + 132, 0xffff);
	store_be32(head + 134, 0xd02);				/* 134 attributes of the volume (observed) */
	rc = img_buf_add(ret, head, sizeof head, err);
	if (!rc)
		rc = tags(t, ret, err);
	if (!rc)
		store_be16(ret->p + start + 4, (uint16_t)(ret->len - start));
	return rc;
}

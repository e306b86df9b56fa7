/* SPDX-License-Identifier: BSD-2-Clause */
/* Bookmarks (docs/formats/ds_store.md §5), little-endian but for dates.  After a header of 48 bytes come the place of the
 * table of contents, items (length, type, bytes up to a multiple of four), and the table: keys in ascending order, each
 * with the place of its item, counted from behind the header.  An array is an item of such places.
 *
 * Left out is what nobody can know before the volume is mounted, its size and UUID; they are optional. */
#include "config.h"

#include "trees/finder/alias.h"

#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "core/memory.h"

#define HEADER_SIZE 48
#define MAC_2001 INT64_C(978307200)	/* dates count from there, since 1970 */
#define MAX_KEYS 16

enum { STRING = 0x101, DATA = 0x201, INT32 = 0x303, DATE = 0x400, NO = 0x500, YES = 0x501, ARRAY = 0x601, URL = 0x901 };

enum {
	KEY_PATH = 0x1004, KEY_IDS = 0x1005, KEY_PROPERTIES = 0x1010, KEY_DATE = 0x1040, KEY_VOLUME_PATH = 0x2002,
	KEY_VOLUME_URL = 0x2005, KEY_VOLUME_NAME = 0x2010, KEY_VOLUME_DATE = 0x2013, KEY_VOLUME_PROPERTIES = 0x2020,
	KEY_VOLUME_IS_ROOT = 0x2030, KEY_CONTAINING = 0xc001, KEY_USER = 0xc011, KEY_UID = 0xc012, KEY_WAS_REFERENCE = 0xd001,
	KEY_OPTIONS = 0xd010,
};

struct writer {
	struct img_buf *out;
	size_t start;		/* what places count from */
	size_t n;
	struct { uint32_t key, at; } toc[MAX_KEYS];
	struct img_err *err;
	int rc;
};

static void
put(struct writer *w, const void *bytes, size_t len)
{
	if (!w->rc)
		w->rc = img_buf_add(w->out, bytes, len, w->err);
}

static void
put_u32(struct writer *w, uint32_t v)
{
	uint8_t b[4];

	store_le32(b, v);
	put(w, b, sizeof b);
}

/* Returns its place. */
static uint32_t
item(struct writer *w, uint32_t type, const void *bytes, size_t len)
{
	uint32_t at = (uint32_t)(w->out->len - w->start);

	put_u32(w, (uint32_t)len);
	put_u32(w, type);
	put(w, bytes, len);
	put(w, "\0\0\0", -len & 3);
	return at;
}

static uint32_t
text(struct writer *w, uint32_t type, const char *s)
{
	return item(w, type, s, strlen(s));
}

static uint32_t
number(struct writer *w, uint32_t v)
{
	uint8_t b[4];

	store_le32(b, v);
	return item(w, INT32, b, sizeof b);
}

static uint32_t
date(struct writer *w, int64_t since_1970)
{
	double v = (double)(since_1970 - MAC_2001);
	uint64_t bits;
	uint8_t b[8];

	memcpy(&bits, &v, sizeof bits);
	store_be64(b, bits);
	return item(w, DATE, b, sizeof b);
}

static uint32_t
pair(struct writer *w, uint32_t first, uint32_t second)
{
	uint8_t b[8];

	store_le32(b, first);
	store_le32(b + 4, second);
	return item(w, ARRAY, b, sizeof b);
}

/* Flags, which of them were asked for, nothing. */
static uint32_t
properties(struct writer *w, uint64_t flags, uint64_t asked)
{
	uint8_t b[24] = { 0 };

	store_le64(b, flags);
	store_le64(b + 8, asked);
	return item(w, DATA, b, sizeof b);
}

/* Keys must come in ascending order: readers search by halves. */
static void
toc(struct writer *w, uint32_t key, uint32_t at)
{
	w->toc[w->n].key = key;
	w->toc[w->n++].at = at;
}

static uint32_t
volume_url(struct writer *w, const char *volume)
{
	char url[3 * 4 * 255 + 32];
	size_t n = (size_t)snprintf(url, sizeof url, "file:///Volumes/");

	for (const unsigned char *p = (const unsigned char *)volume; *p && n + 5 < sizeof url; p++)
		if ((*p | 32) >= 'a' && (*p | 32) <= 'z')
			url[n++] = (char)*p;
		else if ((*p >= '0' && *p <= '9') || strchr("-._~", *p))
			url[n++] = (char)*p;
		else
			n += (size_t)snprintf(url + n, sizeof url - n, "%%%02X", *p);
	url[n++] = '/';
	return item(w, URL, url, n);
}

static void
items(struct writer *w, const struct finder_target *t)
{
	const uint64_t persistent_ids = UINT64_C(1) << 32;
	char mount[4 * 255 + 16];
	uint32_t a, b;

	snprintf(mount, sizeof mount, "/Volumes/%s", t->volume);
	a = text(w, STRING, t->folder);
	b = text(w, STRING, t->file);
	toc(w, KEY_PATH, pair(w, a, b));
	a = number(w, t->folder_id);
	b = number(w, t->file_id);
	toc(w, KEY_IDS, pair(w, a, b));
	toc(w, KEY_PROPERTIES, properties(w, 1, 15));		/* a regular file */
	toc(w, KEY_DATE, date(w, t->date));
	toc(w, KEY_VOLUME_PATH, text(w, STRING, mount));
	toc(w, KEY_VOLUME_URL, volume_url(w, t->volume));
	toc(w, KEY_VOLUME_NAME, text(w, STRING, t->volume));
	toc(w, KEY_VOLUME_DATE, date(w, t->date));
	toc(w, KEY_VOLUME_PROPERTIES, properties(w, 1 | persistent_ids, 0x13ef | persistent_ids));	/* local */
	toc(w, KEY_VOLUME_IS_ROOT, item(w, NO, "", 0));
	toc(w, KEY_CONTAINING, number(w, 0));			/* of the path, the folder's index */
	toc(w, KEY_USER, text(w, STRING, "unknown"));
	toc(w, KEY_UID, number(w, 99));
	toc(w, KEY_WAS_REFERENCE, item(w, YES, "", 0));
	toc(w, KEY_OPTIONS, number(w, 512));
}

int
finder_bookmark(const struct finder_target *t, struct img_buf *ret, struct img_err *err)
{
	struct writer w = { .out = ret, .err = err };
	uint8_t header[HEADER_SIZE] = "book";
	size_t start = ret->len, at;

	store_le32(header + 8, 0x10040000);
	store_le32(header + 12, HEADER_SIZE);
	put(&w, header, sizeof header);
	w.start = ret->len;
	put_u32(&w, 0);
	items(&w, t);
	if (w.rc)
		return w.rc;
	at = ret->len - w.start;
	put_u32(&w, (uint32_t)(20 + 12 * w.n - 8));		/* of the table, without these eight bytes */
	put_u32(&w, 0xfffffffe);
	put_u32(&w, 1);
	put_u32(&w, 0);						/* no further table */
	put_u32(&w, (uint32_t)w.n);
	for (size_t i = 0; i < w.n; i++) {
		put_u32(&w, w.toc[i].key);
		put_u32(&w, w.toc[i].at);
		put_u32(&w, 0);
	}
	if (w.rc)
		return w.rc;
	store_le32(ret->p + w.start, (uint32_t)at);
	store_le32(ret->p + start + 4, (uint32_t)(ret->len - start));
	return 0;
}

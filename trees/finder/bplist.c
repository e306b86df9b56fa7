/* SPDX-License-Identifier: BSD-2-Clause */
/* Binary property lists (Core Foundation's "bplist00", read in CFBinaryPList.c).
 *
 *   "bplist00"	 objects  table of their offsets  trailer
 *
 * An object begins with a byte of kind and count; a count of 15 or more follows as an integer object.  A dict lists the
 * numbers of its keys, then those of its values.  The trailer says how wide offsets and numbers are, how many objects
 * there are, which is the outermost and where the table begins.  Here the dict is object 0, then come keys and values in
 * turn; all numbers take two bytes, which the format allows whether they need them or not. */
#include "config.h"

#include "trees/finder/bplist.h"

#include <string.h>

#include "core/bytes.h"
#include "core/memory.h"

#define MAX_ITEMS 200	/* numbers and offsets fit two and four bytes by far */
#define NUMBER 2
#define OFFSET 4

struct writer {
	struct img_buf *out;
	size_t start;		/* of the list in @out */
	size_t n;
	uint32_t at[2 * MAX_ITEMS + 1];
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
put_int(struct writer *w, int64_t v)
{
	uint8_t b[9] = { 0x13 };	/* 2^3 bytes: what is below zero must take eight */

	store_be64(b + 1, (uint64_t)v);
	put(w, b, sizeof b);
}

static void
begin(struct writer *w, unsigned int kind, size_t count)
{
	uint8_t b = (uint8_t)(kind << 4 | (count < 15 ? count : 15));

	w->at[w->n++] = (uint32_t)(w->out->len - w->start);
	put(w, &b, 1);
	if (count >= 15)
		put_int(w, (int64_t)count);
}

static void
put_string(struct writer *w, const char *s)
{
	begin(w, 5, strlen(s));
	put(w, s, strlen(s));
}

static void
put_real(struct writer *w, double v)
{
	uint64_t bits;
	uint8_t b[8];

	memcpy(&bits, &v, sizeof bits);
	store_be64(b, bits);
	begin(w, 2, 3);
	put(w, b, sizeof b);
}

static void
put_value(struct writer *w, const struct bplist_item *i)
{
	switch (i->type) {
	case BPLIST_FALSE:
	case BPLIST_TRUE:
		begin(w, 0, i->type == BPLIST_TRUE ? 9 : 8);
		return;
	case BPLIST_INT:
		w->at[w->n++] = (uint32_t)(w->out->len - w->start);
		put_int(w, i->integer);
		return;
	case BPLIST_REAL:
		put_real(w, i->real);
		return;
	case BPLIST_STRING:
		put_string(w, i->string);
		return;
	case BPLIST_DATA:
		begin(w, 4, i->len);
		put(w, i->data, i->len);
		return;
	}
}

static void
put_dict(struct writer *w, size_t n)
{
	begin(w, 13, n);
	for (size_t half = 0; half < 2; half++)
		for (size_t i = 0; i < n; i++) {
			uint8_t b[NUMBER];

			store_be16(b, (uint16_t)(1 + 2 * i + half));
			put(w, b, sizeof b);
		}
}

int
bplist_dict(const struct bplist_item *items, size_t n, struct img_buf *ret, struct img_err *err)
{
	struct writer w = { .out = ret, .start = ret->len, .err = err };
	uint8_t trailer[32] = { [6] = OFFSET, [7] = NUMBER };

	if (n > MAX_ITEMS)
		return img_fail(err, IMG_E_LIMIT, "more than %d values in a property list", MAX_ITEMS);
	put(&w, "bplist00", 8);
	put_dict(&w, n);
	for (size_t i = 0; i < n; i++) {
		put_string(&w, items[i].key);
		put_value(&w, &items[i]);
	}
	store_be64(trailer + 8, w.n);			/* objects */
	store_be64(trailer + 24, ret->len - w.start);	/* the table; 16: object 0 is the outermost */
	for (size_t i = 0; i < w.n; i++) {
		uint8_t b[OFFSET];

		store_be32(b, w.at[i]);
		put(&w, b, sizeof b);
	}
	put(&w, trailer, sizeof trailer);
	return w.rc;
}

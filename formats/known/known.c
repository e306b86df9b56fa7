/* SPDX-License-Identifier: BSD-2-Clause */
/* Images that are recognised and no more: the layer that stands for them in reports, and the two tables behind it. */
#include "config.h"

#include "formats/known/known.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/checked.h"
#include "core/limits.h"
#include "core/text.h"
#include "img/report.h"
#include "img/source.h"

struct known_source {
	struct img_source src;
	struct known k;
	struct img_err why;		/* of every read */
};

static const struct known_row *const tables[] = { known_vm, known_other };

/* ---- the source ---- */

static int
known_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	(void)off;
	(void)err;
	*ret = (struct img_extent) { .len = s->size, .kind = IMG_OPAQUE };
	return 0;
}

static int
known_read(struct img_source *s, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	const struct known_source *k = (const struct known_source *)s;

	(void)off;
	(void)buf;
	(void)len;
	if (err)
		*err = k->why;
	return (int)k->why.code;
}

static int
known_describe(struct img_source *s, struct img_rep *rep, struct img_err *err)
{
	const struct known *k = &((const struct known_source *)s)->k;

	(void)err;
	if (k->variant[0])
		img_rep_str(rep, "variant", k->variant);
	if (k->version[0])
		img_rep_str(rep, "version", k->version);
	if (k->block_size)
		img_rep_uint(rep, "block_size", k->block_size);
	if (k->encrypted)
		img_rep_bool(rep, "encrypted", true);
	if (k->has_parent)
		img_rep_bool(rep, "has_parent", true);
	img_rep_bool(rep, "readable", false);
	return 0;
}

static void
known_destroy(struct img_source *s)
{
	free(s);
}

static const struct img_source_ops known_ops = {
	.map = known_map, .read = known_read, .describe = known_describe, .destroy = known_destroy,
};

/* ---- recognising ---- */

bool
known_get(const struct known_file *f, uint64_t off, void *buf, size_t len)
{
	return span_ok(off, len, f->s->size) && img_source_read(f->s, off, buf, len, NULL) == 0;
}

void
known_need(struct known *k, uint64_t off)
{
	if (off > k->beyond)
		k->beyond = off;
}

static bool
fits(const struct known_file *f, const struct known_row *r, struct known *ret)
{
	*ret = (struct known) { 0 };
	if (memcmp(r->at == KNOWN_TAIL ? f->tail : f->head + r->at, r->bytes, r->n) != 0)
		return false;
	return !r->look || r->look(f, ret);
}

static const struct known_row *
find(const struct known_file *f, struct known *ret)
{
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
		for (const struct known_row *r = tables[t]; r->format.name; r++)
			if (fits(f, r, ret))
				return r;
	return NULL;
}

/* Why nothing can be read. */
static void
refuse(const struct known_row *r, const struct known *k, uint64_t have, struct img_err *ret)
{
	char a[TEXT_SIZE_MAX], b[TEXT_SIZE_MAX];

	if (k->beyond && k->beyond >= have)
		img_fail(ret, IMG_E_FORMAT, "truncated: %s %s that goes on beyond %s, the file has %s", r->article,
			 r->format.title, text_size_exact(a, k->beyond), text_size_exact(b, have));
	else if (k->size)
		img_fail(ret, IMG_E_UNSUPPORTED, "%s %s of %s, which this build cannot read", r->article, r->format.title,
			 text_size(a, k->size));
	else
		img_fail(ret, IMG_E_UNSUPPORTED, "%s %s, which this build cannot read", r->article, r->format.title);
}

int
known_open(const struct img_open *o, const struct img_format **ret_format, struct img_source **ret,
	   struct img_err *err)
{
	struct known_file f = { .s = o->below };
	uint64_t size = o->below->size;
	const struct known_row *r;
	struct known_source *s;
	struct known k;

	if (img_source_read(o->below, 0, f.head, size < sizeof f.head ? (size_t)size : sizeof f.head, NULL))
		return IMG_E_UNKNOWN;
	if (size >= sizeof f.tail && img_source_read(o->below, size - sizeof f.tail, f.tail, sizeof f.tail, NULL))
		memset(f.tail, 0, sizeof f.tail);
	r = find(&f, &k);
	if (!r)
		return IMG_E_UNKNOWN;
	s = calloc(1, sizeof *s);
	if (!s)
		return img_fail_nomem(err);
	s->k = k;
	refuse(r, &k, size, &s->why);
	img_source_init(&s->src, &known_ops, o->env, r->format.name, k.size && k.size < IMG_MAX_SIZE ? k.size : IMG_MAX_SIZE,
			512);
	s->src.flags = IMG_LOCKED;
	*ret_format = &r->format;
	*ret = &s->src;
	return 0;
}

const struct img_format *
known_by_name(const char *name)
{
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
		for (const struct known_row *r = tables[t]; r->format.name; r++)
			if (!strcasecmp(r->format.name, name))
				return &r->format;
	return NULL;
}

const struct img_format *
img_recognised(size_t i)
{
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
		for (const struct known_row *r = tables[t]; r->format.name; r++)
			if (i-- == 0)
				return &r->format;
	return NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Pieces of other sources one after another: segments, the fragments of a file, the part of a disk a checksum covers. */
#include "config.h"

#include <stdlib.h>

#include "core/checked.h"
#include "core/limits.h"
#include "core/memory.h"
#include "img/env.h"
#include "img/source.h"

struct piece {
	struct img_source *s;
	uint64_t at, len, off;	/* @off: in the concatenation */
};

struct concat {
	struct img_source src;
	size_t n;
	struct piece *v;
};

static int
concat_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct concat *c = (const struct concat *)s;
	size_t lo = 0, hi = c->n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		*(c->v[mid].off <= off ? &lo : &hi) = mid;
	}
	*ret = (struct img_extent) {
		.off = c->v[lo].off, .len = c->v[lo].len, .kind = IMG_DATA,
		.from = c->v[lo].s, .at = c->v[lo].at, .stored = c->v[lo].len,
	};
	return 0;
}

static void
concat_destroy(struct img_source *s)
{
	struct concat *c = (struct concat *)s;

	for (size_t i = 0; i < c->n; i++)
		img_unref(c->v[i].s);
	free(c->v);
	free(c);
}

static const struct img_source_ops concat_ops = { .map = concat_map, .destroy = concat_destroy };

static int
concat_add(struct concat *c, const struct img_piece *p, struct img_err *err)
{
	struct piece *last = c->n ? &c->v[c->n - 1] : NULL;
	uint64_t end;

	if (!span_ok(p->at, p->len, p->s->size) || !u64_add(c->src.size, p->len, &end))
		return img_fail(err, IMG_E_FORMAT, "a piece lies past the end of its source");
	if (p->len && last && last->s == p->s && last->at + last->len == p->at)
		last->len += p->len;
	else if (p->len)
		c->v[c->n++] = (struct piece) { img_ref(p->s), p->at, p->len, c->src.size };
	c->src.size = end;
	return 0;
}

int
img_concat(struct img_env *env, const struct img_piece *pieces, size_t n, struct img_source **ret, struct img_err *err)
{
	struct concat *c = calloc(1, sizeof *c);
	void *p;
	int rc;

	if (!c)
		return img_fail_nomem(err);
	img_source_init(&c->src, &concat_ops, env, "concat", 0, n ? pieces[0].s->sector_size : 512);
	rc = img_array(n, sizeof *c->v, img_env_limits(env)->max_table, "pieces", &c->v, err);
	for (size_t i = 0; !rc && i < n; i++) {
		rc = concat_add(c, &pieces[i], err);
		c->src.flags |= pieces[i].s->flags;
	}
	if (rc) {
		concat_destroy(&c->src);
		return rc;
	}
	p = realloc(c->v, (c->n ? c->n : 1) * sizeof *c->v);	/* merging made it shorter */
	if (p)
		c->v = p;
	*ret = &c->src;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* An image through its block map, and what the map proves. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/bmap/bmap.h"
#include "img/check.h"
#include "img/report.h"
#include "img/source.h"

static int
add_check(struct img_check *c, struct img_checks *ret, struct img_err *err)
{
	int rc = img_checks_add(ret, c, err);

	if (rc)
		img_unref(c->over);
	return rc;
}

/* The file with zeros in place of the digits. */
static int
check_own(const struct bmap *b, struct img_source *file, const char *name, struct img_checks *ret, struct img_err *err)
{
	struct img_check c = { .code = "bmap-file", .name = "the block map", .digest = b->digest };
	char zeros[2 * IMG_DIGEST_MAX];
	struct img_edit edit = { b->own_at, zeros, 2 * b->digest->size };
	int rc;

	memset(zeros, '0', sizeof zeros);
	snprintf(c.evidence, sizeof c.evidence, "%s", name);
	memcpy(c.expect, b->own, b->digest->size);
	rc = img_patched(file, &edit, 1, &c.over, err);
	return rc ? rc : add_check(&c, ret, err);
}

static int
check_range(const struct bmap *b, const struct bmap_range *r, const char *name, struct img_source *image, struct img_checks *ret,
	    struct img_err *err)
{
	struct img_check c = { .code = "bmap-range", .digest = b->digest };
	uint64_t from = r->first * b->block, to = r->last + 1 == b->n_blocks ? b->size : (r->last + 1) * b->block;
	int rc;

	snprintf(c.name, sizeof c.name, "range of blocks %" PRIu64 " to %" PRIu64, r->first, r->last);
	snprintf(c.evidence, sizeof c.evidence, "%s", name);
	memcpy(c.expect, b->sums.p + r->sum, b->digest->size);
	rc = img_slice(image, from, to - from, &c.over, err);
	return rc ? rc : add_check(&c, ret, err);
}

int
bmap_checks(const struct bmap *b, struct img_source *file, const char *name, struct img_source *image,
	    struct img_checks *ret, struct img_err *err)
{
	int rc = b->has_own ? check_own(b, file, name, ret, err) : 0;

	for (size_t i = 0; !rc && i < b->n; i++)
		if (b->v[i].sum != BMAP_NO_SUM)
			rc = check_range(b, &b->v[i], name, image, ret, err);
	return rc;
}

/* ---- the layer ---- */

struct layer {
	struct img_source src;
	struct img_source *image, *file;
	struct bmap b;
	char *name;
};

static struct layer *
layer_of(struct img_source *s)
{
	return (struct layer *)s;
}

static int
layer_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct layer *l = layer_of(s);
	uint64_t block = off / l->b.block, from = 0, to = l->b.n_blocks;
	size_t lo = 0, hi = l->b.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (l->b.v[mid].first <= block)
			lo = mid + 1;
		else
			hi = mid;
	}
	ret->kind = IMG_HOLE;
	if (lo < l->b.n)
		to = l->b.v[lo].first;
	if (lo && block <= l->b.v[lo - 1].last) {
		ret->kind = IMG_DATA;
		from = l->b.v[lo - 1].first;
		to = l->b.v[lo - 1].last + 1;
	} else if (lo) {
		from = l->b.v[lo - 1].last + 1;
	}
	ret->off = from * l->b.block;
	ret->len = (to == l->b.n_blocks ? s->size : to * l->b.block) - ret->off;
	if (ret->kind == IMG_DATA) {
		ret->from = l->image;
		ret->at = ret->off;
		ret->stored = ret->len;
	}
	return 0;
}

static int
layer_describe(struct img_source *s, struct img_rep *rep, struct img_err *err)
{
	const struct layer *l = layer_of(s);
	char version[16];

	snprintf(version, sizeof version, "%u.%u", l->b.major, l->b.minor);
	img_rep_str(rep, "format", "bmap");
	img_rep_str(rep, "version", version);
	img_rep_uint(rep, "block_size", l->b.block);
	img_rep_uint(rep, "ranges", l->b.n);
	img_rep_uint(rep, "mapped_bytes", l->b.n_mapped * l->b.block);
	return 0;
}

static int
layer_checks(struct img_source *s, struct img_checks *ret, struct img_err *err)
{
	const struct layer *l = layer_of(s);

	return bmap_checks(&l->b, l->file, l->name, l->image, ret, err);
}

static void
layer_destroy(struct img_source *s)
{
	struct layer *l = layer_of(s);

	img_unref(l->image);
	img_unref(l->file);
	bmap_done(&l->b);
	free(l->name);
	free(l);
}

static const struct img_source_ops layer_ops = {
	.map = layer_map, .describe = layer_describe, .checks = layer_checks, .destroy = layer_destroy,
};

int
bmap_layer(struct bmap *b, struct img_source *file, const char *name, struct img_source *image, struct img_source **ret,
	   struct img_err *err)
{
	struct layer *l;

	if (b->size != image->size)
		return img_fail(err, IMG_E_FORMAT, "is the map of an image of %" PRIu64 " bytes; this one has %" PRIu64, b->size,
				image->size);
	l = calloc(1, sizeof *l);
	if (!l)
		return img_fail_nomem(err);
	l->name = strdup(name);
	if (!l->name) {
		free(l);
		return img_fail_nomem(err);
	}
	img_source_init(&l->src, &layer_ops, image->env, "bmap", image->size, image->sector_size);
	l->src.flags = image->flags;
	l->image = img_ref(image);
	l->file = img_ref(file);
	l->b = *b;
	*b = (struct bmap) { 0 };
	*ret = &l->src;
	return 0;
}

const struct img_format img_format_bmap = { .name = "bmap", .title = "block map" };

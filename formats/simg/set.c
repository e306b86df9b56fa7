/* SPDX-License-Identifier: BSD-2-Clause */
/* The image that several files make together: who has which block. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/memory.h"
#include "formats/simg/parts.h"
#include "img/check.h"
#include "img/env.h"
#include "img/report.h"

static struct simg_set *
set_of(struct img_source *s)
{
	return (struct simg_set *)s;
}

static int
set_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct simg_set *t = set_of(s);
	uint64_t block = t->part[0]->header.block, from = 0, to = s->size;
	size_t lo = 0, hi = t->n_shares;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->share[mid].block * block <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < t->n_shares)
		to = t->share[lo].block * block;
	if (lo) {
		const struct simg_share *h = &t->share[lo - 1];

		from = ((uint64_t)h->block + h->n_blocks) * block;
		if (off < from) {
			*ret = (struct img_extent) { .off = h->block * block, .len = h->n_blocks * block, .kind = IMG_DATA,
				.from = &t->part[h->part]->src, .at = h->block * block, .stored = h->n_blocks * block };
			return 0;
		}
	}
	*ret = (struct img_extent) { .off = from, .len = to - from, .kind = IMG_HOLE };
	return 0;
}

static int
set_describe(struct img_source *s, struct img_rep *rep, struct img_err *err)
{
	const struct simg_set *t = set_of(s);
	uint64_t raw = 0, fill = 0, stored = 0, block = t->part[0]->header.block;
	uint32_t chunks = 0;
	bool sum = false;

	for (size_t i = 0; i < t->n; i++) {
		raw += t->part[i]->n_raw;
		fill += t->part[i]->n_fill;
		chunks += t->part[i]->header.n_chunks;
		sum |= t->part[i]->n_sums || t->part[i]->header.crc;
	}
	stored = raw + fill;
	img_rep_str(rep, "format", "simg");
	img_rep_uint(rep, "block_size", block);
	img_rep_uint(rep, "chunks", chunks);
	img_rep_uint(rep, "raw_bytes", raw * block);
	img_rep_uint(rep, "fill_bytes", fill * block);
	img_rep_uint(rep, "dont_care_bytes", s->size - stored * block);
	img_rep_bool(rep, "checksum", sum);
	img_rep_uint(rep, "segments", t->n);
	return 0;
}

static int
set_checks(struct img_source *s, struct img_checks *ret, struct img_err *err)
{
	const struct simg_set *t = set_of(s);
	int rc = 0;

	for (size_t i = 0; !rc && i < t->n; i++)
		rc = simg_checks(&t->part[i]->src, ret, err);
	return rc;
}

static void
set_where(struct img_source *s, uint64_t off, char *buf, size_t len)
{
	snprintf(buf, len, "block %" PRIu64, off / set_of(s)->part[0]->header.block);
}

static void
set_destroy(struct img_source *s)
{
	struct simg_set *t = set_of(s);

	for (size_t i = 0; i < t->n; i++)
		img_unref(&t->part[i]->src);
	free(t->part);
	free(t->share);
	free(t);
}

static const struct img_source_ops set_ops = {
	.map = set_map,
	.describe = set_describe,
	.checks = set_checks,
	.where = set_where,
	.destroy = set_destroy,
};

static int
add_share(struct simg_set *t, const struct simg_share *s, struct img_err *err)
{
	struct simg_share *last = t->n_shares ? &t->share[t->n_shares - 1] : NULL;

	if (last && last->part == s->part && last->block + last->n_blocks == s->block) {
		last->n_blocks += s->n_blocks;
		return 0;
	}
	if (t->n_shares >= img_env_limits(t->src.env)->max_table / sizeof *s)
		return img_fail(err, IMG_E_LIMIT, "more than %zu runs", t->n_shares);
	if (img_room(&t->share, t->n_shares, &t->room_shares, sizeof *s, err))
		return IMG_E_NOMEM;
	t->share[t->n_shares++] = *s;
	return 0;
}

int
simg_set_add(struct simg_set *t, struct simg *p, struct img_err *err)
{
	uint32_t number = (uint32_t)t->n;
	int rc = img_room(&t->part, t->n, &t->room, sizeof *t->part, err);

	if (rc)
		return rc;
	img_ref(&p->src);
	t->part[t->n++] = p;
	for (size_t i = 0; !rc && i < p->n; i++)
		rc = add_share(t, &(struct simg_share) { p->v[i].block, p->v[i].n_blocks, number }, err);
	return rc;
}

static int
by_block(const void *a, const void *b)
{
	const struct simg_share *x = a, *y = b;

	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	return x->part < y->part ? -1 : x->part > y->part;
}

const struct simg_share *
simg_set_overlap(struct simg_set *t)
{
	if (t->n_shares)
		qsort(t->share, t->n_shares, sizeof *t->share, by_block);
	for (size_t i = 1; i < t->n_shares; i++)
		if (t->share[i - 1].block + (uint64_t)t->share[i - 1].n_blocks > t->share[i].block)
			return &t->share[i - 1];
	return NULL;
}

struct simg_set *
simg_set_new(struct img_env *env, uint64_t size)
{
	struct simg_set *t = calloc(1, sizeof *t);

	if (t)
		img_source_init(&t->src, &set_ops, env, "simg", size, 512);
	return t;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The resolved map in cells; see inspect/blocks.h. */
#include "config.h"

#include "inspect/blocks.h"

#include <string.h>

#include "core/memory.h"
#include "img/codec.h"
#include "img/env.h"

const char *const block_kind_words[BLOCK_KINDS] = { "data", "data", "opaque", "zero", "hole" };
const char *const block_kind_titles[BLOCK_KINDS] = { "data", "compressed", "opaque", "zeros", "holes" };

enum block_kind
block_kind(const struct img_extent *e)
{
	switch (e->kind) {
	case IMG_HOLE:
		return BLOCK_HOLE;
	case IMG_ZERO:
		return BLOCK_ZERO;
	case IMG_DATA:
		return e->codec ? BLOCK_PACKED : BLOCK_PLAIN;
	default:
		return !strcmp(e->from->layer, "file") || !strcmp(e->from->layer, "memory") ? BLOCK_PLAIN : BLOCK_MADE;
	}
}

uint64_t
block_stored(const struct img_extent *e)
{
	if (e->kind == IMG_HOLE || e->kind == IMG_ZERO)
		return 0;
	if (e->kind == IMG_OPAQUE || !e->codec)
		return e->len;
	return e->len == e->whole ? e->stored : (uint64_t)((double)e->stored * ((double)e->len / (double)e->whole));
}

/* ---- the walk ---- */

static bool
joins(const struct img_extent *a, const struct img_extent *b)
{
	if (!a->len || a->kind != b->kind)
		return false;
	if (a->kind == IMG_HOLE || a->kind == IMG_ZERO)
		return true;
	return !a->codec && !b->codec && a->from == b->from && a->at + a->len == b->at;
}

/* A run that begins before @off, which was told already: what is left of it. */
static void
trim(struct img_extent *e, uint64_t off)
{
	uint64_t told = off - e->off;

	e->off += told;
	e->len -= told;
	if (e->kind == IMG_DATA && e->codec) {
		e->skip += told;
	} else {
		e->at += told;
		e->stored = e->len;
	}
}

int
blocks_walk(struct img_source *s, block_fn *fn, void *ctx, struct img_err *err)
{
	struct img_extent last = { 0 }, e;
	bool go_on = true;
	int rc = 0;

	for (uint64_t off = 0; go_on && off < s->size; off = e.off + e.len) {
		rc = img_env_cancelled(s->env) ? img_fail(err, IMG_E_CANCELLED, "cancelled")
					       : img_source_resolve(s, off, &e, NULL, err);
		if (rc || !e.len)
			break;
		trim(&e, off);
		if (joins(&last, &e)) {
			last.len += e.len;
			last.stored = last.len;
		} else {
			go_on = !last.len || fn(ctx, &last);
			last = e;
		}
	}
	if (last.len && go_on)
		fn(ctx, &last);
	return rc;
}

/* ---- cells ---- */

uint64_t
block_data(const struct block_cell *c)
{
	return c->bytes[BLOCK_PLAIN] + c->bytes[BLOCK_PACKED] + c->bytes[BLOCK_MADE];
}

uint64_t
block_known(const struct block_cell *c)
{
	return block_data(c) + c->bytes[BLOCK_ZERO] + c->bytes[BLOCK_HOLE];
}

uint64_t
block_cell_start(const struct block_range *r, size_t i)
{
	uint64_t least = r->len / r->n_cells, rest = r->len % r->n_cells;

	return least * i + rest * i / r->n_cells;
}

/* The last that begins at @at or before. */
static size_t
cell_at(const struct block_range *r, uint64_t at)
{
	uint64_t most = at / (r->len / r->n_cells);
	size_t i = most < r->n_cells ? (size_t)most : r->n_cells - 1;

	while (block_cell_start(r, i) > at)
		i--;
	return i;
}

static void
add_to_cell(struct block_cell *c, const struct img_extent *e, uint64_t len, uint64_t stored)
{
	c->bytes[block_kind(e)] += len;
	c->stored += e->len == len ? stored : (uint64_t)((double)stored * ((double)len / (double)e->len) + 0.5);
}

static void
add_to_range(struct block_range *r, const struct img_extent *e)
{
	uint64_t begin = e->off > r->off ? e->off - r->off : 0, stored = block_stored(e);
	uint64_t end = e->off + e->len - r->off < r->len ? e->off + e->len - r->off : r->len;

	if (!r->len || e->off + e->len <= r->off || begin >= r->len)
		return;
	add_to_cell(&r->sum, e, end - begin, stored);
	for (size_t i = cell_at(r, begin); begin < end; i++) {
		uint64_t stop = i + 1 < r->n_cells && block_cell_start(r, i + 1) < end ? block_cell_start(r, i + 1) : end;

		add_to_cell(&r->cell[i], e, stop - begin, stored);
		begin = stop;
	}
}

static void
add_to_totals(struct block_map *m, const struct img_extent *e)
{
	enum block_kind kind = block_kind(e);
	const struct img_codec *codec = kind == BLOCK_PACKED ? e->codec : NULL;
	size_t i = 0;

	while (i < m->n_totals && (m->total[i].kind < kind || (m->total[i].kind == kind && m->total[i].codec != codec)))
		i++;
	if (i == m->n_totals || m->total[i].kind != kind) {
		if (m->n_totals == BLOCK_MAX_TOTALS)
			return;		/* more codecs than there are */
		memmove(m->total + i + 1, m->total + i, (m->n_totals - i) * sizeof *m->total);
		m->total[i] = (struct block_total) { .kind = kind, .codec = codec };
		m->n_totals++;
	}
	m->total[i].bytes += e->len;
	m->total[i].stored += block_stored(e);
	m->total[i].runs++;
}

static bool
add_run(void *ctx, const struct img_extent *e)
{
	struct block_map *m = ctx;

	m->runs++;
	add_to_totals(m, e);
	for (size_t i = 0; i < m->n; i++)
		add_to_range(&m->range[i], e);
	return true;
}

/* ---- the map ---- */

int
block_map_add(struct block_map *m, uint64_t off, uint64_t len, size_t n_cells, struct img_err *err)
{
	struct block_range *list = realloc(m->range, (m->n + 1) * sizeof *list);
	size_t n = len < n_cells ? (size_t)len : n_cells;

	if (!list)
		return img_fail_nomem(err);
	m->range = list;
	list[m->n] = (struct block_range) { .off = off, .len = len, .n_cells = n,
					    .cell = calloc(n + 1, sizeof *list->cell) };
	if (!list[m->n].cell)
		return img_fail_nomem(err);
	m->n++;
	return 0;
}

int
block_map_new(struct img_source *s, size_t n_cells, struct block_map *ret, struct img_err *err)
{
	struct block_map m = { 0 };
	int rc = block_map_add(&m, 0, s->size, n_cells, err);

	if (rc)
		block_map_done(&m);
	else
		*ret = m;
	return rc;
}

int
block_map_fill(struct block_map *m, struct img_source *s, struct img_err *err)
{
	return blocks_walk(s, add_run, m, err);
}

void
block_map_done(struct block_map *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->range[i].cell);
	free(m->range);
	*m = (struct block_map) { 0 };
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Block tables: from "blkx" resources to the sorted extents of the whole image.
 *
 * Each table covers a range of sectors of its own; its runs tile that range.  What must hold, or the image is refused:
 *  1. tables do not overlap, runs of a table stay inside it and do not overlap;
 *  2. a stored run lies inside the source, a raw one has exactly its sectors, a compressed one decodes to no more than the
 *     limit;
 *  3. the number of runs fits the table's data, and the last one is the terminator.
 * Runs out of order are sorted; sectors that no run lists read as zeros, with a warning when a table claims them. */
#include "config.h"

#include "formats/udif/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/limits.h"
#include "core/memory.h"
#include "formats/udif/resources.h"
#include "img/codec.h"
#include "img/env.h"

#define MAX_SECTORS (IMG_MAX_SIZE / UDIF_SECTOR)

const struct udif_kind_info udif_kinds[UDIF_N_KINDS] = {
	[UDIF_KIND_ZERO] = { UDIF_RUN_ZERO, "zero", NULL, "macOS 10.0", 0, NULL },
	[UDIF_KIND_RAW] = { UDIF_RUN_RAW, "raw", NULL, "macOS 10.0", 0, NULL },
	[UDIF_KIND_IGNORE] = { UDIF_RUN_IGNORE, "ignore", NULL, "macOS 10.0", 0, NULL },
	[UDIF_KIND_ADC] = { UDIF_RUN_ADC, "adc", "udco", "macOS 10.0", 0, &img_codec_adc },
	[UDIF_KIND_ZLIB] = { UDIF_RUN_ZLIB, "zlib", "udzo", "macOS 10.2", 1, &img_codec_zlib },
	[UDIF_KIND_BZIP2] = { UDIF_RUN_BZIP2, "bzip2", "udbz", "macOS 10.4", 2, &img_codec_bzip2 },
	[UDIF_KIND_LZFSE] = { UDIF_RUN_LZFSE, "lzfse", "ulfo", "macOS 10.11", 3, &img_codec_lzfse },
	[UDIF_KIND_LZMA] = { UDIF_RUN_LZMA, "xz", "ulmo", "macOS 10.15", 4, &img_codec_xz },
};

const struct udif_kind_info *
udif_kind_of(uint32_t type)
{
	for (size_t i = 0; i < UDIF_N_KINDS; i++)
		if (udif_kinds[i].type == type)
			return &udif_kinds[i];
	return NULL;
}

/* What building needs to know besides the map. */
struct build {
	struct udif_map *m;
	struct udif_place place;
	const struct img_limits *limits;
	struct img_env *env;
	struct img_err *err;
};

/* ---- one run ---- */

static int
refuse_type(const struct build *b, uint32_t type)
{
	switch (type) {
	case UDIF_RUN_KENCODE:
		return img_fail(b->err, IMG_E_UNSUPPORTED, "compressed with KenCode (0x%08" PRIx32 "), which cannot be decoded "
				"here", type);
	case UDIF_RUN_RLE:
		return img_fail(b->err, IMG_E_UNSUPPORTED, "run-length encoded (0x%08" PRIx32 "), which cannot be decoded here",
				type);
	case UDIF_RUN_LZH:
		return img_fail(b->err, IMG_E_UNSUPPORTED, "compressed with LZH (0x%08" PRIx32 "), which cannot be decoded here",
				type);
	}
	/* the next numbers are where a later system would put its methods; all others are damage */
	if (type > UDIF_RUN_LZMA && type <= UINT32_C(0x8000000f))
		return img_fail(b->err, IMG_E_UNSUPPORTED, "unknown compression 0x%08" PRIx32, type);
	return img_fail(b->err, IMG_E_FORMAT, "unknown run type 0x%08" PRIx32, type);
}

/* Where the stored bytes of a run are. */
static int
place_stored(const struct build *b, const struct mish *mish, const struct udif_run *r, struct udif_extent *e)
{
	uint64_t at, len = r->n_sectors * UDIF_SECTOR;

	if (!u64_add(b->place.data_off, mish->data_off, &at) || !u64_add(at, r->off, &at) ||
	    !span_ok(at, r->len, b->place.from->size))
		return img_fail(b->err, IMG_E_FORMAT, "its data at %" PRIu64 "+%" PRIu64 " lie past the end (%" PRIu64 ")",
				r->off, r->len, b->place.from->size);
	if (r->type == UDIF_RUN_RAW && r->len != len)
		return img_fail(b->err, IMG_E_FORMAT, "stores %" PRIu64 " bytes for %" PRIu64 " sectors (%" PRIu64 " bytes)",
				r->len, r->n_sectors, len);
	if (r->type != UDIF_RUN_RAW && (len > b->limits->max_chunk || r->len > b->limits->max_chunk))
		return img_fail(b->err, IMG_E_LIMIT, "a chunk of %" PRIu64 " bytes is over the limit of %" PRIu64
				" (--max-chunk raises it)", len > r->len ? len : r->len, b->limits->max_chunk);
	if (!r->len)
		return img_fail(b->err, IMG_E_FORMAT, "stores nothing for %" PRIu64 " sectors", r->n_sectors);
	e->at = at;
	e->stored = r->len;
	if (r->type != UDIF_RUN_RAW && len > b->m->max_chunk)
		b->m->max_chunk = len;
	return 0;
}

/* Append @r, which is no comment and no terminator, to the extents. */
static int
add_run(const struct build *b, const struct mish *mish, const struct udif_run *r, uint32_t table, uint32_t run)
{
	const struct udif_kind_info *kind = udif_kind_of(r->type);
	struct udif_extent e = {
		.start = mish->first_sector + r->start_sector, .n_sectors = r->n_sectors, .type = r->type, .table = table,
		.run = run,
	};
	int rc;

	if (!kind)
		return refuse_type(b, r->type);
	if (!span_ok(r->start_sector, r->n_sectors, mish->n_sectors))
		return img_fail(b->err, IMG_E_FORMAT, "sectors %" PRIu64 "+%" PRIu64 " leave the table, which has %" PRIu64,
				r->start_sector, r->n_sectors, mish->n_sectors);
	if (!r->n_sectors)
		return 0;
	if (r->type != UDIF_RUN_ZERO && r->type != UDIF_RUN_IGNORE) {
		rc = place_stored(b, mish, r, &e);
		if (rc)
			return rc;
	}
	b->m->n_runs[kind - udif_kinds]++;
	b->m->extents[b->m->n_extents++] = e;
	return 0;
}

/* ---- one table ---- */

static struct img_cursor
data_of(const struct udif_resource *r)
{
	return cur_over(r->data ? r->data : (const uint8_t *)"", r->len);
}

static int
by_start(const void *a, const void *b)
{
	const struct udif_extent *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static void
note_gap(const struct build *b, size_t table, uint64_t from, uint64_t to)
{
	char title[128];

	img_problem(b->env, IMG_WARNING, "udif-gap", "%s lists no run for sectors %" PRIu64 " to %" PRIu64
		    "; they read as zeros", udif_table_title(b->m, table, title, sizeof title), from, to - 1);
}

/* The runs of a table are there: bring them in order and see that they tile it.  *ret_tiled: without a gap. */
static int
settle_table(const struct build *b, size_t table, bool sorted, bool *ret_tiled)
{
	struct udif_table *t = &b->m->tables[table];
	struct udif_extent *v = b->m->extents + t->first;
	uint64_t pos = t->start;

	t->n_extents = b->m->n_extents - t->first;
	*ret_tiled = true;
	if (!sorted)
		qsort(v, t->n_extents, sizeof *v, by_start);
	for (size_t i = 0; i < t->n_extents; i++) {
		if (v[i].start < pos)
			return img_fail(b->err, IMG_E_FORMAT, "run %" PRIu32 ": overlaps run %" PRIu32 " at sector %" PRIu64
					" of the image", v[i].run, v[i - 1].run, v[i].start);
		if (v[i].start > pos) {
			note_gap(b, table, pos, v[i].start);
			*ret_tiled = false;
		}
		pos = v[i].start + v[i].n_sectors;
	}
	if (pos < t->start + t->n_sectors) {
		note_gap(b, table, pos, t->start + t->n_sectors);
		*ret_tiled = false;
	}
	return 0;
}

static int
add_table(const struct build *b, size_t table, const struct udif_resource *r)
{
	struct img_cursor c = data_of(r);
	struct udif_table *t = &b->m->tables[table];
	bool sorted = true, ended = false, tiled;
	uint64_t pos = 0;
	struct mish mish;
	int rc = mish_parse(&c, &mish, b->err);

	if (rc)
		return rc;
	t->first = b->m->n_extents;
	for (uint32_t i = 0; i < mish.n_runs; i++) {
		struct udif_run run;

		run_parse(&c, &run);
		if (ended)
			return img_fail(b->err, IMG_E_FORMAT, "run %" PRIu32 ": follows the terminator", i);
		ended = run.type == UDIF_RUN_END;
		if (ended || run.type == UDIF_RUN_COMMENT)
			continue;
		rc = add_run(b, &mish, &run, (uint32_t)table, i);
		if (rc)
			return img_note(b->err, rc, "run %" PRIu32, i);
		sorted = sorted && run.start_sector >= pos;
		pos = run.start_sector + run.n_sectors;
	}
	rc = settle_table(b, table, sorted, &tiled);
	if (rc || ended)
		return rc;
	if (!tiled)
		return img_fail(b->err, IMG_E_FORMAT, "its %" PRIu32 " runs do not end with a terminator, and cover less than its %"
				PRIu64 " sectors", mish.n_runs, mish.n_sectors);
	img_problem(b->env, IMG_WARNING, "udif-no-terminator", "block table %zu does not end with a terminator", table);
	return 0;
}

/* ---- all tables ---- */

/* Read the head of a table and see that its numbers can be true. */
static int
open_table(const struct build *b, size_t table, const struct udif_resource *r)
{
	struct img_cursor c = data_of(r);
	struct udif_table *t = &b->m->tables[table];
	const char *name = r->name && *r->name ? r->name : r->cf_name ? r->cf_name : "";
	struct mish mish;
	int rc;

	t->name = strdup(name);
	if (!t->name)
		return img_fail_nomem(b->err);
	rc = mish_parse(&c, &mish, b->err);
	if (rc)
		return rc;
	if (mish.version != 1)
		return img_fail(b->err, IMG_E_FORMAT, "version %" PRIu32 ", expected 1", mish.version);
	if (mish.n_runs > cur_left(&c) / RUN_SIZE)
		return img_fail(b->err, IMG_E_FORMAT, "claims %" PRIu32 " runs, but holds bytes for %zu", mish.n_runs,
				cur_left(&c) / RUN_SIZE);
	if (!span_ok(mish.first_sector, mish.n_sectors, MAX_SECTORS))
		return img_fail(b->err, IMG_E_LIMIT, "sectors %" PRIu64 "+%" PRIu64 " are more than any disk has",
				mish.first_sector, mish.n_sectors);
	t->id = r->id;
	t->start = mish.first_sector;
	t->n_sectors = mish.n_sectors;
	t->sum = mish.sum;
	t->n_runs = mish.n_runs;
	if (t->start + t->n_sectors > b->m->end)
		b->m->end = t->start + t->n_sectors;
	return 0;
}

/* A table and the resource it comes from, to be put in order of sectors. */
struct turn {
	uint64_t start;
	size_t table;
	const struct udif_resource *r;
};

static int
by_turn(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->table < y->table ? -1 : x->table > y->table;
}

static int
note_table(const struct build *b, size_t table, int rc)
{
	char title[128];

	return img_note(b->err, rc, "%s", udif_table_title(b->m, table, title, sizeof title));
}

static int
open_tables(const struct build *b, const struct udif_resources *list, struct turn *turns, uint64_t *ret_runs)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		int rc;

		if (strcmp(list->v[i].type, "blkx") != 0)
			continue;
		b->m->n_tables = n + 1;
		rc = open_table(b, n, &list->v[i]);
		if (rc)
			return note_table(b, n, rc);
		turns[n] = (struct turn) { b->m->tables[n].start, n, &list->v[i] };
		*ret_runs += b->m->tables[n].n_runs;
		n++;
	}
	for (size_t i = 1; i < n; i++) {
		if (turns[i].start < turns[i - 1].start) {
			qsort(turns, n, sizeof *turns, by_turn);
			break;
		}
	}
	return 0;
}

static int
fill(const struct build *b, const struct turn *turns)
{
	uint64_t pos = 0;
	size_t before = 0;

	for (size_t i = 0; i < b->m->n_tables; i++) {
		size_t table = turns[i].table;
		const struct udif_table *t = &b->m->tables[table];
		int rc;

		if (t->n_sectors && t->start < pos)
			return note_table(b, table, img_fail(b->err, IMG_E_FORMAT, "its sectors %" PRIu64 "+%" PRIu64
							     " overlap block table %zu", t->start, t->n_sectors, before));
		rc = add_table(b, table, turns[i].r);
		if (rc)
			return note_table(b, table, rc);
		if (t->n_sectors) {
			pos = t->start + t->n_sectors;
			before = table;
		}
	}
	return 0;
}

int
udif_map_build(const struct udif_resources *list, const struct udif_place *place, struct udif_map *ret,
	       struct img_err *err)
{
	struct udif_map m = { 0 };
	struct img_env *env = place->from->env;
	struct build b = { .m = &m, .place = *place, .limits = img_env_limits(env), .env = env, .err = err };
	size_t n = udif_resources_count(list, "blkx");
	img_autofree struct turn *turns = NULL;
	uint64_t n_runs = 0;
	int rc;

	if (!n)
		return img_fail(err, IMG_E_FORMAT, "the image lists no block tables (\"blkx\")");
	rc = img_array(n, sizeof *m.tables, b.limits->max_table, "block tables", &m.tables, err);
	if (!rc)
		rc = img_array(n, sizeof *turns, b.limits->max_table, "block tables", &turns, err);
	if (!rc)
		rc = open_tables(&b, list, turns, &n_runs);
	if (!rc)
		rc = img_array(n_runs, sizeof *m.extents, b.limits->max_table, "runs", &m.extents, err);
	if (!rc)
		rc = fill(&b, turns);
	if (rc)
		udif_map_done(&m);
	else
		*ret = m;
	return rc;
}

void
udif_map_done(struct udif_map *m)
{
	for (size_t i = 0; i < m->n_tables; i++)
		free(m->tables[i].name);
	free(m->tables);
	free(m->extents);
	*m = (struct udif_map) { 0 };
}

size_t
udif_map_find(const struct udif_map *m, uint64_t sector)
{
	size_t lo = 0, hi = m->n_extents;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct udif_extent *e = &m->extents[mid];

		if (e->start + e->n_sectors <= sector)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

char *
udif_table_title(const struct udif_map *m, size_t table, char *buf, size_t len)
{
	snprintf(buf, len, "block table %zu \"%.72s\"", table, m->tables[table].name);
	return buf;
}

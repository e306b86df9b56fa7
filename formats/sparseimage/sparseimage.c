/* SPDX-License-Identifier: BSD-2-Clause */
/* Sparse images ("sprs", .sparseimage).
 *
 * The disk is cut into bands of equal size, 1 MiB as a rule.  Only bands that were ever written are stored, in the order
 * of their first use, behind an index node of 4096 bytes that says which band of the disk each of them is: entry i is 1
 * plus the number of the band that lies i-th in the file, 0 if nothing lies there.  The first node has room for 1008
 * bands; behind those follow another node and its 1010 bands, and so on to the end of the file.  What no entry names
 * reads as zeros.
 *
 * Corners that bite: the index goes from the file to the disk, not the other way round, so it is sorted once when the
 * image is opened; the band is often larger than the disk; the last band of the file may be cut short (its rest is zeros);
 * the number of sectors stands twice, once with 32 bits.  Encrypted, the whole file including its nodes is wrapped
 * (formats/encrcdsa).
 *
 *   layout.c    heads of the nodes, and where things lie
 *   write.c     the sink */
#include "config.h"

#include "formats/sparseimage/sparseimage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/checked.h"
#include "core/limits.h"
#include "core/memory.h"
#include "formats/sparseimage/layout.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"

/* A band of the disk that is stored. */
struct band {
	uint32_t number;	/* on the disk, from 0 */
	uint32_t order;		/* in the file */
	uint64_t at;
};

struct sprs {
	struct img_source src;
	struct img_source *below;
	struct sprs_header header;
	uint64_t band;			/* bytes of one */
	size_t n_nodes, n, room;
	struct band *v;			/* by number */
};

static struct sprs *
sprs_of(struct img_source *s)
{
	return (struct sprs *)s;
}

/* ---- the map ---- */

/* The first stored band from @number on. */
static size_t
find(const struct sprs *p, uint64_t number)
{
	size_t lo = 0, hi = p->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->v[mid].number < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
sprs_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct sprs *p = sprs_of(s);
	uint64_t number = off / p->band, start = number * p->band, end, have;
	size_t i = find(p, number);

	if (i == p->n || p->v[i].number != number) {
		uint64_t from = i ? (p->v[i - 1].number + UINT64_C(1)) * p->band : 0;

		end = i < p->n ? p->v[i].number * p->band : s->size;
		*ret = (struct img_extent) { .off = from, .len = end - from, .kind = IMG_ZERO };
		return 0;
	}
	end = s->size - start < p->band ? s->size : start + p->band;
	have = p->below->size - p->v[i].at;
	if (have >= end - start || off - start < have) {
		*ret = (struct img_extent) { .off = start, .len = have < end - start ? have : end - start,
			.kind = IMG_DATA, .from = p->below, .at = p->v[i].at };
		ret->stored = ret->len;
	} else {
		*ret = (struct img_extent) { .off = start + have, .len = end - start - have, .kind = IMG_ZERO };
	}
	return 0;
}

static int
sprs_describe(struct img_source *s, struct img_rep *rep, struct img_err *err)
{
	const struct sprs *p = sprs_of(s);

	img_rep_str(rep, "format", "sparseimage");
	img_rep_uint(rep, "version", p->header.version);
	img_rep_uint(rep, "band_size", p->band);
	img_rep_uint(rep, "bands", (s->size - 1) / p->band + 1);
	img_rep_uint(rep, "bands_stored", p->n);
	img_rep_uint(rep, "index_nodes", p->n_nodes);
	return 0;
}

static void
sprs_where(struct img_source *s, uint64_t off, char *buf, size_t len)
{
	snprintf(buf, len, "band %" PRIu64, off / sprs_of(s)->band);
}

static void
sprs_destroy(struct img_source *s)
{
	struct sprs *p = sprs_of(s);

	img_unref(p->below);
	free(p->v);
	free(p);
}

static const struct img_source_ops sprs_ops = {
	.map = sprs_map,
	.describe = sprs_describe,
	.where = sprs_where,
	.destroy = sprs_destroy,
};

/* ---- opening ---- */

static int
add_band(struct sprs *p, uint32_t entry, uint32_t order, uint64_t at, struct img_err *err)
{
	uint64_t n_bands = (p->src.size - 1) / p->band + 1, most = img_env_limits(p->src.env)->max_table;

	if (entry > n_bands)
		return img_fail(err, IMG_E_FORMAT, "index entry %" PRIu32 " names band %" PRIu32 " of %" PRIu64, order, entry,
				n_bands);
	if (at >= p->below->size)
		return img_fail(err, IMG_E_FORMAT, "truncated: index entry %" PRIu32 " says that band %" PRIu32 " lies at %" PRIu64
				", the file has %" PRIu64 " bytes", order, entry - 1, at, p->below->size);
	if (p->n == p->room) {
		size_t room = p->room ? 2 * p->room : 64;
		struct band *v = room > most / sizeof *v ? NULL : realloc(p->v, room * sizeof *v);

		if (room > most / sizeof *v)
			return img_fail(err, IMG_E_LIMIT, "more than %zu bands are stored", p->n);
		if (!v)
			return img_fail_nomem(err);
		p->v = v;
		p->room = room;
	}
	p->v[p->n++] = (struct band) { entry - 1, order, at };
	return 0;
}

/* The node at @pos and the bands behind it; *ret_end is where they end. */
static int
read_node(struct sprs *p, uint64_t pos, uint64_t *ret_end, struct img_err *err)
{
	uint32_t before = (uint32_t)sprs_node_first(p->n_nodes), n = (uint32_t)sprs_node_first(p->n_nodes + 1) - before;
	uint8_t b[SPRS_NODE];
	const uint8_t *entry = b + (p->n_nodes ? SPRS_NODE_HEADER : SPRS_HEADER);
	int rc = img_source_read(p->below, pos, b, sizeof b, err);

	for (uint32_t i = 0; !rc && i < n; i++, entry += 4)
		if (load_be32(entry))
			rc = add_band(p, load_be32(entry), before + i, pos + SPRS_NODE + i * p->band, err);
	p->n_nodes++;
	*ret_end = pos + SPRS_NODE + n * p->band;
	return rc;
}

static int
by_number(const void *a, const void *b)
{
	const struct band *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* Of two with one number the first in the file counts: nobody knows which is meant. */
static void
sort_bands(struct sprs *p)
{
	size_t n = 0;

	if (p->n)
		qsort(p->v, p->n, sizeof *p->v, by_number);
	for (size_t i = 0; i < p->n; i++) {
		if (n && p->v[n - 1].number == p->v[i].number)
			img_problem(p->src.env, IMG_WARNING, "band-twice", "band %" PRIu32 " is stored twice, as number %" PRIu32
				    " and %" PRIu32 " in the file; the first is used", p->v[i].number, p->v[n - 1].order,
				    p->v[i].order);
		else
			p->v[n++] = p->v[i];
	}
	p->n = n;
}

static void
check_cut(const struct sprs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		uint64_t start = p->v[i].number * p->band, left = p->src.size - start;
		uint64_t want = left < p->band ? left : p->band, have = p->below->size - p->v[i].at;

		if (have < want)
			img_problem(p->src.env, IMG_WARNING, "band-cut", "the file ends inside band %" PRIu32 ": %" PRIu64 " of %"
				    PRIu64 " bytes are there, the rest reads as zeros", p->v[i].number, have, want);
	}
}

static int
read_header(struct img_source *below, struct sprs_header *ret, struct img_err *err)
{
	uint8_t b[64];
	size_t n = below->size < sizeof b ? (size_t)below->size : sizeof b;
	struct img_cursor c = cur_over(b, n);
	int rc = img_source_read(below, 0, b, n, err);

	return rc ? rc : sprs_header_parse(&c, ret, err);
}

static int
read_index(struct sprs *p, struct img_err *err)
{
	uint64_t pos = 0, size = p->below->size;
	int rc;

	if (size < SPRS_NODE)
		return img_fail(err, IMG_E_FORMAT, "truncated: the index has %d bytes, the file %" PRIu64, SPRS_NODE, size);
	do {
		rc = read_node(p, pos, &pos, err);
	} while (!rc && pos < size && size - pos >= SPRS_NODE);
	if (rc)
		return rc;
	sort_bands(p);
	check_cut(p);
	return 0;
}

/* The count of 64 bits, where it is there and no contradiction. */
static int
disk_size(struct img_env *env, const struct sprs_header *h, uint64_t *ret, struct img_err *err)
{
	bool agree = h->n_sectors && (uint32_t)h->n_sectors == h->n_sectors_low;
	uint64_t sectors = agree || !h->n_sectors_low ? h->n_sectors : h->n_sectors_low;

	if (!u64_mul(sectors, SPRS_SECTOR, ret) || *ret > IMG_MAX_SIZE)
		return img_fail(err, IMG_E_LIMIT, "the header says that the disk has %" PRIu64 " sectors", sectors);
	if (h->n_sectors && !agree)
		img_problem(env, IMG_WARNING, "sparse-size", "the header says %" PRIu32 " sectors and, further on, %" PRIu64
			    "; %" PRIu64 " are used", h->n_sectors_low, h->n_sectors, sectors);
	return 0;
}

static int
sprs_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	img_autounref struct img_source *s = NULL;
	struct sprs_header h;
	struct sprs *p;
	uint64_t size = 0;
	int rc = read_header(o->below, &h, err);

	if (!rc)
		rc = disk_size(o->env, &h, &size, err);
	if (rc)
		return rc;
	p = calloc(1, sizeof *p);
	if (!p)
		return img_fail_nomem(err);
	s = &p->src;
	img_source_init(s, &sprs_ops, o->env, "sparseimage", size, SPRS_SECTOR);
	p->below = img_ref(o->below);
	p->header = h;
	p->band = (uint64_t)h.band_sectors * SPRS_SECTOR;
	rc = read_index(p, err);
	if (rc)
		return rc;
	*ret = img_steal(&s);
	return 0;
}

static enum img_match
sprs_confirm(const struct img_open *o)
{
	struct sprs_header h;

	return read_header(o->below, &h, NULL) ? IMG_MATCH_MAGIC : IMG_MATCH_STRUCTURE;
}

static const struct img_magic magics[] = {
	{ "sprs", 4, IMG_FROM_START, 0 },
	{ 0 }
};

static const char *const variants[] = { "udsp", NULL };	/* hdiutil's word */

const struct img_format img_format_sparseimage = {
	.name = "sparseimage",
	.title = "Apple sparse image",
	.suffixes = ".sparseimage",
	.mime = "application/x-apple-diskimage",
	.magics = magics,
	.confirm = sprs_confirm,
	.open = sprs_open,
	.sink = &sprs_sink_ops,
	.sink_variants = variants,
};

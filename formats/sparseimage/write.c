/* SPDX-License-Identifier: BSD-2-Clause */
/* The sink of sparse images: bands in the order of the disk, those of zeros left out.
 *
 * A node stands in front of the bands that it lists, so it can be written only when they are known.  Two ways:
 *   - the out seeks and is a hole where nothing was written: bands go to their places, the nodes last of all;
 *   - anything else (a pipe, a compressor, a cipher): the source is asked first which bands have data, of each no more than
 *     up to the first byte that is not zero; then nodes and bands go out front to back.
 * Both give the same bytes.
 *
 * A unit is a cell: a band, or of a large one a piece of 1 MiB.  Workers find cells of zeros, append puts the rest where it
 * belongs.  Bands are stored whole, as hdiutil does it: what is zero in them is a hole of the file where there can be one. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "core/zeros.h"
#include "formats/sparseimage/layout.h"
#include "formats/sparseimage/sparseimage.h"
#include "formats/bands.h"
#include "img/env.h"
#include "img/out.h"
#include "img/sink.h"

#define BAND (UINT64_C(1) << 20)	/* hdiutil's own: 2048 sectors */
#define LOOK (64 << 10)

struct sprs_sink {
	struct img_sink sink;
	struct img_source *source;	/* borrowed */
	uint64_t band, n_sectors;
	uint32_t grain;
	bool in_order;			/* the bands were listed ahead, and go out front to back */
	struct img_buf index;		/* entries of all nodes, uint32_t: 1 + the number of the band */
	uint64_t n;			/* bands begun */
	uint64_t current;		/* number of the last of these, 1 higher; 0: none */
	uint64_t at;			/* in order: bytes written */
};

static struct sprs_sink *
sprs_of(struct img_sink *k)
{
	return (struct sprs_sink *)k;
}

static uint64_t
n_listed(const struct sprs_sink *k)
{
	return k->index.len / sizeof(uint32_t);
}

static uint32_t
entry(const struct sprs_sink *k, uint64_t i)
{
	uint32_t v;

	memcpy(&v, k->index.p + i * sizeof v, sizeof v);
	return v;
}

static int
list_band(struct sprs_sink *k, uint64_t number, struct img_err *err)
{
	uint32_t v = (uint32_t)(number + 1);
	int rc = img_buf_add(&k->index, &v, sizeof v, err);

	return rc ? img_note(err, rc, "index of bands") : 0;
}

/* ---- looking ahead ---- */

/* Is there anything but zeros in [@off, @end)?  *ret_next: where nothing is known yet. */
static int
any_data(struct sprs_sink *k, uint64_t off, uint64_t end, uint8_t *buf, bool *ret, uint64_t *ret_next, struct img_err *err)
{
	struct img_extent e;
	int rc = 0;

	*ret = false;
	while (!rc && !*ret && off < end) {
		size_t n = end - off < LOOK ? (size_t)(end - off) : LOOK;

		if (img_env_cancelled(k->source->env))
			return img_fail(err, IMG_E_CANCELLED, "interrupted");
		rc = img_source_resolve(k->source, off, &e, NULL, err);
		if (!rc && (e.kind == IMG_ZERO || e.kind == IMG_HOLE)) {
			off = e.off + e.len;
			continue;
		}
		if (!rc)
			rc = img_source_read(k->source, off, buf, n, err);
		*ret = !rc && !zeros_only(buf, n);
		off += n;
	}
	*ret_next = off;
	return rc;
}

static int
look_ahead(struct sprs_sink *k, struct img_err *err)
{
	img_autofree uint8_t *buf = malloc(LOOK);
	int rc = buf ? 0 : img_fail_nomem(err);

	if (k->source->flags & IMG_FORWARD)
		return img_fail(err, IMG_E_USAGE, "this source can be read once only, and a sparse image that is written front to "
				"back takes two readings");
	for (uint64_t off = 0; !rc && off < k->source->size;) {
		uint64_t number = off / k->band, end = (number + 1) * k->band, next = 0;
		bool data = false;

		if (end > k->source->size)
			end = k->source->size;
		rc = any_data(k, off, end, buf, &data, &next, err);
		if (!rc && data)
			rc = list_band(k, number, err);
		off = data ? end : next / k->band * k->band > off ? next / k->band * k->band : end;
	}
	return rc;
}

/* ---- begin ---- */

static int
sprs_options(const struct img_sink_job *job, struct img_err *err)
{
	return band_options(job, "sparse images", err);
}

static int
sprs_begin(const struct img_sink_job *job, struct img_out *out, struct img_sink **ret, struct img_err *err)
{
	struct sprs_sink *k = calloc(1, sizeof *k);
	uint64_t end;
	int rc;

	if (!k)
		return img_fail_nomem(err);
	k->sink.ops = &sprs_sink_ops;
	k->sink.out = out;
	k->source = job->source;
	k->n_sectors = (job->source->size + SPRS_SECTOR - 1) / SPRS_SECTOR;
	k->band = BAND;
	k->in_order = (out->flags & (IMG_OUT_SEEKS | IMG_OUT_ZEROED)) != (IMG_OUT_SEEKS | IMG_OUT_ZEROED);
	k->grain = k->in_order ? 0 : job->sparse;
	k->index = img_buf_new((size_t)img_env_limits(job->source->env)->max_table);
	rc = band_size_asked(job, &k->band, err);
	if (!rc && (job->source->size - 1) / k->band >= UINT32_MAX)
		rc = img_fail(err, IMG_E_LIMIT, "the disk has more than 2^32 bands; --opt band-size makes larger ones");
	if (!rc && k->in_order)
		rc = look_ahead(k, err);
	if (!rc && k->in_order && n_listed(k) && sprs_band_off(n_listed(k) - 1, k->band, &end))
		out->expect = end + k->band;
	else if (!rc && k->in_order)
		out->expect = SPRS_NODE;
	if (rc) {
		img_buf_done(&k->index);
		free(k);
		return rc;
	}
	*ret = &k->sink;
	return 0;
}

static uint64_t
sprs_cut(const struct img_sink *sink, uint64_t off)
{
	return band_cut(((const struct sprs_sink *)sink)->band, off);
}

static int
sprs_encode(const struct img_sink *sink, struct img_unit *u, struct img_err *err)
{
	if (u->kind == IMG_DATA && zeros_only(u->raw, (size_t)u->len)) {
		u->kind = IMG_ZERO;
		u->raw = NULL;
	}
	return 0;
}

/* ---- writing ---- */

static int
put(struct sprs_sink *k, uint64_t off, const uint8_t *p, size_t len, struct img_err *err)
{
	size_t at = 0, from;
	int rc = 0;

	if (k->in_order && off > k->at)
		rc = img_out_zero(k->sink.out, k->at, off - k->at, err);
	while (!rc && zeros_skip(p, len, off, k->grain, &at, &from))
		rc = img_out_write(k->sink.out, off + from, p + from, at - from, err);
	k->at = off + len;
	return rc;
}

/* The node @j of an image whose bands are all known. */
static int
put_node(struct sprs_sink *k, uint64_t j, struct img_err *err)
{
	uint8_t b[SPRS_NODE] = { 0 };
	uint64_t first = sprs_node_first(j), end = sprs_node_first(j + 1), n = n_listed(k), next = 0, off;
	uint8_t *e = b + (j ? SPRS_NODE_HEADER : SPRS_HEADER);

	if (!sprs_node_off(j, k->band, &off) || (n > end && !sprs_node_off(j + 1, k->band, &next)))
		return img_fail(err, IMG_E_LIMIT, "the image would be too large");
	if (j)
		sprs_node_emit(&(struct sprs_node) { (uint32_t)(j - 1), 1, next }, b);
	else
		sprs_header_emit(&(struct sprs_header) { .version = 3, .band_sectors = (uint32_t)(k->band / SPRS_SECTOR),
				 .flags = n != 0, .n_sectors_low = (uint32_t)k->n_sectors, .next_node = next,
				 .n_sectors = k->n_sectors }, b);
	for (uint64_t i = first; i < n && i < end; i++, e += 4)
		store_be32(e, entry(k, i));
	if (k->in_order)
		return put(k, off, b, sizeof b, err);
	return img_out_write(k->sink.out, off, b, sizeof b, err);
}

/* Data of a band that has none yet. */
static int
begin_band(struct sprs_sink *k, uint64_t number, struct img_err *err)
{
	uint64_t node = sprs_node_of(k->n);
	int rc = 0;

	if (!k->in_order)
		rc = list_band(k, number, err);
	else if (k->n >= n_listed(k) || entry(k, k->n) != number + 1)
		rc = img_fail(err, IMG_E_IO, "the source changed while it was read");
	else if (k->n == sprs_node_first(node))
		rc = put_node(k, node, err);
	if (rc)
		return rc;
	k->n++;
	k->current = number + 1;
	return 0;
}

static int
sprs_append(struct img_sink *sink, const struct img_unit *u, struct img_err *err)
{
	struct sprs_sink *k = sprs_of(sink);
	uint64_t number = u->off / k->band, at;
	int rc = 0;

	if (u->kind != IMG_DATA)
		return 0;
	if (k->current != number + 1)
		rc = begin_band(k, number, err);
	if (!rc && !sprs_band_off(k->n - 1, k->band, &at))
		rc = img_fail(err, IMG_E_LIMIT, "the image would be too large");
	return rc ? rc : put(k, at + u->off % k->band, u->raw, (size_t)u->len, err);
}

static int
sprs_finish(struct img_sink *sink, struct img_err *err)
{
	struct sprs_sink *k = sprs_of(sink);
	uint64_t n = n_listed(k), end = SPRS_NODE, n_nodes = n ? sprs_node_of(n - 1) + 1 : 1;
	int rc = 0;

	if (k->in_order && k->n != n)
		return img_fail(err, IMG_E_IO, "the source changed while it was read");
	for (uint64_t j = 0; !rc && j < n_nodes && (!k->in_order || !n); j++)
		rc = put_node(k, j, err);
	if (!rc && n && (!sprs_band_off(n - 1, k->band, &end) || end > INT64_MAX - k->band))
		rc = img_fail(err, IMG_E_LIMIT, "the image would be too large");
	if (n)
		end += k->band;
	if (!rc && k->in_order && k->at < end)
		rc = img_out_zero(k->sink.out, k->at, end - k->at, err);
	return rc ? rc : img_out_resize(k->sink.out, end, err);
}

static void
sprs_destroy(struct img_sink *sink)
{
	img_buf_done(&sprs_of(sink)->index);
	free(sink);
}

const struct img_sink_ops sprs_sink_ops = {
	.needs = IMG_NEEDS_SIZE,
	.usual_fs = "hfs+",
	.keys = band_keys,
	.options = sprs_options,
	.begin = sprs_begin, .cut = sprs_cut, .encode = sprs_encode, .append = sprs_append, .finish = sprs_finish,
	.destroy = sprs_destroy,
};

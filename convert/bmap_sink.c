/* SPDX-License-Identifier: BSD-2-Clause */
/* A block map of what is written, made on the way: a sink in front of the raw one.
 *
 * The image is cut into cells of 1 MiB; in each, workers find the runs of blocks that are not zero and sum them.  A range of
 * the map never reaches over the end of a cell, so that all processors can sum, here and wherever the map is checked.  Zeros
 * are left out: in the target they are holes, and bmaptool's own maps leave holes out.  Where every zero is written
 * (--no-sparse), all blocks are in the map. */
#include "config.h"

#include "convert/bmap.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/zeros.h"
#include "formats/bmap/bmap.h"
#include "img/check.h"
#include "img/out.h"
#include "img/sink.h"

#define CELL (UINT64_C(1) << 20)
#define SUM 32			/* bytes of a SHA-256 */
#define MAX_MAP (1 << 30)	/* bytes of a map */

/* What encode tells append. */
struct range {
	uint64_t first, last;
	uint8_t sum[SUM];
};

struct bmap_sink {
	struct img_sink sink;
	struct img_sink *below;
	bool zeros;
	pthread_mutex_t lock;		/* guards the ranges of @map */
	struct bmap map;
};

static struct bmap_sink *
sink_of(struct img_sink *k)
{
	return (struct bmap_sink *)k;
}

static uint64_t
bmap_cut(const struct img_sink *sink, uint64_t off)
{
	return off - off % CELL + CELL;
}

static bool
is_mapped(const struct bmap_sink *k, const uint8_t *bytes, size_t len)
{
	return k->zeros || !zeros_only(bytes, len);
}

/* The ranges of the cell @raw at @off: at most every second block begins one. */
static int
find_ranges(const struct bmap_sink *k, const uint8_t *raw, uint64_t off, size_t len, struct range *v, size_t *ret_n,
	    struct img_err *err)
{
	size_t n = 0, at = 0;
	int rc = 0;

	while (!rc && at < len) {
		size_t begin = at, step;

		for (; at < len; at += step) {
			step = len - at < BMAP_BLOCK ? len - at : BMAP_BLOCK;
			if (!is_mapped(k, raw + at, step))
				break;
		}
		if (at == begin) {
			at += len - at < BMAP_BLOCK ? len - at : BMAP_BLOCK;
			continue;
		}
		v[n].first = (off + begin) / BMAP_BLOCK;
		v[n].last = (off + at - 1) / BMAP_BLOCK;
		rc = img_digest_bytes(k->map.digest, raw + begin, at - begin, v[n++].sum, err);
	}
	*ret_n = n;
	return rc;
}

static int
bmap_encode(const struct img_sink *sink, struct img_unit *u, struct img_err *err)
{
	const struct bmap_sink *k = (const struct bmap_sink *)sink;
	struct range *v;
	size_t n;
	int rc;

	if (u->kind != IMG_DATA)
		return 0;
	v = malloc((size_t)(u->len / BMAP_BLOCK / 2 + 2) * sizeof *v);
	if (!v)
		return img_fail_nomem(err);
	rc = find_ranges(k, u->raw, u->off, (size_t)u->len, v, &n, err);
	if (rc) {
		free(v);
		return rc;
	}
	u->stored = v;
	u->n_stored = n * sizeof *v;
	return 0;
}

static int
add_ranges(struct bmap_sink *k, const struct range *v, size_t n, struct img_err *err)
{
	int rc = 0;

	pthread_mutex_lock(&k->lock);
	for (size_t i = 0; !rc && i < n; i++) {
		rc = bmap_add(&k->map, v[i].first, v[i].last, v[i].sum, err);
		k->map.n_mapped += v[i].last - v[i].first + 1;
	}
	pthread_mutex_unlock(&k->lock);
	return rc;
}

/* Zeros that are in the map, cell by cell. */
static int
add_zeros(struct bmap_sink *k, uint64_t off, uint64_t len, struct img_err *err)
{
	uint8_t *cell = calloc(1, CELL);
	struct range r;
	uint64_t summed = 0;
	int rc = cell ? 0 : img_fail_nomem(err);

	for (uint64_t end = off + len; !rc && off < end;) {
		uint64_t to = bmap_cut(&k->sink, off) < end ? bmap_cut(&k->sink, off) : end;

		if (to - off != summed)
			rc = img_digest_bytes(k->map.digest, cell, (size_t)(to - off), r.sum, err);
		summed = to - off;
		r.first = off / BMAP_BLOCK;
		r.last = (to - 1) / BMAP_BLOCK;
		if (!rc)
			rc = add_ranges(k, &r, 1, err);
		off = to;
	}
	free(cell);
	return rc;
}

static int
bmap_append(struct img_sink *sink, const struct img_unit *u, struct img_err *err)
{
	struct bmap_sink *k = sink_of(sink);
	int rc = k->below->ops->append(k->below, u, err);

	if (!rc && u->kind == IMG_DATA)
		rc = add_ranges(k, u->stored, u->n_stored / sizeof(struct range), err);
	else if (!rc && k->zeros)
		rc = add_zeros(k, u->off, u->len, err);
	return rc;
}

static int
bmap_finish(struct img_sink *sink, struct img_err *err)
{
	struct bmap_sink *k = sink_of(sink);

	bmap_sort(&k->map);
	return k->below->ops->finish(k->below, err);
}

static void
bmap_destroy(struct img_sink *sink)
{
	struct bmap_sink *k = sink_of(sink);

	k->below->ops->destroy(k->below);
	pthread_mutex_destroy(&k->lock);
	bmap_done(&k->map);
	free(k);
}

static const struct img_sink_ops bmap_sink_ops = {
	.needs = IMG_NEEDS_SIZE,
	.cut = bmap_cut, .encode = bmap_encode, .append = bmap_append, .finish = bmap_finish, .destroy = bmap_destroy,
};

int
bmap_sink_new(struct img_sink *below, uint64_t size, bool zeros, struct img_sink **ret, struct img_err *err)
{
	struct bmap_sink *k = calloc(1, sizeof *k);

	if (!k)
		return img_fail_nomem(err);
	k->sink.ops = &bmap_sink_ops;
	k->sink.out = below->out;
	k->sink.flags = below->flags;
	k->below = below;
	k->zeros = zeros;
	k->map = (struct bmap) {
		.size = size, .block = BMAP_BLOCK, .n_blocks = (size + BMAP_BLOCK - 1) / BMAP_BLOCK,
		.digest = img_digest_by_name("sha256"), .sums = img_buf_new(MAX_MAP),
	};
	pthread_mutex_init(&k->lock, NULL);
	*ret = &k->sink;
	return 0;
}

/* ---- the file ---- */

static int
write_file(const char *path, bool replace, const struct img_buf *text, struct img_out **ret, struct img_err *err)
{
	struct img_out *out = NULL;
	int rc = img_out_file(path, replace, &out, err);

	if (!rc)
		out->unnamed = true;
	if (!rc)
		rc = img_out_write(out, 0, text->p, text->len, err);
	if (!rc)
		rc = img_out_resize(out, text->len, err);
	if (!rc)
		rc = img_out_commit(out, err);
	if (rc)
		img_out_free(out);
	else
		*ret = out;
	return rc;
}

int
bmap_sink_write(struct img_sink *sink, const char *path, bool replace, struct img_out **ret, struct img_err *err)
{
	img_autobuf struct img_buf text = img_buf_new(MAX_MAP);
	int rc = bmap_emit(&sink_of(sink)->map, &text, err);

	if (!rc)
		rc = write_file(path, replace, &text, ret, err);
	return rc ? img_note(err, rc, "%s", path) : 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The chunks of one file, walked once and kept as a table of what is stored. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/fill.h"
#include "core/bytes.h"
#include "core/checked.h"
#include "core/memory.h"
#include "formats/simg/reader.h"
#include "img/env.h"
#include "img/report.h"

static struct simg *
simg_of(struct img_source *s)
{
	return (struct simg *)s;
}

/* ---- the map ---- */

/* How many runs begin at or before @block. */
static size_t
find(const struct simg *p, uint64_t block)
{
	size_t lo = 0, hi = p->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->v[mid].block <= block)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
simg_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct simg *p = simg_of(s);
	size_t i = find(p, off / p->header.block);
	const struct simg_run *r = i ? &p->v[i - 1] : NULL;
	uint64_t block = p->header.block, end = r ? ((uint64_t)r->block + r->n_blocks) * block : 0;

	if (!r || off >= end) {
		uint64_t to = i < p->n ? p->v[i].block * block : s->size;

		*ret = (struct img_extent) { .off = end, .len = to - end, .kind = IMG_HOLE };
		return 0;
	}
	*ret = (struct img_extent) { .off = r->block * block, .len = end - r->block * block, .kind = IMG_ZERO };
	if (r->kind != RUN_ZERO) {
		ret->kind = IMG_DATA;
		ret->from = p->below;
		ret->at = r->at;
		ret->stored = ret->len;
	}
	if (r->kind == RUN_FILL) {
		ret->stored = IMG_FILL_PATTERN;
		ret->codec = &img_codec_fill;
		ret->whole = ret->len;
	}
	return 0;
}

static int
simg_describe(struct img_source *s, struct img_rep *rep, struct img_err *err)
{
	const struct simg *p = simg_of(s);
	char version[16];

	snprintf(version, sizeof version, "%u.%u", p->header.major, p->header.minor);
	img_rep_str(rep, "format", "simg");
	img_rep_str(rep, "version", version);
	img_rep_uint(rep, "block_size", p->header.block);
	img_rep_uint(rep, "chunks", p->header.n_chunks);
	img_rep_uint(rep, "raw_bytes", p->n_raw * p->header.block);
	img_rep_uint(rep, "fill_bytes", p->n_fill * p->header.block);
	img_rep_uint(rep, "dont_care_bytes", p->n_skip * p->header.block);
	img_rep_bool(rep, "checksum", p->n_sums || p->header.crc);
	return 0;
}

static void
simg_where(struct img_source *s, uint64_t off, char *buf, size_t len)
{
	snprintf(buf, len, "block %" PRIu64, off / simg_of(s)->header.block);
}

static void
simg_destroy(struct img_source *s)
{
	struct simg *p = simg_of(s);

	img_unref(p->below);
	free(p->v);
	free(p);
}

static const struct img_source_ops simg_ops = {
	.map = simg_map,
	.describe = simg_describe,
	.checks = simg_checks,
	.where = simg_where,
	.destroy = simg_destroy,
};

/* ---- opening ---- */

/* Small pieces of the file, most of them near each other. */
struct window {
	struct img_source *file;
	uint64_t off;
	size_t n;
	uint8_t b[2048];
};

/* Up to @n bytes at @off; *ret_n is less only at the end of the file. */
static int
look(struct window *w, uint64_t off, size_t n, const uint8_t **ret, size_t *ret_n, struct img_err *err)
{
	uint64_t left = off < w->file->size ? w->file->size - off : 0;

	if (n > left)
		n = (size_t)left;
	if (off < w->off || off - w->off > w->n || w->n - (off - w->off) < n) {
		size_t most = left < sizeof w->b ? (size_t)left : sizeof w->b;
		int rc = img_source_read(w->file, off, w->b, most, err);

		if (rc)
			return rc;
		w->off = off;
		w->n = most;
	}
	*ret = w->b + (off - w->off);
	*ret_n = n;
	return 0;
}

static int
add_run(struct simg *p, const struct simg_run *r, struct img_err *err)
{
	struct simg_run *last = p->n ? &p->v[p->n - 1] : NULL;

	if (!r->n_blocks)
		return 0;
	if (last && last->kind == RUN_ZERO && r->kind == RUN_ZERO && last->block + last->n_blocks == r->block) {
		last->n_blocks += r->n_blocks;
		return 0;
	}
	if (p->n >= img_env_limits(p->src.env)->max_table / sizeof *r)
		return img_fail(err, IMG_E_LIMIT, "more than %zu chunks", p->n);
	if (img_room(&p->v, p->n, &p->room, sizeof *r, err))
		return IMG_E_NOMEM;
	p->v[p->n++] = *r;
	return 0;
}

static void
add_sum(struct simg *p, uint64_t n_blocks, uint32_t crc)
{
	if (p->n_sums == SIMG_MAX_SUMS) {	/* the last of each pair stays */
		for (size_t i = 0; i < SIMG_MAX_SUMS / 2; i++)
			p->sum[i] = p->sum[2 * i + 1];
		p->n_sums = SIMG_MAX_SUMS / 2;
	}
	p->sum[p->n_sums++] = (struct simg_sum) { n_blocks, crc, p->doubtful };
}

/* How many bytes must lie behind the header of @k? */
static int
check_payload(const struct simg *p, const struct simg_chunk *k, struct img_err *err)
{
	uint64_t want = 0, have;

	switch (k->type) {
	case SIMG_RAW:
		want = (uint64_t)k->n_blocks * p->header.block;
		break;
	case SIMG_FILL:
	case SIMG_CRC:
		want = 4;
		break;
	case SIMG_SKIP:
		break;
	default:
		return img_fail(err, IMG_E_FORMAT, "of type %04x, which does not exist", k->type);
	}
	if (k->total < p->header.chunk_size)
		return img_fail(err, IMG_E_FORMAT, "has %" PRIu32 " bytes, less than its header of %u", k->total,
				p->header.chunk_size);
	have = k->total - p->header.chunk_size;
	if (have != want)
		return img_fail(err, IMG_E_FORMAT, "holds %" PRIu64 " bytes, but %" PRIu32 " blocks of its type %04x take %"
				PRIu64, have, k->n_blocks, k->type, want);
	return 0;
}

/* A chunk whose payload is at @at and fits the file; it begins at @block. */
static int
take_chunk(struct simg *p, const struct simg_chunk *k, uint32_t block, uint64_t at, const uint8_t *pattern,
	   struct img_err *err)
{
	struct simg_run r = { block, k->n_blocks, at, RUN_RAW };

	switch (k->type) {
	case SIMG_CRC:
		add_sum(p, block, load_le32(pattern));
		return 0;
	case SIMG_SKIP:
		p->n_skip += k->n_blocks;
		p->doubtful |= k->n_blocks > 0;
		return 0;
	case SIMG_FILL:
		r.kind = load_le32(pattern) ? RUN_FILL : RUN_ZERO;
		p->n_fill += k->n_blocks;
		p->doubtful |= k->n_blocks > 1;
		break;
	default:
		p->n_raw += k->n_blocks;
	}
	return add_run(p, &r, err);
}

/* The chunk at *io_pos, which begins at block *io_block. */
static int
read_chunk(struct simg *p, struct window *w, uint64_t *io_pos, uint32_t *io_block, struct img_err *err)
{
	const uint8_t *b, *pattern = NULL;
	uint64_t at = *io_pos + p->header.chunk_size;
	struct simg_chunk k;
	struct img_cursor c;
	size_t n;
	int rc = look(w, *io_pos, SIMG_CHUNK, &b, &n, err);

	if (rc)
		return rc;
	c = cur_over(b, n);
	rc = simg_chunk_parse(&c, &k, err);
	if (!rc)
		rc = check_payload(p, &k, err);
	if (rc)
		return rc;
	if (!span_ok(*io_pos, k.total, p->below->size))
		return img_fail(err, IMG_E_FORMAT, "truncated: it has %" PRIu32 " bytes, the file ends after %" PRIu64, k.total,
				p->below->size - *io_pos);
	if (k.type == SIMG_CRC)
		k.n_blocks = 0;		/* it makes none, whatever is written there */
	if (k.n_blocks > p->header.n_blocks - *io_block)
		return img_fail(err, IMG_E_FORMAT, "reaches to block %" PRIu64 " of %" PRIu32,
				(uint64_t)*io_block + k.n_blocks, p->header.n_blocks);
	if (k.type == SIMG_FILL || k.type == SIMG_CRC)
		rc = look(w, at, 4, &pattern, &n, err);
	if (!rc)
		rc = take_chunk(p, &k, *io_block, at, pattern, err);
	*io_pos += k.total;
	*io_block += k.n_blocks;
	return rc;
}

static int
read_chunks(struct simg *p, struct img_err *err)
{
	uint64_t pos = p->header.header_size, size = p->below->size;
	struct window w = { .file = p->below };
	uint32_t block = 0;

	/* compared before anything is sized by it */
	if (pos > size || p->header.n_chunks > (size - pos) / p->header.chunk_size)
		return img_fail(err, IMG_E_FORMAT, "truncated: the header says %" PRIu32 " chunks, the file has only %" PRIu64
				" bytes", p->header.n_chunks, size);
	for (uint32_t i = 0; i < p->header.n_chunks; i++) {
		uint64_t here = pos;
		int rc = img_env_cancelled(p->src.env) ? img_fail(err, IMG_E_CANCELLED, "interrupted")
						       : read_chunk(p, &w, &pos, &block, err);

		if (rc)
			return img_note(err, rc, "chunk %" PRIu32 " at %" PRIu64, i, here);
	}
	if (block != p->header.n_blocks)
		return img_fail(err, IMG_E_FORMAT, "the chunks make %" PRIu32 " blocks, the header says %" PRIu32, block,
				p->header.n_blocks);
	p->stray = size - pos;
	return 0;
}

int
simg_header_read(struct img_source *file, struct simg_header *ret, struct img_err *err)
{
	uint8_t b[SIMG_HEADER];
	size_t n = file->size < sizeof b ? (size_t)file->size : sizeof b;
	struct img_cursor c = cur_over(b, n);
	int rc = img_source_read(file, 0, b, n, err);

	return rc ? rc : simg_header_parse(&c, ret, err);
}

int
simg_file_open(struct img_source *file, struct simg **ret, struct img_err *err)
{
	struct simg_header h;
	struct simg *p;
	int rc = simg_header_read(file, &h, err);

	if (rc)
		return rc;
	p = calloc(1, sizeof *p);
	if (!p)
		return img_fail_nomem(err);
	img_source_init(&p->src, &simg_ops, file->env, "simg", (uint64_t)h.block * h.n_blocks, 512);
	p->below = img_ref(file);
	p->header = h;
	rc = read_chunks(p, err);
	if (rc) {
		img_unref(&p->src);
		return rc;
	}
	*ret = p;
	return 0;
}

void
simg_note_stray(const struct simg *p)
{
	if (p->stray)
		img_problem(p->src.env, IMG_WARNING, "simg-stray", "%" PRIu64 " bytes behind the last chunk belong to none",
			    p->stray);
}

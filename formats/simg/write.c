/* SPDX-License-Identifier: BSD-2-Clause */
/* The sink: cells of 1 MiB, in which workers tell zeros, patterns and other blocks apart; append merges them into chunks, so that
 * chunks depend on the bytes and on what the source's map calls free, not on cells.
 *
 *	free space of the source (IMG_HOLE)	don't-care: a flasher leaves what is on the device
 *	zeros, recorded or found		fill 0, or don't-care with simg-zeros=skip
 *	a pattern of four bytes			fill
 *	all else				raw
 *
 * Holes of host files are zeros: an image must not depend on how it happens to be stored, and a device that is not blank
 * would come out different from the image (docs/formats/simg.md §4).
 *
 * Cells end where free space begins or ends, in whole blocks.  The header counts the chunks and stands in front: an out that
 * does not seek gets its bytes from a work file at the end.  With --split each file of the set is an image by itself. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/out.h"
#include "core/zeros.h"
#include "formats/simg/chunks.h"
#include "formats/simg/simg.h"
#include "formats/simg/write.h"
#include "img/check.h"
#include "img/env.h"
#include "img/out.h"
#include "img/sink.h"

#define CELL (UINT64_C(1) << 20)

enum { NOTE_CRC };

/* Blocks of one kind, as encode found them. */
struct stretch {
	uint32_t n_blocks;
	uint32_t pattern;	/* of SIMG_FILL */
	uint16_t type;		/* SIMG_RAW, SIMG_FILL */
};

struct simg_sink {
	struct img_sink sink;
	struct img_source *source;	/* borrowed */
	struct simg_options o;
	uint32_t n_blocks;
	uint32_t crc;
	struct img_out *spool;		/* owned; NULL: the out seeks */
	struct simg_chunks chunks;
	uint64_t limit;			/* of one file of a set; 0: there is one file */
	size_t part;
};

static struct simg_sink *
sink_of(struct img_sink *k)
{
	return (struct simg_sink *)k;
}

static const struct simg_sink *
const_sink_of(const struct img_sink *k)
{
	return (const struct simg_sink *)k;
}

/* ---- begin ---- */

static int
count_blocks(struct simg_sink *k, struct img_err *err)
{
	uint64_t n = (k->source->size + k->o.block - 1) / k->o.block;

	if (n > UINT32_MAX)
		return img_fail(err, IMG_E_USAGE, "%" PRIu64 " blocks of %" PRIu32 " bytes are more than the format can count; "
				"--opt simg-block makes larger ones", n, k->o.block);
	k->n_blocks = (uint32_t)n;
	if (k->source->size % k->o.block)
		img_problem(k->source->env, IMG_NOTE, "simg-padded", "the image grows from %" PRIu64 " to %" PRIu64
			    " bytes: the format knows whole blocks only", k->source->size, n * k->o.block);
	return 0;
}

/* The next file, whose blocks before @at are in others. */
static int
begin_file(struct simg_sink *k, uint32_t at, struct img_err *err)
{
	struct img_out *out = k->spool ? k->spool : k->sink.out;
	int rc = k->limit ? img_out_parts_open(k->sink.out, k->part++, &out, err) : 0;

	return rc ? rc : simg_chunks_begin(&k->chunks, out, k->o.block, k->n_blocks, at, err);
}

static void
simg_destroy(struct img_sink *sink)
{
	struct simg_sink *k = sink_of(sink);

	simg_chunks_done(&k->chunks);
	img_out_free(k->spool);
	free(k);
}

static int
simg_begin(const struct img_sink_job *job, struct img_out *out, struct img_sink **ret, struct img_err *err)
{
	struct simg_sink *k = calloc(1, sizeof *k);
	int rc;

	if (!k)
		return img_fail_nomem(err);
	k->sink.ops = &simg_sink_ops;
	k->sink.out = out;
	k->source = job->source;
	k->limit = job->split;
	rc = simg_options_read(job, &k->o, err);
	if (!rc)
		rc = count_blocks(k, err);
	if (!rc && !k->limit && !(out->flags & IMG_OUT_SEEKS))
		rc = img_out_spooled(out, false, k->source->env, &k->spool, err);
	if (!rc)
		rc = begin_file(k, 0, err);
	if (rc) {
		simg_destroy(&k->sink);
		return rc;
	}
	*ret = &k->sink;
	return 0;
}

/* ---- cells ---- */

/* Free space that begins at or behind @from: the end of those runs of the map.  @from if there is none. */
static uint64_t
hole_end(const struct simg_sink *k, uint64_t from)
{
	struct img_extent e;

	while (from < k->source->size && !img_source_resolve(k->source, from, &e, NULL, NULL) && e.kind == IMG_HOLE)
		from = e.off + e.len;
	return from;
}

/* Where free space that begins at @from ends, in whole blocks; the last one of the image may be cut. */
static uint64_t
whole_end(const struct simg_sink *k, uint64_t from)
{
	uint64_t end = hole_end(k, from);

	return end == k->source->size ? end : end - end % k->o.block;
}

/* Zeros that the map tells of at @off: the end of this run in whole blocks; @off if there are none. */
static uint64_t
zeros_end(const struct simg_sink *k, uint64_t off)
{
	struct img_extent e;
	uint64_t end;

	if (img_source_resolve(k->source, off, &e, NULL, NULL) || e.kind != IMG_ZERO)
		return off;
	end = e.off + e.len;
	return end == k->source->size ? end : end - end % k->o.block;
}

/* The end of the cell at @off, which begins a block.  What has no bytes is one cell however long it is. */
static uint64_t
simg_cut(const struct img_sink *sink, uint64_t off)
{
	const struct simg_sink *k = const_sink_of(sink);
	uint64_t end = off + CELL < k->source->size ? off + CELL : k->source->size, empty = whole_end(k, off);
	struct img_extent e;

	if (empty <= off)
		empty = zeros_end(k, off);
	if (empty > off)
		return empty;
	for (uint64_t at = off; at < end; at = e.off + e.len) {
		uint64_t block = (at + k->o.block - 1) / k->o.block * k->o.block;

		if (img_source_resolve(k->source, at, &e, NULL, NULL))
			return end;	/* the engine will say so */
		if (e.kind == IMG_HOLE && block > off && block < end && whole_end(k, at) > block)
			return block;
	}
	return end;
}

/* ---- encode ---- */

static struct stretch
look_at(const uint8_t *b, size_t n)
{
	struct stretch s = { 1, 0, SIMG_RAW };

	if (memcmp(b, b + 4, n - 4) == 0) {
		s.type = SIMG_FILL;
		s.pattern = load_le32(b);
	}
	return s;
}

/* Whole blocks, and perhaps a short last one, which is @tail with zeros behind it. */
static size_t
tell_apart(const struct simg_sink *k, const uint8_t *raw, size_t n_whole, const uint8_t *tail, struct stretch *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < n_whole + (tail != NULL); i++) {
		struct stretch s = look_at(i < n_whole ? raw + i * k->o.block : tail, k->o.block);

		if (n && ret[n - 1].type == s.type && ret[n - 1].pattern == s.pattern)
			ret[n - 1].n_blocks++;
		else
			ret[n++] = s;
	}
	return n;
}

/* The last bytes of an image that ends inside a block, filled up with zeros; NULL: it does not, or there is no memory. */
static uint8_t *
make_tail(const struct simg_sink *k, const struct img_unit *u)
{
	size_t n = (size_t)(u->len % k->o.block);
	uint8_t *tail = n ? calloc(1, k->o.block) : NULL;

	if (tail)
		memcpy(tail, u->raw + (u->len - n), n);
	return tail;
}

static int
simg_encode(const struct img_sink *sink, struct img_unit *u, struct img_err *err)
{
	const struct simg_sink *k = const_sink_of(sink);
	size_t n = u->kind == IMG_DATA ? (size_t)(u->len / k->o.block) : 0;
	struct stretch *s;
	uint8_t *tail;

	if (u->kind != IMG_DATA)
		return 0;
	if (zeros_only(u->raw, (size_t)u->len)) {
		u->raw = NULL;
		u->kind = IMG_ZERO;
		return 0;
	}
	if (k->o.crc)
		u->note[NOTE_CRC] = img_digest_crc32.piece(u->raw, (size_t)u->len);
	tail = make_tail(k, u);
	s = malloc((n + 1) * sizeof *s);
	if (!s || (!tail && u->len % k->o.block)) {
		free(s);
		free(tail);
		return img_fail_nomem(err);
	}
	u->n_stored = tell_apart(k, u->raw, n, tail, s) * sizeof *s;
	u->stored = s;
	free(tail);
	return 0;
}

/* ---- append ---- */

/* The file is full: what comes next goes into another one. */
static int
next_file(struct simg_sink *k, struct img_err *err)
{
	uint32_t at = k->chunks.at;
	int rc = simg_chunks_finish(&k->chunks, NULL, err);

	return rc ? rc : begin_file(k, at, err);
}

/* Blocks that fit the file at hand; at least one. */
static int
make_room(struct simg_sink *k, const struct stretch *s, uint32_t *ret, struct img_err *err)
{
	uint64_t room = k->limit ? simg_chunks_room(&k->chunks, s->type, s->pattern, k->limit) : UINT32_MAX;
	int rc = room ? 0 : next_file(k, err);

	if (!room)
		room = simg_chunks_room(&k->chunks, s->type, s->pattern, k->limit);
	*ret = room < s->n_blocks ? (uint32_t)room : s->n_blocks;
	return rc;
}

/* @bytes: of raw blocks, as many as are there; the rest of the last one is zeros. */
static int
put_raw(struct simg_sink *k, const uint8_t *bytes, uint64_t have, uint32_t n, struct img_err *err)
{
	uint64_t want = (uint64_t)n * k->o.block;
	uint8_t *tail;
	int rc;

	if (have >= want)
		return simg_chunks_raw(&k->chunks, bytes, n, err);
	rc = simg_chunks_raw(&k->chunks, bytes, n - 1, err);
	tail = rc ? NULL : calloc(1, k->o.block);
	if (rc || !tail)
		return rc ? rc : img_fail_nomem(err);
	memcpy(tail, bytes + (want - k->o.block), (size_t)(have - (want - k->o.block)));
	rc = simg_chunks_raw(&k->chunks, tail, 1, err);
	free(tail);
	return rc;
}

static int
put_stretch(struct simg_sink *k, struct stretch s, const uint8_t *bytes, uint64_t have, struct img_err *err)
{
	while (s.n_blocks) {
		uint32_t n;
		int rc = make_room(k, &s, &n, err);

		if (!rc && s.type == SIMG_RAW)
			rc = put_raw(k, bytes, have, n, err);
		else if (!rc)
			rc = simg_chunks_fill(&k->chunks, s.pattern, n, err);
		if (rc)
			return rc;
		s.n_blocks -= n;
		if (s.n_blocks) {
			bytes = bytes ? bytes + (uint64_t)n * k->o.block : NULL;
			have -= (uint64_t)n * k->o.block;
		}
	}
	return 0;
}

static int
put_zeros(struct simg_sink *k, uint32_t n, struct img_err *err)
{
	if (!k->o.skip_zeros)
		return put_stretch(k, (struct stretch) { n, 0, SIMG_FILL }, NULL, 0, err);
	simg_chunks_skip(&k->chunks, n);
	return 0;
}

static int
append_data(struct simg_sink *k, const struct img_unit *u, struct img_err *err)
{
	const struct stretch *s = u->stored;
	uint64_t at = 0;
	int rc = 0;

	for (size_t i = 0; !rc && i < u->n_stored / sizeof *s; i++) {
		if (s[i].type == SIMG_FILL && !s[i].pattern)
			rc = put_zeros(k, s[i].n_blocks, err);
		else
			rc = put_stretch(k, s[i], u->raw + at, u->len - at, err);
		at += (uint64_t)s[i].n_blocks * k->o.block;
	}
	return rc;
}

static int
simg_append(struct img_sink *sink, const struct img_unit *u, struct img_err *err)
{
	struct simg_sink *k = sink_of(sink);
	uint64_t n = (u->len + k->o.block - 1) / k->o.block, pad = n * k->o.block - u->len;
	uint64_t crc = u->kind == IMG_DATA ? u->note[NOTE_CRC] : 0;

	if (k->o.crc) {
		if (u->kind != IMG_DATA)
			crc = img_digest_crc32.zeros(u->len);
		k->crc = (uint32_t)img_digest_crc32.combine(k->crc, crc, u->len);
		if (pad)
			k->crc = (uint32_t)img_digest_crc32.combine(k->crc, img_digest_crc32.zeros(pad), pad);
	}
	if (u->kind == IMG_DATA)
		return append_data(k, u, err);
	if (u->kind == IMG_ZERO)
		return put_zeros(k, (uint32_t)n, err);
	simg_chunks_skip(&k->chunks, (uint32_t)n);
	return 0;
}

static int
simg_finish(struct img_sink *sink, struct img_err *err)
{
	struct simg_sink *k = sink_of(sink);

	return simg_chunks_finish(&k->chunks, k->o.crc ? &k->crc : NULL, err);
}

const struct img_sink_ops simg_sink_ops = {
	.needs = IMG_NEEDS_SIZE,
	.shrinks = true,
	.keys = simg_keys,
	.part_name = simg_part_name,
	.options = simg_write_options,
	.begin = simg_begin, .cut = simg_cut, .encode = simg_encode, .append = simg_append, .finish = simg_finish,
	.destroy = simg_destroy,
};

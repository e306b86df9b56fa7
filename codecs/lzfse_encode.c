/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing LZFSE streams, whose blocks lzfse.c describes.
 *
 * A chunk under 4096 bytes is one LZVN block; all others are entropy-coded blocks, cut where the format's bounds on
 * literals and matches ask for it, and around long stretches without a match, whose statistics would spoil those of
 * their neighbours.  What a coded block would make longer is stored. */
#include "config.h"

#include "codecs/lzfse_encode.h"

#include <stdlib.h>

#include "codecs/encode.h"
#include "codecs/lzvn.h"
#include "core/bytes.h"

#define LZVN_BELOW 4096		/* observed: hdiutil; the tables of a coded block would cost too much */
#define LONELY 2048		/* literals without a match that get blocks of their own */
#define RAW_HEADER 8
#define LZVN_HEADER 12
#define END_LEN 4

void *
lzfse_encoder_new(void)
{
	return calloc(1, sizeof(struct lzfse_encoder));
}

void
lzfse_encoder_free(void *encoder)
{
	struct lzfse_encoder *e = encoder;

	if (!e)
		return;
	free(e->chains);
	free(e);
}

/* ---- blocks ---- */

static size_t
out_room(const struct lzfse_writer *w)
{
	return (size_t)(w->end - w->at);
}

/* Stored bytes; they join a stored block just before. */
static void
raw_write(struct lzfse_writer *w, const uint8_t *src, size_t n)
{
	size_t header = w->stored ? 0 : RAW_HEADER;

	if (out_room(w) < header + n) {
		w->full = true;
		return;
	}
	if (header) {
		w->stored = w->at;
		store_le32(w->at, LZFSE_RAW);
		store_le32(w->at + 4, 0);
		w->at += RAW_HEADER;
	}
	store_le32(w->stored + 4, load_le32(w->stored + 4) + (uint32_t)n);
	memcpy(w->at, src, n);
	w->at += n;
}

/* Would entropy coding be in vain?  Literals that are all but evenly spread save nothing, and there are next to no
 * matches. */
static bool
block_is_noise(const struct lzfse_pending *b)
{
	uint32_t count[256] = { 0 };
	uint64_t squares = 0, n = b->n_literals;

	if (b->n_matched > b->n_raw / 64 || n < 1024)
		return false;
	for (size_t i = 0; i < n; i++)
		count[b->literals[i]]++;
	for (int i = 0; i < 256; i++)
		squares += (uint64_t)count[i] * count[i];
	/* evenly spread and random: n * n / 256 + n */
	return squares < n * n / 256 + n * n / 8192 + n;
}

static void
block_flush(struct lzfse_encoder *e)
{
	struct lzfse_pending *b = &e->block;
	struct lzfse_writer *w = &e->out;
	size_t n = 0, as_raw = b->n_raw + (w->stored ? 0 : RAW_HEADER);

	if (b->n_raw && !w->full) {
		if (!block_is_noise(b))
			n = lzfse_pack(b, w->at, out_room(w) < as_raw ? out_room(w) : as_raw - 1);
		if (n) {
			w->at += n;
			w->stored = NULL;
		} else {
			raw_write(w, b->begin, b->n_raw);
		}
	}
	b->begin += b->n_raw;
	b->n_raw = b->n_matched = 0;
	b->n_literals = b->n_triplets = 0;
}

/* One triplet within the bounds. */
static inline void
put_one(struct lzfse_encoder *e, const uint8_t *lit, size_t l, size_t m, size_t d)
{
	struct lzfse_pending *b = &e->block;

	/* the bound on literals is a multiple of four: lzfse_pack may fill up */
	if (lz_unlikely(b->n_triplets == LZFSE_MAX_MATCHES || b->n_literals + l > LZFSE_MAX_LITERALS))
		block_flush(e);
	lz_literals(b->literals + b->n_literals, sizeof b->literals - b->n_literals, lit, (size_t)(e->src_end - lit), l);
	b->triplets[b->n_triplets++] = (struct lzfse_triplet) { (uint32_t)d, (uint16_t)l, (uint16_t)m };
	b->n_literals += (uint32_t)l;
	b->n_matched += m;
	b->n_raw += l + m;
}

void
lzfse_put(struct lzfse_encoder *e, const uint8_t *lit, size_t n_literals, size_t n_match, size_t dist)
{
	bool lonely = n_literals >= LONELY;

	if (lonely)
		block_flush(e);
	for (; n_literals > LZFSE_MAX_L; n_literals -= LZFSE_MAX_L, lit += LZFSE_MAX_L)
		put_one(e, lit, LZFSE_MAX_L, 0, 0);
	if (lonely) {
		put_one(e, lit, n_literals, 0, 0);
		n_literals = 0;
		block_flush(e);
	}
	for (; n_match > LZFSE_MAX_M; n_match -= LZFSE_MAX_M, lit += n_literals, n_literals = 0)
		put_one(e, lit, n_literals, LZFSE_MAX_M, dist);
	if (n_literals || n_match)
		put_one(e, lit, n_literals, n_match, dist);
}

/* ---- streams ---- */

/* One LZVN block if that is shorter than storing; 0, or IMG_E_NOMEM. */
static int
encode_short(struct lzfse_encoder *e, const uint8_t *src, size_t n_src, struct img_err *err)
{
	struct lzfse_writer *w = &e->out;
	size_t most = n_src + RAW_HEADER - 1, n = 0;

	if (!e->chains)
		e->chains = lz_chains_new();
	if (!e->chains)
		return img_fail_nomem(err);
	if (most > out_room(w))
		most = out_room(w);
	if (most > LZVN_HEADER)
		n = lzvn_write(e->chains, src, n_src, w->at + LZVN_HEADER, most - LZVN_HEADER);
	if (!n) {
		raw_write(w, src, n_src);
		return 0;
	}
	store_le32(w->at, LZFSE_LZVN);
	store_le32(w->at + 4, (uint32_t)n_src);
	store_le32(w->at + 8, (uint32_t)n);
	w->at += LZVN_HEADER + n;
	return 0;
}

int
lzfse_encode(void *encoder, int level, const void *src, size_t n_src, void *dst, size_t *io_dst, struct img_err *err)
{
	struct lzfse_encoder *e = encoder;
	struct lzfse_writer *w = &e->out;
	int rc = 0;

	/* sizes of blocks have 32 bits; the end mark must fit in any case */
	if (*io_dst < END_LEN || n_src > UINT32_MAX)
		return encode_no_room(&img_codec_lzfse, n_src, *io_dst, err);
	*w = (struct lzfse_writer) { .at = dst, .end = (uint8_t *)dst + *io_dst - END_LEN };
	e->block.begin = src;
	e->src_end = e->block.begin + n_src;
	if (n_src < LZVN_BELOW) {
		rc = encode_short(e, src, n_src, err);
	} else {
		lzfse_parse(e, src, n_src);
		block_flush(e);
	}
	if (rc)
		return rc;
	if (w->full)
		return encode_no_room(&img_codec_lzfse, n_src, *io_dst, err);
	store_le32(w->at, LZFSE_END);
	*io_dst = (size_t)(w->at - (uint8_t *)dst) + END_LEN;
	return 0;
}

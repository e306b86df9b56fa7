/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing LZFSE streams, whose blocks lzfse.c describes.
 *
 * A chunk under 4096 bytes is one LZVN block; all others are entropy-coded blocks, cut where the format's bounds on
 * literals and matches ask for it, and around long stretches without a match, whose statistics would spoil those of
 * their neighbours.  A chunk that this would make longer is one stored block; others have none, for 7-Zip cannot read
 * stored blocks (observed: 22.01). */
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

static void
block_flush(struct lzfse_encoder *e)
{
	struct lzfse_pending *b = &e->block;
	struct lzfse_writer *w = &e->out;

	if (b->n_raw && !w->full) {
		size_t n = lzfse_pack(b, w->at, out_room(w));

		w->at += n;
		w->full = !n;
	}
	b->n_raw = 0;
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

/* One LZVN block, with its tables made when the first comes. */
static int
encode_short(struct lzfse_encoder *e, const uint8_t *src, size_t n_src, struct img_err *err)
{
	struct lzfse_writer *w = &e->out;
	size_t n = 0;

	if (!e->chains)
		e->chains = lz_chains_new();
	if (!e->chains)
		return img_fail_nomem(err);
	if (out_room(w) > LZVN_HEADER)
		n = lzvn_write(e->chains, src, n_src, w->at + LZVN_HEADER, out_room(w) - LZVN_HEADER);
	if (!n) {
		w->full = true;
		return 0;
	}
	store_le32(w->at, LZFSE_LZVN);
	store_le32(w->at + 4, (uint32_t)n_src);
	store_le32(w->at + 8, (uint32_t)n);
	w->at += LZVN_HEADER + n;
	return 0;
}

/* All of it in one stored block. */
static void
encode_stored(struct lzfse_writer *w, const uint8_t *src, size_t n_src)
{
	store_le32(w->at, LZFSE_RAW);
	store_le32(w->at + 4, (uint32_t)n_src);
	if (n_src)
		memcpy(w->at + RAW_HEADER, src, n_src);
	w->at += RAW_HEADER + n_src;
}

int
lzfse_encode(void *encoder, int level, const void *src, size_t n_src, void *dst, size_t *io_dst, struct img_err *err)
{
	size_t room = *io_dst, stored = RAW_HEADER + n_src + END_LEN, coded = room < stored ? room : stored - 1;
	struct lzfse_encoder *e = encoder;
	struct lzfse_writer *w = &e->out;
	int rc = 0;

	/* sizes of blocks have 32 bits; the end mark must fit in any case */
	if (room < END_LEN || n_src > UINT32_MAX)
		return encode_no_room(&img_codec_lzfse, n_src, room, err);
	*w = (struct lzfse_writer) { .at = dst, .end = (uint8_t *)dst + coded - END_LEN };
	e->src_end = (const uint8_t *)src + n_src;
	if (n_src < LZVN_BELOW) {
		rc = encode_short(e, src, n_src, err);
	} else {
		lzfse_parse(e, src, n_src);
		block_flush(e);
	}
	if (rc)
		return rc;
	if (w->full && room < stored)
		return encode_no_room(&img_codec_lzfse, n_src, room, err);
	if (w->full) {
		w->at = dst;
		encode_stored(w, src, n_src);
	}
	store_le32(w->at, LZFSE_END);
	*io_dst = (size_t)(w->at - (uint8_t *)dst) + END_LEN;
	return 0;
}

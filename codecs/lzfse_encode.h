/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of the LZFSE encoder: lzfse_parse.c finds matches, lzfse_encode.c collects them into blocks and decides how to
 * store each, lzfse_pack.c writes an entropy-coded one. */
#ifndef CODECS_LZFSE_ENCODE_H
#define CODECS_LZFSE_ENCODE_H

#include <stdbool.h>

#include "codecs/lz_chain.h"
#include "codecs/lzfse.h"

/* Bounds of what one triplet can say. */
#define LZFSE_MAX_L 315
#define LZFSE_MAX_M 2359
#define LZFSE_MAX_D 262139

struct lzfse_triplet {
	uint32_t d;		/* 0: as before */
	uint16_t l, m;
};

/* A block in the making. */
struct lzfse_pending {
	size_t n_raw;			/* bytes it decodes to */
	uint32_t n_literals, n_triplets;
	struct lzfse_triplet triplets[LZFSE_MAX_MATCHES];
	uint8_t literals[LZFSE_MAX_LITERALS + LZ_SLACK];
};

/* Where the stream goes.  Nothing is written from @end on. */
struct lzfse_writer {
	uint8_t *at, *end;
	bool full;		/* something did not fit */
};

/* Positions by the hash of their first four bytes: rows of the last four that fell there, the newest first.  Of a position
 * the low 20 bits are kept, four times the greatest distance; above them stand 12 more bits of the hash, so that few
 * candidates are looked at in vain.  An entry may be older than it seems: all are compared with the source. */
#define LZFSE_WAYS 4
#define LZFSE_ROW_BITS 14

struct lzfse_rows {
	uint32_t e[1 << LZFSE_ROW_BITS][LZFSE_WAYS];
};

struct lzfse_encoder {
	struct lzfse_rows rows;
	struct lzfse_pending block;
	struct lzfse_writer out;
	const uint8_t *src_end;
	struct lz_chains *chains;	/* for LZVN; made when the first short chunk comes */
};

/* Cut @src into literals and matches and hand them to lzfse_put, in order. */
void lzfse_parse(struct lzfse_encoder *e, const uint8_t *src, size_t n_src);

/* @n_literals bytes at @lit, then @n_match bytes from @dist back. */
void lzfse_put(struct lzfse_encoder *e, const uint8_t *lit, size_t n_literals, size_t n_match, size_t dist);

/* Write @b as a bvx2 block of at most @room bytes.  Returns its length, 0 if it does not fit.  Changes @b's distances. */
size_t lzfse_pack(struct lzfse_pending *b, uint8_t *dst, size_t room);

#endif

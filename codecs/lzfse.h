/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of the LZFSE codec: the header of an entropy-coded block, and its payload. */
#ifndef CODECS_LZFSE_H
#define CODECS_LZFSE_H

#include "codecs/lz.h"
#include "img/error.h"

/* Bounds of the format; they size the arrays below. */
#define LZFSE_MAX_LITERALS 40000
#define LZFSE_MAX_MATCHES 10000

/* Alphabets: symbols and states.  States are powers of two. */
enum {
	LZFSE_L_SYMBOLS = 20, LZFSE_L_STATES = 64,
	LZFSE_M_SYMBOLS = 20, LZFSE_M_STATES = 64,
	LZFSE_D_SYMBOLS = 64, LZFSE_D_STATES = 256,
	LZFSE_U_SYMBOLS = 256, LZFSE_U_STATES = 1024,	/* literals */
	LZFSE_N_FREQS = LZFSE_L_SYMBOLS + LZFSE_M_SYMBOLS + LZFSE_D_SYMBOLS + LZFSE_U_SYMBOLS,
};

/* The header of a bvx1 or bvx2 block; within the bounds of the format once parsed. */
struct lzfse_block {
	uint32_t n_raw;				/* bytes it decodes to */
	uint32_t n_header;			/* bytes from its magic to the literal payload, at least 32 */
	uint32_t n_literals, n_matches;
	uint32_t n_literal_bytes, n_match_bytes;/* of the two payloads, which follow each other */
	int literal_bits, match_bits;		/* minus the bits missing in the last byte of each: -7 to 0 */
	uint16_t literal_state[4];
	uint16_t l_state, m_state, d_state;
	uint16_t freq[LZFSE_N_FREQS];		/* L, M, D, literals */
};

/* Magics. */
#define LZFSE_V1 0x31787662	/* "bvx1" */
#define LZFSE_V2 0x32787662	/* "bvx2" */
#define LZFSE_RAW 0x2d787662	/* "bvx-" */
#define LZFSE_LZVN 0x6e787662	/* "bvxn" */
#define LZFSE_END 0x24787662	/* "bvx$" */

/* Parse the header at @p, where one of the first two magics above stands.  1: the @left bytes do not hold all of it. */
int lzfse_header_parse(const uint8_t *p, size_t left, struct lzfse_block *ret, struct img_err *err);

/* The 32 bytes of a bvx2 header that stand before the tables. */
#define LZFSE_V2_LEN 32
void lzfse_header_emit(const struct lzfse_block *b, uint8_t *p);

/* The packed tables; returns their length. */
#define LZFSE_FREQS_ROOM ((LZFSE_N_FREQS * 14 + 7) / 8)
size_t lzfse_freqs_emit(const uint16_t *freq, uint8_t *ret);

/* The whole encoder, see lzfse_encode.h. */
void *lzfse_encoder_new(void);
void lzfse_encoder_free(void *encoder);
int lzfse_encode(void *encoder, int level, const void *src, size_t n_src, void *dst, size_t *io_dst, struct img_err *err);

/* Entry of a decoding table for literals. */
struct lzfse_literal {
	uint8_t symbol, bits;
	uint16_t delta;
};

/* The same for L, M and D: the bits that change the state are read together with the extra bits of the value. */
struct lzfse_value {
	uint8_t total, extra;	/* bits to read; so many of them, the low ones, belong to the value */
	uint16_t delta;
	uint32_t base;
};

/* What one thread keeps from block to block. */
struct lzfse_tables {
	struct lzfse_value l[LZFSE_L_STATES], m[LZFSE_M_STATES], d[LZFSE_D_STATES];
	struct lzfse_literal u[LZFSE_U_STATES];
	uint8_t literals[LZFSE_MAX_LITERALS + LZ_SLACK + 16];
};

/* Decode the block @b that lies at @p, header and payloads whole.  It must give b->n_raw bytes; with @clip, no more than
 * @out takes.  Errors are bare causes. */
int lzfse_block_decode(struct lzfse_tables *t, const struct lzfse_block *b, const uint8_t *p, struct lz_out *out, bool clip,
		       struct img_err *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* LZVN opcodes, bare or as the payload of an LZFSE block. */
#ifndef CODECS_LZVN_H
#define CODECS_LZVN_H

#include "codecs/lz.h"
#include "codecs/lz_chain.h"
#include "img/error.h"

enum lzvn_stop {
	LZVN_ENDED,	/* the end-of-stream opcode was met */
	LZVN_FULL,	/* @limit is reached */
	LZVN_STARVED,	/* the input ends before, or in, an opcode or its literals */
	LZVN_MORE,	/* an opcode goes beyond @limit */
};

enum lzvn_flags {
	LZVN_STOP_FULL = 1,	/* stop as soon as @limit is reached: LZVN_FULL */
	LZVN_CLIP = 2,		/* and cut an opcode that would go beyond it short; LZVN_MORE otherwise */
};

/* Decode from *@io_src to @out until one of the above; an enum lzvn_stop, or a negative error with a bare cause
 * ("distance 7 at byte 3 …") to put the codec's name in front of.  Nothing is made beyond @limit <= out->end. */
int lzvn_run(const uint8_t **io_src, const uint8_t *end, struct lz_out *out, const uint8_t *limit, int flags,
	     struct img_err *err);

/* Opcodes for @src, with the one that ends the stream.  Returns their length, 0 if they do not fit. */
size_t lzvn_write(struct lz_chains *chains, const void *src, size_t n_src, uint8_t *dst, size_t room);

/* The encoder of img_codec_lzvn; its state is a struct lz_chains. */
int lzvn_encode(void *encoder, int level, const void *src, size_t n_src, void *dst, size_t *io_dst, struct img_err *err);

#endif

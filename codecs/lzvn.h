/* SPDX-License-Identifier: BSD-2-Clause */
/* LZVN opcodes, bare or as the payload of an LZFSE block. */
#ifndef CODECS_LZVN_H
#define CODECS_LZVN_H

#include "codecs/lz.h"
#include "img/error.h"

enum lzvn_stop {
	LZVN_ENDED,	/* the end-of-stream opcode was met */
	LZVN_FULL,	/* @limit is reached */
	LZVN_STARVED,	/* the input ends before, or in, an opcode or its literals */
};

enum lzvn_flags {
	LZVN_STOP_FULL = 1,	/* stop as soon as @limit is reached: LZVN_FULL */
	LZVN_CLIP = 2,		/* and cut an opcode that would go beyond it short, which is an error otherwise */
};

/* Decode from *@io_src to @out until one of the above; an enum lzvn_stop, or a negative error with a bare cause
 * ("distance 7 at byte 3 …") to put the codec's name in front of.  Nothing is made beyond @limit <= out->end. */
int lzvn_run(const uint8_t **io_src, const uint8_t *end, struct lz_out *out, const uint8_t *limit, int flags,
	     struct img_err *err);

#endif

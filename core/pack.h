/* SPDX-License-Identifier: BSD-2-Clause */
/* What a compressor of streams implements, and where its bytes go. */
#ifndef CORE_PACK_H
#define CORE_PACK_H

#include <stdint.h>

#include "img/pack.h"

/* Takes compressed bytes, in order. */
typedef int pack_put(void *ctx, const void *bytes, size_t n, struct img_err *err);

struct img_pack_ops {
	/* @put and its @ctx outlive the state. */
	int (*begin)(int level, unsigned int threads, pack_put *put, void *ctx, void **ret, struct img_err *err);
	int (*add)(void *state, const void *bytes, size_t n, struct img_err *err);
	int (*finish)(void *state, struct img_err *err);	/* everything was added */
	void (*free)(void *state);
};

/* core/pack_pieces.c: pieces of a fixed size, each compressed for itself on a thread of its own. */
struct pack_piece_kind {
	size_t piece;			/* bytes of input */
	size_t (*bound)(size_t n);	/* bytes that @n may need */
	void *(*state_new)(int level);	/* of one thread */
	void (*state_free)(void *state);
	/* Compress into @dst, which has room for bound(n); 0: failed for want of memory. */
	size_t (*encode)(void *state, const void *src, size_t n, void *dst, size_t room);
	/* In place of the three above: @n bytes, the first of them byte @at of all, become as many.  Any thread. */
	int (*turn)(void *arg, uint64_t at, const void *src, size_t n, void *dst, struct img_err *err);
	void *arg;
};
/* A state that is the level and nothing else, an int: goes by free. */
void *pack_level_new(int level);
int pack_pieces_begin(const struct pack_piece_kind *kind, int level, unsigned int threads, pack_put *put, void *ctx,
		      void **ret, struct img_err *err);
int pack_pieces_add(void *state, const void *bytes, size_t n, struct img_err *err);
int pack_pieces_finish(void *state, struct img_err *err);
void pack_pieces_free(void *state);

extern const struct img_pack_ops pack_gzip, pack_bzip2, pack_xz, pack_zstd, pack_lz4;

#endif

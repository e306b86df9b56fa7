/* SPDX-License-Identifier: BSD-2-Clause */
/* A lazy LZ77 parse for the formats that count in whole bytes, ADC and LZVN: a window of 64 KiB, and matches that take two
 * bytes near by and three from farther away. */
#ifndef CODECS_LZ_CHAIN_H
#define CODECS_LZ_CHAIN_H

#include <stddef.h>
#include <stdint.h>

#define LZ_CHAIN_WINDOW 65536
#define LZ_CHAIN_BITS 14

/* Positions with the same hash, each with the way back to the one before. */
struct lz_chains {
	uint32_t head[1 << LZ_CHAIN_BITS];	/* the last position, plus one; 0: none */
	uint16_t back[LZ_CHAIN_WINDOW];		/* by the low bits of the position; 0: the end.  Never read before it is written */
};

struct lz_parse {
	struct lz_chains *chains;
	const uint8_t *src;
	size_t n_src;
	size_t max_dist, near_dist;	/* a match farther than near_dist costs a byte more */
	size_t anchor;			/* all before is given out */
};

/* Literals, then a match; n_match 0: these are the last literals. */
struct lz_cut {
	size_t n_literals, n_match, dist;
};

/* Chains for one thread to use again and again; freed by free.  NULL: no memory. */
void *lz_chains_new(void);

/* @n_src up to 4 GiB - 1. */
struct lz_parse lz_parse_start(struct lz_chains *c, const void *src, size_t n_src, size_t max_dist, size_t near_dist);
struct lz_cut lz_parse_next(struct lz_parse *p);

#endif

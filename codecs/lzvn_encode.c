/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing LZVN opcodes, which lzvn.c describes.
 *
 * The opcodes with a distance take up to three literals before their match; more literals have opcodes of their own in
 * front, and what a match is longer than its opcode can say is repeated at the same distance. */
#include "config.h"

#include "codecs/lzvn.h"

#include <stdbool.h>
#include <string.h>

#include "codecs/encode.h"

#define MAX_DIST 65535
#define SMALL_MAX 1535		/* greatest distance of the two-byte opcodes */
#define MEDIUM_MAX 16383
#define LARGE_RUN 271		/* most that one opcode takes, of literals or of a match at the same distance */

struct writer {
	uint8_t *at, *end;
	bool full;
};

static void
put(struct writer *w, uint32_t op, unsigned n_op, const uint8_t *lit, size_t n_literals)
{
	if ((size_t)(w->end - w->at) < n_op + n_literals)
		w->full = true;
	if (w->full)
		return;
	for (unsigned i = 0; i < n_op; i++)
		*w->at++ = (uint8_t)(op >> 8 * i);
	if (n_literals)
		memcpy(w->at, lit, n_literals);
	w->at += n_literals;
}

/* All but the last @spare or fewer literals. */
static void
put_literals(struct writer *w, const uint8_t **io_lit, size_t *io_n, size_t spare)
{
	while (*io_n > spare) {
		size_t n = *io_n < LARGE_RUN ? *io_n : LARGE_RUN;

		if (n > 15)
			put(w, 0xe0 | (uint32_t)(n - 16) << 8, 2, *io_lit, n);
		else
			put(w, 0xe0 | (uint32_t)n, 1, *io_lit, n);
		*io_lit += n;
		*io_n -= n;
	}
}

static void
put_repeat(struct writer *w, size_t n_match)
{
	for (size_t n; n_match; n_match -= n) {
		n = n_match < LARGE_RUN ? n_match : LARGE_RUN;
		if (n > 15)
			put(w, 0xf0 | (uint32_t)(n - 16) << 8, 2, NULL, 0);
		else
			put(w, 0xf0 | (uint32_t)n, 1, NULL, 0);
	}
}

/* Up to three literals and at least three bytes of a match; returns how many bytes of it are left. */
static size_t
put_match(struct writer *w, const uint8_t *lit, size_t l, size_t m, size_t dist, size_t last_dist)
{
	size_t now = m < 10 - 2 * l ? m : 10 - 2 * l;
	uint32_t lm = (uint32_t)(l << 6 | (now - 3) << 3), d = (uint32_t)dist;

	/* without literals the opcodes of put_repeat do */
	if (dist == last_dist && !l)
		return m;
	if (dist == last_dist) {
		put(w, lm | 6, 1, lit, l);
	} else if (dist <= SMALL_MAX && !(now < m && m <= 34 && m - now > 15)) {
		put(w, lm | d >> 8 | (d & 255) << 8, 2, lit, l);
	} else if (dist > MEDIUM_MAX || now == m) {
		put(w, lm | 7 | d << 8, 3, lit, l);
	} else {
		now = m < 34 ? m : 34;
		put(w, 0xa0 | (uint32_t)l << 3 | (uint32_t)(now - 3) >> 2 | ((uint32_t)(now - 3) & 3) << 8 | d << 10, 3, lit,
		    l);
	}
	return m - now;
}

size_t
lzvn_write(struct lz_chains *chains, const void *src, size_t n_src, uint8_t *dst, size_t room)
{
	struct lz_parse p = lz_parse_start(chains, src, n_src, MAX_DIST, SMALL_MAX);
	struct writer w = { .at = dst, .end = dst + room };
	size_t last_dist = 0;
	struct lz_cut s;

	do {
		const uint8_t *lit = (const uint8_t *)src + p.anchor;

		s = lz_parse_next(&p);
		put_literals(&w, &lit, &s.n_literals, s.n_match ? 3 : 0);
		if (s.n_match) {
			put_repeat(&w, put_match(&w, lit, s.n_literals, s.n_match, s.dist, last_dist));
			last_dist = s.dist;
		}
	} while (s.n_match && !w.full);
	put(&w, 6, 1, (const uint8_t *)"\0\0\0\0\0\0", 7);
	return w.full ? 0 : (size_t)(w.at - dst);
}

/* ---- the codec's part ---- */

int
lzvn_encode(void *encoder, int level, const void *src, size_t n_src, void *dst, size_t *io_dst, struct img_err *err)
{
	size_t n = n_src < UINT32_MAX ? lzvn_write(encoder, src, n_src, dst, *io_dst) : 0;

	if (!n)
		return encode_no_room(&img_codec_lzvn, n_src, *io_dst, err);
	*io_dst = n;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Hash chains over three bytes.  A match is taken unless the next position has one that saves more, and before it stands
 * only a literal (lazy matching).  In data without matches the search takes longer and longer steps. */
#include "config.h"

#include "codecs/lz_chain.h"

#include <stdlib.h>

#include "codecs/lz.h"
#include "core/bytes.h"

#define MIN_MATCH 3
#define DEPTH 24	/* candidates looked at */
#define NICE 64		/* long enough: look no further */

struct found {
	size_t len, dist;
	ptrdiff_t gain;		/* bytes saved */
};

static inline uint32_t
hash3(const uint8_t *p)
{
	return (load_le32(p) << 8) * 2654435761U >> (32 - LZ_CHAIN_BITS);
}

/* Enter @pos; returns the way back to the last one with its hash, 0: there is none in the window. */
static inline uint16_t
enter(struct lz_parse *p, size_t pos)
{
	uint32_t *head = &p->chains->head[hash3(p->src + pos)];
	size_t back = *head ? pos - (*head - 1) : 0;

	if (back >= LZ_CHAIN_WINDOW)
		back = 0;
	*head = (uint32_t)pos + 1;
	p->chains->back[pos % LZ_CHAIN_WINDOW] = (uint16_t)back;
	return (uint16_t)back;
}

static ptrdiff_t
gain_of(const struct lz_parse *p, size_t len, size_t dist)
{
	return (ptrdiff_t)len - (dist <= p->near_dist ? 2 : 3);
}

/* Enter @pos and find the match there that saves most. */
static struct found
search(struct lz_parse *p, size_t pos)
{
	const uint8_t *here = p->src + pos;
	size_t max = p->n_src - pos, dist = 0, back = enter(p, pos);
	struct found best = { 0 };

	for (int i = 0; back && i < DEPTH; i++) {
		size_t len;

		dist += back;
		if (dist > p->max_dist)
			break;
		back = p->chains->back[(pos - dist) % LZ_CHAIN_WINDOW];
		if (here[best.len] != (here - dist)[best.len])
			continue;
		len = lz_common(here, here - dist, max);
		if (len >= MIN_MATCH && gain_of(p, len, dist) > best.gain)
			best = (struct found) { len, dist, gain_of(p, len, dist) };
		if (len >= NICE || len == max)
			break;
	}
	return best;
}

void *
lz_chains_new(void)
{
	return malloc(sizeof(struct lz_chains));
}

struct lz_parse
lz_parse_start(struct lz_chains *c, const void *src, size_t n_src, size_t max_dist, size_t near_dist)
{
	memset(c->head, 0, sizeof c->head);
	return (struct lz_parse) { .chains = c, .src = src, .n_src = n_src, .max_dist = max_dist, .near_dist = near_dist };
}

struct lz_cut
lz_parse_next(struct lz_parse *p)
{
	/* hashing loads four bytes */
	size_t pos = p->anchor, last = p->n_src < 4 ? 0 : p->n_src - 3, end;
	struct found f = { 0 };
	struct lz_cut ret;

	while (pos < last) {
		struct found next;

		f = search(p, pos);
		if (!f.len) {
			pos += lz_step(p->src + pos, pos - p->anchor);
			continue;
		}
		while (f.len < NICE && pos + 1 < last) {
			next = search(p, pos + 1);
			if (next.gain <= f.gain)
				break;
			f = next;
			pos++;
		}
		break;
	}
	if (!f.len)
		pos = p->n_src;
	ret = (struct lz_cut) { .n_literals = pos - p->anchor, .n_match = f.len, .dist = f.dist };
	end = pos + f.len;
	/* the first two are entered; of a long match a part will do */
	for (size_t i = pos + 2; i < end && i < last; i++) {
		if (i == pos + 4 * (size_t)NICE && end - i > NICE)
			i = end - NICE;
		enter(p, i);
	}
	p->anchor = end;
	return ret;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding the matches of an LZFSE stream.
 *
 * Four candidates at most are looked at for each position, all in one row of a table that stays in the cache
 * (struct lzfse_rows); besides, the distance of the match before, which costs next to nothing to say again.  A match is
 * taken unless one of the next two positions has a better one (lazy matching).  What a match is worth is estimated in
 * bits: it replaces literals of six bits or so, and costs the more the farther it reaches.
 *
 * In data without matches the search takes longer and longer steps. */
#include "config.h"

#include "codecs/lzfse_encode.h"

#define NICE 40		/* long enough: look no further */
#define SHORT 8		/* short enough: look two positions ahead */
#define VERY_LONG (1 << 24)

struct found {
	uint32_t len, dist;
	int32_t gain;
};

struct parse {
	struct lzfse_encoder *e;
	const uint8_t *src, *end;
	const uint8_t *last;	/* searches begin before here; eight bytes can be loaded */
	const uint8_t *searched;/* all before it, but for long steps, are entered */
	uint32_t dist;		/* of the match before */
};

static inline uint32_t
load32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap32(v);
#endif
	return v;
}

/* The row of the four bytes @v, and the entry for @pos: the upper bits of it and the lower ones of the position. */
static inline uint32_t *
row_of(struct parse *p, uint32_t v, size_t pos, uint32_t *ret_entry)
{
	uint32_t h = v * 2654435761U;

	*ret_entry = (h << LZFSE_ROW_BITS & 0xfff00000) | ((uint32_t)pos & 0xfffff);
	return p->e->rows.e[h >> (32 - LZFSE_ROW_BITS)];
}

static inline void
row_push(uint32_t *row, uint32_t entry)
{
	memmove(row + 1, row, (LZFSE_WAYS - 1) * sizeof *row);
	row[0] = entry;
}

static inline void
enter(struct parse *p, const uint8_t *at)
{
	uint32_t entry, *row = row_of(p, load32(at), (size_t)(at - p->src), &entry);

	row_push(row, entry);
}

/* In bits, against literals of six; a distance takes one for each doubling.  More than 0 even for the shortest match from
 * farthest away. */
static inline int32_t
gain_of(uint32_t len, uint32_t dist)
{
	return (int32_t)(len < VERY_LONG ? len : VERY_LONG) * 6 - (31 - __builtin_clz(dist));
}

/* Enter @at and find the best match there; len 0: there is none. */
static inline struct found
search(struct parse *p, const uint8_t *at)
{
	size_t pos = (size_t)(at - p->src), max = (size_t)(p->end - at);
	uint32_t v = load32(at), entry, *row = row_of(p, v, pos, &entry);
	struct found best = { 0 };

	if (p->dist && load32(at - p->dist) == v) {
		best.len = (uint32_t)(4 + lz_common(at + 4, at - p->dist + 4, max - 4));
		best.dist = p->dist;
		best.gain = gain_of(best.len, 1);
	}
	for (int i = 0; i < LZFSE_WAYS && best.len < max; i++) {
		uint32_t dist = (entry - row[i]) & 0xfffff, len;
		int32_t gain;

		if ((entry ^ row[i]) >> 20 || dist - 1 >= LZFSE_MAX_D || dist > pos)
			continue;
		if (at[best.len] != (at - dist)[best.len] || load32(at - dist) != v)
			continue;
		len = (uint32_t)(4 + lz_common(at + 4, at - dist + 4, max - 4));
		gain = gain_of(len, dist);
		if (gain > best.gain)
			best = (struct found) { len, dist, gain };
	}
	row_push(row, entry);
	p->searched = at + 1;
	return best;
}

/* The match @f was found at @at: is there a better one at one of the next two positions?  The second costs another
 * literal, and only short matches are worth asking for it.  Returns where, with *@f, or NULL. */
static inline const uint8_t *
better(struct parse *p, const uint8_t *at, struct found *f)
{
	struct found next;

	if (f->len >= NICE || at + 1 >= p->last)
		return NULL;
	next = search(p, at + 1);
	if (next.gain > f->gain) {
		*f = next;
		return at + 1;
	}
	if (f->len >= SHORT || at + 2 >= p->last)
		return NULL;
	next = search(p, at + 2);
	if (next.gain > f->gain + 4) {
		*f = next;
		return at + 2;
	}
	return NULL;
}

/* Find the next match, where literals begin at @anchor, before p->last.  ret->len 0: there is none. */
static const uint8_t *
next_match(struct parse *p, const uint8_t *anchor, struct found *ret)
{
	const uint8_t *at = anchor, *next;

	for (;;) {
		size_t step = lz_step(at, (size_t)(at - anchor));

		*ret = search(p, at);
		if (ret->len)
			break;
		if ((size_t)(p->last - at) <= step)
			return at;
		at += step;
	}
	while ((next = better(p, at, ret)))
		at = next;
	return at;
}

/* Enter what a match covers, of a very long one the ends. */
static inline void
enter_match(struct parse *p, const uint8_t *at, const uint8_t *end)
{
	const uint8_t *q = p->searched < at + 1 ? at + 1 : p->searched;

	if (end > p->last)
		end = p->last;
	if (lz_unlikely(end - q > 4 * NICE)) {
		for (const uint8_t *to = q + NICE; q < to; q++)
			enter(p, q);
		q = end - NICE;
	}
	for (; q < end; q++)
		enter(p, q);
}

void
lzfse_parse(struct lzfse_encoder *e, const uint8_t *src, size_t n_src)
{
	struct parse p = { .e = e, .src = src, .end = src + n_src, .last = n_src < 8 ? src : src + n_src - 8 };
	const uint8_t *anchor = src;

	memset(&e->rows, 0, sizeof e->rows);
	while (anchor < p.last && !e->out.full) {
		struct found f;
		const uint8_t *at = next_match(&p, anchor, &f), *end;

		if (!f.len)
			break;
		end = at + f.len;
		enter_match(&p, at, end);
		/* long steps may have missed where it begins */
		while (at > anchor && (size_t)(at - src) > f.dist && at[-1] == (at - f.dist)[-1]) {
			at--;
			f.len++;
		}
		lzfse_put(e, anchor, (size_t)(at - anchor), f.len, f.dist);
		p.dist = f.dist;
		anchor = end;
	}
	lzfse_put(e, anchor, (size_t)(p.end - anchor), 0, 0);
}

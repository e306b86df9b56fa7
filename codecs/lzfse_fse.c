/* SPDX-License-Identifier: BSD-2-Clause */
/* The payload of an LZFSE block: LZ77 under finite state entropy coding (FSE).
 *
 * Two bit streams follow the header, literals first, then triplets L, M, D: copy L literals, then M bytes from D back;
 * a D of 0 repeats the one before.  Encoders run from the last symbol to the first, so both streams are read from their
 * end towards their start, the highest bit of the last byte first.
 *
 * A decoder is a number, its state, that picks an entry of a table: the entry names the symbol and how many bits to
 * read, and its delta plus these bits are the next state.  A symbol of frequency f owns f states in a row; with S states
 * in all each of the f reads k or k - 1 bits, where k is the power that lifts f to S, so that together they reach every
 * state once.  Entries of L, M and D also read the extra bits of the value, in one go.  Literals use four states in turn
 * so that a processor can look up four entries at once.
 *
 * Speed comes from three things.  The reader keeps its bits at the top of a word, whose rotations are independent of
 * each other, and asks for memory without waiting for the symbol before (refill).  Literals are decoded all at once to a
 * buffer with slack.  Copies move 16 bytes at a time wherever the output has room for the excess. */
#include "config.h"

#include "codecs/lzfse.h"

/* ---- tables ---- */

/* Entry @j of the @f of a symbol, in a table of @n_states: bits to read, and the delta. */
static inline unsigned
fse_entry(uint32_t f, uint32_t j, uint32_t n_states, uint16_t *ret_delta)
{
	unsigned k = (unsigned)(__builtin_clz(f) - __builtin_clz(n_states));	/* n_states <= f << k < 2 * n_states */
	uint32_t j0 = (2 * n_states >> k) - f;

	if (j < j0) {
		*ret_delta = (uint16_t)(((f + j) << k) - n_states);
		return k;
	}
	*ret_delta = (uint16_t)((j - j0) << (k - 1));
	return k - 1;
}

/* Returns the states that belong to some symbol.  Those behind, if the sum falls short, cannot be reached in what an
 * encoder made; all their entries lead to state 0. */
static uint32_t
literal_table(const uint16_t *freq, struct lzfse_literal *ret)
{
	uint32_t n = 0;

	for (int i = 0; i < LZFSE_U_SYMBOLS; i++) {
		for (uint32_t j = 0; j < freq[i]; j++, n++) {
			ret[n].symbol = (uint8_t)i;
			ret[n].bits = (uint8_t)fse_entry(freq[i], j, LZFSE_U_STATES, &ret[n].delta);
		}
	}
	memset(ret + n, 0, (LZFSE_U_STATES - n) * sizeof *ret);
	return n;
}

/* What a symbol of L, M or D stands for: base, and extra bits to add. */
struct meaning {
	uint32_t base;
	uint8_t extra;
};

static struct meaning
meaning_of_l(int symbol)
{
	static const struct meaning high[4] = { { 16, 2 }, { 20, 3 }, { 28, 5 }, { 60, 8 } };

	return symbol < 16 ? (struct meaning) { (uint32_t)symbol, 0 } : high[symbol - 16];
}

static struct meaning
meaning_of_m(int symbol)
{
	static const struct meaning high[4] = { { 16, 3 }, { 24, 5 }, { 56, 8 }, { 312, 11 } };

	return symbol < 16 ? (struct meaning) { (uint32_t)symbol, 0 } : high[symbol - 16];
}

/* four symbols for each number of extra bits */
static struct meaning
meaning_of_d(int symbol)
{
	unsigned extra = (unsigned)symbol / 4;
	uint32_t group = 4 * ((1U << extra) - 1);

	return (struct meaning) { group + ((uint32_t)(symbol % 4) << extra), (uint8_t)extra };
}

/* As literal_table; a state that belongs to nobody gives a value no block can have room for. */
static uint32_t
value_table(const uint16_t *freq, int n_symbols, struct meaning (*meaning_of)(int), uint32_t n_states,
	    struct lzfse_value *ret)
{
	uint32_t n = 0;

	for (int i = 0; i < n_symbols; i++) {
		struct meaning mean = meaning_of(i);

		for (uint32_t j = 0; j < freq[i]; j++, n++) {
			ret[n].base = mean.base;
			ret[n].extra = mean.extra;
			ret[n].total = (uint8_t)(fse_entry(freq[i], j, n_states, &ret[n].delta) + mean.extra);
		}
	}
	for (uint32_t i = n; i < n_states; i++)
		ret[i] = (struct lzfse_value) { .base = UINT32_MAX };
	return n;
}

/* ---- bits, backwards ---- */

struct bits {
	uint64_t word;		/* the next bit to read is the highest */
	unsigned n;		/* so many of them count; those below are zero or what a refill will put there */
	const uint8_t *p;	/* all bytes from here on are in @word or read */
	const uint8_t *begin;	/* of the payload; 32 bytes of the block lie before it */
};

/* @missing: bits of the last byte that hold nothing, 0 to 7; false if they are not zero. */
static bool
bits_open(struct bits *b, const uint8_t *begin, size_t len, int missing)
{
	const uint8_t *end = begin + len;
	uint64_t last = lz_load64(end - 8);

	/* a full word would count 64 bits, one too many for refill's shift: its lowest byte is read again instead */
	*b = (struct bits) {
		.word = last << missing, .n = missing ? 64 - (unsigned)missing : 56,
		.p = missing ? end - 8 : end - 7, .begin = begin,
	};
	return !missing || !(last >> (64 - missing));
}

/* Have 56 bits or more.  false: more was read than there is, by 8 bytes; the memory before the payload still bears it.
 * The load does not depend on what is read of the bits it brings, but on the refill before. */
static inline bool
bits_refill(struct bits *b)
{
	if (lz_unlikely(b->p < b->begin - 8))
		return false;
	b->word |= lz_load64(b->p - 8) >> b->n;
	b->p -= (63 - b->n) >> 3;
	b->n |= 56;
	return true;
}

static inline void
bits_drop(struct bits *b, unsigned n)
{
	b->word <<= n;
	b->n -= n;
}

/* Were all bits that have been read in the payload? */
static bool
bits_ok(const struct bits *b)
{
	return (b->p - b->begin) * 8 + (ptrdiff_t)b->n >= 0;
}

/* The bits of @word from @from down to @upto, counted from the top; @upto <= 63 */
static inline uint32_t
bits_at(uint64_t word, unsigned from, unsigned upto)
{
	return (uint32_t)((word << from) >> 1 >> (63 - (upto - from)));
}

/* ---- literals ---- */

static int
literals_decode(struct lzfse_tables *t, const struct lzfse_block *b, const uint8_t *payload, struct img_err *err)
{
	const uint16_t *s = b->literal_state;
	uint32_t s0 = s[0], s1 = s[1], s2 = s[2], s3 = s[3];
	const struct lzfse_literal *u = t->u;
	uint32_t n_states;
	struct bits in;

	if (!b->n_literals)
		return 0;
	n_states = literal_table(b->freq + LZFSE_N_FREQS - LZFSE_U_SYMBOLS, t->u);
	if (s0 >= n_states || s1 >= n_states || s2 >= n_states || s3 >= n_states)
		return img_fail(err, IMG_E_FORMAT, "its literals start in a state beyond the %u of its table", n_states);
	if (!bits_open(&in, payload, b->n_literal_bytes, -b->literal_bits))
		return img_fail(err, IMG_E_FORMAT, "its literals end in bits that are not zero");
	for (uint32_t i = 0; i < b->n_literals; i += 4) {
		struct lzfse_literal e0 = u[s0], e1 = u[s1], e2 = u[s2], e3 = u[s3];
		unsigned b0 = e0.bits, b1 = b0 + e1.bits, b2 = b1 + e2.bits, b3 = b2 + e3.bits;

		if (lz_unlikely(!bits_refill(&in)))
			break;
		t->literals[i] = e0.symbol;
		t->literals[i + 1] = e1.symbol;
		t->literals[i + 2] = e2.symbol;
		t->literals[i + 3] = e3.symbol;
		s0 = e0.delta + bits_at(in.word, 0, b0);
		s1 = e1.delta + bits_at(in.word, b0, b1);
		s2 = e2.delta + bits_at(in.word, b1, b2);
		s3 = e3.delta + bits_at(in.word, b2, b3);
		bits_drop(&in, b3);
	}
	if (!bits_ok(&in))
		return img_fail(err, IMG_E_FORMAT, "its literals take more than their %u bytes", b->n_literal_bytes);
	return 0;
}

/* ---- triplets ---- */

struct triplets {
	struct bits in;
	const struct lzfse_tables *t;
	uint32_t l_state, m_state, d_state;
};

struct triplet {
	uint32_t l, m, d;
};

static int
triplets_open(struct triplets *tr, struct lzfse_tables *t, const struct lzfse_block *b, const uint8_t *payload,
	      struct img_err *err)
{
	const uint16_t *l = b->freq, *m = l + LZFSE_L_SYMBOLS, *d = m + LZFSE_M_SYMBOLS;
	uint32_t n_l = value_table(l, LZFSE_L_SYMBOLS, meaning_of_l, LZFSE_L_STATES, t->l);
	uint32_t n_m = value_table(m, LZFSE_M_SYMBOLS, meaning_of_m, LZFSE_M_STATES, t->m);
	uint32_t n_d = value_table(d, LZFSE_D_SYMBOLS, meaning_of_d, LZFSE_D_STATES, t->d);

	if (b->l_state >= n_l || b->m_state >= n_m || b->d_state >= n_d)
		return img_fail(err, IMG_E_FORMAT, "its matches start in a state beyond the %u, %u and %u of its tables", n_l,
				n_m, n_d);
	tr->t = t;
	tr->l_state = b->l_state;
	tr->m_state = b->m_state;
	tr->d_state = b->d_state;
	if (!bits_open(&tr->in, payload, b->n_match_bytes, -b->match_bits))
		return img_fail(err, IMG_E_FORMAT, "its matches end in bits that are not zero");
	return 0;
}

static inline uint32_t
value_step(const struct lzfse_value *e, uint64_t word, unsigned from, uint32_t *ret_state)
{
	uint32_t x = bits_at(word, from, from + e->total);

	*ret_state = e->delta + (x >> e->extra);
	return e->base + (x & ((1U << e->extra) - 1));
}

/* At most 54 bits: 14 for L, 17 for M, 23 for D. */
static inline bool
triplets_next(struct triplets *tr, struct triplet *ret)
{
	const struct lzfse_value *l = &tr->t->l[tr->l_state], *m = &tr->t->m[tr->m_state], *d = &tr->t->d[tr->d_state];
	unsigned b0 = l->total, b1 = b0 + m->total, b2 = b1 + d->total;

	if (lz_unlikely(!bits_refill(&tr->in)))
		return false;
	ret->l = value_step(l, tr->in.word, 0, &tr->l_state);
	ret->m = value_step(m, tr->in.word, b0, &tr->m_state);
	ret->d = value_step(d, tr->in.word, b1, &tr->d_state);
	bits_drop(&tr->in, b2);
	return true;
}

/* A head ends inside this triplet. */
static void
triplet_clip(struct triplet *x, size_t room)
{
	if (x->l > room)
		x->l = (uint32_t)room;
	if (x->m > room - x->l)
		x->m = (uint32_t)room - x->l;
}

/* Carry out up to @n triplets, to @limit and no further. */
static int
triplets_run(struct triplets *tr, uint32_t n, uint32_t n_literals, struct lz_out *out, const uint8_t *limit, bool clip,
	     struct img_err *err)
{
	const uint8_t *lit = tr->t->literals, *lit_end = lit + n_literals;
	uint8_t *at = out->at;
	size_t dist = 0;

	for (uint32_t i = 0; i < n; i++) {
		size_t room = (size_t)(out->end - at);
		struct triplet x;

		if (lz_unlikely(!triplets_next(tr, &x)))
			break;
		dist = x.d ? x.d : dist;
		if (lz_unlikely(x.l > (size_t)(lit_end - lit)))
			return img_fail(err, IMG_E_FORMAT, "match %u takes more literals than there are", i);
		if (lz_unlikely((uint64_t)x.l + x.m > (size_t)(limit - at))) {
			if (!clip)
				return img_fail(err, IMG_E_FORMAT, "match %u gives more bytes than the header says", i);
			triplet_clip(&x, (size_t)(limit - at));
		}
		if (lz_unlikely(dist - 1 >= (size_t)(at - out->start) + x.l) && x.m)
			return img_fail(err, IMG_E_FORMAT, "match %u has distance %zu with %zu bytes of output", i, dist,
					(size_t)(at - out->start) + x.l);
		if (lz_likely(room - x.l - x.m >= LZ_SLACK)) {
			lz_wild_literals(at, lit, x.l);
			if (x.m)
				lz_wild_match(at + x.l, dist, x.m);
		} else {
			memcpy(at, lit, x.l);
			lz_exact_match(at + x.l, dist, x.m);
		}
		lit += x.l;
		at += x.l + x.m;
		if (clip && at == limit)
			break;
	}
	if (!bits_ok(&tr->in))
		return img_fail(err, IMG_E_FORMAT, "its matches take more than their bytes");
	out->at = at;
	return 0;
}

int
lzfse_block_decode(struct lzfse_tables *t, const struct lzfse_block *b, const uint8_t *p, struct lz_out *out, bool clip,
		   struct img_err *err)
{
	const uint8_t *literals = p + b->n_header, *matches = literals + b->n_literal_bytes, *limit;
	size_t room = (size_t)(out->end - out->at);
	struct triplets tr = { 0 };
	int rc;

	limit = out->at + (b->n_raw < room ? b->n_raw : room);
	rc = literals_decode(t, b, literals, err);
	if (rc)
		return rc;
	if (b->n_matches) {
		rc = triplets_open(&tr, t, b, matches, err);
		if (rc)
			return rc;
		rc = triplets_run(&tr, b->n_matches, b->n_literals, out, limit, clip && b->n_raw > room, err);
		if (rc)
			return rc;
	}
	if (out->at != limit)
		return img_fail(err, IMG_E_FORMAT, "it gives %zu bytes less than its header says",
				(size_t)(limit - out->at));
	return 0;
}

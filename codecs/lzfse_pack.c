/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing the entropy-coded block that lzfse_fse.c reads; how the states work is told there.
 *
 * The encoder runs from the last symbol to the first, so that the decoder, which reads the bits from their end, meets
 * them in order.  Here a state x lies in [S, 2S), where S is the number of states.  A symbol of frequency f whose states
 * begin at off leaves the low bits of x in the stream, k of them or k - 1, so many that [f, 2f) remains, and that is
 * moved to the states of the symbol:
 *
 *     bits = k if x >= f << k, else k - 1          S <= f << k < 2S
 *     x    = S + off - f + (x >> bits)
 *
 * Both need one addition and one shift of what is prepared per symbol (struct step): k and f << k make one number whose
 * upper half, after adding x, is the number of bits. */
#include "config.h"

#include "codecs/lzfse_encode.h"

/* ---- bits ---- */

struct bits_out {
	uint64_t acc;		/* the next bit goes to position @n; fewer than 8 after a flush */
	unsigned n;
	uint8_t *p, *end;
	bool full;
};

/* At most 56 bits between two flushes. */
static inline void
bits_put(struct bits_out *b, uint32_t v, unsigned n)
{
	b->acc |= (uint64_t)v << b->n;
	b->n += n;
}

static inline void
bits_flush(struct bits_out *b)
{
	unsigned n = b->n >> 3;

	if (lz_likely(b->end - b->p >= 8)) {
		lz_store64(b->p, b->acc);
		b->p += n;
	} else {
		if ((size_t)(b->end - b->p) < n)
			b->full = true;
		for (unsigned i = 0; i < n && !b->full; i++)
			*b->p++ = (uint8_t)(b->acc >> 8 * i);
	}
	b->acc >>= 8 * n;
	b->n &= 7;
}

/* Write what is left.  Returns minus the bits missing in the last byte. */
static int
bits_done(struct bits_out *b)
{
	int missing;

	bits_flush(b);
	missing = b->n ? 8 - (int)b->n : 0;
	if (!b->n)
		return 0;
	if (b->p == b->end)
		b->full = true;
	else
		*b->p++ = (uint8_t)b->acc;
	return -missing;
}

/* ---- symbols ---- */

struct step {
	uint32_t bits;		/* (k << 16) - (f << k) */
	int32_t base;		/* S + off - f */
};

static void
steps_make(const uint16_t *freq, int n_symbols, uint32_t n_states, struct step *ret)
{
	uint32_t off = 0;

	for (int i = 0; i < n_symbols; i++) {
		uint32_t f = freq[i];
		unsigned k;

		if (!f)
			continue;
		k = (unsigned)(__builtin_clz(f) - __builtin_clz(n_states));
		ret[i].bits = (k << 16) - (f << k);
		ret[i].base = (int32_t)(n_states + off - f);
		off += f;
	}
}

static inline uint32_t
step_take(const struct step *s, uint32_t x, struct bits_out *b)
{
	unsigned n = (x + s->bits) >> 16;

	bits_put(b, x & ((1U << n) - 1), n);
	return (uint32_t)s->base + (x >> n);
}

/* Symbol and extra bits of a value; bases and bits as lzfse_fse.c has them. */
struct coded {
	uint32_t symbol, extra;
	unsigned n_extra;
};

static inline struct coded
code_l(uint32_t v)
{
	if (v < 16)
		return (struct coded) { v, 0, 0 };
	if (v < 20)
		return (struct coded) { 16, v - 16, 2 };
	if (v < 28)
		return (struct coded) { 17, v - 20, 3 };
	if (v < 60)
		return (struct coded) { 18, v - 28, 5 };
	return (struct coded) { 19, v - 60, 8 };
}

static inline struct coded
code_m(uint32_t v)
{
	if (v < 16)
		return (struct coded) { v, 0, 0 };
	if (v < 24)
		return (struct coded) { 16, v - 16, 3 };
	if (v < 56)
		return (struct coded) { 17, v - 24, 5 };
	if (v < 312)
		return (struct coded) { 18, v - 56, 8 };
	return (struct coded) { 19, v - 312, 11 };
}

static inline struct coded
code_d(uint32_t v)
{
	unsigned g = 29 - (unsigned)__builtin_clz(v + 4);	/* groups begin at 4 * 2^g - 4 */

	return (struct coded) { 4 * g + ((v + 4) >> g & 3), (v + 4) & ((1U << g) - 1), g };
}

/* ---- frequencies ---- */

/* Too much was given out: take it back where it hurts least, a part of what each symbol has above one. */
static void
freqs_shave(uint16_t *f, int n, uint32_t over)
{
	for (int shift = 3; over; shift = shift ? shift - 1 : 0) {
		for (int i = 0; i < n && over; i++) {
			uint32_t less = f[i] > 1 ? (f[i] - 1U) >> shift : 0;

			less = less < over ? less : over;
			f[i] = (uint16_t)(f[i] - less);
			over -= less;
		}
	}
}

/* Scale @count to a sum of @n_states, at least one for each that occurs. */
static void
freqs_scale(const uint32_t *count, int n, uint32_t n_states, uint16_t *ret)
{
	uint32_t total = 0, sum = 0;
	int most = 0;

	for (int i = 0; i < n; i++)
		total += count[i];
	/* a block without literals: 7-Zip wants a full table all the same (observed: 22.01) */
	memset(ret, 0, (size_t)n * sizeof *ret);
	if (!total) {
		ret[0] = (uint16_t)n_states;
		return;
	}
	for (int i = 0; i < n; i++) {
		uint32_t f = (uint32_t)(((uint64_t)count[i] * n_states * 2 / total + 1) / 2);

		ret[i] = (uint16_t)(count[i] && !f ? 1 : f);
		sum += ret[i];
		most = count[i] > count[most] ? i : most;
	}
	if (sum <= n_states)
		ret[most] = (uint16_t)(ret[most] + n_states - sum);
	else if (sum - n_states <= ret[most] / 4U)
		ret[most] = (uint16_t)(ret[most] - (sum - n_states));
	else
		freqs_shave(ret, n, sum - n_states);
}

/* Distances that repeat become 0.  Without a match any will do, and this is the cheapest; but the first of a block must be
 * one that its literals reach (observed: reference decoder). */
static void
distances_fold(struct lzfse_pending *b)
{
	uint32_t last = 0;

	for (uint32_t i = 0; i < b->n_triplets; i++) {
		struct lzfse_triplet *t = &b->triplets[i];

		if (!t->m)
			t->d = last ? last : 1;
		if (t->d == last)
			t->d = 0;
		else
			last = t->d;
	}
}

static void
freqs_make(const struct lzfse_pending *b, uint16_t *freq)
{
	uint32_t l[LZFSE_L_SYMBOLS] = { 0 }, m[LZFSE_M_SYMBOLS] = { 0 }, d[LZFSE_D_SYMBOLS] = { 0 };
	uint32_t u[2][LZFSE_U_SYMBOLS] = { { 0 } };	/* two: the same literal twice in a row would have to wait */

	for (uint32_t i = 0; i < b->n_triplets; i++) {
		l[code_l(b->triplets[i].l).symbol]++;
		m[code_m(b->triplets[i].m).symbol]++;
		d[code_d(b->triplets[i].d).symbol]++;
	}
	for (uint32_t i = 0; i < b->n_literals; i += 2) {
		u[0][b->literals[i]]++;
		u[1][b->literals[i + 1]]++;
	}
	for (int i = 0; i < LZFSE_U_SYMBOLS; i++)
		u[0][i] += u[1][i];
	freqs_scale(l, LZFSE_L_SYMBOLS, LZFSE_L_STATES, freq);
	freqs_scale(m, LZFSE_M_SYMBOLS, LZFSE_M_STATES, freq + LZFSE_L_SYMBOLS);
	freqs_scale(d, LZFSE_D_SYMBOLS, LZFSE_D_STATES, freq + LZFSE_L_SYMBOLS + LZFSE_M_SYMBOLS);
	freqs_scale(u[0], LZFSE_U_SYMBOLS, LZFSE_U_STATES, freq + LZFSE_N_FREQS - LZFSE_U_SYMBOLS);
}

/* ---- payloads ---- */

/* Four states in turn; 40 bits at most between flushes. */
static bool
literals_write(const struct lzfse_pending *p, struct lzfse_block *b, uint8_t **io_at, uint8_t *end)
{
	struct bits_out out = { .p = *io_at, .end = end };
	uint32_t x0 = LZFSE_U_STATES, x1 = x0, x2 = x0, x3 = x0;
	struct step steps[LZFSE_U_SYMBOLS];

	steps_make(b->freq + LZFSE_N_FREQS - LZFSE_U_SYMBOLS, LZFSE_U_SYMBOLS, LZFSE_U_STATES, steps);
	for (uint32_t i = p->n_literals; i && !out.full; i -= 4) {
		const uint8_t *lit = p->literals + i - 4;

		x3 = step_take(&steps[lit[3]], x3, &out);
		x2 = step_take(&steps[lit[2]], x2, &out);
		x1 = step_take(&steps[lit[1]], x1, &out);
		x0 = step_take(&steps[lit[0]], x0, &out);
		bits_flush(&out);
	}
	b->literal_bits = bits_done(&out);
	b->literal_state[0] = (uint16_t)(x0 - LZFSE_U_STATES);
	b->literal_state[1] = (uint16_t)(x1 - LZFSE_U_STATES);
	b->literal_state[2] = (uint16_t)(x2 - LZFSE_U_STATES);
	b->literal_state[3] = (uint16_t)(x3 - LZFSE_U_STATES);
	b->n_literal_bytes = (uint32_t)(out.p - *io_at);
	*io_at = out.p;
	return !out.full;
}

static inline uint32_t
value_take(const struct step *steps, struct coded c, uint32_t x, struct bits_out *out)
{
	bits_put(out, c.extra, c.n_extra);
	return step_take(&steps[c.symbol], x, out);
}

/* 54 bits at most for a triplet: 23 for D, 17 for M, 14 for L. */
static bool
triplets_write(const struct lzfse_pending *p, struct lzfse_block *b, uint8_t **io_at, uint8_t *end)
{
	uint32_t l = LZFSE_L_STATES, m = LZFSE_M_STATES, d = LZFSE_D_STATES;
	struct step ls[LZFSE_L_SYMBOLS], ms[LZFSE_M_SYMBOLS], ds[LZFSE_D_SYMBOLS];
	struct bits_out out = { .p = *io_at, .end = end };

	if (end - *io_at < 8)
		return false;
	/* so that eight bytes can be loaded anywhere */
	memset(out.p, 0, 8);
	out.p += 8;
	steps_make(b->freq, LZFSE_L_SYMBOLS, LZFSE_L_STATES, ls);
	steps_make(b->freq + LZFSE_L_SYMBOLS, LZFSE_M_SYMBOLS, LZFSE_M_STATES, ms);
	steps_make(b->freq + LZFSE_L_SYMBOLS + LZFSE_M_SYMBOLS, LZFSE_D_SYMBOLS, LZFSE_D_STATES, ds);
	for (uint32_t i = p->n_triplets; i && !out.full; i--) {
		const struct lzfse_triplet *t = &p->triplets[i - 1];

		d = value_take(ds, code_d(t->d), d, &out);
		m = value_take(ms, code_m(t->m), m, &out);
		l = value_take(ls, code_l(t->l), l, &out);
		bits_flush(&out);
	}
	b->match_bits = bits_done(&out);
	b->l_state = (uint16_t)(l - LZFSE_L_STATES);
	b->m_state = (uint16_t)(m - LZFSE_M_STATES);
	b->d_state = (uint16_t)(d - LZFSE_D_STATES);
	b->n_match_bytes = (uint32_t)(out.p - *io_at);
	*io_at = out.p;
	return !out.full;
}

size_t
lzfse_pack(struct lzfse_pending *p, uint8_t *dst, size_t room)
{
	uint8_t tables[LZFSE_FREQS_ROOM], *at = dst, *end = dst + room;
	struct lzfse_block b = { .n_raw = (uint32_t)p->n_raw, .n_matches = p->n_triplets };
	size_t n_tables;

	while (p->n_literals % 4)
		p->literals[p->n_literals++] = 0;
	b.n_literals = p->n_literals;
	distances_fold(p);
	freqs_make(p, b.freq);
	n_tables = lzfse_freqs_emit(b.freq, tables);
	b.n_header = (uint32_t)(LZFSE_V2_LEN + n_tables);
	if (room < b.n_header)
		return 0;
	at += b.n_header;
	if (!literals_write(p, &b, &at, end) || !triplets_write(p, &b, &at, end))
		return 0;
	lzfse_header_emit(&b, dst);
	memcpy(dst + LZFSE_V2_LEN, tables, n_tables);
	return (size_t)(at - dst);
}

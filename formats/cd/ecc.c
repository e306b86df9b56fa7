/* SPDX-License-Identifier: BSD-2-Clause */
/* The parity of a sector: a product of two Reed-Solomon codes over GF(2^8), polynomial 0x11d (ECMA-130 annex A).
 *
 * The 2064 bytes from the header on, and behind them the parity itself, are a table of 26 rows of 86 bytes.  Every column
 * is a word of P: 24 bytes and two of parity.  A word of Q takes the 43 pairs of bytes of a diagonal, one of the two of
 * each: pair k of diagonal j stands in row j + k modulo 26, pair column k; its parity follows the table.  In form 1 the
 * header counts as zeros.
 *
 * A word's bytes add up to 0, and so do they weighted with powers of 2, the last one with 1.  With a the weighted and b the
 * plain sum of the data, the parity is K(2a + b) and that plus b, where K undoes x + 2x.  All columns, or all diagonals, go
 * together here, eight bytes in a step.
 *
 * One wrong byte of a word is found by the same sums: b is what is wrong with it, a / b the power of 2 at its place.
 * Correcting P and Q in turns mends far more, as a scratch through a row is one byte in each column. */
#include "config.h"

#include "formats/cd/sector.h"

#include <pthread.h>
#include <string.h>

enum {
	ROWS = 26, PAIRS = 43, COLUMNS = 2 * PAIRS, DATA_ROWS = 24, TABLE = ROWS * COLUMNS, Q_WORDS = 2 * ROWS,
	P_STEPS = (COLUMNS + 7) / 8, Q_STEPS = (Q_WORDS + 7) / 8,
	BLOCK = TABLE + 2 * Q_WORDS,	/* the table and the parity of Q */
	ROUNDS = 8,			/* what is not mended by then never is */
};

static uint8_t k_of[256], log_of[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint8_t
twice(uint8_t x)
{
	return (uint8_t)(x << 1 ^ (x & 0x80 ? 0x1d : 0));
}

static void
make_tables(void)
{
	uint8_t x = 1;

	for (unsigned int i = 0; i < 256; i++)
		k_of[i ^ twice((uint8_t)i)] = (uint8_t)i;
	for (uint8_t i = 0; i < 255; i++, x = twice(x))
		log_of[x] = i;
}

static inline uint64_t
twice8(uint64_t x)
{
	uint64_t high = x >> 7 & UINT64_C(0x0101010101010101);

	return (x & UINT64_C(0x7f7f7f7f7f7f7f7f)) << 1 ^ high * 0x1d;
}

static inline uint64_t
load8(const uint8_t *p)
{
	uint64_t x;

	memcpy(&x, p, 8);	/* eight bytes apart: their order is that of the host, and the same on the way out */
	return x;
}

/* One byte of each word into its sums. */
static inline void
take(uint64_t *a, uint64_t *b, const uint8_t *p, size_t steps)
{
	for (size_t i = 0; i < steps; i++) {
		uint64_t t = load8(p + 8 * i);

		b[i] ^= t;
		a[i] = twice8(a[i] ^ t);
	}
}

static void
settle(const uint64_t *a, const uint64_t *b, size_t words, uint8_t *ret)
{
	for (size_t i = 0; i < words; i += 8) {
		uint64_t sum = twice8(a[i / 8]) ^ b[i / 8];
		uint8_t s[8], plain[8];

		memcpy(s, &sum, 8);
		memcpy(plain, &b[i / 8], 8);
		for (size_t k = 0; k < 8 && i + k < words; k++) {
			ret[i + k] = k_of[s[k]];
			ret[words + i + k] = ret[i + k] ^ plain[k];
		}
	}
}

/* @t has room behind its data rows. */
static void
make_p(uint8_t *t)
{
	uint64_t a[P_STEPS] = { 0 }, b[P_STEPS] = { 0 };

	for (size_t row = 0; row < DATA_ROWS; row++)
		take(a, b, t + row * COLUMNS, P_STEPS);
	settle(a, b, COLUMNS, t + DATA_ROWS * COLUMNS);
}

static void
make_q(uint8_t *t)
{
	uint64_t a[Q_STEPS] = { 0 }, b[Q_STEPS] = { 0 };
	uint8_t column[4 * ROWS + 8];	/* of pairs, twice: the rows of a diagonal go round */

	for (size_t k = 0; k < PAIRS; k++) {
		for (size_t row = 0; row < ROWS; row++)
			memcpy(column + 2 * row, t + row * COLUMNS + 2 * k, 2);
		memcpy(column + 2 * ROWS, column, 2 * ROWS);
		memset(column + 4 * ROWS, 0, 8);
		take(a, b, column + 2 * (k % ROWS), Q_STEPS);
	}
	settle(a, b, Q_WORDS, t + TABLE);
}

static void
load_table(const uint8_t *s, enum cd_form form, uint8_t *t)
{
	memcpy(t, s + 12, BLOCK);
	if (form == CD_FORM1)
		memset(t, 0, 4);
}

void
cd_ecc(uint8_t *s, enum cd_form form)
{
	uint8_t t[BLOCK + 8];

	pthread_once(&once, make_tables);
	load_table(s, form, t);
	make_p(t);
	make_q(t);
	memcpy(s + 2076, t + DATA_ROWS * COLUMNS, BLOCK - DATA_ROWS * COLUMNS);
}

/* ---- repair ---- */

/* Where byte @i of word @word lies in the table. */
static size_t
place_p(size_t word, size_t i)
{
	return i * COLUMNS + word;
}

static size_t
place_q(size_t word, size_t i)
{
	if (i >= PAIRS)
		return TABLE + (i - PAIRS) * Q_WORDS + word;
	return (word / 2 + i) % ROWS * COLUMNS + 2 * i + word % 2;
}

/* Mend the one wrong byte of a word of @n bytes: 0 nothing is wrong, 1 done, -1 more than one is. */
static int
mend(uint8_t *t, size_t (*place)(size_t, size_t), size_t word, size_t n)
{
	uint8_t a = 0, b = 0;
	unsigned int power;

	for (size_t i = 0; i < n; i++) {
		uint8_t c = t[place(word, i)];

		b ^= c;
		a = (uint8_t)(twice(a) ^ c);
	}
	if (!a && !b)
		return 0;
	if (!a || !b)
		return -1;
	power = (log_of[a] + 255u - log_of[b]) % 255;
	if (power >= n)
		return -1;
	t[place(word, n - 1 - power)] ^= b;
	return 1;
}

bool
cd_repair(uint8_t *s, enum cd_form form)
{
	uint8_t t[BLOCK + 8], made[CD_RAW];

	if (form != CD_MODE1 && form != CD_FORM1)
		return false;
	pthread_once(&once, make_tables);
	memcpy(made, s, sizeof made);
	load_table(s, form, t);
	for (int round = 0; round < ROUNDS; round++) {
		bool changed = false;

		for (size_t w = 0; w < COLUMNS; w++)
			changed |= mend(t, place_p, w, ROWS) > 0;
		for (size_t w = 0; w < Q_WORDS; w++)
			changed |= mend(t, place_q, w, PAIRS + 2) > 0;
		memcpy(made, cd_sync, sizeof cd_sync);
		memcpy(made + (form == CD_FORM1 ? 16 : 12), t + (form == CD_FORM1 ? 4 : 0), BLOCK - (form == CD_FORM1 ? 4 : 0));
		if (cd_sector_ok(made, form)) {
			if (form == CD_MODE1)
				memset(made + 2068, 0, 8);
			cd_ecc(made, form);	/* which may have its own faults left */
			memcpy(s, made, sizeof made);
			return true;
		}
		if (!changed)
			break;
	}
	return false;
}

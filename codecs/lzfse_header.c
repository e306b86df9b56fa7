/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers of LZFSE blocks: bvx1 stores its fields plainly, in 772 bytes; bvx2 packs them into three words and the
 * frequencies into a prefix code.  Layout: docs/formats/lzfse.md. */
#include "config.h"

#include "codecs/lzfse.h"

#include "core/bytes.h"

#define V1_LEN 772		/* 50 + 2 * 360, rounded as the C struct it once was */
#define V2_LEN LZFSE_V2_LEN	/* and the packed frequencies */

/* @n bits of @v from bit @at on */
static uint32_t
field(uint64_t v, unsigned at, unsigned n)
{
	return (uint32_t)(v >> at & ((UINT64_C(1) << n) - 1));
}

static void
v1_parse(const uint8_t *p, struct lzfse_block *b)
{
	b->n_raw = load_le32(p + 4);
	/* 8: bytes of both payloads, which 20 and 24 say again */
	b->n_literals = load_le32(p + 12);
	b->n_matches = load_le32(p + 16);
	b->n_literal_bytes = load_le32(p + 20);
	b->n_match_bytes = load_le32(p + 24);
	b->literal_bits = (int32_t)load_le32(p + 28);
	for (int i = 0; i < 4; i++)
		b->literal_state[i] = load_le16(p + 32 + 2 * i);
	b->match_bits = (int32_t)load_le32(p + 40);
	b->l_state = load_le16(p + 44);
	b->m_state = load_le16(p + 46);
	b->d_state = load_le16(p + 48);
	for (int i = 0; i < LZFSE_N_FREQS; i++)
		b->freq[i] = load_le16(p + 50 + 2 * i);
	b->n_header = V1_LEN;
}

static void
v2_parse(const uint8_t *p, struct lzfse_block *b)
{
	uint64_t v0 = load_le64(p + 8), v1 = load_le64(p + 16), v2 = load_le64(p + 24);

	b->n_raw = load_le32(p + 4);
	b->n_literals = field(v0, 0, 20);
	b->n_literal_bytes = field(v0, 20, 20);
	b->n_matches = field(v0, 40, 20);
	b->literal_bits = (int)field(v0, 60, 3) - 7;
	for (unsigned i = 0; i < 4; i++)
		b->literal_state[i] = (uint16_t)field(v1, 10 * i, 10);
	b->n_match_bytes = field(v1, 40, 20);
	b->match_bits = (int)field(v1, 60, 3) - 7;
	b->n_header = field(v2, 0, 32);
	b->l_state = (uint16_t)field(v2, 32, 10);
	b->m_state = (uint16_t)field(v2, 42, 10);
	b->d_state = (uint16_t)field(v2, 52, 10);
}

/* The next frequency from the low bits of @v; returns how many it takes. */
static unsigned
freq_parse(uint64_t v, uint16_t *ret)
{
	if (!(v & 1)) {				/* b0 */
		*ret = v >> 1 & 1;
		return 2;
	}
	if (!(v & 2)) {				/* b01 */
		*ret = (uint16_t)(2 + (v >> 2 & 1));
		return 3;
	}
	if (!(v & 4)) {				/* bb011 */
		*ret = (uint16_t)(4 + (v >> 3 & 3));
		return 5;
	}
	if (!(v & 8)) {				/* bbbb0111 */
		*ret = (uint16_t)(8 + (v >> 4 & 15));
		return 8;
	}
	*ret = (uint16_t)(24 + (v >> 4 & 1023));	/* bbbbbbbbbb1111 */
	return 14;
}

static int
freqs_parse(const uint8_t *p, size_t len, uint16_t *ret, struct img_err *err)
{
	uint64_t v = 0;		/* @n bits, the next one lowest */
	unsigned n = 0;
	size_t at = 0;

	memset(ret, 0, LZFSE_N_FREQS * sizeof *ret);
	if (!len)		/* no tables: nothing will be decoded */
		return 0;
	for (int i = 0; i < LZFSE_N_FREQS; i++) {
		unsigned took;

		for (; n <= 56 && at < len; n += 8)
			v |= (uint64_t)p[at++] << n;
		took = freq_parse(v, &ret[i]);
		if (took > n)
			return img_fail(err, IMG_E_FORMAT, "its %zu bytes of tables hold only %d of %d frequencies", len, i,
					(int)LZFSE_N_FREQS);
		v >>= took;
		n -= took;
	}
	if (n >= 8 || at < len)
		return img_fail(err, IMG_E_FORMAT, "%zu bytes of its tables are left over", len - at + n / 8);
	return 0;
}

/* The code of a frequency, as freq_parse reads it; *ret_n says how many bits. */
static uint32_t
freq_emit(uint32_t f, unsigned *ret_n)
{
	if (f < 2) {
		*ret_n = 2;
		return f << 1;
	}
	if (f < 4) {
		*ret_n = 3;
		return 1 | (f - 2) << 2;
	}
	if (f < 8) {
		*ret_n = 5;
		return 3 | (f - 4) << 3;
	}
	if (f < 24) {
		*ret_n = 8;
		return 7 | (f - 8) << 4;
	}
	*ret_n = 14;
	return 15 | (f - 24) << 4;
}

size_t
lzfse_freqs_emit(const uint16_t *freq, uint8_t *ret)
{
	uint8_t *p = ret;
	uint32_t v = 0;
	unsigned n = 0, took;

	for (int i = 0; i < LZFSE_N_FREQS; i++) {
		v |= freq_emit(freq[i], &took) << n;
		n += took;
		for (; n >= 8; n -= 8, v >>= 8)
			*p++ = (uint8_t)v;
	}
	if (n)
		*p++ = (uint8_t)v;
	return (size_t)(p - ret);
}

void
lzfse_header_emit(const struct lzfse_block *b, uint8_t *p)
{
	uint64_t v0 = b->n_literals, v1 = 0, v2 = b->n_header;

	v0 |= (uint64_t)b->n_literal_bytes << 20;
	v0 |= (uint64_t)b->n_matches << 40;
	v0 |= (uint64_t)(b->literal_bits + 7) << 60;
	for (int i = 0; i < 4; i++)
		v1 |= (uint64_t)b->literal_state[i] << 10 * i;
	v1 |= (uint64_t)b->n_match_bytes << 40;
	v1 |= (uint64_t)(b->match_bits + 7) << 60;
	v2 |= (uint64_t)b->l_state << 32;
	v2 |= (uint64_t)b->m_state << 42;
	v2 |= (uint64_t)b->d_state << 52;
	store_le32(p, LZFSE_V2);
	store_le32(p + 4, b->n_raw);
	store_le64(p + 8, v0);
	store_le64(p + 16, v1);
	store_le64(p + 24, v2);
}

static int
table_check(const uint16_t *freq, int n, uint32_t n_states, const char *what, struct img_err *err)
{
	uint32_t sum = 0;

	for (int i = 0; i < n; i++)
		sum += freq[i];
	if (sum > n_states)
		return img_fail(err, IMG_E_FORMAT, "its %s frequencies sum up to %u, over %u", what, sum, n_states);
	return 0;
}

static int
tables_check(const struct lzfse_block *b, struct img_err *err)
{
	const uint16_t *l = b->freq, *m = l + LZFSE_L_SYMBOLS, *d = m + LZFSE_M_SYMBOLS, *u = d + LZFSE_D_SYMBOLS;
	int rc = table_check(l, LZFSE_L_SYMBOLS, LZFSE_L_STATES, "L", err);

	if (!rc)
		rc = table_check(m, LZFSE_M_SYMBOLS, LZFSE_M_STATES, "M", err);
	if (!rc)
		rc = table_check(d, LZFSE_D_SYMBOLS, LZFSE_D_STATES, "D", err);
	if (!rc)
		rc = table_check(u, LZFSE_U_SYMBOLS, LZFSE_U_STATES, "literal", err);
	return rc;
}

static bool
states_ok(const struct lzfse_block *b)
{
	for (int i = 0; i < 4; i++) {
		if (b->literal_state[i] >= LZFSE_U_STATES)
			return false;
	}
	return b->l_state < LZFSE_L_STATES && b->m_state < LZFSE_M_STATES && b->d_state < LZFSE_D_STATES;
}

static int
fields_check(const struct lzfse_block *b, struct img_err *err)
{
	if (b->n_literals > LZFSE_MAX_LITERALS)
		return img_fail(err, IMG_E_FORMAT, "it has %u literals, over %d", b->n_literals, LZFSE_MAX_LITERALS);
	if (b->n_matches > LZFSE_MAX_MATCHES)
		return img_fail(err, IMG_E_FORMAT, "it has %u matches, over %d", b->n_matches, LZFSE_MAX_MATCHES);
	if (b->literal_bits < -7 || b->literal_bits > 0 || b->match_bits < -7 || b->match_bits > 0)
		return img_fail(err, IMG_E_FORMAT, "its payloads end in %d and %d bits, want -7 to 0", b->literal_bits,
				b->match_bits);
	if (!states_ok(b))
		return img_fail(err, IMG_E_FORMAT, "it starts in a state that its tables do not have");
	return tables_check(b, err);
}

int
lzfse_header_parse(const uint8_t *p, size_t left, struct lzfse_block *ret, struct img_err *err)
{
	int rc;

	if (load_le32(p) == LZFSE_V1) {
		if (left < V1_LEN)
			return 1;
		v1_parse(p, ret);
	} else {
		if (left < V2_LEN)
			return 1;
		v2_parse(p, ret);
		if (ret->n_header < V2_LEN)
			return img_fail(err, IMG_E_FORMAT, "its header has %u bytes, want at least %d", ret->n_header, V2_LEN);
		if (left < ret->n_header)
			return 1;
		rc = freqs_parse(p + V2_LEN, ret->n_header - V2_LEN, ret->freq, err);
		if (rc)
			return rc;
	}
	return fields_check(ret, err);
}

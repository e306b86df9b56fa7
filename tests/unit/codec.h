/* SPDX-License-Identifier: BSD-2-Clause */
/* What every decoder must bear, whatever it decodes.  Buffers are as long as they say, so that AddressSanitizer sees the
 * first byte too far; behind the output stand guards for builds without it. */
#ifndef TESTS_UNIT_CODEC_H
#define TESTS_UNIT_CODEC_H

#include <stdbool.h>

#include "img/codec.h"
#include "tests/test.h"

#define GUARD 64

struct sample {
	const struct img_codec *codec;
	void *state;
	const uint8_t *enc, *raw;
	size_t n_enc, n_raw;
};

static inline void *
test_malloc(size_t n)
{
	void *p = malloc(n ? n : 1);

	TEST_TRUE(p != NULL);
	return p;
}

static inline void *
state_of(const struct img_codec *c)
{
	void *state = c->state_new ? c->state_new(0) : NULL;

	TEST_TRUE(state != NULL || !c->state_new);
	return state;
}

static inline void
state_done(const struct img_codec *c, void *state)
{
	if (c->state_free)
		c->state_free(state);
}

/* Decode from copies of exactly @n_enc and to exactly @n_dst bytes; *ret_dst is to be freed. */
static inline int
decode_copy(const struct sample *s, const uint8_t *enc, size_t n_enc, size_t n_dst, uint8_t **ret_dst, struct img_err *err)
{
	uint8_t *src = test_malloc(n_enc), *dst = test_malloc(n_dst);
	int rc;

	memcpy(src, enc, n_enc);
	rc = s->codec->decode(s->state, src, n_enc, dst, n_dst, err);
	free(src);
	*ret_dst = dst;
	return rc;
}

/* A failure names the codec and is damage. */
static inline void
decode_fails(const struct sample *s, const uint8_t *enc, size_t n_enc, size_t n_dst)
{
	struct img_err e = { 0 };
	uint8_t *dst;

	TEST_FAILS(decode_copy(s, enc, n_enc, n_dst, &dst, &e), IMG_E_FORMAT, e);
	TEST_TRUE(strncmp(e.msg, "the ", 4) == 0 && strstr(e.msg, " stream ") != NULL);
	free(dst);
}

static inline void
decodes(const struct sample *s)
{
	struct img_err e = { 0 };
	uint8_t *dst;

	TEST_OK(decode_copy(s, s->enc, s->n_enc, s->n_raw, &dst, &e), e);
	TEST_MEM(dst, s->raw, s->n_raw);
	free(dst);
}

/* Room behind the output is not the decoder's. */
static inline void
keeps_guard(const struct sample *s)
{
	uint8_t *dst = test_malloc(s->n_raw + GUARD);
	struct img_err e = { 0 };

	memset(dst, 0xa5, s->n_raw + GUARD);
	TEST_OK(s->codec->decode(s->state, s->enc, s->n_enc, dst, s->n_raw, &e), e);
	TEST_MEM(dst, s->raw, s->n_raw);
	for (size_t i = 0; i < GUARD; i++)
		TEST_EQ_U(dst[s->n_raw + i], 0xa5);
	free(dst);
}

/* @spare: bytes at the end that a decoder which has all it wants need not see. */
static inline void
fails_when_cut(const struct sample *s, size_t spare)
{
	for (size_t n = 0; n + spare < s->n_enc; n++)
		decode_fails(s, s->enc, n, s->n_raw);
}

static inline void
fails_at_other_sizes(const struct sample *s)
{
	decode_fails(s, s->enc, s->n_enc, s->n_raw + 1);
	decode_fails(s, s->enc, s->n_enc, s->n_raw + 100);
	if (!s->n_raw)
		return;
	decode_fails(s, s->enc, s->n_enc, s->n_raw - 1);
	/* these two stop where they have enough, which may be between two opcodes */
	if (s->codec == &img_codec_adc || s->codec == &img_codec_lzvn)
		return;
	decode_fails(s, s->enc, s->n_enc, s->n_raw / 2);
	decode_fails(s, s->enc, s->n_enc, 0);
}

/* Returns how many flips of one bit, and of a whole byte, still gave the right bytes. */
static inline size_t
bears_flips(const struct sample *s)
{
	uint8_t *enc = test_malloc(s->n_enc), *head = test_malloc(s->n_raw), *dst;
	size_t n_same = 0, done;

	memcpy(enc, s->enc, s->n_enc);
	for (size_t i = 0; i < 2 * s->n_enc; i++) {
		unsigned int flip = i & 1 ? 0xff : 1U << i / 2 % 8;
		struct img_err e = { 0 };

		enc[i / 2] = (uint8_t)(enc[i / 2] ^ flip);
		if (decode_copy(s, enc, s->n_enc, s->n_raw, &dst, &e) == 0)
			n_same += memcmp(dst, s->raw, s->n_raw) == 0;
		else
			TEST_TRUE(e.msg[0] != '\0' && e.code != IMG_OK);
		free(dst);
		s->codec->decode_head(s->state, enc, s->n_enc, head, s->n_raw / 2, &done, &e);
		enc[i / 2] = (uint8_t)(enc[i / 2] ^ flip);
	}
	free(head);
	free(enc);
	return n_same;
}

static inline size_t
head_of(const struct sample *s, size_t n_enc, size_t n_dst)
{
	uint8_t *src = test_malloc(n_enc), *dst = test_malloc(n_dst);
	struct img_err e = { 0 };
	size_t done = SIZE_MAX;

	memcpy(src, s->enc, n_enc);
	TEST_OK(s->codec->decode_head(s->state, src, n_enc, dst, n_dst, &done, &e), e);
	TEST_TRUE(done <= n_dst && done <= s->n_raw);
	TEST_MEM(dst, s->raw, done);
	free(src);
	free(dst);
	return done;
}

/* Heads of a whole stream are exact; with less input less comes out, never more, and never anything wrong. */
static inline void
gives_heads(const struct sample *s)
{
	size_t last = 0;

	for (size_t n = 0; n <= s->n_raw; n = n < 40 ? n + 1 : n + 97)
		TEST_EQ_U(head_of(s, s->n_enc, n), n);
	TEST_EQ_U(head_of(s, s->n_enc, s->n_raw), s->n_raw);
	TEST_EQ_U(head_of(s, s->n_enc, s->n_raw + 1000), s->n_raw);
	for (size_t n = 0; n <= s->n_enc; n++) {
		size_t done = head_of(s, n, s->n_raw);

		TEST_TRUE(done >= last);
		last = done;
	}
}

/* All of the above, which leave the state fit for use. */
static inline size_t
battery(const struct sample *s, size_t spare)
{
	size_t n_same;

	decodes(s);
	keeps_guard(s);
	fails_when_cut(s, spare);
	fails_at_other_sizes(s);
	gives_heads(s);
	n_same = bears_flips(s);
	decodes(s);
	return n_same;
}

#endif

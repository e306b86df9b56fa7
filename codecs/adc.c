/* SPDX-License-Identifier: BSD-2-Clause */
/* ADC, Apple Data Compression: UDIF runs 0x80000004 and NDIF 0x83.
 *
 * LZ77 in whole bytes, most significant byte first; the top bits of the first byte tell three codes apart:
 *
 *     1nnnnnnn                    n + 1 literal bytes follow
 *     00nnnndd dddddddd           n + 3 bytes from d + 1 back
 *     01nnnnnn dddddddd dddddddd  n + 4 bytes from d + 1 back
 *
 * No header and no end mark: the size comes from outside, and input after the last byte is ignored. */
#include "config.h"

#include "codecs/adc.h"

#include <stdlib.h>

#include "codecs/lz.h"
#include "codecs/lz_chain.h"
#include "core/bytes.h"

struct adc_run {
	const uint8_t *src, *p, *end;
	struct lz_out out;
	bool clip;		/* cut the last code short instead of failing */
};

struct adc_op {
	size_t n_bytes, n_literals, n_match, dist;
};

/* The code at @p; false if the input ends in it. */
static inline bool
adc_parse(const uint8_t *p, size_t left, struct adc_op *ret)
{
	uint8_t b = p[0];

	if (b & 0x80) {
		*ret = (struct adc_op) { .n_bytes = 1, .n_literals = (b & 127U) + 1 };
		return left > ret->n_literals;
	}
	if (b & 0x40) {
		if (left < 3)
			return false;
		*ret = (struct adc_op) { .n_bytes = 3, .n_match = (b & 63U) + 4, .dist = load_be16(p + 1) + 1U };
		return true;
	}
	if (left < 2)
		return false;
	*ret = (struct adc_op) { .n_bytes = 2, .n_match = (b >> 2) + 3U, .dist = ((b & 3U) << 8 | p[1]) + 1U };
	return true;
}

/* Decode until the output is full or the input ends. */
static int
adc_run(struct adc_run *r, struct img_err *err)
{
	uint8_t *at = r->out.at;
	const uint8_t *p = r->p;
	struct adc_op op;

	while (at < r->out.end && p < r->end && adc_parse(p, (size_t)(r->end - p), &op)) {
		size_t room = (size_t)(r->out.end - at);

		if (lz_unlikely(op.n_literals + op.n_match > room)) {
			if (!r->clip)
				return img_fail(err, IMG_E_FORMAT, "the ADC stream gives more than the %zu bytes expected",
						(size_t)(r->out.end - r->out.start));
			*(op.n_match ? &op.n_match : &op.n_literals) = room;
		}
		p += op.n_bytes;
		if (op.n_literals) {
			lz_literals(at, room, p, (size_t)(r->end - p), op.n_literals);
			p += op.n_literals;
			at += op.n_literals;
			continue;
		}
		if (lz_unlikely(op.dist > (size_t)(at - r->out.start)))
			return img_fail(err, IMG_E_FORMAT,
					"the ADC stream is damaged: distance %zu at byte %zu with %zu bytes of output", op.dist,
					(size_t)(p - r->src) - op.n_bytes, (size_t)(at - r->out.start));
		lz_match(at, room, op.dist, op.n_match);
		at += op.n_match;
	}
	r->p = p;
	r->out.at = at;
	return 0;
}

static struct adc_run
adc_run_over(const void *src, size_t n_src, void *dst, size_t n_dst)
{
	return (struct adc_run) {
		.src = src, .p = src, .end = (const uint8_t *)src + n_src,
		.out = { .start = dst, .at = dst, .end = (uint8_t *)dst + n_dst },
	};
}

static int
adc_decode(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, struct img_err *err)
{
	struct adc_run r = adc_run_over(src, n_src, dst, n_dst);
	int rc = adc_run(&r, err);

	if (rc)
		return rc;
	if (r.out.at < r.out.end)
		return img_fail(err, IMG_E_FORMAT, "the ADC stream ends early, with %zu of the %zu bytes expected",
				(size_t)(r.out.at - r.out.start), n_dst);
	if (r.p < r.end)
		return img_fail(err, IMG_E_FORMAT, "the ADC stream goes on after the %zu bytes expected", n_dst);
	return 0;
}

static int
adc_decode_head(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, size_t *ret_done,
		struct img_err *err)
{
	struct adc_run r = adc_run_over(src, n_src, dst, n_dst);
	int rc;

	r.clip = true;
	rc = adc_run(&r, err);
	if (rc)
		return rc;
	*ret_done = (size_t)(r.out.at - r.out.start);
	return 0;
}

const struct img_codec img_codec_adc = {
	.name = "adc",
	.decode = adc_decode,
	.decode_head = adc_decode_head,
	.encoder_new = lz_chains_new,
	.encoder_free = free,
	.encode = adc_encode,
};

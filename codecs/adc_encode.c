/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing ADC, whose codes adc.c describes.
 *
 * observed: hdiutil; no code crosses a multiple of 64 KiB of the output.  Decoders with a buffer of that size may rely on
 * it, so literal runs and matches are cut there, and what is left of a match and too short for one becomes literals. */
#include "config.h"

#include "codecs/adc.h"

#include <stdbool.h>
#include <string.h>

#include "codecs/encode.h"
#include "codecs/lz_chain.h"

#define WINDOW 65536
#define MAX_RUN 128
#define SHORT_DIST 1024
#define SHORT_MIN 3
#define SHORT_MAX 18
#define LONG_MIN 4
#define LONG_MAX 67

struct writer {
	uint8_t *at, *end;
	bool full;
	const uint8_t *src;
	size_t begin, pos;	/* of the source: literals that wait to be written, and how far we are */
};

static bool
has_room(struct writer *w, size_t n)
{
	w->full |= (size_t)(w->end - w->at) < n;
	return !w->full;
}

static size_t
least(size_t a, size_t b, size_t c)
{
	a = a < b ? a : b;
	return a < c ? a : c;
}

static void
put_literals(struct writer *w)
{
	for (size_t n; w->begin < w->pos; w->begin += n) {
		n = least(w->pos - w->begin, MAX_RUN, WINDOW - w->begin % WINDOW);
		if (!has_room(w, 1 + n))
			return;
		*w->at++ = (uint8_t)(0x80 | (n - 1));
		memcpy(w->at, w->src + w->begin, n);
		w->at += n;
	}
}

/* @n bytes within one code. */
static void
put_code(struct writer *w, size_t n, size_t dist)
{
	size_t d = dist - 1;

	put_literals(w);
	if (dist <= SHORT_DIST && n <= SHORT_MAX) {
		if (!has_room(w, 2))
			return;
		*w->at++ = (uint8_t)((n - SHORT_MIN) << 2 | d >> 8);
	} else {
		if (!has_room(w, 3))
			return;
		*w->at++ = (uint8_t)(0x40 | (n - LONG_MIN));
		*w->at++ = (uint8_t)(d >> 8);
	}
	*w->at++ = (uint8_t)d;
	w->pos += n;
	w->begin = w->pos;
}

static void
put_match(struct writer *w, size_t left, size_t dist)
{
	size_t min = dist <= SHORT_DIST ? SHORT_MIN : LONG_MIN;

	for (size_t n; left && !w->full; left -= n) {
		n = least(left, left > LONG_MAX ? left - LONG_MIN : left, WINDOW - w->pos % WINDOW);
		n = n < LONG_MAX ? n : LONG_MAX;
		if (n < min)
			w->pos += n;
		else
			put_code(w, n, dist);
	}
}

int
adc_encode(void *encoder, int level, const void *src, size_t n_src, void *dst, size_t *io_dst, struct img_err *err)
{
	struct writer w = { .at = dst, .end = (uint8_t *)dst + *io_dst, .src = src };
	struct lz_parse p;
	struct lz_cut s;

	if (n_src >= UINT32_MAX)
		return encode_no_room(&img_codec_adc, n_src, *io_dst, err);
	p = lz_parse_start(encoder, src, n_src, LZ_CHAIN_WINDOW - 1, SHORT_DIST);
	do {
		s = lz_parse_next(&p);
		w.pos += s.n_literals;
		put_match(&w, s.n_match, s.dist);
	} while (s.n_match && !w.full);
	put_literals(&w);
	if (w.full)
		return encode_no_room(&img_codec_adc, n_src, *io_dst, err);
	*io_dst = (size_t)(w.at - (uint8_t *)dst);
	return 0;
}

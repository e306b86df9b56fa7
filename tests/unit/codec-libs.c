/* SPDX-License-Identifier: BSD-2-Clause */
/* zlib, bzip2 and xz: what the libraries write comes back, and no damage gets through. */
#include "config.h"

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>

#include "tests/unit/codec.h"

#define N_RAW 5000
#define ROOM (N_RAW + 1000)

static uint8_t raw[N_RAW];

static void
make_raw(void)
{
	uint32_t x = 1;

	for (size_t i = 0; i < N_RAW; i++) {
		x = x * 1664525 + 1013904223;
		raw[i] = i < 1000 ? (uint8_t)(x >> 24) : i < 4000 ? (uint8_t)"abcdefgh"[x >> 30] : 0;
	}
}

static size_t
make_zlib(uint8_t *enc, const uint8_t *src, size_t n)
{
	uLongf len = ROOM;

	TEST_EQ_I(compress2(enc, &len, src, n, 9), Z_OK);
	return len;
}

static size_t
make_bzip2(uint8_t *enc, const uint8_t *src, size_t n)
{
	unsigned int len = ROOM;

	TEST_EQ_I(BZ2_bzBuffToBuffCompress((char *)enc, &len, (char *)(uintptr_t)src, (unsigned int)n, 1, 0, 0), BZ_OK);
	return len;
}

static size_t
make_xz(uint8_t *enc, const uint8_t *src, size_t n, uint32_t preset)
{
	size_t len = 0;

	TEST_EQ_I(lzma_easy_buffer_encode(preset, LZMA_CHECK_CRC32, NULL, src, n, enc, &len, ROOM), LZMA_OK);
	return len;
}

static size_t
make(const struct img_codec *c, uint8_t *enc, const uint8_t *src, size_t n)
{
	if (c == &img_codec_zlib)
		return make_zlib(enc, src, n);
	if (c == &img_codec_bzip2)
		return make_bzip2(enc, src, n);
	return make_xz(enc, src, n, 0);
}

/* @may_pass: flips that the format cannot notice */
static void
test_one(const struct img_codec *c, size_t may_pass)
{
	uint8_t enc[ROOM];
	struct sample s = { .codec = c, .state = state_of(c), .enc = enc, .raw = raw, .n_raw = N_RAW };
	size_t n_same;

	s.n_enc = make(c, enc, raw, N_RAW);
	n_same = battery(&s, 0);
	if (n_same > may_pass)
		TEST_FAIL_("%s: %zu flips went unnoticed", c->name, n_same);

	/* bytes behind the stream are none of its business */
	memset(enc + s.n_enc, 0x5a, 20);
	s.n_enc += 20;
	decodes(&s);

	s.n_enc = make(c, enc, raw, 0);
	s.n_raw = 0;
	decodes(&s);
	fails_at_other_sizes(&s);
	state_done(c, s.state);
}

/* Streams in a row, cut where @cut says. */
static void
test_row(const struct img_codec *c, size_t cut)
{
	uint8_t enc[2 * ROOM];
	struct sample s = { .codec = c, .state = state_of(c), .enc = enc, .raw = raw, .n_raw = N_RAW };

	s.n_enc = make(c, enc, raw, cut);
	s.n_enc += make(c, enc + s.n_enc, raw + cut, N_RAW - cut);
	decodes(&s);
	/* after an empty stream nothing is missing when nothing is expected */
	if (cut)
		fails_at_other_sizes(&s);
	gives_heads(&s);
	state_done(c, s.state);
}

/* A dictionary over the limit is refused with both numbers, and the state goes on with smaller ones. */
static void
test_xz_memory(void)
{
	uint8_t enc[ROOM];
	struct sample s = { .codec = &img_codec_xz, .state = img_codec_xz.state_new(2 << 20), .enc = enc,
			    .raw = raw, .n_raw = N_RAW };
	struct img_err e = { 0 };
	uint8_t *dst;

	s.n_enc = make_xz(enc, raw, N_RAW, 6);
	TEST_FAILS(decode_copy(&s, enc, s.n_enc, N_RAW, &dst, &e), IMG_E_LIMIT, e);
	free(dst);
	TEST_TRUE(strstr(e.msg, "the xz stream asks for ") == e.msg);
	TEST_TRUE(strstr(e.msg, "the limit is 2097152") != NULL);
	TEST_TRUE(strtoul(e.msg + strlen("the xz stream asks for "), NULL, 10) >= 8 << 20);
	s.n_enc = make_xz(enc, raw, N_RAW, 0);
	decodes(&s);
	state_done(s.codec, s.state);
}

/* bzip2 levels ask for memory of other sizes, which the state takes in turn. */
static void
test_bzip2_levels(void)
{
	uint8_t enc[ROOM];
	struct sample s = { .codec = &img_codec_bzip2, .state = state_of(&img_codec_bzip2), .enc = enc,
			    .raw = raw, .n_raw = N_RAW };

	s.n_enc = make_bzip2(enc, raw, N_RAW);
	for (uint8_t i = 0; i < 20; i++) {
		enc[3] = (uint8_t)('1' + i * 5 % 9);
		decodes(&s);
	}
	state_done(s.codec, s.state);
}

static void
test_messages(void)
{
	static const uint8_t junk[64] = "this is no stream at all, whatever one takes it for";
	static const struct {
		const struct img_codec *codec;
		const char *msg;
	} cases[] = {
		{ &img_codec_zlib, "the zlib stream is damaged" },
		{ &img_codec_bzip2, "the bzip2 stream lacks its signature" },
		{ &img_codec_xz, "the xz stream lacks its signature" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct sample s = { .codec = cases[i].codec, .state = state_of(cases[i].codec) };
		struct img_err e = { 0 };
		uint8_t *dst;

		TEST_FAILS(decode_copy(&s, junk, sizeof junk, 100, &dst, &e), IMG_E_FORMAT, e);
		TEST_STR(e.msg, cases[i].msg);
		free(dst);
		state_done(s.codec, s.state);
	}
}

int
main(void)
{
	make_raw();
	/* bits that fill up the last byte of the deflate stream */
	test_one(&img_codec_zlib, 1);
	/* the level, bits that fill up the last byte, and code lengths of symbols that do not occur */
	test_one(&img_codec_bzip2, 8);
	test_one(&img_codec_xz, 0);
	for (size_t cut = 0; cut < N_RAW; cut += 1234) {
		test_row(&img_codec_bzip2, cut);
		test_row(&img_codec_xz, cut);
	}
	test_xz_memory();
	test_bzip2_levels();
	test_messages();
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Encoders: what they write comes back, fits exactly where it says it fits, depends on nothing but input and level, and
 * has the form its format's other readers expect. */
#include "config.h"

#include "core/bytes.h"
#include "img/env.h"
#include "tests/unit/codec.h"

#define MANY (1 << 20)

struct encoded {
	const struct img_codec *codec;
	void *encoder, *decoder;
	int level;
	const uint8_t *src;		/* of exactly @n_src bytes, as AddressSanitizer sees */
	size_t n_src, len;
	uint8_t *enc;			/* @len bytes, from an encoder that is new and has all the room it wants */
};

static void *
encoder_of(const struct img_codec *c)
{
	void *e = c->encoder_new ? c->encoder_new() : NULL;

	TEST_TRUE(e != NULL || !c->encoder_new);
	return e;
}

static void
encoder_done(const struct img_codec *c, void *encoder)
{
	if (c->encoder_free)
		c->encoder_free(encoder);
}

/* Encode with room for @room bytes before a guard. */
static int
encode_into(const struct encoded *x, size_t room, uint8_t **ret, size_t *ret_len)
{
	uint8_t *dst = test_malloc(room + GUARD);
	struct img_err e = { 0 };
	int rc;

	memset(dst, 0xa5, room + GUARD);
	*ret_len = room;
	rc = x->codec->encode(x->encoder, x->level, x->src, x->n_src, dst, ret_len, &e);
	for (size_t i = 0; i < GUARD; i++)
		TEST_EQ_U(dst[room + i], 0xa5);
	TEST_TRUE(rc || *ret_len <= room);
	if (rc)
		TEST_TRUE(rc == IMG_E_LIMIT && strstr(e.msg, " do not fit into ") != NULL && *ret_len == room);
	*ret = dst;
	return rc;
}

static void
fits(const struct encoded *x, size_t room)
{
	uint8_t *dst;
	size_t len;

	if (encode_into(x, room, &dst, &len))
		TEST_FAIL_("%s: %zu bytes do not fit into %zu, but take %zu", x->codec->name, x->n_src, room, x->len);
	TEST_EQ_U(len, x->len);
	TEST_MEM(dst, x->enc, len);
	free(dst);
}

static void
does_not_fit(const struct encoded *x, size_t room)
{
	uint8_t *dst;
	size_t len;

	if (!encode_into(x, room, &dst, &len))
		TEST_FAIL_("%s: %zu bytes fit into %zu, but take %zu", x->codec->name, x->n_src, room, x->len);
	free(dst);
}

/* libdeflate 1.14 keeps up to nine bytes in hand */
static size_t
spare_of(const struct img_codec *c)
{
	return c == &img_codec_zlib ? 9 : 0;
}

static void
fits_exactly(const struct encoded *x)
{
	size_t step = x->n_src > 64 ? x->len / 5 + 1 : 1;

	fits(x, x->len + spare_of(x->codec));
	fits(x, x->len + spare_of(x->codec) + 1);
	if (!x->len)
		return;
	does_not_fit(x, x->len - 1);
	for (size_t room = 0; room < x->len; room += step)
		does_not_fit(x, room);
}

static void
comes_back(const struct encoded *x)
{
	uint8_t *enc = test_malloc(x->len), *dst = test_malloc(x->n_src);
	struct img_err e = { 0 };

	memcpy(enc, x->enc, x->len);
	TEST_OK(x->codec->decode(x->decoder, enc, x->len, dst, x->n_src, &e), e);
	TEST_MEM(dst, x->src, x->n_src);
	free(dst);
	free(enc);
}

/* States that see chunk after chunk. */
static void *encoders[16], *decoders[16];

static struct encoded
encode(size_t codec, int level, const uint8_t *src, size_t n_src)
{
	struct encoded x = { .codec = img_codecs[codec], .level = level, .n_src = n_src };
	uint8_t *copy = test_malloc(n_src);

	if (!encoders[codec]) {
		decoders[codec] = state_of(x.codec);
		encoders[codec] = encoder_of(x.codec);
	}
	memcpy(copy, src, n_src);
	x.src = copy;
	x.decoder = decoders[codec];
	x.encoder = encoder_of(x.codec);
	if (encode_into(&x, n_src + n_src / 32 + 1024, &x.enc, &x.len))
		TEST_FAIL_("%s: %zu bytes do not fit though there is room", x.codec->name, n_src);
	encoder_done(x.codec, x.encoder);
	x.encoder = encoders[codec];
	return x;
}

static void
encoded_done(struct encoded *x)
{
	free((void *)(uintptr_t)x->src);
	free(x->enc);
}

/* ---- inputs ---- */

static uint64_t seed = 1;

/* the high bits: the low ones come again after a few tens of thousands */
static uint32_t
rnd(void)
{
	seed = seed * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(seed >> 40);
}

static void
fill_noise(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)rnd();
}

/* Words, some far more often than others. */
static void
fill_text(uint8_t *p, size_t n)
{
	static const char letters[] = "etaoin shrdlucmfwypvbgkjqxz,.\n";

	for (size_t i = 0; i < n;) {
		uint32_t word = rnd() % 700, len = 2 + word % 9;

		word = word * word / 700;
		for (uint32_t k = 0; k < len && i < n; k++)
			p[i++] = (uint8_t)letters[(word * 7 + k * word) % 23];
		if (i < n)
			p[i++] = ' ';
	}
}

static void
fill_period(uint8_t *p, size_t n, size_t period)
{
	for (size_t i = 0; i < n; i++)
		p[i] = i < period ? (uint8_t)rnd() : p[i - period];
}

/* Records whose neighbours differ in a few bytes: distances that repeat. */
static void
fill_records(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = i < 24 || i % 24 == 5 || i % 24 == 17 ? (uint8_t)rnd() : p[i - 24];
}

/* Stretches of all kinds: blocks of all kinds in one stream. */
static void
fill_mixed(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t len = 1 + rnd() % 60000;

		len = len < n - i ? len : n - i;
		switch (rnd() % 5) {
		case 0:
			fill_noise(p + i, len);
			break;
		case 1:
			fill_text(p + i, len);
			break;
		case 2:
			fill_period(p + i, len, 1 + rnd() % 300);
			break;
		case 3:
			fill_records(p + i, len);
			break;
		default:
			memset(p + i, 0, len);
		}
		i += len;
	}
}

/* ---- tests ---- */

static void
battery_of(size_t codec, const uint8_t *src, size_t n_src)
{
	struct encoded x = encode(codec, -1, src, n_src);

	comes_back(&x);
	fits_exactly(&x);
	encoded_done(&x);
}

static void
test_short(size_t codec, uint8_t *buf)
{
	for (size_t n = 0; n <= 300; n++) {
		fill_text(buf, n);
		battery_of(codec, buf, n);
		if (n % 7)
			continue;
		fill_noise(buf, n);
		battery_of(codec, buf, n);
		memset(buf, 0, n);
		battery_of(codec, buf, n);
	}
	for (size_t n = 4090; n <= 4100; n++) {
		fill_text(buf, n);
		battery_of(codec, buf, n);
		fill_noise(buf, n);
		battery_of(codec, buf, n);
	}
}

/* Across the 64 KiB of ADC; the libraries need fewer to be believed. */
static void
test_periods(size_t codec, uint8_t *buf, size_t step)
{
	for (size_t period = 1; period <= 64; period += step) {
		fill_period(buf, 70000, period);
		battery_of(codec, buf, 70000);
	}
}

static void
test_long(size_t codec, uint8_t *buf, size_t n)
{
	fill_text(buf, n);
	battery_of(codec, buf, n);
	fill_noise(buf, n);
	battery_of(codec, buf, n);
	memset(buf, 0, n);
	battery_of(codec, buf, n);
	fill_records(buf, n);
	battery_of(codec, buf, n);
	for (int i = 0; i < 3; i++) {
		fill_mixed(buf, n);
		battery_of(codec, buf, n);
	}
}

/* Matches from as far away as LZFSE can say, and one byte farther; and the same bytes 1 MiB before, where the positions
 * that its table keeps begin anew. */
static void
test_far(size_t codec)
{
	static const size_t periods[] = { 65535, 65536, 65537, 262138, 262139, 262140, 1 << 20, (1 << 20) + 1 };
	size_t n = (1 << 20) + 300000, room;
	uint8_t *buf = test_malloc(n);

	for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
		struct encoded x;

		fill_period(buf, n, periods[i]);
		x = encode(codec, -1, buf, n);
		comes_back(&x);
		room = x.len;
		encoded_done(&x);
		/* nothing but the first period is new */
		if (img_codecs[codec] == &img_codec_lzfse)
			if (periods[i] <= 262139 ? room > periods[i] + 30000 : room < n)
				TEST_FAIL_("%zu bytes of period %zu take %zu", n, periods[i], room);
	}
	free(buf);
}

/* All levels give the input back; other levels are refused with the bounds. */
static void
test_levels(size_t codec, uint8_t *buf, size_t n)
{
	const struct img_codec *c = img_codecs[codec];
	struct img_err e = { 0 };
	uint8_t dst[64];
	size_t room = sizeof dst;

	fill_mixed(buf, n);
	for (int level = c->min_level; level <= c->max_level; level++) {
		struct encoded x = encode(codec, level, buf, n);

		comes_back(&x);
		fits(&x, x.len + spare_of(c));
		encoded_done(&x);
	}
	if (!c->max_level)
		return;
	TEST_FAILS(c->encode(encoders[codec], c->max_level + 1, buf, 9, dst, &room, &e), IMG_E_USAGE, e);
	TEST_TRUE(strstr(e.msg, " has levels ") != NULL);
	if (c->min_level)
		TEST_FAILS(c->encode(encoders[codec], c->min_level - 1, buf, 9, dst, &room, &e), IMG_E_USAGE, e);
}

static size_t
index_of(const struct img_codec *c)
{
	for (size_t i = 0; img_codecs[i]; i++) {
		if (img_codecs[i] == c)
			return i;
	}
	TEST_FAIL_("%s is not in the table", c->name);
}

static void
begins(const struct img_codec *c, const uint8_t *src, size_t n, const char *want, size_t n_want)
{
	struct encoded x = encode(index_of(c), -1, src, n);

	TEST_TRUE(x.len >= n_want);
	if (memcmp(x.enc, want, n_want))
		TEST_FAIL_("%s: %zu bytes begin %02x%02x%02x%02x", c->name, n, x.enc[0], x.enc[1], x.enc[2], x.enc[3]);
	encoded_done(&x);
}

static void
test_heads(uint8_t *buf)
{
	fill_text(buf, MANY);
	begins(&img_codec_zlib, buf, MANY, "\x78\x9c", 2);
	begins(&img_codec_bzip2, buf, MANY, "BZh9", 4);
	begins(&img_codec_bzip2, buf, 262144, "BZh3", 4);
	begins(&img_codec_bzip2, buf, 100000, "BZh1", 4);
	begins(&img_codec_bzip2, buf, 100001, "BZh2", 4);
	begins(&img_codec_bzip2, buf, 0, "BZh1", 4);
	begins(&img_codec_xz, buf, MANY, "\xfd" "7zXZ\0\0\0\xff\x12\xd9\x41", 12);
	begins(&img_codec_lzfse, buf, 4095, "bvxn", 4);
	begins(&img_codec_lzfse, buf, 4096, "bvx2", 4);
	begins(&img_codec_lzfse, buf, 0, "bvx-\0\0\0\0bvx$", 12);
	fill_noise(buf, MANY);
	begins(&img_codec_lzfse, buf, 4095, "bvx-\xff\x0f\0\0", 8);
	begins(&img_codec_lzfse, buf, MANY, "bvx-\0\0\x10\0", 8);
}

/* Noise grows by a header and the end mark, however many blocks it was looked at in. */
static void
test_noise(uint8_t *buf)
{
	struct encoded x;

	fill_noise(buf, MANY);
	x = encode(index_of(&img_codec_lzfse), -1, buf, MANY);
	TEST_EQ_U(x.len, MANY + 12);
	encoded_done(&x);
}

/* The dictionary an xz decoder is asked for is no larger than the chunk needs. */
static void
test_xz_memory(uint8_t *buf)
{
	void *small = img_codec_xz.state_new(1 << 18);
	struct img_err e = { 0 };
	struct encoded x;
	uint8_t *dst;

	fill_text(buf, MANY);
	x = encode(index_of(&img_codec_xz), -1, buf, 65536);
	dst = test_malloc(65536);
	TEST_OK(img_codec_xz.decode(small, x.enc, x.len, dst, 65536, &e), e);
	TEST_MEM(dst, buf, 65536);
	free(dst);
	encoded_done(&x);
	img_codec_xz.state_free(small);
}

/* No ADC code crosses a multiple of 64 KiB. */
static void
test_adc_windows(uint8_t *buf)
{
	size_t pos = 0, n, n_codes = 0;
	struct encoded x;

	fill_mixed(buf, MANY);
	/* runs and matches over every boundary there is */
	for (size_t at = 65536 - 40; at + 80 <= MANY; at += 65536)
		fill_period(buf + at, 80, at / 65536 % 3 * 7 + 1);
	fill_noise(buf + 3 * 65536 - 50, 100);
	x = encode(index_of(&img_codec_adc), -1, buf, MANY);
	for (size_t i = 0; i < x.len; n_codes++, pos += n) {
		uint8_t b = x.enc[i];

		n = b & 0x80 ? (b & 127U) + 1 : b & 0x40 ? (b & 63U) + 4 : (b >> 2) + 3U;
		i += b & 0x80 ? 1 + n : b & 0x40 ? 3 : 2;
		if (pos / 65536 != (pos + n - 1) / 65536)
			TEST_FAIL_("a code of %zu bytes at %zu crosses", n, pos);
	}
	TEST_EQ_U(pos, MANY);
	TEST_TRUE(n_codes > 1000);
	encoded_done(&x);
}

/* The environment keeps encoders and decoders apart. */
static void
test_env(void)
{
	struct img_codec_state *enc, *dec, *again;
	struct img_env *env;
	struct img_err e = { 0 };

	TEST_OK(img_env_new(NULL, &env, &e), e);
	TEST_OK(img_env_encoder_get(env, &img_codec_lzfse, &enc, &e), e);
	img_env_codec_put(env, enc);
	TEST_OK(img_env_codec_get(env, &img_codec_lzfse, &dec, &e), e);
	TEST_TRUE(dec != enc && dec->state != enc->state);
	TEST_OK(img_env_encoder_get(env, &img_codec_lzfse, &again, &e), e);
	TEST_TRUE(again == enc);
	img_env_codec_put(env, again);
	img_env_codec_put(env, dec);
	img_env_free(env);
}

int
main(void)
{
	uint8_t *buf = test_malloc(MANY);

	for (size_t i = 0; img_codecs[i]; i++) {
		const struct img_codec *c = img_codecs[i];
		bool own = c != &img_codec_xz && c != &img_codec_bzip2 && c != &img_codec_zlib;

		if (!c->encode)
			continue;
		test_short(i, buf);
		test_periods(i, buf, own ? 1 : 21);
		test_long(i, buf, own ? MANY : 100000);
		test_levels(i, buf, 30000);
		if (own)
			test_far(i);
	}
	test_heads(buf);
	test_noise(buf);
	test_xz_memory(buf);
	test_adc_windows(buf);
	test_env();
	for (size_t i = 0; img_codecs[i]; i++) {
		encoder_done(img_codecs[i], encoders[i]);
		state_done(img_codecs[i], decoders[i]);
	}
	free(buf);
	return 0;
}

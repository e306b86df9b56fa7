/* SPDX-License-Identifier: BSD-2-Clause */
/* LZFSE, LZVN and ADC against streams of fixtures/mk-lzfse.py: the sound ones, every prefix and flip of them, and hostile
 * ones, whose error must name what is wrong with them. */
#include "config.h"

#include "tests/unit/codec.h"

static uint8_t *
slurp(const char *name, size_t *ret_n)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	uint8_t *p = test_malloc(1 << 16);
	FILE *f;

	snprintf(path, sizeof path, "%s/fixtures/codecs/%s", top ? top : ".", name);
	f = fopen(path, "rb");
	if (!f)
		TEST_FAIL_("cannot open %s", path);
	*ret_n = fread(p, 1, 1 << 16, f);
	TEST_TRUE(*ret_n < 1 << 16);
	fclose(f);
	return p;
}

/* @spare: see fails_when_cut; @may_pass: per cent of flips that change bits nobody reads */
static void
test_sound(const struct img_codec *c, const char *name, size_t spare, size_t may_pass)
{
	size_t n_enc, n_raw, n_same;
	uint8_t *enc = slurp(name, &n_enc), *raw = slurp("sample.raw", &n_raw);
	struct sample s = { .codec = c, .state = state_of(c), .enc = enc, .raw = raw, .n_enc = n_enc, .n_raw = n_raw };

	n_same = battery(&s, spare);
	if (n_same * 100 > 2 * n_enc * may_pass)
		TEST_FAIL_("%s: %zu of %zu flips changed nothing", name, n_same, 2 * n_enc);
	state_done(c, s.state);
	free(raw);
	free(enc);
}

/* Matches of the greatest length, across the 2359 of one triplet. */
static void
test_long(void)
{
	size_t n_enc, n_raw, n = 60000;
	uint8_t *enc = slurp("sample-x12.lzfse", &n_enc), *raw = slurp("sample.raw", &n_raw), *want = test_malloc(n);
	struct sample s = { .codec = &img_codec_lzfse, .state = state_of(&img_codec_lzfse), .enc = enc, .raw = want,
			    .n_enc = n_enc, .n_raw = n };

	for (size_t i = 0; i < n; i++)
		want[i] = raw[i % n_raw];
	decodes(&s);
	keeps_guard(&s);
	gives_heads(&s);
	state_done(s.codec, s.state);
	free(want);
	free(raw);
	free(enc);
}

static void
test_empty(void)
{
	static const uint8_t junk[1];
	size_t n;
	uint8_t *enc = slurp("empty.lzfse", &n);
	struct sample s = { .codec = &img_codec_lzfse, .state = state_of(&img_codec_lzfse), .enc = enc, .raw = junk,
			    .n_enc = n };

	decodes(&s);
	fails_at_other_sizes(&s);
	fails_when_cut(&s, 0);
	state_done(s.codec, s.state);
	free(enc);

	/* these two have no end mark: nothing gives nothing */
	s = (struct sample) { .codec = &img_codec_adc, .enc = junk, .raw = junk };
	decodes(&s);
	decode_fails(&s, junk, 0, 1);
	s.codec = &img_codec_lzvn;
	decodes(&s);
	decode_fails(&s, junk, 0, 1);
}

static const struct {
	const char *name, *want;
	size_t n_raw;
} hostile[] = {
	{ "literals-40004", "it has 40004 literals, over 40000", 1500 },
	{ "matches-10001", "it has 10001 matches, over 10000", 1500 },
	{ "bits-minus-8", "its payloads end in -8 and ", 1500 },
	{ "match-bits-1", " and 1 bits, want -7 to 0", 1500 },
	{ "literal-state-1024", "it starts in a state that its tables do not have", 1500 },
	{ "d-state-256", "it starts in a state that its tables do not have", 1500 },
	{ "no-tables", "its literals start in a state beyond the 0 of its table", 1500 },
	{ "header-31", "its header has 31 bytes, want at least 32", 1500 },
	{ "header-huge", "the LZFSE stream ends early", 1500 },
	{ "tables-short", "of tables hold only ", 1500 },
	{ "tables-long", "1 bytes of its tables are left over", 1500 },
	{ "table-l-over", "its L frequencies sum up to ", 1500 },
	{ "table-m-over", "its M frequencies sum up to ", 1500 },
	{ "table-d-over", "its D frequencies sum up to ", 1500 },
	{ "table-u-over", "its literal frequencies sum up to ", 1500 },
	{ "n-raw-more", "it gives 1 bytes less than its header says", 1501 },
	{ "n-raw-less", "gives more bytes than the header says", 1499 },
	{ "n-raw-huge", "the LZFSE stream gives more than the 1500 bytes expected", 1500 },
	{ "payload-cut", "its literals take more than their ", 1500 },
	{ "first-d-zero", "match 0 has distance 0 with 8 bytes of output", 16 },
	{ "before-start", "match 0 has distance 5 with 4 bytes of output", 12 },
	{ "before-start-far", "match 0 has distance 262139 with 4 bytes of output", 12 },
	{ "literals-short", "match 0 takes more literals than there are", 16 },
	{ "magic", "block at byte 0: 62767833 is not the magic of one", 40 },
	{ "raw-huge", "the LZFSE stream ends early, with 0 of the 64 bytes expected", 64 },
	{ "lzvn-undefined", "undefined opcode 70 at byte 5", 4 },
	{ "lzvn-no-distance", "distance 0 at byte 5 with 4 bytes of output", 8 },
	{ "lzvn-distance-0", "distance 0 at byte 5 with 4 bytes of output", 7 },
	{ "lzvn-before-start", "distance 5 at byte 5 with 4 bytes of output", 7 },
	{ "lzvn-no-end", "its opcodes do not end where its 5 bytes do", 4 },
	{ "lzvn-tail", "its opcodes do not end where its 14 bytes do", 4 },
	{ "lzvn-more", "its opcodes give more than the 3 bytes its header says", 3 },
	{ "lzvn-less", "it gives 1 bytes less than its header says", 5 },
	{ "lzvn-payload-huge", "the LZFSE stream ends early", 4 },
};

static void
test_hostile(void)
{
	void *state = state_of(&img_codec_lzfse);

	for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
		struct sample s = { .codec = &img_codec_lzfse, .state = state };
		uint8_t *enc, *dst;
		struct img_err e = { 0 };
		char name[64];
		size_t n;

		snprintf(name, sizeof name, "bad-%s.lzfse", hostile[i].name);
		enc = slurp(name, &n);
		TEST_FAILS(decode_copy(&s, enc, n, hostile[i].n_raw, &dst, &e), IMG_E_FORMAT, e);
		if (!strstr(e.msg, hostile[i].want) || strncmp(e.msg, "the LZFSE stream ", 17) != 0)
			TEST_FAIL_("%s: \"%s\", want \"%s\"", name, e.msg, hostile[i].want);
		free(dst);
		free(enc);
	}
	img_codec_lzfse.state_free(state);
}

/* Every distance and every length, so every way to copy, at the end of a buffer and far from it. */
static void
test_adc_copies(void)
{
	for (size_t dist = 1; dist <= 70; dist++) {
		for (size_t len = 4; len <= 67; len++) {
			for (size_t tail = 0; tail <= 40; tail += 8) {
				uint8_t enc[128], want[256];
				struct sample s = { .codec = &img_codec_adc, .enc = enc, .raw = want };

				enc[s.n_enc++] = (uint8_t)(0x80 | (dist - 1));
				for (size_t i = 0; i < dist; i++)
					want[s.n_raw++] = enc[s.n_enc++] = (uint8_t)(i * 7 + 1);
				enc[s.n_enc++] = (uint8_t)(0x40 | (len - 4));
				enc[s.n_enc++] = 0;
				enc[s.n_enc++] = (uint8_t)(dist - 1);
				for (size_t i = 0; i < len; i++, s.n_raw++)
					want[s.n_raw] = want[s.n_raw - dist];
				if (tail)
					enc[s.n_enc++] = (uint8_t)(0x80 | (tail - 1));
				for (size_t i = 0; i < tail; i++)
					want[s.n_raw++] = enc[s.n_enc++] = (uint8_t)(0xff - i);
				decodes(&s);
			}
		}
	}
}

static void
test_adc_hostile(void)
{
	static const uint8_t too_far[] = { 0x80, 'a', 0x40, 0x00, 0x01 }, first[] = { 0x00, 0x00 };
	struct sample s = { .codec = &img_codec_adc };
	struct img_err e = { 0 };
	uint8_t *dst;

	TEST_FAILS(decode_copy(&s, too_far, sizeof too_far, 5, &dst, &e), IMG_E_FORMAT, e);
	TEST_STR(e.msg, "the ADC stream is damaged: distance 2 at byte 2 with 1 bytes of output");
	free(dst);
	TEST_FAILS(decode_copy(&s, first, sizeof first, 3, &dst, &e), IMG_E_FORMAT, e);
	TEST_STR(e.msg, "the ADC stream is damaged: distance 1 at byte 0 with 0 bytes of output");
	free(dst);
}

/* No-ops, and a stream that stops for lack of room before its end mark. */
static void
test_lzvn_bare(void)
{
	static const uint8_t enc[] = { 0x0e, 0xe4, 'a', 'b', 'c', 'd', 0x16, 0x00, 0x04, 0xf1 };
	struct sample s = { .codec = &img_codec_lzvn };
	struct img_err e = { 0 };
	uint8_t *dst;

	/* 0xf1: one more byte at the same distance, after "abc" the 'd' */
	TEST_OK(decode_copy(&s, enc, sizeof enc, 8, &dst, &e), e);
	TEST_MEM(dst, "abcdabcd", 8);
	free(dst);
	TEST_OK(decode_copy(&s, enc, sizeof enc, 7, &dst, &e), e);
	TEST_MEM(dst, "abcdabc", 7);
	free(dst);
	TEST_FAILS(decode_copy(&s, enc, sizeof enc, 6, &dst, &e), IMG_E_FORMAT, e);
	TEST_STR(e.msg, "the LZVN stream gives more than the 6 bytes expected");
	free(dst);
	TEST_FAILS(decode_copy(&s, enc, sizeof enc, 9, &dst, &e), IMG_E_FORMAT, e);
	TEST_STR(e.msg, "the LZVN stream ends early, with 8 of the 9 bytes expected");
	free(dst);
}

/* Reports and option parsers go by this list. */
static void
test_table(void)
{
	size_t n = 0;

	for (; img_codecs[n]; n++) {
		TEST_TRUE(img_codecs[n]->decode != NULL);
		for (size_t i = 0; i < n; i++)
			TEST_TRUE(strcmp(img_codecs[i]->name, img_codecs[n]->name) != 0);
	}
	TEST_EQ_U(n, 6);
}

int
main(void)
{
	test_table();
	test_sound(&img_codec_lzfse, "sample-raw.lzfse", 0, 0);
	test_sound(&img_codec_lzfse, "sample-v1.lzfse", 0, 5);
	test_sound(&img_codec_lzfse, "sample-v2.lzfse", 0, 5);
	test_sound(&img_codec_lzfse, "sample-lzvn.lzfse", 0, 5);
	test_sound(&img_codec_lzfse, "sample-mixed.lzfse", 0, 5);
	test_sound(&img_codec_lzvn, "sample.lzvn", 8, 5);
	test_sound(&img_codec_adc, "sample.adc", 0, 5);
	test_long();
	test_empty();
	test_hostile();
	test_adc_copies();
	test_adc_hostile();
	test_lzvn_bare();
	return 0;
}

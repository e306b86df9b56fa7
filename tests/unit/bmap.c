/* SPDX-License-Identifier: BSD-2-Clause */
/* Block maps: what is written is read again, older versions are read, and what contradicts itself is refused. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "formats/bmap/bmap.h"
#include "img/check.h"
#include "img/env.h"
#include "img/source.h"
#include "tests/test.h"

#define HEAD "<?xml version=\"1.0\" ?>\n<bmap version=\"2.0\">\n"
#define SIZES "<ImageSize> 20000 </ImageSize><BlockSize>4096</BlockSize><BlocksCount> 5 </BlocksCount>" \
	      "<MappedBlocksCount>\n3\n</MappedBlocksCount>"
#define RANGES "<BlockMap><Range> 4 </Range> <Range> 0 - 1 </Range></BlockMap>"
#define TAIL "</bmap>\n"

static int
read_text(struct img_env *env, const char *text, struct bmap *ret, struct img_err *err)
{
	struct img_source *s;
	int rc;

	TEST_TRUE(!img_memory(env, text, strlen(text), false, &s, err));
	rc = bmap_read(s, ret, err);
	img_unref(s);
	return rc;
}

static void
refused(struct img_env *env, int code, const char *text, const char *says)
{
	struct img_err err = { 0 };
	struct bmap b;
	int rc = read_text(env, text, &b, &err);

	if (rc != code || !strstr(err.msg, says))
		fprintf(stderr, "%d, \"%s\"; expected %d, \"%s\"\n", rc, err.msg, code, says);
	TEST_TRUE(rc == code && strstr(err.msg, says));
}

static void
test_read(struct img_env *env)
{
	struct img_err err = { 0 };
	struct bmap b;

	TEST_TRUE(!read_text(env, HEAD SIZES RANGES TAIL, &b, &err));
	TEST_TRUE(b.size == 20000 && b.block == 4096 && b.n == 2 && !b.digest && !b.has_own);
	TEST_TRUE(b.v[0].first == 0 && b.v[0].last == 1 && b.v[1].first == 4 && b.v[1].last == 4 && b.v[1].sum == BMAP_NO_SUM);
	bmap_done(&b);
	/* 1.3 */
	TEST_TRUE(!read_text(env, "<bmap version='1.3'>" SIZES
			     "<BmapFileSHA1> aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa </BmapFileSHA1><BlockMap>"
			     "<Range sha1='bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'>0-2</Range></BlockMap>" TAIL, &b, &err));
	TEST_TRUE(b.minor == 3 && b.has_own && !strcmp(b.digest->name, "sha1") && b.v[0].sum == 0 && b.sums.p[19] == 0xbb);
	bmap_done(&b);
}

static void
test_refused(struct img_env *env)
{
	refused(env, IMG_E_FORMAT, "no XML", "line 1");
	refused(env, IMG_E_FORMAT, HEAD SIZES RANGES, "line");
	refused(env, IMG_E_FORMAT, "<plist version='2.0'/>", "<plist>, not <bmap>");
	refused(env, IMG_E_UNSUPPORTED, "<bmap version='3.0'>" SIZES RANGES TAIL, "version 3.0");
	refused(env, IMG_E_FORMAT, "<bmap>" SIZES RANGES TAIL, "no version");
	refused(env, IMG_E_FORMAT, HEAD RANGES TAIL, "<ImageSize> is missing");
	refused(env, IMG_E_FORMAT, HEAD SIZES TAIL, "<BlockMap> is missing");
	refused(env, IMG_E_FORMAT, HEAD SIZES SIZES RANGES TAIL, "<ImageSize> stands there twice");
	refused(env, IMG_E_FORMAT, HEAD SIZES "<BlockMap><Range>0-5</Range></BlockMap>" TAIL, "block 5 of 5");
	refused(env, IMG_E_FORMAT, HEAD SIZES "<BlockMap><Range>0-2</Range><Range>2</Range></BlockMap>" TAIL, "two ranges have block 2");
	refused(env, IMG_E_FORMAT, HEAD SIZES "<BlockMap><Range>0-1</Range></BlockMap>" TAIL, "<MappedBlocksCount> says 3");
	refused(env, IMG_E_FORMAT, HEAD SIZES "<BlockMap><Range>2-1</Range></BlockMap>" TAIL, "no range of blocks");
	refused(env, IMG_E_FORMAT, HEAD SIZES "<BlockMap><Range>99999999999999999999</Range></BlockMap>" TAIL, "no number");
	refused(env, IMG_E_FORMAT, HEAD SIZES "<BlockMap><Range>1x</Range></BlockMap>" TAIL, "no range");
	refused(env, IMG_E_FORMAT, HEAD SIZES "<BlockMap><Range chksum='aa'>1</Range></BlockMap>" TAIL, "of what kind");
	refused(env, IMG_E_FORMAT, HEAD SIZES "<ChecksumType>sha256</ChecksumType><BlockMap><Range chksum='aa'>1</Range></BlockMap>"
		TAIL, "is no sha256");
	refused(env, IMG_E_UNSUPPORTED, HEAD SIZES "<ChecksumType>rot13</ChecksumType>" RANGES TAIL, "rot13");
	refused(env, IMG_E_FORMAT, HEAD "<ImageSize>20000</ImageSize><BlockSize>4096</BlockSize><BlocksCount>4</BlocksCount>"
		"<MappedBlocksCount>3</MappedBlocksCount>" RANGES TAIL, "4 blocks of 4096 bytes");
	refused(env, IMG_E_FORMAT, HEAD "<ImageSize>-1</ImageSize>" TAIL, "no number");
	refused(env, IMG_E_FORMAT, "<!DOCTYPE bmap [<!ENTITY a 'b'>]><bmap version='2.0'>&a;</bmap>", "document type");
	refused(env, IMG_E_FORMAT, "<!DOCTYPE bmap SYSTEM 'file:///etc/passwd'><bmap version='2.0'></bmap>", "document type");
}

/* Emit, read, and check: the map's own digest holds, and those of the ranges. */
static void
test_write(struct img_env *env)
{
	static uint8_t bytes[20000];
	struct bmap_range v[2] = { { 0, 1, 0 }, { 4, 4, 32 } };
	struct bmap b = { .size = sizeof bytes, .block = 4096, .n_blocks = 5, .n_mapped = 3, .n = 2, .v = v }, back;
	struct img_buf text = img_buf_new(1 << 20);
	struct img_checks checks = { 0 };
	struct img_source *file, *image;
	struct img_err err = { 0 };

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 31 >> 3);
	b.digest = img_digest_by_name("sha256");
	b.sums = img_buf_new(64);
	for (size_t i = 0; i < 2; i++) {
		size_t len = i ? sizeof bytes - 4 * 4096 : 2 * 4096;
		uint8_t sum[32];

		TEST_TRUE(!img_digest_bytes(b.digest, bytes + v[i].first * 4096, len, sum, &err));
		TEST_TRUE(!img_buf_add(&b.sums, sum, 32, &err));
	}
	TEST_TRUE(!bmap_emit(&b, &text, &err));
	TEST_TRUE(!img_memory(env, text.p, text.len, false, &file, &err));
	TEST_TRUE(!img_memory(env, bytes, sizeof bytes, false, &image, &err));
	TEST_TRUE(!bmap_read(file, &back, &err));
	TEST_TRUE(back.size == b.size && back.n == 2 && back.n_mapped == 3 && back.has_own);
	TEST_TRUE(!memcmp(back.sums.p, b.sums.p, 64));
	TEST_TRUE(!bmap_checks(&back, file, "map", image, &checks, &err));
	TEST_EQ_U(checks.n, 3);
	for (size_t i = 0; i < checks.n; i++) {
		const struct img_check *c = &checks.v[i];
		uint8_t *p = malloc(c->over->size), sum[32];

		TEST_TRUE(!img_source_read(c->over, 0, p, c->over->size, &err));
		TEST_TRUE(!img_digest_bytes(c->digest, p, c->over->size, sum, &err));
		TEST_TRUE(!memcmp(sum, c->expect, 32));
		free(p);
	}
	img_checks_done(&checks);
	bmap_done(&back);
	img_buf_done(&text);
	img_buf_done(&b.sums);
	img_unref(file);
	img_unref(image);
}

int
main(void)
{
	struct img_env *env;

	TEST_TRUE(!img_env_new(NULL, &env, NULL));
	test_read(env);
	test_refused(env);
	test_write(env);
	img_env_free(env);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Android sparse images made in memory: headers, the map, checksums, and what is refused. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "codecs/fill.h"
#include "core/bytes.h"
#include "core/crc32.h"
#include "core/memory.h"
#include "formats/simg/layout.h"
#include "formats/simg/reader.h"
#include "img/check.h"
#include "img/env.h"
#include "img/source.h"
#include "tests/test.h"

#define BLOCK 16

static uint8_t file[4096];
static size_t n_file;
static struct simg_header head;

static void
begin(uint32_t n_blocks, uint16_t header_size, uint16_t chunk_size)
{
	memset(file, 0x77, sizeof file);
	head = (struct simg_header) { 1, 0, header_size, chunk_size, BLOCK, n_blocks, 0, 0 };
	n_file = header_size;
}

static void
chunk(uint16_t type, uint32_t n_blocks, const void *payload, size_t len)
{
	struct simg_chunk k = { type, n_blocks, (uint32_t)(head.chunk_size + len) };

	simg_chunk_emit(&k, file + n_file);
	if (len)
		memcpy(file + n_file + head.chunk_size, payload, len);
	n_file += head.chunk_size + len;
	head.n_chunks++;
}

static int
open_file(struct img_env *env, struct simg **ret, struct img_err *err)
{
	struct img_source *s;
	int rc;

	simg_header_emit(&head, file);
	TEST_TRUE(!img_memory(env, file, n_file, false, &s, err));
	rc = simg_file_open(s, ret, err);
	img_unref(s);
	return rc;
}

static void
test_layout(void)
{
	struct simg_header h = { 1, 7, 40, 24, 512, 0x01020304, 0x05060708, 0x090a0b0c }, h2;
	struct simg_chunk k = { SIMG_FILL, 0x11223344, 0x55667788 }, k2;
	uint8_t b[SIMG_HEADER], c[SIMG_CHUNK];
	struct img_cursor cur;

	simg_header_emit(&h, b);
	cur = cur_over(b, sizeof b);
	TEST_TRUE(!simg_header_parse(&cur, &h2, NULL));
	TEST_TRUE(h2.minor == 7 && h2.header_size == 40 && h2.chunk_size == 24 && h2.block == 512);
	TEST_TRUE(h2.n_blocks == h.n_blocks && h2.n_chunks == h.n_chunks && h2.crc == h.crc);
	TEST_TRUE(!memcmp(b, "\x3a\xff\x26\xed\x01\x00", 6));
	for (size_t n = 0; n < sizeof b; n++) {
		cur = cur_over(b, n);
		TEST_TRUE(simg_header_parse(&cur, &h2, NULL) == IMG_E_FORMAT);
	}
	simg_chunk_emit(&k, c);
	cur = cur_over(c, sizeof c);
	TEST_TRUE(!simg_chunk_parse(&cur, &k2, NULL));
	TEST_TRUE(k2.type == k.type && k2.n_blocks == k.n_blocks && k2.total == k.total);
	cur = cur_over(c, sizeof c - 1);
	TEST_TRUE(simg_chunk_parse(&cur, &k2, NULL) == IMG_E_FORMAT);
}

static void
test_fill(void)
{
	uint8_t out[37], want[40];

	for (size_t i = 0; i < sizeof want; i++)
		want[i] = (uint8_t)("abcd"[i % 4]);
	for (size_t n = 0; n <= sizeof out; n++) {
		memset(out, 0, sizeof out);
		TEST_TRUE(!img_codec_fill.decode(NULL, "abcd", 4, out, n, NULL));
		TEST_TRUE(!memcmp(out, want, n) && (n == sizeof out || !out[n]));
	}
	for (size_t skip = 0; skip < 9; skip++) {
		TEST_TRUE(!img_codec_fill.decode_at("abcd", 4, skip, out, 20, NULL));
		TEST_TRUE(!memcmp(out, want + skip % 4, 20));
	}
	TEST_TRUE(img_codec_fill.decode(NULL, "abc", 3, out, 8, NULL) == IMG_E_FORMAT);
	TEST_TRUE(img_codec_fill.decode_at("abc", 3, 1, out, 8, NULL) == IMG_E_FORMAT);
}

/* Raw, fill, don't-care, zeros; headers larger than they need be. */
static void
test_map(struct img_env *env)
{
	uint8_t raw[2 * BLOCK], want[9 * BLOCK] = { 0 }, got[9 * BLOCK];
	struct img_err err = { 0 };
	struct img_extent e;
	struct simg *p;

	for (size_t i = 0; i < sizeof raw; i++)
		raw[i] = want[BLOCK + i] = (uint8_t)(i + 1);
	for (size_t i = 0; i < 2 * BLOCK; i++)
		want[3 * BLOCK + i] = (uint8_t)("wxyz"[i % 4]);
	begin(9, 40, 16);
	chunk(SIMG_SKIP, 1, NULL, 0);
	chunk(SIMG_RAW, 2, raw, sizeof raw);
	chunk(SIMG_FILL, 2, "wxyz", 4);
	chunk(SIMG_FILL, 1, "\0\0\0", 4);
	chunk(SIMG_FILL, 1, "\0\0\0", 4);
	chunk(SIMG_RAW, 0, NULL, 0);
	chunk(SIMG_SKIP, 2, NULL, 0);
	TEST_TRUE(!open_file(env, &p, &err));
	TEST_TRUE(p->src.size == sizeof want && p->n == 3 && p->n_skip == 3 && p->n_raw == 2 && p->n_fill == 4);
	TEST_TRUE(!img_source_read(&p->src, 0, got, sizeof got, &err));
	TEST_TRUE(!memcmp(got, want, sizeof got));
	TEST_TRUE(!img_source_map(&p->src, 3, &e, &err) && e.kind == IMG_HOLE && e.off == 0 && e.len == BLOCK);
	TEST_TRUE(!img_source_map(&p->src, 3 * BLOCK - 1, &e, &err) && e.kind == IMG_DATA && !e.codec && e.len == 2 * BLOCK);
	TEST_TRUE(!img_source_map(&p->src, 4 * BLOCK, &e, &err) && e.codec == &img_codec_fill && e.stored == 4);
	TEST_TRUE(!img_source_map(&p->src, 6 * BLOCK, &e, &err) && e.kind == IMG_ZERO && e.off == 5 * BLOCK && e.len == 2 * BLOCK);
	TEST_TRUE(!img_source_map(&p->src, 8 * BLOCK, &e, &err) && e.kind == IMG_HOLE && e.off == 7 * BLOCK);
	img_unref(&p->src);
}

/* Two CRC chunks: each is turned into the sum of its own blocks, and doubtful ones only warn. */
static void
test_sums(struct img_env *env)
{
	uint8_t raw[3 * BLOCK], sum[4];
	struct img_checks checks = { 0 };
	struct img_err err = { 0 };
	struct simg *p;
	uint8_t want[4];

	for (size_t i = 0; i < sizeof raw; i++)
		raw[i] = (uint8_t)(i * 7);
	begin(4, SIMG_HEADER, SIMG_CHUNK);
	chunk(SIMG_RAW, 1, raw, BLOCK);
	store_le32(sum, crc32_of(0, raw, BLOCK));
	chunk(SIMG_CRC, 0, sum, 4);
	chunk(SIMG_RAW, 2, raw + BLOCK, 2 * BLOCK);
	store_le32(sum, crc32_of(0, raw, 3 * BLOCK));
	chunk(SIMG_CRC, 0, sum, 4);
	chunk(SIMG_SKIP, 1, NULL, 0);
	head.crc = 5;
	TEST_TRUE(!open_file(env, &p, &err));
	TEST_TRUE(!simg_checks(&p->src, &checks, &err));
	TEST_TRUE(checks.n == 3);
	store_be32(want, crc32_of(0, raw + BLOCK, 2 * BLOCK));
	TEST_TRUE(!memcmp(checks.v[1].expect, want, 4) && checks.v[1].over->size == 2 * BLOCK);
	TEST_TRUE(!checks.v[0].advisory && !checks.v[1].advisory && checks.v[2].advisory);
	img_checks_done(&checks);
	img_unref(&p->src);
}

/* However many there are, few proofs are kept, and the last one is among them. */
static void
test_many_sums(struct img_env *env)
{
	static uint8_t big[SIMG_HEADER + 2000 * (2 * SIMG_CHUNK + BLOCK + 4)];
	uint8_t *b = big + SIMG_HEADER, raw[2000 * BLOCK];
	struct simg_header h = { 1, 0, SIMG_HEADER, SIMG_CHUNK, BLOCK, 2000, 4000, 0 };
	struct img_checks checks = { 0 };
	struct img_err err = { 0 };
	struct img_source *s;
	struct simg *p;

	simg_header_emit(&h, big);
	for (size_t i = 0; i < 2000; i++) {
		memset(raw + i * BLOCK, (int)i, BLOCK);
		simg_chunk_emit(&(struct simg_chunk) { SIMG_RAW, 1, SIMG_CHUNK + BLOCK }, b);
		memcpy(b + SIMG_CHUNK, raw + i * BLOCK, BLOCK);
		b += SIMG_CHUNK + BLOCK;
		simg_chunk_emit(&(struct simg_chunk) { SIMG_CRC, 0, SIMG_CHUNK + 4 }, b);
		store_le32(b + SIMG_CHUNK, crc32_of(0, raw, (i + 1) * BLOCK));
		b += SIMG_CHUNK + 4;
	}
	TEST_TRUE(!img_memory(env, big, sizeof big, false, &s, &err));
	TEST_TRUE(!simg_file_open(s, &p, &err));
	TEST_TRUE(!simg_checks(&p->src, &checks, &err));
	TEST_TRUE(checks.n > SIMG_MAX_SUMS / 4 && checks.n <= SIMG_MAX_SUMS);
	for (size_t i = 0; i < checks.n; i++) {
		uint8_t buf[2000 * BLOCK], want[4];

		TEST_TRUE(!img_source_read(checks.v[i].over, 0, buf, (size_t)checks.v[i].over->size, &err));
		store_be32(want, crc32_of(0, buf, (size_t)checks.v[i].over->size));
		TEST_TRUE(!memcmp(want, checks.v[i].expect, 4));
	}
	TEST_TRUE(p->sum[p->n_sums - 1].n_blocks == 2000);
	img_checks_done(&checks);
	img_unref(&p->src);
	img_unref(s);
}

static void
refused(struct img_env *env, int code, const char *text)
{
	struct img_err err = { 0 };
	struct simg *p = NULL;
	int rc = open_file(env, &p, &err);

	if (rc != code || !strstr(err.msg, text))
		fprintf(stderr, "%d, \"%s\"; expected %d, \"%s\"\n", rc, err.msg, code, text);
	TEST_TRUE(rc == code && strstr(err.msg, text));
	if (!rc)
		img_unref(&p->src);
}

static void
good(void)
{
	static const uint8_t raw[2 * BLOCK] = { 1 };

	begin(6, SIMG_HEADER, SIMG_CHUNK);
	chunk(SIMG_RAW, 2, raw, sizeof raw);
	chunk(SIMG_FILL, 3, "abcd", 4);
	chunk(SIMG_SKIP, 1, NULL, 0);
}

static void
test_refused(struct img_env *env)
{
	static const uint8_t raw[2 * BLOCK];

	good(), head.n_chunks = UINT32_MAX;
	refused(env, IMG_E_FORMAT, "4294967295 chunks, the file has only");
	good(), n_file = SIMG_HEADER;		/* nothing but a header */
	refused(env, IMG_E_FORMAT, "truncated");
	good(), head.major = 2;
	refused(env, IMG_E_UNSUPPORTED, "version 2.0");
	good(), head.block = 0;
	refused(env, IMG_E_FORMAT, "blocks of 0");
	good(), head.block = 18;
	refused(env, IMG_E_FORMAT, "no multiple of 4");
	good(), head.block = UINT32_C(0xfffffffc);
	refused(env, IMG_E_LIMIT, "more than 64 MiB");
	good(), head.header_size = 27;
	refused(env, IMG_E_FORMAT, "27 bytes");
	good(), head.chunk_size = 4;
	refused(env, IMG_E_FORMAT, "chunk headers of 4");
	good(), head.n_blocks = 0;
	refused(env, IMG_E_FORMAT, "0 blocks");
	good(), head.n_blocks = 4;
	refused(env, IMG_E_FORMAT, "chunk 1 at 72: reaches to block 5 of 4");
	good(), head.n_blocks = 7;
	refused(env, IMG_E_FORMAT, "make 6 blocks, the header says 7");
	good(), n_file -= 1;
	refused(env, IMG_E_FORMAT, "chunk 2 at 88: truncated");
	good(), n_file = SIMG_HEADER + SIMG_CHUNK + 40;		/* headers would fit, but the second is cut */
	refused(env, IMG_E_FORMAT, "chunk 1 at 72: truncated");
	good(), chunk(0xbeef, 0, NULL, 0);
	refused(env, IMG_E_FORMAT, "type beef");
	good(), chunk(SIMG_CRC, 0, "abcde", 5);
	refused(env, IMG_E_FORMAT, "holds 5 bytes");
	good(), chunk(SIMG_SKIP, 0, "abcd", 4);
	refused(env, IMG_E_FORMAT, "holds 4 bytes");
	begin(1, SIMG_HEADER, SIMG_CHUNK), chunk(SIMG_RAW, 1, raw, 2 * BLOCK);
	refused(env, IMG_E_FORMAT, "chunk 0 at 28: holds 32 bytes, but 1 blocks");
	begin(0x10000001, SIMG_HEADER, SIMG_CHUNK), chunk(SIMG_RAW, 0x10000001, raw, BLOCK);	/* wraps 32 bits */
	refused(env, IMG_E_FORMAT, "holds 16 bytes, but 268435457 blocks");
	begin(1, SIMG_HEADER, SIMG_CHUNK), chunk(SIMG_RAW, 1, raw, BLOCK), store_le32(file + SIMG_HEADER + 8, 3);
	refused(env, IMG_E_FORMAT, "has 3 bytes, less than its header");
}

int
main(void)
{
	struct img_env *env;

	TEST_TRUE(!img_env_new(NULL, &env, NULL));
	test_layout();
	test_fill();
	test_map(env);
	test_sums(env);
	test_many_sums(env);
	test_refused(env);
	img_env_free(env);
	return 0;
}

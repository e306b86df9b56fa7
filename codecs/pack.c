/* SPDX-License-Identifier: BSD-2-Clause */
/* The streams this build writes.  gzip, bzip2 and zstd go in pieces, each a member, stream or frame of its own, which every
 * decompressor reads one after another; lz4 in independent blocks of one frame; xz on the threads of its own library, in
 * blocks whose size follows the level alone.  So all of them can be read on all processors, too. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <bzlib.h>
#include <libdeflate.h>
#include <lzma.h>

#include "core/bytes.h"
#include "core/pack.h"

/* ---- gzip ---- */

static void *
gzip_new(int level)
{
	return libdeflate_alloc_compressor(level);
}

static void
gzip_free(void *state)
{
	libdeflate_free_compressor(state);
}

#define GZIP_HEAD 20
#define GZIP_TAIL 8

static size_t
gzip_bound(size_t n)
{
	return libdeflate_deflate_compress_bound(NULL, n) + GZIP_HEAD + GZIP_TAIL;
}

/* A member whose extra field tells its size, as mgzip writes them: "IG", LE 32.  Who knows that decodes members apart. */
static size_t
gzip_encode(void *state, const void *src, size_t n, void *dst, size_t room)
{
	static const uint8_t head[GZIP_HEAD] = { 0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 8, 0, 'I', 'G', 4, 0 };
	uint8_t *p = dst;
	size_t k = libdeflate_deflate_compress(state, src, n, p + GZIP_HEAD, room - GZIP_HEAD - GZIP_TAIL), all;

	if (!k)
		return 0;
	all = GZIP_HEAD + k + GZIP_TAIL;
	memcpy(p, head, GZIP_HEAD);
	store_le32(p + 16, (uint32_t)all);
	store_le32(p + GZIP_HEAD + k, libdeflate_crc32(0, src, n));
	store_le32(p + GZIP_HEAD + k + 4, (uint32_t)n);
	return all;
}

static const struct pack_piece_kind gzip_pieces = { (size_t)1 << 20, gzip_bound, gzip_new, gzip_free, gzip_encode };

static int
gzip_begin(int level, unsigned int threads, pack_put *put, void *ctx, void **ret, struct img_err *err)
{
	return pack_pieces_begin(&gzip_pieces, level, threads, put, ctx, ret, err);
}

const struct img_pack_ops pack_gzip = { gzip_begin, pack_pieces_add, pack_pieces_finish, pack_pieces_free };

/* ---- bzip2 ---- */

/* The library's own word: 1 % and 600 bytes. */
static size_t
bzip2_bound(size_t n)
{
	return n + n / 100 + 600;
}

static size_t
bzip2_encode(void *state, const void *src, size_t n, void *dst, size_t room)
{
	unsigned int out = (unsigned int)room;

	return BZ2_bzBuffToBuffCompress(dst, &out, (char *)(uintptr_t)src, (unsigned int)n, *(const int *)state, 0, 0) == BZ_OK ?
	       out : 0;
}

/* A block of level 9 holds 900,000 bytes less 19; pieces of just that waste nothing. */
static const struct pack_piece_kind bzip2_pieces = { 899981, bzip2_bound, pack_level_new, free, bzip2_encode };

static int
bzip2_begin(int level, unsigned int threads, pack_put *put, void *ctx, void **ret, struct img_err *err)
{
	return pack_pieces_begin(&bzip2_pieces, level, threads, put, ctx, ret, err);
}

const struct img_pack_ops pack_bzip2 = { bzip2_begin, pack_pieces_add, pack_pieces_finish, pack_pieces_free };

/* ---- xz, whose library has threads ---- */

#define ROOM ((size_t)256 << 10)

struct xz {
	pack_put *put;
	void *ctx;
	lzma_stream z;
	uint8_t out[ROOM];
};

static int
xz_begin(int level, unsigned int threads, pack_put *put, void *ctx, void **ret, struct img_err *err)
{
	struct xz *x = calloc(1, sizeof *x);
	/* block size 0: three times the dictionary, as xz -T has it */
	lzma_mt mt = { .threads = threads, .preset = (uint32_t)level, .check = LZMA_CHECK_CRC64 };

	if (x)
		x->z = (lzma_stream)LZMA_STREAM_INIT;
	if (!x || lzma_stream_encoder_mt(&x->z, &mt) != LZMA_OK) {
		free(x);
		return img_fail_nomem(err);
	}
	x->put = put;
	x->ctx = ctx;
	*ret = x;
	return 0;
}

static int
xz_run(struct xz *x, lzma_action action, struct img_err *err)
{
	lzma_ret rc;
	int put;

	do {
		x->z.next_out = x->out;
		x->z.avail_out = ROOM;
		rc = lzma_code(&x->z, action);
		if (rc != LZMA_OK && rc != LZMA_STREAM_END)
			return rc == LZMA_MEM_ERROR ? img_fail_nomem(err) : img_fail(err, IMG_E_IO, "liblzma fails to compress");
		put = x->z.avail_out < ROOM ? x->put(x->ctx, x->out, ROOM - x->z.avail_out, err) : 0;
		if (put)
			return put;
	} while (action == LZMA_FINISH ? rc != LZMA_STREAM_END : x->z.avail_in > 0);
	return 0;
}

static int
xz_add(void *state, const void *bytes, size_t n, struct img_err *err)
{
	struct xz *x = state;

	x->z.next_in = bytes;
	x->z.avail_in = n;
	return n ? xz_run(x, LZMA_RUN, err) : 0;
}

static int
xz_finish(void *state, struct img_err *err)
{
	return xz_run(state, LZMA_FINISH, err);
}

static void
xz_free(void *state)
{
	struct xz *x = state;

	lzma_end(&x->z);
	free(x);
}

const struct img_pack_ops pack_xz = { xz_begin, xz_add, xz_finish, xz_free };

/* ---- the table ---- */

const struct img_pack img_packs[] = {
	{ "gzip", "gz", 1, 12, 6, &pack_gzip },
	{ "bzip2", "bz2", 1, 9, 9, &pack_bzip2 },
	{ "xz", "xz", 0, 9, 6, &pack_xz },
#ifdef HAVE_ZSTD
	{ "zstd", "zst", 1, 19, 3, &pack_zstd },
#endif
	{ "lz4", "lz4", 1, 9, 1, &pack_lz4 },
	{ 0 }
};

const struct img_pack *
img_pack_by_word(const char *word)
{
	for (const struct img_pack *p = img_packs; p->name; p++)
		if (!strcasecmp(p->name, word) || !strcasecmp(p->suffix, word))
			return p;
	return NULL;
}

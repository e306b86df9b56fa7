/* SPDX-License-Identifier: BSD-2-Clause */
/* zstd in the seekable format: frames of one size with a checksum each, then a skippable frame that lists them, which every
 * decompressor passes over (contrib/seekable_format of zstd). */
#include "config.h"

#ifdef HAVE_ZSTD

#include <stdlib.h>

#include <zstd.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "core/pack.h"

#define MAX_FRAMES 0x8000000	/* the most that a table may list */
#define LARGE_FROM 9		/* the level whose frames are large */
#define HUGE_FROM 16

struct zstd {
	void *pieces;
	uint64_t piece;
	pack_put *put;
	void *ctx;
	uint32_t *stored;		/* of each frame */
	size_t n, room;
	uint64_t size;			/* bytes that were added */
};

/* ---- frames ---- */

static void *
frame_new(int level)
{
	ZSTD_CCtx *z = ZSTD_createCCtx();

	if (z) {
		ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, level);
		ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
		ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, level < LARGE_FROM ? 22 : 23);
	}
	return z;
}

static void
frame_free(void *state)
{
	ZSTD_freeCCtx(state);
}

static size_t
frame_bound(size_t n)
{
	return ZSTD_compressBound(n);
}

static size_t
frame_encode(void *state, const void *src, size_t n, void *dst, size_t room)
{
	size_t k = ZSTD_compress2(state, dst, room, src, n);

	return ZSTD_isError(k) ? 0 : k;
}

/* What a frame loses by being apart, it gets back by a window that spans all of it; one of 8 MiB is the largest that every
 * decompressor takes (RFC 8878 3.1.1.1.2), and of such a few are a frame. */
#define FRAMES(size) { (size_t)(size) << 20, frame_bound, frame_new, frame_free, frame_encode }
static const struct pack_piece_kind frames = FRAMES(4), large_frames = FRAMES(16), huge_frames = FRAMES(32);

static const struct pack_piece_kind *
frames_for(int level)
{
	return level < LARGE_FROM ? &frames : level < HUGE_FROM ? &large_frames : &huge_frames;
}

/* ---- the stream ---- */

/* A frame goes on, and into the table. */
static int
frame_put(void *ctx, const void *bytes, size_t n, struct img_err *err)
{
	struct zstd *z = ctx;
	int rc = img_room(&z->stored, z->n, &z->room, sizeof *z->stored, err);

	if (rc)
		return rc;
	z->stored[z->n++] = (uint32_t)n;
	return z->put(z->ctx, bytes, n, err);
}

static int
zstd_begin(int level, unsigned int threads, pack_put *put, void *ctx, void **ret, struct img_err *err)
{
	struct zstd *z = calloc(1, sizeof *z);
	int rc;

	if (!z)
		return img_fail_nomem(err);
	z->put = put;
	z->ctx = ctx;
	z->piece = frames_for(level)->piece;
	rc = pack_pieces_begin(frames_for(level), level, threads, frame_put, z, &z->pieces, err);
	if (rc)
		free(z);
	else
		*ret = z;
	return rc;
}

static int
zstd_add(void *state, const void *bytes, size_t n, struct img_err *err)
{
	struct zstd *z = state;

	z->size += n;
	return pack_pieces_add(z->pieces, bytes, n, err);
}

static int
put_table(struct zstd *z, struct img_err *err)
{
	size_t len = 8 * z->n + 9;
	img_autofree uint8_t *t = malloc(8 + len);

	if (!t)
		return img_fail_nomem(err);
	store_le32(t, 0x184d2a5e);
	store_le32(t + 4, (uint32_t)len);
	for (size_t i = 0; i < z->n; i++) {
		uint64_t left = z->size - i * z->piece;

		store_le32(t + 8 + 8 * i, z->stored[i]);
		store_le32(t + 12 + 8 * i, (uint32_t)(left < z->piece ? left : z->piece));
	}
	store_le32(t + 8 + 8 * z->n, (uint32_t)z->n);
	t[8 + 8 * z->n + 4] = 0;	/* no checksums of its own */
	store_le32(t + 8 + 8 * z->n + 5, UINT32_C(0x8f92eab1));
	return z->put(z->ctx, t, 8 + len, err);
}

static int
zstd_finish(void *state, struct img_err *err)
{
	struct zstd *z = state;
	int rc = pack_pieces_finish(z->pieces, err);

	return rc || z->n > MAX_FRAMES ? rc : put_table(z, err);
}

static void
zstd_free(void *state)
{
	struct zstd *z = state;

	pack_pieces_free(z->pieces);
	free(z->stored);
	free(z);
}

const struct img_pack_ops pack_zstd = { zstd_begin, zstd_add, zstd_finish, zstd_free };
#endif

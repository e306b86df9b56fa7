/* SPDX-License-Identifier: BSD-2-Clause */
/* lz4 frames, as the program of that name makes them (lz4_Frame_format.md, 1.6.x): independent blocks of 4 MiB and one
 * checksum of the content at the end.
 *
 *	LE 32 magic, FLG, BD, HC	LE 32 length (bit 31: stored) and block, …	LE 32 zero	LE 32 XXH32
 *
 * libarchive compresses: each piece becomes a frame in memory, whose block is taken out of it.  So all processors work on one
 * frame, which has no seams. */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "codecs/xxh32.h"
#include "core/bytes.h"
#include "core/pack.h"

#define PIECE ((size_t)4 << 20)
#define HEAD 7
#define FOOT 8			/* end mark, checksum */
#define MAGIC UINT32_C(0x184d2204)
#define STORED UINT32_C(0x80000000)

/* ---- blocks ---- */

static size_t
block_bound(size_t n)
{
	return n + n / 255 + 4096;	/* a frame whose block did not shrink, and what libarchive pads */
}

static int
write_frame(struct archive *a, int level, const void *src, size_t n, void *dst, size_t room, size_t *ret_n)
{
	struct archive_entry *e = archive_entry_new();
	char word[12] = { (char)('0' + level) };
	int rc = e && archive_write_add_filter_lz4(a) == ARCHIVE_OK && archive_write_set_format_raw(a) == ARCHIVE_OK &&
		 archive_write_set_filter_option(a, "lz4", "compression-level", word) == ARCHIVE_OK &&
		 archive_write_set_filter_option(a, "lz4", "block-size", "7") == ARCHIVE_OK &&
		 archive_write_set_bytes_per_block(a, 0) == ARCHIVE_OK &&
		 archive_write_open_memory(a, dst, room, ret_n) == ARCHIVE_OK ? 0 : -1;

	if (!rc) {
		archive_entry_set_filetype(e, AE_IFREG);
		rc = archive_write_header(a, e) == ARCHIVE_OK && archive_write_data(a, src, n) == (la_ssize_t)n &&
		     archive_write_close(a) == ARCHIVE_OK ? 0 : -1;
	}
	archive_entry_free(e);
	return rc;
}

/* The block with its length, out of a frame of just one; 0 if there is something else. */
static size_t
take_block(uint8_t *p, size_t n)
{
	size_t len;

	if (n < HEAD + 4 + FOOT || load_le32(p) != MAGIC || (p[4] & 0x18))	/* neither block sums nor a size */
		return 0;
	len = 4 + (load_le32(p + HEAD) & ~STORED);
	if (len > n - HEAD - FOOT || load_le32(p + HEAD + len))
		return 0;
	memmove(p, p + HEAD, len);
	return len;
}

static size_t
block_encode(void *state, const void *src, size_t n, void *dst, size_t room)
{
	struct archive *a = n ? archive_write_new() : NULL;
	size_t made = 0;

	if (!n) {
		memset(dst, 0, 4);		/* of nothing, nothing: not even an end mark, which lz4_finish writes */
		return 4;
	}
	if (a && write_frame(a, *(const int *)state, src, n, dst, room, &made))
		made = 0;
	archive_write_free(a);
	return made ? take_block(dst, made) : 0;
}

static const struct pack_piece_kind blocks = { PIECE, block_bound, pack_level_new, free, block_encode };

/* ---- the frame ---- */

struct lz4 {
	void *pieces;
	pack_put *put;
	void *ctx;
	struct xxh32 sum;
	bool begun;
};

/* Version 1, independent blocks, content checksum; blocks of 4 MiB; the second byte of the XXH32 of both. */
static int
put_head(struct lz4 *z, struct img_err *err)
{
	uint8_t head[HEAD] = { 0x04, 0x22, 0x4d, 0x18, 0x64, 0x70 };
	struct xxh32 x;

	xxh32_begin(&x);
	xxh32_update(&x, head + 4, 2);
	head[6] = (uint8_t)(xxh32_end(&x) >> 8);
	z->begun = true;
	return z->put(z->ctx, head, HEAD, err);
}

static int
block_put(void *ctx, const void *bytes, size_t n, struct img_err *err)
{
	struct lz4 *z = ctx;
	int rc = z->begun ? 0 : put_head(z, err);

	return rc || !load_le32(bytes) ? rc : z->put(z->ctx, bytes, n, err);
}

static int
lz4_begin(int level, unsigned int threads, pack_put *put, void *ctx, void **ret, struct img_err *err)
{
	struct lz4 *z;
	int rc;

	if (!archive_liblz4_version())
		return img_fail(err, IMG_E_UNSUPPORTED, "libarchive was built without lz4");
	z = calloc(1, sizeof *z);
	if (!z)
		return img_fail_nomem(err);
	z->put = put;
	z->ctx = ctx;
	xxh32_begin(&z->sum);
	rc = pack_pieces_begin(&blocks, level, threads, block_put, z, &z->pieces, err);
	if (rc)
		free(z);
	else
		*ret = z;
	return rc;
}

static int
lz4_add(void *state, const void *bytes, size_t n, struct img_err *err)
{
	struct lz4 *z = state;

	xxh32_update(&z->sum, bytes, n);
	return pack_pieces_add(z->pieces, bytes, n, err);
}

static int
lz4_finish(void *state, struct img_err *err)
{
	struct lz4 *z = state;
	uint8_t foot[FOOT] = { 0 };
	int rc = pack_pieces_finish(z->pieces, err);

	store_le32(foot + 4, xxh32_end(&z->sum));
	return rc ? rc : z->put(z->ctx, foot, FOOT, err);
}

static void
lz4_free(void *state)
{
	struct lz4 *z = state;

	pack_pieces_free(z->pieces);
	free(z);
}

const struct img_pack_ops pack_lz4 = { lz4_begin, lz4_add, lz4_finish, lz4_free };

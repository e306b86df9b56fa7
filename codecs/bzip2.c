/* SPDX-License-Identifier: BSD-2-Clause */
/* bzip2 streams, one after the other.
 *
 * libbz2 allocates two blocks, 64 KB and up to 3.6 MB, for each stream it decodes, four of up to 7.6 MB in all to encode,
 * and has no call to reset one.  The state keeps these blocks and hands them out again, so that a chunk costs no page
 * faults.  Once the chunk is full, what follows the end
 * of a stream is ignored, as for zlib; before that it must be another stream. */
#include "config.h"

#include "img/codec.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

#include <bzlib.h>

#include "codecs/encode.h"

#define BZIP2_KEPT 4

struct bzip2_state {
	struct bzip2_block {
		void *p;
		size_t len;
		bool busy;
	} kept[BZIP2_KEPT];
};

static struct bzip2_block *
bzip2_find_block(struct bzip2_state *s, size_t len)
{
	for (int i = 0; i < BZIP2_KEPT; i++) {
		if (!s->kept[i].busy && s->kept[i].len == len)
			return &s->kept[i];
	}
	for (int i = 0; i < BZIP2_KEPT; i++) {
		if (!s->kept[i].busy && !s->kept[i].p)
			return &s->kept[i];
	}
	for (int i = 0; i < BZIP2_KEPT; i++) {
		if (!s->kept[i].busy)
			return &s->kept[i];
	}
	return NULL;
}

static void *
bzip2_alloc(void *opaque, int n, int size)
{
	size_t len = (size_t)n * (size_t)size;
	struct bzip2_block *b = bzip2_find_block(opaque, len);

	if (!b)
		return malloc(len);
	if (!b->p || b->len != len) {
		free(b->p);
		b->p = malloc(len);
		b->len = b->p ? len : 0;
	}
	b->busy = b->p != NULL;
	return b->p;
}

static void
bzip2_free(void *opaque, void *p)
{
	struct bzip2_state *s = opaque;

	for (int i = 0; i < BZIP2_KEPT; i++) {
		if (s->kept[i].busy && s->kept[i].p == p) {
			s->kept[i].busy = false;
			return;
		}
	}
	free(p);
}

static void *
bzip2_state_new(uint64_t max_memory)
{
	return calloc(1, sizeof(struct bzip2_state));
}

static void
bzip2_state_free(void *state)
{
	struct bzip2_state *s = state;

	if (!s)
		return;
	for (int i = 0; i < BZIP2_KEPT; i++)
		free(s->kept[i].p);
	free(s);
}

/* One way through a chunk: how far input and output got.  @spare takes a byte too many and so finds it. */
struct bzip2_run {
	bz_stream z;
	char *src, *dst;
	size_t n_src, n_dst, in, out;
	bool more;		/* a byte went into @spare */
	bool ended;		/* the last stream that was begun has ended */
	char spare;
};

/* libbz2 counts in unsigned int */
static unsigned int
bzip2_piece(size_t n)
{
	return n > UINT_MAX ? UINT_MAX : (unsigned int)n;
}

/* One call of the library; its return code. */
static int
bzip2_step(struct bzip2_run *r)
{
	bool full = r->out == r->n_dst;
	unsigned int n_in = bzip2_piece(r->n_src - r->in), n_out = full ? 1 : bzip2_piece(r->n_dst - r->out);
	int rc;

	r->z.next_in = r->src + r->in;
	r->z.avail_in = n_in;
	r->z.next_out = full ? &r->spare : r->dst + r->out;
	r->z.avail_out = n_out;
	rc = BZ2_bzDecompress(&r->z);
	r->in += n_in - r->z.avail_in;
	if (full)
		r->more = r->z.avail_out == 0;
	else
		r->out += n_out - r->z.avail_out;
	return rc;
}

static int
bzip2_fail(int rc, struct img_err *err)
{
	switch (rc) {
	case BZ_MEM_ERROR:
		return img_fail_nomem(err);
	case BZ_DATA_ERROR_MAGIC:
		return img_fail(err, IMG_E_FORMAT, "the bzip2 stream lacks its signature");
	default:
		return img_fail(err, IMG_E_FORMAT, "the bzip2 stream is damaged");
	}
}

/* Decode one stream until it ends, the input ends, a byte too many comes, or, for a head, the output is full. */
static int
bzip2_stream(struct bzip2_state *s, struct bzip2_run *r, bool head, struct img_err *err)
{
	int rc;

	r->z = (bz_stream) { .bzalloc = bzip2_alloc, .bzfree = bzip2_free, .opaque = s };
	r->ended = false;
	rc = BZ2_bzDecompressInit(&r->z, 0, 0);
	if (rc != BZ_OK)
		return bzip2_fail(rc, err);
	for (;;) {
		size_t in = r->in, out = r->out;

		rc = bzip2_step(r);
		if (rc != BZ_OK || r->more || (head && r->out == r->n_dst))
			break;
		if (r->in == in && r->out == out && r->in == r->n_src)
			break;
	}
	BZ2_bzDecompressEnd(&r->z);
	r->ended = rc == BZ_STREAM_END;
	if (rc == BZ_OK || rc == BZ_STREAM_END || (head && r->out == r->n_dst))
		return 0;
	return bzip2_fail(rc, err);
}

static struct bzip2_run
bzip2_run_over(const void *src, size_t n_src, void *dst, size_t n_dst)
{
	/* the library takes char * and does not write there */
	return (struct bzip2_run) { .src = (char *)(uintptr_t)src, .n_src = n_src, .dst = dst, .n_dst = n_dst };
}

static int
bzip2_decode(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, struct img_err *err)
{
	struct bzip2_run r = bzip2_run_over(src, n_src, dst, n_dst);

	do {
		int rc = bzip2_stream(state, &r, false, err);

		if (rc)
			return rc;
		if (r.more)
			return img_fail(err, IMG_E_FORMAT, "the bzip2 stream gives more than the %zu bytes expected", n_dst);
		if (!r.ended)
			return img_fail(err, IMG_E_FORMAT, "the bzip2 stream ends early, with %zu of the %zu bytes expected",
					r.out, n_dst);
	} while (r.out < n_dst && r.in < n_src);
	if (r.out < n_dst)
		return img_fail(err, IMG_E_FORMAT, "the bzip2 stream gives only %zu of the %zu bytes expected", r.out, n_dst);
	return 0;
}

static int
bzip2_decode_head(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, size_t *ret_done,
		  struct img_err *err)
{
	struct bzip2_run r = bzip2_run_over(src, n_src, dst, n_dst);

	while (r.out < n_dst && r.in < n_src) {
		int rc = bzip2_stream(state, &r, true, err);

		if (rc)
			return rc;
		if (!r.ended)
			break;
	}
	*ret_done = r.out;
	return 0;
}

/* ---- encoding ---- */

static void *
bzip2_encoder_new(void)
{
	return calloc(1, sizeof(struct bzip2_state));
}

/* The smallest that takes all in one block.  observed: hdiutil */
static int
bzip2_own_level(size_t n)
{
	return n > 800000 ? 9 : n ? (int)((n + 99999) / 100000) : 1;
}

/* All of the input to the end of the stream, or BZ_OUTBUFF_FULL. */
static int
bzip2_compress(struct bzip2_run *r)
{
	int rc;

	do {
		unsigned int n_in = bzip2_piece(r->n_src - r->in), n_out = bzip2_piece(r->n_dst - r->out);

		r->z.next_in = r->src + r->in;
		r->z.avail_in = n_in;
		r->z.next_out = r->dst + r->out;
		r->z.avail_out = n_out;
		rc = BZ2_bzCompress(&r->z, r->in + n_in == r->n_src ? BZ_FINISH : BZ_RUN);
		r->in += n_in - r->z.avail_in;
		r->out += n_out - r->z.avail_out;
	} while ((rc == BZ_RUN_OK || rc == BZ_FINISH_OK) && r->out < r->n_dst);
	return rc == BZ_RUN_OK || rc == BZ_FINISH_OK ? BZ_OUTBUFF_FULL : rc;
}

static int
bzip2_encode(void *encoder, int level, const void *src, size_t n_src, void *dst, size_t *io_dst, struct img_err *err)
{
	struct bzip2_run r = bzip2_run_over(src, n_src, dst, *io_dst);
	int rc = encode_level(&img_codec_bzip2, level, bzip2_own_level(n_src), &level, err);

	if (rc)
		return rc;
	r.z = (bz_stream) { .bzalloc = bzip2_alloc, .bzfree = bzip2_free, .opaque = encoder };
	/* neither messages nor another work factor than the library's */
	if (BZ2_bzCompressInit(&r.z, level, 0, 0) != BZ_OK)
		return img_fail_nomem(err);
	rc = bzip2_compress(&r);
	BZ2_bzCompressEnd(&r.z);
	if (rc != BZ_STREAM_END)
		return encode_no_room(&img_codec_bzip2, n_src, *io_dst, err);
	*io_dst = r.out;
	return 0;
}

const struct img_codec img_codec_bzip2 = {
	.name = "bzip2",
	.state_new = bzip2_state_new,
	.state_free = bzip2_state_free,
	.decode = bzip2_decode,
	.block = 900000,
	.decode_head = bzip2_decode_head,
	.encoder_new = bzip2_encoder_new,
	.encoder_free = bzip2_state_free,
	.min_level = 1,
	.max_level = 9,
	.encode = bzip2_encode,
};

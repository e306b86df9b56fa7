/* SPDX-License-Identifier: BSD-2-Clause */
/* .xz streams, as in ULMO images.
 *
 * What a decoder costs is its dictionary, whose size the stream says: the memory limit stands before the allocation.
 * The lzma_stream lives as long as the state; started anew it keeps the dictionary when the size is the same, which it
 * is for all chunks of an image.  Checks inside the stream are verified by the library.  Once the chunk is full, what
 * follows the end of a stream is ignored, as for zlib; before that it must be another stream. */
#include "config.h"

#include "img/codec.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include <lzma.h>

#include "codecs/encode.h"

struct xz_state {
	lzma_stream z;
	uint64_t max_memory;
};

static void *
xz_state_new(uint64_t max_memory)
{
	struct xz_state *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->z = (lzma_stream)LZMA_STREAM_INIT;
	s->max_memory = max_memory ? max_memory : UINT64_MAX;
	return s;
}

static void
xz_state_free(void *state)
{
	struct xz_state *s = state;

	if (!s)
		return;
	lzma_end(&s->z);
	free(s);
}

static int
xz_fail(struct xz_state *s, lzma_ret rc, struct img_err *err)
{
	switch (rc) {
	case LZMA_MEM_ERROR:
		return img_fail_nomem(err);
	case LZMA_MEMLIMIT_ERROR:
		return img_fail(err, IMG_E_LIMIT, "the xz stream asks for %" PRIu64 " bytes of memory, the limit is %" PRIu64,
				lzma_memusage(&s->z), s->max_memory);
	case LZMA_FORMAT_ERROR:
		return img_fail(err, IMG_E_FORMAT, "the xz stream lacks its signature");
	case LZMA_OPTIONS_ERROR:
		return img_fail(err, IMG_E_UNSUPPORTED, "the xz stream uses options that liblzma does not know");
	default:
		return img_fail(err, IMG_E_FORMAT, "the xz stream is damaged");
	}
}

/* One way through a chunk. */
struct xz_run {
	const uint8_t *src;
	uint8_t *dst;
	size_t n_src, n_dst, in, out;
	bool more;		/* there is output beyond @n_dst */
	bool ended;		/* the last stream that was begun has ended */
};

/* Decode one stream until it ends, the input ends, a byte too many comes, or, for a head, the output is full. */
static int
xz_stream(struct xz_state *s, struct xz_run *r, bool head, struct img_err *err)
{
	uint8_t spare;
	lzma_ret rc = lzma_stream_decoder(&s->z, s->max_memory, 0);

	r->ended = false;
	if (rc != LZMA_OK)
		return xz_fail(s, rc, err);
	for (;;) {
		bool full = r->out == r->n_dst;

		s->z.next_in = r->src + r->in;
		s->z.avail_in = r->n_src - r->in;
		s->z.next_out = full ? &spare : r->dst + r->out;
		s->z.avail_out = full ? 1 : r->n_dst - r->out;
		rc = lzma_code(&s->z, LZMA_RUN);
		r->in = r->n_src - s->z.avail_in;
		if (full)
			r->more = s->z.avail_out == 0;
		else
			r->out = r->n_dst - s->z.avail_out;
		/* LZMA_BUF_ERROR: no input left, the second time we asked */
		if (rc != LZMA_OK || r->more || (head && r->out == r->n_dst))
			break;
	}
	r->ended = rc == LZMA_STREAM_END;
	if (rc == LZMA_OK || rc == LZMA_STREAM_END || rc == LZMA_BUF_ERROR || (head && r->out == r->n_dst))
		return 0;
	return xz_fail(s, rc, err);
}

static int
xz_decode(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, struct img_err *err)
{
	struct xz_run r = { .src = src, .n_src = n_src, .dst = dst, .n_dst = n_dst };

	do {
		int rc = xz_stream(state, &r, false, err);

		if (rc)
			return rc;
		if (r.more)
			return img_fail(err, IMG_E_FORMAT, "the xz stream gives more than the %zu bytes expected", n_dst);
		if (!r.ended)
			return img_fail(err, IMG_E_FORMAT, "the xz stream ends early, with %zu of the %zu bytes expected",
					r.out, n_dst);
	} while (r.out < n_dst && r.in < n_src);
	if (r.out < n_dst)
		return img_fail(err, IMG_E_FORMAT, "the xz stream gives only %zu of the %zu bytes expected", r.out, n_dst);
	return 0;
}

static int
xz_decode_head(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, size_t *ret_done,
	       struct img_err *err)
{
	struct xz_run r = { .src = src, .n_src = n_src, .dst = dst, .n_dst = n_dst };

	while (r.out < n_dst && r.in < n_src) {
		int rc = xz_stream(state, &r, true, err);

		if (rc)
			return rc;
		if (!r.ended)
			break;
	}
	*ret_done = r.out;
	return 0;
}

/* ---- encoding ---- */

#define XZ_OWN_LEVEL 6

static void *
xz_encoder_new(void)
{
	return xz_state_new(0);
}

/* A power of two that holds the chunk: no match reaches further, and the short last chunk has the dictionary of the
 * others or a smaller one. */
static uint32_t
xz_dictionary(size_t n, uint32_t most)
{
	uint32_t size = LZMA_DICT_SIZE_MIN;

	while (size < n && size < most)
		size *= 2;
	return size < most ? size : most;
}

/* Started anew, the stream keeps its memory as long as its options need as much.  Check none, as hdiutil writes it. */
static int
xz_encode_start(struct xz_state *s, int level, size_t n_src, struct img_err *err)
{
	lzma_options_lzma lzma;
	lzma_filter filters[] = {
		{ .id = LZMA_FILTER_LZMA2, .options = &lzma },
		{ .id = LZMA_VLI_UNKNOWN },
	};

	if (lzma_lzma_preset(&lzma, (uint32_t)level))
		return img_fail(err, IMG_E_UNSUPPORTED, "this liblzma does not know level %d", level);
	lzma.dict_size = xz_dictionary(n_src, lzma.dict_size);
	switch (lzma_stream_encoder(&s->z, filters, LZMA_CHECK_NONE)) {
	case LZMA_OK:
		return 0;
	case LZMA_MEM_ERROR:
		return img_fail_nomem(err);
	default:
		return img_fail(err, IMG_E_UNSUPPORTED, "this liblzma cannot write level %d", level);
	}
}

static int
xz_encode(void *encoder, int level, const void *src, size_t n_src, void *dst, size_t *io_dst, struct img_err *err)
{
	struct xz_state *s = encoder;
	lzma_ret ret;
	int rc = encode_level(&img_codec_xz, level, XZ_OWN_LEVEL, &level, err);

	if (!rc)
		rc = xz_encode_start(s, level, n_src, err);
	if (rc)
		return rc;
	s->z.next_in = src;
	s->z.avail_in = n_src;
	s->z.next_out = dst;
	s->z.avail_out = *io_dst;
	do {
		ret = lzma_code(&s->z, LZMA_FINISH);
	} while (ret == LZMA_OK && s->z.avail_out);
	if (ret == LZMA_MEM_ERROR)
		return img_fail_nomem(err);
	if (ret != LZMA_STREAM_END)
		return encode_no_room(&img_codec_xz, n_src, *io_dst, err);
	*io_dst -= s->z.avail_out;
	return 0;
}

const struct img_codec img_codec_xz = {
	.name = "xz",
	.state_new = xz_state_new,
	.state_free = xz_state_free,
	.decode = xz_decode,
	.decode_head = xz_decode_head,
	.encoder_new = xz_encoder_new,
	.encoder_free = xz_state_free,
	.max_level = 9,
	.encode = xz_encode,
};

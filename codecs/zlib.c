/* SPDX-License-Identifier: BSD-2-Clause */
/* zlib streams (RFC 1950).
 *
 * A whole chunk goes through libdeflate, which wants all input and all output at once and is two to three times as fast
 * as zlib for it; it checks the Adler-32.  The head of a chunk, whose end is not there, goes through zlib's inflate,
 * which can stop anywhere.  Encoding is libdeflate's as well.
 *
 * Bytes after the end of the stream are ignored: images exist whose chunks are padded to sectors, and the stream itself
 * says where it ends and that it is whole. */
#include "config.h"

#include "img/codec.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

#include <libdeflate.h>
#define ZLIB_CONST
#include <zlib.h>

#include "codecs/encode.h"

struct zlib_state {
	struct libdeflate_decompressor *whole;
	z_stream head;
	bool have_head;		/* inflate's 40 KB are only taken when somebody asks for a head */
};

static void
zlib_state_free(void *state)
{
	struct zlib_state *s = state;

	if (!s)
		return;
	if (s->whole)
		libdeflate_free_decompressor(s->whole);
	if (s->have_head)
		inflateEnd(&s->head);
	free(s);
}

static void *
zlib_state_new(uint64_t max_memory)
{
	struct zlib_state *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->whole = libdeflate_alloc_decompressor();
	if (!s->whole) {
		zlib_state_free(s);
		return NULL;
	}
	return s;
}

static int
zlib_decode(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, struct img_err *err)
{
	struct zlib_state *s = state;
	size_t used, made;

	switch (libdeflate_zlib_decompress_ex(s->whole, src, n_src, dst, n_dst, &used, &made)) {
	case LIBDEFLATE_SUCCESS:
		if (made == n_dst)
			return 0;
		return img_fail(err, IMG_E_FORMAT, "the zlib stream gives only %zu of the %zu bytes expected", made, n_dst);
	case LIBDEFLATE_INSUFFICIENT_SPACE:
		return img_fail(err, IMG_E_FORMAT, "the zlib stream gives more than the %zu bytes expected", n_dst);
	default:
		return img_fail(err, IMG_E_FORMAT, "the zlib stream is damaged");
	}
}

static int
zlib_head_start(struct zlib_state *s, struct img_err *err)
{
	if (s->have_head)
		return inflateReset(&s->head) == Z_OK ? 0 : img_fail_nomem(err);
	s->head = (z_stream) { 0 };
	if (inflateInit(&s->head) != Z_OK)
		return img_fail_nomem(err);
	s->have_head = true;
	return 0;
}

/* zlib counts in unsigned int */
static uInt
zlib_piece(size_t n)
{
	return n > UINT_MAX ? UINT_MAX : (uInt)n;
}

static int
zlib_decode_head(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, size_t *ret_done,
		 struct img_err *err)
{
	struct zlib_state *s = state;
	z_stream *z = &s->head;
	size_t in = 0, out = 0;
	int rc = zlib_head_start(s, err);

	if (rc)
		return rc;
	while (out < n_dst && in < n_src) {
		uInt n_in = zlib_piece(n_src - in), n_out = zlib_piece(n_dst - out);

		z->next_in = (const Bytef *)src + in;
		z->avail_in = n_in;
		z->next_out = (Bytef *)dst + out;
		z->avail_out = n_out;
		rc = inflate(z, Z_SYNC_FLUSH);
		in += n_in - z->avail_in;
		out += n_out - z->avail_out;
		if (rc == Z_STREAM_END)
			break;
		if (rc == Z_MEM_ERROR)
			return img_fail_nomem(err);
		/* damage beyond the bytes asked for is not our business */
		if (rc != Z_OK && rc != Z_BUF_ERROR && out < n_dst)
			return img_fail(err, IMG_E_FORMAT, "the zlib stream is damaged at byte %zu", in);
		if (rc == Z_BUF_ERROR)
			break;
	}
	*ret_done = out;
	return 0;
}

/* ---- encoding ---- */

/* Measured on data like an application's, in chunks of 512 KiB and 1 MiB: the fastest whose output is no larger than that
 * of zlib's level 6. */
#define ZLIB_OWN_LEVEL 5

struct zlib_encoder {
	struct libdeflate_compressor *c;
	int level;		/* that @c was made for */
};

static void *
zlib_encoder_new(void)
{
	return calloc(1, sizeof(struct zlib_encoder));
}

static void
zlib_encoder_free(void *encoder)
{
	struct zlib_encoder *e = encoder;

	if (!e)
		return;
	if (e->c)
		libdeflate_free_compressor(e->c);
	free(e);
}

static int
zlib_encode(void *encoder, int level, const void *src, size_t n_src, void *dst, size_t *io_dst, struct img_err *err)
{
	struct zlib_encoder *e = encoder;
	size_t n;
	int rc = encode_level(&img_codec_zlib, level, ZLIB_OWN_LEVEL, &level, err);

	if (rc)
		return rc;
	if (e->c && e->level != level) {
		libdeflate_free_compressor(e->c);
		e->c = NULL;
	}
	if (!e->c)
		e->c = libdeflate_alloc_compressor(level);
	if (!e->c)
		return img_fail_nomem(err);
	e->level = level;
	n = libdeflate_zlib_compress(e->c, src, n_src, dst, *io_dst);
	if (!n)
		return encode_no_room(&img_codec_zlib, n_src, *io_dst, err);
	/* 78 5e, levels 2 to 5 of libdeflate, is in no image we know; the bits mean nothing to a decoder */
	if (((uint8_t *)dst)[1] == 0x5e)
		((uint8_t *)dst)[1] = 0x9c;
	*io_dst = n;
	return 0;
}

const struct img_codec img_codec_zlib = {
	.name = "zlib",
	.state_new = zlib_state_new,
	.state_free = zlib_state_free,
	.decode = zlib_decode,
	.decode_head = zlib_decode_head,
	.encoder_new = zlib_encoder_new,
	.encoder_free = zlib_encoder_free,
	.min_level = 1,
	.max_level = 12,
	.encode = zlib_encode,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* An out in front of another that encrypts what passes: a header, then the bytes in blocks.  Pieces of many blocks are
 * encrypted by threads and written in order (core/pack_pieces.c).
 *
 * The header says how long the data are.  It goes out
 *   - last, to its place at the start, where the out below seeks;
 *   - first, where whoever writes through this knows the size (->expect);
 *   - first of all that was put into a work file, when neither is so: a compressed image on its way into a compressor or
 *     into parts. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/out.h"
#include "core/pack.h"
#include "formats/encrcdsa/encrcdsa.h"
#include "img/env.h"
#include "img/job.h"
#include "img/out.h"

#define PIECE ((size_t)256 << 10)

struct enc_out {
	struct img_out out;		/* first */
	struct img_out *below;		/* owned */
	struct enc_seal *seal;		/* borrowed */
	unsigned int threads;
	struct pack_piece_kind kind;
	void *pieces;			/* NULL: nothing was written yet */
	uint64_t at;			/* bytes taken */
	uint64_t stored;		/* of cipher blocks given on */
	bool header_last;
};

static struct enc_out *
enc_out_of(struct img_out *o)
{
	return (struct enc_out *)o;
}

static int
turn(void *arg, uint64_t at, const void *src, size_t n, void *dst, struct img_err *err)
{
	return enc_seal_blocks(arg, at / ENC_BLOCK, src, dst, n / ENC_BLOCK, err);
}

static int
put(void *ctx, const void *bytes, size_t n, struct img_err *err)
{
	struct enc_out *o = ctx;
	int rc = img_out_write(o->below, ENC_HEADER + o->stored, bytes, n, err);

	o->stored += n;
	return rc;
}

static int
write_header(struct enc_out *o, uint64_t len, struct img_err *err)
{
	img_autofree uint8_t *b = malloc(ENC_HEADER);

	if (!b)
		return img_fail_nomem(err);
	enc_seal_header(o->seal, len, b);
	return img_out_write(o->below, 0, b, ENC_HEADER, err);
}

static uint64_t
stored_size(uint64_t len)
{
	return ENC_HEADER + (len + ENC_BLOCK - 1) / ENC_BLOCK * ENC_BLOCK;
}

static int
begin(struct enc_out *o, struct img_err *err)
{
	int rc = 0;

	if (!(o->below->flags & IMG_OUT_SEEKS) && !o->out.expect)
		rc = img_out_spooled(o->below, true, o->out.env, &o->below, err);
	if (rc)
		return rc;
	o->header_last = o->below->flags & IMG_OUT_SEEKS;
	if (o->out.expect)
		o->below->expect = stored_size(o->out.expect);
	if (!o->header_last)
		rc = write_header(o, o->out.expect, err);
	return rc ? rc : pack_pieces_begin(&o->kind, 0, o->threads, put, o, &o->pieces, err);
}

static int
take(struct enc_out *o, uint64_t off, const void *buf, size_t len, struct img_err *err)
{
	int rc = 0;

	if (off != o->at)
		return img_fail(err, IMG_E_USAGE, "written at %" PRIu64 ", expected %" PRIu64, off, o->at);
	if (!o->pieces)
		rc = begin(o, err);
	if (!rc)
		rc = pack_pieces_add(o->pieces, buf, len, err);
	o->at += len;
	return rc;
}

static int
enc_out_write(struct img_out *out, uint64_t off, const void *buf, size_t len, struct img_err *err)
{
	return take(enc_out_of(out), off, buf, len, err);
}

static int
enc_out_zero(struct img_out *out, uint64_t off, uint64_t len, struct img_err *err)
{
	static const uint8_t zeros[65536];
	int rc = 0;

	while (!rc && len) {
		size_t n = len < sizeof zeros ? (size_t)len : sizeof zeros;

		if (out->env && img_env_cancelled(out->env))
			return img_fail(err, IMG_E_CANCELLED, "interrupted");
		rc = take(enc_out_of(out), off, zeros, n, err);
		off += n;
		len -= n;
	}
	return rc;
}

static int
enc_out_resize(struct img_out *out, uint64_t size, struct img_err *err)
{
	struct enc_out *o = enc_out_of(out);
	uint64_t end = (size + ENC_BLOCK - 1) / ENC_BLOCK * ENC_BLOCK;
	int rc = 0;

	if (size < o->at)
		return img_fail(err, IMG_E_USAGE, "cut at %" PRIu64 ", %" PRIu64 " bytes were written", size, o->at);
	if (!o->pieces)
		rc = begin(o, err);
	if (!rc)
		rc = enc_out_zero(out, o->at, end - o->at, err);	/* the rest of the last block is nothing, and zeros */
	if (!rc && end)
		rc = pack_pieces_finish(o->pieces, err);
	if (!rc && !o->header_last && size != out->expect)
		rc = img_fail(err, IMG_E_IO, "the image has %" PRIu64 " bytes, and its header says %" PRIu64, size, out->expect);
	if (!rc && o->header_last)
		rc = write_header(o, size, err);
	return rc ? rc : img_out_resize(o->below, ENC_HEADER + end, err);
}

static int
enc_out_commit(struct img_out *out, struct img_err *err)
{
	return img_out_commit(enc_out_of(out)->below, err);
}

static void
enc_out_destroy(struct img_out *out)
{
	struct enc_out *o = enc_out_of(out);

	if (o->pieces)
		pack_pieces_free(o->pieces);
	img_out_free(o->below);
	free(o);
}

static const struct img_out_ops ops = {
	.write = enc_out_write, .zero = enc_out_zero, .resize = enc_out_resize, .commit = enc_out_commit,
	.destroy = enc_out_destroy,
};

int
enc_out(struct img_out *below, struct enc_seal *seal, unsigned int threads, struct img_out **ret, struct img_err *err)
{
	struct enc_out *o = calloc(1, sizeof *o);

	if (!o)
		return img_fail_nomem(err);
	o->out = (struct img_out) {
		.ops = &ops, .flags = below->flags & ~(uint32_t)(IMG_OUT_SEEKS | IMG_OUT_ZEROED), .env = below->env,
		.free = below->free,
	};
	o->below = below;
	o->seal = seal;
	o->threads = threads ? threads : img_processors();
	o->kind = (struct pack_piece_kind) { .piece = PIECE, .turn = turn, .arg = seal };
	*ret = &o->out;
	return 0;
}

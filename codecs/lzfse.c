/* SPDX-License-Identifier: BSD-2-Clause */
/* LZFSE: UDIF runs 0x80000007, decmpfs types 11 and 12.
 *
 * A stream is a row of blocks, each with a magic of four bytes:
 *
 *     bvx-  stored bytes                    bvx1, bvx2  LZ77 under finite state entropy (lzfse_fse.c)
 *     bvxn  LZVN opcodes (lzvn.c)           bvx$        end of the stream
 *
 * Every block says how many bytes it decodes to.  Matches reach back over the whole output of the stream, whatever the
 * blocks before were.  Nothing carries a checksum: damage shows when sizes, distances or tables do not work out, or not
 * at all.
 *
 * Bytes after bvx$ are ignored, as those after a zlib stream; without bvx$ a stream is cut off. */
#include "config.h"

#include "img/codec.h"

#include <stdlib.h>

#include "codecs/lzfse.h"
#include "codecs/lzvn.h"
#include "core/bytes.h"

/* What became of a block, beside negative errors. */
enum { BLOCK_DONE, BLOCK_CUT /* the input ends inside */, BLOCK_MORE /* than fits the output */, BLOCK_LAST };

struct lzfse_run {
	struct lzfse_tables *t;
	const uint8_t *src, *p, *end;
	struct lz_out out;
	bool clip;		/* for a head: stop when the output is full, or when the input does not reach */
};

static size_t
run_left(const struct lzfse_run *r)
{
	return (size_t)(r->end - r->p);
}

static size_t
run_room(const struct lzfse_run *r)
{
	return (size_t)(r->out.end - r->out.at);
}

static int
raw_block(struct lzfse_run *r, struct img_err *err)
{
	size_t n, have;

	if (run_left(r) < 8)
		return BLOCK_CUT;
	n = load_le32(r->p + 4);
	have = run_left(r) - 8;
	if (n > have && !r->clip)
		return BLOCK_CUT;
	if (n > run_room(r) && !r->clip)
		return BLOCK_MORE;
	if (n > have)
		n = have;
	if (n > run_room(r))
		n = run_room(r);
	memcpy(r->out.at, r->p + 8, n);
	r->out.at += n;
	r->p += 8 + n;
	return BLOCK_DONE;
}

static int
lzvn_block(struct lzfse_run *r, struct img_err *err)
{
	const uint8_t *p, *end, *limit;
	size_t n_raw, n_payload;
	int rc;

	if (run_left(r) < 12)
		return BLOCK_CUT;
	n_raw = load_le32(r->p + 4);
	n_payload = load_le32(r->p + 8);
	p = r->p + 12;
	if (n_payload > run_left(r) - 12 && !r->clip)
		return BLOCK_CUT;
	if (n_raw > run_room(r) && !r->clip)
		return BLOCK_MORE;
	end = n_payload > run_left(r) - 12 ? r->end : p + n_payload;
	limit = n_raw > run_room(r) ? r->out.end : r->out.at + n_raw;
	rc = lzvn_run(&p, end, &r->out, limit, limit == r->out.end && r->clip ? LZVN_STOP_FULL | LZVN_CLIP : 0, err);
	if (rc < 0)
		return rc;
	r->p = p;
	if (r->clip && (rc == LZVN_FULL || (rc == LZVN_STARVED && end == r->end)))
		return rc == LZVN_FULL ? BLOCK_DONE : BLOCK_CUT;
	if (rc == LZVN_MORE)
		return img_fail(err, IMG_E_FORMAT, "its opcodes give more than the %zu bytes its header says", n_raw);
	if (rc != LZVN_ENDED || p != end)
		return img_fail(err, IMG_E_FORMAT, "its opcodes do not end where its %zu bytes do", n_payload);
	if (r->out.at != limit)
		return img_fail(err, IMG_E_FORMAT, "it gives %zu bytes less than its header says",
				(size_t)(limit - r->out.at));
	return BLOCK_DONE;
}

static int
fse_block(struct lzfse_run *r, struct img_err *err)
{
	struct lzfse_block b;
	uint64_t len;
	int rc = lzfse_header_parse(r->p, run_left(r), &b, err);

	if (rc)
		return rc < 0 ? rc : BLOCK_CUT;
	len = (uint64_t)b.n_header + b.n_literal_bytes + b.n_match_bytes;
	if (len > run_left(r))
		return BLOCK_CUT;
	if (b.n_raw > run_room(r) && !r->clip)
		return BLOCK_MORE;
	rc = lzfse_block_decode(r->t, &b, r->p, &r->out, r->clip, err);
	if (rc)
		return rc;
	r->p += len;
	return BLOCK_DONE;
}

static int
any_block(struct lzfse_run *r, struct img_err *err)
{
	if (run_left(r) < 4)
		return BLOCK_CUT;
	switch (load_le32(r->p)) {
	case LZFSE_RAW:
		return raw_block(r, err);
	case LZFSE_LZVN:
		return lzvn_block(r, err);
	case LZFSE_V1:
	case LZFSE_V2:
		return fse_block(r, err);
	case LZFSE_END:
		return BLOCK_LAST;
	default:
		return img_fail(err, IMG_E_FORMAT, "%02x%02x%02x%02x is not the magic of one", r->p[0], r->p[1], r->p[2],
				r->p[3]);
	}
}

/* Decode block after block; BLOCK_LAST, BLOCK_CUT, BLOCK_MORE or an error.  A head is done when the output is full. */
static int
lzfse_run(struct lzfse_run *r, struct img_err *err)
{
	int rc;

	do {
		size_t at = (size_t)(r->p - r->src);

		if (r->clip && r->out.at == r->out.end)
			return BLOCK_LAST;
		rc = any_block(r, err);
		if (rc < 0)
			return img_note(err, rc, "the LZFSE stream is damaged: block at byte %zu", at);
	} while (rc == BLOCK_DONE);
	return rc;
}

static int
lzfse_decode(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, struct img_err *err)
{
	struct lzfse_run r = {
		.t = state, .src = src, .p = src, .end = (const uint8_t *)src + n_src,
		.out = { .start = dst, .at = dst, .end = (uint8_t *)dst + n_dst },
	};
	int rc = lzfse_run(&r, err);

	if (rc < 0)
		return rc;
	if (rc == BLOCK_CUT)
		return img_fail(err, IMG_E_FORMAT, "the LZFSE stream ends early, with %zu of the %zu bytes expected",
				(size_t)(r.out.at - r.out.start), n_dst);
	if (rc == BLOCK_MORE)
		return img_fail(err, IMG_E_FORMAT, "the LZFSE stream gives more than the %zu bytes expected", n_dst);
	if (run_room(&r))
		return img_fail(err, IMG_E_FORMAT, "the LZFSE stream gives only %zu of the %zu bytes expected",
				(size_t)(r.out.at - r.out.start), n_dst);
	return 0;
}

static int
lzfse_decode_head(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, size_t *ret_done,
		  struct img_err *err)
{
	struct lzfse_run r = {
		.t = state, .src = src, .p = src, .end = (const uint8_t *)src + n_src,
		.out = { .start = dst, .at = dst, .end = (uint8_t *)dst + n_dst },
		.clip = true,
	};
	int rc = lzfse_run(&r, err);

	if (rc < 0)
		return rc;
	*ret_done = (size_t)(r.out.at - r.out.start);
	return 0;
}

static void *
lzfse_state_new(uint64_t max_memory)
{
	/* zeroed: entries behind the end of a table are never read, but let no tool wonder */
	return calloc(1, sizeof(struct lzfse_tables));
}

const struct img_codec img_codec_lzfse = {
	.name = "lzfse",
	.state_new = lzfse_state_new,
	.state_free = free,
	.decode = lzfse_decode,
	.decode_head = lzfse_decode_head,
	.encoder_new = lzfse_encoder_new,
	.encoder_free = lzfse_encoder_free,
	.encode = lzfse_encode,
};

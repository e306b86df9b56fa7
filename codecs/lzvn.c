/* SPDX-License-Identifier: BSD-2-Clause */
/* LZVN: LZ77 in whole bytes.
 *
 * An opcode of 1 to 3 bytes says how many literals L follow it, and then how many bytes M to repeat from D back; D stays
 * until an opcode brings another.  Which opcode it is shows in ranges of its first byte, written down in lzvn_parse.  A
 * stream ends with 06 and seven more bytes; decmpfs readers may stop as soon as they have all they expect.
 *
 * Corners: D starts at 0, which no match may use; 0E and 16 do nothing; the undefined opcodes lie scattered among the
 * others.  In an LZFSE stream matches may reach into earlier blocks, but D starts anew with each. */
#include "config.h"

#include "codecs/lzvn.h"

#include "core/bytes.h"
#include "img/codec.h"

struct lzvn_op {
	uint32_t n_bytes;	/* of the opcode without its literals; 0: undefined */
	uint32_t n_literals, n_match;
	uint32_t dist;		/* in: that of the opcode before */
};

/* From a first byte to the length of its opcode; 0 for undefined ones. */
static inline uint32_t
lzvn_op_bytes(uint8_t b)
{
	switch (b) {
	case 0x0e: case 0x16:			/* nothing */
		return 1;
	case 0x06:				/* end of stream */
		return 8;
	case 0x1e: case 0x26: case 0x2e: case 0x36: case 0x3e:
	case 0x70 ... 0x7f:
	case 0xd0 ... 0xdf:
		return 0;
	case 0xa0 ... 0xbf:			/* medium distance */
		return 3;
	case 0xe0: case 0xf0:			/* large literal, large match */
		return 2;
	case 0xe1 ... 0xef:			/* small literal */
	case 0xf1 ... 0xff:			/* small match */
		return 1;
	default:				/* large, previous, small distance */
		return (b & 7) == 7 ? 3 : (b & 7) == 6 ? 1 : 2;
	}
}

/* The opcode at @p, all of whose bytes are there. */
static inline void
lzvn_parse(const uint8_t *p, struct lzvn_op *op)
{
	uint8_t b = p[0];

	op->n_literals = op->n_match = 0;
	if (b == 0x06 || b == 0x0e || b == 0x16)
		return;
	if (b >= 0xf0) {
		op->n_match = b == 0xf0 ? p[1] + 16U : b & 15U;
		return;
	}
	if (b >= 0xe0) {
		op->n_literals = b == 0xe0 ? p[1] + 16U : b & 15U;
		return;
	}
	if (b >= 0xa0 && b <= 0xbf) {
		op->n_literals = b >> 3 & 3;
		op->n_match = ((b & 7U) << 2 | (p[1] & 3U)) + 3;
		op->dist = load_le16(p + 1) >> 2;
		return;
	}
	op->n_literals = b >> 6;
	op->n_match = (b >> 3 & 7U) + 3;
	if ((b & 7) == 7)
		op->dist = load_le16(p + 1);
	else if ((b & 7) != 6)
		op->dist = (b & 7U) << 8 | p[1];
}

/* An opcode that goes beyond the limit: with LZVN_CLIP only its first part. */
static bool
lzvn_clip(struct lzvn_op *op, size_t room, int flags)
{
	if (!(flags & LZVN_CLIP))
		return false;
	if (op->n_literals > room)
		op->n_literals = (uint32_t)room;
	op->n_match = (uint32_t)room - op->n_literals;
	return true;
}

int
lzvn_run(const uint8_t **io_src, const uint8_t *end, struct lz_out *out, const uint8_t *limit, int flags,
	 struct img_err *err)
{
	const uint8_t *begin = *io_src, *p = begin;
	uint8_t *at = out->at;
	struct lzvn_op op = { 0 };
	int rc = LZVN_STARVED;

	for (;;) {
		if (at == limit && flags & LZVN_STOP_FULL) {
			rc = LZVN_FULL;
			break;
		}
		if (p == end)
			break;
		op.n_bytes = lzvn_op_bytes(*p);
		if (lz_unlikely(!op.n_bytes)) {
			rc = img_fail(err, IMG_E_FORMAT, "undefined opcode %02x at byte %zu", *p, (size_t)(p - begin));
			break;
		}
		if ((size_t)(end - p) < op.n_bytes)
			break;
		lzvn_parse(p, &op);
		if (lz_unlikely(op.n_bytes == 8)) {
			p += op.n_bytes;
			rc = LZVN_ENDED;
			break;
		}
		if ((size_t)(end - p) - op.n_bytes < op.n_literals)
			break;
		if (lz_unlikely((size_t)(limit - at) < op.n_literals + op.n_match) &&
		    !lzvn_clip(&op, (size_t)(limit - at), flags)) {
			rc = img_fail(err, IMG_E_FORMAT, "more output than the %zu bytes expected at byte %zu",
				      (size_t)(limit - out->at), (size_t)(p - begin));
			break;
		}
		p += op.n_bytes;
		lz_literals(at, (size_t)(out->end - at), p, (size_t)(end - p), op.n_literals);
		p += op.n_literals;
		at += op.n_literals;
		if (!op.n_match)
			continue;
		if (lz_unlikely((size_t)op.dist - 1 >= (size_t)(at - out->start))) {
			rc = img_fail(err, IMG_E_FORMAT, "distance %u at byte %zu with %zu bytes of output", op.dist,
				      (size_t)(p - begin), (size_t)(at - out->start));
			break;
		}
		lz_match(at, (size_t)(out->end - at), op.dist, op.n_match);
		at += op.n_match;
	}
	*io_src = p;
	out->at = at;
	return rc;
}

static int
lzvn_decode(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, struct img_err *err)
{
	struct lz_out out = { .start = dst, .at = dst, .end = (uint8_t *)dst + n_dst };
	const uint8_t *p = src;
	int rc = lzvn_run(&p, p + n_src, &out, out.end, LZVN_STOP_FULL, err);

	if (rc < 0)
		return img_note(err, rc, "the LZVN stream is damaged");
	if (out.at == out.end)
		return 0;
	if (rc == LZVN_STARVED)
		return img_fail(err, IMG_E_FORMAT, "the LZVN stream ends early, with %zu of the %zu bytes expected",
				(size_t)(out.at - out.start), n_dst);
	return img_fail(err, IMG_E_FORMAT, "the LZVN stream gives only %zu of the %zu bytes expected",
			(size_t)(out.at - out.start), n_dst);
}

static int
lzvn_decode_head(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, size_t *ret_done,
		 struct img_err *err)
{
	struct lz_out out = { .start = dst, .at = dst, .end = (uint8_t *)dst + n_dst };
	const uint8_t *p = src;
	int rc = lzvn_run(&p, p + n_src, &out, out.end, LZVN_STOP_FULL | LZVN_CLIP, err);

	if (rc < 0)
		return img_note(err, rc, "the LZVN stream is damaged");
	*ret_done = (size_t)(out.at - out.start);
	return 0;
}

const struct img_codec img_codec_lzvn = {
	.name = "lzvn",
	.decode = lzvn_decode,
	.decode_head = lzvn_decode_head,
};

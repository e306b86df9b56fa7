/* SPDX-License-Identifier: BSD-2-Clause */
/* LZVN: LZ77 in whole bytes.
 *
 * An opcode of 1 to 3 bytes says how many literals L follow it, and then how many bytes M to repeat from D back; D stays
 * until an opcode brings another.  Which opcode it is shows in its first byte: lzvn_kinds.  A
 * stream ends with 06 and seven more bytes; decmpfs readers may stop as soon as they have all they expect.
 *
 * Corners: D starts at 0, which no match may use; 0E and 16 do nothing; the undefined opcodes lie scattered among the
 * others.  In an LZFSE stream matches may reach into earlier blocks, but D starts anew with each. */
#include "config.h"

#include "codecs/lzvn.h"

#include <stdlib.h>

#include "core/bytes.h"
#include "img/codec.h"

enum lzvn_kind {
	UNDEFINED,
	SMALL_DIST,		/* LLMMMDDD DDDDDDDD */
	LARGE_DIST,		/* LLMMM111, distance little-endian */
	SAME_DIST,		/* LLMMM110 */
	MEDIUM_DIST,		/* 101LLMMM DDDDDDMM DDDDDDDD */
	SMALL_LITERAL,		/* 1110LLLL */
	LARGE_LITERAL,		/* 11100000 LLLLLLLL */
	SMALL_MATCH,		/* 1111MMMM */
	LARGE_MATCH,		/* 11110000 MMMMMMMM */
	NOTHING,
	END_OF_STREAM,
};

/* Eight first bytes that share LL and MMM, but for the one that ends in 110. */
#define ROW(b) [(b) ... (b) + 5] = SMALL_DIST, [(b) + 7] = LARGE_DIST

static const uint8_t lzvn_kinds[256] = {
	ROW(0x00), ROW(0x08), ROW(0x10), ROW(0x18), ROW(0x20), ROW(0x28), ROW(0x30), ROW(0x38),
	ROW(0x40), ROW(0x48), ROW(0x50), ROW(0x58), ROW(0x60), ROW(0x68),
	ROW(0x80), ROW(0x88), ROW(0x90), ROW(0x98),
	ROW(0xc0), ROW(0xc8),
	[0x06] = END_OF_STREAM, [0x0e] = NOTHING, [0x16] = NOTHING,
	[0x46] = SAME_DIST, [0x4e] = SAME_DIST, [0x56] = SAME_DIST, [0x5e] = SAME_DIST, [0x66] = SAME_DIST,
	[0x6e] = SAME_DIST, [0x86] = SAME_DIST, [0x8e] = SAME_DIST, [0x96] = SAME_DIST, [0x9e] = SAME_DIST,
	[0xc6] = SAME_DIST, [0xce] = SAME_DIST,
	[0xa0 ... 0xbf] = MEDIUM_DIST,
	[0xe0] = LARGE_LITERAL, [0xe1 ... 0xef] = SMALL_LITERAL,
	[0xf0] = LARGE_MATCH, [0xf1 ... 0xff] = SMALL_MATCH,
};

struct lzvn_op {
	uint32_t n_bytes;	/* of the opcode without its literals */
	uint32_t n_literals, n_match;
	size_t dist;		/* stays from opcode to opcode */
};

/* The opcode that begins with the low bytes of @w. */
static inline enum lzvn_kind
lzvn_parse(uint32_t w, struct lzvn_op *op)
{
	enum lzvn_kind kind = lzvn_kinds[w & 255];

	op->n_bytes = 1;
	op->n_literals = op->n_match = 0;
	switch (kind) {
	case SMALL_DIST:
		op->n_bytes = 2;
		op->n_literals = w >> 6 & 3;
		op->n_match = (w >> 3 & 7) + 3;
		op->dist = (w & 7) << 8 | (w >> 8 & 255);
		break;
	case LARGE_DIST:
		op->n_bytes = 3;
		op->n_literals = w >> 6 & 3;
		op->n_match = (w >> 3 & 7) + 3;
		op->dist = w >> 8 & 0xffff;
		break;
	case SAME_DIST:
		op->n_literals = w >> 6 & 3;
		op->n_match = (w >> 3 & 7) + 3;
		break;
	case MEDIUM_DIST:
		op->n_bytes = 3;
		op->n_literals = w >> 3 & 3;
		op->n_match = ((w & 7) << 2 | (w >> 8 & 3)) + 3;
		op->dist = w >> 10 & 0x3fff;
		break;
	case SMALL_LITERAL:
		op->n_literals = w & 15;
		break;
	case LARGE_LITERAL:
		op->n_bytes = 2;
		op->n_literals = (w >> 8 & 255) + 16;
		break;
	case SMALL_MATCH:
		op->n_match = w & 15;
		break;
	case LARGE_MATCH:
		op->n_bytes = 2;
		op->n_match = (w >> 8 & 255) + 16;
		break;
	case END_OF_STREAM:
		op->n_bytes = 8;
		break;
	case NOTHING:
	case UNDEFINED:
		break;
	}
	return kind;
}

/* The next four bytes, with zeros for those that are not there; parsing does not care, as the length is checked after. */
static inline uint32_t
lzvn_peek(const uint8_t *p, size_t left)
{
	uint32_t w = 0;

	if (lz_likely(left >= 4))
		return load_le32(p);
	for (size_t i = 0; i < left; i++)
		w |= (uint32_t)p[i] << 8 * i;
	return w;
}

/* The first @room bytes of an opcode that gives more. */
static struct lzvn_op
lzvn_clip(struct lzvn_op op, size_t room)
{
	if (op.n_literals > room)
		op.n_literals = (uint32_t)room;
	op.n_match = (uint32_t)room - op.n_literals;
	return op;
}

/* Carry out an opcode whose literals are there and whose output has room; false if its distance is wrong. */
static inline bool
lzvn_copy(const struct lzvn_op *op, const uint8_t *lit, size_t left, struct lz_out *out)
{
	size_t room = (size_t)(out->end - out->at);

	/* before a match stand three literals at most; a wide store would make the match that reads them wait */
	if (op->n_literals <= 4 && left >= 4 && room >= 4)
		memcpy(out->at, lit, 4);
	else
		lz_literals(out->at, room, lit, left, op->n_literals);
	out->at += op->n_literals;
	if (!op->n_match)
		return true;
	if (lz_unlikely(op->dist - 1 >= (size_t)(out->at - out->start)))
		return false;
	lz_match(out->at, room - op->n_literals, op->dist, op->n_match);
	out->at += op->n_match;
	return true;
}

int
lzvn_run(const uint8_t **io_src, const uint8_t *end, struct lz_out *out, const uint8_t *limit, int flags,
	 struct img_err *err)
{
	const uint8_t *begin = *io_src, *p = begin;
	struct lz_out o = *out;
	struct lzvn_op op = { 0 };
	int rc = LZVN_STARVED;

	for (;;) {
		size_t left = (size_t)(end - p), room = (size_t)(limit - o.at);
		enum lzvn_kind kind;

		if (lz_unlikely(!room) && flags & LZVN_STOP_FULL) {
			rc = LZVN_FULL;
			break;
		}
		if (!left)
			break;
		kind = lzvn_parse(lzvn_peek(p, left), &op);
		if (lz_unlikely(kind == UNDEFINED)) {
			rc = img_fail(err, IMG_E_FORMAT, "undefined opcode %02x at byte %zu", *p, (size_t)(p - begin));
			break;
		}
		if (lz_unlikely(left < op.n_bytes + op.n_literals))
			break;
		if (lz_unlikely(kind == END_OF_STREAM)) {
			p += op.n_bytes;
			rc = LZVN_ENDED;
			break;
		}
		if (lz_unlikely(room < op.n_literals + op.n_match)) {
			if (!(flags & LZVN_CLIP)) {
				rc = LZVN_MORE;
				break;
			}
			op = lzvn_clip(op, room);
		}
		if (lz_unlikely(!lzvn_copy(&op, p + op.n_bytes, left - op.n_bytes, &o))) {
			rc = img_fail(err, IMG_E_FORMAT, "distance %zu at byte %zu with %zu bytes of output", op.dist,
				      (size_t)(p - begin), (size_t)(o.at - o.start));
			break;
		}
		p += op.n_bytes + op.n_literals;
	}
	*io_src = p;
	*out = o;
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
	if (rc == LZVN_MORE)
		return img_fail(err, IMG_E_FORMAT, "the LZVN stream gives more than the %zu bytes expected", n_dst);
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
	.encoder_new = lz_chains_new,
	.encoder_free = free,
	.encode = lzvn_encode,
};

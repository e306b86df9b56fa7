/* SPDX-License-Identifier: BSD-2-Clause */
/* Cutting a source into units.
 *
 * A sink with a grid gets its cells; a chunk of the source that fills one may travel as it is stored.  Without a grid the
 * source's own chunks are the units: a chunk whole, small runs batched, plain data in pieces that fit a processor's cache.
 * Zeros and holes are one unit however long they are, unless they only pad what lies between small files.  Small files
 * travel through memory together: a call of the kernel for each would cost more than the copy. */
#include "config.h"

#include "convert/plan.h"

#include <inttypes.h>

#include "img/codec.h"

#define UNIT_PLAIN (UINT64_C(512) << 10)	/* plain data in one unit: fits the second-level cache */
#define UNIT_BATCH (UINT64_C(256) << 10)	/* runs shorter than this travel together */
#define UNIT_AS_IS (UINT64_C(64) << 20)		/* handed to the kernel in one go */
#define UNIT_GAP 2048				/* zeros between small files that do not end their batch: padding */

static bool
is_empty(enum img_kind k)
{
	return k == IMG_HOLE || k == IMG_ZERO;
}

/* Neighbouring empty runs of one kind. */
static int
take_empty(const struct plan *p, struct plan_unit *u, uint64_t end, struct img_err *err)
{
	while (end < p->source->size) {
		struct img_extent e;
		int rc = img_source_resolve(p->source, end, &e, NULL, err);

		if (rc)
			return rc;
		if (e.kind != u->unit.kind)
			break;
		end = e.off + e.len;
	}
	u->unit.len = end - u->unit.off;
	return 0;
}

static uint64_t
piece_end(const struct img_extent *e, uint64_t off)
{
	uint64_t end = e->off + e->len;

	if (!e->codec || e->codec->decode_at) {
		uint64_t cut = off - off % UNIT_PLAIN + UNIT_PLAIN;

		if (cut < end)
			end = cut;
	}
	return end;
}

static void
count_memory(struct plan_unit *u, const struct img_extent *e)
{
	if (e->codec && !e->codec->decode_at)
		u->memory += e->whole + e->stored;
}

/* Data: the run at hand, and small ones behind it. */
static int
take_data(const struct plan *p, struct plan_unit *u, const struct img_extent *first, struct img_err *err)
{
	uint64_t end = piece_end(first, u->unit.off);
	struct img_extent e;

	count_memory(u, first);
	while (end - u->unit.off < UNIT_BATCH && end < p->source->size) {
		uint64_t next;
		int rc = img_source_resolve(p->source, end, &e, NULL, err);

		if (rc)
			return rc;
		next = piece_end(&e, end);
		if (!e.len || (is_empty(e.kind) && next - end >= UNIT_GAP) || next - u->unit.off > 2 * UNIT_BATCH)
			break;
		count_memory(u, &e);
		end = next;
	}
	u->unit.len = end - u->unit.off;
	u->memory += u->unit.len;
	return 0;
}

static bool
take_as_is(const struct plan *p, struct plan_unit *u, const struct img_extent *e)
{
	uint64_t ahead = u->unit.off - e->off, len = e->len - ahead;

	if (!p->may_accept || e->codec || e->len < UNIT_BATCH || !p->sink->ops->accept || p->sink->ops->cut || !p->sink->ops->accept(p->sink, e))
		return false;
	u->as_is = true;
	u->run = *e;
	u->run.off += ahead;
	u->run.at += ahead;
	u->run.len = u->run.stored = len < UNIT_AS_IS ? len : UNIT_AS_IS;
	u->unit.len = u->run.len;
	return true;
}

/* A chunk that is visible whole, ends at @end and is accepted. */
static bool
take_chunk(const struct plan *p, struct plan_unit *u, const struct img_extent *e, uint64_t end)
{
	if (!e->codec || e->off != u->unit.off || e->skip || e->len != e->whole || e->off + e->len != end ||
	    (e->codec->decode_at && !p->may_accept) || !p->sink->ops->accept || !p->sink->ops->accept(p->sink, e))
		return false;
	u->as_is = true;
	u->run = *e;
	u->unit.len = e->len;
	u->memory = e->stored;
	if (!e->codec->decode_at)
		u->memory += e->whole;
	return true;
}

/* The cell at hand, or as many whole cells as are empty. */
static int
take_cell(const struct plan *p, struct plan_unit *u, const struct img_extent *first, struct img_err *err)
{
	const struct img_sink *k = p->sink;
	uint64_t end = k->ops->cut(k, u->unit.off), at;

	if (end > p->source->size)
		end = p->source->size;
	if (take_chunk(p, u, first, end))
		return 0;
	u->unit.len = end - u->unit.off;
	if (is_empty(first->kind)) {
		uint64_t len = u->unit.len;
		int rc = take_empty(p, u, first->off + first->len, err);

		if (rc)
			return rc;
		for (at = u->unit.off + u->unit.len; end < at;) {
			uint64_t next = k->ops->cut(k, end);

			if (next > at && at < p->source->size)
				break;
			end = next < p->source->size ? next : p->source->size;
		}
		if (u->unit.len >= len) {	/* empty as a whole */
			u->unit.len = end - u->unit.off;
			return 0;
		}
		u->unit.len = len;
		u->unit.kind = IMG_DATA;
	}
	u->memory = 3 * u->unit.len;
	return 0;
}

int
plan_next(struct plan *p, struct plan_unit *ret, bool *ret_end, struct img_err *err)
{
	struct plan_unit u = { 0 };
	struct img_extent e;
	int rc;

	*ret_end = p->off >= p->source->size;
	if (*ret_end)
		return 0;
	rc = img_source_resolve(p->source, p->off, &e, NULL, err);
	if (rc)
		return rc;
	if (!e.len) {		/* the end of what comes by: nobody knew it before */
		*ret_end = p->source->size == IMG_SIZE_UNKNOWN;
		return *ret_end ? 0 : img_fail(err, IMG_E_FORMAT, "the stream ends at %" PRIu64, p->off);
	}
	u.unit.seq = p->seq;
	u.unit.off = p->off;
	u.unit.kind = is_empty(e.kind) ? e.kind : IMG_DATA;
	if (p->sink->ops->cut)
		rc = take_cell(p, &u, &e, err);
	else if (is_empty(e.kind))
		rc = take_empty(p, &u, e.off + e.len, err);
	else if (!take_chunk(p, &u, &e, e.off + e.len) && !take_as_is(p, &u, &e))
		rc = take_data(p, &u, &e, err);
	if (rc)
		return rc;
	p->off += u.unit.len;
	p->seq++;
	*ret = u;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Allocation descriptors (ECMA-167 4/12): where the bytes of a file lie.  They stand at the end of its entry, in one of
 * four forms, the fourth of which is the data themselves; a descriptor of type 3 says where the list goes on.  Together
 * they give as many bytes as the file has; what Linux allocates ahead behind its end is cut off.  Stretches that were
 * never recorded are zeros. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/cursor.h"
#include "core/limits.h"
#include "core/memory.h"
#include "formats/udf/icb.h"
#include "img/env.h"
#include "img/source.h"

#define MAX_EXTENT 0x3fffffffU	/* bytes in one descriptor */

static int
run_add(const struct udf_volume *v, struct udf_runs *r, const struct udf_run *add, struct img_err *err)
{
	struct udf_run *last = r->n ? &r->v[r->n - 1] : NULL;

	if (r->total > IMG_MAX_SIZE)
		return img_fail(err, IMG_E_LIMIT, "more than %" PRIu64 " bytes", IMG_MAX_SIZE);
	r->total += add->len;
	if (last && last->type == add->type && last->part == add->part && !(last->len % v->bs) &&
	    (add->type != UDF_RECORDED || last->block + last->len / v->bs == add->block)) {
		last->len += add->len;
		return 0;
	}
	if (r->n == r->room) {
		size_t room = r->room ? r->room * 2 : 4;
		struct udf_run *p;

		if (room > img_env_limits(v->env)->max_table / sizeof *p)
			return img_fail(err, IMG_E_LIMIT, "more than %zu extents in one file", r->n);
		p = realloc(r->v, room * sizeof *p);
		if (!p)
			return img_fail_nomem(err);
		r->v = p;
		r->room = room;
	}
	r->v[r->n++] = *add;
	return 0;
}

/* 4/14.14.3: UDF does not use them (2.3.10), ECMA-167 does */
static int
extended_ad_parse(struct img_cursor *c, struct udf_ad *ret, struct img_err *err)
{
	struct udf_ad a = { 0 };
	uint32_t len = cur_le32(c), recorded = cur_le32(c), information = cur_le32(c);

	a.len = len & MAX_EXTENT;
	a.type = (uint8_t)(len >> 30);
	a.block = cur_le32(c);
	a.part = cur_le16(c);
	cur_skip(c, 2);
	if (a.type == UDF_RECORDED && (recorded & MAX_EXTENT) != information)
		return img_fail(err, IMG_E_UNSUPPORTED, "an extent of %" PRIu32 " bytes is recorded in %" PRIu32
				" (compressed?)", information, recorded & MAX_EXTENT);
	if (a.type == UDF_RECORDED && information < a.len)
		a.len = information;
	*ret = a;
	return 0;
}

static int
ad_parse(struct img_cursor *c, unsigned int kind, uint16_t part, struct udf_ad *ret, struct img_err *err)
{
	struct udf_ad a = { 0 };

	if (kind == UDF_AD_SHORT)
		a = udf_short_ad_parse(c, part);
	else if (kind == UDF_AD_LONG)
		a = udf_long_ad_parse(c);
	else if (extended_ad_parse(c, &a, err))
		return IMG_E_UNSUPPORTED;
	*ret = a;
	return 0;
}

/* One list, up to its end or to the descriptor that continues it, which goes to @ret_next (else its length is 0). */
static int
list_read(const struct udf_volume *v, struct img_cursor c, unsigned int kind, uint16_t part, uint64_t size,
	  struct udf_runs *r, struct udf_ad *ret_next, struct img_err *err)
{
	static const uint8_t ad_size[] = { 8, 16, 20 };

	*ret_next = (struct udf_ad) { 0 };
	while (cur_left(&c) >= ad_size[kind] && r->total < size) {
		struct udf_ad a;
		int rc = ad_parse(&c, kind, part, &a, err);

		if (!rc && !a.len)
			return 0;
		if (!rc && a.type == UDF_CONTINUED) {
			*ret_next = a;
			return 0;
		}
		if (!rc)
			rc = run_add(v, r, &(struct udf_run) { a.len, a.block, a.part, a.type }, err);
		if (rc)
			return rc;
	}
	return 0;
}

/* A list that goes on in its own extent; @buf holds a block and is grown for longer ones. */
static int
continuation_read(const struct udf_volume *v, const struct udf_ad *at, struct img_buf *buf, const uint8_t **ret_ads,
		  size_t *ret_len, struct img_err *err)
{
	struct udf_at pos = { at->part, at->block };
	img_autofree uint8_t *block = malloc(v->bs);
	struct udf_tag tag;
	uint32_t n = at->len / v->bs;
	int rc = block ? udf_desc_read(v, NULL, pos, UDF_AED, block, &tag, err) : img_fail_nomem(err);

	buf->len = 0;
	for (uint32_t i = 0; !rc && i < n; i++) {	/* one block by UDF 2.3.11 */
		if (i) {
			pos.block++;
			rc = udf_block_read(v, NULL, pos, 0, block, err);
		}
		if (!rc)
			rc = img_buf_add(buf, block, v->bs, err);
		/* no more than is in use */
		if (!rc && !i && load_le32(block + 20) <= v->bs - UDF_AED_HEAD)
			break;
	}
	if (!rc && !n)
		rc = img_fail(err, IMG_E_FORMAT, "an allocation extent of %" PRIu32 " bytes", at->len);
	return rc ? rc : udf_aed_parse(buf->p, buf->len, ret_ads, ret_len, err);
}

static int
runs_collect(const struct udf_volume *v, const struct udf_fe *fe, struct udf_at at, struct udf_runs *r,
	     struct img_err *err)
{
	unsigned int kind = fe->flags & UDF_ICB_AD_MASK;
	img_autobuf struct img_buf buf = img_buf_new((size_t)1 << 20);
	struct udf_ad next, mark = { 0 };
	uint64_t step = 0, power = 1;
	int rc;

	if (kind > UDF_AD_EXTENDED)
		return img_fail(err, IMG_E_FORMAT, "allocation descriptors of kind %u", kind);
	rc = list_read(v, cur_over(fe->ads, fe->ad_len), kind, at.part, fe->size, r, &next, err);
	while (!rc && next.len && r->total < fe->size) {
		const uint8_t *ads;
		size_t len;

		if (step && next.block == mark.block && next.part == mark.part)	/* Brent's: it came round again */
			return img_fail(err, IMG_E_FORMAT, "the allocation extents go round in a circle (block %" PRIu32 ")",
					next.block);
		if (++step == power) {
			mark = next;
			power *= 2;
		}
		rc = continuation_read(v, &next, &buf, &ads, &len, err);
		if (!rc)
			rc = list_read(v, cur_over(ads, len), kind, next.part, fe->size, r, &next, err);
	}
	return rc;
}

int
udf_runs_read(const struct udf_volume *v, const struct udf_fe *fe, struct udf_at at, struct udf_runs *ret,
	      struct img_err *err)
{
	struct udf_runs r = { 0 };
	int rc = runs_collect(v, fe, at, &r, err);

	if (!rc && r.total < fe->size)
		rc = img_fail(err, IMG_E_FORMAT, "a file of %" PRIu64 " bytes has extents for %" PRIu64, fe->size, r.total);
	if (rc) {
		udf_runs_done(&r);
		return rc;
	}
	if (r.n && r.total > fe->size) {	/* allocated ahead */
		r.v[r.n - 1].len -= r.total - fe->size;
		r.total = fe->size;
	}
	*ret = r;
	return 0;
}

struct pieces {
	size_t n, room;
	struct img_piece *v;
};

static int
piece_add(const struct udf_volume *v, struct pieces *p, const struct img_piece *add, struct img_err *err)
{
	struct img_piece *last = p->n ? &p->v[p->n - 1] : NULL;

	if (last && last->s == add->s && last->at + last->len == add->at) {
		last->len += add->len;
		return 0;
	}
	if (p->n == p->room) {
		size_t room = p->room ? p->room * 2 : 4;
		struct img_piece *q;

		if (room > img_env_limits(v->env)->max_table / sizeof *q)
			return img_fail(err, IMG_E_LIMIT, "more than %zu pieces in one file", p->n);
		q = realloc(p->v, room * sizeof *q);
		if (!q)
			return img_fail_nomem(err);
		p->v = q;
		p->room = room;
	}
	p->v[p->n++] = *add;
	return 0;
}

static int
run_map(const struct udf_volume *v, const struct udf_run *r, struct pieces *p, struct img_err *err)
{
	struct udf_at at = { r->part, r->block };
	uint64_t left = r->len;

	while (left) {
		struct img_piece piece = { .s = v->below };
		uint64_t n, want = left / v->bs + (left % v->bs != 0);
		int rc = udf_map(v, at, want, 0, &piece.at, &n, err);

		if (rc)
			return rc;
		piece.len = n * v->bs < left ? n * v->bs : left;
		if (piece.len > v->below->size - piece.at)
			return img_fail(err, IMG_E_FORMAT, "%" PRIu64 " bytes at %" PRIu64 " lie past the end of the volume (%"
					PRIu64 " bytes)", piece.len, piece.at, v->below->size);
		rc = piece_add(v, p, &piece, err);
		if (rc)
			return rc;
		left -= piece.len;
		at.block += (uint32_t)n;
	}
	return 0;
}

static int
runs_source(const struct udf_volume *v, const struct udf_runs *r, struct img_source **ret, struct img_err *err)
{
	img_autounref struct img_source *zeros = NULL;
	struct pieces p = { 0 };
	int rc = 0;

	for (size_t i = 0; !rc && i < r->n; i++) {
		if (r->v[i].type == UDF_RECORDED) {
			rc = run_map(v, &r->v[i], &p, err);
			continue;
		}
		if (!zeros)
			rc = img_zeros(v->env, r->total, &zeros, err);
		if (!rc)
			rc = piece_add(v, &p, &(struct img_piece) { zeros, 0, r->v[i].len }, err);
	}
	if (!rc && p.n == 1)
		rc = img_slice(p.v[0].s, p.v[0].at, p.v[0].len, ret, err);
	else if (!rc && p.n)
		rc = img_concat(v->env, p.v, p.n, ret, err);
	else if (!rc)
		rc = img_zeros(v->env, 0, ret, err);
	free(p.v);
	return rc;
}

static int
embedded_source(const struct udf_volume *v, const struct udf_fe *fe, struct udf_at at, struct img_source **ret,
		struct img_err *err)
{
	uint64_t off, n;
	int rc;

	if (fe->size > fe->ad_len)
		return img_fail(err, IMG_E_FORMAT, "a file of %" PRIu64 " bytes is embedded in %" PRIu32, fe->size, fe->ad_len);
	rc = udf_map(v, at, 1, 0, &off, &n, err);
	return rc ? rc : img_slice(v->below, off + fe->ads_off, fe->size, ret, err);
}

int
udf_content_open(const struct udf_volume *v, const struct udf_fe *fe, struct udf_at at, struct img_source **ret,
		 struct img_err *err)
{
	struct udf_runs r = { 0 };
	int rc;

	if ((fe->flags & UDF_ICB_AD_MASK) == UDF_AD_EMBEDDED)
		return embedded_source(v, fe, at, ret, err);
	rc = udf_runs_read(v, fe, at, &r, err);
	if (!rc)
		rc = runs_source(v, &r, ret, err);
	udf_runs_done(&r);
	return rc;
}

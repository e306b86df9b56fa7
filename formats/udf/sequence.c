/* SPDX-License-Identifier: BSD-2-Clause */
/* The volume descriptor sequence: the main one, and the reserve where the main one is damaged.  Of two descriptors for
 * the same thing the one with the higher sequence number prevails (ECMA-167 3/8.4.3). */
#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <stdlib.h>

#include "core/bytes.h"
#include "core/checked.h"
#include "formats/udf/volume.h"
#include "img/env.h"
#include "img/source.h"

/* Descriptors looked at in one sequence, pointers to further extents included: real ones have up to 16. */
#define MAX_DESCRIPTORS 256

struct sequence {
	struct udf_volume *v;
	uint8_t *lvd_block;	/* a block, where the prevailing LVD is kept */
	struct udf_pd *pd;
	unsigned int n_pd;
	bool has_lvd;
	struct img_err first;	/* what was wrong first */
};

static void
fault(struct sequence *s, const struct img_err *e, uint64_t block)
{
	if (s->first.code)
		return;
	s->first = *e;
	img_note(&s->first, (int)e->code, "block %" PRIu64, block);
}

static int
take_pd(struct sequence *s, const uint8_t *b, struct img_err *err)
{
	struct udf_pd pd;
	unsigned int i = 0;
	int rc = udf_pd_parse(b, &pd, err);

	if (rc)
		return rc;
	while (i < s->n_pd && s->pd[i].number != pd.number)
		i++;
	if (i == UDF_MAX_MAPS)
		return img_fail(err, IMG_E_LIMIT, "more than %d partitions", UDF_MAX_MAPS);
	if (i == s->n_pd || pd.seq > s->pd[i].seq)
		s->pd[i] = pd;
	if (i == s->n_pd)
		s->n_pd++;
	return 0;
}

static int
take_lvd(struct sequence *s, const uint8_t *b, struct img_err *err)
{
	struct udf_volume *v = s->v;
	struct udf_lvd lvd;
	int rc = udf_lvd_parse(b, v->bs, &lvd, err);

	if (rc || (s->has_lvd && lvd.seq <= v->lvd.seq))
		return rc;
	memcpy(s->lvd_block, b, v->bs);
	s->has_lvd = true;
	return udf_lvd_parse(s->lvd_block, v->bs, &v->lvd, err);
}

static int
take(struct sequence *s, uint16_t id, const uint8_t *b, struct img_err *err)
{
	struct udf_volume *v = s->v;
	struct udf_pvd pvd;
	struct udf_iuvd iuvd;
	int rc = 0;

	if (id == UDF_PD)
		return take_pd(s, b, err);
	if (id == UDF_LVD)
		return take_lvd(s, b, err);
	if (id == UDF_PVD) {
		rc = udf_pvd_parse(b, &pvd, err);
		if (!rc && (!v->has_pvd || pvd.seq > v->pvd.seq))
			v->pvd = pvd;
		v->has_pvd |= !rc;
	} else if (id == UDF_IUVD) {
		rc = udf_iuvd_parse(b, &iuvd, err);
		if (!rc && !strcmp(iuvd.what.id, "*UDF LV Info") && (!v->has_iuvd || iuvd.seq > v->iuvd.seq)) {
			v->iuvd = iuvd;
			v->has_iuvd = true;
		}
	}
	return rc;
}

/* One descriptor.  *io_next is set by a pointer to another extent; *ret_end by the end of the sequence. */
static int
step(struct sequence *s, uint64_t block, uint8_t *buf, struct udf_extent *io_next, bool *ret_end, struct img_err *err)
{
	struct udf_volume *v = s->v;
	struct img_err e = { 0 };
	struct udf_tag tag;
	uint64_t off;
	int rc;

	if (!u64_mul(block, v->bs, &off) || !span_ok(off, v->bs, v->below->size))
		return img_fail(err, IMG_E_FORMAT, "block %" PRIu64 " lies past the end of the volume", block);
	rc = img_source_read(v->below, off, buf, v->bs, err);
	if (rc)
		return rc;
	if (!buf[0] && !buf[1]) {		/* not recorded: ends as a terminator does (3/8.4.2) */
		*ret_end = true;
		return 0;
	}
	rc = udf_tag_check(buf, v->bs, 0, &tag, &e);
	if (!rc && tag.location != block)
		rc = img_fail(&e, IMG_E_FORMAT, "%s was written for block %" PRIu32, udf_tag_title(tag.id), tag.location);
	if (!rc && tag.id == UDF_VDP) {		/* 3/10.3 */
		struct udf_extent next = { load_le32(buf + 20), load_le32(buf + 24) };

		*io_next = next;
	} else if (!rc) {
		*ret_end = tag.id == UDF_TD;
		rc = take(s, tag.id, buf, &e);
	}
	if (rc)
		fault(s, &e, block);
	return rc == IMG_E_NOMEM ? rc : 0;
}

static int
sequence_walk(struct sequence *s, struct udf_extent at, struct img_err *err)
{
	uint8_t *buf = malloc(s->v->bs);
	unsigned int seen = 0;
	bool end = false;
	int rc = buf ? 0 : img_fail_nomem(err);

	while (!rc && !end && at.len >= s->v->bs) {
		struct udf_extent next = { 0 };
		uint32_t n = at.len / s->v->bs;

		for (uint32_t i = 0; i < n && !end && !rc; i++) {
			if (++seen > MAX_DESCRIPTORS)
				rc = img_fail(err, IMG_E_FORMAT, "the volume descriptor sequence does not end");
			else
				rc = step(s, (uint64_t)at.block + i, buf, &next, &end, err);
		}
		at = next;
	}
	free(buf);
	return rc;
}

int
udf_sequence_read(struct udf_volume *v, uint8_t *lvd_block, struct udf_pd *pds, unsigned int *ret_n_pds,
		  struct img_err *err)
{
	struct sequence s = { .v = v, .lvd_block = lvd_block, .pd = pds };
	struct img_err e = { 0 };
	int rc = sequence_walk(&s, v->avdp.main, &e);

	if (rc && rc != IMG_E_NOMEM)
		s.first = s.first.code ? s.first : e;
	if (s.first.code || !s.has_lvd || !s.n_pd || !v->has_pvd) {
		img_problem(v->env, IMG_WARNING, "udf-main-sequence", "the main volume descriptor sequence is damaged%s%s; the "
			    "reserve is used", s.first.code ? ": " : "", s.first.code ? s.first.msg : "");
		v->reserve_used = true;
		rc = sequence_walk(&s, v->avdp.reserve, &e);
	}
	if (rc == IMG_E_NOMEM)
		return img_fail_nomem(err);
	if (!s.has_lvd || !s.n_pd) {
		if (s.first.code)
			return img_fail(err, s.first.code, "no %s descriptor can be read: %s",
					s.has_lvd ? "partition" : "logical volume", s.first.msg);
		return img_fail(err, IMG_E_FORMAT, "the volume descriptor sequence at block %" PRIu32 " has no %s descriptor",
				v->avdp.main.block, s.has_lvd ? "partition" : "logical volume");
	}
	*ret_n_pds = s.n_pd;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Sparable partitions (UDF 2.2.9, 2.2.12): on media that wear out, single packets are moved to spare ones.  The table of
 * moves is kept in up to four copies outside the partition; the sound one with the highest sequence number counts. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/cursor.h"
#include "core/memory.h"
#include "formats/udf/volume.h"
#include "img/env.h"
#include "img/source.h"

enum { TABLE_HEAD = 56 };

/* original location of an entry that is not in use; a spare packet that is itself bad */
#define ENTRY_FREE UINT32_MAX
#define ENTRY_BAD 0xfffffff0U

struct table {
	uint32_t seq;
	uint16_t n;
	uint8_t *bytes;		/* whole, owned */
};

static int
table_parse(uint8_t *b, size_t len, struct table *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(b, len);
	struct udf_regid what;
	struct udf_tag tag;
	struct table t = { .bytes = b };
	int rc = udf_tag_check(b, len, 0, &tag, err);

	if (rc)
		return rc;
	cur_skip(&c, UDF_TAG_LEN);
	what = udf_regid_parse(&c);		/* 16 */
	t.n = cur_le16(&c);			/* 48 */
	cur_skip(&c, 2);
	t.seq = cur_le32(&c);			/* 52 */
	if (strcmp(what.id, "*UDF Sparing Table") || cur_left(&c) / 8 < t.n)
		return img_fail(err, IMG_E_FORMAT, "it is no table, or has no room for its %" PRIu16 " entries", t.n);
	*ret = t;
	return 0;
}

static int
table_read(struct udf_volume *v, const struct udf_part *p, unsigned int i, struct table *ret, struct img_err *err)
{
	uint64_t off = (uint64_t)p->map.table[i] * v->bs;
	uint8_t *b;
	int rc;

	if (p->map.table_len < TABLE_HEAD || !span_ok(off, p->map.table_len, v->below->size))
		return img_fail(err, IMG_E_FORMAT, "it lies past the end of the volume");
	rc = img_array(p->map.table_len, 1, img_env_limits(v->env)->max_table, "bytes of sparing table", &b, err);
	if (rc)
		return rc;
	rc = img_source_read(v->below, off, b, p->map.table_len, err);
	if (!rc)
		rc = table_parse(b, p->map.table_len, ret, err);
	if (rc)
		free(b);
	return rc;
}

static int
by_from(const void *a, const void *b)
{
	uint32_t x = ((const struct udf_spare *)a)->from, y = ((const struct udf_spare *)b)->from;

	return (x > y) - (x < y);
}

static int
spares_take(struct udf_part *p, const struct table *t, struct img_err *err)
{
	p->spare = calloc(t->n ? t->n : 1, sizeof *p->spare);
	if (!p->spare)
		return img_fail_nomem(err);
	for (uint16_t i = 0; i < t->n; i++) {
		struct udf_spare s = { load_le32(t->bytes + TABLE_HEAD + i * 8U), load_le32(t->bytes + TABLE_HEAD + 4 + i * 8U) };

		if (s.from < ENTRY_BAD)
			p->spare[p->n_spare++] = s;
	}
	if (p->n_spare)
		qsort(p->spare, p->n_spare, sizeof *p->spare, by_from);
	for (uint32_t i = 1; i < p->n_spare; i++)
		if (p->spare[i].from - p->spare[i - 1].from < p->map.packet)
			return img_fail(err, IMG_E_FORMAT, "the sparing table moves block %" PRIu32 " twice", p->spare[i].from);
	return 0;
}

int
udf_sparing_load(struct udf_volume *v, struct udf_part *p, struct img_err *err)
{
	struct table best = { 0 }, t;
	struct img_err e = { 0 };
	int rc = 0;

	if (!p->map.packet || p->map.n_tables < 1 || p->map.n_tables > 4)
		return img_fail(err, IMG_E_FORMAT, "a sparable partition has packets of %" PRIu16 " blocks and %u tables",
				p->map.packet, p->map.n_tables);
	for (unsigned int i = 0; i < p->map.n_tables && !rc; i++) {
		if (table_read(v, p, i, &t, &e)) {
			img_problem(v->env, IMG_WARNING, "udf-sparing-table", "the sparing table at block %" PRIu32
				    " cannot be used: %s", p->map.table[i], e.msg);
		} else if (best.bytes && t.seq <= best.seq) {
			free(t.bytes);
		} else {
			free(best.bytes);
			best = t;
		}
	}
	if (!best.bytes)
		return img_fail(err, IMG_E_FORMAT, "no sparing table can be read: %s", e.msg);
	rc = spares_take(p, &best, err);
	free(best.bytes);
	return rc;
}

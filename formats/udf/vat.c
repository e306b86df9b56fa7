/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual partitions (UDF 1.50, 2.2.8 and 2.2.11): on write-once media file entries are found through a table, a new copy
 * of which is written behind everything else with each change.  The entry of the table's file is therefore the last block
 * written, and the table of 1.50 has its signature at its end, that of 2.00 a header instead. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/cursor.h"
#include "core/memory.h"
#include "formats/udf/icb.h"
#include "formats/udf/volume.h"
#include "img/env.h"
#include "img/source.h"

enum { TAIL_150 = 36, HEAD_200 = 152 };

/* Blocks before the end that are searched: run-out and padding, 150 and more on TAO discs. */
#define SEARCH 512

static int
table_150(struct udf_part *p, const uint8_t *b, size_t len, struct img_err *err)
{
	struct img_cursor c = cur_over(b + (len - TAIL_150), TAIL_150);
	struct udf_regid what = udf_regid_parse(&c);

	if (strcmp(what.id, "*UDF Virtual Alloc Tbl"))
		return img_fail(err, IMG_E_FORMAT, "it does not end like a virtual allocation table");
	p->n_vat = (uint32_t)((len - TAIL_150) / 4);
	return 0;
}

static int
table_200(struct udf_vat_head *h, const uint8_t *b, size_t len, size_t *ret_head, struct img_err *err)
{
	struct img_cursor c = cur_over(b, len);
	uint16_t head = cur_le16(&c);			/*   0 */

	cur_skip(&c, 2);				/*   2: of its implementation use */
	udf_dstring_parse(&c, 128, h->label);		/*   4 */
	cur_skip(&c, 4);				/* 132: the table before */
	h->n_files = cur_le32(&c);			/* 136 */
	h->n_dirs = cur_le32(&c);			/* 140 */
	h->min_read = cur_le16(&c);			/* 144 */
	h->min_write = cur_le16(&c);			/* 146 */
	h->max_write = cur_le16(&c);			/* 148 */
	if (!cur_ok(&c) || head < HEAD_200 || head > len)
		return img_fail(err, IMG_E_FORMAT, "its head of %" PRIu16 " bytes makes no sense", head);
	h->counts = true;
	*ret_head = head;
	return 0;
}

static int
table_take(struct udf_volume *v, struct udf_part *p, const struct udf_fe *fe, const uint8_t *b, size_t len,
	   struct img_err *err)
{
	struct udf_vat_head h = { .present = true };
	size_t head = 0;
	int rc;

	if (fe->file_type == UDF_FILE_VAT) {
		rc = table_200(&h, b, len, &head, err);
		if (!rc)
			p->n_vat = (uint32_t)((len - head) / 4);
	} else {
		rc = len >= TAIL_150 ? table_150(p, b, len, err) : img_fail(err, IMG_E_FORMAT, "it is too short");
	}
	if (rc)
		return rc;
	p->vat = calloc(p->n_vat ? p->n_vat : 1, sizeof *p->vat);
	if (!p->vat)
		return img_fail_nomem(err);
	for (uint32_t i = 0; i < p->n_vat; i++)
		p->vat[i] = load_le32(b + head + (size_t)i * 4);
	v->vat = h;
	return 0;
}

/* Is there a table whose entry lies in this block of the base? */
static int
vat_try(struct udf_volume *v, struct udf_part *p, uint32_t block, uint8_t *buf, struct img_err *err)
{
	img_autounref struct img_source *data = NULL;
	img_autofree uint8_t *b = NULL;
	struct udf_at at = { p->base, block };
	struct udf_tag tag;
	struct udf_fe fe;
	int rc = udf_block_read(v, NULL, at, 0, buf, err);

	if (!rc)
		rc = udf_tag_check(buf, v->bs, 0, &tag, err);
	if (!rc && tag.id != UDF_FE && tag.id != UDF_EFE)
		rc = img_fail(err, IMG_E_FORMAT, "%s is there", udf_tag_title(tag.id));
	if (!rc)
		rc = udf_fe_parse(buf, v->bs, &fe, err);
	if (!rc && fe.file_type != UDF_FILE_VAT && fe.file_type != 0)
		rc = img_fail(err, IMG_E_FORMAT, "the file there is no virtual allocation table");
	if (!rc)
		rc = udf_content_open(v, &fe, at, &data, err);
	if (!rc)
		rc = img_array(data->size, 1, img_env_limits(v->env)->max_table, "bytes of virtual allocation table", &b, err);
	if (!rc)
		rc = img_source_read(data, 0, b, (size_t)data->size, err);
	return rc ? rc : table_take(v, p, &fe, b, (size_t)data->size, err);
}

int
udf_vat_load(struct udf_volume *v, struct udf_part *p, struct img_err *err)
{
	img_autofree uint8_t *buf = malloc(v->bs);
	const struct udf_part *base = &v->part[p->base];
	uint64_t n = v->below->size / v->bs, last = n > base->start ? n - base->start : 0;
	int rc = buf ? IMG_E_FORMAT : img_fail_nomem(err);

	if (last > base->len)
		last = base->len;
	for (uint64_t i = 1; rc && rc != IMG_E_NOMEM && i <= SEARCH && i <= last; i++)
		rc = vat_try(v, p, (uint32_t)(last - i), buf, NULL);
	if (rc && rc != IMG_E_NOMEM)
		return img_fail(err, IMG_E_FORMAT, "no virtual allocation table in the last %d blocks; the end of the disc may be "
				"missing", SEARCH);
	return rc ? img_fail_nomem(err) : 0;
}

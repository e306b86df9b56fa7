/* SPDX-License-Identifier: BSD-2-Clause */
/* Where everything goes, front to back:
 *
 *   system area, descriptors, [UDF's recognition records and volume descriptors,] path tables, folders of every view,
 *   boot catalog, boot images without a name, a block that empty files share, files by weight, padding,
 *   appended partitions, what the partition tables want at the end
 *
 * Only then is anything written that names an address: descriptors, catalog, boot information, partition tables. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "formats/iso9660/making.h"
#include "img/env.h"

#define PAD_BLOCKS 150			/* readers of discs burnt track at once stumble over the last blocks */
#define PAD_UP_TO UINT64_C(900000000)	/* what a CD holds: larger images are not burnt so */

struct laying {
	struct iso_author *a;
	uint64_t at;			/* end of what is laid out */
	bool full;			/* too many regions */
	uint8_t *head, *tail;		/* fixed bytes, or NULL */
	uint64_t descriptors[2];	/* where, and for the partition */
	uint64_t data_end;
	uint64_t udf_end;		/* of the last anchor */
	uint8_t *udf_last, *udf_tail;	/* anchors: of the volume, of what lies behind it (or NULL) */
	uint8_t *catalog;
};

uint8_t *
making_fixed(struct iso_author *a, uint64_t off, size_t len)
{
	struct fixed *f;

	/* asked for when the region was made */
	for (size_t i = 0; i < a->n_fixed; i++)
		if (a->fixed[i].off == off)
			return a->fixed[i].bytes;
	if (a->n_fixed == MAX_FIXED)
		return NULL;
	f = &a->fixed[a->n_fixed];
	*f = (struct fixed) { off, len, calloc(1, len) };
	if (f->bytes)
		a->n_fixed++;
	return f->bytes;
}

static void
region(struct laying *l, uint64_t len, enum region_kind kind, uint32_t index, bool big)
{
	struct iso_author *a = l->a;
	struct region *last = a->n_regions ? &a->region[a->n_regions - 1] : NULL;

	if (!len)
		return;
	if (last && last->kind == REGION_ZERO && kind == REGION_ZERO)
		last->len += len;
	else if (a->n_regions == MAX_REGIONS)
		l->full = true;
	else
		a->region[a->n_regions++] = (struct region) { l->at, len, kind, index, big };
	l->at += len;
}

static void
zeros_to(struct laying *l, uint64_t off)
{
	if (off > l->at)
		region(l, off - l->at, REGION_ZERO, 0, false);
}

static void
align(struct laying *l, uint64_t unit)
{
	zeros_to(l, (l->at + unit - 1) / unit * unit);
}

static int
fixed(struct laying *l, size_t len, uint8_t **ret, struct img_err *err)
{
	uint32_t index = (uint32_t)l->a->n_fixed;

	*ret = making_fixed(l->a, l->at, len);
	if (!*ret)
		return img_fail_nomem(err);
	region(l, len, REGION_FIXED, index, false);
	return 0;
}

/* ---- the pieces, in order ---- */

static int
lay_head(struct laying *l, struct img_err *err)
{
	struct iso_author *a = l->a;
	struct img_source *s = a->o.system_area;
	uint8_t *p;
	int rc = 0;

	if (s || a->o.hybrid)
		rc = fixed(l, ISO_SYSTEM_AREA, &l->head, err);
	if (!rc && s)
		rc = img_source_read(s, 0, l->head, s->size < ISO_SYSTEM_AREA ? (size_t)s->size : ISO_SYSTEM_AREA, err);
	if (rc)
		return rc;
	zeros_to(l, ISO_SYSTEM_AREA);
	l->descriptors[0] = l->at;
	rc = fixed(l, making_n_descriptors(a) * BLOCK, &p, err);
	if (!rc && a->udf)
		rc = fixed(l, 3 * BLOCK, &p, err);
	if (rc)
		return rc;
	if (a->udf)
		making_udf_recognition(p);
	if (!a->o.partition_offset)
		return 0;
	zeros_to(l, (a->o.partition_offset + ISO_VD_BLOCK) * (uint64_t)BLOCK);
	l->descriptors[1] = l->at;
	return fixed(l, making_n_descriptors(a) * BLOCK, &p, err);
}

static int
lay_udf(struct laying *l, struct img_err *err)
{
	struct iso_author *a = l->a;
	uint8_t *sequence, *anchor;
	uint32_t vds;
	int rc;

	if (!a->udf)
		return 0;
	align(l, 16 * BLOCK);
	vds = (uint32_t)(l->at / BLOCK);
	rc = fixed(l, UDF_SEQUENCE_BLOCKS * BLOCK, &sequence, err);
	if (rc)
		return rc;
	zeros_to(l, UDF_ANCHOR_BLOCK * (uint64_t)BLOCK);
	rc = fixed(l, BLOCK, &anchor, err);
	if (rc)
		return rc;
	making_udf_place(a, vds, sequence, anchor);
	region(l, (uint64_t)making_udf_blocks(a) * BLOCK, REGION_UDF, 0, false);
	return 0;
}

static void
add_views(struct iso_author *a, uint32_t bias)
{
	for (unsigned int k = 0; k < N_KINDS; k++)
		if (a->shape[k].wanted)
			a->view[a->n_views++] = (struct view) { .kind = (enum kind)k, .bias = bias };
}

static void
lay_views(struct laying *l)
{
	struct iso_author *a = l->a;

	add_views(a, 0);
	if (a->o.partition_offset)
		add_views(a, a->o.partition_offset);
	for (uint32_t i = 0; i < a->n_views; i++) {
		uint64_t len = a->shape[a->view[i].kind].path_len;

		a->view[i].path_l = (uint32_t)(l->at / BLOCK);
		region(l, len, REGION_PATHS, i, false);
		align(l, BLOCK);
		a->view[i].path_m = (uint32_t)(l->at / BLOCK);
		region(l, len, REGION_PATHS, i, true);
		align(l, BLOCK);
	}
	for (uint32_t i = 0; i < a->n_views; i++) {
		a->view[i].base = (uint32_t)(l->at / BLOCK);
		region(l, (uint64_t)a->shape[a->view[i].kind].blocks * BLOCK, REGION_DIRS, i, false);
	}
}

static void
lay_source(struct laying *l, struct img_source *s, uint64_t *ret_off, uint64_t *ret_len)
{
	struct iso_author *a = l->a;

	*ret_off = l->at;
	*ret_len = s->size;
	a->extra[a->n_extra] = (struct extra) { img_ref(s), l->at };
	region(l, s->size, REGION_SOURCE, (uint32_t)a->n_extra++, false);
}

/* What is started and has no name. */
static int
lay_hidden(struct laying *l, struct img_err *err)
{
	struct iso_author *a = l->a;
	int rc = 0;

	if (!a->o.n_boot)
		return 0;
	if (a->catalog_file == NO_FILE) {
		a->layout.catalog = (uint32_t)(l->at / BLOCK);
		rc = fixed(l, BLOCK, &l->catalog, err);
	}
	for (size_t i = 0; !rc && i < a->o.n_boot; i++)
		if (a->o.boot[i].source && !a->o.boot[i].path && !a->o.boot[i].append) {
			lay_source(l, a->o.boot[i].source, &a->layout.boot[i].off, &a->layout.boot[i].len);
			align(l, BLOCK);
		}
	return rc;
}

struct heavy {
	int32_t weight;
	uint32_t file;
};

static int
by_weight(const void *x, const void *y)
{
	const struct heavy *a = x, *b = y;

	return a->weight != b->weight ? (a->weight < b->weight) - (a->weight > b->weight) :
	       (a->file > b->file) - (a->file < b->file);
}

/* Files that have data, the heavy ones first. */
static int
sort_files(struct iso_author *a, struct img_err *err)
{
	img_autofree struct heavy *v = NULL;
	int rc = img_array(a->n_files, sizeof *a->by_block, UINT64_MAX, "files", &a->by_block, err);

	if (!rc)
		rc = img_array(a->n_files, sizeof *v, UINT64_MAX, "files", &v, err);
	if (rc)
		return rc;
	for (uint32_t i = 0; i < a->n_files; i++)
		if (a->file[i].size && a->file[i].same == NO_FILE && !a->file[i].append)
			v[a->n_by_block++] = (struct heavy) { a->file[i].weight, i };
	if (a->n_by_block > 1)
		qsort(v, a->n_by_block, sizeof *v, by_weight);
	for (size_t i = 0; i < a->n_by_block; i++)
		a->by_block[i] = v[i].file;
	return 0;
}

static int
lay_files(struct laying *l, struct img_err *err)
{
	struct iso_author *a = l->a;
	uint64_t block, from = l->at;
	int rc = sort_files(a, err);

	if (rc)
		return rc;
	block = l->at / BLOCK;
	for (size_t i = 0; i < a->n_by_block; i++) {
		struct mfile *f = &a->file[a->by_block[i]];

		if (block > UINT32_MAX || f->size > IMG_SIZE_UNKNOWN / 2)
			break;
		f->block = (uint32_t)block;
		block += blocks_of(f->size);
	}
	if (block > UINT32_MAX)
		return img_fail(err, IMG_E_LIMIT, "the files take more than the 8 TiB that ISO 9660 can address");
	for (size_t i = 0; i < a->n_files; i++)
		if (a->file[i].same != NO_FILE)
			a->file[i].block = a->file[a->file[i].same].block;
	region(l, block * BLOCK - from, REGION_FILES, 0, false);
	return 0;
}

static int
lay_padding(struct laying *l, struct img_err *err)
{
	struct iso_author *a = l->a;
	int rc = 0;

	l->data_end = l->at;
	if (a->o.pad == ISO_YES || (a->o.pad == ISO_AUTO && l->at <= PAD_UP_TO))
		zeros_to(l, l->at + PAD_BLOCKS * BLOCK);
	if (a->udf) {
		l->udf_end = l->at;
		rc = fixed(l, BLOCK, &l->udf_last, err);
	}
	a->layout.volume = l->at;
	return rc;
}

static void
lay_appended(struct laying *l)
{
	struct iso_author *a = l->a;

	a->layout.n_append = a->o.n_append;
	for (size_t i = 0; i < a->o.n_append; i++) {
		align(l, a->o.append[i].align ? a->o.append[i].align : BLOCK);
		lay_source(l, a->o.append[i].source, &a->layout.append[i].off, &a->layout.append[i].len);
		align(l, BLOCK);
	}
	for (size_t i = 0; i < a->n_files; i++)
		if (a->file[i].append)
			a->file[i].block = (uint32_t)(a->layout.append[a->file[i].append - 1].off / BLOCK);
}

/* What partition tables want at the end.  Where anything lies behind the volume, UDF has one more anchor there: it is looked
 * for at the end of the medium (ECMA-167 3/8.4.2.1), by some behind the data.  A tail leaves its sector free (author.h). */
static int
lay_tail(struct laying *l, struct img_err *err)
{
	struct iso_author *a = l->a;
	const struct iso_hybrid *h = a->o.hybrid;
	bool anchor = a->udf && (a->o.n_append || (h && h->tail_len) || (h && h->size));
	size_t tail = h && h->tail_len ? h->tail_len : anchor ? BLOCK : 0;
	uint64_t size = l->at + tail;
	int rc = 0;

	a->layout.size = size;
	if (h && h->size)
		rc = h->size(h->ctx, &a->layout, size, &size, err);
	if (!rc && tail) {
		zeros_to(l, size - tail);
		rc = fixed(l, tail, &l->tail, err);
	}
	if (rc)
		return rc;
	zeros_to(l, size);
	if (anchor)
		l->udf_tail = l->tail + tail - BLOCK;
	a->layout.size = a->src.size = l->at;
	if ((h && h->whole_volume) || a->o.partition_offset)
		a->layout.volume = l->at / BLOCK * BLOCK;
	return 0;
}

/* ---- and what names addresses ---- */

static void
find_boot(struct iso_author *a)
{
	struct iso_layout *l = &a->layout;

	for (size_t i = 0; i < a->o.n_boot; i++) {
		const struct iso_boot *b = &a->o.boot[i];

		if (b->path) {
			const struct mfile *f = &a->file[making_find(a, b->path)->u.file];

			l->boot[i].off = (uint64_t)f->block * BLOCK;
			l->boot[i].len = f->size;
		} else if (b->append) {
			l->boot[i].off = l->append[b->append - 1].off;
			l->boot[i].len = l->append[b->append - 1].len;
		}
	}
}

static int
finish_catalog(struct laying *l, struct img_err *err)
{
	struct iso_author *a = l->a;
	uint8_t bytes[BLOCK] = { 0 };
	int rc;

	if (!a->o.n_boot)
		return 0;
	find_boot(a);
	rc = making_boot_finish(a, bytes, err);
	if (rc)
		return rc;
	if (l->catalog) {
		memcpy(l->catalog, bytes, sizeof bytes);
		return 0;
	}
	a->layout.catalog = a->file[a->catalog_file].block;
	return img_memory(a->src.env, bytes, sizeof bytes, true, &a->file[a->catalog_file].content, err);
}

static int
finish(struct laying *l, struct img_err *err)
{
	struct iso_author *a = l->a;
	const struct iso_hybrid *h = a->o.hybrid;
	int rc = finish_catalog(l, err);

	if (!rc)
		rc = making_descriptors(a, l->descriptors[0], 0, err);
	if (!rc && a->o.partition_offset)
		rc = making_descriptors(a, l->descriptors[1], a->o.partition_offset, err);
	if (!rc && a->udf)
		making_udf_finish(a, (uint32_t)(l->data_end / BLOCK), (uint32_t)(l->udf_end / BLOCK), l->udf_last);
	if (!rc && l->udf_tail)
		making_udf_anchor(a, (uint32_t)(l->at / BLOCK) - 1, l->udf_tail);
	if (!rc && h && h->fill)
		rc = h->fill(h->ctx, &a->layout, l->head, l->tail, h->tail_len, err);
	return rc;
}

static bool
needs_empty_block(const struct iso_author *a)
{
	for (size_t i = 0; i < a->n_files; i++)
		if (!a->file[i].size)
			return true;
	for (size_t i = 0; i < a->n_nodes; i++)
		if (a->node[i].type > IMG_NODE_DIR && a->layout.rock_ridge)
			return true;
	return false;
}

int
making_layout(struct iso_author *a, struct img_err *err)
{
	struct laying l = { .a = a };
	int rc = lay_head(&l, err);

	if (rc)
		return rc;
	/* extents of UDF must lie in its partition, which ends with the volume */
	for (size_t i = 0; a->udf && i < a->n_files; i++)
		a->file[i].append = 0;
	rc = lay_udf(&l, err);
	if (rc)
		return rc;
	lay_views(&l);
	rc = lay_hidden(&l, err);
	if (rc)
		return rc;
	a->empty_block = (uint32_t)(l.at / BLOCK);
	if (needs_empty_block(a))
		zeros_to(&l, l.at + BLOCK);
	rc = lay_files(&l, err);
	if (rc)
		return rc;
	rc = lay_padding(&l, err);
	if (rc)
		return rc;
	lay_appended(&l);
	rc = lay_tail(&l, err);
	if (rc)
		return rc;
	if (l.full || l.at / BLOCK > UINT32_MAX)
		return img_fail(err, IMG_E_LIMIT, "the image would have %" PRIu64 " bytes, more than ISO 9660 can address",
				l.at);
	return finish(&l, err);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening a volume, and finding the bytes of its blocks.
 *
 * Anchor → volume descriptors (absolute blocks) → logical volume with its partition maps → file set → root.  From the
 * logical volume on everything is addressed as "block B of partition P", where P counts maps.  A type 1 map is a stretch
 * of the volume; the three kinds of type 2 lie over one of those: a virtual partition looks B up in a table (so that
 * write-once discs can change), a sparable one has single packets moved elsewhere, a metadata partition is a file. */
#include "config.h"

#include "formats/udf/volume.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/memory.h"
#include "img/env.h"
#include "img/source.h"

/* the next descriptors are then part of the same read */
#define WINDOW ((size_t)64 << 10)

void
udf_runs_done(struct udf_runs *r)
{
	free(r->v);
	*r = (struct udf_runs) { 0 };
}

void
udf_window_done(struct udf_window *w)
{
	free(w->p);
	*w = (struct udf_window) { 0 };
}

static int
map_base(const struct udf_volume *v, const struct udf_part *p, uint32_t block, uint64_t n, uint64_t *ret_off,
	 uint64_t *ret_n, struct img_err *err)
{
	uint64_t off, end;
	size_t lo = 0, hi = p->n_spare;

	if (block >= p->len)
		return img_fail(err, IMG_E_FORMAT, "block %" PRIu32 " lies past the end of partition %" PRIu16 " (%" PRIu32
				" blocks)", block, p->map.number, p->len);
	end = (uint64_t)block + n < p->len ? block + n : p->len;
	while (lo < hi) {		/* the last moved packet that begins at or before the block */
		size_t mid = lo + (hi - lo) / 2;

		if (p->spare[mid].from <= block)
			lo = mid + 1;
		else
			hi = mid;
	}
	off = ((uint64_t)p->start + block) * v->bs;
	if (lo && block - p->spare[lo - 1].from < p->map.packet) {
		const struct udf_spare *s = &p->spare[lo - 1];

		off = ((uint64_t)s->to + (block - s->from)) * v->bs;
		if (end > (uint64_t)s->from + p->map.packet)
			end = (uint64_t)s->from + p->map.packet;
	}
	if (lo < p->n_spare && end > p->spare[lo].from)
		end = p->spare[lo].from;
	*ret_off = off;
	*ret_n = end - block;
	return 0;
}

static int
map_virtual(const struct udf_part *p, uint32_t block, uint64_t n, uint32_t *ret_block, uint64_t *ret_n,
	    struct img_err *err)
{
	uint64_t i = 1;

	if (block >= p->n_vat || p->vat[block] == UINT32_MAX)
		return img_fail(err, IMG_E_FORMAT, "virtual block %" PRIu32 " is not in the virtual allocation table (%" PRIu32
				" entries)", block, p->n_vat);
	while (i < n && block + i < p->n_vat && p->vat[block + i] == p->vat[block] + i)
		i++;
	*ret_block = p->vat[block];
	*ret_n = i;
	return 0;
}

static int
map_meta(const struct udf_volume *v, const struct udf_meta *m, uint32_t block, uint64_t n, uint32_t *ret_block,
	 uint64_t *ret_n, struct img_err *err)
{
	size_t lo = 0, hi = m->runs.n;
	const struct udf_run *r;
	uint64_t into;

	if (!hi || block >= m->runs.total / v->bs)
		return img_fail(err, IMG_E_FORMAT, "block %" PRIu32 " lies past the end of the metadata file (%" PRIu64
				" blocks)", block, m->runs.total / v->bs);
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		*(m->first[mid] <= block ? &lo : &hi) = mid;
	}
	r = &m->runs.v[lo];
	into = block - m->first[lo];
	if (r->type != UDF_RECORDED)
		return img_fail(err, IMG_E_FORMAT, "block %" PRIu32 " of the metadata file was never recorded", block);
	*ret_block = r->block + (uint32_t)into;
	*ret_n = r->len / v->bs - into < n ? r->len / v->bs - into : n;
	return 0;
}

int
udf_map(const struct udf_volume *v, struct udf_at at, uint64_t n, unsigned int copy, uint64_t *ret_off,
	uint64_t *ret_n, struct img_err *err)
{
	const struct udf_part *p;
	uint32_t block = at.block;
	uint64_t off = 0;
	int rc = 0;

	if (at.part >= v->n_parts)
		return img_fail(err, IMG_E_FORMAT, "partition %" PRIu16 " of %" PRIu16 " is referred to", at.part, v->n_parts);
	p = &v->part[at.part];
	if (p->map.kind == UDF_MAP_VIRTUAL)
		rc = map_virtual(p, block, n, &block, &n, err);
	else if (p->map.kind == UDF_MAP_METADATA)
		rc = map_meta(v, copy ? &p->mirror : &p->meta, block, n, &block, &n, err);
	if (!rc && (p->map.kind == UDF_MAP_VIRTUAL || p->map.kind == UDF_MAP_METADATA))
		p = &v->part[p->base];
	if (!rc)
		rc = map_base(v, p, block, n, &off, &n, err);
	if (rc)
		return rc;
	if (!span_ok(off, v->bs, v->below->size))
		return img_fail(err, IMG_E_FORMAT, "block %" PRIu32 " of partition %" PRIu16 " is at %" PRIu64
				", past the end of the volume (%" PRIu64 " bytes)", at.block, at.part, off, v->below->size);
	*ret_off = off;
	*ret_n = n;
	return 0;
}

static int
window_read(const struct udf_volume *v, struct udf_window *w, uint64_t off, uint8_t *buf, struct img_err *err)
{
	uint64_t left = v->below->size - off;
	bool near = off >= w->last && off - w->last < WINDOW;
	size_t n = left < WINDOW ? (size_t)left : WINDOW;
	int rc;

	w->last = off;
	if (off >= w->off && off - w->off + v->bs <= w->len) {
		memcpy(buf, w->p + (off - w->off), v->bs);
		return 0;
	}
	if (!near)
		return img_source_read(v->below, off, buf, v->bs, err);
	if (!w->p)
		w->p = malloc(WINDOW);
	if (!w->p)
		return img_fail_nomem(err);
	w->len = 0;
	rc = img_source_read(v->below, off, w->p, n, NULL);
	if (rc)			/* not because of this block, perhaps */
		return img_source_read(v->below, off, buf, v->bs, err);
	w->off = off;
	w->len = n;
	memcpy(buf, w->p, v->bs);
	return 0;
}

int
udf_block_read(const struct udf_volume *v, struct udf_window *w, struct udf_at at, unsigned int copy, uint8_t *buf,
	       struct img_err *err)
{
	uint64_t off, n;
	int rc = udf_map(v, at, 1, copy, &off, &n, err);

	if (rc)
		return rc;
	return w ? window_read(v, w, off, buf, err) : img_source_read(v->below, off, buf, v->bs, err);
}

static bool
has_mirror(const struct udf_volume *v, struct udf_at at)
{
	return at.part < v->n_parts && v->part[at.part].mirror.runs.n;
}

int
udf_desc_read(const struct udf_volume *v, struct udf_window *w, struct udf_at at, uint16_t id, uint8_t *buf,
	      struct udf_tag *ret, struct img_err *err)
{
	struct udf_tag tag;
	int rc = udf_block_read(v, w, at, 0, buf, err);

	if (!rc)
		rc = udf_tag_check(buf, v->bs, id, &tag, err);
	if (rc && rc != IMG_E_NOMEM && has_mirror(v, at) && !udf_block_read(v, NULL, at, 1, buf, NULL) &&
	    !udf_tag_check(buf, v->bs, id, &tag, NULL)) {
		img_problem(v->env, IMG_WARNING, "udf-metadata-mirror", "block %" PRIu32 " of the metadata partition is "
			    "damaged; its mirror is used", at.block);
		rc = 0;
	}
	if (rc)
		return img_note(err, rc, "block %" PRIu32 " of partition %" PRIu16, at.block, at.part);
	/* in the wild it is wrong where programs moved blocks about; the CRC proves the rest */
	if (tag.location != at.block)
		img_problem(v->env, IMG_WARNING, "udf-tag-location", "%s at block %" PRIu32 " of partition %" PRIu16
			    " was written for block %" PRIu32, udf_tag_title(tag.id), at.block, at.part, tag.location);
	*ret = tag;
	return 0;
}

static int
block_size_check(const struct udf_volume *v, struct img_err *err)
{
	if (v->lvd.block_size != v->bs)
		return img_fail(err, v->lvd.block_size && !(v->lvd.block_size % 512) ? IMG_E_UNSUPPORTED : IMG_E_FORMAT,
				"the logical volume has blocks of %" PRIu32 " bytes; its anchor lies on a grid of %" PRIu32,
				v->lvd.block_size, v->bs);
	return 0;
}

/* The last of a chain of integrity descriptors (3/8.8.2); a volume without one is readable all the same. */
static void
integrity_read(struct udf_volume *v, uint8_t *buf)
{
	struct udf_extent at = v->lvd.integrity;
	unsigned int seen = 0;

	for (uint32_t i = 0; at.len >= v->bs && i < at.len / v->bs && seen < 256; i++, seen++) {
		uint64_t off = ((uint64_t)at.block + i) * v->bs;
		struct udf_lvid lvid;
		struct udf_tag tag;

		if (!span_ok(off, v->bs, v->below->size) || img_source_read(v->below, off, buf, v->bs, NULL) ||
		    udf_tag_check(buf, v->bs, UDF_LVID, &tag, NULL) || udf_lvid_parse(buf, v->bs, &lvid, NULL))
			break;
		v->lvid = lvid;
		v->has_lvid = true;
		if (lvid.next.len) {
			at = lvid.next;
			i = UINT32_MAX;		/* 0 in the next round */
		}
	}
	if (!v->has_lvid)
		img_problem(v->env, IMG_WARNING, "udf-integrity", "the integrity descriptor of the logical volume is missing "
			    "or damaged (block %" PRIu32 ")", v->lvd.integrity.block);
}

/* The file set; of several, which UDF allows on write-once discs only, the last. */
static int
file_set_read(struct udf_volume *v, uint8_t *buf, struct img_err *err)
{
	struct udf_ad at = v->lvd.fsd;
	struct udf_tag tag;
	int rc = 0;

	for (unsigned int i = 0; !rc && at.len && i < 64; i++) {
		struct udf_fsd fsd;

		rc = udf_desc_read(v, NULL, (struct udf_at) { at.part, at.block }, UDF_FSD, buf, &tag, err);
		if (!rc)
			rc = udf_fsd_parse(buf, &fsd, err);
		if (rc)
			return i ? 0 : img_note(err, rc, "file set");
		v->fsd = fsd;
		at = fsd.next;
	}
	return v->fsd.root.len ? 0 : img_fail(err, IMG_E_FORMAT, "the file set has no root folder");
}

static void
end_check(const struct udf_volume *v)
{
	for (uint16_t i = 0; i < v->n_parts; i++) {
		const struct udf_part *p = &v->part[i];
		uint64_t end = ((uint64_t)p->start + p->len) * v->bs;

		/* a write-once disc says how long it may become */
		if (p->map.kind == UDF_MAP_PHYSICAL && end > v->below->size && p->pd.access != 2)
			img_problem(v->env, IMG_WARNING, "udf-truncated", "partition %" PRIu16 " ends at %" PRIu64
				    ", the volume at %" PRIu64, p->map.number, end, v->below->size);
	}
}

static int
volume_load(struct udf_volume *v, struct img_err *err)
{
	img_autofree uint8_t *lvd_block = NULL, *buf = NULL;
	struct udf_pd *pds = NULL;
	unsigned int n_pds = 0;
	int rc = udf_anchor_find(v, err);

	if (rc)
		return rc;
	lvd_block = calloc(1, v->bs);
	buf = malloc(v->bs);
	pds = calloc(UDF_MAX_MAPS, sizeof *pds);
	if (!lvd_block || !buf || !pds)
		rc = img_fail_nomem(err);
	if (!rc)
		rc = udf_sequence_read(v, lvd_block, pds, &n_pds, err);
	if (!rc)
		rc = block_size_check(v, err);
	if (!rc)
		rc = udf_parts_open(v, pds, n_pds, err);
	free(pds);
	v->lvd.maps = NULL;		/* they were in lvd_block */
	if (rc)
		return rc;
	end_check(v);
	integrity_read(v, buf);
	return file_set_read(v, buf, err);
}

int
udf_volume_open(struct img_source *below, struct udf_volume **ret, struct img_err *err)
{
	struct udf_volume *v = calloc(1, sizeof *v);
	int rc;

	if (!v)
		return img_fail_nomem(err);
	v->env = below->env;
	v->below = img_ref(below);
	rc = volume_load(v, err);
	if (rc) {
		udf_volume_close(v);
		return rc;
	}
	*ret = v;
	return 0;
}

struct udf_volume *
udf_volume_close(struct udf_volume *v)
{
	if (!v)
		return NULL;
	for (uint16_t i = 0; i < v->n_parts; i++)
		udf_part_done(&v->part[i]);
	img_unref(v->below);
	free(v);
	return NULL;
}

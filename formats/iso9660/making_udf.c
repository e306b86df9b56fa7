/* SPDX-License-Identifier: BSD-2-Clause */
/* The UDF 1.02 side of a bridge disc: a second file system over the same data, which knows sizes beyond 4 GiB.
 *
 *   16…		behind ISO 9660's descriptors: BEA01, NSR02, TEA01
 *   32, 48, 64		volume descriptors, the same again, integrity (16 further with a partition offset)
 *   256		the anchor that points at them; another one in the last block of the volume
 *   257…		the partition: file set, then each folder's entry and its identifiers, an entry for each file, one
 *			for each symbolic link with its target inside; the data follow among ISO 9660's own
 *
 * (As genisoimage lays it out, which every system is used to.)  Entries and identifiers are made when they are read.
 * Devices have no place here; a link whose target does not fit into its entry neither. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "formats/iso9660/making.h"
#include "formats/udf/author.h"
#include "img/env.h"

#define PART (UDF_ANCHOR + 1)		/* block the partition begins at */
#define REVISION 0x0102
#define TAG_VERSION 2		/* of tags, for NSR02 */
#define MAX_TOLD 8			/* names; of the rest the number is told */
#define MARK_STEP (64 << 10)
#define NO_LINK UINT32_MAX

struct udf_making {
	uint32_t vds;			/* block of the main sequence */
	uint32_t part_len;		/* blocks */
	uint32_t files_at, links_at;	/* blocks of the partition */
	uint32_t n_links, n_marks;
	size_t room_links, room_marks;
	uint32_t *link;			/* nodes, ascending */
	struct mark *marks;		/* as for records; extra is not used */
	uint32_t blocks;		/* of entries and identifiers */
	uint8_t *sequence, *head, *end;	/* kept bytes: sequences and integrity, the anchor, the last anchor */
	uint64_t end_at;
};

/* ---- links ---- */

static uint32_t
link_index(const struct udf_making *u, uint32_t node)
{
	size_t lo = 0, hi = u->n_links;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (u->link[mid] < node)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < u->n_links && u->link[lo] == node ? (uint32_t)lo : NO_LINK;
}

static int
find_links(struct iso_author *a, struct img_err *err)
{
	struct udf_making *u = a->udf;
	uint8_t path[BLOCK];
	size_t lost = 0;

	for (uint32_t i = 0; i < a->n_nodes; i++) {
		uint8_t t = a->node[i].type;
		int rc;

		if (t == IMG_NODE_FILE || t == IMG_NODE_DIR)
			continue;
		if (t != IMG_NODE_LINK || !udf_link_make(a->node[i].u.link, path, BLOCK - udf_fe_head(false))) {
			lost++;
			continue;
		}
		rc = table_room(&u->link, u->n_links, &u->room_links, sizeof *u->link, err);
		if (rc)
			return rc;
		u->link[u->n_links++] = i;
	}
	if (lost)
		img_problem(a->src.env, IMG_NOTE, "udf-node", "UDF has no place for %zu device%s or long link%s", lost,
			    lost == 1 ? "" : "s", lost == 1 ? "" : "s");
	return 0;
}

/* ---- where a node's entry is ---- */

static uint32_t
entry_block(const struct iso_author *a, uint32_t node)
{
	const struct mnode *n = &a->node[node];
	uint32_t link;

	switch (n->type) {
	case IMG_NODE_DIR:
		return a->dir[n->u.dir].udf_at;
	case IMG_NODE_FILE:
		return a->udf->files_at + n->u.file;
	case IMG_NODE_LINK:
		link = link_index(a->udf, node);
		return link == NO_LINK ? 0 : a->udf->links_at + link;
	default:
		return 0;
	}
}

/* The root has 0, others begin at 16 (UDF 3.2.1.1). */
static uint32_t
unique_of(const struct iso_author *a, uint32_t node)
{
	return node ? 16 + entry_block(a, node) : 0;
}

/* ---- identifiers ---- */

static struct udf_ad
icb_of(const struct iso_author *a, uint32_t node)
{
	return (struct udf_ad) { .len = BLOCK, .block = entry_block(a, node), .unique = unique_of(a, node) };
}

static size_t
put_fid(const struct iso_author *a, uint32_t block, uint8_t flags, uint32_t node, const uint8_t *name, size_t n, uint8_t *p)
{
	struct udf_fid f = { .flags = flags, .icb = icb_of(a, node), .name = name, .name_len = (uint8_t)n };
	size_t crc;

	memset(p, 0, udf_fid_size((uint8_t)n, 0));
	crc = udf_fid_emit(&f, p);
	udf_tag_seal(p, UDF_FID, TAG_VERSION, 0, block, crc);
	return udf_fid_size((uint8_t)n, 0);
}

/* The identifiers of a folder from child @i at byte @pos on, the first of them after the parent's. */
static uint64_t
make_fids(const struct iso_author *a, uint32_t dir, uint32_t i, uint64_t pos, const struct window *w)
{
	const struct mdir *d = &a->dir[dir];
	uint8_t name[256], fid[512];
	bool changed;
	size_t n;

	if (!pos) {
		n = put_fid(a, d->udf_at + 1, UDF_FID_DIR | UDF_FID_PARENT, a->dir[d->parent].node, NULL, 0, fid);
		window_put(w, 0, fid, n);
		pos = n;
	}
	for (; i < d->n && pos < w->off + w->len; i++) {
		uint32_t node = d->first + i;

		if (!entry_block(a, node))
			continue;
		n = udf_name_make(a->node[node].name, node, name, &changed);
		n = put_fid(a, d->udf_at + 1 + (uint32_t)(pos / BLOCK), a->node[node].type == IMG_NODE_DIR ? UDF_FID_DIR : 0, node,
			    name, n, fid);
		window_put(w, pos, fid, n);
		pos += n;
	}
	return pos;
}

static const struct mark *
mark_before(const struct udf_making *u, uint32_t dir, uint64_t pos)
{
	size_t lo = 0, hi = u->n_marks;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (u->marks[mid].dir < dir || (u->marks[mid].dir == dir && u->marks[mid].pos <= pos))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && u->marks[lo - 1].dir == dir ? &u->marks[lo - 1] : NULL;
}

/* ---- measuring ---- */

static int
measure_dir(struct iso_author *a, uint32_t dir, size_t *io_changed, struct img_err *err)
{
	struct udf_making *u = a->udf;
	struct mdir *d = &a->dir[dir];
	uint64_t pos = udf_fid_size(0, 0), marked = 0;
	uint8_t name[256];
	char path[256];

	for (uint32_t i = 0; i < d->n; i++) {
		uint32_t node = d->first + i;
		uint8_t t = a->node[node].type;
		bool changed;
		size_t n;
		int rc;

		if (t != IMG_NODE_FILE && t != IMG_NODE_DIR && (t != IMG_NODE_LINK || link_index(u, node) == NO_LINK))
			continue;
		if (pos - marked >= MARK_STEP) {
			size_t n_marks = u->n_marks;

			marked = pos;
			rc = table_room(&u->marks, n_marks, &u->room_marks, sizeof *u->marks, err);
			if (rc)
				return rc;
			u->marks[u->n_marks++] = (struct mark) { dir, i, pos, 0 };
		}
		n = udf_name_make(a->node[node].name, node, name, &changed);
		if (changed && (*io_changed)++ < MAX_TOLD)
			img_problem(a->src.env, IMG_WARNING, "udf-name", "%s: UDF cannot hold this name as it is",
				    making_path(a, node, path, sizeof path));
		pos += udf_fid_size((uint8_t)n, 0);
	}
	if (pos > UDF_MAX_AD)
		return img_fail(err, IMG_E_LIMIT, "a folder has %" PRIu64 " bytes of UDF identifiers", pos);
	d->udf_len = (uint32_t)pos;
	return 0;
}

int
making_udf_measure(struct iso_author *a, struct img_err *err)
{
	struct udf_making *u = calloc(1, sizeof *u);
	uint64_t at = 2;	/* file set and terminator */
	size_t changed = 0;
	char path[256];
	int rc;

	if (!u)
		return img_fail_nomem(err);
	a->udf = u;
	rc = find_links(a, err);
	for (uint32_t i = 0; !rc && i < a->n_dirs; i++) {
		rc = measure_dir(a, i, &changed, err);
		a->dir[i].udf_at = (uint32_t)at;
		at += 1 + blocks_of(a->dir[i].udf_len);
	}
	for (size_t i = 0; !rc && i < a->n_files; i++)
		if (a->file[i].size / UDF_MAX_AD >= (BLOCK - udf_fe_head(false)) / 8)
			rc = img_fail(err, IMG_E_LIMIT, "%s: %" PRIu64 " bytes are more than this UDF writer can describe",
				      making_path(a, a->file[i].node, path, sizeof path), a->file[i].size);
	a->layout.n_renamed[3] = changed;
	if (changed > MAX_TOLD)
		img_problem(a->src.env, IMG_WARNING, "udf-name", "%zu more names are changed", changed - MAX_TOLD);
	u->files_at = (uint32_t)at;
	at += a->n_files;
	u->links_at = (uint32_t)at;
	at += u->n_links;
	if (!rc && at > UINT32_MAX / 2)
		rc = img_fail(err, IMG_E_LIMIT, "UDF's entries alone take %" PRIu64 " blocks", at);
	u->blocks = (uint32_t)at;
	return rc;
}

uint32_t
making_udf_blocks(const struct iso_author *a)
{
	return a->udf->blocks;
}

void
making_udf_free(struct udf_making *u)
{
	if (!u)
		return;
	free(u->link);
	free(u->marks);
	free(u);
}

/* ---- entries ---- */

static void
put_entry(const struct iso_author *a, uint32_t node, struct udf_fe *f, uint8_t *p)
{
	const struct mnode *n = &a->node[node];
	struct udf_stamp at = udf_stamp_make((struct img_time) { n->mtime, 0 });

	f->strategy = 4;
	f->max_entries = 1;
	f->uid = n->uid;
	f->gid = n->gid;
	f->permissions = udf_mode_permissions(n->mode);
	f->access = f->modify = f->attribute = at;
	f->implementation = udf_regid_make("*IMGCONV", 0);
	f->unique = unique_of(a, node);
	udf_tag_seal(p, UDF_FE, TAG_VERSION, 0, entry_block(a, node), udf_fe_emit(f, p));
}

static void
put_dir(const struct iso_author *a, uint32_t dir, uint8_t *p)
{
	const struct mdir *d = &a->dir[dir];
	struct udf_ad ad = { .len = d->udf_len, .block = d->udf_at + 1 };
	uint8_t bytes[8] = { 0 };
	struct udf_put w = { bytes };
	struct udf_fe f = {
		.file_type = UDF_FILE_DIR, .links = (uint16_t)(1 + (d->n_subdirs < 65534 ? d->n_subdirs : 65534)),
		.size = d->udf_len, .blocks = blocks_of(d->udf_len), .ads = bytes, .ad_len = 8,
	};

	udf_put_short_ad(&w, &ad);
	put_entry(a, d->node, &f, p);
}

static void
put_file(const struct iso_author *a, uint32_t file, uint8_t *p)
{
	const struct mfile *m = &a->file[file];
	uint8_t bytes[BLOCK] = { 0 };
	struct udf_put w = { bytes };
	struct udf_fe f = {
		.file_type = UDF_FILE_BYTES, .links = (uint16_t)(m->nlink < 65535 ? m->nlink : 65535),
		.size = m->size, .blocks = blocks_of(m->size), .ads = bytes,
	};

	for (uint64_t at = 0; at < m->size; f.ad_len += 8) {
		uint64_t n = m->size - at < UDF_MAX_AD ? m->size - at : UDF_MAX_AD;
		struct udf_ad ad = { .len = (uint32_t)n, .block = m->block - PART + (uint32_t)(at / BLOCK) };

		udf_put_short_ad(&w, &ad);
		at += n;
	}
	put_entry(a, m->node, &f, p);
}

static void
put_link(const struct iso_author *a, uint32_t node, uint8_t *p)
{
	uint8_t path[BLOCK] = { 0 };
	size_t n = udf_link_make(a->node[node].u.link, path, BLOCK - udf_fe_head(false));
	struct udf_fe f = {
		.file_type = UDF_FILE_LINK, .flags = UDF_AD_EMBEDDED, .links = 1, .size = n, .ads = path, .ad_len = (uint32_t)n,
	};

	put_entry(a, node, &f, p);
}

/* ---- the volume ---- */

static struct udf_plan
plan_of(const struct iso_author *a)
{
	const struct udf_making *u = a->udf;
	uint64_t v[5] = { (uint64_t)a->layout.date, a->n_nodes, u->blocks, u->part_len, a->n_dirs };
	uint64_t h = udf_identity(0, a->o.label, strlen(a->o.label));
	uint8_t b[8];

	for (size_t i = 0; i < 5; i++) {
		store_le64(b, v[i]);
		h = udf_identity(h, b, sizeof b);
	}
	return (struct udf_plan) {
		.label = a->o.label, .revision = REVISION, .identity = h, .time = making_date(a), .main = u->vds,
		.reserve = u->vds + UDF_SEQUENCE, .integrity = u->vds + 2 * UDF_SEQUENCE, .integrity_blocks = 2, .part = PART,
		.part_len = u->part_len, .next_unique = 16 + (uint64_t)u->blocks, .n_files = (uint32_t)a->n_files + u->n_links,
		.n_dirs = (uint32_t)a->n_dirs, .root = icb_of(a, 0),
	};
}

/* ---- reading ---- */

static uint32_t
dir_at(const struct iso_author *a, uint32_t block)
{
	size_t lo = 0, hi = a->n_dirs;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		*(a->dir[mid].udf_at <= block ? &lo : &hi) = mid;
	}
	return (uint32_t)lo;
}

/* One block, or the identifiers of a folder as far as they are wanted; returns how many bytes were made. */
static size_t
make_some(const struct iso_author *a, uint32_t block, size_t skip, uint8_t *buf, size_t len)
{
	const struct udf_making *u = a->udf;
	uint8_t p[BLOCK] = { 0 };
	uint32_t dir;

	if (block < 2) {
		uint8_t both[2 * BLOCK] = { 0 };
		struct udf_plan plan = plan_of(a);

		udf_plan_file_set(&plan, both);
		memcpy(p, both + (size_t)block * BLOCK, BLOCK);
	} else if (block >= u->links_at) {
		put_link(a, u->link[block - u->links_at], p);
	} else if (block >= u->files_at) {
		put_file(a, block - u->files_at, p);
	} else if (a->dir[dir = dir_at(a, block)].udf_at == block) {
		put_dir(a, dir, p);
	} else {
		const struct mdir *d = &a->dir[dir];
		uint64_t pos = (uint64_t)(block - d->udf_at - 1) * BLOCK + skip, all = blocks_of(d->udf_len) * BLOCK;
		struct window w = { pos, all - pos < len ? (size_t)(all - pos) : len, buf };
		const struct mark *k = mark_before(u, dir, pos);

		make_fids(a, dir, k ? k->child : 0, k ? k->pos : 0, &w);
		return w.len;
	}
	if (len > BLOCK - skip)
		len = BLOCK - skip;
	memcpy(buf, p + skip, len);
	return len;
}

void
making_udf_read(const struct iso_author *a, uint64_t off, uint8_t *buf, size_t len)
{
	memset(buf, 0, len);
	while (len) {
		size_t n = make_some(a, (uint32_t)(off / BLOCK), (size_t)(off % BLOCK), buf, len);

		off += n;
		buf += n;
		len -= n;
	}
}

/* ---- what stands when the layout does ---- */

void
making_udf_place(struct iso_author *a, uint32_t vds, uint8_t *sequence, uint8_t *anchor)
{
	a->udf->vds = vds;
	a->udf->sequence = sequence;
	a->udf->head = anchor;
}

/* @data_end: of the last block that belongs to a file, in blocks; @end: the block kept for the last anchor. */
void
making_udf_finish(struct iso_author *a, uint32_t data_end, uint32_t end, uint8_t *last)
{
	struct udf_making *u = a->udf;
	struct udf_plan p;

	u->part_len = data_end - PART;
	p = plan_of(a);
	udf_plan_sequence(&p, p.main, u->sequence);
	udf_plan_sequence(&p, p.reserve, u->sequence + UDF_SEQUENCE * BLOCK);
	udf_plan_integrity(&p, u->sequence + 2 * UDF_SEQUENCE * BLOCK);
	udf_plan_anchor(&p, UDF_ANCHOR, u->head);
	udf_plan_anchor(&p, end, last);
}

void
making_udf_anchor(const struct iso_author *a, uint32_t block, uint8_t *p)
{
	struct udf_plan plan = plan_of(a);

	udf_plan_anchor(&plan, block, p);
}

void
making_udf_recognition(uint8_t *p)
{
	udf_plan_recognition(&(struct udf_plan) { .revision = REVISION }, p);
}

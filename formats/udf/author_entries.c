/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries and identifiers, made from the tables whenever somebody reads them.
 *
 * An entry is an extended file entry (4/14.17): 216 bytes, the numbers of a device, then what the file holds if that fits,
 * else where it lies.  Only this, small files, is read from the source here.  Identifiers are made in order from the
 * front, or from a mark in large folders; what falls outside of the bytes asked for is forgotten again. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "formats/udf/author_tree.h"

#define TAG_VERSION 3			/* of tags, for NSR03 */
#define AED_SLOTS ((UDF_BLOCK - UDF_AED_HEAD) / 8)
#define RSRC_NAME "*UDF Macintosh Resource Fork"	/* UDF 3.3.8 */
#define STREAM_FLAG 0x2000		/* 4/14.6.8, bit 13 */

struct window {
	uint64_t off;
	size_t len;
	uint8_t *p;
};

static void
window_put(const struct window *w, uint64_t off, const void *bytes, size_t n)
{
	uint64_t from = off > w->off ? off : w->off, end = off + n;

	if (end > w->off + w->len)
		end = w->off + w->len;
	if (from < end)
		memcpy(w->p + (from - w->off), (const uint8_t *)bytes + (from - off), (size_t)(end - from));
}

static bool
is_device(const struct uda_inode *n)
{
	return n->type == UDF_FILE_CHAR || n->type == UDF_FILE_BLOCK;
}

static bool
is_folder(const struct uda_inode *n)
{
	return n->type == UDF_FILE_DIR || n->type == UDF_FILE_STREAMS;
}

uint32_t
uda_entry_room(const struct uda_inode *n)
{
	return UDF_BLOCK - (uint32_t)udf_fe_head(true) - (is_device(n) ? UDF_DEVICE_EA : 0);
}

/* ---- allocation descriptors ---- */

struct ad_walk {
	const struct udf_author *a;
	const struct uda_inode *n;
	uint64_t at;			/* in the file */
	uint32_t run;
};

static bool
ad_next(struct ad_walk *w, struct udf_ad *ret)
{
	const struct uda_inode *n = w->n;
	const struct uda_run *r = w->run < n->u.file.n_runs ? &w->a->run[n->u.file.run + w->run] : NULL;
	bool recorded = r && w->at >= r->off;
	uint64_t end = recorded ? r->off + r->len : r ? r->off : n->u.file.size;
	uint32_t len;

	if (w->at >= n->u.file.size)
		return false;
	len = end - w->at < UDF_MAX_AD ? (uint32_t)(end - w->at) : UDF_MAX_AD;
	*ret = (struct udf_ad) { .len = len, .type = UDF_UNALLOCATED };
	if (recorded) {
		ret->type = UDF_RECORDED;
		ret->block = r->block + (uint32_t)((w->at - r->off) / UDF_BLOCK);
	}
	w->at += len;
	w->run += recorded && w->at == end;
	return true;
}

uint64_t
uda_count_ads(const struct udf_author *a, const struct uda_inode *n)
{
	struct ad_walk w = { a, n, 0, 0 };
	struct udf_ad ad;
	uint64_t count = 0;

	while (ad_next(&w, &ad))
		count++;
	return count;
}

uint64_t
uda_ad_blocks(const struct uda_inode *n, uint64_t n_ads)
{
	uint64_t slots = uda_entry_room(n) / 8;

	if (n_ads <= slots)
		return 0;
	/* one slot of each block but the last leads to the next; the last has one to spare */
	return (n_ads - (slots - 1) + AED_SLOTS - 2) / (AED_SLOTS - 1);
}

/* Page @page of a file's descriptors: the entry's own is 0.  Returns their bytes. */
static uint32_t
put_ads(const struct udf_author *a, const struct uda_inode *n, uint32_t page, uint8_t *b)
{
	uint64_t slots = uda_entry_room(n) / 8, skip = page ? slots - 1 + (uint64_t)(page - 1) * (AED_SLOTS - 1) : 0;
	uint64_t room = page ? AED_SLOTS - 1 : n->more ? slots - 1 : slots;
	struct ad_walk w = { a, n, 0, 0 };
	struct udf_put put = { b };
	struct udf_ad ad;

	while (skip && ad_next(&w, &ad))
		skip--;
	while (room && ad_next(&w, &ad)) {
		udf_put_short_ad(&put, &ad);
		room--;
	}
	if (page < n->more) {
		ad = (struct udf_ad) { .len = UDF_BLOCK, .block = n->at + 1 + page, .type = UDF_CONTINUED };
		udf_put_short_ad(&put, &ad);
	}
	return (uint32_t)(put.p - b);
}

/* ---- identifiers ---- */

/* The root has 0, others begin at 16 (UDF 3.2.1.1); streams have that of their file. */
static uint32_t
unique_of(const struct udf_author *a, uint32_t inode)
{
	const struct uda_inode *n = &a->inode[inode];

	if (inode && n->type == UDF_FILE_BYTES && a->inode[n->parent].type == UDF_FILE_STREAMS)
		n = &a->inode[inode = n->parent];
	if (n->type == UDF_FILE_STREAMS)
		n = &a->inode[inode = n->parent];
	return inode ? 16 + n->at : 0;
}

struct udf_ad
uda_icb(const struct udf_author *a, uint32_t inode)
{
	return (struct udf_ad) { .len = UDF_BLOCK, .block = a->inode[inode].at, .unique = unique_of(a, inode) };
}

size_t
uda_node_name(const struct udf_author *a, uint32_t node, uint8_t ret[256], bool *ret_changed)
{
	const char *name = a->node[node].name;

	/* a name of a stream, nowhere else: UDF has one for it */
	if (node >= a->n_names && !strcmp(name, IMG_STREAM_RSRC))
		name = RSRC_NAME;
	return udf_name_make(name, node, ret, ret_changed);
}

static size_t
put_fid(const struct udf_author *a, uint32_t block, uint8_t flags, uint32_t inode, const uint8_t *name, size_t n, uint8_t *b)
{
	struct udf_fid f = { .flags = flags, .icb = uda_icb(a, inode), .name = name, .name_len = (uint8_t)n };
	size_t crc;

	memset(b, 0, udf_fid_size((uint8_t)n, 0));
	crc = udf_fid_emit(&f, b);
	udf_tag_seal(b, UDF_FID, TAG_VERSION, 0, block, crc);
	return udf_fid_size((uint8_t)n, 0);
}

/* The last mark of the folder in front of @pos; NULL: none. */
static const struct uda_mark *
mark_before(const struct udf_author *a, uint32_t inode, uint64_t pos)
{
	size_t lo = 0, hi = a->n_marks;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct uda_mark *m = &a->mark[mid];

		if (m->inode < inode || (m->inode == inode && m->pos <= pos))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && a->mark[lo - 1].inode == inode ? &a->mark[lo - 1] : NULL;
}

static void
make_fids(const struct udf_author *a, uint32_t inode, const struct window *w)
{
	const struct uda_inode *d = &a->inode[inode];
	const struct uda_mark *m = mark_before(a, inode, w->off);
	uint32_t i = m ? m->node : d->u.dir.first, base = d->embedded ? d->at : d->at + 1;
	uint64_t pos = m ? m->pos : 0;
	uint8_t name[256], fid[512];
	bool changed;
	size_t n;

	if (!pos) {
		n = put_fid(a, base, UDF_FID_DIR | UDF_FID_PARENT, d->parent, NULL, 0, fid);
		window_put(w, 0, fid, n);
		pos = n;
	}
	for (; i < d->u.dir.first + d->u.dir.n && pos < w->off + w->len; i++) {
		uint32_t child = a->node[i].inode, block = d->embedded ? base : base + (uint32_t)(pos / UDF_BLOCK);

		n = uda_node_name(a, i, name, &changed);
		n = put_fid(a, block, a->inode[child].type == UDF_FILE_DIR ? UDF_FID_DIR : 0, child, name, n, fid);
		window_put(w, pos, fid, n);
		pos += n;
	}
}

/* ---- entries ---- */

static uint16_t
flags_of(const struct udf_author *a, const struct uda_inode *n)
{
	uint16_t flags = n->embedded ? UDF_AD_EMBEDDED : UDF_AD_SHORT;

	flags |= n->mode & 04000 ? UDF_ICB_SETUID : 0;
	flags |= n->mode & 02000 ? UDF_ICB_SETGID : 0;
	flags |= n->mode & 01000 ? UDF_ICB_STICKY : 0;
	if (n->type == UDF_FILE_BYTES && a->inode[n->parent].type == UDF_FILE_STREAMS)
		flags |= STREAM_FLAG;
	return flags;
}

/* Bytes of all streams of a file beside its own. */
static uint64_t
stream_bytes(const struct udf_author *a, const struct uda_inode *n)
{
	const struct uda_inode *d = n->streams == UDA_NONE ? NULL : &a->inode[n->streams];
	uint64_t sum = 0;

	for (uint32_t i = 0; d && i < d->u.dir.n; i++)
		sum += a->inode[a->node[d->u.dir.first + i].inode].u.file.size;
	return sum;
}

static void
one_ad(const struct uda_inode *n, uint64_t size, struct udf_fe *f, uint8_t *body)
{
	struct udf_ad ad = { .len = (uint32_t)size, .block = n->at + 1 };
	struct udf_put w = { body };

	udf_put_short_ad(&w, &ad);
	f->ad_len = 8;
	f->blocks = n->more;
}

/* What follows the entry's head, into @body; sizes into @f. */
static int
make_body(const struct udf_author *a, uint32_t inode, struct udf_fe *f, uint8_t *body, struct img_err *err)
{
	const struct uda_inode *n = &a->inode[inode];
	char path[256];
	int rc = 0;

	if (is_folder(n)) {
		f->size = n->u.dir.len;
		if (n->embedded)
			make_fids(a, inode, &(struct window) { 0, n->u.dir.len, body });
	} else if (n->type == UDF_FILE_LINK) {
		f->size = n->u.link.len;
		if (n->embedded)
			udf_link_make(n->u.link.target, body, uda_entry_room(n));
	} else if (n->type == UDF_FILE_BYTES) {
		f->size = n->u.file.size;
		if (n->embedded && f->size)
			rc = img_source_read(n->u.file.content, 0, body, (size_t)f->size, err);
		if (!n->embedded)
			f->ad_len = put_ads(a, n, 0, body);
		for (uint32_t i = 0; i < n->u.file.n_runs; i++)
			f->blocks += uda_blocks(a->run[n->u.file.run + i].len);
	}
	if (n->embedded)
		f->ad_len = (uint32_t)f->size;
	else if (n->type != UDF_FILE_BYTES && f->size)
		one_ad(n, f->size, f, body);
	return rc ? img_note(err, rc, "%s", uda_path(a, inode, path, sizeof path)) : 0;
}

static int
make_entry(const struct udf_author *a, uint32_t inode, uint8_t *p, struct img_err *err)
{
	const struct uda_inode *n = &a->inode[inode];
	uint8_t body[UDF_BLOCK] = { 0 }, ea[UDF_DEVICE_EA] = { 0 };
	struct udf_stamp at = udf_stamp_make(n->mtime);
	struct udf_fe f = {
		.extended = true, .strategy = 4, .max_entries = 1, .file_type = n->type, .flags = flags_of(a, n), .uid = n->uid,
		.gid = n->gid, .permissions = udf_mode_permissions(n->mode),
		.links = (uint16_t)(n->links < UINT16_MAX ? n->links : UINT16_MAX), .access = at, .modify = at, .attribute = at,
		.create = udf_stamp_make(n->birth), .implementation = udf_regid_make("*IMGCONV", 0),
		.unique = unique_of(a, inode), .ads = body,
	};
	int rc = make_body(a, inode, &f, body, err);

	if (rc)
		return rc;
	f.object_size = f.size + stream_bytes(a, n);
	if (n->streams != UDA_NONE)
		f.streams = uda_icb(a, n->streams);
	if (is_device(n)) {
		udf_device_emit(n->u.dev.major, n->u.dev.minor, TAG_VERSION, n->at, ea);
		f.ea = ea;
		f.ea_len = sizeof ea;
	}
	udf_tag_seal(p, UDF_EFE, TAG_VERSION, 0, n->at, udf_fe_emit(&f, p));
	return 0;
}

static void
make_further_ads(const struct udf_author *a, const struct uda_inode *n, uint32_t page, uint8_t *p)
{
	uint8_t ads[UDF_BLOCK] = { 0 };
	uint32_t len = put_ads(a, n, page, ads);

	udf_tag_seal(p, UDF_AED, TAG_VERSION, 0, n->at + page, udf_aed_emit(ads, len, p));
}

static int
make_link(const struct uda_inode *n, uint32_t page, uint8_t *p, struct img_err *err)
{
	img_autofree uint8_t *b = calloc(1, UDA_LINK_MAX + UDF_BLOCK);

	if (!b)
		return img_fail_nomem(err);
	udf_link_make(n->u.link.target, b, UDA_LINK_MAX);
	memcpy(p, b + (size_t)(page - 1) * UDF_BLOCK, UDF_BLOCK);
	return 0;
}

/* ---- reading ---- */

static uint32_t
inode_at(const struct udf_author *a, uint32_t block)
{
	size_t lo = 0, hi = a->n_inodes;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		*(a->inode[mid].at <= block ? &lo : &hi) = mid;
	}
	return (uint32_t)lo;
}

static int
make_block(const struct udf_author *a, uint32_t block, uint8_t p[2 * UDF_BLOCK], struct img_err *err)
{
	uint32_t inode = inode_at(a, block);
	const struct uda_inode *n = &a->inode[inode];

	if (block < 2) {
		udf_plan_file_set(&a->plan, p);
		memmove(p, p + (size_t)block * UDF_BLOCK, UDF_BLOCK);
		return 0;
	}
	if (block == n->at)
		return make_entry(a, inode, p, err);
	if (n->type == UDF_FILE_LINK)
		return make_link(n, block - n->at, p, err);
	make_further_ads(a, n, block - n->at, p);
	return 0;
}

/* One block, or the identifiers of a folder as far as they are wanted. */
static int
make_some(const struct udf_author *a, uint32_t block, size_t skip, uint8_t *buf, size_t len, size_t *ret_done,
	  struct img_err *err)
{
	uint8_t p[2 * UDF_BLOCK] = { 0 };
	uint32_t inode = inode_at(a, block);
	const struct uda_inode *n = &a->inode[inode];
	int rc;

	if (block > n->at && is_folder(n)) {
		uint64_t pos = (uint64_t)(block - n->at - 1) * UDF_BLOCK + skip, all = (uint64_t)n->more * UDF_BLOCK;

		*ret_done = all - pos < len ? (size_t)(all - pos) : len;
		make_fids(a, inode, &(struct window) { pos, *ret_done, buf });
		return 0;
	}
	rc = make_block(a, block, p, err);
	if (rc)
		return rc;
	*ret_done = len < UDF_BLOCK - skip ? len : UDF_BLOCK - skip;
	memcpy(buf, p + skip, *ret_done);
	return 0;
}

int
uda_entries_read(const struct udf_author *a, uint64_t off, uint8_t *buf, size_t len, struct img_err *err)
{
	int rc = 0;

	memset(buf, 0, len);
	while (!rc && len) {
		size_t n = 0;

		rc = make_some(a, (uint32_t)(off / UDF_BLOCK), (size_t)(off % UDF_BLOCK), buf, len, &n, err);
		off += n;
		buf += n;
		len -= n;
	}
	return rc;
}

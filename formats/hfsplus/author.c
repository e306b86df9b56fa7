/* SPDX-License-Identifier: BSD-2-Clause */
/* The author of HFS+ volumes.
 *
 *   scan	the tree, once, into compact tables		making_scan.c, making_names.c
 *   beside	attributes, forks, AppleDouble files		making_streams.c, making_double.c
 *   links	files with several names			making_links.c
 *   layout	B-trees from sorted records, then blocks	making_btree.c, making_records.c, making_layout.c
 *
 * From then on the volume is a map: nodes and bitmap are made from the tables when they are read, files are the tree's own
 * sources, everything else is zeros. */
#include "config.h"

#include "formats/hfsplus/author.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/hfsplus/making.h"
#include "formats/hfsplus/names.h"
#include "img/env.h"
#include "img/report.h"

#define EPOCH INT64_C(2082844800)	/* from 1904 to 1970 */

/* ---- the map ---- */

static const struct mregion *
region_at(const struct hfs_author *a, uint64_t off)
{
	size_t i = a->n_regions - 1;

	while (i && a->region[i].off > off)
		i--;
	return &a->region[i];
}

/* The fork whose blocks hold @off, in their region. */
static const struct mfork *
fork_at(const struct hfs_author *a, uint64_t off)
{
	uint64_t block = off / a->header.block_size;
	size_t lo = 0, hi = a->n_forks;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		*(a->fork[mid].block <= block ? &lo : &hi) = mid;
	}
	return &a->fork[lo];
}

/* Its bytes, or the zeros behind them. */
static void
map_fork(const struct hfs_author *a, const struct mfork *f, uint64_t off, struct img_extent *ret)
{
	uint64_t bs = a->header.block_size, at = f->block * bs, end = at + f->size;

	if (off >= end)
		*ret = (struct img_extent) { .off = end, .len = (bs - end % bs) % bs, .kind = IMG_ZERO };
	else if (f->from)
		*ret = (struct img_extent) { .off = at, .len = f->size, .kind = IMG_DATA, .from = f->from, .stored = f->size };
	else
		*ret = (struct img_extent) { .off = at, .len = f->size, .kind = IMG_OPAQUE };
}

static int
volume_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct hfs_author *a = hfs_author_of(s);
	const struct mregion *r = region_at(a, off);

	*ret = (struct img_extent) { .off = r->off, .len = r->len, .kind = IMG_OPAQUE };
	if (r->kind == REGION_ZERO)
		ret->kind = IMG_ZERO;
	else if (r->kind == REGION_FORKS)
		map_fork(a, fork_at(a, off), off, ret);
	return 0;
}

/* ---- bytes ---- */

static void
read_bitmap(const struct hfs_author *a, uint64_t at, uint8_t *buf, size_t len)
{
	uint64_t last = a->header.n_blocks - 1;

	for (size_t i = 0; i < len; i++) {
		uint64_t block = (at + i) * 8;

		uint64_t n = a->used_blocks > block ? a->used_blocks - block : 0;

		buf[i] = (uint8_t)(n >= 8 ? 0xff : 0xff00 >> n);
		if (last / 8 == at + i)
			buf[i] |= (uint8_t)(0x80 >> last % 8);
	}
}

/* The header in its place behind the boot blocks, or in front of the last sector. */
static void
read_header(const struct hfs_author *a, size_t at, uint64_t skip, uint8_t *buf, size_t len)
{
	uint8_t b[HFS_HEADER_AT + HFS_HEADER_LEN] = { 0 };

	hfs_header_emit(&a->header, b + at);
	memcpy(buf, b + skip, len);
}

static int
volume_read(struct img_source *s, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	const struct hfs_author *a = hfs_author_of(s);
	const struct mregion *r = region_at(a, off);
	uint64_t skip = off - r->off;
	const struct mfork *f;

	switch (r->kind) {
	case REGION_HEAD:
		read_header(a, HFS_HEADER_AT, skip, buf, len);
		return 0;
	case REGION_TAIL:
		read_header(a, 0, skip, buf, len);
		return 0;
	case REGION_BITMAP:
		read_bitmap(a, skip, buf, len);
		return 0;
	case REGION_EXTENTS:
		return hfs_tree_read(a, &a->extents, skip, buf, len, err);
	case REGION_ATTRS:
		return hfs_tree_read(a, &a->attrs, skip, buf, len, err);
	case REGION_CATALOG:
		return hfs_tree_read(a, &a->catalog, skip, buf, len, err);
	case REGION_FORKS:
		f = fork_at(a, off);
		memcpy(buf, f->bytes + (off - (uint64_t)f->block * a->header.block_size), len);
		return 0;
	default:
		memset(buf, 0, len);
		return 0;
	}
}

static void
volume_where(struct img_source *s, uint64_t off, char *buf, size_t len)
{
	static const char *const names[] = {
		[REGION_HEAD] = "volume header", [REGION_BITMAP] = "allocation file", [REGION_EXTENTS] = "extents file",
		[REGION_ATTRS] = "attributes file", [REGION_CATALOG] = "catalog", [REGION_TAIL] = "alternate volume header",
	};
	const struct hfs_author *a = hfs_author_of(s);
	const struct mregion *r = region_at(a, off);
	char path[512];

	if (r->kind == REGION_FORKS)
		snprintf(buf, len, "%s", hfs_making_path(a, fork_at(a, off)->node, path, sizeof path));
	else
		snprintf(buf, len, "%s", r->kind == REGION_ZERO ? "free space" : names[r->kind]);
}

static int
volume_describe(struct img_source *s, struct img_rep *rep, struct img_err *err)
{
	const struct hfs_made *m = &hfs_author_of(s)->made;

	img_rep_uint(rep, "files", m->n_files);
	img_rep_uint(rep, "directories", m->n_folders);
	img_rep_uint(rep, "block_size", m->block_size);
	img_rep_uint(rep, "free_space", (uint64_t)m->n_free * m->block_size);
	return 0;
}

static void
volume_destroy(struct img_source *s)
{
	struct hfs_author *a = hfs_author_of(s);

	for (size_t i = 0; i < a->n_forks; i++)
		img_unref(a->fork[i].from);
	for (size_t i = 0; i < a->n_attrs; i++)
		img_unref(a->attr[i].from);
	hfs_tree_done(&a->extents);
	hfs_tree_done(&a->attrs);
	hfs_tree_done(&a->catalog);
	free(a->node);
	free(a->dir);
	free(a->fork);
	free(a->extra);
	free(a->attr);
	free(a->linked);
	img_arena_free(a->arena);
	img_tree_unref(a->tree);
	free(a);
}

static const struct img_source_ops volume_ops = {
	.map = volume_map, .read = volume_read, .describe = volume_describe, .where = volume_where, .destroy = volume_destroy,
};

/* ---- all of it ---- */

static int
make(struct hfs_author *a, struct img_err *err)
{
	int rc = hfs_making_scan(a, err);

	if (!rc)
		rc = hfs_making_layout(a, err);
	a->o.label = NULL;		/* the caller's */
	return rc;
}

int
hfs_author(struct img_tree *tree, const struct hfs_options *o, struct img_source **ret, struct img_err *err)
{
	struct hfs_author *a = calloc(1, sizeof *a);
	int rc;

	if (!a)
		return img_fail_nomem(err);
	img_source_init(&a->src, &volume_ops, tree->env, "hfs+", 0, 512);
	a->tree = img_tree_ref(tree);
	a->o = *o;
	a->plain_names = !strcmp(tree->layer, "hfs+") || !strcmp(tree->layer, "apfs");
	a->arena = img_arena_new();
	rc = a->arena ? make(a, err) : img_fail_nomem(err);
	if (rc) {
		volume_destroy(&a->src);
		return rc;
	}
	*ret = &a->src;
	return 0;
}

const struct hfs_made *
hfs_author_made(struct img_source *s)
{
	return &hfs_author_of(s)->made;
}

/* ---- keys ---- */

static int
yes_no(const struct img_author_key *k, const char *yes, const char *no, bool *ret, struct img_err *err)
{
	if (!k->value || !strcmp(k->value, yes))
		*ret = true;
	else if (!strcmp(k->value, no))
		*ret = false;
	else
		return img_fail(err, IMG_E_USAGE, "%s=%s: %s or %s is expected", k->key, k->value, yes, no);
	return 0;
}

static int
set_key(const struct img_author_key *k, struct hfs_options *o, struct img_err *err)
{
	char *end;

	if (!strcmp(k->key, "case-sensitive"))
		return yes_no(k, "yes", "no", &o->case_sensitive, err);
	if (!strcmp(k->key, "open-window"))
		return yes_no(k, "yes", "no", &o->open_window, err);
	if (!strcmp(k->key, "apple-double"))
		return yes_no(k, "keep", "merge", &o->keep_doubles, err);
	if (strcmp(k->key, "volume-id"))
		return img_fail(err, IMG_E_USAGE, "--opt %s: HFS+ has no such detail", k->key);
	o->id = strtoull(k->value ? k->value : "", &end, 16);
	o->has_id = true;
	if (!k->value || strlen(k->value) != 16 || *end || !o->id)
		return img_fail(err, IMG_E_USAGE, "%s=%s: 16 hexadecimal digits, not all 0, are expected", k->key,
				k->value ? k->value : "");
	return 0;
}

/* ---- what was asked ---- */

/* The entry of folder @dir that is called @name; HFS_NONE: there is none. */
static uint32_t
entry_called(const struct hfs_author *a, uint32_t dir, const char *name, size_t len)
{
	const struct mdir *d = &a->dir[dir];
	uint16_t units[HFS_NAME_UNITS];
	char text[4 * HFS_NAME_UNITS];
	bool foreign;
	size_t n;

	if (len >= sizeof text)
		return HFS_NONE;
	memcpy(text, name, len);
	text[len] = '\0';
	n = hfs_name_units(text, units, HFS_NAME_UNITS, &foreign);
	for (uint32_t i = d->first; n <= HFS_NAME_UNITS && i < d->first + d->n; i++)
		if (a->node[i].n == n && !memcmp(a->node[i].name, units, n * sizeof *units))
			return i;
	return HFS_NONE;
}

static void
tell(const struct hfs_author *a, struct img_author_told *t)
{
	uint32_t node = 0;

	for (const char *p = t->path; *p && node != HFS_NONE; p += strspn(p, "/")) {
		size_t len = strcspn(p, "/");

		node = a->node[node].type == IMG_NODE_DIR ? entry_called(a, a->node[node].u, p, len) : HFS_NONE;
		p += len;
	}
	if (node == HFS_NONE)
		return;
	t->id = cnid_of(node);
	t->date = (int64_t)a->node[node].created - EPOCH;
}

int
hfs_author_hook(struct img_tree *tree, const struct img_author_options *o, struct img_source **ret, struct img_err *err)
{
	struct hfs_options h = {
		.label = o->label, .epoch = o->epoch, .has_date = o->has_date, .date = o->date, .owner = o->owner,
		.uid = o->uid, .gid = o->gid, .mode = o->mode, .file_mode = o->file_mode, .dir_mode = o->dir_mode, .size = o->size,
	};
	int rc = 0;

	for (size_t i = 0; !rc && i < o->n_keys; i++)
		rc = set_key(&o->keys[i], &h, err);
	if (!rc)
		rc = hfs_author(tree, &h, ret, err);
	for (size_t i = 0; !rc && i < o->n_told; i++)
		tell(hfs_author_of(*ret), &o->told[i]);
	return rc;
}

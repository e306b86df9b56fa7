/* SPDX-License-Identifier: BSD-2-Clause */
/* The structure of a container: the checkpoint, every node of every tree with its checksum, that no block is two things, and
 * what the records of a volume say of each other. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/checked.h"
#include "formats/apfs/container.h"
#include "formats/faults.h"
#include "img/env.h"
#include "img/report.h"

struct verify {
	struct apfs *c;
	struct apfs_volume *v;		/* being looked at */
	uint8_t *used;			/* a bit a block of metadata */
	uint64_t n_objects, n_records, n_files, n_dirs, n_extents;
	struct img_faults faults;
};

static bool
is_damage(int rc)
{
	return rc == IMG_E_FORMAT || rc == IMG_E_UNSUPPORTED;
}

/* ---- trees ---- */

static int
seen(void *ctx, uint64_t paddr, struct img_err *err)
{
	struct verify *v = ctx;

	if (v->used[paddr / 8] & 1 << paddr % 8)
		return img_fail(err, IMG_E_FORMAT, "block %" PRIu64 " is in two places", paddr);
	v->used[paddr / 8] |= (uint8_t)(1 << paddr % 8);
	v->n_objects++;
	return 0;
}

/* False: nothing below can be looked at. */
static int
check_tree(struct verify *v, const struct apfs_btree *t, bool *ret_whole, struct img_err *err)
{
	struct img_err why = { 0 };
	struct apfs_tally n = { 0 };
	int rc = apfs_btree_verify(t, seen, v, &n, &why);

	*ret_whole = !rc;
	v->n_records += n.n_keys;
	if (is_damage(rc)) {
		img_bad(&v->faults, "apfs-tree", "%s", why.msg);
		return 0;
	}
	if (rc && err)
		*err = why;
	return rc;
}

/* A tree of which nothing but its nodes matters here. */
static int
check_side_tree(struct verify *v, const char *name, enum apfs_type kind, uint32_t type, uint64_t root, struct img_err *err)
{
	struct apfs_btree t = {
		.c = v->c, .name = name, .kind = kind, .parse = apfs_plain_fs_key, .root = root,
		.omap = type & APFS_PHYSICAL ? NULL : &v->v->omap, .xid = v->v->fs.xid,
	};
	struct img_err why = { 0 };
	bool whole;
	int rc;

	if (!root)
		return 0;
	rc = apfs_btree_open(&t, &why);
	if (is_damage(rc))
		img_bad(&v->faults, "apfs-tree", "%s", why.msg);
	else if (rc && err)
		*err = why;
	if (!rc)
		rc = check_tree(v, &t, &whole, err);
	apfs_cache_forget(v->c->cache, &t);
	return is_damage(rc) ? 0 : rc;
}

/* ---- records of the file-system tree: those of an object follow each other ---- */

struct object {
	uint64_t oid;
	bool has_inode, is_dir, counted_links;
	struct apfs_inode inode;
	uint64_t n_entries, n_siblings;
	uint64_t end;			/* of the extent before */
};

static void
object_done(struct verify *v, const struct object *o)
{
	if (!o->oid || !o->has_inode)
		return;
	if (o->is_dir && o->n_entries != o->inode.n_links)
		img_odd(&v->faults, "apfs-count",
			"folder %" PRIu64 " has %" PRIu64 " entries, its inode says %" PRIu32, o->oid, o->n_entries,
		    o->inode.n_links);
	if (!o->is_dir && o->inode.n_links > 1 && o->n_siblings != o->inode.n_links)
		img_odd(&v->faults, "apfs-count", "inode %" PRIu64 " has %" PRIu64 " names, but says %" PRIu32,
			o->oid, o->n_siblings,
		    o->inode.n_links);
}

static void
check_inode(struct verify *v, struct object *o, const struct apfs_cursor *c)
{
	struct img_err why = { 0 };

	if (apfs_inode_parse(c->rec.v, c->rec.n_v, &o->inode, &why)) {
		img_bad(&v->faults, "apfs-inode", "inode %" PRIu64 ": %s", o->oid, why.msg);
		return;
	}
	o->has_inode = true;
	o->is_dir = img_node_type_of(o->inode.mode) == IMG_NODE_DIR;
	v->n_dirs += o->is_dir;
	v->n_files += !o->is_dir;
}

static void
check_entry(struct verify *v, struct object *o, const struct apfs_cursor *c, struct apfs_cursor *look)
{
	struct img_err why = { 0 };
	struct apfs_inode i;
	struct apfs_entry e;
	uint32_t hash;

	o->n_entries++;
	if (apfs_entry_parse(c->rec.k, c->rec.n_k, v->v->hashed, c->rec.v, c->rec.n_v, &e, &why)) {
		img_bad(&v->faults, "apfs-entry", "folder %" PRIu64 ": %s", o->oid, why.msg);
		return;
	}
	if (e.hashed && apfs_name_hash(e.name, e.n_name, v->v->s.incompat & APFS_CASE_FOLDED, &hash) && hash != e.hash)
		img_odd(&v->faults, "apfs-hash",
			"folder %" PRIu64 ": the hash of \"%s\" is %06" PRIx32 ", expected %06" PRIx32, o->oid, e.name,
		    e.hash, hash);
	if (apfs_inode_get(v->v, look, e.id, &i, &why))
		img_bad(&v->faults, "apfs-inode", "folder %" PRIu64 ": \"%s\": %s", o->oid, e.name, why.msg);
	else if (img_node_type_of(i.mode) == IMG_NODE_DIR && i.parent != o->oid)
		img_bad(&v->faults, "apfs-folder-twice",
			"folder %" PRIu64 ": \"%s\" says that its parent is %" PRIu64, o->oid, e.name, i.parent);
}

static void
check_extent(struct verify *v, struct object *o, const struct apfs_key *key, bool fext, const struct apfs_rec *r)
{
	uint64_t bs = v->c->s.block_size, n;
	struct img_err why = { 0 };
	struct apfs_extent e;

	v->n_extents++;
	if (apfs_extent_parse(key, fext, r->v, r->n_v, &e, &why)) {
		img_bad(&v->faults, "apfs-extent", "stream %" PRIu64 ": %s", key->oid, why.msg);
		return;
	}
	n = e.len / bs;
	if (e.off % bs || e.len % bs || !e.len || e.off > UINT64_MAX - e.len)
		img_bad(&v->faults, "apfs-extent", "stream %" PRIu64 ": an extent of %" PRIu64 " bytes at %" PRIu64,
			key->oid, e.len, e.off);
	else if (e.off < o->end)
		img_bad(&v->faults, "apfs-extent",
			"stream %" PRIu64 ": the extent at %" PRIu64 " overlaps the one before it", key->oid, e.off);
	else if (e.paddr && !span_ok(e.paddr, n, v->c->n_blocks))
		img_bad(&v->faults, "apfs-extent",
			"stream %" PRIu64 ": blocks %" PRIu64 " to %" PRIu64 " lie past the end of the container",
		    key->oid, e.paddr, e.paddr + n);
	else
		o->end = e.off + e.len;
	for (uint64_t b = e.paddr; e.paddr && span_ok(e.paddr, n, v->c->n_blocks) && b < e.paddr + n; b++)
		if (v->used[b / 8] & 1 << b % 8) {
			img_bad(&v->faults, "apfs-extent", "stream %" PRIu64 ": block %" PRIu64 " is metadata",
				key->oid, b);
			break;
		}
}

static void
check_xattr(struct verify *v, const struct object *o, const struct apfs_cursor *c)
{
	struct img_err why = { 0 };
	struct apfs_xattr x;

	if (apfs_xattr_parse(c->rec.k, c->rec.n_k, c->rec.v, c->rec.n_v, &x, &why))
		img_bad(&v->faults, "apfs-attribute", "inode %" PRIu64 ": %s", o->oid, why.msg);
	else if (!o->has_inode)
		img_bad(&v->faults, "apfs-attribute", "attribute \"%s\" is of inode %" PRIu64 ", which is not there",
			x.name, o->oid);
}

static void
check_record(struct verify *v, struct object *o, const struct apfs_cursor *c, struct apfs_cursor *look)
{
	if (c->key.oid != o->oid) {
		object_done(v, o);
		*o = (struct object) { .oid = c->key.oid };
	}
	switch (c->key.type) {
	case APFS_INODE:
		check_inode(v, o, c);
		break;
	case APFS_XATTR:
		check_xattr(v, o, c);
		break;
	case APFS_SIBLING:
		o->n_siblings++;
		break;
	case APFS_EXTENT:
		check_extent(v, o, &c->key, false, &c->rec);
		break;
	case APFS_ENTRY:
		check_entry(v, o, c, look);
		break;
	default:
		break;
	}
}

static int
check_records(struct verify *v, const struct apfs_btree *t, bool fext, struct img_err *err)
{
	struct apfs_cursor c, look = { .tree = &v->v->fs };
	struct object o = { 0 };
	int rc = apfs_cursor_seek(t, NULL, &c, err);

	if (rc)
		return rc;
	while (!rc && !c.end) {
		if (fext && c.key.oid != o.oid)
			o = (struct object) { .oid = c.key.oid };
		if (fext)
			check_extent(v, &o, &c.key, true, &c.rec);
		else
			check_record(v, &o, &c, &look);
		rc = img_env_cancelled(v->c->tree.env) ? img_fail(err, IMG_E_CANCELLED, "cancelled") : apfs_cursor_next(&c, err);
	}
	if (!fext && !rc)
		object_done(v, &o);
	apfs_cursor_done(&c);
	apfs_cursor_done(&look);
	return rc;
}

static void
check_counts(struct verify *v, uint64_t files, uint64_t dirs)
{
	const struct apfs_volume_super *s = &v->v->s;
	uint64_t said = s->n_files + s->n_links + s->n_others;

	/* the root and the private folder are not counted */
	if (dirs != s->n_dirs + 2 || files != said)
		img_odd(&v->faults, "apfs-count",
			"%" PRIu64 " files and %" PRIu64 " folders, the volume says %" PRIu64 " and %" PRIu64, files,
		    dirs - 2, said, s->n_dirs);
}

static int
check_files(struct verify *v, struct img_err *err)
{
	uint64_t files = v->n_files, dirs = v->n_dirs;
	bool whole, fext = v->v->s.incompat & APFS_SEALED, fext_whole = true;
	int rc = check_tree(v, &v->v->omap.tree, &whole, err);

	if (!rc)
		rc = check_tree(v, &v->v->fs, &whole, err);
	if (!rc && fext)
		rc = check_tree(v, &v->v->fext, &fext_whole, err);
	if (!rc)
		rc = check_side_tree(v, "extent reference tree", APFS_TYPE_EXTENT_REFS, v->v->s.extent_refs_type,
				     v->v->snapshot ? 0 : v->v->s.extent_refs, err);
	if (!rc)
		rc = check_side_tree(v, "snapshot tree", APFS_TYPE_SNAP_META, v->v->s.snap_meta_type, v->v->s.snap_meta, err);
	if (rc || !whole || !fext_whole)
		return rc;
	rc = check_records(v, &v->v->fs, false, err);
	if (!rc && fext)
		rc = check_records(v, &v->v->fext, true, err);
	if (!rc)
		check_counts(v, v->n_files - files, v->n_dirs - dirs);
	return rc;
}

static int
check_volume(struct verify *v, struct apfs_volume *vol, struct img_err *err)
{
	struct img_err why = { 0 };
	int rc = apfs_volume_ready(vol, &why);

	v->v = vol;
	if (v->c->n_volumes > 1)
		snprintf(v->faults.where, sizeof v->faults.where, "volume %u: ", vol->number);
	seen(v, vol->paddr, NULL);
	if (!rc)
		rc = check_files(v, &why);
	if (is_damage(rc)) {
		img_bad(&v->faults, "apfs-volume", "%s", why.msg);
		return 0;
	}
	if (rc && err)
		*err = why;
	return rc;
}

static int
check_container(struct verify *v, struct img_err *err)
{
	struct img_err why = { 0 };
	uint64_t n = 0;
	bool whole;
	int rc = apfs_checkpoint_verify(v->c, &n, &why);

	v->n_objects += n;
	if (is_damage(rc)) {
		img_bad(&v->faults, "apfs-checkpoint", "%s", why.msg);
		rc = 0;
	}
	if (rc && err)
		*err = why;
	return rc ? rc : check_tree(v, &v->c->omap.tree, &whole, err);
}

int
apfs_verify(struct img_tree *t, struct img_rep *rep, struct img_err *err)
{
	struct verify v = { .c = apfs_of(t), .faults.env = t->env };
	img_autofree uint8_t *used = NULL;
	int rc = img_array(v.c->n_blocks / 8 + 1, 1, img_env_limits(t->env)->max_table, "blocks", &used, err);

	v.used = used;
	if (!rc)
		rc = check_container(&v, err);
	for (unsigned int i = 0; !rc && i < v.c->n_volumes; i++)
		if (!v.c->only || &v.c->volume[i] == v.c->only || !apfs_volume_is_encrypted(&v.c->volume[i]))
			rc = check_volume(&v, &v.c->volume[i], err);
	if (rc)
		return rc;
	img_rep_uint(rep, "objects", v.n_objects);
	img_rep_uint(rep, "records", v.n_records);
	img_rep_uint(rep, "extents", v.n_extents);
	img_rep_uint(rep, "files_found", v.n_files);
	img_rep_uint(rep, "directories_found", v.n_dirs);
	return img_faults_report(&v.faults, "APFS", rep, err);
}

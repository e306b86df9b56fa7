/* SPDX-License-Identifier: BSD-2-Clause */
/* The structure of a volume: its trees node by node, what folders and header count, that no block has two owners, and that
 * the allocation file knows of all of them. */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/memory.h"
#include "formats/hfsplus/names.h"
#include "formats/hfsplus/volume.h"
#include "img/env.h"
#include "img/report.h"

struct verify {
	const struct hfs *f;
	uint8_t *used;			/* a bit a block */
	uint64_t n_used, n_files, n_folders, n_bad, n_odd;
	uint64_t n_blocks;		/* that are there: the header may say more */
	struct img_err first;
};

/* Something that makes files unreachable or wrong. */
static void __attribute__((format(printf, 3, 4)))
bad(struct verify *v, const char *code, const char *fmt, ...)
{
	char text[sizeof ((struct img_err *)0)->msg];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	img_problem(v->f->tree.env, IMG_ERROR, code, "%s", text);
	if (!v->n_bad++)
		img_fail(&v->first, IMG_E_FORMAT, "%s", text);
}

/* Something that is wrong, and hurts no reader. */
static void __attribute__((format(printf, 3, 4)))
odd(struct verify *v, const char *code, const char *fmt, ...)
{
	char text[sizeof ((struct img_err *)0)->msg];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	img_problem(v->f->tree.env, IMG_WARNING, code, "%s", text);
	v->n_odd++;
}

/* ---- blocks ---- */

static int
mark(void *ctx, struct hfs_extent e, struct img_err *err)
{
	struct verify *v = ctx;

	if ((uint64_t)e.start + e.count > v->n_blocks)
		return img_fail(err, IMG_E_FORMAT, "blocks %" PRIu32 " to %" PRIu64 " lie past the end of the volume", e.start,
				(uint64_t)e.start + e.count);
	for (uint32_t i = e.start; i < e.start + e.count; i++) {
		if (v->used[i / 8] & 0x80 >> i % 8)
			return img_fail(err, IMG_E_FORMAT, "block %" PRIu32 " belongs to another fork too", i);
		v->used[i / 8] |= (uint8_t)(0x80 >> i % 8);
		v->n_used++;
	}
	return 0;
}

static void
mark_fork(struct verify *v, const struct hfs_fork *fork, uint32_t id, uint8_t type, const char *name)
{
	struct img_err why = { 0 };

	if (fork->blocks && hfs_fork_extents(v->f, fork, id, type, mark, v, &why))
		bad(v, "hfs-blocks", "%s: %s", name, why.msg);
}

/* Attributes in forks of their own own blocks as well. */
static int
mark_attributes(struct verify *v, struct img_err *err)
{
	struct hfs_cursor c;
	int rc = v->f->attributes ? hfs_cursor_seek(v->f->attributes, NULL, &c, err) : 0;

	if (rc || !v->f->attributes)
		return rc;
	while (!rc && !c.end) {
		struct img_err why = { 0 };
		struct hfs_attr a;

		if (hfs_attr_parse(c.data, c.len, &a, &why))
			bad(v, "hfs-attribute", "file %" PRIu32 ": %s", c.key.id, why.msg);
		else if (a.type != HFS_ATTR_INLINE)
			for (unsigned int i = 0; i < HFS_EXTENTS && a.fork.ext[i].count; i++)
				if (mark(v, a.fork.ext[i], &why)) {
					bad(v, "hfs-blocks", "an attribute of file %" PRIu32 ": %s", c.key.id, why.msg);
					break;
				}
		rc = hfs_cursor_next(&c, err);
	}
	hfs_cursor_done(&c);
	return rc;
}

/* Blocks that the allocation file says are free. */
static int
check_allocation(struct verify *v, uint64_t *ret_unowned, struct img_err *err)
{
	img_autounref struct img_source *map = NULL;
	uint64_t len = (v->n_blocks + 7) / 8, taken = 0, missing = 0;
	uint8_t buf[4096];
	int rc = hfs_fork_open(v->f, &v->f->h.allocation, HFS_ALLOCATION_FILE, HFS_DATA, &map, err);

	if (!rc && map->size < len)
		rc = img_fail(err, IMG_E_FORMAT, "the allocation file has %" PRIu64 " bytes, expected %" PRIu64, map->size, len);
	for (uint64_t at = 0; !rc && at < len; at += sizeof buf) {
		size_t n = len - at < sizeof buf ? (size_t)(len - at) : sizeof buf;

		rc = img_source_read(map, at, buf, n, err);
		for (size_t i = 0; !rc && i < n; i++) {
			taken += (unsigned int)__builtin_popcount(buf[i]);
			missing += (unsigned int)__builtin_popcount(v->used[at + i] & ~buf[i] & 0xffU);
		}
	}
	if (rc)
		return rc;
	if (missing)
		odd(v, "hfs-allocation", "%" PRIu64 " blocks of files are free in the allocation file", missing);
	if (v->n_blocks == v->f->h.n_blocks && v->n_blocks - taken != v->f->h.n_free)
		odd(v, "hfs-count", "%" PRIu64 " blocks are free, the header says %" PRIu32, v->n_blocks - taken,
		    v->f->h.n_free);
	*ret_unowned = taken > v->n_used ? taken - v->n_used : 0;
	return 0;
}

/* ---- the catalog ---- */

/* Entries of folder @id, its thread aside. */
static int
count_entries(const struct hfs *f, uint32_t id, uint64_t *ret, struct img_err *err)
{
	struct hfs_key key = { .id = id };
	struct hfs_cursor c;
	uint64_t n = 0;
	int rc = hfs_cursor_seek(f->catalog, &key, &c, err);

	if (rc)
		return rc;
	while (!rc && !c.end && c.key.id == id) {
		n += c.key.n != 0;
		rc = hfs_cursor_next(&c, err);
	}
	hfs_cursor_done(&c);
	if (!rc)
		*ret = n;
	return rc;
}

static int
check_folder(struct verify *v, const struct hfs_key *key, const struct hfs_record *r, const char *name,
	     struct img_err *err)
{
	struct img_err why = { 0 };
	struct hfs_thread t;
	uint64_t n = 0;
	int rc = count_entries(v->f, r->id, &n, err);

	if (rc)
		return rc;
	v->n_folders += r->id != HFS_ROOT_FOLDER;
	if (n != r->valence)
		odd(v, "hfs-count", "%s: folder %" PRIu32 " has %" PRIu64 " entries, its record says %" PRIu32, name, r->id, n,
		    r->valence);
	rc = hfs_thread_of(v->f, r->id, &t, &why);
	if (rc == IMG_E_UNKNOWN || rc == IMG_E_FORMAT)
		odd(v, "hfs-thread", "%s: %s", name, why.msg);
	else if (rc)
		return img_fail(err, why.code, "%s", why.msg);
	else if (hfs_btree_compare(v->f->catalog, &t.to, key))
		bad(v, "hfs-folder-twice", "%s: folder %" PRIu32 " is somewhere else too", name, r->id);
	return 0;
}

static void
check_file(struct verify *v, const struct hfs_record *r, const char *name)
{
	enum hfs_link link = hfs_link_kind(r);
	struct img_err why = { 0 };
	struct hfs_record to;

	v->n_files++;
	mark_fork(v, &r->data, r->id, HFS_DATA, name);
	mark_fork(v, &r->rsrc, r->id, HFS_RSRC, name);
	if ((link == HFS_FILE_LINK || link == HFS_FOLDER_LINK) && hfs_link_follow(v->f, r, &to, NULL, &why))
		bad(v, "hfs-hard-link", "%s: %s", name, why.msg);
}

static int
check_catalog(struct verify *v, struct img_err *err)
{
	struct hfs_cursor c;
	int rc = hfs_cursor_seek(v->f->catalog, NULL, &c, err);

	if (rc)
		return rc;
	while (!rc && !c.end) {
		char name[HFS_NAME_ROOM];
		struct img_err why = { 0 };
		struct hfs_record r;
		int parsed;

		hfs_name_utf8(c.key.name, c.key.n, name);
		parsed = c.key.n ? hfs_record_parse(c.data, c.len, &r, &why) : 0;
		if (parsed == IMG_E_UNKNOWN)
			odd(v, "hfs-record", "%s: %s", name, why.msg);
		else if (parsed)
			bad(v, "hfs-record", "%s: %s", name, why.msg);
		else if (c.key.n && r.type == HFS_FOLDER)
			rc = check_folder(v, &c.key, &r, name, err);
		else if (c.key.n)
			check_file(v, &r, name);
		if (!rc)
			rc = hfs_cursor_next(&c, err);
	}
	hfs_cursor_done(&c);
	return rc;
}

static void
check_counts(struct verify *v)
{
	const struct hfs_header *h = &v->f->h;

	if (v->n_files != h->n_files)
		odd(v, "hfs-count", "%" PRIu64 " files, the header says %" PRIu32, v->n_files, h->n_files);
	if (v->n_folders != h->n_folders)
		odd(v, "hfs-count", "%" PRIu64 " folders, the header says %" PRIu32, v->n_folders, h->n_folders);
}

static int
check_trees(struct verify *v, struct img_rep *rep, struct img_err *err)
{
	struct hfs_btree *const trees[] = { v->f->extents, v->f->catalog, v->f->attributes };
	uint64_t nodes = 0, records = 0, n, r;

	for (size_t i = 0; i < 3; i++) {
		struct img_err why = { 0 };
		int rc = trees[i] ? hfs_btree_verify(trees[i], &n, &r, &why) : 0;

		if (rc == IMG_E_FORMAT) {
			bad(v, "hfs-tree", "%s", why.msg);
			continue;
		}
		if (rc && err)
			*err = why;
		if (rc)
			return rc;
		nodes += trees[i] ? n : 0;
		records += trees[i] ? r : 0;
	}
	img_rep_uint(rep, "nodes", nodes);
	img_rep_uint(rep, "records", records);
	return 0;
}

static void
mark_special(struct verify *v)
{
	const struct hfs_header *h = &v->f->h;
	uint32_t head = (HFS_HEADER_AT + HFS_HEADER_LEN + h->block_size - 1) / h->block_size;

	mark(v, (struct hfs_extent) { 0, head }, NULL);
	mark_fork(v, &h->allocation, HFS_ALLOCATION_FILE, HFS_DATA, "the allocation file");
	mark_fork(v, &h->extents, HFS_EXTENTS_FILE, HFS_DATA, "the extents overflow file");
	mark_fork(v, &h->catalog, HFS_CATALOG_FILE, HFS_DATA, "the catalog");
	mark_fork(v, &h->attributes_file, HFS_ATTRIBUTES_FILE, HFS_DATA, "the attributes file");
	mark_fork(v, &h->startup, HFS_STARTUP_FILE, HFS_DATA, "the startup file");
}

static int
verify_all(struct verify *v, struct img_rep *rep, uint64_t *ret_unowned, struct img_err *err)
{
	struct img_err why = { 0 };
	int rc;

	mark_special(v);
	rc = check_trees(v, rep, &why);
	if (!rc)
		rc = check_catalog(v, &why);
	if (!rc)
		rc = mark_attributes(v, &why);
	if (!rc)
		check_counts(v);
	if (!rc)
		rc = check_allocation(v, ret_unowned, &why);
	if (rc == IMG_E_FORMAT) {
		bad(v, "hfs-structure", "%s", why.msg);
		return 0;
	}
	if (rc && err)
		*err = why;
	return rc;
}

int
hfs_verify(struct img_tree *t, struct img_rep *rep, struct img_err *err)
{
	struct verify v = { .f = hfs_of(t) };
	img_autofree uint8_t *used = NULL;
	uint64_t unowned = 0, there = v.f->volume->size / v.f->h.block_size + 1;
	int rc;

	v.n_blocks = there < v.f->h.n_blocks ? there : v.f->h.n_blocks;
	rc = img_array(v.n_blocks / 8 + 1, 1, img_env_limits(t->env)->max_table, "blocks", &used, err);
	if (rc)
		return rc;
	v.used = used;
	rc = verify_all(&v, rep, &unowned, err);
	if (rc)
		return rc;
	img_rep_uint(rep, "files_found", v.n_files);
	img_rep_uint(rep, "directories_found", v.n_folders);
	img_rep_uint(rep, "blocks_used", v.n_used);
	img_rep_uint(rep, "blocks_unowned", unowned);
	img_rep_uint(rep, "oddities", v.n_odd);
	img_rep_uint(rep, "faults", v.n_bad);
	if (v.n_bad)
		return img_fail(err, IMG_E_FORMAT, "the HFS+ structure has %" PRIu64 " fault%s; the first: %s", v.n_bad,
				v.n_bad == 1 ? "" : "s", v.first.msg);
	return 0;
}

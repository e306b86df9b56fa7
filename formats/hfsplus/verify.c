/* SPDX-License-Identifier: BSD-2-Clause */
/* The structure of a volume: its trees node by node, what folders and header count, that no block has two owners, and that
 * the allocation file knows of all of them. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "core/memory.h"
#include "formats/hfsplus/verify.h"
#include "img/env.h"
#include "img/report.h"

uint64_t
hfs_mix(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t h = a * UINT64_C(0x9E3779B97F4A7C15) ^ (b + UINT64_C(0x7F4A7C15)) * UINT64_C(0xBF58476D1CE4E5B9);

	h = (h ^ h >> 29 ^ c) * UINT64_C(0x94D049BB133111EB);
	return h ^ h >> 32;
}

/* ---- blocks ---- */

int
hfs_verify_extent(struct hfs_verification *v, struct hfs_extent e, struct img_err *err)
{
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

static int
mark(void *ctx, struct hfs_extent e, struct img_err *err)
{
	return hfs_verify_extent(ctx, e, err);
}

void
hfs_verify_fork(struct hfs_verification *v, const struct hfs_fork *fork, uint32_t id, uint8_t type, const char *name)
{
	struct img_err why = { 0 };
	uint64_t before = v->n_used;

	if (fork->size > (uint64_t)fork->blocks * v->f->h.block_size)
		img_odd(&v->faults, "hfs-fork", "%s: %" PRIu64 " bytes in %" PRIu32 " blocks", name, fork->size,
			fork->blocks);
	if (!fork->blocks)
		return;
	if (hfs_fork_extents(v->f, fork, id, type, mark, v, &why))
		img_bad(&v->faults, "hfs-blocks", "%s: %s", name, why.msg);
	else if (v->n_used - before != fork->blocks)
		img_odd(&v->faults, "hfs-fork", "%s: its extents have %" PRIu64 " blocks, its record says %" PRIu32,
			name,
			v->n_used - before, fork->blocks);
}

/* Blocks that the allocation file says are free. */
static int
check_allocation(struct hfs_verification *v, uint64_t *ret_unowned, struct img_err *err)
{
	img_autounref struct img_source *map = NULL;
	uint64_t len = (v->n_blocks + 7) / 8, taken = 0, missing = 0, behind = 0;
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
		if (!rc && at + n == len && v->n_blocks % 8 && v->n_blocks == v->f->h.n_blocks) {
			behind = (unsigned int)__builtin_popcount(buf[n - 1] & 0xff >> v->n_blocks % 8);
			taken -= behind;
		}
	}
	if (rc)
		return rc;
	if (missing)
		img_odd(&v->faults, "hfs-allocation", "%" PRIu64 " blocks of files are free in the allocation file",
			missing);
	if (behind)
		img_odd(&v->faults, "hfs-allocation",
			"%" PRIu64 " blocks behind the last one are not free in the allocation file", behind);
	if (v->n_blocks == v->f->h.n_blocks && taken > v->n_used)
		img_odd(&v->faults, "hfs-allocation",
			"%" PRIu64 " blocks of nothing are taken in the allocation file", taken - v->n_used);
	if (v->n_blocks == v->f->h.n_blocks && v->n_blocks - taken != v->f->h.n_free)
		img_odd(&v->faults, "hfs-count", "%" PRIu64 " blocks are free, the header says %" PRIu32,
			v->n_blocks - taken,
		    v->f->h.n_free);
	*ret_unowned = taken > v->n_used ? taken - v->n_used : 0;
	return 0;
}

static void
check_counts(struct hfs_verification *v)
{
	const struct hfs_header *h = &v->f->h;

	if (v->n_files != h->n_files)
		img_odd(&v->faults, "hfs-count", "%" PRIu64 " files, the header says %" PRIu32, v->n_files, h->n_files);
	if (v->highest_id >= h->next_id)
		img_odd(&v->faults, "hfs-id", "number %" PRIu32 " is in use, the next one is to be %" PRIu32,
			v->highest_id, h->next_id);
	if (v->encodings & ~h->encodings)
		img_odd(&v->faults, "hfs-encodings",
			"names are in encodings %016" PRIx64 ", the header says %016" PRIx64, v->encodings,
			h->encodings);
	if (v->n_folders != h->n_folders)
		img_odd(&v->faults, "hfs-count", "%" PRIu64 " folders, the header says %" PRIu32, v->n_folders,
			h->n_folders);
}

static void
tell_odd(void *ctx, const char *code, const char *text)
{
	struct hfs_verification *v = ctx;

	img_odd(&v->faults, code, "%s", text);
}

static int
check_trees(struct hfs_verification *v, struct img_rep *rep, struct img_err *err)
{
	struct hfs_btree *const trees[] = { v->f->extents, v->f->catalog, v->f->attributes };
	bool zeroed = v->f->h.attributes & HFS_NODES_ZEROED;
	uint64_t nodes = 0, records = 0, n, r;

	for (size_t i = 0; i < 3; i++) {
		struct img_err why = { 0 };
		int rc = trees[i] ? hfs_btree_verify(trees[i], zeroed, tell_odd, v, &n, &r, &why) : 0;

		if (rc == IMG_E_FORMAT) {
			img_bad(&v->faults, "hfs-tree", "%s", why.msg);
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
mark_special(struct hfs_verification *v)
{
	const struct hfs_header *h = &v->f->h;
	uint32_t head = (HFS_HEADER_AT + HFS_HEADER_LEN + h->block_size - 1) / h->block_size;

	uint64_t bs = h->block_size, end = h->n_blocks * bs, copy = end - HFS_HEADER_AT;

	mark(v, (struct hfs_extent) { 0, head }, NULL);
	/* the other header and the sector behind it, where they lie in blocks */
	if (v->n_blocks == h->n_blocks && h->n_blocks > head && v->f->volume->size / 512 * 512 == end && copy / bs >= head)
		mark(v, (struct hfs_extent) { (uint32_t)(copy / bs), h->n_blocks - (uint32_t)(copy / bs) }, NULL);
	hfs_verify_fork(v, &h->allocation, HFS_ALLOCATION_FILE, HFS_DATA, "the allocation file");
	hfs_verify_fork(v, &h->extents, HFS_EXTENTS_FILE, HFS_DATA, "the extents overflow file");
	hfs_verify_fork(v, &h->catalog, HFS_CATALOG_FILE, HFS_DATA, "the catalog");
	hfs_verify_fork(v, &h->attributes_file, HFS_ATTRIBUTES_FILE, HFS_DATA, "the attributes file");
	hfs_verify_fork(v, &h->startup, HFS_STARTUP_FILE, HFS_DATA, "the startup file");
}

/* The copy in the last sector but one.  Systems that crash leave it as it was, so only what never changes counts. */
static int
check_copy(struct hfs_verification *v, struct img_err *err)
{
	const struct hfs_header *h = &v->f->h;
	uint64_t size = v->f->volume->size / 512 * 512;
	uint8_t b[HFS_HEADER_LEN];
	struct hfs_header copy;
	int rc;

	if (size < HFS_HEADER_AT + 2 * HFS_HEADER_LEN || v->n_blocks < h->n_blocks)
		return 0;
	rc = img_source_read(v->f->volume, size - HFS_HEADER_AT, b, sizeof b, err);
	if (rc)
		return rc;
	if (hfs_header_parse(b, &copy, NULL))
		img_odd(&v->faults, "hfs-copy", "there is no copy of the volume header in the last sector but one");
	else if (copy.x != h->x || copy.block_size != h->block_size || copy.n_blocks != h->n_blocks)
		img_odd(&v->faults, "hfs-copy", "the copy of the volume header is of another volume");
	else if (h->attributes & HFS_UNMOUNTED && copy.attributes & HFS_UNMOUNTED && copy.modified == h->modified &&
		 (copy.n_free != h->n_free || copy.n_files != h->n_files || copy.n_folders != h->n_folders ||
		  copy.next_id != h->next_id || memcmp(&copy.catalog, &h->catalog, sizeof copy.catalog)))
		img_odd(&v->faults, "hfs-copy", "the copy of the volume header does not agree with it");
	return 0;
}

static void
check_clump(struct hfs_verification *v, const struct hfs_fork *fork, const struct hfs_btree *t, const char *name)
{
	uint32_t unit = t && hfs_btree_head(t)->node_size > v->f->h.block_size ? hfs_btree_head(t)->node_size : v->f->h.block_size;

	if (fork->size && (!fork->clump || fork->clump % unit))
		img_odd(&v->faults, "hfs-clump", "%s grows by %" PRIu32 " bytes, no multiple of %" PRIu32, name,
			fork->clump, unit);
}

static void
check_clumps(struct hfs_verification *v)
{
	const struct hfs_header *h = &v->f->h;

	check_clump(v, &h->allocation, NULL, "the allocation file");
	check_clump(v, &h->extents, v->f->extents, "the extents overflow file");
	check_clump(v, &h->catalog, v->f->catalog, "the catalog");
	check_clump(v, &h->attributes_file, v->f->attributes, "the attributes file");
}

static int
verify_all(struct hfs_verification *v, struct img_rep *rep, uint64_t *ret_unowned, struct img_err *err)
{
	struct img_err why = { 0 };
	int rc;

	mark_special(v);
	rc = check_trees(v, rep, &why);
	if (!rc)
		rc = hfs_verify_catalog(v, &why);
	if (!rc)
		rc = hfs_verify_linked(v, &why);
	if (!rc)
		rc = hfs_verify_attributes(v, &why);
	if (!rc)
		rc = check_copy(v, &why);
	if (!rc)
		check_clumps(v);
	if (!rc)
		check_counts(v);
	if (!rc)
		rc = check_allocation(v, ret_unowned, &why);
	if (rc == IMG_E_FORMAT) {
		img_bad(&v->faults, "hfs-structure", "%s", why.msg);
		return 0;
	}
	if (rc && err)
		*err = why;
	return rc;
}

int
hfs_verify(struct img_tree *t, struct img_rep *rep, struct img_err *err)
{
	struct hfs_verification v = { .f = hfs_of(t), .faults.env = t->env };
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
	return img_faults_report(&v.faults, "HFS+", rep, err);
}

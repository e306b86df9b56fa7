/* SPDX-License-Identifier: BSD-2-Clause */
/* Where everything goes, as newfs_hfs has it: header, allocation file, extents, attributes, catalog, then the forks in the
 * order of the catalog, each in one piece, free blocks, the other header.  Nothing is guessed: all lengths are known. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "core/bytes.h"
#include "core/text.h"
#include "formats/hfsplus/making.h"
#include "formats/hfsplus/names.h"
#include "img/check.h"
#include "img/env.h"

#define LEAST_BLOCK 4096
#define LEAST_VOLUME (UINT64_C(512) << 10)	/* what newfs_hfs makes at least */
#define LARGE_VOLUME (UINT64_C(1) << 30)	/* from here on newfs_hfs gives the catalog nodes of 8192 bytes */
#define MAX_BLOCKS (UINT32_MAX - 1)
#define CLUMP_NODES 8

/* ---- blocks ---- */

static uint64_t
blocks_of(uint64_t bytes, uint32_t bs)
{
	return bytes / bs + (bytes % bs != 0);
}

static uint64_t
fork_blocks(const struct hfs_author *a, uint32_t bs)
{
	uint64_t n = 0;

	for (size_t i = 0; i < a->n_forks; i++)
		n += blocks_of(a->fork[i].size, bs);
	return n;
}

/* Blocks of the volume with @used of them taken by all but the allocation file and the last; *ret_map: that file's. */
static uint64_t
total_blocks(uint64_t used, uint64_t least, uint32_t bs, uint64_t *ret_map)
{
	uint64_t map = 1, total;

	for (;;) {
		total = used + map + 1;
		if (total < least)
			total = least;
		if (total <= map * bs * 8)
			break;
		map = blocks_of((total + 7) / 8, bs);
	}
	*ret_map = map;
	return total;
}

/* ---- trees ---- */

static void
shape_tree(struct mtree *t, const struct mrecords *records, uint32_t node_size, uint32_t bs, uint16_t max_key,
	   uint32_t attributes, uint8_t compare)
{
	hfs_tree_done(t);
	*t = (struct mtree) {
		.records = records, .node_size = node_size, .clump = CLUMP_NODES * node_size > bs ? CLUMP_NODES * node_size : bs,
		.max_key = max_key, .attributes = attributes, .compare = compare,
	};
}

static int
plan_catalog(struct hfs_author *a, uint32_t node_size, uint32_t bs, struct img_err *err)
{
	shape_tree(&a->catalog, &hfs_catalog_records, node_size, bs, 6 + 2 * HFS_NAME_UNITS, HFS_BIG_KEYS | HFS_VARIABLE_KEYS,
		   a->o.case_sensitive ? HFS_BINARY : HFS_FOLDED);
	return hfs_tree_plan(a, &a->catalog, err);
}

static int
plan_trees(struct hfs_author *a, uint32_t bs, struct img_err *err)
{
	uint64_t data = fork_blocks(a, bs) * bs;
	int rc;

	shape_tree(&a->extents, NULL, 4096, bs, 10, HFS_BIG_KEYS, 0);
	shape_tree(&a->attrs, a->n_attrs ? &hfs_attr_records : NULL, 8192, bs, 12 + 2 * HFS_ATTR_UNITS,
		   HFS_BIG_KEYS | HFS_VARIABLE_KEYS, 0);
	rc = hfs_tree_plan(a, &a->extents, err);
	if (!rc)
		rc = hfs_tree_plan(a, &a->attrs, err);
	if (!rc)
		rc = plan_catalog(a, data > LARGE_VOLUME || a->o.size > LARGE_VOLUME ? 8192 : 4096, bs, err);
	/* so many files that they alone make the volume large */
	if (!rc && a->catalog.node_size == 4096 && data + a->catalog.fork.size > LARGE_VOLUME)
		rc = plan_catalog(a, 8192, bs, err);
	return rc;
}

/* ---- places ---- */

static void
place(struct hfs_fork *f, uint64_t *io_at, uint32_t bs)
{
	f->blocks = (uint32_t)(f->size / bs);
	f->ext[0] = (struct hfs_extent) { (uint32_t)*io_at, f->blocks };
	*io_at += f->blocks;
}

static void
add_region(struct hfs_author *a, uint64_t end, enum mregion_kind kind)
{
	const struct mregion *last = a->n_regions ? &a->region[a->n_regions - 1] : NULL;
	uint64_t off = last ? last->off + last->len : 0;

	if (end > off)
		a->region[a->n_regions++] = (struct mregion) { off, end - off, kind };
}

static void
place_tree(struct hfs_author *a, struct mtree *t, enum mregion_kind kind, uint64_t *io_at)
{
	uint32_t bs = a->header.block_size;
	uint64_t off = *io_at * bs;

	place(&t->fork, io_at, bs);
	add_region(a, off + (uint64_t)t->n_used * t->node_size, kind);
	add_region(a, *io_at * bs, REGION_ZERO);
}

static void
place_all(struct hfs_author *a, uint64_t map, uint64_t total)
{
	uint32_t bs = a->header.block_size;
	uint64_t at = 1, used_map;

	add_region(a, HFS_HEADER_AT + HFS_HEADER_LEN, REGION_HEAD);
	add_region(a, bs, REGION_ZERO);
	a->allocation = (struct hfs_fork) { .size = map * bs, .clump = (uint32_t)(map * bs) };
	used_map = (total + 7) / 8;
	place(&a->allocation, &at, bs);
	add_region(a, bs + used_map, REGION_BITMAP);
	add_region(a, at * bs, REGION_ZERO);
	place_tree(a, &a->extents, REGION_EXTENTS, &at);
	place_tree(a, &a->attrs, REGION_ATTRS, &at);
	place_tree(a, &a->catalog, REGION_CATALOG, &at);
	for (size_t i = 0; i < a->n_forks; i++) {
		a->fork[i].block = (uint32_t)at;
		at += blocks_of(a->fork[i].size, bs);
	}
	add_region(a, at * bs, REGION_FORKS);
	a->used_blocks = at;
	add_region(a, total * bs - 1024, REGION_ZERO);
	add_region(a, total * bs, REGION_TAIL);
	a->src.size = total * bs;
}

static int
choose_size(struct hfs_author *a, uint64_t *ret_map, uint64_t *ret_total, struct img_err *err)
{
	char want[TEXT_SIZE_MAX], have[TEXT_SIZE_MAX];
	uint32_t bs = LEAST_BLOCK;
	int rc;

	for (;; bs *= 2) {
		uint64_t least = a->o.size ? a->o.size / bs : LEAST_VOLUME / bs, used;

		rc = plan_trees(a, bs, err);
		if (rc)
			return rc;
		used = 1 + (a->extents.fork.size + a->attrs.fork.size + a->catalog.fork.size) / bs + fork_blocks(a, bs);
		*ret_total = total_blocks(used, least, bs, ret_map);
		if (*ret_total <= MAX_BLOCKS)
			break;
		if (bs > (UINT32_C(1) << 30))
			return img_fail(err, IMG_E_LIMIT, "the files do not fit into a volume of HFS+");
	}
	a->header.block_size = bs;
	if (a->o.size && *ret_total * bs > a->o.size)
		return img_fail(err, IMG_E_NOSPACE, "the files need a volume of %s (%" PRIu64 " bytes), --size leaves %s for it",
				text_size_exact(want, *ret_total * bs), *ret_total * bs, text_size_exact(have, a->o.size));
	return 0;
}

/* ---- attributes ---- */

/* By file, then by name. */
static int
by_key(const void *x, const void *y)
{
	const struct mattr *a = x, *b = y;

	if (a->node != b->node)
		return a->node < b->node ? -1 : 1;
	return hfs_compare_binary(a->name, a->n, b->name, b->n);
}

/* Large values get forks. */
static int
settle_attrs(struct hfs_author *a, struct img_err *err)
{
	int rc = 0;

	if (a->n_attrs)
		qsort(a->attr, a->n_attrs, sizeof *a->attr, by_key);
	for (size_t i = 0; !rc && i < a->n_attrs; i++) {
		struct mattr *t = &a->attr[i];

		if (t->size > HFS_ATTR_INLINE_MAX)
			rc = hfs_fork_add(a, t->node, t->from, t->size, &t->fork, err);
	}
	return rc;
}

/* ---- the header ---- */

/* A number that the same files always have. */
static int
make_id(struct hfs_author *a, uint64_t *ret, struct img_err *err)
{
	const struct img_digest *d = img_digest_by_name("sha256");
	uint8_t sum[IMG_DIGEST_MAX];
	void *state = d->begin();

	if (!state)
		return img_fail_nomem(err);
	for (size_t i = 0; i < a->n_nodes; i++) {
		const struct mnode *n = &a->node[i];
		uint8_t b[32], units[2 * HFS_NAME_UNITS];
		uint32_t fork = n->type == IMG_NODE_DIR ? HFS_NONE : n->u;

		store_be32(b, n->parent);
		store_be16(b + 4, n->n);
		store_be16(b + 6, (uint16_t)(n->type << 12 | (n->mode & 07777)));
		store_be32(b + 8, n->modified);
		store_be32(b + 12, n->created);
		store_be32(b + 16, n->uid);
		store_be32(b + 20, n->gid);
		store_be64(b + 24, fork == HFS_NONE ? 0 : a->fork[fork].size);
		d->update(state, b, sizeof b);
		for (uint16_t k = 0; k < n->n; k++)
			store_be16(units + 2 * k, n->name[k]);
		d->update(state, units, 2 * (size_t)n->n);
	}
	d->finish(state, sum);
	*ret = load_be64(sum);
	*ret = *ret ? *ret : 1;
	return 0;
}

static int
fill_header(struct hfs_author *a, uint64_t total, struct img_err *err)
{
	struct hfs_header *h = &a->header;
	int rc = a->o.has_id ? 0 : make_id(a, &a->o.id, err);

	if (rc)
		return rc;
	h->version = h->x ? 5 : 4;
	h->attributes = HFS_UNMOUNTED | HFS_NODES_ZEROED;
	memcpy(h->mounted_by, "10.0", 4);
	h->created = h->modified = h->checked = a->date;
	for (size_t i = 0; i < a->n_nodes; i++)
		*(a->node[i].type == IMG_NODE_DIR ? &h->n_folders : &h->n_files) += i > 0;
	h->n_blocks = (uint32_t)total;
	h->n_free = (uint32_t)(total - a->used_blocks - 1);
	h->next_block = (uint32_t)a->used_blocks;
	h->rsrc_clump = h->data_clump = h->block_size > 65536 ? h->block_size : 65536;
	h->next_id = cnid_of((uint32_t)a->n_nodes);
	h->writes = 1;
	h->encodings = 1;
	h->finder[2] = a->o.open_window ? HFS_ROOT_FOLDER : 0;
	h->finder[6] = (uint32_t)(a->o.id >> 32);
	h->finder[7] = (uint32_t)a->o.id;
	h->allocation = a->allocation;
	h->extents = a->extents.fork;
	h->attributes_file = a->attrs.fork;
	h->catalog = a->catalog.fork;
	return 0;
}

int
hfs_making_layout(struct hfs_author *a, struct img_err *err)
{
	uint64_t map, total;
	int rc;

	a->header.x = a->o.case_sensitive;
	rc = settle_attrs(a, err);
	if (!rc)
		rc = choose_size(a, &map, &total, err);
	if (rc)
		return rc;
	place_all(a, map, total);
	rc = fill_header(a, total, err);
	a->made.n_files = a->header.n_files;
	a->made.n_folders = a->header.n_folders;
	a->made.block_size = a->header.block_size;
	a->made.n_blocks = a->header.n_blocks;
	a->made.n_free = a->header.n_free;
	a->made.id = a->o.id;
	return rc;
}

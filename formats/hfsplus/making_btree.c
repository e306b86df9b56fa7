/* SPDX-License-Identifier: BSD-2-Clause */
/* B-trees from sorted records, bottom up, in one pass (TN1150, "B-Trees"): leaves are filled one after another, then each
 * level of index nodes, until one node is left.
 *
 *   node 0		header: the tree's facts, a bitmap of the nodes in use
 *   1 ...		leaves, in their order
 *   ...		index nodes, level by level; the last is the root
 *   ...		map nodes, if the header's bitmap is too small
 *   ...		free nodes, all zeros
 *
 * Kept is where each leaf begins and which children each index node has; a node is made when it is read. */
#include "config.h"

#include <string.h>

#include "core/bytes.h"
#include "formats/hfsplus/making.h"

#define HEADER_MAP_AT 248		/* of the bitmap in the header node */

/* Bits in the header node, and in a map node: TN1150; a map node's record fills what its offsets leave. */
static uint32_t
header_bits(const struct mtree *t)
{
	return 8 * (t->node_size - 256);
}

static uint32_t
map_bits(const struct mtree *t)
{
	return 8 * (t->node_size - 20);
}

/* ---- planning ---- */

static int
add_leaf(struct mtree *t, struct mplace at, struct img_err *err)
{
	size_t room = t->room_leaves;
	int rc = hfs_table_room(&t->leaf, t->n_leaves, &room, sizeof *t->leaf, err);

	if (rc)
		return rc;
	t->room_leaves = (uint32_t)room;
	t->leaf[t->n_leaves++] = at;
	return 0;
}

static int
plan_leaves(const struct hfs_author *a, struct mtree *t, struct img_err *err)
{
	struct mplace at = { 0 }, before = at;
	size_t used = t->node_size, len;
	int rc = 0;

	while (!rc && t->records && (len = t->records->measure(a, &at))) {
		if (used + len + 2 > t->node_size) {
			rc = add_leaf(t, before, err);
			used = HFS_NODE_HEAD + 2;
		}
		used += len + 2;
		before = at;
		t->n_records++;
	}
	return rc;
}

/* The first record below node @index of @level (-1: leaves). */
static struct mplace
first_below(const struct mtree *t, int level, uint32_t index)
{
	for (; level >= 0; level--)
		index = t->level[level].child[index];
	return t->leaf[index];
}

static size_t
key_below(const struct hfs_author *a, const struct mtree *t, int level, uint32_t index, uint8_t *ret)
{
	return t->records->key(a, first_below(t, level, index), ret);
}

/* Index nodes over the @n nodes of the level below. */
static int
plan_level(const struct hfs_author *a, struct mtree *t, unsigned int level, uint32_t n, struct img_err *err)
{
	uint8_t key[HFS_KEY_ROOM];
	size_t used = t->node_size;
	uint32_t n_nodes = 0, *child;
	int rc = img_array((uint64_t)n + 1, sizeof *child, UINT64_MAX, "nodes", &child, err);

	if (rc)
		return rc;
	t->level[level].child = child;
	for (uint32_t i = 0; i < n; i++) {
		size_t len = key_below(a, t, (int)level - 1, i, key) + 4;

		if (used + len + 2 > t->node_size) {
			child[n_nodes++] = i;
			used = HFS_NODE_HEAD + 2;
		}
		used += len + 2;
	}
	child[n_nodes] = n;
	t->level[level].n = n_nodes;
	return 0;
}

/* Numbers for all, map nodes, and the size of the file in whole clumps. */
static void
plan_file(struct mtree *t)
{
	uint32_t at = 1 + t->n_leaves, per_clump = t->clump / t->node_size;

	for (unsigned int i = 0; i < t->n_levels; i++) {
		t->level[i].node = at;
		at += t->level[i].n;
	}
	t->first_map = at;
	for (;;) {
		t->n_used = at + t->n_map;
		t->n_nodes = (t->n_used + per_clump - 1) / per_clump * per_clump;
		if (t->n_nodes <= header_bits(t) + (uint64_t)t->n_map * map_bits(t))
			break;
		t->n_map++;
	}
	t->fork.size = (uint64_t)t->n_nodes * t->node_size;
	t->fork.clump = t->clump;
}

int
hfs_tree_plan(const struct hfs_author *a, struct mtree *t, struct img_err *err)
{
	int rc = plan_leaves(a, t, err);
	uint32_t n = t->n_leaves;

	while (!rc && n > 1) {
		if (t->n_levels == HFS_MAX_LEVELS)
			return img_fail(err, IMG_E_LIMIT, "a B-tree of more than %d levels", HFS_MAX_LEVELS);
		rc = plan_level(a, t, t->n_levels, n, err);
		if (!rc)
			n = t->level[t->n_levels++].n;
	}
	if (!rc)
		plan_file(t);
	return rc;
}

void
hfs_tree_done(struct mtree *t)
{
	free(t->leaf);
	for (unsigned int i = 0; i < HFS_MAX_LEVELS; i++)
		free(t->level[i].child);
	*t = (struct mtree) { 0 };
}

/* ---- nodes ---- */

/* A node being filled: records from the front, their offsets from the end. */
struct filling {
	uint8_t *node;
	uint32_t size;
	size_t used;
	uint16_t n;
};

static void
begin_record(struct filling *f)
{
	store_be16(f->node + f->size - 2 * (f->n + 1U), (uint16_t)f->used);
	f->n++;
}

/* The offsets end with that of the free space. */
static void
end_node(struct filling *f, struct hfs_node head)
{
	store_be16(f->node + f->size - 2 * (f->n + 1U), (uint16_t)f->used);
	head.n = f->n;
	hfs_node_emit(&head, f->node);
}

/* Bits [first, first + n) of the nodes in use. */
static void
put_bits(const struct mtree *t, uint32_t first, uint32_t n, uint8_t *ret)
{
	for (uint32_t i = 0; i < n && first + i < t->n_used; i++)
		ret[i / 8] |= (uint8_t)(0x80 >> i % 8);
}

static void
make_header(const struct mtree *t, uint8_t *node)
{
	struct filling f = { .node = node, .size = t->node_size, .used = HFS_NODE_HEAD };
	bool some = t->n_leaves > 0;
	struct hfs_tree_head h = {
		.depth = (uint16_t)(some ? t->n_levels + 1 : 0), .root = !some ? 0 : t->n_levels ? t->first_map - 1 : 1,
		.n_leaf = t->n_records, .first_leaf = some, .last_leaf = t->n_leaves, .node_size = (uint16_t)t->node_size,
		.max_key = t->max_key, .n_nodes = t->n_nodes, .n_free = t->n_nodes - t->n_used, .clump = t->clump,
		.compare = t->compare, .attributes = t->attributes,
	};

	begin_record(&f);
	f.used += hfs_tree_head_emit(&h, node + f.used);
	begin_record(&f);			/* the user's; nobody has anything there */
	f.used = HEADER_MAP_AT;
	begin_record(&f);
	put_bits(t, 0, header_bits(t), node + f.used);
	f.used = t->node_size - 8;
	end_node(&f, (struct hfs_node) { .next = t->n_map ? t->first_map : 0, .kind = HFS_TREE_HEADER });
}

static void
make_map(const struct mtree *t, uint32_t index, uint8_t *node)
{
	struct filling f = { .node = node, .size = t->node_size, .used = HFS_NODE_HEAD };

	begin_record(&f);
	put_bits(t, header_bits(t) + index * map_bits(t), map_bits(t), node + f.used);
	f.used = t->node_size - 6;
	end_node(&f, (struct hfs_node) { .next = index + 1 < t->n_map ? t->first_map + index + 1 : 0, .kind = HFS_MAP });
}

/* Neighbours of node @index of @n nodes from @first on. */
static struct hfs_node
between(uint32_t first, uint32_t n, uint32_t index, int8_t kind, unsigned int height)
{
	return (struct hfs_node) {
		.next = index + 1 < n ? first + index + 1 : 0, .prev = index ? first + index - 1 : 0, .kind = kind,
		.height = (uint8_t)height,
	};
}

static int
make_leaf(const struct hfs_author *a, const struct mtree *t, uint32_t index, uint8_t *node, struct img_err *err)
{
	struct filling f = { .node = node, .size = t->node_size, .used = HFS_NODE_HEAD };
	struct mplace at = t->leaf[index], end = { UINT32_MAX, 0 };
	int rc = 0;

	if (index + 1 < t->n_leaves)
		end = t->leaf[index + 1];
	for (;;) {
		struct mplace next = at;
		size_t len;

		if ((at.a == end.a && at.b == end.b) || !t->records->measure(a, &next))
			break;
		begin_record(&f);
		rc = t->records->make(a, &at, node + f.used, &len, err);
		if (rc)
			return rc;
		f.used += len;
	}
	end_node(&f, between(1, t->n_leaves, index, HFS_LEAF, 1));
	return 0;
}

static void
make_index(const struct hfs_author *a, const struct mtree *t, unsigned int level, uint32_t index, uint8_t *node)
{
	struct filling f = { .node = node, .size = t->node_size, .used = HFS_NODE_HEAD };
	uint32_t below = level ? t->level[level - 1].node : 1, end = t->level[level].child[index + 1];

	for (uint32_t i = t->level[level].child[index]; i < end; i++) {
		begin_record(&f);
		f.used += key_below(a, t, (int)level - 1, i, node + f.used);
		store_be32(node + f.used, below + i);
		f.used += 4;
	}
	end_node(&f, between(t->level[level].node, t->level[level].n, index, HFS_INDEX, level + 2));
}

/* @node is zero. */
static int
make_node(const struct hfs_author *a, const struct mtree *t, uint32_t number, uint8_t *node, struct img_err *err)
{
	if (number == 0)
		make_header(t, node);
	else if (number <= t->n_leaves)
		return make_leaf(a, t, number - 1, node, err);
	else if (number >= t->first_map)
		make_map(t, number - t->first_map, node);
	for (unsigned int i = 0; number > t->n_leaves && number < t->first_map && i < t->n_levels; i++)
		if (number >= t->level[i].node && number < t->level[i].node + t->level[i].n)
			make_index(a, t, i, number - t->level[i].node, node);
	return 0;
}

int
hfs_tree_read(const struct hfs_author *a, const struct mtree *t, uint64_t off, uint8_t *buf, size_t len,
	      struct img_err *err)
{
	img_autofree uint8_t *node = malloc(t->node_size);
	int rc = node ? 0 : img_fail_nomem(err);

	while (!rc && len) {
		uint32_t number = (uint32_t)(off / t->node_size), skip = (uint32_t)(off % t->node_size);
		size_t n = t->node_size - skip < len ? t->node_size - skip : len;

		memset(node, 0, t->node_size);
		if (number < t->n_used)
			rc = make_node(a, t, number, node, err);
		if (!rc)
			memcpy(buf, node + skip, n);
		off += n;
		buf += n;
		len -= n;
	}
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The structure of one B-tree.  What leads a reader astray is a fault and ends the work; what only other tools mind (the
 * map of nodes, links between index nodes) is told. */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "formats/hfsplus/btree_nodes.h"
#include "img/env.h"

struct levels {
	struct hfs_btree *t;
	hfs_odd_fn *odd;
	void *ctx;
	uint8_t *seen;			/* a bit a node, as the map has them */
	uint64_t n_nodes, n_records;
	struct {
		uint32_t node, next;	/* the last one met at this height, and whom it names */
	} last[HFS_MAX_HEIGHT + 1];
	bool told_links, told_keys;
};

static void __attribute__((format(printf, 3, 4)))
odd(struct levels *l, const char *code, const char *fmt, ...)
{
	char text[300];
	size_t n = (size_t)snprintf(text, sizeof text, "%s: ", l->t->name);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + n, sizeof text - n, fmt, ap);
	va_end(ap);
	l->odd(l->ctx, code, text);
}

static bool
bit(const uint8_t *map, uint32_t node)
{
	return map[node / 8] & 0x80 >> node % 8;
}

static int
see(struct levels *l, uint32_t node, struct img_err *err)
{
	if (bit(l->seen, node))
		return img_fail(err, IMG_E_FORMAT, "%s: node %" PRIu32 " is reached twice", l->t->name, node);
	l->seen[node / 8] |= (uint8_t)(0x80 >> node % 8);
	l->n_nodes++;
	return 0;
}

/* ---- from the root down ---- */

/* Neighbours at one height: whoever came before must name this node, and be named by it. */
static int
check_neighbours(struct levels *l, uint32_t node, const struct hfs_node *n, struct img_err *err)
{
	uint32_t before = l->last[n->height].node;

	if (n->prev != before && n->kind == HFS_LEAF)
		return img_fail(err, IMG_E_FORMAT, "%s: leaf %" PRIu32 " follows %" PRIu32 ", but says %" PRIu32, l->t->name,
				node, before, n->prev);
	if ((n->prev != before || (before && l->last[n->height].next != node)) && !l->told_links) {
		odd(l, "hfs-node-links", "node %" PRIu32 " and its neighbours do not name each other", node);
		l->told_links = true;
	}
	if (n->kind == HFS_LEAF && !before && node != l->t->head.first_leaf)
		odd(l, "hfs-tree-head", "the first leaf is %" PRIu32 ", the header says %" PRIu32, node, l->t->head.first_leaf);
	l->last[n->height].node = node;
	l->last[n->height].next = n->next;
	return 0;
}

static void
check_key_lengths(struct levels *l, uint32_t node, const uint8_t *b, const struct hfs_node *n)
{
	for (uint16_t i = 0; i < n->n && !l->told_keys; i++) {
		const uint8_t *at = b + l->t->head.node_size - 2 * ((size_t)i + 1);
		uint16_t len = load_be16(b + load_be16(at));

		if (len <= l->t->head.max_key)
			continue;
		odd(l, "hfs-key-length", "node %" PRIu32 ": a key of %u bytes, the header allows %u", node, len,
		    l->t->head.max_key);
		l->told_keys = true;
	}
}

/* Everything below @node, which should have height @height and begin with key @low. */
static int
verify_below(struct levels *l, uint32_t node, uint8_t height, const struct hfs_key *low, struct img_err *err)
{
	img_autofree uint8_t *buf = malloc(l->t->head.node_size);
	struct hfs_key k;
	struct hfs_node n;
	size_t data, end;
	int order, rc = buf ? hfs_node_get(l->t, node, buf, &n, err) : img_fail_nomem(err);

	if (!rc)
		rc = see(l, node, err);
	if (!rc && height && n.height != height)
		rc = img_fail(err, IMG_E_FORMAT, "%s: node %" PRIu32 " has height %u, expected %u", l->t->name, node, n.height,
			      height);
	if (!rc)
		rc = hfs_record_key(l->t, buf, 0, &k, &data, &end, err);
	order = rc || !low ? 0 : hfs_btree_compare(l->t, &k, low);
	if (order < 0)
		rc = img_fail(err, IMG_E_FORMAT, "%s: node %" PRIu32 " begins with a key below that of its index", l->t->name,
			      node);
	if (!rc)
		rc = check_neighbours(l, node, &n, err);
	if (rc)
		return rc;
	if (order > 0 && !l->told_keys) {
		odd(l, "hfs-index-key", "node %" PRIu32 " begins with a key above that of its index", node);
		l->told_keys = true;
	}
	check_key_lengths(l, node, buf, &n);
	l->n_records += n.kind == HFS_LEAF ? n.n : 0;
	for (uint16_t i = 0; !rc && n.kind == HFS_INDEX && i < n.n; i++) {
		rc = hfs_record_key(l->t, buf, i, &k, &data, &end, err);
		if (!rc)
			rc = verify_below(l, load_be32(buf + data), (uint8_t)(n.height - 1), &k, err);
	}
	return rc;
}

static int
verify_nodes(struct levels *l, struct img_err *err)
{
	const struct hfs_tree_head *h = &l->t->head;
	int rc = h->root ? verify_below(l, h->root, (uint8_t)h->depth, NULL, err) : 0;

	if (!rc && l->last[1].node != h->last_leaf)
		rc = img_fail(err, IMG_E_FORMAT, "%s: the last leaf is %" PRIu32 ", the header says %" PRIu32, l->t->name,
			      l->last[1].node, h->last_leaf);
	if (!rc && l->n_records != h->n_leaf)
		rc = img_fail(err, IMG_E_FORMAT, "%s: %" PRIu64 " records, the header says %" PRIu32, l->t->name, l->n_records,
			      h->n_leaf);
	for (unsigned int i = 1; !rc && i <= HFS_MAX_HEIGHT; i++)
		if (l->last[i].node && l->last[i].next) {
			odd(l, "hfs-node-links", "node %" PRIu32 " is the last at its height, but has a neighbour", l->last[i].node);
			break;
		}
	if (!rc && !h->root && (h->depth || h->first_leaf || h->n_leaf))
		odd(l, "hfs-tree-head", "the tree is empty, its header does not know");
	return rc;
}

/* ---- the map ---- */

/* Compare @n bits of the map, from node @first on, with the nodes that were seen. */
static uint64_t
compare_bits(const struct levels *l, const uint8_t *map, uint32_t first, uint64_t n)
{
	uint64_t wrong = 0;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t node = first + i;
		bool used = map[i / 8] & 0x80 >> i % 8;

		wrong += used != (node < l->t->head.n_nodes && bit(l->seen, (uint32_t)node));
	}
	return wrong;
}

/* Map nodes belong to the nodes in use; they have to be known before any part of the map is compared. */
static int
walk_map(struct levels *l, bool compare, uint64_t *ret_wrong, struct img_err *err)
{
	uint32_t size = l->t->head.node_size, node = 0, first = 0;
	img_autofree uint8_t *b = malloc(size);
	int rc = b ? 0 : img_fail_nomem(err);

	*ret_wrong = 0;
	while (!rc) {
		size_t at = node ? HFS_NODE_HEAD : 248, len = node ? size - 20 : size - 256;
		struct hfs_node n;

		rc = img_source_read(l->t->file, (uint64_t)node * size, b, size, err);
		if (!rc)
			rc = hfs_node_parse(b, size, &n, err);
		if (rc)
			break;
		if (n.kind != (node ? HFS_MAP : HFS_TREE_HEADER) || n.height || n.n != (node ? 1 : 3) || n.next >= l->t->head.n_nodes) {
			odd(l, "hfs-node-map", "node %" PRIu32 " is no part of the map of nodes", node);
			return 0;
		}
		if (compare)
			*ret_wrong += compare_bits(l, b + at, first, len * 8);
		else
			rc = see(l, node, err);
		first += (uint32_t)len * 8;
		node = n.next;
		if (!node)
			break;
	}
	if (!rc && first < l->t->head.n_nodes && compare)
		odd(l, "hfs-node-map", "the map ends at node %" PRIu32 " of %" PRIu32, first, l->t->head.n_nodes);
	return rc;
}

static int
check_zeros(struct levels *l, struct img_err *err)
{
	uint32_t size = l->t->head.node_size;
	img_autofree uint8_t *b = malloc(size);
	int rc = b ? 0 : img_fail_nomem(err);

	for (uint32_t node = 0; !rc && node < l->t->head.n_nodes; node++) {
		struct img_extent e;
		uint32_t i = 0;

		if (bit(l->seen, node))
			continue;
		rc = img_source_resolve(l->t->file, (uint64_t)node * size, &e, NULL, err);
		if (!rc && (e.kind == IMG_ZERO || e.kind == IMG_HOLE) && e.off + e.len >= (uint64_t)(node + 1) * size)
			continue;
		if (!rc)
			rc = img_source_read(l->t->file, (uint64_t)node * size, b, size, err);
		while (!rc && i < size && !b[i])
			i++;
		if (!rc && i < size) {
			odd(l, "hfs-node-zeros", "node %" PRIu32 " is free, but not empty", node);
			break;
		}
	}
	return rc;
}

static int
verify_map(struct levels *l, bool zeroed, struct img_err *err)
{
	const struct hfs_tree_head *h = &l->t->head;
	uint64_t wrong, used;
	int rc = walk_map(l, false, &wrong, err);

	if (!rc)
		rc = walk_map(l, true, &wrong, err);
	if (rc)
		return rc;
	if (wrong)
		odd(l, "hfs-node-map", "the map of nodes is wrong about %" PRIu64 " of them", wrong);
	used = l->n_nodes;
	if (h->n_nodes - used != h->n_free)
		odd(l, "hfs-count", "%" PRIu64 " nodes are free, the header says %" PRIu32, h->n_nodes - used, h->n_free);
	if ((uint64_t)h->n_nodes * h->node_size != l->t->file->size)
		odd(l, "hfs-tree-head", "%" PRIu32 " nodes of %u bytes in a file of %" PRIu64, h->n_nodes, h->node_size,
		    l->t->file->size);
	return zeroed && !wrong ? check_zeros(l, err) : 0;
}

static void
check_head(struct levels *l)
{
	static const struct {
		uint16_t max_key;
		uint32_t attributes;
	} want[] = {
		[HFS_TREE_EXTENTS] = { 10, HFS_BIG_KEYS }, [HFS_TREE_CATALOG] = { 516, HFS_BIG_KEYS | HFS_VARIABLE_KEYS },
		[HFS_TREE_ATTRIBUTES] = { 266, HFS_BIG_KEYS | HFS_VARIABLE_KEYS },
	};
	const struct hfs_tree_head *h = &l->t->head;

	if (h->max_key != want[l->t->kind].max_key)
		odd(l, "hfs-tree-head", "keys of up to %u bytes, expected %u", h->max_key, want[l->t->kind].max_key);
	if ((h->attributes & (HFS_BIG_KEYS | HFS_VARIABLE_KEYS)) != want[l->t->kind].attributes)
		odd(l, "hfs-tree-head", "attributes %" PRIu32 ", expected %" PRIu32, h->attributes, want[l->t->kind].attributes);
	if (h->type)
		odd(l, "hfs-tree-head", "a tree of type %u, expected 0", h->type);
}

int
hfs_btree_verify(struct hfs_btree *t, bool zeroed, hfs_odd_fn *odd_fn, void *ctx, uint64_t *ret_nodes, uint64_t *ret_records,
		 struct img_err *err)
{
	struct levels l = { .t = t, .odd = odd_fn, .ctx = ctx };
	img_autofree uint8_t *seen = NULL;
	uint64_t n;
	int rc = img_array(t->head.n_nodes / 8 + 1, 1, img_env_limits(t->file->env)->max_table, "B-tree nodes", &seen, err);

	l.seen = seen;
	if (!rc)
		rc = verify_nodes(&l, err);
	if (rc)
		return rc;
	n = l.n_nodes;
	check_head(&l);
	rc = verify_map(&l, zeroed, err);
	if (rc)
		return rc;
	*ret_nodes = n;
	*ret_records = l.n_records;
	return 0;
}

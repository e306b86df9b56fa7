/* SPDX-License-Identifier: BSD-2-Clause */
/* B-trees of HFS: nodes of 512 bytes, keys with a length of one byte.  A node is checked whenever it is read. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "formats/hfs/volume.h"
#include "img/env.h"

#define MAX_HEIGHT 16

/* Record @i of the node: where it begins and ends.  Offsets count from the end of the node on. */
static void
place(const uint8_t *b, uint16_t i, size_t *ret_at, size_t *ret_end)
{
	*ret_at = load_be16(b + HFSC_NODE - 2 * (i + 1));
	*ret_end = load_be16(b + HFSC_NODE - 2 * (i + 2));
}

static int
records_check(const struct hfsc_btree *t, uint32_t node, const uint8_t *b, const struct hfsc_node *n, struct img_err *err)
{
	struct hfsc_key before = { 0 }, k;
	size_t at, end, data, least = n->kind == HFSC_INDEX ? 4 : t->extents ? 12 : 2;

	for (uint16_t i = 0; i < n->n; i++) {
		place(b, i, &at, &end);
		if (at < 14 || end <= at || end > HFSC_NODE - 2 * ((size_t)n->n + 1))
			return img_fail(err, IMG_E_FORMAT, "%s: node %" PRIu32 ": record %u lies outside", t->name, node, i);
		if (hfsc_key_parse(t->extents, b + at, end - at, &k, &data) || end - at - data < least)
			return img_fail(err, IMG_E_FORMAT, "%s: node %" PRIu32 ": record %u is too short", t->name, node, i);
		if (i && hfsc_key_compare(&before, &k) > 0)
			return img_fail(err, IMG_E_FORMAT, "%s: node %" PRIu32 ": its keys do not rise", t->name, node);
		before = k;
	}
	return 0;
}

static int
node_read(const struct hfsc_btree *t, uint32_t node, uint8_t *b, struct hfsc_node *ret, struct img_err *err)
{
	int rc;

	if (!node || node >= t->head.n_nodes)
		return img_fail(err, IMG_E_FORMAT, "%s: node %" PRIu32 " of %" PRIu32, t->name, node, t->head.n_nodes);
	rc = img_source_read(t->file, (uint64_t)node * HFSC_NODE, b, HFSC_NODE, err);
	if (rc)
		return img_note(err, rc, "%s", t->name);
	hfsc_node_parse(b, ret);
	if ((ret->kind != HFSC_INDEX && ret->kind != HFSC_LEAF) || !ret->height || ret->height > MAX_HEIGHT ||
	    (ret->kind == HFSC_LEAF) != (ret->height == 1) || ret->n > (HFSC_NODE - 14) / 8 || !ret->n)
		return img_fail(err, IMG_E_FORMAT, "%s: node %" PRIu32 " is of kind %d, height %u, with %u records", t->name, node,
				ret->kind, ret->height, ret->n);
	return records_check(t, node, b, ret, err);
}

int
hfsc_btree_open(bool extents, struct img_source *file, struct hfsc_btree *ret, struct img_err *err)
{
	struct hfsc_btree t = { .name = extents ? "extents overflow file" : "catalog", .extents = extents, .file = file };
	uint64_t room = file->size / HFSC_NODE;
	struct hfsc_node n;
	uint8_t b[HFSC_NODE];
	int rc = room ? img_source_read(file, 0, b, sizeof b, err)
		      : img_fail(err, IMG_E_FORMAT, "the file has %" PRIu64 " bytes, less than a node", file->size);

	if (!rc) {
		hfsc_node_parse(b, &n);
		hfsc_tree_head_parse(b + 14, &t.head);
		if (n.kind != HFSC_HEADER || t.head.node_size != HFSC_NODE)
			rc = img_fail(err, IMG_E_FORMAT, "node 0 is of kind %d, and nodes have %u bytes, expected a header and 512",
				      n.kind, t.head.node_size);
	}
	if (!rc && t.head.n_nodes > room)
		rc = img_fail(err, IMG_E_FORMAT, "%" PRIu32 " nodes in a file with room for %" PRIu64, t.head.n_nodes, room);
	if (rc)
		return img_note(err, rc, "%s", t.name);
	*ret = t;
	return 0;
}

/* ---- cursors ---- */

static void
load(struct hfsc_cursor *c)
{
	size_t at, end, data;

	place(c->buf, c->rec, &at, &end);
	hfsc_key_parse(c->tree->extents, c->buf + at, end - at, &c->key, &data);
	c->data = c->buf + at + data;
	c->len = end - at - data;
}

/* The child in which @key begins, if it is anywhere.  Names are not compared, so one equal to it may begin to the left. */
static uint32_t
child_of(const struct hfsc_btree *t, const uint8_t *b, uint16_t n, const struct hfsc_key *key)
{
	uint32_t child = 0;

	for (uint16_t i = 0; i < n; i++) {
		size_t at, end, data;
		struct hfsc_key k;

		place(b, i, &at, &end);
		hfsc_key_parse(t->extents, b + at, end - at, &k, &data);
		if (i && (!key || hfsc_key_compare(&k, key) >= 0))
			break;
		child = load_be32(b + at + data);
	}
	return child;
}

static int
next_leaf(struct hfsc_cursor *c, struct img_err *err)
{
	struct hfsc_key last = c->key;
	uint32_t next = c->head.next;
	int rc;

	if (!next) {
		c->end = true;
		return 0;
	}
	if (++c->n_seen > c->tree->head.n_nodes)
		return img_fail(err, IMG_E_FORMAT, "%s: its leaves go round in a circle", c->tree->name);
	rc = node_read(c->tree, next, c->buf, &c->head, err);
	if (!rc && c->head.kind != HFSC_LEAF)
		rc = img_fail(err, IMG_E_FORMAT, "%s: node %" PRIu32 " among the leaves is none", c->tree->name, next);
	if (rc)
		return rc;
	c->node = next;
	c->rec = 0;
	load(c);
	if (hfsc_key_compare(&last, &c->key) > 0)
		return img_fail(err, IMG_E_FORMAT, "%s: the keys of leaf %" PRIu32 " are below those before it", c->tree->name, next);
	return 0;
}

int
hfsc_cursor_next(struct hfsc_cursor *c, struct img_err *err)
{
	if (++c->rec >= c->head.n)
		return next_leaf(c, err);
	load(c);
	return 0;
}

int
hfsc_cursor_seek(const struct hfsc_btree *t, const struct hfsc_key *key, struct hfsc_cursor *c, struct img_err *err)
{
	uint8_t height = 0;
	uint32_t node = t->head.root;
	int rc;

	*c = (struct hfsc_cursor) { .tree = t, .end = !node };
	if (!node)
		return 0;
	for (;;) {
		rc = node_read(t, node, c->buf, &c->head, err);
		if (!rc && height && c->head.height != height - 1)
			rc = img_fail(err, IMG_E_FORMAT, "%s: node %" PRIu32 " has height %u, expected %u", t->name, node,
				      c->head.height, height - 1);
		if (rc || c->head.kind == HFSC_LEAF)
			break;
		height = c->head.height;
		node = child_of(t, c->buf, c->head.n, key);
	}
	if (rc)
		return rc;
	c->node = node;
	load(c);
	while (!rc && !c->end && key && hfsc_key_compare(&c->key, key) < 0)
		rc = hfsc_cursor_next(c, err);
	return rc;
}

int
hfsc_cursor_at(const struct hfsc_btree *t, uint32_t node, uint16_t rec, struct hfsc_cursor *c, struct img_err *err)
{
	int rc;

	*c = (struct hfsc_cursor) { .tree = t, .node = node, .rec = rec };
	rc = node_read(t, node, c->buf, &c->head, err);
	if (!rc && (c->head.kind != HFSC_LEAF || rec >= c->head.n))
		rc = img_fail(err, IMG_E_USAGE, "%s: no record %u in node %" PRIu32, t->name, rec, node);
	if (!rc)
		load(c);
	return rc;
}

/* ---- verification ---- */

struct below {
	const struct hfsc_btree *t;
	uint8_t *seen;			/* a bit a node */
	uint64_t n_nodes, n_records;
	uint32_t last;			/* leaf */
};

static int
verify_below(struct below *v, uint32_t node, uint8_t height, struct img_err *err)
{
	struct hfsc_node n;
	uint8_t b[HFSC_NODE];
	int rc = node_read(v->t, node, b, &n, err);

	if (rc)
		return rc;
	if (v->seen[node / 8] & 1 << node % 8)
		return img_fail(err, IMG_E_FORMAT, "%s: node %" PRIu32 " is reached twice", v->t->name, node);
	v->seen[node / 8] |= (uint8_t)(1 << node % 8);
	v->n_nodes++;
	if (n.height != height)
		return img_fail(err, IMG_E_FORMAT, "%s: node %" PRIu32 " has height %u, expected %u", v->t->name, node, n.height,
				height);
	if (n.kind == HFSC_LEAF) {
		if (n.prev != v->last)
			return img_fail(err, IMG_E_FORMAT, "%s: leaf %" PRIu32 " follows %" PRIu32 ", but says %" PRIu32, v->t->name,
					node, v->last, n.prev);
		v->last = node;
		v->n_records += n.n;
		return 0;
	}
	for (uint16_t i = 0; !rc && i < n.n; i++) {
		size_t at, end, data;
		struct hfsc_key k;

		place(b, i, &at, &end);
		hfsc_key_parse(v->t->extents, b + at, end - at, &k, &data);
		rc = verify_below(v, load_be32(b + at + data), (uint8_t)(height - 1), err);
	}
	return rc;
}

int
hfsc_btree_verify(const struct hfsc_btree *t, uint64_t *ret_nodes, struct img_err *err)
{
	struct below v = { .t = t };
	img_autofree uint8_t *seen = NULL;
	int rc = img_array(t->head.n_nodes / 8 + 1, 1, img_env_limits(t->file->env)->max_table, "B-tree nodes", &seen, err);

	v.seen = seen;
	if (!rc && t->head.root)
		rc = verify_below(&v, t->head.root, (uint8_t)t->head.depth, err);
	if (!rc && (v.n_records != t->head.n_leaf || v.last != t->head.last_leaf))
		rc = img_fail(err, IMG_E_FORMAT, "%s: %" PRIu64 " records up to leaf %" PRIu32 ", the header says %" PRIu32 " and %"
			      PRIu32, t->name, v.n_records, v.last, t->head.n_leaf, t->head.last_leaf);
	if (!rc)
		*ret_nodes = v.n_nodes;
	return rc;
}

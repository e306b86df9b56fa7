/* SPDX-License-Identifier: BSD-2-Clause */
/* B-trees: found by key, scanned in order.  Thread-safe: nodes come from a small cache that locks itself. */
#ifndef FORMATS_HFSPLUS_BTREE_H
#define FORMATS_HFSPLUS_BTREE_H

#include "formats/hfsplus/layout.h"
#include "img/source.h"

enum hfs_tree_kind { HFS_TREE_EXTENTS, HFS_TREE_CATALOG, HFS_TREE_ATTRIBUTES };

struct hfs_btree;

/* @file: the tree's fork; takes a reference.  @x: the volume is HFSX, whose header chooses how names compare. */
int hfs_btree_open(enum hfs_tree_kind kind, struct img_source *file, bool x, struct hfs_btree **ret, struct img_err *err);
struct hfs_btree *hfs_btree_close(struct hfs_btree *t);		/* NULL accepted; returns NULL */
const struct hfs_tree_head *hfs_btree_head(const struct hfs_btree *t);
bool hfs_btree_folded(const struct hfs_btree *t);
/* Do all nodes fit into the cache? */
bool hfs_btree_is_small(const struct hfs_btree *t);
int hfs_btree_compare(const struct hfs_btree *t, const struct hfs_key *a, const struct hfs_key *b);

/* A place among the leaf records, and the record there. */
struct hfs_cursor {
	struct hfs_btree *tree;
	uint8_t *buf;			/* the node */
	uint32_t node, n_seen;
	uint16_t rec;
	struct hfs_node head;
	bool end;			/* behind the last record; what follows is void then */
	struct hfs_key key;
	const uint8_t *data;
	size_t len;
};

/* Go to the first record whose key is not below @key (NULL: to the first of all). */
int hfs_cursor_seek(struct hfs_btree *t, const struct hfs_key *key, struct hfs_cursor *ret, struct img_err *err);
int hfs_cursor_next(struct hfs_cursor *c, struct img_err *err);
void hfs_cursor_done(struct hfs_cursor *c);
/* Go to record @rec of leaf @node, known from before. */
int hfs_cursor_at(struct hfs_btree *t, uint32_t node, uint16_t rec, struct hfs_cursor *ret, struct img_err *err);

/* Told of what breaks a rule and hurts no reader. */
typedef void hfs_odd_fn(void *ctx, const char *code, const char *text);
/* Every node once, from the root: heights, keys, neighbours, the count of records; then the map of nodes.  @zeroed: free
 * nodes are to be zeros. */
int hfs_btree_verify(struct hfs_btree *t, bool zeroed, hfs_odd_fn *odd, void *ctx, uint64_t *ret_nodes, uint64_t *ret_records,
		     struct img_err *err);

#endif

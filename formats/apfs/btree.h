/* SPDX-License-Identifier: BSD-2-Clause */
/* B-trees and object maps, which are B-trees themselves.  Thread-safe: nodes are shared from a cache that locks itself, and
 * never change. */
#ifndef FORMATS_APFS_BTREE_H
#define FORMATS_APFS_BTREE_H

#include <stdatomic.h>

#include "formats/apfs/layout.h"

struct apfs;
struct apfs_cipher;
struct apfs_omap;

struct apfs_btree {
	struct apfs *c;
	const char *name;		/* "object map": for messages */
	enum apfs_type kind;		/* of its nodes */
	apfs_key_parser *parse;
	const struct apfs_omap *omap;	/* says where nodes are; NULL: their ids are the blocks */
	uint64_t xid;			/* as of when */
	struct apfs_cipher *cipher;	/* for nodes that the map says are encrypted; borrowed, may be NULL */
	uint64_t root;
	struct apfs_footer footer;
};

struct apfs_omap {
	struct apfs_omap_head head;
	struct apfs_btree tree;
};

/* ---- nodes: node.c ---- */

struct apfs_node {
	atomic_uint refs;
	const struct apfs_btree *tree;
	uint64_t id, paddr;
	struct apfs_node_head head;
	uint32_t keys, values;		/* where keys begin, where the place is that values are counted back from */
	uint32_t n_bytes;
	uint8_t b[];
};

struct apfs_rec {
	const uint8_t *k, *v;
	uint32_t n_k, n_v;
};

/* From the cache, or read and checked: the sum, that records lie inside and keys rise.  One more reference. */
int apfs_node_get(const struct apfs_btree *t, uint64_t id, bool root, struct apfs_node **ret, struct img_err *err);
void apfs_node_put(struct apfs_node *n);	/* NULL accepted */
void apfs_node_rec(const struct apfs_node *n, uint32_t i, struct apfs_rec *ret);
void apfs_node_key(const struct apfs_node *n, uint32_t i, struct apfs_key *ret);

/* @t: all but the footer is filled in; the root is read. */
int apfs_btree_open(struct apfs_btree *t, struct img_err *err);

struct apfs_cache;
struct apfs_cache *apfs_cache_new(uint32_t block_size);		/* NULL: out of memory */
void apfs_cache_free(struct apfs_cache *c);
/* Before @t goes. */
void apfs_cache_forget(struct apfs_cache *c, const struct apfs_btree *t);

/* ---- trees: btree.c ---- */


#define APFS_MAX_DEPTH 12
/* The last record not above @key; false if there is none. */
bool apfs_node_floor(const struct apfs_node *n, const struct apfs_key *key, uint32_t *ret);
/* The child at entry @i of @n, checked against what the index says of it. */
int apfs_child_get(const struct apfs_node *n, uint32_t i, struct apfs_node **ret, struct img_err *err);

/* A place among the leaf records, and the record there. */
struct apfs_cursor {
	const struct apfs_btree *tree;
	unsigned int depth;
	struct {
		struct apfs_node *node;
		uint32_t i;
	} at[APFS_MAX_DEPTH];
	bool end;			/* behind the last record; what follows is void then */
	struct apfs_key key;
	struct apfs_rec rec;
};

/* Go to the first record whose key is not below @key (NULL: to the first of all). */
int apfs_cursor_seek(const struct apfs_btree *t, const struct apfs_key *key, struct apfs_cursor *ret, struct img_err *err);
/* The same from where a cursor stands: cheap when the record is in the same leaf. */
int apfs_cursor_go(struct apfs_cursor *c, const struct apfs_key *key, struct img_err *err);
int apfs_cursor_next(struct apfs_cursor *c, struct img_err *err);
void apfs_cursor_done(struct apfs_cursor *c);

/* Every node once, from the root: levels, keys, counts.  @seen is told the block of every node and may fail. */
typedef int apfs_seen_fn(void *ctx, uint64_t paddr, struct img_err *err);
struct apfs_tally {
	uint64_t n_nodes, n_keys;
};
int apfs_btree_verify(const struct apfs_btree *t, apfs_seen_fn *seen, void *ctx, struct apfs_tally *ret,
		      struct img_err *err);

/* ---- object maps: omap.c ---- */

int apfs_omap_open(struct apfs *c, uint64_t paddr, const char *name, struct apfs_omap *ret, struct img_err *err);
/* The newest version of @oid that is not newer than @xid.  IMG_E_FORMAT when there is none. */
int apfs_omap_find(const struct apfs_omap *m, uint64_t oid, uint64_t xid, struct apfs_omap_value *ret,
		   struct img_err *err);

#endif

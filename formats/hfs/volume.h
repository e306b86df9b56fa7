/* SPDX-License-Identifier: BSD-2-Clause */
/* An open volume and what its parts know of each other. */
#ifndef FORMATS_HFS_VOLUME_H
#define FORMATS_HFS_VOLUME_H

#include "formats/hfs/layout.h"
#include "img/format.h"
#include "img/source.h"
#include "img/tree.h"

/* ---- btree.c ---- */

struct hfsc_btree {
	const char *name;
	bool extents;			/* keys of the extents overflow file */
	struct img_source *file;	/* owned */
	struct hfsc_tree_head head;
};
/* Takes @file on success. */
int hfsc_btree_open(bool extents, struct img_source *file, struct hfsc_btree *ret, struct img_err *err);

/* A place among the leaf records, and the record there. */
struct hfsc_cursor {
	const struct hfsc_btree *tree;
	uint32_t node, n_seen;
	uint16_t rec;
	struct hfsc_node head;
	bool end;			/* behind the last record; what follows is void then */
	struct hfsc_key key;
	const uint8_t *data;
	size_t len;
	uint8_t buf[HFSC_NODE];
};
/* Go to the first record whose key is not below @key (NULL: to the first of all). */
int hfsc_cursor_seek(const struct hfsc_btree *t, const struct hfsc_key *key, struct hfsc_cursor *c, struct img_err *err);
int hfsc_cursor_next(struct hfsc_cursor *c, struct img_err *err);
/* Go to record @rec of leaf @node, known from before. */
int hfsc_cursor_at(const struct hfsc_btree *t, uint32_t node, uint16_t rec, struct hfsc_cursor *c, struct img_err *err);
/* Every node once, from the root. */
int hfsc_btree_verify(const struct hfsc_btree *t, uint64_t *ret_nodes, struct img_err *err);

/* ---- volume.c ---- */

struct hfsc {
	struct img_tree tree;
	struct img_source *volume;
	struct hfsc_mdb m;
	struct hfsc_btree extents, catalog;	/* the first may be missing: file is NULL */
};
static inline struct hfsc *
hfsc_of(struct img_tree *t)
{
	return (struct hfsc *)t;
}
int hfsc_mdb_read(struct img_source *s, struct hfsc_mdb *ret, struct img_err *err);
int hfsc_open(struct img_source *volume, struct hfsc **ret, struct img_err *err);
void hfsc_close(struct hfsc *f);

/* What to do with every extent; stops at the first failure. */
typedef int hfsc_extent_fn(void *ctx, struct hfsc_extent e, struct img_err *err);
int hfsc_fork_extents(const struct hfsc *f, const struct hfsc_fork *fork, uint32_t id, uint8_t type, hfsc_extent_fn *fn,
		      void *ctx, struct img_err *err);
int hfsc_fork_open(const struct hfsc *f, const struct hfsc_fork *fork, uint32_t id, uint8_t type,
		   struct img_source **ret, struct img_err *err);

/* ---- verify.c, describe.c ---- */

int hfsc_verify(struct img_tree *t, struct img_rep *rep, struct img_err *err);
int hfsc_describe(struct img_tree *t, struct img_rep *rep, struct img_err *err);
void hfsc_rep_time(struct img_rep *o, const char *key, uint32_t t);

#endif

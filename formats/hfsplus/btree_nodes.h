/* SPDX-License-Identifier: BSD-2-Clause */
/* What the reader of B-trees and its verification know of nodes. */
#ifndef FORMATS_HFSPLUS_BTREE_NODES_H
#define FORMATS_HFSPLUS_BTREE_NODES_H

#include <pthread.h>

#include "formats/hfsplus/btree.h"

#define HFS_MAX_HEIGHT 16

struct slot {
	uint32_t node;			/* 0: empty; the header node is never cached */
	uint8_t *bytes;
};

struct hfs_btree {
	enum hfs_tree_kind kind;
	const char *name;
	struct img_source *file;
	struct hfs_tree_head head;
	hfs_key_parser *parse;
	bool folded;
	pthread_mutex_t lock;
	size_t n_slots;
	struct slot *slot;
};

/* Copy node @node, checked, to @buf, which has room for one. */
int hfs_node_get(struct hfs_btree *t, uint32_t node, uint8_t *buf, struct hfs_node *ret, struct img_err *err);
/* The key of record @i of a checked node, and where its data begins and ends in it. */
int hfs_record_key(const struct hfs_btree *t, const uint8_t *b, uint16_t i, struct hfs_key *ret, size_t *ret_data,
		   size_t *ret_end, struct img_err *err);

#endif

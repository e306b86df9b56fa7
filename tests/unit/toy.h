/* SPDX-License-Identifier: BSD-2-Clause */
/* A tree made of table rows, lies included: rows may repeat ids and names as they like. */
#ifndef TESTS_TOY_H
#define TESTS_TOY_H

#include "img/source.h"
#include "img/tree.h"

struct toy_row {
	uint64_t dir;			/* the folder this entry is in */
	struct img_node node;
	const char *bytes;		/* content; NULL: node.size zeros */
	struct img_source *source;	/* or this */
	const char *xattr, *value;	/* one stream; NULL: none */
};

struct toy {
	struct img_tree tree;
	const struct toy_row *rows;	/* ends with a row without a name */
	size_t n_lists;			/* folders listed so far */
};

/* On the caller's stack: unref does nothing but count. */
void toy_init(struct toy *t, struct img_env *env, const struct toy_row *rows);

#define TOY_DIR(parent, id_, name_) { .dir = parent, .node = { .id = id_, .type = IMG_NODE_DIR, .mode = 0755, \
	.name = name_, .mtime = { 1000000000 + (int64_t)(id_), (uint32_t)(id_) } } }
#define TOY_FILE(parent, id_, name_, text) { .dir = parent, .bytes = text, .node = { .id = id_, .type = IMG_NODE_FILE, \
	.mode = 0640, .name = name_, .size = sizeof(text) - 1, .mtime = { 1100000000 + (int64_t)(id_), (uint32_t)(id_) } } }
#define TOY_LINK(parent, id_, name_, target) { .dir = parent, .node = { .id = id_, .type = IMG_NODE_LINK, .mode = 0777, \
	.name = name_, .link = target, .mtime = { 1200000000 + (int64_t)(id_), (uint32_t)(id_) } } }

#endif

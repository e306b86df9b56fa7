/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder of a tree, shown as if it were all: what looks for its siblings in the root finds them there. */
#include "config.h"

#include <stdlib.h>

#include "img/tree.h"

struct subtree {
	struct img_tree tree;
	struct img_tree *all;
	uint64_t dir;
};

static uint64_t
inside(struct img_tree *t, uint64_t id)
{
	return id == IMG_TREE_ROOT ? ((struct subtree *)t)->dir : id;
}

static struct img_tree *
all_of(struct img_tree *t)
{
	return ((struct subtree *)t)->all;
}

static int
subtree_list(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err)
{
	return img_tree_list(all_of(t), inside(t, dir), ret, err);
}

static int
subtree_find(struct img_tree *t, uint64_t dir, const char *name, struct img_node *ret, struct img_err *err)
{
	return img_tree_find(all_of(t), inside(t, dir), name, ret, err);
}

static int
subtree_streams(struct img_tree *t, uint64_t id, struct img_nodes *ret, struct img_err *err)
{
	return img_tree_streams(all_of(t), inside(t, id), ret, err);
}

static int
subtree_content(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err)
{
	return img_tree_content(all_of(t), inside(t, id), stream, ret, err);
}

static void
subtree_destroy(struct img_tree *t)
{
	img_tree_unref(all_of(t));
	free(t);
}

static const struct img_tree_ops subtree_ops = {
	.list = subtree_list, .find = subtree_find, .streams = subtree_streams, .content = subtree_content,
	.destroy = subtree_destroy,
};

int
img_subtree(struct img_tree *t, uint64_t dir, struct img_tree **ret, struct img_err *err)
{
	struct subtree *s = calloc(1, sizeof *s);

	if (!s)
		return img_fail_nomem(err);
	img_tree_init(&s->tree, &subtree_ops, t->env, t->layer);
	s->all = img_tree_ref(t);
	s->dir = dir;
	*ret = &s->tree;
	return 0;
}

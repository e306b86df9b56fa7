/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place that calls a tree's ops: names are checked here, so that no file system needs to. */
#include "config.h"

#include "img/tree.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

enum img_node_type
img_node_type_of(uint32_t mode)
{
	switch (mode & 0170000) {
	case 0010000: return IMG_NODE_FIFO;
	case 0020000: return IMG_NODE_CHAR;
	case 0040000: return IMG_NODE_DIR;
	case 0060000: return IMG_NODE_BLOCK;
	case 0120000: return IMG_NODE_LINK;
	case 0140000: return IMG_NODE_SOCKET;
	default: return IMG_NODE_FILE;
	}
}

void
img_tree_init(struct img_tree *t, const struct img_tree_ops *ops, struct img_env *env, const char *layer)
{
	t->ops = ops;
	t->env = env;
	t->layer = layer;
	atomic_init(&t->refs, 1);
}

struct img_tree *
img_tree_ref(struct img_tree *t)
{
	atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
	return t;
}

struct img_tree *
img_tree_unref(struct img_tree *t)
{
	if (t && atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) == 1)
		t->ops->destroy(t);
	return NULL;
}

void
img_nodes_done(struct img_nodes *n)
{
	free(n->v);
	img_arena_free(n->arena);
	*n = (struct img_nodes) { 0 };
}

/* Marks inodes that are made of ids: apart from a tree's own, and numbers that JSON knows. */
#define OWN_INODE (UINT64_C(1) << 61)

void
img_nodes_link(struct img_nodes *n)
{
	for (size_t i = 0; i < n->n; i++)
		if (n->v[i].type != IMG_NODE_DIR && !n->v[i].inode)
			n->v[i].inode = (n->v[i].id & (OWN_INODE - 1)) | OWN_INODE;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct img_node *)a)->name, ((const struct img_node *)b)->name);
}

/* By name, unless they are already. */
static void
sort_nodes(struct img_nodes *n)
{
	for (size_t i = 1; i < n->n; i++)
		if (strcmp(n->v[i - 1].name, n->v[i].name) > 0) {
			qsort(n->v, n->n, sizeof *n->v, by_name);
			break;
		}
}

static bool
name_ok(const char *name)
{
	return *name && strcmp(name, ".") && strcmp(name, "..") && !strchr(name, '/');
}

int
img_tree_list(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err)
{
	struct img_nodes n = { 0 };
	int rc = t->ops->list(t, dir, &n, err);

	for (size_t i = 0; !rc && i < n.n; i++)
		if (!name_ok(n.v[i].name))
			rc = img_fail(err, IMG_E_FORMAT, "a folder has an entry named \"%s\"", n.v[i].name);
	if (rc) {
		img_nodes_done(&n);
		return rc;
	}
	sort_nodes(&n);
	*ret = n;
	return 0;
}

int
img_tree_root(struct img_tree *t, struct img_node *ret, struct img_err *err)
{
	struct img_node root = {
		.mode = 0755, .mtime.sec = IMG_NO_TIME, .atime.sec = IMG_NO_TIME, .ctime.sec = IMG_NO_TIME,
		.btime.sec = IMG_NO_TIME,
	};
	int rc = t->ops->root ? t->ops->root(t, &root, err) : 0;

	if (rc)
		return rc;
	root.id = IMG_TREE_ROOT;
	root.type = IMG_NODE_DIR;
	root.name = "";
	root.link = NULL;
	*ret = root;
	return 0;
}

int
img_tree_find(struct img_tree *t, uint64_t dir, const char *name, struct img_node *ret, struct img_err *err)
{
	struct img_nodes n;
	struct img_node key = { .name = name }, *hit;
	int rc;

	if (t->ops->find)
		return t->ops->find(t, dir, name, ret, err);
	rc = img_tree_list(t, dir, &n, err);
	if (rc)
		return rc;
	hit = n.n ? bsearch(&key, n.v, n.n, sizeof *n.v, by_name) : NULL;
	if (hit) {
		*ret = *hit;
		ret->name = ret->link = NULL;
	} else {
		rc = img_fail(err, IMG_E_UNKNOWN, "there is no \"%s\"", name);
	}
	img_nodes_done(&n);
	return rc;
}

int
img_tree_streams(struct img_tree *t, uint64_t id, struct img_nodes *ret, struct img_err *err)
{
	struct img_nodes n = { 0 };
	int rc = t->ops->streams ? t->ops->streams(t, id, &n, err) : 0;

	if (rc) {
		img_nodes_done(&n);
		return rc;
	}
	sort_nodes(&n);
	*ret = n;
	return 0;
}

int
img_tree_content(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err)
{
	return t->ops->content(t, id, stream, ret, err);
}

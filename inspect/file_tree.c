/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of a volume by size; see inspect/file_tree.h.  The walk tells folders before what is in them, so the folders
 * on the way down are open at any time; a folder joins the list of its parent when it is closed and its size is known. */
#include "config.h"

#include "inspect/file_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/idmap.h"
#include "core/memory.h"
#include "img/env.h"
#include "img/tree.h"

#define DEPTH 8			/* levels below the root that are told apart */
#define MAX_NODES 100000	/* kept at a time, whatever the shape of the tree */
#define NAME_MAX_SHOWN 255	/* bytes of a name kept; more would not be seen */

/* How many children of a folder at each depth are told apart. */
static const size_t keep[DEPTH] = { 48, 32, 24, 16, 12, 8, 6, 0 };

struct gathering {
	struct file_tree *out;
	struct file_node *open[DEPTH];	/* open[0] is the root */
	size_t n_open, n_nodes;
	struct idmap seen;		/* inodes */
};

/* Returns how many nodes there were. */
static size_t
node_free(struct file_node *n)
{
	size_t freed = 1;

	if (!n)
		return 0;
	for (size_t i = 0; i < n->n; i++)
		freed += node_free(n->child[i]);
	free(n->child);
	free(n->name);
	free(n);
	return freed;
}

static struct file_node *
node_new(const char *name, bool folder, uint64_t size)
{
	struct file_node *n = calloc(1, sizeof *n);

	if (!n)
		return NULL;
	n->folder = folder;
	n->size = size;
	n->name = name ? strndup(name, NAME_MAX_SHOWN) : NULL;
	if (name && !n->name) {
		free(n);
		return NULL;
	}
	return n;
}

/* Sizes of a damaged volume may be anything. */
static uint64_t
sum(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

/* Largest first; names decide between equals, so that the picture is always the same. */
static bool
comes_before(const struct file_node *a, const struct file_node *b)
{
	return a->size != b->size ? a->size > b->size : strcmp(a->name, b->name) < 0;
}

static void
put_in_rest(struct gathering *g, struct file_node *to, struct file_node *n)
{
	to->rest_size = sum(to->rest_size, n->size);
	to->rest_files += n->folder ? n->files : 1;
	g->n_nodes -= node_free(n);
}

/* @n becomes a child of @to, which is open at @depth.  Takes @n. */
static int
adopt(struct gathering *g, size_t depth, struct file_node *n, struct img_err *err)
{
	struct file_node *to = g->open[depth];
	size_t i, max = keep[depth];

	to->size = sum(to->size, n->size);
	to->files += n->folder ? n->files : 1;
	if (!to->child && max)
		to->child = calloc(max, sizeof *to->child);
	if (max && !to->child) {
		node_free(n);
		return img_fail_nomem(err);
	}
	g->n_nodes++;
	if (!max || g->n_nodes > MAX_NODES || (to->n == max && comes_before(to->child[max - 1], n))) {
		put_in_rest(g, to, n);
		return 0;
	}
	if (to->n == max)
		put_in_rest(g, to, to->child[--to->n]);
	for (i = to->n; i > 0 && comes_before(n, to->child[i - 1]); i--)
		to->child[i] = to->child[i - 1];
	to->child[i] = n;
	to->n++;
	return 0;
}

/* Close folders until @depth are open. */
static int
close_to(struct gathering *g, size_t depth, struct img_err *err)
{
	int rc = 0;

	while (!rc && g->n_open > depth) {
		g->n_open--;
		rc = adopt(g, g->n_open - 1, g->open[g->n_open], err);
	}
	return rc;
}

/* The deepest open folder takes what lies below the levels that are told apart. */
static int
add_file(struct gathering *g, const struct img_node *n, struct img_err *err)
{
	struct file_node *leaf;
	bool again = false;
	int rc = n->inode ? idmap_add(&g->seen, n->inode, 0, &again, err) : 0;

	if (rc || again)
		return rc;
	g->out->files++;
	leaf = node_new(n->name, false, n->size);
	if (!leaf)
		return img_fail_nomem(err);
	return adopt(g, g->n_open - 1, leaf, err);
}

static int
add(struct gathering *g, const struct img_node *n, const char *path, struct img_err *err)
{
	size_t depth = 1;
	int rc;

	for (const char *p = path; *p; p++)
		depth += *p == '/';
	rc = close_to(g, depth < DEPTH ? depth : DEPTH, err);
	if (rc)
		return rc;
	if (n->type == IMG_NODE_FILE)
		return add_file(g, n, err);
	if (n->type != IMG_NODE_DIR) {
		g->out->others++;
		return 0;
	}
	g->out->folders++;
	if (depth >= DEPTH)
		return 0;
	g->open[g->n_open] = node_new(n->name, true, 0);
	if (!g->open[g->n_open])
		return img_fail_nomem(err);
	g->n_open++;
	return 0;
}

static int
walk(struct gathering *g, struct img_tree *t, struct img_walk *w, struct img_err *err)
{
	const struct img_node *n;
	const char *path;

	for (uint64_t i = 0;; i++) {
		struct img_err why = { 0 };
		int rc = img_env_cancelled(t->env) ? img_fail(&why, IMG_E_CANCELLED, "cancelled")
						   : img_walk_next(w, &n, &path, &why);

		if (!rc && !n)
			return 0;
		if (!rc && *path)
			rc = add(g, n, path, &why);
		if (rc == IMG_E_NOMEM || rc == IMG_E_CANCELLED) {
			*err = why;
			return rc;
		}
		if (rc && !g->out->lost++)
			snprintf(g->out->why, sizeof g->out->why, "%s", why.msg);
		if (i == FILE_TREE_MAX) {
			g->out->cut = true;
			return 0;
		}
	}
}

int
file_tree_new(struct img_tree *t, struct file_tree *ret, struct img_err *err)
{
	struct file_tree out = { .root = node_new(NULL, true, 0) };
	struct gathering g = { .out = &out, .open = { out.root }, .n_open = 1 };
	struct img_walk *w = NULL;
	int rc = out.root ? img_walk_new(t, &w, err) : img_fail_nomem(err);

	if (!rc)
		rc = walk(&g, t, w, err);
	if (!rc)
		rc = close_to(&g, 1, err);
	while (g.n_open > 1)
		node_free(g.open[--g.n_open]);
	img_walk_free(w);
	idmap_done(&g.seen);
	if (rc)
		file_tree_done(&out);
	else
		*ret = out;
	return rc;
}

void
file_tree_done(struct file_tree *t)
{
	node_free(t->root);
	t->root = NULL;
}

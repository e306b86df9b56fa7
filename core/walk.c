/* SPDX-License-Identifier: BSD-2-Clause */
/* Walking a tree, and finding one node of it by path.
 *
 * The walk holds the children of the folders on the way down and nothing else of the tree; a list is freed when its folder
 * is left.  Every folder's id is remembered: one that comes by again is its own ancestor, or has a second parent, and
 * either would make a finite image an endless (or an exponential) walk.
 *
 * Below a linked folder the same folders come by below each of its names.  A linked folder in itself is refused all the
 * same, and as links in what is linked multiply, repetitions are counted. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/idmap.h"
#include "core/limits.h"
#include "img/env.h"
#include "img/tree.h"

/* A folder on the way down. */
struct frame {
	struct img_nodes list;
	size_t next;		/* in list */
	size_t path_len;	/* of the folder's own path */
	uint64_t id, inode;
	bool linked;		/* or in a linked folder */
};

struct img_walk {
	struct img_tree *tree;
	struct frame *stack;
	size_t depth, room;
	struct img_node root;
	const struct img_node *last;	/* what was returned, if it is a folder to go into */
	bool started;
	char *path;
	size_t path_len, path_room;
	struct idmap seen;		/* folders */
	size_t n_twice;
	uint64_t n_repeats;		/* folders that came by again, as they may */
};

int
img_walk_new(struct img_tree *t, struct img_walk **ret, struct img_err *err)
{
	struct img_walk *w = calloc(1, sizeof *w);

	if (!w)
		return img_fail_nomem(err);
	w->path_room = 256;
	w->path = calloc(1, w->path_room);
	if (!w->path) {
		free(w);
		return img_fail_nomem(err);
	}
	w->tree = img_tree_ref(t);
	*ret = w;
	return 0;
}

struct img_walk *
img_walk_free(struct img_walk *w)
{
	if (!w)
		return NULL;
	while (w->depth)
		img_nodes_done(&w->stack[--w->depth].list);
	free(w->stack);
	free(w->path);
	idmap_done(&w->seen);
	img_tree_unref(w->tree);
	free(w);
	return NULL;
}

void
img_walk_skip(struct img_walk *w)
{
	w->last = NULL;
}

size_t
img_walk_twice(const struct img_walk *w)
{
	return w->n_twice;
}

bool
img_walk_is_last(const struct img_walk *w)
{
	const struct frame *f = w->depth ? &w->stack[w->depth - 1] : NULL;

	return !f || f->next == f->list.n;
}

/* Go into the folder that was returned last. */
static int
enter(struct img_walk *w, struct img_err *err)
{
	const struct img_node *dir = w->last;
	struct frame f = { .id = dir->id, .inode = dir->inode, .path_len = w->path_len };
	int rc;

	f.linked = dir->linked || (w->depth && w->stack[w->depth - 1].linked);
	w->last = NULL;		/* a folder that cannot be listed is left behind: the walk may go on */
	if (w->depth == w->room) {
		size_t room = w->room ? w->room * 2 : 16;
		struct frame *v = realloc(w->stack, room * sizeof *v);

		if (!v)
			return img_fail_nomem(err);
		w->stack = v;
		w->room = room;
	}
	rc = img_tree_list(w->tree, f.id, &f.list, err);
	if (rc)
		return w->path_len ? img_note(err, rc, "%s", w->path) : rc;
	if (f.linked)
		img_nodes_link(&f.list);
	w->stack[w->depth++] = f;
	return 0;
}

/* The path of @name in the folder @f. */
static int
set_path(struct img_walk *w, const struct frame *f, const char *name, struct img_err *err)
{
	size_t n = strlen(name), at = f->path_len + (f->path_len > 0);

	w->path[f->path_len] = '\0';
	w->path_len = f->path_len;
	if (n >= IMG_MAX_PATH - at)
		return img_fail(err, IMG_E_LIMIT, "%.200s…: a path of %zu bytes is longer than the limit of %d", w->path,
				at + n, IMG_MAX_PATH);
	if (at + n >= w->path_room) {
		size_t room = 2 * (at + n) + 1;
		char *p = realloc(w->path, room);

		if (!p)
			return img_fail_nomem(err);
		w->path = p;
		w->path_room = room;
	}
	if (at)
		w->path[at - 1] = '/';
	memcpy(w->path + at, name, n + 1);
	w->path_len = at + n;
	return 0;
}

/* A folder is visited once, unless it is below a linked one.  What comes after is not gone into. */
static int
visit(struct img_walk *w, const struct img_node *dir, struct img_err *err)
{
	bool linked = dir->linked || (w->depth && w->stack[w->depth - 1].linked), old;
	int rc = idmap_add(&w->seen, dir->id, 0, &old, err);

	if (rc || (!old && !linked))
		return rc;
	for (size_t i = 0; i < w->depth; i++)
		if (w->stack[i].id == dir->id || (dir->linked && w->stack[i].inode == dir->inode))
			return img_fail(err, IMG_E_FORMAT, "%s: this folder contains itself", w->path);
	if (!linked)
		return img_fail(err, IMG_E_FORMAT, "%s: this folder is in two places", w->path);
	if (old && ++w->n_repeats / IMG_MAX_REPEATS > w->seen.n)
		return img_fail(err, IMG_E_LIMIT, "%s: folders below links to folders come by %" PRIu64 " times again, more "
				"than the limit of %d for each folder", w->path, w->n_repeats, IMG_MAX_REPEATS);
	return 0;
}

/* Is the node before this one its namesake?  Names are in order. */
static bool
is_twice(const struct frame *f, size_t i)
{
	return i && !strcmp(f->list.v[i].name, f->list.v[i - 1].name);
}

int
img_walk_next(struct img_walk *w, const struct img_node **ret_node, const char **ret_path, struct img_err *err)
{
	int rc;

	if (!w->started) {
		w->started = true;
		rc = img_tree_root(w->tree, &w->root, err);
		if (!rc)
			rc = visit(w, &w->root, err);
		if (rc)
			return rc;
		*ret_node = w->last = &w->root;
		*ret_path = w->path;
		return 0;
	}
	if (w->last) {
		rc = enter(w, err);
		if (rc)
			return rc;
	}
	while (w->depth) {
		struct frame *f = &w->stack[w->depth - 1];
		const struct img_node *n;

		if (f->next == f->list.n) {
			img_nodes_done(&f->list);
			w->depth--;
			continue;
		}
		n = &f->list.v[f->next++];
		rc = set_path(w, f, n->name, err);
		if (rc)
			return rc;
		if (is_twice(f, f->next - 1)) {
			img_problem(w->tree->env, IMG_ERROR, "name-twice", "%s: a second entry has this name; it is left out",
				    w->path);
			w->n_twice++;
			continue;
		}
		if (n->type == IMG_NODE_DIR) {
			rc = visit(w, n, err);
			if (rc)
				return rc;
			w->last = n;
		}
		*ret_node = n;
		*ret_path = w->path;
		return 0;
	}
	*ret_node = NULL;
	*ret_path = NULL;
	return 0;
}

/* ---- one node ---- */

int
img_tree_lookup(struct img_tree *t, const char *path, struct img_node *ret, struct img_err *err)
{
	struct img_node at;
	size_t gone = 0;	/* bytes of @path behind us */
	int rc = img_tree_root(t, &at, err);

	while (!rc && path[gone]) {
		size_t n = strcspn(path + gone, "/");
		char name[1024];

		if (n == 0) {
			gone++;
			continue;
		}
		if (n >= sizeof name)
			return img_fail(err, IMG_E_UNKNOWN, "there is no \"%.80s…\"", path + gone);
		memcpy(name, path + gone, n);
		name[n] = '\0';
		if (at.type != IMG_NODE_DIR)
			return img_fail(err, IMG_E_UNKNOWN, "\"%.*s\" is no folder", (int)gone - 1, path);
		gone += n;
		if (!strcmp(name, "."))
			continue;
		rc = img_tree_find(t, at.id, name, &at, err);
		if (rc == IMG_E_UNKNOWN)
			return img_fail(err, rc, "there is no \"%.*s\"", (int)gone, path);
	}
	if (rc)
		return rc;
	*ret = at;
	return 0;
}

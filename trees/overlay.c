/* SPDX-License-Identifier: BSD-2-Clause */
/* Trees laid over each other; see trees/overlay.h.
 *
 * Nodes are numbered as they are listed; a number leads to the layer and the node there.  A folder may come from several
 * layers at once, and knows its path: patterns and layers that begin below are held against it.  A node listed again gets
 * the number it had. */
#include "config.h"

#include "trees/overlay.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/idmap.h"
#include "core/memory.h"
#include "img/env.h"
#include "img/source.h"

#define NOWHERE UINT32_MAX	/* layer of a folder that only leads to others */

struct part {
	uint32_t layer;
	uint64_t id;
	struct part *next;
};

struct entry {
	struct part part;
	const char *path;	/* of folders; NULL of all else */
};

struct layer {
	struct img_tree *tree;
	struct img_node node;
	bool is_host, bare;
	const char *at;
	struct idmap numbers;	/* of its nodes */
};

struct overlay {
	struct img_tree tree;
	struct img_arena *arena;
	size_t n_layers, n_exclude;
	struct layer *layer;
	const char **exclude;
	size_t n, room;
	struct entry *v;	/* [0] is the root */
};

/* One name while a folder is gathered. */
struct found {
	struct img_node node;
	struct part *parts;	/* folders: all of them, first layer first */
	size_t order;
};

struct gathering {
	struct overlay *o;
	const char *path;
	struct img_arena *arena;	/* of the list */
	size_t n, room;
	struct found *v;
};

/* ---- paths ---- */

static char *
join(struct img_arena *arena, const char *dir, const char *name)
{
	size_t a = strlen(dir), b = strlen(name);
	char *p = img_arena_alloc(arena, a + b + 2);

	if (!p)
		return NULL;
	memcpy(p, dir, a);
	if (a)
		p[a++] = '/';
	memcpy(p + a, name, b);
	return p;
}

static bool
excluded(const struct overlay *o, const char *dir, const char *name)
{
	char buf[4096];

	for (size_t i = 0; i < o->n_exclude; i++) {
		const char *p = o->exclude[i];

		if (!strchr(p, '/')) {
			if (!fnmatch(p, name, 0))
				return true;
			continue;
		}
		snprintf(buf, sizeof buf, "%s%s%s", dir, *dir ? "/" : "", name);
		if (!fnmatch(p + (*p == '/'), buf, FNM_PATHNAME))
			return true;
	}
	return false;
}

/* What of @at lies below the folder @dir; NULL: nothing. */
static const char *
below(const char *at, const char *dir)
{
	size_t n = strlen(dir);

	if (!n)
		return *at ? at : NULL;
	return !strncmp(at, dir, n) && at[n] == '/' ? at + n + 1 : NULL;
}

/* ---- numbers ---- */

static int
new_entry(struct overlay *o, const struct part *parts, const char *path, uint64_t *ret, struct img_err *err)
{
	int rc = img_room(&o->v, o->n, &o->room, sizeof *o->v, err);

	if (rc)
		return rc;
	*ret = o->n;
	o->v[o->n++] = (struct entry) { *parts, path };
	return 0;
}

/* The number of what @f is. */
static int
number(struct gathering *g, struct found *f, struct img_err *err)
{
	struct overlay *o = g->o;
	const struct part *p = f->parts;
	const char *path = NULL;
	uint64_t id;
	bool old;
	int rc;

	if (f->node.type == IMG_NODE_DIR) {
		path = join(o->arena, g->path, f->node.name);
		if (!path)
			return img_fail_nomem(err);
	}
	if (p->layer == NOWHERE) {
		for (id = 1; id < o->n; id++)
			if (o->v[id].part.layer == NOWHERE && o->v[id].path && !strcmp(o->v[id].path, path)) {
				f->node.id = id;
				return 0;
			}
	} else if (idmap_find(&o->layer[p->layer].numbers, p->id, &id)) {
		f->node.id = id;
		return 0;
	}
	rc = new_entry(o, p, path, &id, err);
	if (!rc && p->layer != NOWHERE)
		rc = idmap_add(&o->layer[p->layer].numbers, p->id, id, &old, err);
	f->node.id = id;
	return rc;
}

/* ---- gathering a folder ---- */

static int
add_found(struct gathering *g, const struct img_node *n, uint32_t layer, uint64_t id, struct img_err *err)
{
	struct found *f;
	int rc = img_room(&g->v, g->n, &g->room, sizeof *g->v, err);

	if (rc)
		return rc;
	f = &g->v[g->n];
	*f = (struct found) { .node = *n, .order = g->n, .parts = img_arena_alloc(g->o->arena, sizeof *f->parts) };
	f->node.name = img_arena_str(g->arena, n->name, strlen(n->name));
	if (n->link)
		f->node.link = img_arena_str(g->arena, n->link, strlen(n->link));
	if (!f->parts || !f->node.name || (n->link && !f->node.link))
		return img_fail_nomem(err);
	*f->parts = (struct part) { layer, id, NULL };
	if (n->inode && layer != NOWHERE && !g->o->layer[layer].is_host)
		f->node.inode = n->inode ^ (uint64_t)(layer + 1) << 56;
	g->n++;
	return 0;
}

static int
add_part(struct gathering *g, const struct part *p, struct img_err *err)
{
	struct img_nodes list = { 0 };
	int rc = img_tree_list(g->o->layer[p->layer].tree, p->id, &list, err);

	for (size_t i = 0; !rc && i < list.n; i++)
		if (!excluded(g->o, g->path, list.v[i].name))
			rc = add_found(g, &list.v[i], p->layer, list.v[i].id, err);
	img_nodes_done(&list);
	return rc;
}

/* Layers that begin in this folder or below it. */
static int
add_layers(struct gathering *g, struct img_err *err)
{
	struct overlay *o = g->o;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < o->n_layers; i++) {
		const char *rest = below(o->layer[i].at, g->path);
		struct img_node n = {
			.type = IMG_NODE_DIR, .mode = 0755, .mtime.sec = IMG_NO_TIME, .atime.sec = IMG_NO_TIME,
			.ctime.sec = IMG_NO_TIME, .btime.sec = IMG_NO_TIME,
		};
		size_t len;

		if (!rest)
			continue;
		len = strcspn(rest, "/");
		n.name = img_arena_str(g->arena, rest, len);
		if (!n.name)
			return img_fail_nomem(err);
		if (rest[len]) {
			rc = add_found(g, &n, NOWHERE, 0, err);
			continue;
		}
		rest = n.name;
		n = o->layer[i].node;
		n.name = rest;
		if (!excluded(o, g->path, n.name))
			rc = add_found(g, &n, i, n.id, err);
	}
	return rc;
}

static int
by_name(const void *x, const void *y)
{
	const struct found *a = x, *b = y;
	int c = strcmp(a->node.name, b->node.name);

	return c ? c : (a->order > b->order) - (a->order < b->order);
}

/* @later has the name of @f: folders become one, else the later one counts. */
static void
merge(struct gathering *g, struct found *f, const struct found *later)
{
	struct part *last = f->parts;

	if (f->node.type == IMG_NODE_DIR && later->node.type == IMG_NODE_DIR) {
		if (last->layer == NOWHERE) {
			f->node = later->node;
			f->parts = later->parts;
			return;
		}
		if (later->parts->layer == NOWHERE)
			return;
		while (last->next)
			last = last->next;
		last->next = later->parts;
		return;
	}
	img_problem(g->o->tree.env, IMG_NOTE, "graft-replaces", "%s%s%s: comes twice; the later one is taken", g->path,
		    *g->path ? "/" : "", f->node.name);
	*f = *later;
}

static int
give(struct gathering *g, struct img_nodes *ret, struct img_err *err)
{
	size_t k = 0;

	if (g->n > 1)
		qsort(g->v, g->n, sizeof *g->v, by_name);
	for (size_t i = 0; i < g->n; i++)
		if (k && !strcmp(g->v[k - 1].node.name, g->v[i].node.name))
			merge(g, &g->v[k - 1], &g->v[i]);
		else
			g->v[k++] = g->v[i];
	ret->v = calloc(k + 1, sizeof *ret->v);
	if (!ret->v)
		return img_fail_nomem(err);
	for (size_t i = 0; i < k; i++) {
		int rc = number(g, &g->v[i], err);

		if (rc)
			return rc;
		ret->v[ret->n++] = g->v[i].node;
	}
	return 0;
}

static int
overlay_list(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err)
{
	struct overlay *o = (struct overlay *)t;
	struct entry e = o->v[dir];
	struct gathering g = { .o = o, .path = e.path };
	int rc = 0;

	ret->arena = g.arena = img_arena_new();
	if (!g.arena)
		return img_fail_nomem(err);
	for (const struct part *p = &e.part; !rc && p; p = p->next)
		if (p->layer != NOWHERE && !o->layer[p->layer].bare)
			rc = add_part(&g, p, err);
	if (!rc)
		rc = add_layers(&g, err);
	if (!rc)
		rc = give(&g, ret, err);
	free(g.v);
	return rc;
}

/* ---- the rest ---- */

static int
overlay_root(struct img_tree *t, struct img_node *ret, struct img_err *err)
{
	struct overlay *o = (struct overlay *)t;
	const struct part *p = &o->v[0].part;

	if (p->layer != NOWHERE)
		*ret = o->layer[p->layer].node;
	return 0;
}

static int
overlay_streams(struct img_tree *t, uint64_t id, struct img_nodes *ret, struct img_err *err)
{
	const struct overlay *o = (const struct overlay *)t;
	const struct part *p = &o->v[id].part;

	return p->layer == NOWHERE ? 0 : img_tree_streams(o->layer[p->layer].tree, p->id, ret, err);
}

static int
overlay_content(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err)
{
	const struct overlay *o = (const struct overlay *)t;
	const struct part *p = &o->v[id].part;

	if (p->layer == NOWHERE)
		return img_fail(err, IMG_E_USAGE, "a folder has no content");
	return img_tree_content(o->layer[p->layer].tree, p->id, stream, ret, err);
}

static void
overlay_destroy(struct img_tree *t)
{
	struct overlay *o = (struct overlay *)t;

	for (size_t i = 0; i < o->n_layers; i++) {
		img_tree_unref(o->layer[i].tree);
		idmap_done(&o->layer[i].numbers);
	}
	free(o->layer);
	free(o->exclude);
	free(o->v);
	img_arena_free(o->arena);
	free(o);
}

static const struct img_tree_ops overlay_ops = {
	.list = overlay_list, .root = overlay_root, .streams = overlay_streams, .content = overlay_content,
	.destroy = overlay_destroy,
};

static int
take_layers(struct overlay *o, const struct overlay_layer *layers, size_t n, struct img_err *err)
{
	struct part root = { NOWHERE, 0, NULL }, *last = &root;
	uint64_t id;

	o->layer = calloc(n + 1, sizeof *o->layer);
	if (!o->layer)
		return img_fail_nomem(err);
	for (uint32_t i = 0; i < n; i++) {
		struct part *p;

		o->layer[i] = (struct layer) {
			.tree = img_tree_ref(layers[i].tree), .node = layers[i].node, .bare = layers[i].bare,
			.is_host = !strcmp(layers[i].tree->layer, "folder"),
			.at = img_arena_str(o->arena, layers[i].at, strlen(layers[i].at)),
		};
		o->n_layers++;
		if (layers[i].node.link)
			o->layer[i].node.link = img_arena_str(o->arena, layers[i].node.link, strlen(layers[i].node.link));
		if (!o->layer[i].at || (layers[i].node.link && !o->layer[i].node.link))
			return img_fail_nomem(err);
		if (*o->layer[i].at)
			continue;
		p = last->layer == NOWHERE ? last : img_arena_alloc(o->arena, sizeof *p);
		if (!p)
			return img_fail_nomem(err);
		*p = (struct part) { i, layers[i].node.id, NULL };
		if (p != last)
			last->next = p;
		last = p;
	}
	return new_entry(o, &root, "", &id, err);
}

int
img_overlay(struct img_env *env, const struct overlay_layer *layers, size_t n, const char *const *exclude,
	    size_t n_exclude, struct img_tree **ret, struct img_err *err)
{
	struct overlay *o = calloc(1, sizeof *o);
	int rc;

	if (!o)
		return img_fail_nomem(err);
	img_tree_init(&o->tree, &overlay_ops, env, "overlay");
	o->arena = img_arena_new();
	o->exclude = calloc(n_exclude + 1, sizeof *o->exclude);
	rc = o->arena && o->exclude ? take_layers(o, layers, n, err) : img_fail_nomem(err);
	for (size_t i = 0; !rc && i < n_exclude; i++) {
		o->exclude[o->n_exclude] = img_arena_str(o->arena, exclude[i], strlen(exclude[i]));
		if (!o->exclude[o->n_exclude++])
			rc = img_fail_nomem(err);
	}
	if (rc) {
		overlay_destroy(&o->tree);
		return rc;
	}
	*ret = &o->tree;
	return 0;
}

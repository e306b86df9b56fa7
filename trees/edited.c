/* SPDX-License-Identifier: BSD-2-Clause */
/* A tree with changes; see trees/edited.h.
 *
 * A folder that a change touches is opened: its entries are copied into memory once, and the changes happen there.  All
 * others are listed from the tree they come from, when somebody asks.  Nodes are numbered as they are listed; a number leads
 * to a folder in memory, or to a tree and the node there.  The changes are in edited_change.c. */
#include "config.h"

#include "trees/edited.h"

#include <stdlib.h>
#include <string.h>

#include "img/env.h"
#include "img/source.h"
#include "trees/edited_private.h"

/* ---- folders in memory ---- */

struct folder *
edited_new_folder(struct edited *e, struct img_err *err)
{
	struct folder *f = img_arena_alloc(e->arena, sizeof *f);

	if (!f) {
		img_fail_nomem(err);
		return NULL;
	}
	f->next = e->folders;
	e->folders = f;
	return f;
}

/* Where @name is, or where it would be. */
static bool
position(const struct folder *f, const char *name, size_t *ret)
{
	size_t lo = 0, hi = f->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(f->v[mid]->node.name, name);

		if (!c) {
			*ret = mid;
			return true;
		}
		*(c < 0 ? &lo : &hi) = c < 0 ? mid + 1 : mid;
	}
	*ret = lo;
	return false;
}

struct item *
edited_find(const struct folder *f, const char *name)
{
	size_t at;

	return position(f, name, &at) ? f->v[at] : NULL;
}

int
edited_insert(struct folder *f, struct item *it, struct img_err *err)
{
	size_t at;
	int rc = img_room(&f->v, f->n, &f->room, sizeof *f->v, err);

	if (rc)
		return rc;
	position(f, it->node.name, &at);
	memmove(f->v + at + 1, f->v + at, (f->n - at) * sizeof *f->v);
	f->v[at] = it;
	f->n++;
	return 0;
}

void
edited_take_out(struct folder *f, const char *name)
{
	size_t at;

	if (!position(f, name, &at))
		return;
	f->n--;
	memmove(f->v + at, f->v + at + 1, (f->n - at) * sizeof *f->v);
}

/* ---- nodes of other trees ---- */

int
edited_new_origin(struct edited *e, struct img_tree *tree, edited_rule *rule, void *ctx, uint32_t *ret, struct img_err *err)
{
	int rc = img_room(&e->origin, e->n_origins, &e->room_origins, sizeof *e->origin, err);

	if (rc)
		return rc;
	*ret = (uint32_t)e->n_origins;
	e->origin[e->n_origins++] = (struct origin) {
		.tree = img_tree_ref(tree), .rule = rule, .ctx = ctx, .is_host = !strcmp(tree->layer, "folder"),
	};
	return 0;
}

/* @n as it is shown.  Hard links of different trees are different files, but for those of the host. */
void
edited_apply_rule(const struct edited *e, uint32_t origin, struct img_node *n)
{
	const struct origin *o = &e->origin[origin];

	if (n->inode && !o->is_host)
		n->inode ^= (uint64_t)(origin + 1) << 56;
	if (o->rule)
		o->rule(o->ctx, n);
}

struct item *
edited_new_item(struct edited *e, uint32_t origin, const struct img_node *n, const char *name, struct img_err *err)
{
	struct item *it = img_arena_alloc(e->arena, sizeof *it);

	if (it) {
		*it = (struct item) { .node = *n, .origin = origin };
		it->node.name = img_arena_str(e->arena, name, strlen(name));
		if (n->link)
			it->node.link = img_arena_str(e->arena, n->link, strlen(n->link));
	}
	if (!it || !it->node.name || (n->link && !it->node.link)) {
		img_fail_nomem(err);
		return NULL;
	}
	return it;
}

/* The entries of folder @id of a tree, into a folder in memory. */
static int
load(struct edited *e, uint32_t origin, uint64_t id, struct folder **ret, struct img_err *err)
{
	struct folder *f = edited_new_folder(e, err);
	struct img_nodes list;
	int rc;

	if (!f)
		return IMG_E_NOMEM;
	rc = img_tree_list(e->origin[origin].tree, id, &list, err);
	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < list.n; i++) {
		struct item *it;

		if (edited_find(f, list.v[i].name)) {
			img_problem(e->tree.env, IMG_ERROR, "name-twice", "%s: a second entry has this name; it is left out",
				    list.v[i].name);
			continue;
		}
		it = edited_new_item(e, origin, &list.v[i], list.v[i].name, err);
		rc = it ? edited_insert(f, it, err) : IMG_E_NOMEM;
		if (!rc)
			edited_apply_rule(e, origin, &it->node);
	}
	img_nodes_done(&list);
	if (!rc)
		*ret = f;
	return rc;
}

int
edited_open(struct edited *e, struct item *it, struct img_err *err)
{
	return it->open ? 0 : load(e, it->origin, it->node.id, &it->open, err);
}

/* ---- the tree ---- */

static int
new_entry(struct edited *e, const struct entry *entry, uint64_t *ret, struct img_err *err)
{
	int rc = img_room(&e->v, e->n, &e->room, sizeof *e->v, err);

	if (rc)
		return rc;
	*ret = e->n;
	e->v[e->n++] = *entry;
	return 0;
}

/* The number under which a node is shown: the same whenever it is listed. */
static int
number(struct edited *e, uint32_t origin, struct folder *open, struct img_node *n, struct img_err *err)
{
	struct entry entry = { origin, n->id, open };
	struct idmap *numbers = origin == NO_ORIGIN ? NULL : &e->origin[origin].numbers;
	uint64_t id;
	bool old;
	int rc;

	if (open && open->numbered) {
		n->id = open->number;
		return 0;
	}
	if (!open && idmap_find(numbers, n->id, &id)) {
		n->id = id;
		return 0;
	}
	rc = new_entry(e, &entry, &id, err);
	if (!rc && !open)
		rc = idmap_add(numbers, n->id, id, &old, err);
	if (open) {
		open->number = id;
		open->numbered = true;
	}
	n->id = id;
	return rc;
}

static int
list_open(struct edited *e, const struct folder *f, struct img_nodes *ret, struct img_err *err)
{
	int rc = 0;

	ret->v = calloc(f->n + 1, sizeof *ret->v);
	if (!ret->v)
		return img_fail_nomem(err);
	for (size_t i = 0; !rc && i < f->n; i++) {
		ret->v[i] = f->v[i]->node;
		rc = number(e, f->v[i]->origin, f->v[i]->open, &ret->v[i], err);
		ret->n++;
	}
	return rc;
}

static int
edited_list(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err)
{
	struct edited *e = (struct edited *)t;
	struct entry entry = e->v[dir];
	int rc;

	if (entry.open)
		return list_open(e, entry.open, ret, err);
	rc = img_tree_list(e->origin[entry.origin].tree, entry.id, ret, err);
	for (size_t i = 0; !rc && i < ret->n; i++) {
		edited_apply_rule(e, entry.origin, &ret->v[i]);
		rc = number(e, entry.origin, NULL, &ret->v[i], err);
	}
	return rc;
}

static int
edited_root(struct img_tree *t, struct img_node *ret, struct img_err *err)
{
	return img_tree_root(((struct edited *)t)->origin[0].tree, ret, err);
}

static int
edited_streams(struct img_tree *t, uint64_t id, struct img_nodes *ret, struct img_err *err)
{
	const struct edited *e = (const struct edited *)t;
	const struct entry *v = &e->v[id];

	/* what is put in comes without attributes, which depend on where it was found */
	return v->origin ? 0 : img_tree_streams(e->origin[v->origin].tree, v->id, ret, err);
}

static int
edited_content(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err)
{
	const struct edited *e = (const struct edited *)t;
	const struct entry *v = &e->v[id];

	if (v->origin == NO_ORIGIN)
		return img_fail(err, IMG_E_USAGE, "a folder has no content");
	return img_tree_content(e->origin[v->origin].tree, v->id, stream, ret, err);
}

static void
edited_destroy(struct img_tree *t)
{
	struct edited *e = (struct edited *)t;

	for (size_t i = 0; i < e->n_origins; i++) {
		img_tree_unref(e->origin[i].tree);
		idmap_done(&e->origin[i].numbers);
	}
	for (struct folder *f = e->folders; f; f = f->next)
		free(f->v);
	free(e->origin);
	free(e->v);
	img_arena_free(e->arena);
	free(e);
}

static const struct img_tree_ops edited_ops = {
	.list = edited_list, .root = edited_root, .streams = edited_streams, .content = edited_content,
	.destroy = edited_destroy,
};

int
edited_new(struct img_tree *base, struct edited **ret, struct img_err *err)
{
	struct edited *e = calloc(1, sizeof *e);
	uint32_t origin;
	uint64_t id;
	int rc;

	if (!e)
		return img_fail_nomem(err);
	img_tree_init(&e->tree, &edited_ops, base->env, "edited");
	e->last_move = &e->moves;
	e->arena = img_arena_new();
	rc = e->arena ? edited_new_origin(e, base, NULL, NULL, &origin, err) : img_fail_nomem(err);
	if (!rc)
		rc = load(e, origin, IMG_TREE_ROOT, &e->root, err);
	if (!rc)
		rc = new_entry(e, &(struct entry) { origin, IMG_TREE_ROOT, e->root }, &id, err);
	if (rc) {
		edited_destroy(&e->tree);
		return rc;
	}
	e->root->numbered = true;
	*ret = e;
	return 0;
}

struct img_tree *
edited_tree(struct edited *e)
{
	return &e->tree;
}

bool
edited_is_base(struct edited *e, uint64_t id, uint64_t *ret)
{
	if (id >= e->n || e->v[id].origin)
		return false;
	*ret = e->v[id].id;
	return true;
}

const struct edited_counts *
edited_counts(const struct edited *e)
{
	return &e->counts;
}

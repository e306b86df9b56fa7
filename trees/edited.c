/* SPDX-License-Identifier: BSD-2-Clause */
/* A tree with changes; see trees/edited.h.
 *
 * A folder that a change touches is opened: its entries are copied into memory once, and the changes happen there.  All
 * others are listed from the tree they come from, when somebody asks.  Nodes are numbered as they are listed; a number leads
 * to a folder in memory, or to a tree and the node there. */
#include "config.h"

#include "trees/edited.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/idmap.h"
#include "core/memory.h"
#include "img/env.h"
#include "img/source.h"

#define NO_ORIGIN UINT32_MAX	/* of a folder that was made here */
#define MAX_NAME 255		/* bytes of a new name: what systems can show */

struct folder;

/* A name in an opened folder. */
struct item {
	struct img_node node;		/* id: in the tree of its origin; strings in the arena */
	uint32_t origin;
	struct folder *open;		/* NULL: as the tree has it */
};

struct folder {
	size_t n, room;
	struct item **v;		/* by byte order of names */
	uint64_t number;
	bool numbered;
	struct folder *next;		/* all of them, to be freed */
};

/* A tree that nodes come from; the first is the base. */
struct origin {
	struct img_tree *tree;
	edited_rule *rule;
	void *ctx;
	bool is_host;
	struct idmap numbers;
};

struct entry {
	uint32_t origin;
	uint64_t id;
	struct folder *open;
};

struct move {
	struct move *next;
	const char *from, *to;
};

struct edited {
	struct img_tree tree;
	struct img_arena *arena;
	struct folder *root, *folders;
	struct move *moves, **last_move;
	size_t n_origins, room_origins;
	struct origin *origin;
	size_t n, room;
	struct entry *v;		/* [0] is the root */
	struct edited_counts counts;
};

/* ---- folders in memory ---- */

static struct folder *
new_folder(struct edited *e, struct img_err *err)
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

static struct item *
find(const struct folder *f, const char *name)
{
	size_t at;

	return position(f, name, &at) ? f->v[at] : NULL;
}

static int
insert(struct folder *f, struct item *it, struct img_err *err)
{
	size_t at;

	position(f, it->node.name, &at);
	if (f->n == f->room) {
		size_t room = f->room ? f->room * 2 : 16;
		struct item **v = realloc(f->v, room * sizeof *v);

		if (!v)
			return img_fail_nomem(err);
		f->v = v;
		f->room = room;
	}
	memmove(f->v + at + 1, f->v + at, (f->n - at) * sizeof *f->v);
	f->v[at] = it;
	f->n++;
	return 0;
}

static void
take_out(struct folder *f, const char *name)
{
	size_t at;

	if (!position(f, name, &at))
		return;
	f->n--;
	memmove(f->v + at, f->v + at + 1, (f->n - at) * sizeof *f->v);
}

/* ---- nodes of other trees ---- */

static int
new_origin(struct edited *e, struct img_tree *tree, edited_rule *rule, void *ctx, uint32_t *ret, struct img_err *err)
{
	if (e->n_origins == e->room_origins) {
		size_t room = e->room_origins ? e->room_origins * 2 : 4;
		struct origin *v = realloc(e->origin, room * sizeof *v);

		if (!v)
			return img_fail_nomem(err);
		e->origin = v;
		e->room_origins = room;
	}
	*ret = (uint32_t)e->n_origins;
	e->origin[e->n_origins++] = (struct origin) {
		.tree = img_tree_ref(tree), .rule = rule, .ctx = ctx, .is_host = !strcmp(tree->layer, "folder"),
	};
	return 0;
}

/* @n as it is shown.  Hard links of different trees are different files, but for those of the host. */
static void
apply_rule(const struct edited *e, uint32_t origin, struct img_node *n)
{
	const struct origin *o = &e->origin[origin];

	if (n->inode && !o->is_host)
		n->inode ^= (uint64_t)(origin + 1) << 56;
	if (o->rule)
		o->rule(o->ctx, n);
}

static struct item *
new_item(struct edited *e, uint32_t origin, const struct img_node *n, const char *name, struct img_err *err)
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
	struct folder *f = new_folder(e, err);
	struct img_nodes list;
	int rc;

	if (!f)
		return IMG_E_NOMEM;
	rc = img_tree_list(e->origin[origin].tree, id, &list, err);
	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < list.n; i++) {
		struct item *it;

		if (find(f, list.v[i].name)) {
			img_problem(e->tree.env, IMG_ERROR, "name-twice", "%s: a second entry has this name; it is left out",
				    list.v[i].name);
			continue;
		}
		it = new_item(e, origin, &list.v[i], list.v[i].name, err);
		rc = it ? insert(f, it, err) : IMG_E_NOMEM;
		if (!rc)
			apply_rule(e, origin, &it->node);
	}
	img_nodes_done(&list);
	if (!rc)
		*ret = f;
	return rc;
}

/* ---- paths ---- */

/* A place: the last component of a path and the folder it is or would be in. */
struct place {
	struct folder *in;
	const char *name;
	const char *path;		/* without '/' at the ends, "." and empty parts */
	bool into;			/* the path ended in '/' */
};

static char *
clean(struct edited *e, const char *path, struct img_err *err)
{
	char *p = img_arena_alloc(e->arena, strlen(path) + 1);
	const char *rest = path;
	size_t n = 0;

	if (!p) {
		img_fail_nomem(err);
		return NULL;
	}
	while (*(rest += strspn(rest, "/"))) {
		size_t k = strcspn(rest, "/");

		if (k == 2 && !strncmp(rest, "..", 2)) {
			img_fail(err, IMG_E_USAGE, "%s: \"..\" has no place in a path of the image", path);
			return NULL;
		}
		if (k != 1 || *rest != '.') {
			p[n] = '/';
			n += n > 0;
			memcpy(p + n, rest, k);
			n += k;
		}
		rest += k;
	}
	p[n] = '\0';
	return p;
}

static struct item *
make_folder(struct edited *e, struct folder *in, const char *name, struct img_err *err)
{
	struct img_node n = {
		.type = IMG_NODE_DIR, .mode = 0555, .mtime.sec = IMG_NO_TIME, .atime.sec = IMG_NO_TIME,
		.ctime.sec = IMG_NO_TIME, .btime.sec = IMG_NO_TIME,
	};
	struct item *it;

	if (strlen(name) > MAX_NAME) {
		img_fail(err, IMG_E_USAGE, "%.60s…: a name of %zu bytes; at most %d fit", name, strlen(name), MAX_NAME);
		return NULL;
	}
	it = new_item(e, NO_ORIGIN, &n, name, err);
	if (!it)
		return NULL;
	it->open = new_folder(e, err);
	if (!it->open || insert(in, it, err))
		return NULL;
	return it;
}

/* The folder @it is, opened. */
static int
open_item(struct edited *e, struct item *it, struct img_err *err)
{
	return it->open ? 0 : load(e, it->origin, it->node.id, &it->open, err);
}

/* Go to the folder above the last component; @make: make what is missing on the way. */
static int
go(struct edited *e, const char *path, bool make, struct place *ret, struct img_err *err)
{
	char *p = clean(e, path, err), *walk;
	struct folder *f = e->root;

	if (!p)
		return err && err->code ? (int)err->code : IMG_E_USAGE;
	*ret = (struct place) { .path = p, .into = *path && path[strlen(path) - 1] == '/' };
	walk = img_arena_str(e->arena, p, strlen(p));
	if (!walk)
		return img_fail_nomem(err);
	for (char *slash; (slash = strchr(walk, '/')); walk = slash + 1) {
		struct item *it;
		int rc;

		*slash = '\0';
		it = find(f, walk);
		if (it && it->node.type != IMG_NODE_DIR)
			return img_fail(err, IMG_E_USAGE, "/%s: \"%s\" is no folder of the image", p, walk);
		if (!it && !make)
			return img_fail(err, IMG_E_USAGE, "/%s: is not in the image: there is no \"%s\"", p, walk);
		if (!it)
			it = make_folder(e, f, walk, err);
		if (!it)
			return err && err->code ? (int)err->code : IMG_E_NOMEM;
		rc = open_item(e, it, err);
		if (rc)
			return img_note(err, rc, "/%s", p);
		f = it->open;
	}
	ret->in = f;
	ret->name = walk;
	return 0;
}

/* A place that something is put to: into the folder a path with '/' at its end names, as @name. */
static int
go_to(struct edited *e, const char *path, const char *name, struct place *ret, struct img_err *err)
{
	img_autofree char *whole = NULL;
	int rc = go(e, path, true, ret, err);

	if (rc || !ret->into || !name)
		return rc;
	if (asprintf(&whole, "%s/%s", ret->path, name) < 0)
		return img_fail_nomem(err);
	return go(e, whole, true, ret, err);
}

static int
check_new(const struct place *at, struct img_err *err)
{
	if (!*at->name)
		return img_fail(err, IMG_E_USAGE, "/: is the root of the image");
	if (strlen(at->name) > MAX_NAME)
		return img_fail(err, IMG_E_USAGE, "/%.60s…: a name of %zu bytes; at most %d fit", at->path,
				strlen(at->name), MAX_NAME);
	if (find(at->in, at->name))
		return img_fail(err, IMG_E_EXISTS, "/%s: is in the image already", at->path);
	return 0;
}

static int
check_old(const struct place *at, struct item **ret, struct img_err *err)
{
	if (!*at->name)
		return img_fail(err, IMG_E_USAGE, "/: the root of the image stays");
	*ret = find(at->in, at->name);
	return *ret ? 0 : img_fail(err, IMG_E_USAGE, "/%s: is not in the image", at->path);
}

/* ---- changes ---- */

int
edited_remove(struct edited *e, const char *path, struct img_err *err)
{
	struct place at;
	struct item *it;
	int rc = go(e, path, false, &at, err);

	if (!rc)
		rc = check_old(&at, &it, err);
	if (rc)
		return rc;
	take_out(at.in, at.name);
	e->counts.removed++;
	return 0;
}

int
edited_mkdir(struct edited *e, const char *path, struct img_err *err)
{
	struct place at;
	int rc = go(e, path, true, &at, err);

	if (!rc)
		rc = check_new(&at, err);
	if (rc)
		return rc;
	if (!make_folder(e, at.in, at.name, err))
		return IMG_E_NOMEM;
	e->counts.made++;
	return 0;
}

/* Is @path @from, or below it?  The rest behind it, or NULL. */
static const char *
below(const char *path, const char *from)
{
	size_t n = strlen(from);

	return !strncmp(path, from, n) && (!path[n] || path[n] == '/') ? path + n : NULL;
}

static int
note_move(struct edited *e, const char *from, const char *to, struct img_err *err)
{
	struct move *m = img_arena_alloc(e->arena, sizeof *m);

	if (!m)
		return img_fail_nomem(err);
	*m = (struct move) { .from = from, .to = to };
	*e->last_move = m;
	e->last_move = &m->next;
	return 0;
}

int
edited_move(struct edited *e, const char *from, const char *to, struct img_err *err)
{
	struct place a, b;
	struct item *it, *there;
	const char *name;
	int rc = go(e, from, false, &a, err);

	if (!rc)
		rc = check_old(&a, &it, err);
	if (!rc)
		rc = go_to(e, to, a.name, &b, err);
	if (!rc && below(b.path, a.path))
		return img_fail(err, IMG_E_USAGE, "/%s: cannot be moved to /%s, into itself", a.path, b.path);
	if (!rc)
		rc = check_new(&b, err);
	if (rc)
		return rc;
	name = img_arena_str(e->arena, b.name, strlen(b.name));
	there = img_arena_alloc(e->arena, sizeof *there);
	if (!name || !there)
		return img_fail_nomem(err);
	*there = *it;
	there->node.name = name;
	take_out(a.in, a.name);
	e->counts.moved++;
	rc = insert(b.in, there, err);
	return rc ? rc : note_move(e, a.path, b.path, err);
}

static int merge(struct edited *e, struct item *into, uint32_t origin, uint64_t dir, const char *path, struct img_err *err);

/* @n of a tree into @in, as @name. */
static int
put(struct edited *e, struct folder *in, uint32_t origin, const struct img_node *n, const char *name, const char *path,
    struct img_err *err)
{
	struct item *it = find(in, name);
	int rc;

	if (it && it->node.type == IMG_NODE_DIR && n->type == IMG_NODE_DIR)
		return merge(e, it, origin, n->id, path, err);
	if (it)
		return img_fail(err, IMG_E_EXISTS, "/%s: is in the image already", path);
	if (strlen(name) > MAX_NAME)
		return img_fail(err, IMG_E_USAGE, "/%.60s…: a name of %zu bytes; at most %d fit", path, strlen(name), MAX_NAME);
	it = new_item(e, origin, n, name, err);
	rc = it ? insert(in, it, err) : IMG_E_NOMEM;
	if (!rc)
		apply_rule(e, origin, &it->node);
	return rc;
}

static int
merge(struct edited *e, struct item *into, uint32_t origin, uint64_t dir, const char *path, struct img_err *err)
{
	struct img_nodes list;
	int rc = open_item(e, into, err);

	if (!rc)
		rc = img_tree_list(e->origin[origin].tree, dir, &list, err);
	if (rc)
		return img_note(err, rc, "/%s", path);
	for (size_t i = 0; !rc && i < list.n; i++) {
		img_autofree char *below_path = NULL;

		if (asprintf(&below_path, "%s%s%s", path, *path ? "/" : "", list.v[i].name) < 0)
			rc = img_fail_nomem(err);
		else
			rc = put(e, into->open, origin, &list.v[i], list.v[i].name, below_path, err);
	}
	img_nodes_done(&list);
	return rc;
}

int
edited_add(struct edited *e, const char *path, struct img_tree *tree, const struct img_node *node, const char *name,
	   edited_rule *rule, void *ctx, struct img_err *err)
{
	struct item root = { .node.type = IMG_NODE_DIR, .open = e->root };
	uint32_t origin;
	struct place at;
	int rc = go_to(e, path, node->type == IMG_NODE_DIR ? NULL : name, &at, err);

	if (!rc)
		rc = new_origin(e, tree, rule, ctx, &origin, err);
	if (rc)
		return rc;
	if (!*at.name && node->type == IMG_NODE_DIR)
		rc = merge(e, &root, origin, node->id, "", err);
	else if (!*at.name)
		rc = img_fail(err, IMG_E_USAGE, "/: is the root of the image");
	else
		rc = put(e, at.in, origin, node, at.name, at.path, err);
	if (!rc)
		e->counts.added++;
	return rc;
}

char *
edited_where(const struct edited *e, const char *path)
{
	char *p = strdup(path + strspn(path, "/"));

	for (const struct move *m = e->moves; p && m; m = m->next) {
		const char *rest = below(p, m->from);
		char *q = NULL;

		if (!rest)
			continue;
		if (asprintf(&q, "%s%s", m->to, rest) < 0)
			q = NULL;
		free(p);
		p = q;
	}
	return p;
}

/* ---- the tree ---- */

static int
new_entry(struct edited *e, const struct entry *entry, uint64_t *ret, struct img_err *err)
{
	if (e->n == e->room) {
		size_t room = e->room ? e->room * 2 : 64;
		struct entry *v = realloc(e->v, room * sizeof *v);

		if (!v)
			return img_fail_nomem(err);
		e->v = v;
		e->room = room;
	}
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
		apply_rule(e, entry.origin, &ret->v[i]);
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
	rc = e->arena ? new_origin(e, base, NULL, NULL, &origin, err) : img_fail_nomem(err);
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

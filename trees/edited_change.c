/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes of an edited tree: a path leads to a folder in memory, which is opened on the way, and a name in it. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "img/env.h"
#include "trees/edited_private.h"

#define MAX_NAME 255		/* bytes of a new name: what systems can show */

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
	it = edited_new_item(e, NO_ORIGIN, &n, name, err);
	if (!it)
		return NULL;
	it->open = edited_new_folder(e, err);
	if (!it->open || edited_insert(in, it, err))
		return NULL;
	return it;
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
		it = edited_find(f, walk);
		if (it && it->node.type != IMG_NODE_DIR)
			return img_fail(err, IMG_E_USAGE, "/%s: \"%s\" is no folder of the image", p, walk);
		if (!it && !make)
			return img_fail(err, IMG_E_USAGE, "/%s: is not in the image: there is no \"%s\"", p, walk);
		if (!it)
			it = make_folder(e, f, walk, err);
		if (!it)
			return err && err->code ? (int)err->code : IMG_E_NOMEM;
		rc = edited_open(e, it, err);
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
	if (edited_find(at->in, at->name))
		return img_fail(err, IMG_E_EXISTS, "/%s: is in the image already", at->path);
	return 0;
}

static int
check_old(const struct place *at, struct item **ret, struct img_err *err)
{
	if (!*at->name)
		return img_fail(err, IMG_E_USAGE, "/: the root of the image stays");
	*ret = edited_find(at->in, at->name);
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
	edited_take_out(at.in, at.name);
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
	edited_take_out(a.in, a.name);
	e->counts.moved++;
	rc = edited_insert(b.in, there, err);
	return rc ? rc : note_move(e, a.path, b.path, err);
}

static int merge(struct edited *e, struct item *into, uint32_t origin, uint64_t dir, const char *path, struct img_err *err);

/* @n of a tree into @in, as @name. */
static int
put(struct edited *e, struct folder *in, uint32_t origin, const struct img_node *n, const char *name, const char *path,
    struct img_err *err)
{
	struct item *it = edited_find(in, name);
	int rc;

	if (it && it->node.type == IMG_NODE_DIR && n->type == IMG_NODE_DIR)
		return merge(e, it, origin, n->id, path, err);
	if (it)
		return img_fail(err, IMG_E_EXISTS, "/%s: is in the image already", path);
	if (strlen(name) > MAX_NAME)
		return img_fail(err, IMG_E_USAGE, "/%.60s…: a name of %zu bytes; at most %d fit", path, strlen(name), MAX_NAME);
	it = edited_new_item(e, origin, n, name, err);
	rc = it ? edited_insert(in, it, err) : IMG_E_NOMEM;
	if (!rc)
		edited_apply_rule(e, origin, &it->node);
	return rc;
}

static int
merge(struct edited *e, struct item *into, uint32_t origin, uint64_t dir, const char *path, struct img_err *err)
{
	struct img_nodes list;
	int rc = edited_open(e, into, err);

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
		rc = edited_new_origin(e, tree, rule, ctx, &origin, err);
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

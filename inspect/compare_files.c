/* SPDX-License-Identifier: BSD-2-Clause */
/* --compare --files: two trees walked side by side.  Both walks go folders first and names by bytes, so one step of
 * comparing paths part by part tells which of them is ahead.  Kind, content and link targets are compared always; modes,
 * owners and times only between file systems of one kind, since others cannot keep the same. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/image_tree.h"
#include "core/memory.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"
#include "img/tree.h"
#include "inspect/compare.h"
#include "inspect/inspect.h"

#define STEP ((size_t)1 << 20)

struct side {
	struct img_tree *tree;
	struct img_walk *walk;
	const struct img_node *node;	/* NULL: at the end */
	const char *path;
};

struct files {
	struct inspection *in;
	struct side a, b;
	bool same_kind;
	size_t n;			/* differences */
	struct img_rep *list;
	uint8_t *buf;			/* two steps */
};

static int
next(struct side *s, struct img_err *err)
{
	return img_walk_next(s->walk, &s->node, &s->path, err);
}

/* The order of walks: '/' sorts in front of every other byte, as the end of a path does. */
static int
path_order(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (!*a || !*b)
		return !*a ? (*b ? -1 : 0) : 1;
	if (*a == '/' || *b == '/')
		return *a == '/' ? -1 : 1;
	return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

static void
put(struct files *f, const char *change, const char *path, const char *what)
{
	struct img_rep *o = img_rep_obj(f->list, NULL);

	f->n++;
	img_rep_str(o, "change", change);
	img_rep_str(o, "path", path);
	if (what)
		img_rep_str(o, "what", what);
}

static int
same_data(struct files *f, bool *ret, struct img_err *err)
{
	img_autounref struct img_source *a = NULL, *b = NULL;
	int rc = img_tree_content(f->a.tree, f->a.node->id, NULL, &a, err);

	if (!rc)
		rc = img_tree_content(f->b.tree, f->b.node->id, NULL, &b, err);
	*ret = !rc && a->size == b->size;
	for (uint64_t off = 0; !rc && *ret && off < a->size; off += STEP) {
		size_t n = a->size - off < STEP ? (size_t)(a->size - off) : STEP;

		rc = img_env_cancelled(f->in->env) ? img_fail(err, IMG_E_CANCELLED, "interrupted")
						   : img_source_read(a, off, f->buf, n, err);
		if (!rc)
			rc = img_source_read(b, off, f->buf + STEP, n, err);
		*ret = !rc && !memcmp(f->buf, f->buf + STEP, n);
	}
	return rc ? img_note(err, rc, "%s", f->a.path) : 0;
}

static bool
same_link(const struct img_node *a, const struct img_node *b)
{
	return !strcmp(a->link ? a->link : "", b->link ? b->link : "");
}

/* One name in both trees. */
static int
compare_node(struct files *f, struct img_err *err)
{
	const struct img_node *a = f->a.node, *b = f->b.node;
	char what[80] = "";
	bool same = true;
	int rc = 0;

	if (a->type != b->type) {
		put(f, "changed", f->a.path, "kind");
		return 0;
	}
	if (a->type == IMG_NODE_FILE)
		rc = a->size == b->size ? same_data(f, &same, err) : 0;
	if (rc)
		return rc;
	if (a->type == IMG_NODE_FILE && a->size != b->size)
		strcat(what, ", size");
	else if (!same)
		strcat(what, ", data");
	if (a->type == IMG_NODE_LINK && !same_link(a, b))
		strcat(what, ", target");
	if ((a->type == IMG_NODE_CHAR || a->type == IMG_NODE_BLOCK) &&
	    (a->dev_major != b->dev_major || a->dev_minor != b->dev_minor))
		strcat(what, ", device");
	if (f->same_kind && a->mode != b->mode)
		strcat(what, ", mode");
	if (f->same_kind && (a->uid != b->uid || a->gid != b->gid))
		strcat(what, ", owner");
	if (f->same_kind && (a->mtime.sec != b->mtime.sec || a->mtime.nsec != b->mtime.nsec))
		strcat(what, ", time");
	if (*what)
		put(f, "changed", f->a.path, what + 2);
	return 0;
}

static int
merge(struct files *f, struct img_err *err)
{
	int rc = next(&f->a, err);

	if (!rc)
		rc = next(&f->b, err);
	while (!rc && (f->a.node || f->b.node)) {
		int order = !f->a.node ? 1 : !f->b.node ? -1 : path_order(f->a.path, f->b.path);

		if (order < 0)
			put(f, "removed", f->a.path, NULL);
		else if (order > 0)
			put(f, "added", f->b.path, NULL);
		else
			rc = compare_node(f, err);
		if (!rc && order <= 0)
			rc = next(&f->a, err);
		if (!rc && order >= 0)
			rc = next(&f->b, err);
	}
	return rc;
}

int
compare_files(struct inspection *in, struct image_arg *other, struct img_err *err)
{
	struct img_rep *root = img_report_root(in->compared);
	img_autofree uint8_t *buf = malloc(2 * STEP);
	struct files f = { .in = in, .buf = buf };
	int rc = buf ? image_arg_tree(&in->arg, in->o->view, in->o->session, &f.a.tree, err) : img_fail_nomem(err);

	if (!rc && (rc = image_arg_tree(other, in->o->view, in->o->session, &f.b.tree, err)))
		rc = img_note(err, rc, "%s", other->path);
	if (!rc)
		rc = img_walk_new(f.a.tree, &f.a.walk, err);
	if (!rc)
		rc = img_walk_new(f.b.tree, &f.b.walk, err);
	if (!rc) {
		f.same_kind = !strcmp(f.a.tree->layer, f.b.tree->layer);
		f.list = img_rep_arr(root, "differences");
		rc = merge(&f, err);
	}
	if (!rc)
		img_rep_bool(root, "equal", !f.n);
	if (!rc && f.n)
		rc = img_fail(err, IMG_E_CHECKSUM, "%zu files differ from those of %s", f.n, other->path);
	img_walk_free(f.a.walk);
	img_walk_free(f.b.walk);
	img_tree_unref(f.a.tree);
	img_tree_unref(f.b.tree);
	return rc;
}

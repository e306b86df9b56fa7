/* SPDX-License-Identifier: BSD-2-Clause */
/* The file systems inside, for the report and for --verify: each volume that this build can read is opened once. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "img/env.h"
#include "img/format.h"
#include "img/report.h"
#include "img/source.h"
#include "img/tree.h"
#include "inspect/inspect.h"

/* Is there a reader for what @v seems to hold? */
static bool
readable(const struct img_volume *v)
{
	for (size_t i = 0; v->fs && img_file_systems[i]; i++)
		if (img_file_systems[i]->tree && !strcmp(img_file_systems[i]->name, v->fs->name))
			return true;
	return false;
}

/* The tree of @v.  One that cannot be opened is damage, but not having looked far enough is none. */
static int
open_one(struct inspection *in, const struct img_volume *v, struct img_tree **ret, struct img_err *err)
{
	img_autounref struct img_source *slice = NULL;
	struct img_tree_open o = { .volume = in->arg.sectors };
	struct img_err why = { 0 };
	int rc = 0;

	if (!in->arg.only && (v->off || v->len != in->arg.sectors->size)) {
		rc = img_slice(in->arg.sectors, v->off, v->len, &slice, err);
		o.volume = slice;
	}
	if (rc)
		return rc;
	rc = img_volume_tree(&o, ret, &why);
	if (rc == IMG_E_UNKNOWN && !v->part && !in->arg.image.n)
		return img_fail(err, IMG_E_FORMAT, "begins like %s, but has no volume that could be read", v->fs->title);
	if (rc == IMG_E_UNKNOWN || rc == IMG_E_UNSUPPORTED)
		img_problem(in->env, IMG_WARNING, "not-described", "%s", why.msg);
	if (rc == IMG_E_LIMIT || rc == IMG_E_UNKNOWN || rc == IMG_E_UNSUPPORTED)
		return 0;
	if (rc && err)
		*err = why;
	return rc;
}

int
inspect_trees(struct inspection *in, struct img_err *err)
{
	const struct img_volumes *list = &in->arg.volumes;
	int rc = 0;

	if (!in->arg.listed || !list->n)
		return 0;
	in->tree = calloc(list->n, sizeof(struct img_tree *));
	if (!in->tree)
		return img_fail_nomem(err);
	in->n_trees = list->n;
	for (size_t i = 0; !rc && i < list->n; i++)
		if (readable(&list->v[i]) && inspect_shows(in, &list->v[i]))
			rc = open_one(in, &list->v[i], &in->tree[i], err);
	return rc;
}

void
inspect_trees_done(struct inspection *in)
{
	for (size_t i = 0; i < in->n_trees; i++)
		img_tree_unref(in->tree[i]);
	free(in->tree);
}

bool
inspect_shows(const struct inspection *in, const struct img_volume *v)
{
	return !in->arg.only || (v->off == in->arg.only->off && v->len == in->arg.only->len);
}

int
inspect_trees_checks(struct inspection *in, struct img_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < in->n_trees; i++)
		if (in->tree[i] && in->tree[i]->ops->checks)
			rc = in->tree[i]->ops->checks(in->tree[i], &in->checks, err);
	return rc;
}

static size_t
errors(struct img_env *env, const struct img_problem **ret_last)
{
	const struct img_problem *p;
	size_t lost, n = img_problems(env, &p, &lost), count = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i].severity != IMG_ERROR)
			continue;
		*ret_last = &p[i];
		count++;
	}
	return count + lost;
}

int
inspect_trees_verify(struct inspection *in, struct img_err *err)
{
	struct img_report *scratch = img_report_new();
	const struct img_problem *last = NULL;
	size_t before = errors(in->env, &last), after;
	int rc = 0;

	for (size_t i = 0; !rc && scratch && i < in->n_trees; i++)
		if (in->tree[i] && in->tree[i]->ops->verify)
			rc = in->tree[i]->ops->verify(in->tree[i], img_report_root(scratch), err);
	img_report_free(scratch);
	if (rc)
		return rc;
	after = errors(in->env, &last);
	return after > before ? img_fail(err, IMG_E_FORMAT, "the structure of the file system has %zu fault%s", after - before,
					 after - before == 1 ? "" : "s")
			      : 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of a volume.  One file system claims it, or two: a bridge disc has its files in ISO 9660 and in UDF.  ISO 9660
 * shows them then, for its Rock Ridge, unless UDF knows them better: ISO 9660 of some writers cannot say that a file has
 * 4 GiB or more, and discs meant for UDF keep nothing but a readme in the ISO 9660 tree. */
#include "config.h"

#include "img/format.h"

#include <string.h>

#include "core/memory.h"
#include "formats/iso9660/iso9660.h"
#include "formats/udf/udf.h"
#include "img/env.h"
#include "img/source.h"
#include "img/tree.h"

#define BIG (UINT64_C(1) << 32)

static bool
is_udf(const struct img_format *f)
{
	return !strcmp(f->name, "udf");
}

static bool
asks_for_udf(const char *view)
{
	return view && !strcmp(view, "udf");
}

/* May @f show what the caller asks for? */
static bool
fits_view(const struct img_format *f, const char *view)
{
	return !view || is_udf(f) == asks_for_udf(view);
}

struct claims {
	const struct img_format *best, *udf;
	enum img_match sure;	/* of the best */
	bool other_view;	/* somebody claims the volume, but not for this view */
};

static void
ask(const struct img_tree_open *o, const struct img_format *f, struct claims *c)
{
	const struct img_open below = { .below = o->volume, .env = o->volume->env };
	enum img_match m = f->tree && f->confirm ? f->confirm(&below) : IMG_MATCH_NONE;

	if (!m)
		return;
	if (!fits_view(f, o->view)) {
		c->other_view = true;
		return;
	}
	if (is_udf(f))
		c->udf = f;
	/* of equals the first in the table, where only ISO 9660 stands in front of UDF, which is asked last */
	if (m > c->sure || (m == c->sure && is_udf(f) && c->best != &img_format_iso9660)) {
		c->best = f;
		c->sure = m;
	}
}

/* Where the structure of another file system was seen, UDF is there only if something announces it: to look for an anchor
 * all over the volume is to decode a chunk here and a chunk there.  ISO 9660 may have UDF beside it in any state. */
static bool
rules_out_udf(const struct img_tree_open *o, const struct claims *c)
{
	return c->sure == IMG_MATCH_STRUCTURE && c->best != &img_format_iso9660 && !udf_is_announced(o->volume);
}

static void
find_claims(const struct img_tree_open *o, struct claims *ret)
{
	const struct img_format *udf = NULL;

	*ret = (struct claims) { 0 };
	for (size_t i = 0; img_file_systems[i]; i++) {
		if (is_udf(img_file_systems[i]))
			udf = img_file_systems[i];
		else
			ask(o, img_file_systems[i], ret);
	}
	if (udf && !rules_out_udf(o, ret))
		ask(o, udf, ret);
}

/* Has @t a file of 4 GiB or more?  A tree that cannot be walked has none. */
static bool
has_big_file(struct img_tree *t)
{
	const struct img_node *n = NULL;
	struct img_walk *w;
	const char *path;
	bool big = false;

	if (img_walk_new(t, &w, NULL))
		return false;
	while (!big && !img_walk_next(w, &n, &path, NULL) && n)
		big = n->type == IMG_NODE_FILE && n->size >= BIG;
	img_walk_free(w);
	return big;
}

/* @ret is the ISO 9660 tree of a volume that UDF claims too: take that one where it knows better. */
static void
prefer_udf(const struct img_tree_open *o, const struct img_format *udf, struct img_tree **io_tree)
{
	bool placeholder = iso_is_placeholder(*io_tree);
	struct img_tree *t;
	struct img_err why = { 0 };

	if (!placeholder && o->volume->size < BIG)
		return;
	if (udf->tree(o, &t, &why)) {
		img_problem(o->volume->env, IMG_WARNING, "udf-unreadable", "UDF: %s", why.msg);
		return;
	}
	if (!placeholder && !has_big_file(t)) {
		img_tree_unref(t);
		return;
	}
	img_tree_unref(*io_tree);
	*io_tree = t;
}

int
img_volume_tree(const struct img_tree_open *o, struct img_tree **ret, struct img_err *err)
{
	struct claims c;
	struct img_tree *t;
	struct img_err why = { 0 };
	int rc;

	find_claims(o, &c);
	if (!c.best && c.other_view)
		return img_fail(err, IMG_E_USAGE, "the volume has no \"%s\" tree", o->view);
	if (!c.best)
		return img_fail(err, IMG_E_UNKNOWN, "no file system that this build can read");
	if ((o->fs_volume || o->snapshot) && strcmp(c.best->name, "apfs"))
		return img_fail(err, IMG_E_USAGE, "%s has no %s inside", c.best->title, o->fs_volume ? "volumes" : "snapshots");
	if (o->names && strcmp(c.best->name, "apfs") && strcmp(c.best->name, "hfs+"))
		return img_fail(err, IMG_E_USAGE, "%s has names of one form only", c.best->title);
	rc = c.best->tree(o, &t, &why);
	/* one of two is broken: the files are in the other one as well */
	if (rc && !o->view && c.udf && c.udf != c.best) {
		img_problem(o->volume->env, IMG_WARNING, "iso-unreadable", "%s: %s", c.best->title, why.msg);
		c.best = c.udf;
		why = (struct img_err) { 0 };
		rc = c.best->tree(o, &t, &why);
	}
	if (rc) {
		if (err)
			*err = why;
		return img_note(err, rc, "%s", c.best->title);
	}
	if (c.udf && c.best != c.udf)
		prefer_udf(o, c.udf, &t);
	*ret = t;
	return 0;
}

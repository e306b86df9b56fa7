/* SPDX-License-Identifier: BSD-2-Clause */
/* The file systems of an image whose files this build reads: opened, described, verified.  A bridge disc has two over
 * the same bytes, and both are told.  Whoever only describes reads within a budget; what lies beyond is "not examined". */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/memory.h"
#include "formats/identity.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"
#include "img/tree.h"
#include "inspect/inspect.h"
#include "inspect/volumes.h"

static bool
is_fatal(int rc)
{
	return rc == IMG_E_NOMEM || rc == IMG_E_CANCELLED;
}

void
volumes_look(struct inspection *in)
{
	if (!in->o->verify)
		img_env_set_budget(in->env, !image_arg_is_plain(&in->arg) ? IMG_LOOK_BUDGET : IMG_LOOK_FILES);
	img_env_look_closer(in->env, true);
}

void
volumes_looked(struct inspection *in)
{
	img_env_set_budget(in->env, IMG_NO_BUDGET);
	img_env_look_closer(in->env, false);
}

/* ---- opening ---- */

/* Takes @t, which may be NULL: then @why says why. */
static int
add(struct inspection *in, const struct img_volume *v, struct img_tree *t, const struct img_err *why,
    struct img_err *err)
{
	struct info_volume *list = realloc(in->vol, (in->n_vol + 1) * sizeof *list);

	if (!list) {
		img_tree_unref(t);
		return img_fail_nomem(err);
	}
	in->vol = list;
	list[in->n_vol] = (struct info_volume) { .volume = v, .tree = t };
	if (!t) {
		list[in->n_vol].state = IMG_CHECK_BAD;
		list[in->n_vol].why = *why;
	}
	in->n_vol++;
	return 0;
}

/* Is @name the file system of the signature?  Signatures say more: "fat12" is of "fat", "hfsx" of "hfs+". */
static bool
is_of(const struct img_volume *v, const char *name)
{
	if (!v->fs)
		return false;
	return !strncmp(v->fs->name, name, strlen(name)) || (!strcmp(v->fs->name, "hfsx") && !strcmp(name, "hfs+"));
}

/* Does this build read the files of what the signature stands for? */
static bool
is_readable(const struct img_volume *v)
{
	for (size_t i = 0; img_file_systems[i]; i++)
		if (img_file_systems[i]->tree && is_of(v, img_file_systems[i]->name))
			return true;
	return false;
}

/* Nothing but this file system makes the file an image. */
static bool
is_all_there_is(const struct inspection *in)
{
	return !in->arg.image.n && !in->t->o.from && !in->arg.volumes.n_tables && !in->o->n_hashes;
}

/* The signature of a file system is there, its tree is not. */
static int
unreadable(struct inspection *in, const struct img_volume *v, struct img_err *why, struct img_err *err)
{
	if (why->code == IMG_E_LIMIT) {
		img_problem(in->env, IMG_NOTE, "not-examined", "files were not looked at: %s", why->msg);
		return 0;
	}
	if (why->code == IMG_E_UNKNOWN)
		img_fail(why, IMG_E_FORMAT, "%s: the signature is there, the volume's description is not", v->fs->title);
	if (why->code == IMG_E_FORMAT && is_all_there_is(in)) {
		*err = *why;
		return IMG_E_FORMAT;
	}
	img_problem(in->env, why->code == IMG_E_UNSUPPORTED ? IMG_WARNING : IMG_ERROR, "unreadable", "%s", why->msg);
	return add(in, v, NULL, why, err);
}

/* The other file system of a bridge disc. */
static int
open_other(struct inspection *in, const struct img_volume *v, const struct img_tree_open *o,
	   const struct img_tree *first, struct img_err *err)
{
	bool udf = !strcmp(first->layer, "iso9660");
	struct img_tree_open how = *o;
	struct img_err why = { 0 };
	struct img_tree *t;
	int rc;

	if (!udf && strcmp(first->layer, "udf"))
		return 0;
	how.view = udf ? "udf" : "iso";
	rc = img_volume_tree(&how, &t, &why);
	if (!rc)
		return add(in, v, t, NULL, err);
	if (is_fatal(rc)) {
		*err = why;
		return rc;
	}
	if (rc == IMG_E_USAGE || rc == IMG_E_UNKNOWN || rc == IMG_E_LIMIT)
		return 0;
	img_problem(in->env, IMG_WARNING, udf ? "udf-unreadable" : "iso-unreadable", "%s", why.msg);
	return add(in, v, NULL, &why, err);
}

static int
open_volume(struct inspection *in, const struct img_volume *v, struct img_err *err)
{
	img_autounref struct img_source *slice = NULL;
	bool apfs = v->fs && !strcmp(v->fs->name, "apfs");
	struct img_tree_open o = { .view = in->o->view, .session = in->o->session };
	struct img_err why = { 0 };
	struct img_tree *t;
	int rc = 0;

	if (v == in->arg.only || (!v->off && v->len == in->arg.image.top->size))
		slice = img_ref(in->arg.sectors);
	else
		rc = img_slice(in->arg.image.top, v->off, v->len, &slice, err);
	if (rc)
		return rc;
	o.volume = slice;
	o.fs_volume = apfs ? in->arg.fs_volume : NULL;
	o.snapshot = apfs ? in->arg.snapshot : NULL;
	o.names = apfs || (v->fs && !strncmp(v->fs->name, "hfs", 3) && v->fs->name[3]) ? in->arg.names : IMG_NAMES_DEFAULT;
	rc = img_volume_tree(&o, &t, &why);
	if (!rc) {
		rc = add(in, v, t, NULL, err);
		return rc || o.view ? rc : open_other(in, v, &o, t, err);
	}
	if (is_fatal(rc) || rc == IMG_E_USAGE) {
		*err = why;
		return rc;
	}
	if (rc == IMG_E_UNKNOWN && !is_readable(v))
		return 0;
	if (rc == IMG_E_UNKNOWN && img_env_refused(in->env))
		img_fail(&why, IMG_E_LIMIT, "%s: what describes it is too far inside compressed data", v->fs->title);
	return unreadable(in, v, &why, err);
}

int
volumes_open(struct inspection *in, struct img_err *err)
{
	const struct img_volumes *list = &in->arg.volumes;
	const struct img_fs_hint *whole = NULL;		/* of the volume that begins where the image does */
	int rc = 0;

	if (!in->arg.listed || in->arg.sectors->flags & IMG_FORWARD)
		return 0;
	volumes_look(in);
	for (size_t i = 0; !rc && i < list->n; i++) {
		const struct img_volume *v = &list->v[i];
		/* without a signature where volumes have one, UDF may still be there */
		bool maybe = !v->fs && !in->arg.image.n && (!v->part || v == in->arg.only);

		if ((in->arg.only && v != in->arg.only) || !(is_readable(v) || maybe))
			continue;
		/* the partitions of a hybrid disc hold the disc itself once more */
		if (whole && v->fs == whole)
			continue;
		rc = open_volume(in, v, err);
		if (!v->off && in->n_vol)
			whole = v->fs;
	}
	volumes_looked(in);
	for (size_t i = 0; !rc && i < in->n_vol; i++)
		if (in->vol[i].tree && in->vol[i].tree->ops->checks)
			rc = in->vol[i].tree->ops->checks(in->vol[i].tree, &in->checks, err);
	return rc;
}

void
volumes_done(struct inspection *in)
{
	for (size_t i = 0; i < in->n_vol; i++) {
		img_tree_unref(in->vol[i].tree);
		img_report_free(in->vol[i].found);
	}
	free(in->vol);
	in->vol = NULL;
	in->n_vol = 0;
}

/* ---- the structure ---- */

int
volumes_verify(struct inspection *in, struct img_err *err)
{
	for (size_t i = 0; i < in->n_vol; i++) {
		struct info_volume *v = &in->vol[i];
		int rc;

		if (!v->tree || !v->tree->ops->verify)
			continue;
		v->found = img_report_new();
		if (!v->found)
			return img_fail_nomem(err);
		rc = v->tree->ops->verify(v->tree, img_report_root(v->found), &v->why);
		if (is_fatal(rc) || rc == IMG_E_KEY || (rc == IMG_E_IO && v->why.sys_errno)) {
			*err = v->why;
			return rc;
		}
		v->state = rc ? IMG_CHECK_BAD : IMG_CHECK_OK;
	}
	return 0;
}

const struct info_volume *
volumes_bad(const struct inspection *in)
{
	for (size_t i = 0; i < in->n_vol; i++)
		if (in->vol[i].state == IMG_CHECK_BAD)
			return &in->vol[i];
	return NULL;
}

/* ---- the report ---- */

static struct img_rep *
new_layer(const struct img_volume *v, struct img_rep *list)
{
	struct img_rep *o = img_rep_obj(list, NULL);

	img_rep_str(o, "kind", "filesystem");
	if (v->part)
		img_rep_uint(o, "partition", v->part->index);
	return o;
}

static void
report_tree(struct inspection *in, const struct info_volume *v, struct img_rep *list)
{
	struct img_rep *o = new_layer(v->volume, list);
	const struct img_format *f;
	struct img_err err = { 0 };
	int rc = v->tree->ops->describe ? v->tree->ops->describe(v->tree, o, &err) : 0;

	if (rc == IMG_E_LIMIT)
		img_problem(in->env, IMG_NOTE, "not-examined", "not all was looked at: %s", err.msg);
	else if (rc)
		img_problem(in->env, IMG_WARNING, "not-described", "%s", err.msg);
	if (!img_rep_get(o, "format"))
		img_rep_str(o, "format", is_of(v->volume, v->tree->layer) ? v->volume->fs->name : v->tree->layer);
	f = img_format_by_name(v->tree->layer);
	img_rep_str(o, "title", is_of(v->volume, v->tree->layer) ? v->volume->fs->title : f ? f->title : v->tree->layer);
	if (!img_rep_get(o, "size"))
		img_rep_uint(o, "size", v->volume->len);
	for (const struct img_rep *c = v->found ? img_report_root(v->found)->first : NULL; c; c = c->next)
		if (!img_rep_get(o, c->key))
			img_rep_copy(c, o);
}

/* A file system whose files nobody here reads. */
static void
report_identity(struct inspection *in, const struct img_volume *v, struct img_rep *o)
{
	img_autounref struct img_source *s = NULL;
	struct img_fs_identity id = { 0 };

	volumes_look(in);
	if (!img_slice(in->arg.image.top, v->off, v->len, &s, NULL))
		img_fs_identify(s, v->fs, &id);
	volumes_looked(in);
	img_rep_str(o, "format", v->fs->name);
	img_rep_str(o, "title", v->fs->title);
	if (id.label[0])
		img_rep_str(o, "label", id.label);
	if (id.uuid[0])
		img_rep_str(o, "uuid", id.uuid);
	img_rep_uint(o, "size", id.size ? id.size : v->len);
	if (id.block_size)
		img_rep_uint(o, "block_size", id.block_size);
}

void
volumes_report(struct inspection *in, const struct img_volume *v, struct img_rep *list)
{
	bool told = false;

	volumes_look(in);
	for (size_t i = 0; i < in->n_vol; i++)
		if (in->vol[i].volume == v && in->vol[i].tree) {
			report_tree(in, &in->vol[i], list);
			told = true;
		}
	volumes_looked(in);
	if (told || !v->fs)
		return;
	report_identity(in, v, new_layer(v, list));
}

void
volumes_report_boot(const struct img_rep *layers, struct img_rep *boot)
{
	struct img_rep *list = NULL;

	for (const struct img_rep *l = layers->first; l; l = l->next) {
		const struct img_rep *entries = img_rep_get(img_rep_get(l, "el_torito"), "entries");

		if (entries && !list)
			list = img_rep_arr(boot, "entries");
		for (const struct img_rep *e = entries ? entries->first : NULL; e; e = e->next)
			img_rep_copy(e, list);
	}
}

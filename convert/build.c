/* SPDX-License-Identifier: BSD-2-Clause */
/* From one tree to the image as a source: the author gets the options of the command, its volume a partition map. */
#include "config.h"

#include "convert/build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "convert/build_tree.h"
#include "convert/dress.h"
#include "convert/filesystem.h"
#include "convert/options.h"
#include "core/limits.h"
#include "core/memory.h"
#include "core/progress.h"
#include "core/tool.h"
#include "img/env.h"
#include "img/format.h"
#include "img/sink.h"
#include "img/report.h"
#include "img/source.h"

static int
set_date(const struct conv_options *o, struct img_author_options *a, struct img_err *err)
{
	const char *env = getenv("SOURCE_DATE_EPOCH"), *text = o->timestamp ? o->timestamp : env;
	char *end;
	long long v;

	a->epoch = IMG_NO_TIME;
	if (!text)
		return 0;
	errno = 0;
	v = strtoll(text, &end, 10);
	if (!*text || *end || errno || v < 0 || v > INT64_C(253402300799))
		return img_fail(err, IMG_E_USAGE, "%s \"%s\": seconds since 1970 are expected",
				o->timestamp ? "--timestamp" : "SOURCE_DATE_EPOCH", text);
	a->epoch = a->date = v;
	a->has_date = true;
	return 0;
}

/* The folder for work files: the target's own, where room was counted.  NULL: TMPDIR, for pipes and devices. */
static char *
beside_target(const char *dest)
{
	const char *slash = strrchr(dest, '/');
	struct stat st;

	if (!strcmp(dest, "-") || (!stat(dest, &st) && !S_ISREG(st.st_mode)))
		return NULL;
	return !slash ? strdup(".") : strndup(dest, slash == dest ? 1 : (size_t)(slash - dest));
}

/* An image that is repacked keeps its name, where the new one has room for any.  To be freed; NULL: none. */
static char *
old_label(struct img_tree *files)
{
	struct img_report *rep = files && files->ops->describe ? img_report_new() : NULL;
	const char *label = NULL;
	char *ret;

	if (rep && !files->ops->describe(files, img_report_root(rep), NULL))
		label = img_rep_get_str(img_report_root(rep), "label");
	ret = label && *label && strlen(label) <= 60 ? strdup(label) : NULL;
	img_report_free(rep);
	return ret;
}

int
build_author_options(const struct conv_options *o, struct img_author_options *ret, struct img_err *err)
{
	*ret = (struct img_author_options) {
		.label = o->label, .n_keys = o->n_keys,
		.owner = o->owner == OWNER_KEEP ? IMG_OWNER_KEEP : o->owner == OWNER_SET ? IMG_OWNER_SET : IMG_OWNER_DEFAULT,
		.uid = o->uid, .gid = o->gid, .mode = o->mode, .file_mode = o->file_mode, .dir_mode = o->dir_mode,
	};
	return set_date(o, ret, err);
}

/* Work before the layout is a job of its own; few authors have any. */
struct ahead {
	struct tool *t;
	const struct conv_options *o;
	struct progress progress;
	bool begun;
};

static void
ahead_step(void *ctx, const struct img_progress *now)
{
	struct ahead *a = ctx;

	if (!a->begun)
		progress_begin(&a->progress, a->t, now->phase, a->o->source, a->o->dest, now->total);
	a->begun = true;
	progress_step(&a->progress, now);
}

/* The volume of @tree by @fs's author.  @old: the label of what is repacked, or NULL. */
static int
author(struct tool *t, const struct conv_options *o, const struct filesystem *fs, struct img_tree *tree, const char *old,
       struct img_source **ret, struct img_err *err)
{
	img_autofree struct img_author_key *key = NULL;
	img_autofree char *beside = beside_target(o->dest);
	bool hfs = !strcmp(fs->word, "hfs+");
	struct img_author_options a;
	struct ahead ahead = { .t = t, .o = o };
	int rc = build_author_options(o, &a, err);

	if (!rc)
		rc = img_array(o->n_keys + 1, sizeof *key, UINT64_MAX, "details", &key, err);
	if (rc)
		return rc;
	a.n_keys = 0;
	for (size_t i = 0; i < o->n_keys; i++)
		if (!img_sink_of_key(o->key[i].key))
			key[a.n_keys++] = o->key[i];
	a.size = fs->size;
	a.threads = t->o.threads;
	a.xattrs = o->xattrs_asked;
	a.work_dir = beside;
	a.keys = key;
	if (!strcmp(fs->word, "fat32"))		/* its boot sector says where it lies */
		key[a.n_keys++] = (struct img_author_key) { "hidden-sectors", fs->hidden };
	if (hfs && !a.label)
		a.label = old;
	a.progress = ahead_step;
	a.progress_ctx = &ahead;
	rc = hfs ? dress_author(o, fs->author, tree, &a, ret, err) : fs->author->author(tree, &a, ret, err);
	if (ahead.begun)
		progress_end(&ahead.progress);
	return rc;
}

int
build_open(struct tool *t, const struct conv_options *o, struct img_env *env, const struct filesystem *fs,
	   struct img_tree *files, struct img_source **ret_volume, struct img_source **ret, struct img_err *err)
{
	img_autofree char *old = old_label(files);
	img_autotree struct img_tree *tree = NULL;
	img_autounref struct img_source *volume = NULL;
	int rc;

	img_env_keep_problems(env, IMG_MAX_PROBLEMS_MAKING);
	rc = build_tree(o, env, files, &tree, err);
	if (!rc)
		rc = author(t, o, fs, tree, old, &volume, err);
	if (!rc)
		rc = filesystem_wrap(fs, volume, ret, err);
	if (!rc)
		*ret_volume = img_steal(&volume);
	return rc;
}

/* Does the folder @target lie in the folder @path?  It would become part of itself. */
static bool
holds(const char *path, const char *target)
{
	img_autofree char *source = realpath(path, NULL);
	size_t n = source ? strlen(source) : 0;
	struct stat st;

	if (!n || stat(source, &st) || !S_ISDIR(st.st_mode))
		return false;
	return n == 1 || (!strncmp(target, source, n) && (!target[n] || target[n] == '/'));
}

int
build_look(const struct conv_options *o, struct img_err *err)
{
	img_autofree char *folder = NULL, *real = NULL;
	const char *slash = strrchr(o->dest, '/'), *in = NULL;

	if (!strcmp(o->dest, "-"))
		return 0;
	folder = !slash ? strdup(".") : slash == o->dest ? strdup("/") : strndup(o->dest, (size_t)(slash - o->dest));
	real = folder ? realpath(folder, NULL) : NULL;
	if (!real)
		return 0;	/* said when the target is looked at */
	for (size_t i = 0; !in && i < o->n_sources; i++)
		in = holds(o->sources[i], real) ? o->sources[i] : NULL;
	for (size_t i = 0; !in && i < o->n_grafts; i++)
		in = holds(o->graft[i].from, real) ? o->graft[i].from : NULL;
	if (!in)
		return 0;
	img_fail(err, IMG_E_EXISTS, "lies in the source folder %s, and would become part of itself", in);
	if (err)
		err->side = IMG_SIDE_TARGET;
	return IMG_E_EXISTS;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/unit/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "img/check.h"
#include "img/env.h"
#include "img/format.h"
#include "img/job.h"
#include "img/report.h"
#include "img/source.h"
#include "img/tree.h"

struct folder {
	struct img_tree tree;
	size_t n;
	struct folder_file v[FOLDER_MAX];
};

static int
folder_list(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err)
{
	const struct folder *f = (const struct folder *)t;
	struct img_node *v = calloc(f->n ? f->n : 1, sizeof *v);

	if (!v)
		return img_fail_nomem(err);
	for (size_t i = 0; i < f->n; i++)
		v[i] = (struct img_node) {
			.id = i + 1, .type = IMG_NODE_FILE, .mode = 0644, .size = f->v[i].len, .name = f->v[i].name,
			.mtime.sec = IMG_NO_TIME, .atime.sec = IMG_NO_TIME, .ctime.sec = IMG_NO_TIME, .btime.sec = IMG_NO_TIME,
		};
	*ret = (struct img_nodes) { f->n, v, NULL };
	return 0;
}

static int
folder_content(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err)
{
	const struct folder *f = (const struct folder *)t;

	if (stream)
		return img_fail(err, IMG_E_UNKNOWN, "no such stream");
	return img_memory(t->env, f->v[id - 1].bytes, f->v[id - 1].len, false, ret, err);
}

static void
folder_destroy(struct img_tree *t)
{
	free(t);
}

static const struct img_tree_ops folder_ops = { .list = folder_list, .content = folder_content, .destroy = folder_destroy };

struct img_tree *
folder_new(struct img_env *env, const struct folder_file *files, size_t n)
{
	struct folder *f = calloc(1, sizeof *f);

	if (!f)
		return NULL;
	img_tree_init(&f->tree, &folder_ops, env, "folder");
	f->n = n;
	memcpy(f->v, files, n * sizeof *files);
	return &f->tree;
}

/* ---- looking ---- */

static void
has_words(int rc, const struct img_err *err)
{
	if (!rc || (rc == (int)err->code && err->msg[0]))
		return;
	fprintf(stderr, "a failure without its message\n");
	abort();
}

static void
read_some(struct img_source *s)
{
	static uint8_t buf[70000];
	struct img_err err = { 0 };
	size_t n = s->size < sizeof buf ? (size_t)s->size : sizeof buf;

	has_words(img_source_read(s, 0, buf, n, &err), &err);
	has_words(img_source_read(s, s->size - n, buf, n, &err), &err);
	if (n > 3000)
		has_words(img_source_read(s, 2047, buf, 3, &err), &err);
}

static void
run_checks(const struct img_image *im)
{
	struct img_checks list = { 0 };
	struct img_err err = { 0 };

	has_words(img_image_checks(im, &list, &err), &err);
	for (size_t i = 0; i < list.n; i++)
		read_some(list.v[i].over);
	img_checks_done(&list);
}

static void
take_tracks(const struct img_image *im)
{
	for (unsigned int i = 1; im->n && i <= 99; i++) {
		struct img_source *track = NULL;
		struct img_err err = { 0 };
		char number[8];
		int rc;

		snprintf(number, sizeof number, "%u", i);
		rc = img_source_track(im->layer[im->n - 1].source, number, &track, &err);
		has_words(rc, &err);
		if (rc == IMG_E_UNKNOWN)
			break;
		if (track)
			read_some(track);
		img_unref(track);
	}
}

static void
look(struct img_image *im)
{
	struct img_report *r = img_report_new();
	struct img_err err = { 0 };

	for (unsigned int i = 0; i < im->n; i++)
		if (im->layer[i].source->ops->describe)
			has_words(im->layer[i].source->ops->describe(im->layer[i].source, img_report_root(r), &err), &err);
	read_some(im->top);
	run_checks(im);
	take_tracks(im);
	img_report_free(r);
}

int
folder_look(struct img_tree *folder, const struct folder_file *file)
{
	struct img_source *s = NULL;
	struct img_err err = { 0 };
	struct img_image im;
	int rc = img_memory(folder->env, file->bytes, file->len, false, &s, &err);

	if (!rc)
		rc = img_image_open(s, NULL, folder, file->name, &im, &err);
	has_words(rc, &err);
	if (rc) {
		img_unref(s);
		return rc;
	}
	look(&im);
	img_image_done(&im);
	return 0;
}

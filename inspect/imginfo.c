/* SPDX-License-Identifier: BSD-2-Clause */
/* imginfo: only reads.  Every image has an environment of its own, so that its problems are its own too. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/memory.h"
#include "core/signals.h"
#include "core/verdict.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"
#include "inspect/compare.h"
#include "inspect/evidence.h"
#include "inspect/inspect.h"
#include "inspect/page.h"
#include "inspect/sumlist.h"
#include "inspect/text.h"
#include "inspect/volumes.h"

/* Is all that is asked for told by the image's own description? */
static bool
only_looks(const struct inspection *in)
{
	return !in->o->verify && !in->o->n_hashes && !in->o->straight && !in->o->compare && !in->o->report;
}

static bool
has_layer(const struct img_image *im, const struct img_format *f)
{
	for (unsigned int i = 0; i < im->n; i++)
		if (!strcmp(im->layer[i].format->name, f->name))
			return true;
	return false;
}

/* Does the name, as "x.dmg.xz", promise a container that the head of a stream did not show?  It may be known by its end, and
 * begin like another image. */
static bool
promises_more(const struct inspection *in)
{
	const struct img_image *im = &in->arg.image;
	img_autofree char *name = NULL;
	bool cut = false;

	for (unsigned int i = 0; i < im->n; i++)
		cut = cut || im->layer[i].source->flags & IMG_HEAD_ONLY;
	name = cut ? strdup(im->entered ? im->name : in->path) : NULL;
	for (char *dot; name && (dot = strrchr(name, '.')); *dot = '\0') {
		const struct img_format *f = img_format_promised(name);

		if (f && !has_layer(im, f))
			return true;
	}
	return false;
}

/* The containers; of a stream only its head, if that will do. */
static int
open_containers(struct inspection *in, struct img_err *err)
{
	int rc;

	img_env_set_peek(in->env, only_looks(in) ? IMG_PEEK_ONLY : IMG_PEEK_NOT);
	rc = image_arg_open(&in->arg, in->t->o.from, err);
	if (rc || !promises_more(in))
		return rc;
	rc = image_arg_settle(&in->arg, err);
	return rc ? rc : image_arg_open(&in->arg, in->t->o.from, err);
}

/* Volumes whose first sector cannot be had within the budget: a big chunk around it would have to be decoded. */
static void
tell_unseen(struct inspection *in)
{
	const struct img_volumes *list = &in->arg.volumes;
	uint8_t sector[512];

	for (size_t i = 0; in->arg.listed && in->arg.image.n && i < list->n; i++) {
		const struct img_volume *v = &list->v[i];

		if (!v->fs && v->part && v->len >= sizeof sector &&
		    img_source_read(in->arg.image.top, v->off, sector, sizeof sector, NULL) == IMG_E_LIMIT)
			img_problem(in->env, IMG_NOTE, "not-examined", "partition %" PRIu32 " was not looked into: that would mean "
				    "decoding a big part of the image, as --verify does", v->part->index);
	}
}

/* The volumes are a courtesy of the plain report: reading may not take long, and failing to is not the image's fault. */
static int
list_volumes(struct inspection *in, struct img_err *err)
{
	bool only_looks = !in->o->verify && !in->o->n_hashes && !in->o->report;
	int rc;

	if (only_looks)
		img_env_set_budget(in->env, !image_arg_is_plain(&in->arg) ? IMG_LOOK_BUDGET : 4 * IMG_PROBE_BUDGET);
	rc = image_arg_volumes(&in->arg, true, err);
	if (!rc && in->arg.only)	/* listed without, to find it */
		in->arg.volumes.v[in->arg.only - in->arg.volumes.v].fs = img_fs_probe(in->arg.sectors);
	if (only_looks)
		tell_unseen(in);
	img_env_set_budget(in->env, IMG_NO_BUDGET);
	return rc == IMG_E_LIMIT && only_looks ? 0 : rc;
}

static int
open_image(struct inspection *in, struct img_err *err)
{
	int rc = image_arg_file(&in->arg, in->env, in->path, err);

	img_env_set_keep_damaged(in->env, in->o->verify);
	in->arg.fs_volume = in->t->o.fs_volume;
	in->arg.snapshot = in->t->o.snapshot;
	in->arg.names = (enum img_names)in->t->o.names;
	if (!rc)
		rc = open_containers(in, err);
	if (!rc)
		rc = in->o->map || in->o->n_hashes ? image_arg_pick(&in->arg, in->t->o.partition, err)
						   : image_arg_pick_files(&in->arg, in->t->o.partition, err);
	if (!rc && !in->o->straight)
		rc = list_volumes(in, err);
	if (!rc && !in->o->straight)
		rc = image_arg_checks(&in->arg, &in->checks, err);
	if (!rc && !in->o->straight)
		rc = volumes_open(in, err);
	return rc;
}

static int
examine(struct inspection *in, struct img_err *err)
{
	int rc = tool_env(in->t, &in->env, err);

	if (!rc)
		rc = open_image(in, err);
	if (!rc && in->o->map)
		rc = inspect_map(in, err);
	if (!rc && (in->o->list || in->o->tree))
		rc = inspect_list(in, err);
	if (!rc && in->o->compare)
		rc = inspect_compare(in, err);
	if (in->o->plist && (!rc || (rc == IMG_E_KEY && in->arg.bundle))) {	/* a bundle's is no secret */
		*err = (struct img_err) { 0 };
		rc = inspect_plist(in, err);
	}
	if (!rc && in->o->cat)
		rc = inspect_cat(in, err);
	if (!rc && in->o->verify)
		rc = evidence_gather(in, err);
	if (!rc && in->o->verify)
		rc = evidence_map(in, err);
	if (!rc && (in->o->verify || in->o->n_hashes))
		rc = inspect_verify(in, err);
	if (rc == IMG_E_UNKNOWN && in->o->verify && sumlist_is(in)) {
		*err = (struct img_err) { 0 };
		rc = sumlist_run(in, err);
	}
	return rc;
}

/* What the image is good for, in one message; JSON carries the same. */
static const char *
hint_for(const struct inspection *in)
{
	if (in->status == STATUS_NOT_RECOGNISED && !in->t->o.from && in->arg.file && !in->arg.opened &&
	    !strstr(in->err.msg, "-f raw") && !strstr(in->err.msg, "cannot read") && !strstr(in->err.msg, "plain text") &&
	    !strstr(in->err.msg, "says which"))
		return "-f raw takes the file as plain sectors";
	return NULL;
}

/* Messages about @in on stderr; JSON has its problems inside. */
static void
say(struct inspection *in)
{
	if (in->env && !in->t->o.json)
		tool_problems(in->t, in->env, in->path);
	if (in->checked && !in->t->o.json)
		verdict_say(in->t, &in->checks, in->path, 0);
	/* a check that failed is told already, but for those of a stream that is no image without them */
	if (in->status && in->err.code && (in->err.code != IMG_E_CHECKSUM || !in->checked || in->sumlist || in->compared))
		tool_fail(in->t, &in->err, in->path, hint_for(in));
}

static int
print(struct inspection *in, const struct img_rep *doc, struct img_err *err)
{
	int rc = 0;

	if (in->compared)
		text_compare(in);
	else if (in->o->field)
		rc = in->arg.opened ? inspect_field(in, doc, err) : 0;
	else if (in->o->partitions)
		inspect_text_partitions(in, doc);
	else if (in->o->boot && in->arg.opened)
		text_boot(in, doc);
	else
		inspect_text(in, doc);
	return rc;
}

/* What a page draws, also of an image that failed; an error of looking counts only where there was none before. */
static int
look_for_page(struct inspection *in, int rc)
{
	struct img_err err = { 0 };
	int more = page_look(in, &err);

	if (!rc && more)
		in->err = err;
	return rc ? rc : more;
}

/* What goes wrong with writing is told at the end. */
static void
print_page(struct inspection *in, struct img_report *doc)
{
	page_image(in->o->page, in, doc && img_report_ok(doc) ? img_report_root(doc) : NULL);
	page_looked(in);
}

int
inspect_image(struct tool *t, const struct info_options *o, const char *path, struct img_report **ret)
{
	struct inspection in = { .t = t, .o = o, .path = path };
	int rc = examine(&in, &in.err);

	*ret = NULL;
	if (o->page)
		rc = look_for_page(&in, rc);
	if (rc)
		in.status = status_of(rc);
	else if (in.partial)
		in.status = STATUS_PARTIAL;
	if (!(o->straight && !rc))
		*ret = inspect_report(&in);	/* may find problems: before they are said */
	say(&in);
	if (o->page)
		print_page(&in, *ret);
	else if (*ret && !t->o.json && !o->straight && !in.sumlist) {
		rc = print(&in, img_report_root(*ret), &in.err);
		if (rc)
			in.status = status_worse(in.status, tool_fail(t, &in.err, path, NULL));
	}
	img_checks_done(&in.checks);
	img_report_free(in.rows);
	img_report_free(in.compared);
	volumes_done(&in);
	image_arg_done(&in.arg);
	tool_env_free(in.env);
	return in.status;
}

/* The documents of several images are one array. */
static int
inspect_each(struct tool *t, const struct info_options *o)
{
	struct img_report *doc;
	int status = STATUS_OK;
	bool array = t->o.json && o->n_images > 1 && !o->straight;

	if (array)
		puts("[");
	for (int i = 0; i < o->n_images && !signals_caught(); i++) {
		if (i > 0 && !o->field && !o->n_hashes && !o->straight && (array || !o->report))
			puts(array ? "," : "");
		status = status_worse(status, inspect_image(t, o, o->images[i], &doc));
		if (t->o.json && doc)
			status = status_worse(status, tool_print_json(t, img_report_root(doc), false));
		img_report_free(doc);
	}
	if (array)
		puts("]");
	return status;
}

/* One page about all of them. */
static int
inspect_all(struct tool *t, struct info_options *o)
{
	const char *where = o->report && !strcmp(o->report, "-") ? "standard output" : o->report;
	struct img_err err = { 0 };
	int rc, status;

	if (!o->report)
		return inspect_each(t, o);
	rc = page_begin(t, o, &o->page, &err);
	if (rc)
		return tool_fail(t, &err, where, rc == IMG_E_EXISTS && !o->overwrite ? "-y replaces it" : NULL);
	status = inspect_each(t, o);
	rc = signals_caught() ? img_fail(&err, IMG_E_CANCELLED, "cancelled") : page_commit(o->page, &err);
	if (rc)
		status = status_worse(status, tool_fail(t, &err, where, NULL));
	o->page = page_free(o->page);
	return status;
}

int
info_run(struct tool *t, int argc, char **argv, struct img_err *err)
{
	struct info_options o;
	int rc;

	if (argc < 2) {
		info_usage(stderr);
		return STATUS_USAGE;
	}
	rc = info_options_parse(t, argc, argv, &o, err);
	if (!rc)
		rc = tool_ready(t, err);
	if (rc)
		return tool_fail(t, err, NULL, t->hint[0] ? t->hint : NULL);
	if (t->o.help && t->o.topic)
		return info_help_topic(t);
	if (t->o.help) {
		info_help(stdout);
		return STATUS_OK;
	}
	if (t->o.version)
		return tool_print_version(t);
	if (t->o.list_formats)
		return tool_list_formats(t);
	return inspect_all(t, &o);
}

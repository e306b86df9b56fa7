/* SPDX-License-Identifier: BSD-2-Clause */
/* imgconv IMAGE dir/, imgconv x IMAGE -C dir, imgconv IMAGE out.tar.zst: open the image, find its files, take them out. */
#include "config.h"

#include "convert/job_extract.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/options.h"
#include "convert/parts.h"
#include "convert/select.h"
#include "convert/target.h"
#include "core/image_arg.h"
#include "core/image_tree.h"
#include "core/progress.h"
#include "core/text.h"
#include "img/env.h"
#include "img/out.h"
#include "img/report.h"
#include "img/source.h"
#include "img/tree.h"

struct job {
	struct tool *t;
	const struct conv_options *o;
	struct img_env *env;
	struct image_arg source;
	struct target target;		/* of an archive */
	struct parts parts;		/* which may be split */
	struct img_extract x;
	double elapsed;
	char hint[160];
	int status;
	struct img_err err;
};

/* ---- open ---- */

static int
look(struct job *j, struct img_err *err)
{
	const char *source = j->o->source;
	struct stat st;
	bool known = image_arg_stat(source, &st);
	int rc;

	if (!known && !img_is_url(source))
		return img_fail_sys(err, errno, "cannot open it");
	if (!j->o->archive_format)
		return 0;
	rc = parts_name(j->o, &j->parts, err);
	if (!rc)
		rc = parts_choose(j->o, NULL, &j->parts, err);
	if (!rc)
		rc = target_look(j->parts.first ? j->parts.first : j->o->dest, known ? &st : NULL, j->o->overwrite,
				 false, &j->target, err);
	if (rc == IMG_E_EXISTS && !strstr(err->msg, "source itself"))
		snprintf(j->hint, sizeof j->hint, "-y replaces it");
	return rc;
}

static int
open_tree(struct job *j, struct img_err *err)
{
	int rc = image_arg_file(&j->source, j->env, j->o->source, err);

	j->source.fs_volume = j->t->o.fs_volume;
	j->source.snapshot = j->t->o.snapshot;
	j->source.names = (enum img_names)j->t->o.names;
	if (!rc)
		rc = image_arg_open(&j->source, j->t->o.from, err);
	if (!rc)
		rc = image_arg_pick_files(&j->source, j->t->o.partition, err);
	if (!rc)
		rc = image_arg_tree(&j->source, j->o->view, j->o->session, &j->x.tree, err);
	return rc;
}

/* ---- move ---- */

/* As root owners are kept unless that is declined; what could hand out rights, only when asked for. */
static void
set_options(struct job *j)
{
	const struct conv_options *o = j->o;
	bool root = geteuid() == 0, archive = o->archive_format;

	j->x.patterns = o->pattern;
	j->x.n_patterns = o->n_patterns;
	j->x.strip = o->strip;
	j->x.xattrs = o->xattrs;
	j->x.forks = o->forks;
	j->x.overwrite = o->overwrite;
	j->x.sparse = o->sparse;
	j->x.ignore_errors = o->ignore_errors;
	j->x.threads = j->t->o.threads;
	j->x.owner = o->owner != OWNER_DROP && (archive || root);
	j->x.special = archive || (root && o->owner == OWNER_KEEP);
	j->x.expect = j->source.sectors->size;
}

static int
to_archive(struct job *j, struct img_err *err)
{
	struct img_out *out = NULL;
	int rc = parts_open(&j->parts, &j->target, j->o->overwrite, &out, err);

	if (!rc)
		rc = img_extract_archive(&j->x, out, j->o->archive_format, j->o->archive_filter, err);
	if (!rc)
		rc = img_out_commit(out, err);
	img_out_free(out);
	return rc;
}

static int
move(struct job *j, struct img_err *err)
{
	double began = progress_clock();
	struct progress progress;
	int rc;

	j->x.progress = progress_step;
	j->x.progress_ctx = &progress;
	progress_begin(&progress, j->t, "extract", j->o->source, j->o->dest, j->x.expect);
	rc = j->o->archive_format ? to_archive(j, err) : img_extract_folder(&j->x, j->o->dest, err);
	j->elapsed = progress_clock() - began;
	progress_end(&progress);
	if (rc == IMG_E_EXISTS && !strstr(err->msg, "folder"))
		snprintf(j->hint, sizeof j->hint, "-y replaces what is in the way");
	if ((rc == IMG_E_FORMAT || rc == IMG_E_IO) && err->side == IMG_SIDE_SOURCE)
		snprintf(j->hint, sizeof j->hint, "--ignore-errors takes out what can be read");
	return rc;
}

/* --dry-run: count what would be taken. */
static int
count(struct job *j, struct img_err *err)
{
	const struct img_node *n;
	struct selection sel;
	struct img_walk *walk;
	const char *path;
	int rc = selection_init(&sel, j->x.patterns, j->x.n_patterns, err);

	if (rc)
		return rc;
	rc = img_walk_new(j->x.tree, &walk, err);
	while (!rc && !(rc = img_walk_next(walk, &n, &path, err)) && n) {
		path = *path && selection_has(&sel, path) ? selection_strip(path, j->x.strip) : NULL;
		if (!path)
			continue;
		j->x.files += n->type == IMG_NODE_FILE;
		j->x.folders += n->type == IMG_NODE_DIR;
		j->x.links += n->type == IMG_NODE_LINK;
		j->x.bytes += n->type == IMG_NODE_FILE ? n->size : 0;
	}
	img_walk_free(walk);
	selection_done(&sel);
	return rc;
}

static int
extract(struct job *j, struct img_err *err)
{
	int rc = look(j, err);

	if (!rc)
		rc = tool_env(j->t, &j->env, err);
	if (!rc)
		rc = open_tree(j, err);
	if (rc)
		return rc;
	set_options(j);
	rc = j->o->dry_run ? count(j, err) : move(j, err);
	if (!rc && (j->x.skipped || j->x.lost))
		j->status = STATUS_PARTIAL;
	return rc;
}

/* ---- tell ---- */

static const char *
dest_name(const struct job *j)
{
	return strcmp(j->o->dest, "-") == 0 ? "standard output" : j->o->dest;
}

/* "out/: 812 files, 77 folders, 3 links, 2.1 GiB, 3.2 s" */
static void
line(const struct job *j, FILE *f)
{
	char size[TEXT_SIZE_MAX], time[TEXT_SIZE_MAX];

	if (j->o->dry_run) {
		text_put(f, j->o->source, j->t->utf8);
		fputs(" -> ", f);
	}
	text_put(f, dest_name(j), j->t->utf8);
	fprintf(f, ": %" PRIu64 " file%s, %" PRIu64 " folder%s", j->x.files, j->x.files == 1 ? "" : "s", j->x.folders,
		j->x.folders == 1 ? "" : "s");
	if (j->x.links)
		fprintf(f, ", %" PRIu64 " link%s", j->x.links, j->x.links == 1 ? "" : "s");
	fprintf(f, ", %s", text_size(size, j->x.bytes));
	if (!j->o->dry_run)
		fprintf(f, ", %s", text_seconds(time, j->elapsed));
	fputc('\n', f);
}

static void
facts(const struct job *j, struct img_rep *r)
{
	img_rep_uint(r, "files", j->x.files);
	img_rep_uint(r, "folders", j->x.folders);
	img_rep_uint(r, "links", j->x.links);
	img_rep_uint(r, "size", j->x.bytes);
	img_rep_uint(r, "skipped", j->x.skipped);
	img_rep_uint(r, "zero_filled", j->x.lost);
	img_rep_real(r, "elapsed_s", j->elapsed);
}

static int
document(struct job *j)
{
	struct img_report *rep = img_report_new();
	struct img_rep *root = img_report_root(rep);
	int status;

	img_rep_str(root, "schema", "imgconv/1");
	img_rep_str(root, "job", "extract");
	img_rep_str(root, "source", j->o->source);
	img_rep_str(root, "target", j->o->dest);
	facts(j, root);
	tool_problems_report(j->env, root);
	img_rep_str(root, "result", status_name(j->status));
	if (j->err.code) {
		struct img_rep *e = img_rep_obj(root, "error");

		img_rep_str(e, "code", status_name(j->status));
		img_rep_int(e, "exit", j->status);
		img_rep_str(e, "message", j->err.msg);
	}
	status = tool_print_json(j->t, root, false);
	img_report_free(rep);
	return status;
}

static int
tell(struct job *j)
{
	if (j->t->o.json)
		return status_worse(j->status, document(j));
	if (j->err.code)
		return j->status;
	if (j->o->dry_run) {
		line(j, stdout);
		return j->status;
	}
	if (j->t->events) {
		struct img_rep *r;
		struct img_report *rep = event_new("done", &r);

		img_rep_str(r, "target", j->o->dest);
		facts(j, r);
		event_send(j->t, rep);
	}
	if (!j->t->wordless && !j->t->o.quiet)
		line(j, stderr);
	return j->status;
}

int
extract_run(struct tool *t, const struct conv_options *o)
{
	struct job j = { .t = t, .o = o, .target = { .fd = -1 } };
	int rc = extract(&j, &j.err), status;
	bool warned = j.env && tool_problems(t, j.env, o->source);

	if (!rc && warned && t->o.strict)
		rc = img_fail(&j.err, IMG_E_FORMAT, "there were warnings, and --strict was given");
	if (rc)
		j.status = tool_fail(t, &j.err, j.err.side == IMG_SIDE_TARGET ? dest_name(&j) : o->source,
				     j.hint[0] ? j.hint : NULL);
	else
		j.err = (struct img_err) { 0 };
	status = tell(&j);
	img_tree_unref(j.x.tree);
	image_arg_done(&j.source);
	target_done(&j.target);
	parts_done(&j.parts);
	tool_env_free(j.env);
	return status;
}

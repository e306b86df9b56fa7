/* SPDX-License-Identifier: BSD-2-Clause */
/* What imgconv says when it is done; see convert/outcome.h. */
#include "config.h"

#include "convert/outcome.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "convert/boot_text.h"
#include "convert/edit.h"
#include "convert/options.h"
#include "convert/parts.h"
#include "core/progress.h"
#include "core/text.h"
#include "core/tool.h"
#include "core/verdict.h"
#include "img/report.h"

#define SAY_MAX 20	/* a bad disk has thousands of damaged runs; JSON lists them all */

void
outcome_damage(struct tool *t, const struct img_job *job, const char *file)
{
	char size[TEXT_SIZE_MAX];
	size_t shown = job->n_damage < SAY_MAX ? job->n_damage : SAY_MAX;

	for (size_t i = 0; i < shown; i++)
		tool_say(t, TONE_WARNING, "zero-filled", file, NULL, "%s at offset %" PRIu64 " filled with zeros: %s",
			 text_size(size, job->damage[i].len), job->damage[i].off, job->damage[i].why);
	if (shown < job->n_damage)
		tool_say(t, TONE_WARNING, "zero-filled", file, NULL, "%zu more damaged runs, %s in all",
			 job->n_damage - shown, text_size(size, job->lost));
}

/* Bytes the target takes on disk; UINT64_MAX if that means nothing. */
static uint64_t
on_disk(const char *dest, const struct parts *parts)
{
	struct stat st;

	if (parts)
		return parts->n ? parts_on_disk(parts) : UINT64_MAX;
	if (strcmp(dest, "-") == 0 || stat(dest, &st) || !S_ISREG(st.st_mode))
		return UINT64_MAX;
	return (uint64_t)st.st_blocks * 512;
}

static void
put_count(uint64_t n, const char *what)
{
	fprintf(stderr, ", %" PRIu64 " %s%s", n, what, n == 1 ? "" : "s");
}

/* Names that readers will see changed: those of the plain tree do not count where Rock Ridge has them whole. */
static void
put_renamed(const struct img_rep *trees, const struct img_rep *renamed)
{
	bool whole = false;
	uint64_t n = 0;

	for (const struct img_rep *t = trees ? trees->first : NULL; t; t = t->next)
		whole = whole || strcmp(t->v.s, "rock-ridge") == 0;
	for (const struct img_rep *r = renamed ? renamed->first : NULL; r; r = r->next)
		if (!whole || strcmp(r->key, "iso9660"))
			n += r->v.u;
	if (n) {
		put_count(n, "name");
		fputs(" changed", stderr);
	}
}

/* ", 812 files, 77 folders, 3 links in Rock Ridge and Joliet, 2 names changed" */
static void
put_contents(const struct outcome *out)
{
	static const char *const titles[][2] = {
		{ "rock-ridge", "Rock Ridge" }, { "joliet", "Joliet" }, { "iso1999", "ISO 9660:1999" }, { "udf", "UDF" },
	};
	struct img_report *rep = img_report_new();
	struct img_rep *root = img_report_root(rep);
	const struct img_rep *trees, *renamed;
	const char *sep = " in ";

	boot_report(out->built, root);
	trees = img_rep_get(root, "trees");
	renamed = img_rep_get(root, "renamed");
	if (img_rep_get(root, "files")) {
		put_count(img_rep_get_uint(root, "files", 0), "file");
		put_count(img_rep_get_uint(root, "directories", 0), "folder");
	}
	if (img_rep_get_uint(root, "links", 0))
		put_count(img_rep_get_uint(root, "links", 0), "link");
	for (size_t i = 0; trees && trees->first != trees->last && i < sizeof titles / sizeof *titles; i++)
		for (const struct img_rep *t = trees->first; t; t = t->next)
			if (strcmp(t->v.s, titles[i][0]) == 0) {
				fprintf(stderr, "%s%s", sep, titles[i][1]);
				sep = " and ";
			}
	put_renamed(trees, renamed);
	img_report_free(rep);
}

/* "App.img: raw, 3.1 GiB (412 MiB on disk), 8.1 s" */
static void
closing_line(struct tool *t, const struct conv_options *o, const struct outcome *out)
{
	char size[TEXT_SIZE_MAX], disk[TEXT_SIZE_MAX], time[TEXT_SIZE_MAX], hex[2 * IMG_DIGEST_MAX + 1];
	uint64_t stored = on_disk(o->dest, out->parts);

	text_put(stderr, strcmp(o->dest, "-") == 0 ? "standard output" : out->parts ? out->parts->first : o->dest, t->utf8);
	fprintf(stderr, ": %s, %s", out->format, text_size(size, out->size));
	if (out->parts && out->parts->n > 1)
		fprintf(stderr, " in %zu parts", out->parts->n);
	if (stored < out->size)
		fprintf(stderr, " (%s on disk)", text_size(disk, stored));
	if (out->built)
		put_contents(out);
	fprintf(stderr, ", %s", text_seconds(time, out->elapsed));
	if (out->tap.digest)
		fprintf(stderr, ", %s %s", out->tap.digest->name,
			text_hex(hex, out->tap.found, out->tap.digest->size));
	fputc('\n', stderr);
}

static void
report_parts(const struct outcome *out, struct img_rep *root)
{
	struct img_rep *list = out->parts && out->parts->n ? img_rep_arr(root, "parts") : NULL;

	for (size_t i = 0; list && i < out->parts->n; i++) {
		char *name = out->parts->name(out->parts->path, i);

		img_rep_str(list, NULL, name);
		free(name);
	}
}

static void
done_event(struct tool *t, const struct conv_options *o, const struct outcome *out)
{
	char hex[2 * IMG_DIGEST_MAX + 1];
	struct img_rep *r;
	struct img_report *rep = event_new("done", &r);

	img_rep_str(r, "target", o->dest);
	report_parts(out, r);
	img_rep_uint(r, "size", out->size);
	if (out->tap.digest)
		img_rep_str(r, out->tap.digest->name, text_hex(hex, out->tap.found, out->tap.digest->size));
	img_rep_real(r, "elapsed_s", out->elapsed);
	event_send(t, rep);
}

/* --dry-run: what would be done, on standard output. */
static void
plan_text(struct tool *t, const struct conv_options *o, const struct outcome *out)
{
	char size[TEXT_SIZE_MAX], need[TEXT_SIZE_MAX], room[TEXT_SIZE_MAX];

	text_put(stdout, o->source, t->utf8);
	fputs(" -> ", stdout);
	text_put(stdout, o->dest, t->utf8);
	printf(": %s, %s", out->format, text_size(size, out->size));
	if (out->need < out->size)
		printf(" (at most %s on disk)", text_size(need, out->need));
	if (out->free != UINT64_MAX)
		printf("; %s free: %s", text_size(room, out->free), out->need <= out->free ? "fits" : "does not fit");
	putchar('\n');
	if (out->edit)
		edit_tell(out->edit, stdout);
	boot_text(t, out->built);
}

static void
report_damage(const struct img_job *job, struct img_rep *root)
{
	struct img_rep *list = img_rep_arr(root, "zero_filled");

	for (size_t i = 0; i < job->n_damage; i++) {
		struct img_rep *d = img_rep_obj(list, NULL);

		img_rep_uint(d, "offset", job->damage[i].off);
		img_rep_uint(d, "length", job->damage[i].len);
		img_rep_str(d, "message", job->damage[i].why);
	}
}

static void
report_target(const struct conv_options *o, const struct outcome *out, struct img_rep *root)
{
	uint64_t stored = on_disk(o->dest, out->parts);
	char hex[2 * IMG_DIGEST_MAX + 1];

	img_rep_str(root, "format", out->format);
	if (out->format)
		img_rep_uint(root, "size", out->size);
	if (!out->err)
		report_parts(out, root);
	if (!out->err)
		boot_report(out->built, root);
	if (o->dry_run && out->format) {
		img_rep_uint(root, "need", out->need);
		if (out->free != UINT64_MAX)
			img_rep_uint(root, "free", out->free);
	} else if (stored != UINT64_MAX && out->status != STATUS_EXISTS) {
		img_rep_uint(root, "on_disk", stored);
	}
	if (out->tap.digest && !out->err)
		img_rep_str(img_rep_obj(root, "hashes"), out->tap.digest->name,
			    text_hex(hex, out->tap.found, out->tap.digest->size));
}

static int
document(struct tool *t, const struct conv_options *o, const struct outcome *out)
{
	struct img_report *rep = img_report_new();
	struct img_rep *root = img_report_root(rep);
	int status;

	img_rep_str(root, "schema", "imgconv/1");
	img_rep_str(root, "job", o->edit ? "edit" : out->built || o->build ? "build" : "convert");
	img_rep_str(root, "source", o->source);
	img_rep_str(root, "target", o->dest);
	report_target(o, out, root);
	if (out->edit)
		edit_report(out->edit, root);
	img_rep_real(root, "elapsed_s", out->elapsed);
	if (out->checks)
		verdict_report(out->checks, img_rep_arr(root, "checks"));
	if (out->job && out->job->n_damage)
		report_damage(out->job, root);
	tool_problems_report(out->env, root);
	img_rep_str(root, "result", status_name(out->status));
	if (out->err) {
		struct img_rep *e = img_rep_obj(root, "error");

		img_rep_str(e, "code", status_name(out->status));
		img_rep_int(e, "exit", out->status);
		img_rep_str(e, "message", out->err->msg);
	}
	status = tool_print_json(t, root, false);
	img_report_free(rep);
	return status;
}

int
outcome_tell(struct tool *t, const struct conv_options *o, const struct outcome *out)
{
	if (t->o.json)
		return status_worse(out->status, document(t, o, out));
	if (out->err)
		return out->status;
	if (o->print_blocks) {
		printf("%" PRIu64 "\n", (out->size + 2047) / 2048);
		return out->status;
	}
	if (o->dry_run) {
		plan_text(t, o, out);
		return out->status;
	}
	if (t->events)
		done_event(t, o, out);
	if (!t->wordless && !t->o.quiet)
		closing_line(t, o, out);
	return out->status;
}

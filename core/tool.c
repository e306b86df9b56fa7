/* SPDX-License-Identifier: BSD-2-Clause */
/* Begin and end of both tools, exit statuses, and the answers that need no image; see core/tool.h. */
#include "config.h"

#include "core/tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/json.h"
#include "core/signals.h"
#include "core/text.h"
#include "img/codec.h"
#include "img/env.h"
#include "img/format.h"
#include "img/report.h"

const char *
status_name(int status)
{
	static const char *const names[] = {
		"ok", "failed", "usage", "not-recognised", "damaged", "password", "exists", "no-space", "partial",
		"unverifiable",
	};

	if (status >= 128)
		return "cancelled";
	return status >= 0 && status <= STATUS_UNVERIFIABLE ? names[status] : "failed";
}

int
status_of(enum img_code code)
{
	switch (code) {
	case IMG_OK:
		return STATUS_OK;
	case IMG_E_USAGE:
		return STATUS_USAGE;
	case IMG_E_UNKNOWN:
	case IMG_E_UNSUPPORTED:
		return STATUS_NOT_RECOGNISED;
	case IMG_E_FORMAT:
	case IMG_E_CHECKSUM:
		return STATUS_DAMAGED;
	case IMG_E_KEY:
		return STATUS_PASSWORD;
	case IMG_E_EXISTS:
		return STATUS_EXISTS;
	case IMG_E_NOSPACE:
		return STATUS_NO_SPACE;
	case IMG_E_UNPROVEN:
		return STATUS_UNVERIFIABLE;
	case IMG_E_CANCELLED:
		return signals_caught() ? 128 + signals_caught() : STATUS_FAILED;
	case IMG_E_IO:
	case IMG_E_NOMEM:
	case IMG_E_LIMIT:
		break;
	}
	return STATUS_FAILED;
}

int
status_worse(int a, int b)
{
	return a > b ? a : b;
}

int
tool_start(struct tool *t, const char *name, struct img_err *err)
{
	const char *threads = getenv("IMGCONV_THREADS");
	uint64_t n = 0;
	int rc = 0;

	*t = (struct tool) { .name = name, .utf8 = text_locale_utf8(), .o.progress_fd = -1,
		.password.fd = -1 };
	signals_start();
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);	/* a message is one write */
	if (threads && *threads)
		rc = cmd_number("IMGCONV_THREADS", threads, 1024, &n, err);
	t->o.threads = (unsigned int)n;
	return rc;
}

int
tool_env(struct tool *t, struct img_env **ret, struct img_err *err)
{
	struct img_limits limits;
	int rc;

	img_limits_default(&limits);
	if (t->o.max_chunk) {
		limits.max_chunk = t->o.max_chunk;
		/* an xz chunk may bring a dictionary of its own size */
		if (limits.max_decoder < t->o.max_chunk)
			limits.max_decoder = t->o.max_chunk;
	}
	rc = img_env_new(&limits, ret, err);
	if (rc)
		return rc;
	signals_cancel(*ret);
	img_env_set_repair(*ret, t->o.repair);
	password_run(&t->password, *ret);
	img_env_set_password(*ret, password_get, &t->password);
	return 0;
}

struct img_env *
tool_env_free(struct img_env *env)
{
	signals_cancel(NULL);
	return img_env_free(env);
}

int
tool_end(struct tool *t, int status)
{
	bool bad = ferror(stdout);

	password_done(&t->password);
	errno = 0;
	if (fclose(stdout) != 0 || bad) {
		if (errno != EPIPE)	/* who stopped reading knows */
			tool_say(t, TONE_ERROR, "failed", NULL, NULL, "cannot write standard output%s%s",
				 errno ? ": " : "", errno ? strerror(errno) : "");
		status = status_worse(status, STATUS_FAILED);
	}
	if (t->events && t->events != stderr)
		fclose(t->events);
	return status;
}

bool
tool_color(const struct tool *t, FILE *f)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	if (t->o.color)
		return t->o.color == 1;
	return isatty(fileno(f)) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

int
tool_print_json(struct tool *t, const struct img_rep *rep, bool compact)
{
	struct img_err err = { 0 };

	if (rep && img_report_ok(rep->report) && json_print(rep, compact, stdout))
		return STATUS_OK;
	img_fail_nomem(&err);
	return tool_fail(t, &err, NULL, NULL);
}

int
tool_print_topic(struct tool *t, const struct cmd_option *const *tables, const struct cmd_topic *topics)
{
	char list[200];

	if (strcmp(t->o.topic, "formats") == 0)
		return tool_list_formats(t);
	if (cmd_help_topic(tables, topics, t->o.topic, stdout))
		return STATUS_OK;
	tool_say(t, TONE_ERROR, "usage", NULL, NULL, "no help on \"%s\"; there is some on %s, formats, and every option",
		 t->o.topic, cmd_topic_list(topics, list, sizeof list));
	return STATUS_USAGE;
}

int
tool_print_version(struct tool *t)
{
	struct img_report *r;
	struct img_rep *list;
	int status;

	if (!t->o.json) {
		printf("%s %s\ncodecs:", t->name, PACKAGE_VERSION);
		for (size_t i = 0; img_codecs[i]; i++)
			printf(" %s", img_codecs[i]->name);
		putchar('\n');
		return STATUS_OK;
	}
	r = img_report_new();
	img_rep_str(img_report_root(r), "name", t->name);
	img_rep_str(img_report_root(r), "version", PACKAGE_VERSION);
	list = img_rep_arr(img_report_root(r), "codecs");
	for (size_t i = 0; img_codecs[i]; i++)
		img_rep_str(list, NULL, img_codecs[i]->name);
	status = tool_print_json(t, img_report_root(r), false);
	img_report_free(r);
	return status;
}

/* ---- --list-formats ---- */

static void
report_format(struct img_rep *list, const struct img_format *f)
{
	struct img_rep *o = img_rep_obj(list, NULL), *words;

	img_rep_str(o, "name", f->name);
	img_rep_str(o, "title", f->title);
	img_rep_bool(o, "read", f->open || f->enter);
	img_rep_bool(o, "write", f->sink != NULL);
	words = img_rep_arr(o, "variants");
	for (size_t i = 0; f->sink_variants && f->sink_variants[i]; i++)
		img_rep_str(words, NULL, f->sink_variants[i]);
	img_rep_str(o, "suffixes", f->suffixes ? f->suffixes : "");
	img_rep_str(o, "mime", f->mime ? f->mime : "application/octet-stream");
}

static void
print_format(const struct img_format *f)
{
	printf("%-12s %-5s %-6s %-16s %s\n", f->name, f->open || f->enter ? "yes" : "-", f->sink ? "yes" : "-",
	       f->suffixes ? f->suffixes : "", f->title);
	for (size_t i = 0; f->sink_variants && f->sink_variants[i]; i++)
		printf("  %-10s %-5s %-6s\n", f->sink_variants[i], "", f->sink ? "yes" : "-");
}

static void
print_names(const char *title, const struct img_format *const *list)
{
	printf("%s:", title);
	for (; *list; list++)
		printf(" %s", (*list)->name);
	putchar('\n');
}

static void
report_names(struct img_rep *root, const char *key, const struct img_format *const *list)
{
	struct img_rep *names = img_rep_arr(root, key);

	for (; *list; list++)
		img_rep_str(names, NULL, (*list)->name);
}

/* One name may stand for several signatures. */
static bool
is_named_before(size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(img_recognised(k)->name, img_recognised(i)->name))
			return true;
	return false;
}

static void
print_formats(void)
{
	printf("%-12s %-5s %-6s %-16s %s\n", "format", "reads", "writes", "suffixes", "");
	for (size_t i = 0; img_containers[i]; i++)
		print_format(img_containers[i]);
	print_names("partition tables", img_partition_tables);
	print_names("file systems", img_file_systems);
	fputs("only recognised:", stdout);
	for (size_t i = 0; img_recognised(i); i++)
		if (!is_named_before(i))
			printf(" %s", img_recognised(i)->name);
	putchar('\n');
}

int
tool_list_formats(struct tool *t)
{
	struct img_report *r;
	struct img_rep *list;
	int status;

	if (!t->o.json) {
		print_formats();
		return STATUS_OK;
	}
	r = img_report_new();
	list = img_rep_arr(img_report_root(r), "formats");
	for (size_t i = 0; img_containers[i]; i++)
		report_format(list, img_containers[i]);
	report_names(img_report_root(r), "partition_tables", img_partition_tables);
	report_names(img_report_root(r), "file_systems", img_file_systems);
	list = img_rep_arr(img_report_root(r), "recognised");
	for (size_t i = 0; img_recognised(i); i++)
		if (!is_named_before(i))
			img_rep_str(list, NULL, img_recognised(i)->name);
	status = tool_print_json(t, img_report_root(r), false);
	img_report_free(r);
	return status;
}

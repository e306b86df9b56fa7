/* SPDX-License-Identifier: BSD-2-Clause */
/* imgconv: makes or changes disk images. */
#include "config.h"

#include <stdlib.h>

#include "convert/as.h"
#include "convert/as_hdiutil.h"
#include "convert/convert.h"
#include "convert/job_extract.h"
#include "convert/options.h"
#include "core/memory.h"
#include "core/signals.h"
#include "core/tool.h"

/* The options of the command, whoever's words they are; *@ret_status: nothing is left to do, and how it ended. */
static int
parse(struct tool *t, int argc, char **argv, struct conv_options *o, int *ret_status, struct img_err *err)
{
	struct as_call as;
	int rc = as_find(t, argc, argv, &as, err);

	if (rc)
		return rc;
	if (!as.tool && argc < 2) {
		conv_usage(stderr);
		*ret_status = STATUS_USAGE;
		return 0;
	}
	if (!as.tool)
		return conv_options_parse(t, argc, argv, o, err);
	rc = as.tool->parse(t, &as, o, err);
	if (as.done)
		*ret_status = as.status;
	return rc;
}

static int
job(struct tool *t, int argc, char **argv, struct conv_options *o, struct img_err *err)
{
	int status = -1, rc = parse(t, argc, argv, o, &status, err);

	if (!rc && status >= 0)
		return status;
	if (!rc)
		rc = tool_ready(t, err);
	if (rc)
		return tool_fail(t, err, NULL, t->hint[0] ? t->hint : NULL);
	if (t->o.help && t->o.topic)
		return conv_help_topic(t);
	if (t->o.help) {
		conv_help(stdout);
		return STATUS_OK;
	}
	if (t->o.version)
		return tool_print_version(t);
	if (t->o.list_formats)
		return tool_list_formats(t);
	status = o->extract ? extract_run(t, o) : convert_run(t, o);
	if (status == STATUS_OK || status == STATUS_PARTIAL)
		hdiutil_created(o);
	return status;
}

static int
run(struct tool *t, int argc, char **argv, struct img_err *err)
{
	img_autofree struct conv_options *o = calloc(1, sizeof *o);	/* too large for a small stack */
	int status;

	if (o)
		o->arena = img_arena_new();
	if (!o || !o->arena) {
		img_fail_nomem(err);
		return tool_fail(t, err, NULL, NULL);
	}
	finder_options_default(&o->finder);
	status = job(t, argc, argv, o, err);
	o->arena = img_arena_free(o->arena);
	return status;
}

int
main(int argc, char **argv)
{
	struct img_err err = { 0 };
	struct tool t;
	int status, rc = tool_start(&t, "imgconv", &err);

	status = rc ? tool_fail(&t, &err, NULL, NULL) : run(&t, argc, argv, &err);
	if (status != STATUS_OK && signals_caught())
		status = 128 + signals_caught();
	return tool_end(&t, status);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* imgconv: makes or changes disk images. */
#include "config.h"

#include <stdlib.h>

#include "convert/convert.h"
#include "convert/job_extract.h"
#include "convert/options.h"
#include "core/memory.h"
#include "core/signals.h"
#include "core/tool.h"

static int
run(struct tool *t, int argc, char **argv, struct img_err *err)
{
	img_autofree struct conv_options *o = calloc(1, sizeof *o);	/* too large for a small stack */
	int rc;

	if (argc < 2) {
		conv_usage(stderr);
		return STATUS_USAGE;
	}
	rc = o ? conv_options_parse(t, argc, argv, o, err) : img_fail_nomem(err);
	if (!rc)
		rc = tool_ready(t, err);
	if (rc)
		return tool_fail(t, err, NULL, t->hint[0] ? t->hint : NULL);
	if (t->o.help) {
		conv_help(stdout);
		return STATUS_OK;
	}
	if (t->o.version)
		return tool_print_version(t);
	if (t->o.list_formats)
		return tool_list_formats(t);
	return o->extract ? extract_run(t, o) : convert_run(t, o);
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

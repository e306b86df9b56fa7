/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "core/signals.h"
#include "core/tool.h"
#include "inspect/inspect.h"

int
main(int argc, char **argv)
{
	struct img_err err = { 0 };
	struct tool t;
	int status, rc = tool_start(&t, "imginfo", &err);

	status = rc ? tool_fail(&t, &err, NULL, NULL) : info_run(&t, argc, argv, &err);
	if (status != STATUS_OK && signals_caught())
		status = 128 + signals_caught();
	return tool_end(&t, status);
}

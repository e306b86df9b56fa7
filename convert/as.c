/* SPDX-License-Identifier: BSD-2-Clause */
/* Which tool's words a command is made of; see convert/as.h. */
#include "config.h"

#include "convert/as.h"

#include <stdio.h>
#include <string.h>

#include "convert/as_create_dmg.h"
#include "convert/as_hdiutil.h"
#include "convert/as_mkisofs.h"
#include "core/tool.h"

const struct as_tool *const as_tools[] = {
	&as_mkisofs,
	&as_create_dmg,
	&as_hdiutil,
	NULL,
};

/* The row of @name; the spelling of the table goes to @ret_name. */
static const struct as_tool *
find_tool(const char *name, const char **ret_name)
{
	for (const struct as_tool *const *t = as_tools; *t; t++)
		for (const char *const *n = (*t)->names; *n; n++)
			if (strcmp(*n, name) == 0) {
				*ret_name = *n;
				return *t;
			}
	return NULL;
}

static int
unknown_tool(struct tool *t, const char *name, struct img_err *err)
{
	char list[120] = "";

	for (const struct as_tool *const *a = as_tools; *a; a++)
		for (const char *const *n = (*a)->names; *n; n++) {
			size_t k = strlen(list);

			snprintf(list + k, sizeof list - k, "%s%s", k ? ", " : "", *n);
		}
	snprintf(t->hint, sizeof t->hint, "this build knows the words of %s", list);
	return img_fail(err, IMG_E_USAGE, "--as %.40s: imgconv does not stand in for that tool", name);
}

int
as_find(struct tool *t, int argc, char **argv, struct as_call *ret, struct img_err *err)
{
	const char *slash = argc ? strrchr(argv[0], '/') : NULL, *name;
	int skip;

	*ret = (struct as_call) { .argc = argc, .argv = argv };
	if (argc < 1)
		return 0;
	ret->tool = find_tool(slash ? slash + 1 : argv[0], &ret->name);
	if (ret->tool || argc < 2)
		return 0;
	if (strncmp(argv[1], "--as", 4) != 0 || (argv[1][4] && argv[1][4] != '='))
		return 0;
	name = argv[1][4] ? argv[1] + 5 : argc > 2 ? argv[2] : NULL;
	if (!name)
		return img_fail(err, IMG_E_USAGE, "--as needs a value (TOOL)");
	skip = argv[1][4] ? 1 : 2;
	ret->tool = find_tool(name, &ret->name);
	ret->argc = argc - skip;
	ret->argv = argv + skip;
	return ret->tool ? 0 : unknown_tool(t, name, err);
}

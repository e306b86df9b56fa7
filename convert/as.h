/* SPDX-License-Identifier: BSD-2-Clause */
/* Standing in for other tools: their words become the options of one of our jobs, so that a script changes one word.
 *
 * "imgconv --as TOOL WORDS..." or a link of the tool's name to imgconv, whose words these are then.  A tool is a row of the
 * table in convert/as.c; what it makes of its words is an ordinary struct conv_options, and the job is the ordinary job. */
#ifndef CONVERT_AS_H
#define CONVERT_AS_H

#include <stdbool.h>

#include "img/error.h"

struct conv_options;
struct tool;

struct as_call {
	const struct as_tool *tool;	/* NULL: nobody's words but ours */
	const char *name;		/* of the names of @tool the one that was used */
	int argc;			/* its words; argv[0] stands for the name */
	char **argv;
	bool done;			/* set by parse: it has answered (help, a version), there is no job; with this status */
	int status;
};

struct as_tool {
	const char *const *names;	/* what --as takes and links are called; the first is the usual one; ends with NULL */
	const char *title;		/* for a list: "makers of ISO 9660 images" */
	/* Fill @ret (zeroed, with ret->arena for strings that must be made) and t->o, or answer at once (@call->done).
	 * A word it does not know is IMG_E_USAGE and named.  t->hint may be set on failure. */
	int (*parse)(struct tool *t, struct as_call *call, struct conv_options *ret, struct img_err *err);
};
extern const struct as_tool *const as_tools[];	/* ends with NULL */

/* Whose words are these?  By --as as the first word, or else by argv[0].  IMG_E_USAGE for a tool nobody knows. */
int as_find(struct tool *t, int argc, char **argv, struct as_call *ret, struct img_err *err);

#endif

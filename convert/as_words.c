/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "convert/as_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/options.h"
#include "core/memory.h"
#include "core/tool.h"

void
as_words_start(struct as_words *w, struct conv_options *o)
{
	w->o = o;
	w->failed = false;
	w->argc = 0;
	as_word(w, "imgconv");
}

void
as_word(struct as_words *w, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		text = NULL;
	if (text && w->argc < AS_MAX_WORDS)
		w->argv[w->argc] = img_arena_str(w->o->arena, text, (size_t)n);
	else
		w->argv[w->argc] = NULL;
	free(text);
	if (w->argv[w->argc])
		w->argv[++w->argc] = NULL;
	else
		w->failed = true;
}

int
as_words_common(struct as_words *w, struct tool *t, struct img_err *err)
{
	const struct cmd_option *const tables[] = { tool_option_table, NULL };
	struct cmdline c;
	int id, rc = w->failed ? img_fail(err, IMG_E_LIMIT, "the command is too long") : 0;

	cmd_start(&c, t->name, tables, w->argc, w->argv);
	while (!rc && (id = cmd_next(&c, err)) != CMD_END)
		rc = id < 0 ? id : tool_option(t, id, &c, err);
	return rc ? rc : tool_ready(t, err);
}

int
as_words_parse(struct as_words *w, struct tool *t, struct img_err *err)
{
	if (w->failed)
		return img_fail(err, IMG_E_LIMIT, "the command is too long");
	return conv_options_parse(t, w->argc, w->argv, w->o, err);
}

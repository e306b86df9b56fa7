/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place where the tools speak to people; see core/tool.h. */
#include "config.h"

#include <string.h>

#include "core/progress.h"
#include "core/signals.h"
#include "core/text.h"
#include "core/tool.h"
#include "img/env.h"
#include "img/report.h"

static const char *const tones[] = { "", "warning: ", "note: " };
static const char *const tone_events[] = { "error", "warning", "note" };

static void
say_event(struct tool *t, enum tone tone, const char *code, int status, const char *file, const char *hint,
	  const char *text)
{
	struct img_rep *o;
	struct img_report *r = event_new(tone_events[tone], &o);

	img_rep_str(o, "code", code);
	if (tone == TONE_ERROR)
		img_rep_int(o, "exit", status);
	if (file)
		img_rep_str(o, "path", file);
	img_rep_str(o, "message", text);
	if (hint)
		img_rep_str(o, "hint", hint);
	event_send(t, r);
}

static void
say_words(struct tool *t, enum tone tone, const char *file, const char *hint, const char *text)
{
	if (t->progress)
		progress_wipe(t->progress);
	fprintf(stderr, "%s: ", t->name);
	if (file) {
		text_put(stderr, strcmp(file, "-") == 0 ? "standard input" : file, t->utf8);
		fputs(": ", stderr);
	}
	fputs(tones[tone], stderr);
	text_put(stderr, text, t->utf8);
	fputc('\n', stderr);
	if (hint) {
		fputs("  hint: ", stderr);
		text_put(stderr, hint, t->utf8);
		fputc('\n', stderr);
	}
}

static void
say(struct tool *t, enum tone tone, const char *code, int status, const char *file, const char *hint, const char *text)
{
	if (t->events)
		say_event(t, tone, code, status, file, hint, text);
	if (!t->wordless && t->o.quiet < (tone == TONE_ERROR ? 100 : tone == TONE_WARNING ? 2 : 1))
		say_words(t, tone, file, hint, text);
}

void
tool_say(struct tool *t, enum tone tone, const char *code, const char *file, const char *hint, const char *fmt, ...)
{
	char text[1200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	say(t, tone, code, STATUS_FAILED, file, hint, text);
}

int
tool_fail(struct tool *t, const struct img_err *err, const char *file, const char *hint)
{
	int status = status_of(err->code);

	if (!hint && err->code == IMG_E_KEY && strstr(err->msg, "no terminal"))
		hint = strstr(err->msg, "new password") ? "use --new-password-file FILE or --new-password-fd N" :
		       "use --password-file FILE or --password-fd N";
	if (status < 128)
		say(t, TONE_ERROR, status_name(status), status, file, hint, err->msg);
	return status;
}

#define MAX_ALIKE 100		/* problems of one kind in a row that are shown; -v shows all */

unsigned int
tool_problems(struct tool *t, struct img_env *env, const char *file)
{
	size_t told = 0;

	return tool_new_problems(t, env, file, &told);
}

unsigned int
tool_new_problems(struct tool *t, struct img_env *env, const char *file, size_t *io_told)
{
	const struct img_problem *p;
	size_t lost, n = img_problems(env, &p, &lost), first = *io_told, alike = 0, hidden = 0;
	unsigned int warnings = 0;

	*io_told = n;
	for (size_t i = first; i < n; i++) {
		warnings += p[i].severity != IMG_NOTE;
		alike = i > first && !strcmp(p[i].code, p[i - 1].code) ? alike + 1 : 0;
		if (alike >= MAX_ALIKE && !t->o.verbose && !t->events) {
			hidden++;
			continue;
		}
		tool_say(t, p[i].severity == IMG_NOTE ? TONE_NOTE : TONE_WARNING, p[i].code, file, NULL, "%s",
			 p[i].message);
	}
	if (hidden)
		tool_say(t, TONE_WARNING, "more-problems", file, "-v or --json lists them all", "%zu more like these", hidden);
	if (lost && n > first)
		tool_say(t, TONE_WARNING, "more-problems", file, NULL, "%zu more problems are not listed", lost);
	return warnings;
}

void
tool_problems_report(struct img_env *env, struct img_rep *root)
{
	const struct img_problem *p = NULL;
	size_t lost = 0, n = env ? img_problems(env, &p, &lost) : 0;
	struct img_rep *list = img_rep_arr(root, "problems");

	for (size_t i = 0; i < n; i++) {
		struct img_rep *o = img_rep_obj(list, NULL);

		img_rep_str(o, "severity", p[i].severity == IMG_ERROR ? "error" :
			    p[i].severity == IMG_WARNING ? "warning" : "note");
		img_rep_str(o, "code", p[i].code);
		img_rep_str(o, "message", p[i].message);
	}
	if (lost)
		img_rep_uint(root, "problems_lost", lost);
}

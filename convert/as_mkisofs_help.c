/* SPDX-License-Identifier: BSD-2-Clause */
/* What mkisofs answers about itself: scripts ask for the list of options, and for a version that names the program. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "convert/as_mkisofs.h"
#include "core/tool.h"

#define COLUMN 30	/* of the explanations */
#define WIDTH 79

/* "  -V ID, -volid ID"; a long list of names is broken between them. */
static int
put_names(const struct mk_row *r)
{
	int at = 0;
	size_t n;

	for (const char *p = r->names; (n = mk_next_name(&p)); p += n) {
		int len = (int)n + 1 + (r->arg ? 1 + (int)strlen(r->arg) : 0);

		if (at && at + 2 + len >= WIDTH) {
			fputs(",\n", stdout);
			at = 0;
		}
		at += printf("%s-%.*s%s%s", at ? ", " : "  ", (int)n, p, r->arg ? " " : "", r->arg ? r->arg : "");
	}
	return at;
}

static void
put_text(const char *text, int at)
{
	if (at + 2 > COLUMN)
		at = WIDTH;
	while (*text) {
		int n = (int)strcspn(text, " ");

		if (at >= WIDTH || at + 1 + n > WIDTH) {
			putchar('\n');
			at = 0;
		}
		if (at < COLUMN)
			at += printf("%*s", COLUMN - at, "");
		else
			at += printf(" ");
		at += printf("%.*s", n, text);
		text += n;
		text += strspn(text, " ");
	}
	putchar('\n');
}

int
mk_help(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	printf("usage: imgconv --as %s [OPTIONS] SOURCE...\n"
	       "imgconv stands in for %s.  Options and what becomes of them:\n", m->call->name, m->call->name);
	for (const struct mk_row *r = mk_rows; r->names; r++)
		if (r->set != mk_refuse)
			put_text(r->says, put_names(r));
	puts("Refused, with their reasons:");
	for (const struct mk_row *r = mk_rows; r->names; r++)
		if (r->set == mk_refuse)
			put_text(r->says, put_names(r));
	m->call->done = true;
	m->call->status = STATUS_OK;
	return 0;
}

/* The version whose options these are, then who is there: what scripts look for is the program's name in front. */
int
mk_version(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	static const struct {
		const char *name, *version;
	} known[] = { { "mkisofs", "2.01" }, { "genisoimage", "1.1.11" }, { "xorrisofs", "1.5.4" }, { "xorriso", "1.5.4" } };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(m->call->name, known[i].name))
			printf("%s %s-Emulation imgconv %s\n", known[i].name, known[i].version, PACKAGE_VERSION);
	m->call->done = true;
	m->call->status = STATUS_OK;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the option table tells people: --help, and the nearest name after a typo. */
#include "config.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

#include "core/cmdline.h"

#define HELP_COLUMN 30		/* where the words begin */
#define HELP_WIDTH 80

/* "  -f, --from FORMAT" */
static int
put_names(const struct cmd_option *o, FILE *f)
{
	int n = o->letter ? fprintf(f, "  -%c, --%s", o->letter, o->name) : fprintf(f, "      --%s", o->name);

	if (o->arg && (o->flags & CMD_MAYBE))
		n += fprintf(f, "[=%s]", o->arg);
	else if (o->arg)
		n += fprintf(f, " %s", o->arg);
	return n;
}

/* Fold @text into the right-hand column; the cursor stands in column @at. */
static void
put_folded(const char *text, int at, FILE *f)
{
	if (at > HELP_COLUMN - 2) {
		fputc('\n', f);
		at = 0;
	}
	while (*text) {
		size_t room = HELP_WIDTH - HELP_COLUMN, n = strlen(text);

		if (n > room) {
			for (n = room; n && text[n] != ' '; n--)
				;
			if (n == 0)
				n = room;
		}
		fprintf(f, "%*s%.*s\n", HELP_COLUMN - at, "", (int)n, text);
		at = 0;
		text += n;
		while (*text == ' ')
			text++;
	}
}

void
cmd_help(const struct cmd_option *const *tables, FILE *f)
{
	for (const struct cmd_option *const *t = tables; *t; t++) {
		for (const struct cmd_option *o = *t; o->name; o++) {
			if (o->group)
				fprintf(f, "\n%s:\n", o->group);
			if (!(o->flags & (CMD_HIDDEN | CMD_LATER)))
				put_folded(o->help, put_names(o, f), f);
		}
	}
}

/* ---- by topic ---- */

static bool
has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = words; n && *p; p += strcspn(p, " "), p += strspn(p, " "))
		if (strcspn(p, " ") == n && strncasecmp(p, word, n) == 0)
			return true;
	return false;
}

static bool
is_listed(const struct cmd_option *o)
{
	return !(o->flags & (CMD_HIDDEN | CMD_LATER));
}

static void
put_group(const struct cmd_option *const *tables, const char *group, FILE *f)
{
	const char *now = "";

	for (const struct cmd_option *const *t = tables; *t; t++) {
		for (const struct cmd_option *o = *t; o->name; o++) {
			now = o->group ? o->group : now;
			if (strcmp(now, group) || !is_listed(o))
				continue;
			if (o->group)
				fprintf(f, "\n%s:\n", group);
			put_folded(o->help, put_names(o, f), f);
		}
	}
}

static bool
put_option(const struct cmd_option *const *tables, const char *word, FILE *f)
{
	const char *name = word + strspn(word, "-");

	for (const struct cmd_option *const *t = tables; *t; t++) {
		for (const struct cmd_option *o = *t; o->name; o++) {
			if (!is_listed(o) || !(strcmp(o->name, name) == 0 || (o->letter && o->letter == name[0] && !name[1])))
				continue;
			put_folded(o->help, put_names(o, f), f);
			return true;
		}
	}
	return false;
}

bool
cmd_help_topic(const struct cmd_option *const *tables, const struct cmd_topic *topics, const char *word, FILE *f)
{
	for (; topics->words; topics++) {
		if (!has_word(topics->words, word))
			continue;
		fputs(topics->text, f);
		for (const char *const *g = topics->groups; g && *g; g++)
			put_group(tables, *g, f);
		return true;
	}
	return put_option(tables, word, f);
}

const char *
cmd_topic_list(const struct cmd_topic *topics, char *buf, size_t room)
{
	size_t n = 0;

	buf[0] = '\0';
	for (; topics->words && n < room; topics++)
		n += (size_t)snprintf(buf + n, room - n, "%s%.*s", n ? ", " : "", (int)strcspn(topics->words, " "),
				      topics->words);
	return buf;
}

#define NEAR_MAX 32	/* longer words are compared by their first letters */

unsigned int
cmd_distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
	unsigned int d[NEAR_MAX + 1][NEAR_MAX + 1];

	if (n_a > NEAR_MAX)
		n_a = NEAR_MAX;
	if (n_b > NEAR_MAX)
		n_b = NEAR_MAX;
	for (unsigned int i = 0; i <= n_a; i++)
		d[i][0] = i;
	for (unsigned int j = 0; j <= n_b; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= n_a; i++) {
		for (size_t j = 1; j <= n_b; j++) {
			unsigned int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[n_a][n_b];
}

/* How far @typed is from @name, or from its beginning: people stop typing early. */
static unsigned int
farness(const char *typed, const char *name)
{
	size_t n = strlen(typed), m = strlen(name);
	unsigned int whole = cmd_distance(typed, n, name, m);
	unsigned int head = m > n && n >= 4 ? cmd_distance(typed, n, name, n) : whole;

	return head < whole ? head : whole;
}

bool
cmd_suggest(const struct cmd_option *const *tables, const char *typed, char *buf, size_t room)
{
	unsigned int limit = (unsigned int)strlen(typed) / 2, near[2] = { UINT_MAX, UINT_MAX };
	const char *best[2] = { NULL, NULL };

	if (limit > 3)
		limit = 3;
	for (const struct cmd_option *const *t = tables; *t; t++) {
		for (const struct cmd_option *o = *t; o->name; o++) {
			unsigned int d = farness(typed, o->name);

			if (d > limit || (o->flags & CMD_HIDDEN))
				continue;
			if (d < near[0]) {
				best[1] = best[0];
				near[1] = near[0];
				best[0] = o->name;
				near[0] = d;
			} else if (d < near[1]) {
				best[1] = o->name;
				near[1] = d;
			}
		}
	}
	if (!best[0])
		return false;
	if (best[1])
		snprintf(buf, room, "--%s or --%s", best[0], best[1]);
	else
		snprintf(buf, room, "--%s", best[0]);
	return true;
}

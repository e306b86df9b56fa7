/* SPDX-License-Identifier: BSD-2-Clause */
/* The option parser; see core/cmdline.h. */
#include "config.h"

#include "core/cmdline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/checked.h"

void
cmd_start(struct cmdline *c, const char *tool, const struct cmd_option *const *tables, int argc, char **argv)
{
	*c = (struct cmdline) { .tool = tool, .tables = tables, .argc = argc, .argv = argv, .at = 1 };
}

static const struct cmd_option *
find_long(const struct cmdline *c, const char *name, size_t n)
{
	for (const struct cmd_option *const *t = c->tables; *t; t++)
		for (const struct cmd_option *o = *t; o->name; o++)
			if (strncmp(o->name, name, n) == 0 && o->name[n] == '\0')
				return o;
	return NULL;
}

static const struct cmd_option *
find_letter(const struct cmdline *c, char letter)
{
	for (const struct cmd_option *const *t = c->tables; *t; t++)
		for (const struct cmd_option *o = *t; o->name; o++)
			if (o->letter == letter)
				return o;
	return NULL;
}

void
cmd_store(const struct cmdline *c, void *options)
{
	char *at = (char *)options + c->opt->into.off;
	const bool yes = true;

	if (c->opt->into.text)
		memcpy(at, &c->value, sizeof c->value);
	else
		memcpy(at, &yes, sizeof yes);
}

/* The option is known and @value is what came with it. */
static int
found(struct cmdline *c, const struct cmd_option *o, const char *value, struct img_err *err)
{
	if (o->flags & CMD_LATER) {
		snprintf(c->hint_text, sizeof c->hint_text, "%s --help lists what it can", c->tool);
		c->hint = c->hint_text;
		return img_fail(err, IMG_E_USAGE, "%s: this build cannot %s yet", c->shown, o->help);
	}
	c->opt = o;
	c->value = value;
	return o->id;
}

static int
unknown(struct cmdline *c, const char *name, struct img_err *err)
{
	char near[120];

	if (cmd_suggest(c->tables, name, near, sizeof near))
		return img_fail(err, IMG_E_USAGE, "unknown option --%s; did you mean %s?", name, near);
	snprintf(c->hint_text, sizeof c->hint_text, "%s --help lists the options", c->tool);
	c->hint = c->hint_text;
	return img_fail(err, IMG_E_USAGE, "unknown option --%s", name);
}

static int
next_long(struct cmdline *c, const char *word, struct img_err *err)
{
	const char *eq = strchr(word, '=');
	size_t n = eq ? (size_t)(eq - word) : strlen(word);
	const struct cmd_option *o = find_long(c, word, n);

	snprintf(c->shown, sizeof c->shown, "--%.*s", (int)(n < 70 ? n : 70), word);
	if (!o)
		return unknown(c, c->shown + 2, err);
	if (o->flags & CMD_LATER)
		return found(c, o, NULL, err);
	if (eq && !o->arg)
		return img_fail(err, IMG_E_USAGE, "%s takes no value", c->shown);
	if (eq)
		return found(c, o, eq + 1, err);
	if (!o->arg || (o->flags & CMD_MAYBE))
		return found(c, o, NULL, err);
	if (c->at >= c->argc)
		return img_fail(err, IMG_E_USAGE, "%s needs a value (%s)", c->shown, o->arg);
	return found(c, o, c->argv[c->at++], err);
}

static int
next_short(struct cmdline *c, struct img_err *err)
{
	char letter = *c->bundle++;
	const struct cmd_option *o = find_letter(c, letter);
	const char *value = NULL;
	int rc;

	snprintf(c->shown, sizeof c->shown, "-%c", letter);
	if (!o) {
		snprintf(c->hint_text, sizeof c->hint_text, "%s --help lists the options", c->tool);
		c->hint = c->hint_text;
		return img_fail(err, IMG_E_USAGE, "unknown option -%c", letter);
	}
	if (o->arg && !(o->flags & (CMD_MAYBE | CMD_LATER | CMD_BARE))) {
		if (*c->bundle)
			value = c->bundle;
		else if (c->at < c->argc)
			value = c->argv[c->at++];
		else
			return img_fail(err, IMG_E_USAGE, "%s needs a value (%s)", c->shown, o->arg);
		c->bundle = NULL;
		if (letter == 'o') {
			rc = cmd_habit_output(c, value, err);
			if (rc)
				return rc;
		}
	}
	if (c->bundle && !*c->bundle)
		c->bundle = NULL;
	return found(c, o, value, err);
}

/* A single dash before a long option's whole name: "-verify". */
static int
one_dash(struct cmdline *c, const char *word, struct img_err *err)
{
	const char *next = c->at < c->argc ? c->argv[c->at] : NULL;
	int rc = cmd_habit(c, word, next, err);
	size_t n = strcspn(word, "=");

	if (rc)
		return rc;
	if (n > 1 && find_long(c, word, n))
		return img_fail(err, IMG_E_USAGE, "-%s: options have two dashes here: --%s", word, word);
	return 0;
}

int
cmd_next(struct cmdline *c, struct img_err *err)
{
	const char *word;
	int rc;

	c->hint = NULL;
	if (c->bundle)
		return next_short(c, err);
	if (c->at >= c->argc)
		return CMD_END;
	word = c->argv[c->at++];
	if (c->operands_only || word[0] != '-' || word[1] == '\0') {
		c->opt = NULL;
		c->value = word;
		return CMD_OPERAND;
	}
	if (strcmp(word, "--") == 0) {
		c->operands_only = true;
		return cmd_next(c, err);
	}
	if (word[1] == '-')
		return next_long(c, word + 2, err);
	rc = one_dash(c, word + 1, err);
	if (rc)
		return rc;
	c->bundle = word + 1;
	return next_short(c, err);
}

/* ---- values ---- */

int
cmd_number(const char *shown, const char *text, uint64_t max, uint64_t *ret, struct img_err *err)
{
	uint64_t v = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9'; p++)
		if (!u64_mul(v, 10, &v) || !u64_add(v, (uint64_t)(*p - '0'), &v))
			break;
	if (p == text || *p)
		return img_fail(err, IMG_E_USAGE, "%s: \"%s\" is not a number", shown, text);
	if (v > max)
		return img_fail(err, IMG_E_USAGE, "%s: %s is more than %" PRIu64, shown, text, max);
	*ret = v;
	return 0;
}

static const struct {
	const char *word;
	uint64_t factor;
} units[] = {
	{ "", 1 }, { "B", 1 },
	{ "K", UINT64_C(1) << 10 }, { "KiB", UINT64_C(1) << 10 }, { "KB", UINT64_C(1000) },
	{ "M", UINT64_C(1) << 20 }, { "MiB", UINT64_C(1) << 20 }, { "MB", UINT64_C(1000000) },
	{ "G", UINT64_C(1) << 30 }, { "GiB", UINT64_C(1) << 30 }, { "GB", UINT64_C(1000000000) },
	{ "T", UINT64_C(1) << 40 }, { "TiB", UINT64_C(1) << 40 }, { "TB", UINT64_C(1000000000000) },
};

int
cmd_size(const char *shown, const char *text, uint64_t *ret, struct img_err *err)
{
	const char *p = text;
	uint64_t v = 0;
	bool fits = true;

	for (; *p >= '0' && *p <= '9'; p++)
		fits = fits && u64_mul(v, 10, &v) && u64_add(v, (uint64_t)(*p - '0'), &v);
	if (p == text)
		return img_fail(err, IMG_E_USAGE, "%s: \"%s\" is not a size (4096, 64K, 2G, 100MB)", shown, text);
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (strcasecmp(p, units[i].word) != 0)
			continue;
		if (!fits || !u64_mul(v, units[i].factor, &v))
			return img_fail(err, IMG_E_USAGE, "%s: %s is more than any file can hold", shown, text);
		*ret = v;
		return 0;
	}
	return img_fail(err, IMG_E_USAGE, "%s: \"%s\" is not a size (4096, 64K, 2G, 100MB)", shown, text);
}

int
cmd_word(const char *shown, const char *text, const char *const *words, unsigned int *ret, struct img_err *err)
{
	char list[120] = "";

	for (unsigned int i = 0; words[i]; i++) {
		size_t n = strlen(list);

		if (strcmp(words[i], text) == 0) {
			*ret = i;
			return 0;
		}
		snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "", words[i]);
	}
	return img_fail(err, IMG_E_USAGE, "%s: \"%s\" is none of %s", shown, text, list);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* create-dmg (the shell script, 1.x): "create-dmg [OPTIONS] OUTPUT.dmg FOLDER".  Options come first, and each takes as many
 * words as its row says; what it means here stands beside it.  The script works on a mounted image; nothing of that is left
 * but the options, so those that only steer it do nothing. */
#include "config.h"

#include "convert/as_create_dmg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "convert/as_words.h"
#include "convert/options.h"
#include "core/cmdline.h"
#include "core/memory.h"
#include "core/tool.h"

struct cd {
	struct tool *t;
	struct conv_options *o;
	struct as_call *call;
	struct as_words words;
	const char *window_x, *window_y, *width, *height;
	const char *volname, *format;
};

struct row {
	const char *name;
	int n;				/* words it takes */
	int (*set)(struct cd *c, char **v, struct img_err *err);	/* NULL: it does nothing here */
	const char *ours;		/* option that takes the one word as it is */
	const char *why;		/* it is refused */
};

static int
set_window_place(struct cd *c, char **v, struct img_err *err)
{
	c->window_x = v[0];
	c->window_y = v[1];
	return 0;
}

static int
set_window_size(struct cd *c, char **v, struct img_err *err)
{
	c->width = v[0];
	c->height = v[1];
	return 0;
}

static int
set_volname(struct cd *c, char **v, struct img_err *err)
{
	c->volname = v[0];
	return 0;
}

static int
set_format(struct cd *c, char **v, struct img_err *err)
{
	c->format = v[0];
	return 0;
}

static int
add_icon(struct cd *c, char **v, struct img_err *err)
{
	as_word(&c->words, "--icon=%s@%s,%s", v[0], v[1], v[2]);
	return 0;
}

static int
add_app_link(struct cd *c, char **v, struct img_err *err)
{
	as_word(&c->words, "--app-link");
	as_word(&c->words, "--icon=Applications@%s,%s", v[0], v[1]);
	return 0;
}

static int
add_quick_look(struct cd *c, char **v, struct img_err *err)
{
	as_word(&c->words, "--icon=QuickLook@%s,%s", v[0], v[1]);
	return conv_add_link(c->o, "/Library/QuickLook", "QuickLook", err);
}

static int
add_file(struct cd *c, char **v, struct img_err *err)
{
	as_word(&c->words, "--icon=%s@%s,%s", v[0], v[2], v[3]);
	return conv_add_graft(c->o, v[1], v[0], err);
}

static int
set_size(struct cd *c, char **v, struct img_err *err)
{
	as_word(&c->words, "--size=%sMB", v[0]);	/* hdiutil's "m" is 1024 * 1024, which the script takes for megabytes */
	return 0;
}

static int
set_quiet(struct cd *c, char **v, struct img_err *err)
{
	as_word(&c->words, "-q");
	return 0;
}

static int
set_file_system(struct cd *c, char **v, struct img_err *err)
{
	if (strcasecmp(v[0], "HFS+") == 0)
		return 0;
	return img_fail(err, IMG_E_UNSUPPORTED, "--filesystem %.20s: this build makes HFS+ volumes only", v[0]);
}

#define SIGNS "this program signs nothing; sign the finished image"

static const struct row rows[] = {
	{ "volname", 1, set_volname, NULL, NULL },
	{ "volicon", 1, NULL, "volume-icon", NULL },
	{ "background", 1, NULL, "background", NULL },
	{ "window-pos", 2, set_window_place, NULL, NULL },
	{ "window-size", 2, set_window_size, NULL, NULL },
	{ "text-size", 1, NULL, "text-size", NULL },
	{ "icon-size", 1, NULL, "icon-size", NULL },
	{ "icon", 3, add_icon, NULL, NULL },
	{ "hide-extension", 1, NULL, "hide-extension", NULL },
	{ "custom-icon", 4, NULL, NULL, "icons of single files are not made; put them into the folder" },
	{ "app-drop-link", 2, add_app_link, NULL, NULL },
	{ "ql-drop-link", 2, add_quick_look, NULL, NULL },
	{ "eula", 1, NULL, "license", NULL },
	{ "rez", 1, NULL, NULL, NULL },
	{ "no-internet-enable", 0, NULL, NULL, NULL },
	{ "internet-enable", 0, NULL, NULL, "macOS 10.15 and later know no such images" },
	{ "format", 1, set_format, NULL, NULL },
	{ "filesystem", 1, set_file_system, NULL, NULL },
	{ "encrypt", 0, NULL, NULL, "this build encrypts no images yet" },
	{ "encrypt-aes128", 0, NULL, NULL, "this build encrypts no images yet" },
	{ "add-file", 4, add_file, NULL, NULL },
	{ "add-folder", 4, add_file, NULL, NULL },
	{ "disk-image-size", 1, set_size, NULL, NULL },
	{ "hdiutil-verbose", 0, NULL, NULL, NULL },
	{ "hdiutil-quiet", 0, set_quiet, NULL, NULL },
	{ "hdiutil-retries", 1, NULL, NULL, NULL },
	{ "sandbox-safe", 0, NULL, NULL, NULL },
	{ "skip-jenkins", 0, NULL, NULL, "it leaves out how the window looks; leave out those options instead" },
	{ "bless", 0, NULL, NULL, NULL },
	{ "codesign", 1, NULL, NULL, SIGNS },
	{ "notarize", 1, NULL, NULL, SIGNS },
	{ 0 }
};

static int
unknown(struct cd *c, const char *word, struct img_err *err)
{
	const char *name = word + strspn(word, "-"), *best = NULL;
	unsigned int near = 1 + (unsigned int)strlen(name) / 4;

	for (const struct row *r = rows; r->name; r++) {
		unsigned int d = cmd_distance(name, strlen(name), r->name, strlen(r->name));

		if (d <= near) {
			near = d;
			best = r->name;
		}
	}
	snprintf(c->t->hint, sizeof c->t->hint, "imgconv --as create-dmg --help lists the options");
	if (best)
		return img_fail(err, IMG_E_USAGE, "unknown option %.60s of create-dmg; did you mean --%s?", word, best);
	return img_fail(err, IMG_E_USAGE, "unknown option %.60s of create-dmg", word);
}

static int
help(struct cd *c)
{
	puts("usage: imgconv --as create-dmg [OPTIONS] OUTPUT.dmg FOLDER\n"
	     "The options of create-dmg, each with as many words as it takes there:");
	for (const struct row *r = rows; r->name; r++)
		if (r->why)
			printf("  --%-20s refused: %s\n", r->name, r->why);
		else
			printf("  --%-20s %d word%s%s\n", r->name, r->n, r->n == 1 ? "" : "s",
			       r->set || r->ours ? "" : "; nothing to do here");
	c->call->done = true;
	c->call->status = STATUS_OK;
	return 0;
}

static int
set_row(struct cd *c, const struct row *r, char **v, struct img_err *err)
{
	if (r->why)
		return img_fail(err, IMG_E_USAGE, "--%s: %s", r->name, r->why);
	if (r->ours)
		as_word(&c->words, "--%s=%s", r->ours, v[0]);
	return r->set ? r->set(c, v, err) : 0;
}

static int
read_options(struct cd *c, int *io_at, struct img_err *err)
{
	struct as_call *call = c->call;

	while (*io_at < call->argc && call->argv[*io_at][0] == '-') {
		const char *word = call->argv[*io_at];
		const struct row *r = rows;
		int rc;

		if (!strcmp(word, "--help") || !strcmp(word, "-h"))
			return help(c);
		while (r->name && (strncmp(word, "--", 2) || strcmp(word + 2, r->name)))
			r++;
		if (!r->name)
			return unknown(c, word, err);
		if (*io_at + r->n >= call->argc)
			return img_fail(err, IMG_E_USAGE, "--%s needs %d word%s", r->name, r->n, r->n == 1 ? "" : "s");
		rc = set_row(c, r, call->argv + *io_at + 1, err);
		if (rc)
			return rc;
		*io_at += 1 + r->n;
	}
	return 0;
}

/* "App.dmg" without folder and suffix, as the script names a volume that is not named. */
static void
name_volume(struct cd *c, const char *dest)
{
	const char *slash = strrchr(dest, '/'), *name = slash ? slash + 1 : dest;
	size_t n = strlen(name);

	if (n > 4 && !strcmp(name + n - 4, ".dmg"))
		n -= 4;
	as_word(&c->words, "--volname=%.*s", (int)n, name);
}

static int
parse(struct tool *t, struct as_call *call, struct conv_options *ret, struct img_err *err)
{
	struct cd *c = img_arena_alloc(ret->arena, sizeof *c);
	int at = 1, rc;

	if (!c)
		return img_fail_nomem(err);
	c->t = t;
	c->o = ret;
	c->call = call;
	as_words_start(&c->words, ret);
	rc = read_options(c, &at, err);
	if (rc || call->done)
		return rc;
	if (call->argc - at != 2)
		return img_fail(err, IMG_E_USAGE, "create-dmg takes the image to write and a folder, in this order");
	if (c->volname)
		as_word(&c->words, "--volname=%s", c->volname);
	else
		name_volume(c, call->argv[at]);
	as_word(&c->words, "--window=%s,%s,%s,%s", c->window_x ? c->window_x : "10", c->window_y ? c->window_y : "60",
		c->width ? c->width : "500", c->height ? c->height : "350");
	if (!ret->finder.icon_size)
		ret->finder.icon_size = 128;
	if (!ret->finder.text_size)
		ret->finder.text_size = 16;
	ret->finder.app_link = FINDER_LINK_NO;		/* --app-link, given for a drop link, wins */
	as_word(&c->words, "-O");
	as_word(&c->words, "%s", c->format ? c->format : "UDZO");
	as_word(&c->words, "--contents-only");
	as_word(&c->words, "-o");
	as_word(&c->words, "%s", call->argv[at]);
	as_word(&c->words, "build");
	as_word(&c->words, "--");
	as_word(&c->words, "%s", call->argv[at + 1]);
	return as_words_parse(&c->words, t, err);
}

const struct as_tool as_create_dmg = {
	.names = (const char *const[]) { "create-dmg", NULL },
	.title = "a DMG of a folder",
	.parse = parse,
};

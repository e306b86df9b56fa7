/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of imgconv that are about DMGs: what Finder shows of them, a licence in front. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "convert/layout.h"
#include "convert/options.h"
#include "convert/options_tables.h"
#include "core/memory.h"

enum {
	DMG_APP_LINK = OPT_DMG, DMG_NO_APP_LINK, DMG_COLOUR, DMG_WINDOW, DMG_ICON_SIZE,
	DMG_TEXT_SIZE, DMG_ICON, DMG_HIDE_EXTENSION, DMG_LICENCE, DMG_LAYOUT,
};

const struct cmd_option conv_dmg_options[] = {
	{ OPT_KEY, 0, "case-sensitive", NULL, 0, "Building HFS+ and DMG", "names that differ only by case are two (HFSX)",
	  "case-sensitive", "yes" },
	{ DMG_APP_LINK, 0, "app-link", NULL, 0, NULL,
	  "add a link to /Applications (done anyway when there is one .app and no such link)" },
	{ DMG_NO_APP_LINK, 0, "no-app-link", NULL, 0, NULL, "never add that link" },
	{ OPT_STORE, 0, "background", "FILE", 0, NULL, "picture behind the icons; NAME@2x.png beside it is for dense screens",
	  .into = OPT_INTO(finder.background) },
	{ DMG_COLOUR, 0, "background-color", "RRGGBB", 0, NULL, "colour behind the icons" },
	{ OPT_STORE, 0, "volume-icon", "FILE", 0, NULL, "icon of the volume (.icns)",
	  .into = OPT_INTO(finder.volume_icon) },
	{ DMG_WINDOW, 0, "window", "[X,Y,]W,H", 0, NULL, "place and size of the window" },
	{ DMG_ICON_SIZE, 0, "icon-size", "N", 0, NULL, "size of the icons, 16 to 512 points" },
	{ DMG_TEXT_SIZE, 0, "text-size", "N", 0, NULL, "size of the names below them, 10 to 16 points" },
	{ DMG_ICON, 0, "icon", "NAME@X,Y", 0, NULL, "place of the icon of NAME" },
	{ DMG_HIDE_EXTENSION, 0, "hide-extension", "NAME", 0, NULL, "show NAME without its extension" },
	{ DMG_LICENCE, 0, "license", "FILE[:LANG]", 0, NULL, "text or RTF to agree to before it opens; repeatable, en, de, ja ..." },
	{ DMG_LAYOUT, 0, "layout", "FILE", 0, NULL, "all of this from an appdmg.json" },
	{ 0 }
};

/* "1,2" or "1,2,3,4" */
static int
set_window(const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	int32_t v[4];
	char end;
	int n = sscanf(c->value, "%6" SCNd32 ",%6" SCNd32 ",%6" SCNd32 ",%6" SCNd32 "%c", &v[0], &v[1], &v[2], &v[3], &end);
	bool placed = n == 4;

	if (n == 2 && sscanf(c->value, "%*d,%*d%c", &end) == 1)
		n = 0;
	if ((n != 2 && n != 4) || v[placed * 2] < 1 || v[placed * 2 + 1] < 1)
		return img_fail(err, IMG_E_USAGE, "%s %s: W,H or X,Y,W,H is expected", c->shown, c->value);
	if (placed) {
		o->finder.x = v[0];
		o->finder.y = v[1];
	}
	o->finder.width = v[placed * 2];
	o->finder.height = v[placed * 2 + 1];
	return 0;
}

static int
set_size(const struct cmdline *c, unsigned int least, unsigned int most, unsigned int *ret, struct img_err *err)
{
	uint64_t v;
	int rc = cmd_number(c->shown, c->value, most, &v, err);

	if (!rc && v < least)
		rc = img_fail(err, IMG_E_USAGE, "%s %s: %u to %u is expected", c->shown, c->value, least, most);
	if (!rc)
		*ret = (unsigned int)v;
	return rc;
}

/* "App.app@120,200"; the name may hold "@" too */
static int
add_icon(const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	const char *at = strrchr(c->value, '@');
	int32_t x, y;
	char end, *name;

	if (!at || at == c->value || sscanf(at, "@%6" SCNd32 ",%6" SCNd32 "%c", &x, &y, &end) != 2)
		return img_fail(err, IMG_E_USAGE, "%s %s: NAME@X,Y is expected", c->shown, c->value);
	name = img_arena_str(o->arena, c->value, (size_t)(at - c->value));
	return name ? conv_add_icon(o, name, x, y, err) : img_fail_nomem(err);
}

/* "eula.txt:de": what follows the last colon is a language if it could be one. */
static int
add_licence(const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	const char *colon = strrchr(c->value, ':');
	size_t n = colon ? strlen(colon + 1) : 0;
	char *file;

	if (!colon || colon == c->value || n < 2 || n > 10 ||
	    strspn(colon + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-") != n)
		return conv_add_licence(o, c->value, NULL, err);
	file = img_arena_str(o->arena, c->value, (size_t)(colon - c->value));
	return file ? conv_add_licence(o, file, colon + 1, err) : img_fail_nomem(err);
}

int
conv_set_colour(const char *shown, const char *text, struct conv_options *o, struct img_err *err)
{
	const char *digits = text + (*text == '#');
	unsigned int v;
	char end;

	if (strlen(digits) == 3 && sscanf(digits, "%3x%c", &v, &end) == 1)	/* as in CSS: each digit twice */
		v = (v & 0xf00) * 0x1100 | (v & 0xf0) * 0x110 | (v & 0xf) * 0x11;
	else if (strlen(digits) != 6 || sscanf(digits, "%6x%c", &v, &end) != 1)
		return img_fail(err, IMG_E_USAGE, "%s %s: a colour like ff8800 is expected", shown, text);
	o->finder.has_colour = true;
	o->finder.colour = v;
	return 0;
}

int
conv_set_dmg_option(int id, const struct cmdline *c, struct conv_options *o, struct img_err *err)
{
	switch (id) {
	case DMG_APP_LINK:
		o->finder.app_link = FINDER_LINK_YES;
		return 0;
	case DMG_NO_APP_LINK:
		o->finder.app_link = FINDER_LINK_NO;
		return 0;
	case DMG_COLOUR:
		return conv_set_colour(c->shown, c->value, o, err);
	case DMG_WINDOW:
		return set_window(c, o, err);
	case DMG_ICON_SIZE:
		return set_size(c, 16, 512, &o->finder.icon_size, err);
	case DMG_TEXT_SIZE:
		return set_size(c, 10, 16, &o->finder.text_size, err);
	case DMG_ICON:
		return add_icon(c, o, err);
	case DMG_HIDE_EXTENSION:
		return conv_add_hidden(o, c->value, err);
	case DMG_LICENCE:
		return add_licence(c, o, err);
	case DMG_LAYOUT:
		return layout_read(o, c->value, err);
	default:
		return img_fail(err, IMG_E_USAGE, "%s: not understood", c->shown);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A tree dressed for Finder: background, icons and their places, the volume's icon, a link to /Applications. */
#ifndef TREES_FINDER_FINDER_H
#define TREES_FINDER_FINDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_env;
struct img_tree;

struct finder_icon {
	const char *name;		/* in the root */
	int32_t x, y;			/* of its middle, from the top left of the window's inside */
};

enum finder_link { FINDER_LINK_AUTO, FINDER_LINK_YES, FINDER_LINK_NO };

#define FINDER_UNSET INT32_MIN

/* Strings are borrowed until finder_dress returns. */
struct finder_options {
	const char *background;		/* a file of the host; NULL: none */
	bool has_colour;		/* @colour: 0xRRGGBB, where there is no picture */
	uint32_t colour;
	const char *volume_icon;	/* a file of the host; NULL: none */
	int32_t x, y, width, height;	/* of the window; each may be FINDER_UNSET */
	unsigned int icon_size, text_size;	/* points; 0: Finder's own */
	enum finder_link app_link;	/* auto: when the root holds one .app and nothing called Applications */
	size_t n_icons, n_hidden;
	const struct finder_icon *icons;
	const char *const *hidden;	/* names whose extension is not shown */
};

void finder_options_default(struct finder_options *ret);
/* Do they ask for anything but a link? */
bool finder_wanted(const struct finder_options *o);

/* @below, which the result holds a reference to, dressed as @o says; @volume is the name of the volume to be.  A picture that is none, an icon file that is none, a
 * name that is not in the root: IMG_E_USAGE.  What it adds of its own accord is a note of the env ("app-link"). */
int finder_dress(struct img_tree *below, const struct finder_options *o, const char *volume, struct img_tree **ret,
		 struct img_err *err);

/* Where the picture is in the tree ("folder/file"); NULL: there is none, and nothing is to be settled. */
const char *finder_background(const struct img_tree *dressed);
/* Once it is known which numbers folder and picture have on the volume, what the volume is called and its date: completes
 * what refers to them.  Before anything of the tree is read; no size changes. */
int finder_settle(struct img_tree *dressed, const char *volume, int64_t date, uint32_t folder_id, uint32_t file_id,
		  struct img_err *err);

#endif

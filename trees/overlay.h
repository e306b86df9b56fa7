/* SPDX-License-Identifier: BSD-2-Clause */
/* Several trees as one: folders laid over each other, single files put somewhere, paths left out. */
#ifndef TREES_OVERLAY_H
#define TREES_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "img/tree.h"

/* What comes from one tree. */
struct overlay_layer {
	struct img_tree *tree;		/* borrowed; the result takes its own reference */
	struct img_node node;		/* what of it is meant: a folder's contents go to @at, all else is named @at itself */
	bool bare;			/* a folder without its contents */
	const char *at;			/* path in the result without slashes at either end; "" for the root; copied */
};

/* Folders of one path show the contents of all; of two other things with one path the later layer's is shown, and a note
 * says so ("graft-replaces").  @exclude: patterns of the shell; one without a slash is held against every name, one with a
 * slash against whole paths ("*" does not match a slash there).  An excluded folder takes all in it along.  To be
 * listed by one thread, and not while content is asked for. */
int img_overlay(struct img_env *env, const struct overlay_layer *layers, size_t n, const char *const *exclude,
		size_t n_exclude, struct img_tree **ret, struct img_err *err);

#endif

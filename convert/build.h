/* SPDX-License-Identifier: BSD-2-Clause */
/* Images made from files: sources named on the command line become one tree, an author lays it out. */
#ifndef CONVERT_BUILD_H
#define CONVERT_BUILD_H

#include <stdbool.h>

#include "img/error.h"

struct conv_options;
struct filesystem;
struct img_author_options;
struct img_env;
struct img_source;
struct img_tree;
struct tool;

/* Refuse a target that lies in one of the source folders. */
int build_look(const struct conv_options *o, struct img_err *err);

/* What the options say about owners, modes, times and the label. */
int build_author_options(const struct conv_options *o, struct img_author_options *ret, struct img_err *err);

/* The image of @o's sources, or of @files where that is not NULL (an image that is repacked), in the
 * partition map of @fs; the volume without that, to be described, goes to *ret_volume.  t->hint may be set. */
int build_open(struct tool *t, const struct conv_options *o, struct img_env *env, const struct filesystem *fs,
	       struct img_tree *files, struct img_source **ret_volume, struct img_source **ret, struct img_err *err);

#endif

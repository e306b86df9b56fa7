/* SPDX-License-Identifier: BSD-2-Clause */
/* The sources of a build command, laid over each other. */
#ifndef CONVERT_BUILD_TREE_H
#define CONVERT_BUILD_TREE_H

#include <stdbool.h>

#include "img/error.h"

struct conv_options;
struct img_env;
struct img_node;
struct img_tree;

/* What the host has under @path: a folder is a tree of its own, all else a node of the folder it lies in. */
int build_tree_host(struct img_env *env, const char *path, bool follow_links, struct img_tree **ret_tree,
		    struct img_node *ret, struct img_err *err);
/* What @o names as one tree; with @files, what an image that is repacked holds, in place of the sources. */
int build_tree(const struct conv_options *o, struct img_env *env, struct img_tree *files, struct img_tree **ret,
	       struct img_err *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of a volume by size, for a picture: of every folder the largest few, the rest summed up, so that memory does
 * not grow with the number of files. */
#ifndef INSPECT_FILE_TREE_H
#define INSPECT_FILE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_tree;

struct file_node {
	char *name;		/* of bytes, as in the image; NULL: the root */
	bool folder;
	uint64_t size, files;	/* with all that is below it */
	size_t n;		/* the largest children, largest first */
	struct file_node **child;
	uint64_t rest_size, rest_files;	/* of those that are not among them */
};

#define FILE_TREE_MAX 2000000	/* entries looked at; a picture needs no more */

struct file_tree {
	struct file_node *root;
	uint64_t files, folders, others;
	bool cut;			/* there are more than FILE_TREE_MAX */
	uint64_t lost;			/* folders that could not be read */
	char why[480];			/* of the first of them */
};

/* Walk @t.  A file with several names counts once, a folder that cannot be read not at all.  Fails only for want of memory
 * and when cancelled. */
int file_tree_new(struct img_tree *t, struct file_tree *ret, struct img_err *err);
void file_tree_done(struct file_tree *t);

#endif

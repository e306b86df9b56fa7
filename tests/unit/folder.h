/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder of files in memory, for formats that ask for what lies beside them. */
#ifndef TESTS_UNIT_FOLDER_H
#define TESTS_UNIT_FOLDER_H

#include <stddef.h>

struct img_env;
struct img_tree;

#define FOLDER_MAX 16

struct folder_file {
	const char *name;
	const void *bytes;	/* borrowed until the tree is gone */
	size_t len;
};

/* NULL: out of memory. */
struct img_tree *folder_new(struct img_env *env, const struct folder_file *files, size_t n);

/* Open the file @name of the folder as an image, and do with it whatever can be done: describe, read, list, check, take each
 * track.  Ends the program when a failure has no message.  0, or why it could not be opened. */
int folder_look(struct img_tree *folder, const struct folder_file *file);

#endif

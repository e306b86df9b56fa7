/* SPDX-License-Identifier: BSD-2-Clause */
/* The folder that files are extracted into.
 *
 * Guarantees, against names and links in the image as well as against others who change the folder meanwhile:
 *  1. Every call names one component relative to a descriptor of a folder that was opened without following a link and
 *     is the one made (or found) by this run: device and inode are compared when it is opened again.
 *  2. Nothing is opened for writing but what this run has just created (O_EXCL).
 *  3. A new target has its own hidden name until commit, and is taken away without one.
 * Thread-safe but for what says otherwise. */
#ifndef CONVERT_DISK_H
#define CONVERT_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "img/error.h"

struct disk;
struct img_node;
struct img_tree;

/* What to do with attributes. */
struct disk_options {
	bool overwrite, owner, special;
};

#define DISK_ROOT 0	/* the target itself */

/* @tree is asked whether two names of the image clash. */
int disk_new(const char *target, const struct disk_options *o, struct img_tree *tree, struct disk **ret,
	     struct img_err *err);
/* Modes and times of folders, deepest first, then the target's name. */
int disk_commit(struct disk *d, struct img_err *err);
/* Without commit before: what was made of a new target goes. */
struct disk *disk_free(struct disk *d);

/* Names that clash on a folding file system give DISK_CLASH: a problem was noted, the node is to be skipped. */
#define DISK_CLASH 1

/* A folder in folder @parent; one that is there is used as it is.  @id: of the folder in the tree.  Not thread-safe. */
int disk_folder(struct disk *d, uint32_t parent, const struct img_node *n, uint32_t *ret, struct img_err *err);
/* Give the root the attributes of the tree's root when the job is done. */
void disk_root(struct disk *d, const struct img_node *n);

/* A folder open for its attributes, to be closed; IMG_E_UNKNOWN for a root that was there before. */
int disk_folder_open(struct disk *d, uint32_t i, int *ret_fd, struct img_err *err);

/* A new file, open for writing; to be ended with disk_file_end or disk_file_drop. */
int disk_file(struct disk *d, uint32_t dir, const struct img_node *n, int *ret_fd, struct img_err *err);
/* Attributes, then close.  The file is removed on failure. */
int disk_file_end(struct disk *d, uint32_t dir, const struct img_node *n, int fd, struct img_err *err);
void disk_file_drop(struct disk *d, uint32_t dir, const char *name, int fd);

/* A symbolic link, device or FIFO. */
int disk_node(struct disk *d, uint32_t dir, const struct img_node *n, struct img_err *err);
/* @n as another name of @old in @old_dir.  IMG_E_UNSUPPORTED where that cannot be. */
int disk_link(struct disk *d, uint32_t old_dir, const char *old, uint32_t dir, const struct img_node *n,
	      struct img_err *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree that an archive is read into: names on one side, files on the other, several names may lead to one file. */
#ifndef TREES_ARCHIVE_TREE_H
#define TREES_ARCHIVE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/tree.h"

/* A piece of a file's data in the spool, or in the archive; what lies between pieces is zeros. */
struct ar_piece {
	uint64_t off, at, len;	/* in the file, in the spool */
};

struct ar_xattr {
	struct ar_xattr *next;
	const char *name;
	const void *value;
	size_t len;
};

/* What one inode is. */
struct ar_file {
	struct img_node node;		/* id, inode and name are not of the file; strings in the arena */
	size_t n, room;
	struct ar_piece *v;
	struct ar_xattr *xattrs;
	uint32_t names;
	bool plain;			/* the pieces lie in the archive itself */
	enum { AR_HERE, AR_LEFT_OUT, AR_LOCKED } data;
};

struct ar_name {
	uint32_t parent, file;
	uint32_t child, sibling;	/* 0: none; the newest child first */
	uint32_t next;			/* in its bucket */
	const char *name;
};

struct ar_tree {
	struct img_tree tree;
	struct img_arena *arena;
	struct img_source *spool;	/* NULL: no data */
	struct img_source *below;	/* the archive, where files lie plain in it; else NULL */
	const char *format;		/* "zip": static */
	size_t n_names, room_names, n_files, room_files;
	struct ar_name *name;		/* [0] is the root */
	struct ar_file *file;
	uint32_t *bucket;		/* as many as there is room for names */
};

int ar_tree_new(struct img_env *env, struct ar_tree **ret, struct img_err *err);
/* The name at @path ("a/b", "./a//b", "/a/b"), with the folders above it; both made if they are not there.  A new name has
 * no file yet (*ret_new).  IMG_E_FORMAT for ".." and for what lies below something that is no folder. */
int ar_tree_name(struct ar_tree *t, const char *path, uint32_t *ret, bool *ret_new, struct img_err *err);
/* The same, but nothing is made: IMG_E_UNKNOWN. */
int ar_tree_find(struct ar_tree *t, const char *path, uint32_t *ret, struct img_err *err);
/* A new file for name @i, instead of the one it has. */
int ar_tree_file(struct ar_tree *t, uint32_t i, struct ar_file **ret, struct img_err *err);
void ar_tree_link(struct ar_tree *t, uint32_t i, uint32_t file);
int ar_tree_piece(struct ar_file *f, const struct ar_piece *p, struct img_err *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A tree with changes laid over it: paths taken away, moved, made, nodes of other trees put in.  The tree below is never
 * touched. */
#ifndef TREES_EDITED_H
#define TREES_EDITED_H

#include <stdbool.h>

#include "img/tree.h"

struct edited;

/* What every node of a tree that is put in goes through before it is shown (owners, modes, times). */
typedef void edited_rule(void *ctx, struct img_node *n);

/* @base without changes yet; takes its own reference. */
int edited_new(struct img_tree *base, struct edited **ret, struct img_err *err);
/* The result: borrowed; a reference to it keeps everything.  To be listed by one thread, after the last change. */
struct img_tree *edited_tree(struct edited *e);

/* Changes, each made on what those before left.  Paths begin at the root, with or without '/'; IMG_E_USAGE for one that is
 * not there, for ".." and for the root itself, IMG_E_EXISTS where something is in the way.  A path that ends in '/' names
 * the folder to put something into, under the name it has. */
int edited_remove(struct edited *e, const char *path, struct img_err *err);
/* A folder, and those above it that are not there. */
int edited_mkdir(struct edited *e, const char *path, struct img_err *err);
int edited_move(struct edited *e, const char *from, const char *to, struct img_err *err);
/* @node of @tree (which is borrowed; a reference is kept), without its extended attributes, as @path; @name is what it is
 * called where it comes from.  A folder onto a folder brings its contents in; single files of them may not be in the way.
 * @ctx outlives the tree. */
int edited_add(struct edited *e, const char *path, struct img_tree *tree, const struct img_node *node, const char *name,
	       edited_rule *rule, void *ctx, struct img_err *err);

/* Where a path of @base would be by the moves made so far, from malloc; NULL: out of memory.  Whether something is there
 * now is another question (img_tree_lookup). */
char *edited_where(const struct edited *e, const char *path);

/* The node of @base that @id shows; false: it comes from elsewhere. */
bool edited_is_base(struct edited *e, uint64_t id, uint64_t *ret);

/* How much was changed. */
struct edited_counts {
	uint64_t added, removed, moved, made;	/* paths put in, taken away, moved, each with what is below; folders */
};
const struct edited_counts *edited_counts(const struct edited *e);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the edited tree share. */
#ifndef TREES_EDITED_PRIVATE_H
#define TREES_EDITED_PRIVATE_H

#include "core/idmap.h"
#include "core/memory.h"
#include "trees/edited.h"

#define NO_ORIGIN UINT32_MAX	/* of a folder that was made here */

struct folder;

/* A name in an opened folder. */
struct item {
	struct img_node node;		/* id: in the tree of its origin; strings in the arena */
	uint32_t origin;
	struct folder *open;		/* NULL: as the tree has it */
};

struct folder {
	size_t n, room;
	struct item **v;		/* by byte order of names */
	uint64_t number;
	bool numbered;
	struct folder *next;		/* all of them, to be freed */
};

/* A tree that nodes come from; the first is the base. */
struct origin {
	struct img_tree *tree;
	edited_rule *rule;
	void *ctx;
	bool is_host;
	struct idmap numbers;
};

struct entry {
	uint32_t origin;
	uint64_t id;
	struct folder *open;
};

struct move {
	struct move *next;
	const char *from, *to;
};

struct edited {
	struct img_tree tree;
	struct img_arena *arena;
	struct folder *root, *folders;
	struct move *moves, **last_move;
	size_t n_origins, room_origins;
	struct origin *origin;
	size_t n, room;
	struct entry *v;		/* [0] is the root */
	struct edited_counts counts;
};

/* ---- folders in memory (edited.c) ---- */

struct folder *edited_new_folder(struct edited *e, struct img_err *err);	/* NULL: out of memory */
struct item *edited_find(const struct folder *f, const char *name);	/* NULL: no such name */
int edited_insert(struct folder *f, struct item *it, struct img_err *err);
void edited_take_out(struct folder *f, const char *name);
/* The folder @it is, opened. */
int edited_open(struct edited *e, struct item *it, struct img_err *err);
/* A tree that nodes will come from; a reference is kept. */
int edited_new_origin(struct edited *e, struct img_tree *tree, edited_rule *rule, void *ctx, uint32_t *ret,
		      struct img_err *err);
/* A name for node @n of that tree, in no folder yet; NULL: out of memory. */
struct item *edited_new_item(struct edited *e, uint32_t origin, const struct img_node *n, const char *name,
			     struct img_err *err);
/* @n of a tree as it is shown. */
void edited_apply_rule(const struct edited *e, uint32_t origin, struct img_node *n);

#endif

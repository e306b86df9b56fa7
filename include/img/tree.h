/* SPDX-License-Identifier: BSD-2-Clause */
/* The second noun: where a source answers "what is at offset X", a tree answers "what is under this name", and gives a
 * file's content as a source whose extents point into the volume below.  File systems, folders and archives are trees. */
#ifndef IMG_TREE_H
#define IMG_TREE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_checks;
struct img_env;
struct img_rep;
struct img_source;
struct img_tree;

enum img_node_type {
	IMG_NODE_FILE = 1, IMG_NODE_DIR, IMG_NODE_LINK, IMG_NODE_CHAR, IMG_NODE_BLOCK, IMG_NODE_FIFO, IMG_NODE_SOCKET,
};

struct img_time {
	int64_t sec;		/* since 1970, UTC; IMG_NO_TIME: not recorded */
	uint32_t nsec;
};
#define IMG_NO_TIME INT64_MIN

/* A plain value.  Strings live in the list (or the buffer) the node came with. */
struct img_node {
	uint64_t id;		/* the same for hard links; IMG_TREE_ROOT is the root */
	enum img_node_type type;
	uint32_t mode;		/* permission bits and set-id bits, without the type */
	uint32_t uid, gid;
	uint32_t nlink;		/* 0: not known */
	uint32_t dev_major, dev_minor;
	uint64_t size;		/* of a file's data */
	struct img_time mtime, atime, ctime, btime;
	const char *name;	/* one path component, NUL-terminated, never empty, "." or "..", without '/' */
	const char *link;	/* target of a symbolic link, as stored; else NULL */
};
#define IMG_TREE_ROOT UINT64_C(0)

/* A folder's children in byte order of names. */
struct img_nodes {
	size_t n;
	struct img_node *v;
	struct img_arena *arena;	/* owns the strings */
};
void img_nodes_done(struct img_nodes *n);

/* Only core/tree.c calls these; it refuses loops, second parents and bad names. */
struct img_tree_ops {
	int (*list)(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err);
	/* IMG_E_UNKNOWN when there is no such name.  NULL: found by listing. */
	int (*find)(struct img_tree *t, uint64_t dir, const char *name, struct img_node *ret, struct img_err *err);
	/* The data (@stream NULL), a fork or an extended attribute; the result holds a reference to @t. */
	int (*content)(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret,
		       struct img_err *err);
	int (*describe)(struct img_tree *t, struct img_rep *rep, struct img_err *err);		/* optional */
	int (*checks)(struct img_tree *t, struct img_checks *ret, struct img_err *err);		/* optional */
	int (*verify)(struct img_tree *t, struct img_rep *rep, struct img_err *err);		/* structure; optional */
	void (*destroy)(struct img_tree *t);
};

struct img_tree {		/* first member of every tree's own struct */
	const struct img_tree_ops *ops;
	struct img_env *env;
	const char *layer;
	atomic_uint refs;
};

void img_tree_init(struct img_tree *t, const struct img_tree_ops *ops, struct img_env *env, const char *layer);
struct img_tree *img_tree_ref(struct img_tree *t);
struct img_tree *img_tree_unref(struct img_tree *t);	/* NULL accepted; returns NULL */

int img_tree_list(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err);
/* @ret's strings are not set.  IMG_E_UNKNOWN when there is no such name. */
int img_tree_find(struct img_tree *t, uint64_t dir, const char *name, struct img_node *ret, struct img_err *err);
int img_tree_content(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err);

/* A folder of the host, as a tree.  Symbolic links in it are nodes, never followed below @path. */
int img_directory(struct img_env *env, const char *path, struct img_tree **ret, struct img_err *err);

#endif

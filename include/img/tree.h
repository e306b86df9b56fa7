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

/* By the type bits of a mode as Rock Ridge (RRIP 4.1.1), HFS+ (TN1150), APFS and archives store it: System V's values, whatever
 * the host has.  What is none of them is a file. */
enum img_node_type img_node_type_of(uint32_t mode);

struct img_time {
	int64_t sec;		/* since 1970, UTC; IMG_NO_TIME: not recorded */
	uint32_t nsec;
};
#define IMG_NO_TIME INT64_MIN

/* A plain value.  Strings live in the list (or the buffer) the node came with. */
struct img_node {
	uint64_t id;		/* where the tree finds the node again; IMG_TREE_ROOT is the root */
	uint64_t inode;		/* the same for all names of one file; 0: this tree knows no hard links, or it has one name */
	bool linked;		/* a folder that has several names (HFS+): what is in it is seen below each, and @inode is set */
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
#define IMG_STREAM_RSRC "com.apple.ResourceFork"

/* A folder's children in byte order of names. */
struct img_nodes {
	size_t n;
	struct img_node *v;
	struct img_arena *arena;	/* owns the strings */
};
void img_nodes_done(struct img_nodes *n);
/* The list is that of a folder below a linked one: whatever is no folder and has no inode gets one, made of its id. */
void img_nodes_link(struct img_nodes *n);

/* Only core/tree.c calls these; it refuses loops, second parents and bad names. */
struct img_tree_ops {
	int (*list)(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err);
	/* The root's own mode, owner, times, into @ret (0755 and no times before).  Optional. */
	int (*root)(struct img_tree *t, struct img_node *ret, struct img_err *err);
	/* IMG_E_UNKNOWN when there is no such name.  NULL: found by listing. */
	int (*find)(struct img_tree *t, uint64_t dir, const char *name, struct img_node *ret, struct img_err *err);
	/* Names of the node's further streams, as nodes of which name and size count: extended attributes under their own
	 * names ("user.mime", "com.apple.FinderInfo"), the resource fork as IMG_STREAM_RSRC.  Optional. */
	int (*streams)(struct img_tree *t, uint64_t id, struct img_nodes *ret, struct img_err *err);
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
/* The root as a node named "". */
int img_tree_root(struct img_tree *t, struct img_node *ret, struct img_err *err);
/* @ret's strings are not set.  IMG_E_UNKNOWN when there is no such name. */
int img_tree_find(struct img_tree *t, uint64_t dir, const char *name, struct img_node *ret, struct img_err *err);
/* Streams by byte order of names; none where the tree has none. */
int img_tree_streams(struct img_tree *t, uint64_t id, struct img_nodes *ret, struct img_err *err);
int img_tree_content(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err);

/* ---- walking ---- */

/* A walk visits every node once, folders before what is in them, children in byte order of names.  It refuses a folder
 * that is its own ancestor and one that has a second parent (IMG_E_FORMAT, naming the path), and paths that are too long.
 * What lies below a linked folder is visited below each of its names, as a Mac shows it, files with an inode, so that
 * they can become hard links; how many folders may come by again is bounded by how many there are (IMG_E_LIMIT).
 * Of two entries with one name in a folder the first counts; the other is a problem ("name-twice") and left out.
 * After a failure the next call goes on behind the folder that could not be listed or must not be gone into.
 * Memory: the folders on the way down, and 16 to 64 bytes for every folder visited. */
struct img_walk;
int img_walk_new(struct img_tree *t, struct img_walk **ret, struct img_err *err);
struct img_walk *img_walk_free(struct img_walk *w);	/* NULL accepted; returns NULL */
/* The next node and its path from the root without a leading '/' ("" for the root itself, which comes first).  Both are
 * valid until the next call.  *ret_node is NULL at the end. */
int img_walk_next(struct img_walk *w, const struct img_node **ret_node, const char **ret_path, struct img_err *err);
/* Do not go into the folder that was returned last. */
void img_walk_skip(struct img_walk *w);
/* Was the node that was returned last the last one of its folder? */
bool img_walk_is_last(const struct img_walk *w);
/* Entries left out so far because of their name. */
size_t img_walk_twice(const struct img_walk *w);

/* A node by its path ("/a/b", "a/b"), links not followed.  IMG_E_UNKNOWN names the part that is not there. */
int img_tree_lookup(struct img_tree *t, const char *path, struct img_node *ret, struct img_err *err);

/* A folder of the host, as a tree.  Symbolic links in it are nodes, never followed below @path. */
int img_directory(struct img_env *env, const char *path, struct img_tree **ret, struct img_err *err);
/* The same; @follow_links: a link is what it leads to, unless that is not there or a folder it lies in. */
int img_directory_of(struct img_env *env, const char *path, bool follow_links, struct img_tree **ret, struct img_err *err);

/* An archive (tar, cpio, zip, 7z, cab, xar; compressed or not) as a tree.  It is read once, front to back; the data of its
 * files go into a nameless file in @spool_dir.  Paths lose what makes them absolute; one with ".." is IMG_E_FORMAT.
 * IMG_E_UNKNOWN when it is no archive. */
int img_archive(struct img_env *env, struct img_source *file, const char *spool_dir, struct img_tree **ret,
		struct img_err *err);

/* The same, but only what @want says yes to is unpacked (NULL: nothing): of the others there are names and sizes, and no
 * content, unless it lies in @file as it is.  Encrypted files are listed too. */
typedef bool img_archive_want(void *ctx, const char *path);
int img_archive_some(struct img_env *env, struct img_source *file, const char *spool_dir, img_archive_want *want, void *ctx,
		     struct img_tree **ret, struct img_err *err);
/* "zip", "tar", "7z" … */
const char *img_archive_format(const struct img_tree *t);
bool img_archive_locked(const struct img_tree *t, uint64_t id);

/* A folder of a tree as a tree of its own. */
int img_subtree(struct img_tree *t, uint64_t dir, struct img_tree **ret, struct img_err *err);

#endif

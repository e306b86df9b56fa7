/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the UDF author share: a compact copy of the tree, and where everything goes.
 *
 * A node is a name in a folder; an inode is what has an entry (ICB): a file under one name or several, a folder, a link.
 * Invariants once the layout stands:
 *  1. inodes are numbered in the order in which they were met, folders before what is in them; the root is 0
 *  2. their entries, each with the blocks that follow it, lie in that order, without gaps
 *  3. the nodes of a folder stand together, by the bytes of their names
 *  4. runs of data lie by block, those of a file together and by offset
 *  5. nothing changes: entries and identifiers are made from these tables by any thread */
#ifndef FORMATS_UDF_AUTHOR_TREE_H
#define FORMATS_UDF_AUTHOR_TREE_H

#include "core/memory.h"
#include "formats/udf/author.h"
#include "img/source.h"
#include "img/tree.h"

#define UDA_NONE UINT32_MAX
#define UDA_LINK_MAX 32768		/* bytes of a target as stored; those of systems end at 4096 characters */

struct uda_node {
	const char *name;
	uint32_t inode;
};

struct uda_inode {
	uint64_t id;			/* in the tree; of a stream: of its file */
	struct img_time mtime, birth;
	uint32_t uid, gid;
	uint32_t node;			/* its first name */
	uint32_t parent;		/* folder of that name; of a folder of streams: the file */
	uint32_t links;
	uint32_t streams;		/* inode of its folder of streams; UDA_NONE */
	uint32_t at, more;		/* block of its entry in the partition, blocks behind it */
	uint16_t mode;
	uint8_t type;			/* enum udf_file_type */
	bool embedded;			/* its bytes are in the entry */
	union {
		struct {
			uint32_t first, n;	/* nodes */
			uint32_t len;		/* of the identifiers */
		} dir;
		struct {
			struct img_source *content;	/* owned; NULL: empty */
			uint64_t size;
			uint32_t run, n_runs;
		} file;
		struct {
			const char *target;
			uint32_t len;		/* as stored */
		} link;
		struct {
			uint32_t major, minor;
		} dev;
	} u;
};

/* Bytes of a file that lie together; between runs there are zeros that are not recorded. */
struct uda_run {
	uint64_t off, len;
	uint32_t block, inode;
};

struct uda_mark {		/* a place in a large folder from which its identifiers can be made */
	uint32_t inode, node;
	uint64_t pos;
};

enum uda_xattrs { UDA_XATTRS_NONE, UDA_XATTRS_USER, UDA_XATTRS_ALL };

struct uda_region {
	uint64_t off, len;
	enum { UDA_ZERO, UDA_FIXED, UDA_ENTRIES, UDA_DATA } kind;
	uint8_t *bytes;			/* owned */
};
#define UDA_REGIONS 20

struct udf_author {
	struct img_source src;
	struct img_tree *tree;
	struct img_arena *arena;
	struct img_author_options o;	/* of its strings only the label, in the arena */
	enum uda_xattrs xattrs;
	bool embed, sparse;
	size_t n_nodes, room_nodes, n_inodes, room_inodes, n_runs, room_runs, n_marks, room_marks;
	struct uda_node *node;
	struct uda_inode *inode;
	struct uda_run *run;
	struct uda_mark *mark;
	struct img_time newest;
	uint64_t n_files, n_dirs, n_links, n_names, n_renamed, n_streams, n_stream_dirs;
	uint32_t entries;		/* blocks of the partition before data */
	uint32_t data_end;		/* block of the partition */
	struct udf_plan plan;
	size_t n_regions;
	struct uda_region region[UDA_REGIONS];	/* by offset, without gaps */
};

static inline struct udf_author *
udf_author_of(struct img_source *s)
{
	return (struct udf_author *)s;
}

static inline uint64_t
uda_blocks(uint64_t bytes)
{
	return bytes / UDF_BLOCK + (bytes % UDF_BLOCK != 0);
}

/* ---- the tree (author_scan.c) ---- */

int uda_scan(struct udf_author *a, struct img_err *err);
/* The path of an inode for messages, cut to fit; returns @buf. */
const char *uda_path(const struct udf_author *a, uint32_t inode, char *buf, size_t room);

/* ---- where things go (author_plan.c) ---- */

/* Sizes and places of entries, runs of data; then blocks of the partition are known. */
int uda_plan(struct udf_author *a, struct img_err *err);

/* ---- entries (author_entries.c) ---- */

/* Bytes of an entry that are free for data or descriptors. */
uint32_t uda_entry_room(const struct uda_inode *n);
/* How many allocation descriptors a file takes. */
uint64_t uda_count_ads(const struct udf_author *a, const struct uda_inode *n);
/* Blocks for those that do not fit the entry. */
uint64_t uda_ad_blocks(const struct uda_inode *n, uint64_t n_ads);
struct udf_ad uda_icb(const struct udf_author *a, uint32_t inode);
/* Bytes of the region that holds all entries. */
int uda_entries_read(const struct udf_author *a, uint64_t off, uint8_t *buf, size_t len, struct img_err *err);
/* The identifier of @node into @ret (256 bytes of room beside the 40 of its head); returns its length. */
size_t uda_node_name(const struct udf_author *a, uint32_t node, uint8_t ret[256], bool *ret_changed);

#endif

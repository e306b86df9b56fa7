/* SPDX-License-Identifier: BSD-2-Clause */
/* Making HFS+: a tree in, the finished volume out, as a source.  Nothing is written: everything that depends on sizes is
 * settled here, nodes of B-trees are made when somebody reads them, the data of files stay where the tree has them. */
#ifndef FORMATS_HFSPLUS_AUTHOR_H
#define FORMATS_HFSPLUS_AUTHOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"
#include "img/format.h"

struct img_source;
struct img_tree;

struct hfs_options {
	const char *label;		/* NULL: "untitled", as hdiutil has it */
	bool case_sensitive;		/* HFSX that tells "a" from "A" */
	bool keep_doubles;		/* "._NAME" stays a file of its own; else it becomes part of NAME where it is AppleDouble */
	bool open_window;		/* the Finder is to show the root when the volume is mounted */
	int64_t epoch;			/* newest time that may stand in the volume; IMG_NO_TIME: no bound */
	bool has_date;			/* @date is the volume's own date, else the newest time of its files */
	int64_t date;
	enum img_owner owner;		/* default: 0:0 */
	uint32_t uid, gid;		/* IMG_OWNER_SET */
	enum img_mode mode;		/* default: keep, as hdiutil does */
	uint32_t file_mode, dir_mode;	/* IMG_MODE_SET */
	uint64_t size;			/* of the volume, bytes; 0: what is needed */
	bool has_id;
	uint64_t id;			/* of the volume; else it is made from names, sizes and times */
};

/* Lay out @tree.  The source keeps a reference to @tree; strings of @o are copied.  IMG_E_NOSPACE when it does not fit into
 * o->size.  Names that HFS+ cannot hold, or holds to be equal, are changed, each with a problem ("hfs-name"). */
int hfs_author(struct img_tree *tree, const struct hfs_options *o, struct img_source **ret, struct img_err *err);

/* What was laid out, of a source that hfs_author made. */
struct hfs_made {
	uint64_t n_files, n_folders, n_links;	/* as the header counts them; hard links of these */
	uint64_t n_renamed;
	uint32_t block_size, n_blocks, n_free;
	uint64_t id;
};
const struct hfs_made *hfs_author_made(struct img_source *s);

/* The author hook of the format; keys: case-sensitive, apple-double=merge|keep, open-window, volume-id=HEX16. */
int hfs_author_hook(struct img_tree *tree, const struct img_author_options *o, struct img_source **ret, struct img_err *err);

#endif

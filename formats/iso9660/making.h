/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the author share: a compact copy of the tree, and where everything goes.
 *
 * Nodes stand by folder, breadth first, each folder's children together and by the bytes of their names.  Three numbers
 * name things: a node (one name), a folder (a node that has children), a file (data, under one name or several).
 *
 * Invariants once the layout stands:
 *  1. folders are numbered in the order they were listed: a folder's number is larger than its parent's
 *  2. folder regions of a view lie in that order, without gaps
 *  3. by_block lists the files that have data by their first block; they do not overlap
 *  4. nothing changes: records are made from these tables by any thread */
#ifndef FORMATS_ISO9660_MAKING_H
#define FORMATS_ISO9660_MAKING_H

#include "core/memory.h"
#include "formats/iso9660/author.h"
#include "formats/iso9660/layout.h"
#include "img/source.h"
#include "img/tree.h"

#define BLOCK ISO_SECTOR
#define NO_FILE UINT32_MAX
#define SECTION UINT64_C(0xfffff800)	/* bytes of all sections of a large file but the last (observed: xorriso) */
#define MAX_ISO_NAME 207		/* bytes of an identifier at level 4 (ISO 9660:1999) */
#define MAX_JOLIET_UNITS 103
#define JOLIET_BYTES (2 * MAX_JOLIET_UNITS + 4)	/* with ";1" */

struct mnode {
	const char *name;
	union {
		const char *link;
		uint32_t file, dir;
		struct {
			uint32_t major, minor;
		} dev;
	} u;
	int64_t mtime;
	uint32_t parent;		/* folder */
	uint32_t uid, gid;
	uint32_t attrs;			/* 1 + index into the attribute table; 0: none */
	uint16_t mode;
	uint8_t type;			/* enum img_node_type */
	bool old;			/* of a volume that is written again: its name comes first */
	uint8_t hidden;			/* ISO_HIDE_*: where it does not show, or shows as hidden */
};

struct mdir {
	uint64_t id;			/* in the tree */
	uint32_t node, parent;
	uint32_t first, n;		/* children */
	uint32_t n_subdirs, n_hidden_subdirs;	/* of them, those the plain tree does not show */
	uint32_t n_shown[3];		/* children by kind of tree, at the front of its order */
	uint32_t at[3], records[3], extra[3];	/* by kind of tree: blocks from the view's start, of records, of areas */
	uint32_t number[3];		/* in the path table, from 1 */
	uint32_t udf_at, udf_len;	/* block of its entry in the UDF partition; bytes of identifiers, which follow */
	uint32_t depth;			/* the root has 1 */
};

struct mfile {
	struct img_source *content;	/* owned; NULL: made by the author (the boot catalog) */
	uint64_t size;
	uint64_t plain;			/* size before zisofs; 0: not compressed */
	uint32_t block;
	uint32_t node;			/* its first name */
	uint32_t nlink;
	int32_t weight;
	uint32_t same;			/* stored with this file (dedupe); NO_FILE: on its own */
	uint8_t zf_bits;		/* log2 of the block size */
	uint8_t append;			/* 1 + index of the appended partition that holds its data; 0: none */
};

/* The three kinds of directories: plain or Rock Ridge, Joliet, ISO 9660:1999. */
enum kind { KIND_PRIMARY, KIND_JOLIET, KIND_ENHANCED, N_KINDS };

/* A place in a large folder from which its records can be made. */
struct mark {
	uint32_t dir, child;		/* the record of this child comes next */
	uint64_t pos, extra;		/* bytes of records and of continuation areas before it */
};

struct renamed {
	uint32_t node;
	bool whole;			/* the name has its version, or none for good */
	const char *name;		/* Joliet: UTF-16BE behind a length byte */
};

/* What a kind of tree looks like, wherever it is stored. */
struct shape {
	bool wanted;
	uint32_t *order;		/* children by the kind's own order: nodes, parallel to the node table */
	uint32_t *paths;		/* folders in path table order */
	size_t n_paths;
	uint32_t path_len;		/* bytes of the table */
	uint32_t blocks;		/* of all folders and their continuation areas */
	size_t n_marks, room_marks;
	struct mark *marks;
	size_t n_renamed, room_renamed;
	struct renamed *renamed;	/* by node: names that are not what the name makes of itself */
};

/* A stored copy of a kind: the volume's own and, with a partition offset, another whose addresses count from there. */
struct view {
	enum kind kind;
	uint32_t bias;			/* blocks to take off every address */
	uint32_t path_l, path_m, base;	/* absolute blocks */
};
#define MAX_VIEWS 6

/* Bytes that are settled when the layout stands. */
struct fixed {
	uint64_t off;
	size_t len;
	uint8_t *bytes;
};
#define MAX_FIXED 24

struct extra {			/* a source that lies somewhere: hidden boot images, appended partitions */
	struct img_source *source;
	uint64_t off;
};

/* What a region of the image is made of. */
enum region_kind { REGION_ZERO, REGION_FIXED, REGION_DIRS, REGION_PATHS, REGION_UDF, REGION_FILES, REGION_SOURCE };
struct region {
	uint64_t off, len;
	enum region_kind kind;
	uint32_t index;			/* of the fixed bytes, the view, the extra source */
	bool big;			/* paths: type M */
};
#define MAX_REGIONS 64

struct attr_set {
	uint32_t len;
	const uint8_t *al;		/* components as AL entries carry them, cut into entries when emitted */
};

struct iso_author {
	struct img_source src;
	struct img_tree *tree;
	struct iso_options o;		/* strings are in the arena */
	struct iso_hybrid hybrid;	/* once everything stands */
	struct img_arena *arena;
	struct iso_layout layout;
	int64_t newest;			/* time of the tree */

	size_t n_nodes, room_nodes, n_dirs, room_dirs, n_files, room_files;
	struct mnode *node;
	struct mdir *dir;
	struct mfile *file;
	size_t n_attrs, room_attrs;
	struct attr_set *attrs;

	struct shape shape[N_KINDS];
	size_t n_kept, room_kept;
	struct renamed *kept;		/* identifiers of a volume that is written again, where they are not what names make of
					 * themselves; by node */
	size_t n_views;
	struct view view[MAX_VIEWS];
	uint32_t empty_block;		/* where files without data point */
	uint32_t *by_block;		/* files */
	size_t n_by_block;
	uint32_t catalog_file;
	size_t n_fixed;
	struct fixed fixed[MAX_FIXED];
	size_t n_extra;
	struct extra extra[ISO_MAX_BOOT + ISO_MAX_APPEND];
	size_t n_regions;
	struct region region[MAX_REGIONS];	/* by offset, without gaps */
	struct udf_making *udf;		/* NULL: no UDF */
};

static inline struct iso_author *
author_of(struct img_source *s)
{
	return (struct iso_author *)s;
}

static inline uint64_t
blocks_of(uint64_t bytes)
{
	return bytes / BLOCK + (bytes % BLOCK != 0);
}

static inline int
table_room(void *table, size_t n, size_t *room, size_t size, struct img_err *err)
{
	return img_room(table, n, room, size, err);
}

/* ---- the tree (making_scan.c) ---- */

int making_scan(struct iso_author *a, struct img_err *err);
/* The path of a node for messages, cut to fit; returns @buf. */
const char *making_path(const struct iso_author *a, uint32_t node, char *buf, size_t room);
/* A node by its path; NULL when there is none. */
struct mnode *making_find(struct iso_author *a, const char *path);

/* ---- files of equal content (making_same.c) ---- */

int making_dedupe(struct iso_author *a, struct img_err *err);

/* ---- files of a volume that is written again (making_again.c) ---- */

int making_again(struct iso_author *a, struct img_err *err);
/* Keep the identifier of @node, which is @id of the tree (making_names.c). */
int making_keep_name(struct iso_author *a, uint32_t node, uint64_t id, struct img_err *err);

/* ---- attributes (making_attrs.c) ---- */

/* Keep what @id of the tree has, for the records of @node. */
int making_attrs(struct iso_author *a, uint32_t node, uint64_t id, struct img_err *err);

/* ---- compressed files (making_zisofs.c) ---- */

int making_zisofs(struct iso_author *a, struct img_err *err);

/* ---- names (making_names.c, making_joliet.c) ---- */

/* Choose all names of a kind and order its records. */
int making_names(struct iso_author *a, enum kind kind, struct img_err *err);
/* The identifier of @node in @kind, with its version; returns its length in bytes. */
size_t making_name(const struct iso_author *a, enum kind kind, uint32_t node, uint8_t ret[MAX_ISO_NAME + 4]);
/* Does @kind show the node at all? */
bool making_shows(const struct iso_author *a, enum kind kind, const struct mnode *n);
/* What a name makes of itself, before collisions are looked at (making_joliet.c): UTF-16BE without version.  *ret_changed
 * says that it had to be changed; @max units. */
size_t joliet_from(const char *name, bool is_dir, unsigned int max, uint8_t ret[JOLIET_BYTES], bool *ret_changed);
/* Make room for @n_tail bytes of counter in front of the extension. */
size_t joliet_with_tail(const uint8_t *name, size_t n, unsigned int max, const char *tail, uint8_t ret[JOLIET_BYTES]);
/* The stored bytes as UTF-8; and a sum of them that capitals do not change. */
void joliet_to_utf8(const uint8_t *name, size_t n, char *ret, size_t room);
uint64_t joliet_sum_folded(const uint8_t *name, size_t n);
/* A text for a descriptor's field, UTF-16BE padded with blanks; false when it does not fit. */
bool joliet_field(const char *text, uint8_t *p, size_t n);

/* ---- records (making_records.c, making_rr.c) ---- */

/* A part of a region being filled: what falls into it is copied. */
struct window {
	uint64_t off;
	size_t len;
	uint8_t *p;
};
void window_put(const struct window *w, uint64_t off, const void *bytes, size_t n);

/* System use entries of one record. */
struct susp_out {
	struct img_buf buf;
};
enum su_what { SU_ROOT, SU_DOT, SU_DOTDOT, SU_ENTRY };
int su_build(const struct iso_author *a, enum su_what what, uint32_t node, struct susp_out *ret, struct img_err *err);

/* Sizes of the folders of a kind, its marks. */
int making_measure(struct iso_author *a, enum kind kind, struct img_err *err);
/* Bytes [off, off + len) of the folders of a view. */
int making_dirs_read(const struct iso_author *a, const struct view *v, uint64_t off, uint8_t *buf, size_t len,
		     struct img_err *err);
/* The record of the root in a descriptor. */
void making_root_record(const struct iso_author *a, const struct view *v, struct iso_record *ret);
/* The block a node's data or records begin at, as @v counts. */
uint32_t making_block(const struct iso_author *a, const struct view *v, const struct mnode *n);

/* ---- path tables (making_paths.c) ---- */

int making_paths(struct iso_author *a, enum kind kind, struct img_err *err);
int making_paths_read(const struct iso_author *a, const struct view *v, bool big, uint64_t off, uint8_t *buf, size_t len,
		      struct img_err *err);

/* ---- UDF (making_udf.c) ---- */

#define UDF_SEQUENCE_BLOCKS 34	/* both sequences and the integrity descriptors */
#define UDF_ANCHOR_BLOCK 256

int making_udf_measure(struct iso_author *a, struct img_err *err);
/* Blocks of the partition before data. */
uint32_t making_udf_blocks(const struct iso_author *a);
void making_udf_recognition(uint8_t *p);
void making_udf_place(struct iso_author *a, uint32_t vds, uint8_t *sequence, uint8_t *anchor);
void making_udf_finish(struct iso_author *a, uint32_t data_end, uint32_t end, uint8_t *last);
void making_udf_anchor(const struct iso_author *a, uint32_t block, uint8_t *p);
void making_udf_read(const struct iso_author *a, uint64_t off, uint8_t *buf, size_t len);
void making_udf_free(struct udf_making *u);

/* ---- where things go (making_layout.c), descriptors (making_volume.c), booting (making_boot.c) ---- */

int making_layout(struct iso_author *a, struct img_err *err);
int making_descriptors(struct iso_author *a, uint64_t at, uint32_t bias, struct img_err *err);
size_t making_n_descriptors(const struct iso_author *a);
/* Keep @len zeroed bytes for offset @off; NULL out of memory. */
uint8_t *making_fixed(struct iso_author *a, uint64_t off, size_t len);
int making_boot_check(struct iso_author *a, struct img_err *err);
int making_append_check(struct iso_author *a, struct img_err *err);
/* The catalog into 2048 bytes; patches of the programs it starts. */
int making_boot_finish(struct iso_author *a, uint8_t *catalog, struct img_err *err);
struct img_time making_date(const struct iso_author *a);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the author know of each other.
 *
 * Everything hangs on one table of nodes, in the order in which the catalog needs it: folder after folder as they were
 * met, the entries of each in the order of the catalog, then, if there are hard links, the private folder and the linked
 * files.  A node's number gives its CNID, so CNIDs rise with the table, and the catalog is the table once over: for every
 * node its thread, then the records of its entries.  A place in the catalog is thus a pair (node, which record). */
#ifndef FORMATS_HFSPLUS_MAKING_H
#define FORMATS_HFSPLUS_MAKING_H

#include "core/idmap.h"
#include "core/memory.h"
#include "formats/hfsplus/author.h"
#include "formats/hfsplus/layout.h"
#include "img/source.h"
#include "img/tree.h"

#define HFS_NONE UINT32_MAX
#define HFS_FIRST_ID 16		/* TN1150: below are the special files */
#define HFS_ATTR_INLINE_MAX 3802	/* xnu: what lets two records share a node of 8192 bytes */
#define HFS_PRIVATE_PREFIX 4	/* NULs in front of the private folder's name */

enum mnode_flags {
	M_HAS_ATTRS = 1 << 0,
	M_LINK = 1 << 1,	/* another name of a file in the private folder */
	M_LINKED = 1 << 2,	/* a file in the private folder */
	M_PRIVATE = 1 << 3,	/* that folder */
	M_HAS_SECURITY = 1 << 4,	/* among its attributes is an access list */
};

struct mnode {
	const uint16_t *name;	/* as stored; borrowed from the arena */
	uint16_t n;
	uint8_t type, flags;	/* enum img_node_type; enum mnode_flags */
	uint16_t mode;		/* without the type */
	uint32_t parent;	/* a folder's index */
	uint32_t created, modified, changed, accessed;
	uint32_t uid, gid;	/* of a link: CNIDs of the links before and behind it */
	uint32_t special;	/* device; count of names; CNID of the linked file */
	uint32_t u;		/* folder: its index; else: index of its data among the forks, or HFS_NONE */
	uint32_t extra;		/* index among the extras, or HFS_NONE */
	uint32_t first_link;	/* of a linked file: CNID */
};

struct mdir {
	uint64_t id;		/* in the tree */
	uint32_t node, first, n;	/* its entries are nodes first to first + n - 1 */
	uint32_t n_folders;
};

/* A fork that has bytes. */
struct mfork {
	struct img_source *from;	/* owned; NULL: @bytes */
	const char *bytes;		/* target of a symbolic link; in the arena */
	uint64_t size;
	uint32_t block, node;
};

/* What few nodes have. */
struct mextra {
	uint8_t finder[32];
	uint32_t rsrc;			/* index among the forks, or HFS_NONE */
};

/* An extended attribute. */
struct mattr {
	uint32_t node;
	uint16_t n;			/* units of its name */
	const uint16_t *name;
	const char *stream;		/* what the tree calls it; NULL: in @from */
	uint64_t id;			/* of the node in the tree */
	struct img_source *from;	/* owned; a part of an AppleDouble file */
	uint64_t size;
	uint32_t fork;			/* index among the forks, or HFS_NONE: inline */
};

/* ---- B-trees ---- */

/* A place among the records of a tree, whatever its maker takes it for. */
struct mplace {
	uint32_t a, b;
};

struct hfs_author;

/* Where the records of a tree come from, in their order. */
struct mrecords {
	/* Length of key and data of the record at *@io, which goes on to the next; 0: there is none. */
	size_t (*measure)(const struct hfs_author *a, struct mplace *io);
	/* The same, and the record itself; @ret has room for it.  *ret_len is not 0. */
	int (*make)(const struct hfs_author *a, struct mplace *io, uint8_t *ret, size_t *ret_len, struct img_err *err);
	/* The key alone; its length. */
	size_t (*key)(const struct hfs_author *a, struct mplace at, uint8_t *ret);
};

#define HFS_MAX_LEVELS 16

struct mtree {
	const struct mrecords *records;	/* NULL: there are none */
	uint32_t node_size, clump;
	uint16_t max_key;
	uint32_t attributes;
	uint8_t compare;		/* of the header */
	uint32_t n_records, n_leaves, room_leaves;
	struct mplace *leaf;		/* where each begins */
	unsigned int n_levels;		/* of index nodes */
	struct {
		uint32_t n, node;	/* how many nodes, the first one's number */
		uint32_t *child;	/* first child of each, as an index into the level below; n + 1 entries */
	} level[HFS_MAX_LEVELS];
	uint32_t first_map, n_map, n_used, n_nodes;
	struct hfs_fork fork;		/* where it lies */
};

/* ---- the volume ---- */

enum mregion_kind {
	REGION_HEAD, REGION_BITMAP, REGION_EXTENTS, REGION_ATTRS, REGION_CATALOG, REGION_FORKS, REGION_ZERO, REGION_TAIL,
};
struct mregion {
	uint64_t off, len;
	enum mregion_kind kind;
};

struct hfs_author {
	struct img_source src;
	struct img_tree *tree;
	struct hfs_options o;
	struct img_arena *arena;
	struct hfs_made made;
	bool plain_names;		/* the tree gives attributes their own names, without "user." */
	size_t n_nodes, room_nodes, n_dirs, room_dirs, n_forks, room_forks, n_extras, room_extras, n_attrs, room_attrs;
	struct mnode *node;
	struct mdir *dir;
	struct mfork *fork;
	struct mextra *extra;
	struct mattr *attr;
	uint32_t private_dir;		/* index, or HFS_NONE */
	uint32_t private_at;		/* its place among the entries of the root */
	uint32_t *linked;		/* the nodes in it by name */
	uint16_t label[HFS_NAME_UNITS];
	uint16_t n_label;
	int64_t newest;			/* time in the tree; IMG_NO_TIME */
	uint32_t date;			/* of the volume, as stored */
	struct mtree extents, attrs, catalog;
	struct hfs_fork allocation;
	struct hfs_header header;
	size_t n_regions;
	struct mregion region[16];	/* at most two of each kind */
	uint64_t used_blocks;		/* from the first on; the last one is used too */
};

static inline struct hfs_author *
hfs_author_of(struct img_source *s)
{
	return (struct hfs_author *)s;
}

static inline uint32_t
cnid_of(uint32_t node)
{
	return node ? node - 1 + HFS_FIRST_ID : HFS_ROOT_FOLDER;
}

/* ---- making_tables.c ---- */

int hfs_table_room(void *table, size_t n, size_t *room, size_t size, struct img_err *err);
/* The path of a node in UTF-8, for messages; @room at least 16. */
const char *hfs_making_path(const struct hfs_author *a, uint32_t node, char *buf, size_t room);
int hfs_fork_add(struct hfs_author *a, uint32_t node, struct img_source *from, uint64_t size, uint32_t *ret,
		 struct img_err *err);
int hfs_extra_of(struct hfs_author *a, uint32_t node, struct mextra **ret, struct img_err *err);
/* Entry @k of folder @dir, in the order of the catalog; @k is below hfs_valence. */
uint32_t hfs_child(const struct hfs_author *a, uint32_t dir, uint32_t k);
uint32_t hfs_valence(const struct hfs_author *a, uint32_t dir);
int hfs_compare_names(const struct hfs_author *a, const uint16_t *x, size_t n_x, const uint16_t *y, size_t n_y);

/* ---- making_scan.c ---- */

int hfs_making_scan(struct hfs_author *a, struct img_err *err);

/* ---- making_names.c ---- */

/* An entry of a folder on its way into the table. */
struct mentry {
	struct img_node *node;		/* in the list of the folder */
	const uint16_t *name;
	uint16_t n;
	struct img_source *sidecar;	/* its AppleDouble file; owned; NULL: none */
	uint32_t try;			/* above 0: its name was changed */
	const char *why;		/* what was wrong with it; NULL: nothing so far */
	bool drop;
};

/* Give the entries of folder @dir names that HFS+ holds and tells apart, and put them in the order of the catalog. */
int hfs_name_entries(struct hfs_author *a, uint32_t dir, struct mentry *v, size_t n, struct img_err *err);
int hfs_name_label(struct hfs_author *a, struct img_err *err);

/* ---- making_double.c ---- */

/* What an AppleDouble file holds. */
struct mdouble_attr {
	uint64_t off, len;
	char name[128];
};
struct mdouble {
	bool has_finder;
	uint8_t finder[32];
	uint64_t rsrc_off, rsrc_len;
	size_t n;
	struct mdouble_attr *v;		/* owned */
};
/* IMG_E_UNKNOWN: it is none. */
int hfs_double_parse(struct img_source *s, struct mdouble *ret, struct img_err *err);
void hfs_double_done(struct mdouble *d);
/* Find the entries that are AppleDouble files of others; they are marked to be dropped. */
int hfs_double_pair(struct hfs_author *a, uint32_t dir, struct mentry *v, size_t n, struct img_err *err);

/* ---- making_streams.c ---- */

/* Attributes, resource fork and Finder information of a new node. */
int hfs_making_streams(struct hfs_author *a, uint32_t node, uint64_t id, struct img_source *sidecar, struct img_err *err);

/* ---- making_links.c ---- */

/* Files with several names move to the private folder. */
int hfs_making_links(struct hfs_author *a, struct img_err *err);

/* ---- making_records.c ---- */

extern const struct mrecords hfs_catalog_records, hfs_attr_records;

/* ---- making_btree.c ---- */

int hfs_tree_plan(const struct hfs_author *a, struct mtree *t, struct img_err *err);
int hfs_tree_read(const struct hfs_author *a, const struct mtree *t, uint64_t off, uint8_t *buf, size_t len,
		  struct img_err *err);
void hfs_tree_done(struct mtree *t);

/* ---- making_layout.c ---- */

int hfs_making_layout(struct hfs_author *a, struct img_err *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* HFS+'s structures on disk: parse and emit, side by side, nothing else.  All big-endian; Apple's TN1150 gives the shapes.
 * Emitters write the whole structure and return its length. */
#ifndef FORMATS_HFSPLUS_LAYOUT_H
#define FORMATS_HFSPLUS_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

enum {
	HFS_HEADER_AT = 1024,		/* of the volume header in the volume */
	HFS_HEADER_LEN = 512,
	HFS_FORK_LEN = 80,
	HFS_NODE_HEAD = 14,		/* node descriptor */
	HFS_TREE_HEAD = 106,		/* header record */
	HFS_FOLDER_LEN = 88,
	HFS_FILE_LEN = 248,
	HFS_NAME_UNITS = 255,
	HFS_ATTR_UNITS = 127,
	HFS_EXTENTS = 8,		/* of a fork, or of a record */
	HFS_KEY_ROOM = 2 + 12 + 2 * HFS_NAME_UNITS,
	HFS_THREAD_ROOM = 10 + 2 * HFS_NAME_UNITS,
};

enum hfs_cnid {
	HFS_ROOT_PARENT = 1, HFS_ROOT_FOLDER, HFS_EXTENTS_FILE, HFS_CATALOG_FILE, HFS_BAD_BLOCKS_FILE, HFS_ALLOCATION_FILE,
	HFS_STARTUP_FILE, HFS_ATTRIBUTES_FILE,
};

enum hfs_volume_attributes {
	HFS_UNMOUNTED = 1 << 8, HFS_JOURNALED = 1 << 13, HFS_INCONSISTENT = 1 << 14, HFS_EXPANDED_TIMES = 1 << 29,
};

#define HFS_NODES_ZEROED (UINT32_C(1) << 31)	/* volume attribute: free nodes of B-trees are zeros */

struct hfs_extent {
	uint32_t start, count;
};

struct hfs_fork {
	uint64_t size;
	uint32_t clump, blocks;
	struct hfs_extent ext[HFS_EXTENTS];
};

struct hfs_header {
	bool x;				/* "HX" */
	uint16_t version;
	uint32_t attributes;
	uint8_t mounted_by[4];
	uint32_t journal_block;
	uint32_t created, modified, backed_up, checked;		/* created: local time; the others UTC */
	uint32_t n_files, n_folders;
	uint32_t block_size, n_blocks, n_free, next_block, rsrc_clump, data_clump, next_id, writes;
	uint64_t encodings;
	uint32_t finder[8];		/* 6, 7: volume id */
	struct hfs_fork allocation, extents, catalog, attributes_file, startup;
};

enum hfs_node_kind { HFS_LEAF = -1, HFS_INDEX, HFS_TREE_HEADER, HFS_MAP };

struct hfs_node {
	uint32_t next, prev;
	int8_t kind;			/* enum hfs_node_kind */
	uint8_t height;
	uint16_t n;
};

enum hfs_tree_attributes { HFS_BIG_KEYS = 2, HFS_VARIABLE_KEYS = 4 };

struct hfs_tree_head {
	uint16_t depth;
	uint32_t root, n_leaf, first_leaf, last_leaf;
	uint16_t node_size, max_key;
	uint32_t n_nodes, n_free, clump;
	uint8_t type, compare;		/* compare: HFS_FOLDED, HFS_BINARY */
	uint32_t attributes;
};
enum { HFS_FOLDED = 0xcf, HFS_BINARY = 0xbc };

/* A key of any of the three trees; fields that its tree does not have are 0. */
struct hfs_key {
	uint32_t id;			/* parent folder; file */
	uint8_t fork;			/* extents: HFS_DATA, HFS_RSRC */
	uint32_t start;			/* extents, attributes: block in the fork */
	uint16_t n;			/* catalog, attributes */
	uint16_t name[HFS_NAME_UNITS];
};
enum { HFS_DATA = 0, HFS_RSRC = 0xff };

enum hfs_record_type { HFS_FOLDER = 1, HFS_FILE, HFS_FOLDER_THREAD, HFS_FILE_THREAD };

enum hfs_record_flags { HFS_HAS_ATTRIBUTES = 4, HFS_LINK_CHAIN = 0x20, HFS_EXPANDED_TIME = 0x1000 };
enum { HFS_COMPRESSED = 0x20 };		/* in owner_flags */

/* A folder or file of the catalog. */
struct hfs_record {
	uint16_t type, flags;
	uint32_t valence;		/* folder: entries in it; file: first link of a hard-linked file */
	uint32_t id;
	uint32_t created, modified, changed, accessed, backed_up;
	uint32_t owner, group;
	uint8_t admin_flags, owner_flags;
	uint16_t mode;
	uint32_t special;		/* device; link count; number of the linked file */
	uint8_t finder[32];
	uint32_t encoding, n_folders;
	struct hfs_fork data, rsrc;	/* files only */
};

struct hfs_thread {
	uint16_t type;
	struct hfs_key to;
};

enum hfs_attr_type { HFS_ATTR_INLINE = 0x10, HFS_ATTR_FORK = 0x20, HFS_ATTR_EXTENTS = 0x30 };

struct hfs_attr {
	uint32_t type;
	uint32_t size;			/* inline */
	const uint8_t *bytes;		/* inline: in the record */
	struct hfs_fork fork;		/* fork; of an extents record only ext */
};

/* @b has HFS_HEADER_LEN bytes.  IMG_E_FORMAT when it is no volume header, or sizes make no sense. */
int hfs_header_parse(const uint8_t *b, struct hfs_header *ret, struct img_err *err);
size_t hfs_header_emit(const struct hfs_header *h, uint8_t *ret);

int hfs_node_parse(const uint8_t *b, size_t len, struct hfs_node *ret, struct img_err *err);
size_t hfs_node_emit(const struct hfs_node *n, uint8_t *ret);
int hfs_tree_head_parse(const uint8_t *b, size_t len, struct hfs_tree_head *ret, struct img_err *err);
size_t hfs_tree_head_emit(const struct hfs_tree_head *h, uint8_t *ret);

/* Keys begin with their length; @len bytes are there at most, *ret_used (even) is where the data begins. */
typedef int hfs_key_parser(const uint8_t *b, size_t len, struct hfs_key *ret, size_t *ret_used, struct img_err *err);
hfs_key_parser hfs_catalog_key_parse, hfs_extents_key_parse, hfs_attr_key_parse;
size_t hfs_catalog_key_emit(const struct hfs_key *k, uint8_t *ret);
size_t hfs_extents_key_emit(const struct hfs_key *k, uint8_t *ret);
size_t hfs_attr_key_emit(const struct hfs_key *k, uint8_t *ret);

/* HFS_FOLDER or HFS_FILE; IMG_E_UNKNOWN: a record of another type. */
int hfs_record_parse(const uint8_t *b, size_t len, struct hfs_record *ret, struct img_err *err);
size_t hfs_record_emit(const struct hfs_record *r, uint8_t *ret);
int hfs_thread_parse(const uint8_t *b, size_t len, struct hfs_thread *ret, struct img_err *err);
size_t hfs_thread_emit(const struct hfs_thread *t, uint8_t *ret);
int hfs_extents_parse(const uint8_t *b, size_t len, struct hfs_extent ret[HFS_EXTENTS], struct img_err *err);
size_t hfs_extents_emit(const struct hfs_extent ext[HFS_EXTENTS], uint8_t *ret);
int hfs_attr_parse(const uint8_t *b, size_t len, struct hfs_attr *ret, struct img_err *err);
size_t hfs_attr_emit(const struct hfs_attr *a, uint8_t *ret);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What lies on an APFS container, as plain structs.  All of it is little-endian.  "AFSR" is Apple's "Apple File System
 * Reference". */
#ifndef FORMATS_APFS_LAYOUT_H
#define FORMATS_APFS_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

/* ---- objects: layout.c ---- */

#define APFS_OBJ_LEN 32
#define APFS_TYPE_MASK UINT32_C(0xffff)
#define APFS_EPHEMERAL UINT32_C(0x80000000)
#define APFS_PHYSICAL UINT32_C(0x40000000)
#define APFS_NO_HEADER UINT32_C(0x20000000)
#define APFS_ENCRYPTED UINT32_C(0x10000000)

enum apfs_type {
	APFS_TYPE_SUPER = 1, APFS_TYPE_ROOT = 2, APFS_TYPE_NODE = 3, APFS_TYPE_SPACEMAN = 5, APFS_TYPE_CIB = 7,
	APFS_TYPE_CAB = 6, APFS_TYPE_OMAP = 0xb, APFS_TYPE_CHECKPOINT_MAP = 0xc, APFS_TYPE_VOLUME = 0xd,
	APFS_TYPE_FS_TREE = 0xe, APFS_TYPE_EXTENT_REFS = 0xf, APFS_TYPE_SNAP_META = 0x10, APFS_TYPE_INTEGRITY = 0x1e,
	APFS_TYPE_FEXT_TREE = 0x1f,
};

struct apfs_obj {
	uint64_t oid, xid;
	uint32_t type, subtype;
};
void apfs_obj_parse(const uint8_t *b, struct apfs_obj *ret);
/* Fletcher-64 of a block behind its first eight bytes, as stored there. */
uint64_t apfs_sum(const uint8_t *b, size_t len);

/* ---- container superblock (AFSR nx_superblock_t) ---- */

#define APFS_SUPER_LEN 1408
#define APFS_MAX_VOLUMES 100
enum { APFS_NX_V1 = 1, APFS_NX_V2 = 2, APFS_NX_FUSION = 0x100 };

struct apfs_super {
	struct apfs_obj obj;
	uint32_t block_size;
	uint64_t n_blocks, features, ro_compat, incompat, next_oid, next_xid;
	uint8_t uuid[16];
	uint32_t desc_blocks, data_blocks;	/* without the bit that makes the area a tree */
	bool desc_tree, data_tree;
	uint64_t desc_base, data_base;
	uint32_t desc_index, desc_len;
	uint64_t spaceman, omap;
	uint32_t max_volumes;
	uint64_t volume[APFS_MAX_VOLUMES];
	uint64_t flags, keybag, keybag_blocks;
};
/* @b: APFS_SUPER_LEN bytes. */
int apfs_super_parse(const uint8_t *b, struct apfs_super *ret, struct img_err *err);

/* ---- checkpoint map ---- */

#define APFS_MAPPING_LEN 40
struct apfs_mapping {
	uint32_t type, size;
	uint64_t oid, paddr;
};
void apfs_mapping_parse(const uint8_t *b, struct apfs_mapping *ret);

/* ---- object map ---- */

struct apfs_omap_head {
	uint32_t flags, n_snaps, tree_type;
	uint64_t tree;
};
void apfs_omap_parse(const uint8_t *b, struct apfs_omap_head *ret);

enum { APFS_OMAP_DELETED = 1, APFS_OMAP_ENCRYPTED = 4, APFS_OMAP_NO_HEADER = 8 };
struct apfs_omap_value {
	uint32_t flags, size;
	uint64_t paddr;
};
void apfs_omap_value_parse(const uint8_t *b, struct apfs_omap_value *ret);

/* ---- volume superblock (AFSR apfs_superblock_t) ---- */

#define APFS_VOLUME_LEN 1048
enum {
	APFS_CASE_FOLDED = 1, APFS_DATALESS_SNAPS = 2, APFS_ENC_ROLLED = 4, APFS_NORMALIZED = 8, APFS_INCOMPLETE_RESTORE = 0x10,
	APFS_SEALED = 0x20,
};
enum { APFS_FS_UNENCRYPTED = 1, APFS_FS_ONE_KEY = 8 };

struct apfs_made {
	char by[33];
	uint64_t when, xid;
};

struct apfs_volume_super {
	struct apfs_obj obj;
	uint32_t index;
	uint64_t features, ro_compat, incompat, unmounted, reserve, quota, n_allocated;
	uint32_t root_type, extent_refs_type, snap_meta_type;
	uint64_t omap, root, extent_refs, snap_meta;
	uint64_t n_files, n_dirs, n_links, n_others, n_snaps;
	uint8_t uuid[16], group[16];
	uint64_t modified, flags;
	struct apfs_made formatted, mounted;
	char name[257];
	uint16_t role;
	uint64_t integrity, fext;
	uint32_t fext_type;
};
/* @b: APFS_VOLUME_LEN bytes. */
int apfs_volume_parse(const uint8_t *b, struct apfs_volume_super *ret, struct img_err *err);

/* ---- B-tree nodes ---- */

#define APFS_NODE_LEN 56
#define APFS_FOOTER_LEN 40
enum { APFS_NODE_ROOT = 1, APFS_NODE_LEAF = 2, APFS_NODE_FIXED = 4, APFS_NODE_HASHED = 8, APFS_NODE_NO_HEADER = 16 };
enum { APFS_TREE_PHYSICAL = 0x10, APFS_TREE_HASHED = 0x80, APFS_TREE_NO_HEADER = 0x100 };

struct apfs_node_head {
	uint16_t flags, level;
	uint32_t n;
	uint16_t table_off, table_len;
};
void apfs_node_parse(const uint8_t *b, struct apfs_node_head *ret);

struct apfs_footer {
	uint32_t flags, node_size, key_size, value_size;
	uint64_t n_keys, n_nodes;
};
void apfs_footer_parse(const uint8_t *b, struct apfs_footer *ret);

/* ---- keys ---- */

/* As far as they order records: the names behind them do not count. */
struct apfs_key {
	uint64_t oid;
	uint8_t type;
	uint64_t number;
};
typedef int apfs_key_parser(const uint8_t *b, size_t len, struct apfs_key *ret);	/* nonzero: it makes no sense */
apfs_key_parser apfs_omap_key, apfs_fs_key, apfs_plain_fs_key, apfs_fext_key;

static inline int
apfs_key_compare(const struct apfs_key *a, const struct apfs_key *b)
{
	if (a->oid != b->oid)
		return a->oid < b->oid ? -1 : 1;
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/* ---- records of the file-system tree: layout_records.c ---- */

enum apfs_record {
	APFS_SNAP_META = 1, APFS_EXTENT_REF = 2, APFS_INODE = 3, APFS_XATTR = 4, APFS_SIBLING = 5, APFS_STREAM = 6,
	APFS_CRYPTO = 7, APFS_EXTENT = 8, APFS_ENTRY = 9, APFS_DIR_STATS = 10, APFS_SNAP_NAME = 11, APFS_SIBLING_MAP = 12,
	APFS_FILE_INFO = 13,
};
#define APFS_OID_MASK UINT64_C(0x0fffffffffffffff)
#define APFS_ROOT_DIR 2

enum { APFS_BSD_COMPRESSED = 0x20, APFS_BSD_DATALESS = 0x40000000 };

struct apfs_stream {
	uint64_t size, allocated, crypto;
};

struct apfs_inode {
	uint64_t parent, private_id;
	uint64_t created, modified, changed, accessed;
	uint64_t flags;
	uint32_t n_links;			/* of a folder: entries */
	uint32_t bsd_flags, uid, gid;
	uint16_t mode;
	uint64_t unpacked;			/* size of a compressed file, where it is on record */
	bool has_stream, has_finder, has_device;
	struct apfs_stream stream;
	uint8_t finder[32];
	uint32_t device, document;
	uint64_t sparse;
};
int apfs_inode_parse(const uint8_t *b, size_t len, struct apfs_inode *ret, struct img_err *err);

struct apfs_entry {
	const char *name;			/* in the key; without NUL */
	size_t n_name;
	bool hashed;
	uint32_t hash;
	uint64_t id, added;
	uint16_t kind;				/* as in dirent.d_type */
	uint64_t sibling;			/* 0: none */
};
int apfs_entry_parse(const uint8_t *key, size_t n_key, bool hashed, const uint8_t *b, size_t len, struct apfs_entry *ret,
		     struct img_err *err);

enum { APFS_XATTR_STREAM = 1, APFS_XATTR_EMBEDDED = 2 };
struct apfs_xattr {
	const char *name;
	size_t n_name;
	uint16_t flags;
	const uint8_t *bytes;			/* embedded */
	uint64_t size;				/* either way */
	uint64_t stream_id;
	struct apfs_stream stream;
};
int apfs_xattr_parse(const uint8_t *key, size_t n_key, const uint8_t *b, size_t len, struct apfs_xattr *ret,
		     struct img_err *err);

struct apfs_extent {
	uint64_t off, len, paddr, crypto;
	uint8_t flags;
};
int apfs_extent_parse(const struct apfs_key *key, bool fext, const uint8_t *b, size_t len, struct apfs_extent *ret,
		      struct img_err *err);

struct apfs_snapshot {
	uint64_t xid, extent_refs, super, created, changed;
	char name[256];
};
int apfs_snapshot_parse(const struct apfs_key *key, const uint8_t *b, size_t len, struct apfs_snapshot *ret,
			struct img_err *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What lies on an HFS volume, as plain structs.  All of it is big-endian.  "IM" is Inside Macintosh: Files, chapter 2. */
#ifndef FORMATS_HFS_LAYOUT_H
#define FORMATS_HFS_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"
#include "img/tree.h"

#define HFSC_SECTOR 512
#define HFSC_MDB_AT 1024
#define HFSC_MDB_LEN 162
#define HFSC_NODE 512
#define HFSC_EXTENTS 3
#define HFSC_NAME_ROOM (31 * 3 + 1)
enum { HFSC_ROOT_PARENT = 1, HFSC_ROOT = 2, HFSC_EXTENTS_FILE = 3, HFSC_CATALOG_FILE = 4 };
enum { HFSC_DATA = 0, HFSC_RSRC = 0xff };

struct hfsc_extent {
	uint16_t start, count;
};

/* Master directory block (IM "Master Directory Blocks"). */
struct hfsc_mdb {
	uint32_t created, modified, backed_up;
	uint16_t attributes;
	uint16_t bitmap;		/* sector */
	uint16_t n_blocks, n_free;
	uint32_t block_size;
	uint16_t first;			/* sector of block 0 */
	uint8_t n_name, name[27];
	uint32_t n_files, n_folders;
	uint32_t finder[8];
	uint32_t extents_size, catalog_size;
	struct hfsc_extent extents[HFSC_EXTENTS], catalog[HFSC_EXTENTS];
};
int hfsc_mdb_parse(const uint8_t *b, struct hfsc_mdb *ret, struct img_err *err);

/* Head of a node (IM "B*-Trees"). */
enum { HFSC_INDEX = 0, HFSC_HEADER = 1, HFSC_MAP = 2, HFSC_LEAF = -1 };
struct hfsc_node {
	uint32_t next, prev;
	int8_t kind;
	uint8_t height;
	uint16_t n;
};
void hfsc_node_parse(const uint8_t *b, struct hfsc_node *ret);

struct hfsc_tree_head {
	uint16_t depth, node_size;
	uint32_t root, n_leaf, first_leaf, last_leaf, n_nodes;
};
void hfsc_tree_head_parse(const uint8_t *b, struct hfsc_tree_head *ret);

/* As far as it orders records: names in folders do not count. */
struct hfsc_key {
	uint32_t id;			/* of the folder; of the file whose extents they are */
	uint8_t fork;
	uint16_t start;			/* block the first extent holds */
	const uint8_t *name;
	uint8_t n_name;
};
/* @b: from the length byte on, @len bytes; *ret_end: where data begin.  Nonzero: it makes no sense. */
int hfsc_key_parse(bool extents, const uint8_t *b, size_t len, struct hfsc_key *ret, size_t *ret_end);
int hfsc_key_compare(const struct hfsc_key *a, const struct hfsc_key *b);

enum { HFSC_FOLDER = 1, HFSC_FILE = 2, HFSC_FOLDER_THREAD = 3, HFSC_FILE_THREAD = 4 };
struct hfsc_fork {
	uint32_t size, room;
	struct hfsc_extent ext[HFSC_EXTENTS];
};
struct hfsc_record {
	uint8_t type;
	uint32_t id;
	uint32_t created, modified, backed_up;
	uint16_t valence;		/* of a folder */
	uint8_t finder[32];
	struct hfsc_fork data, rsrc;	/* of a file */
};
/* IMG_E_UNKNOWN: a thread. */
int hfsc_record_parse(const uint8_t *b, size_t len, struct hfsc_record *ret, struct img_err *err);
void hfsc_extents_parse(const uint8_t *b, struct hfsc_extent ret[HFSC_EXTENTS]);

/* MacRoman as UTF-8, ':' for '/', U+2400 for NUL.  @ret: three bytes for each and a NUL. */
void hfsc_name_utf8(const uint8_t *name, size_t n, char *ret);
/* Seconds since 1904, local time of whoever wrote it, taken as if it were UTC. */
struct img_time hfsc_time(uint32_t t);

#endif

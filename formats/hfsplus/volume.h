/* SPDX-License-Identifier: BSD-2-Clause */
/* An open volume and what its parts know of each other. */
#ifndef FORMATS_HFSPLUS_VOLUME_H
#define FORMATS_HFSPLUS_VOLUME_H

#include "formats/decmpfs.h"
#include "formats/hfsplus/btree.h"
#include "formats/hfsplus/layout.h"
#include "img/format.h"
#include "img/source.h"
#include "img/tree.h"

/* Node ids: 0 is the root, other folders are their CNID, all else is where the record lies in the catalog.  A link to a
 * folder is known by its own record, for the same folder under two parents would be a loop to everybody else. */
#define HFS_ID_RECORD (UINT64_C(1) << 63)
#define HFS_ID_FOLDER_LINK (UINT64_C(1) << 62)

struct hfs {
	struct img_tree tree;
	struct img_source *volume;	/* of HFS+ itself, journal played back */
	struct hfs_header h;
	bool wrapped;			/* inside an HFS volume */
	bool dirty;			/* the journal was not empty */
	bool apart;			/* names are shown as they are stored */
	struct hfs_btree *extents, *catalog, *attributes;	/* the first and the last may be missing */
	uint32_t links_folder, folder_links_folder;		/* CNIDs of the private folders; 0: none */
};

static inline struct hfs *
hfs_of(struct img_tree *t)
{
	return (struct hfs *)t;
}

/* ---- volume.c ---- */

/* The volume header, looking through an HFS wrapper; *ret_at: where the volume begins, *ret_len its bytes. */
int hfs_find_header(struct img_source *s, struct hfs_header *ret, uint64_t *ret_at, uint64_t *ret_len, struct img_err *err);
int hfs_open(const struct img_tree_open *o, struct hfs **ret, struct img_err *err);
void hfs_close(struct hfs *f);

/* ---- journal.c ---- */

/* Is there something in the journal that the disk does not have yet?  *io_volume then becomes the volume with it. */
int hfs_journal_replay(const struct hfs_header *h, struct img_source **io_volume, bool *ret_dirty, struct img_err *err);

/* ---- fork.c ---- */

/* The bytes of a fork: its own extents, and those in the overflow file. */
int hfs_fork_open(const struct hfs *f, const struct hfs_fork *fork, uint32_t id, uint8_t type, struct img_source **ret,
		  struct img_err *err);
/* What to do with every extent; stops at the first failure. */
typedef int hfs_extent_fn(void *ctx, struct hfs_extent e, struct img_err *err);
int hfs_fork_extents(const struct hfs *f, const struct hfs_fork *fork, uint32_t id, uint8_t type, hfs_extent_fn *fn,
		     void *ctx, struct img_err *err);

/* ---- catalog.c ---- */

/* IMG_E_UNKNOWN: there is none. */
int hfs_record_find(const struct hfs *f, uint32_t parent, const uint16_t *name, size_t n, struct hfs_record *ret,
		    uint64_t *ret_id, struct img_err *err);
int hfs_thread_of(const struct hfs *f, uint32_t cnid, struct hfs_thread *ret, struct img_err *err);
int hfs_record_by_cnid(const struct hfs *f, uint32_t cnid, struct hfs_record *ret, struct img_err *err);
int hfs_record_by_id(const struct hfs *f, uint64_t id, struct hfs_record *ret, struct img_err *err);
/* The root folder's record and the volume's name. */
int hfs_root_record(const struct hfs *f, struct hfs_record *ret, char *ret_name, struct img_err *err);
/* Tell of entries whose folder is not there, if the catalog is small enough to be looked through at no cost. */
void hfs_look_for_orphans(const struct hfs *f);
enum hfs_link { HFS_NO_LINK, HFS_FILE_LINK, HFS_FOLDER_LINK, HFS_JOURNAL };
/* What a file record stands for, by its type and creator. */
enum hfs_link hfs_link_kind(const struct hfs_record *r);
/* Find what a link stands for, in its private folder. */
int hfs_link_follow(const struct hfs *f, const struct hfs_record *link, struct hfs_record *ret, uint64_t *ret_id,
		    struct img_err *err);

/* ---- attributes.c ---- */

/* Append the attributes of @cnid as streams. */
int hfs_attr_list(const struct hfs *f, uint32_t cnid, struct img_nodes *ret, struct img_err *err);
/* IMG_E_UNKNOWN: there is none. */
int hfs_attr_open(const struct hfs *f, uint32_t cnid, const char *name, struct img_source **ret, struct img_err *err);
/* Append a stream; the name is copied. */
int hfs_stream_add(struct img_nodes *ret, const char *name, uint64_t size, struct img_err *err);

/* ---- compressed.c ---- */

static inline bool
hfs_is_compressed(const struct hfs_record *r)
{
	return r->type == HFS_FILE && r->owner_flags & HFS_COMPRESSED && !r->data.size;
}
int hfs_compressed_head(const struct hfs *f, const struct hfs_record *r, struct decmpfs_head *ret, struct img_err *err);
int hfs_compressed_open(const struct hfs *f, const struct hfs_record *r, struct img_source **ret, struct img_err *err);

/* ---- tree.c, describe.c, verify.c ---- */

struct img_time hfs_time(const struct hfs *f, uint32_t t, uint16_t flags);
int hfs_describe(struct img_tree *t, struct img_rep *rep, struct img_err *err);
int hfs_verify(struct img_tree *t, struct img_rep *rep, struct img_err *err);

#endif

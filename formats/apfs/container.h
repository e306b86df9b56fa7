/* SPDX-License-Identifier: BSD-2-Clause */
/* An open container, its volumes, and what their parts know of each other. */
#ifndef FORMATS_APFS_CONTAINER_H
#define FORMATS_APFS_CONTAINER_H

#include <pthread.h>

#include "core/memory.h"
#include "formats/apfs/btree.h"
#include "formats/apfs/crypt.h"
#include "formats/apfs/layout.h"
#include "formats/decmpfs.h"
#include "img/format.h"
#include "img/source.h"
#include "img/tree.h"

struct apfs_volume {
	struct apfs *c;
	unsigned int number;			/* in the container, from 1 */
	struct apfs_volume_super s;
	uint64_t paddr;				/* of its superblock */
	char shown[272];			/* name of its folder where several are shown */
	struct apfs_snapshot *snapshot;		/* the one asked for, or NULL */
	pthread_mutex_t lock;			/* guards what says so */
	bool tried;				/* guarded: the rest is filled in, or @why says why not */
	struct img_err why;
	struct apfs_omap omap;
	struct apfs_btree fs, fext;		/* @fext only in sealed volumes */
	struct apfs_cipher *cipher;
	bool hashed;				/* entries of folders are found by hashes of their names */
};

struct apfs {
	struct img_tree tree;
	struct img_source *below;
	struct apfs_super s;
	uint64_t super_at;			/* block the superblock in use was found in */
	uint64_t n_blocks;			/* of which there are so many */
	struct apfs_cache *cache;
	struct apfs_omap omap;
	unsigned int n_volumes;
	struct apfs_volume *volume;
	enum img_names names;
	struct apfs_volume *only;		/* its files are shown; NULL: each volume is a folder */
};

static inline struct apfs *
apfs_of(struct img_tree *t)
{
	return (struct apfs *)t;
}

/* ---- container.c ---- */

/* One block, as it lies there.  @b has room for it. */
int apfs_block_read(struct apfs *c, uint64_t paddr, uint8_t *b, struct img_err *err);
/* A physical object of one block, its checksum and type tested.  *ret: freed by the caller. */
int apfs_object_read(struct apfs *c, uint64_t paddr, enum apfs_type type, const char *name, uint8_t **ret,
		     struct img_err *err);
int apfs_open(const struct img_tree_open *o, struct apfs **ret, struct img_err *err);
void apfs_close(struct apfs *c);

/* ---- checkpoint.c ---- */

struct apfs_checkpoint {
	uint64_t xid, paddr;
};
/* The superblocks of the descriptor area, newest first, and that of block 0 behind all others; *ret is freed by the caller. */
int apfs_checkpoints(struct apfs *c, struct apfs_checkpoint **ret, size_t *ret_n, struct img_err *err);
/* The ephemeral object @oid of the checkpoint in use, *ret_len bytes; IMG_E_UNKNOWN: it is not mapped. */
int apfs_ephemeral_read(struct apfs *c, uint64_t oid, enum apfs_type type, uint8_t **ret, uint32_t *ret_len,
			struct img_err *err);
/* All objects of the checkpoint: maps and what they map. */
int apfs_checkpoint_verify(struct apfs *c, uint64_t *ret_n, struct img_err *err);

/* ---- volume.c ---- */

int apfs_volumes_open(struct apfs *c, struct img_err *err);
/* Choose what is shown: @which by name or number, and @snapshot of it. */
int apfs_volumes_choose(struct apfs *c, const char *which, const char *snapshot, struct img_err *err);
void apfs_volumes_close(struct apfs *c);
/* Its trees; the password is asked for.  Once; thread-safe. */
int apfs_volume_ready(struct apfs_volume *v, struct img_err *err);
static inline bool
apfs_volume_is_encrypted(const struct apfs_volume *v)
{
	return !(v->s.flags & APFS_FS_UNENCRYPTED);
}
bool apfs_volume_has_files(const struct apfs_volume *v);
/* What to do with every snapshot, oldest first; stops at what is not 0. */
typedef int apfs_snapshot_fn(void *ctx, const struct apfs_snapshot *s, struct img_err *err);
int apfs_snapshots(struct apfs_volume *v, apfs_snapshot_fn *fn, void *ctx, struct img_err *err);

/* ---- inode.c ---- */

/* IMG_E_UNKNOWN: there is none.  @c (may be NULL) stands on its record afterwards. */
int apfs_inode_get(const struct apfs_volume *v, struct apfs_cursor *c, uint64_t id, struct apfs_inode *ret,
		   struct img_err *err);

/* ---- extents.c ---- */

/* The bytes of a stream.  @crypto: number of its first block for the cipher, where extents do not tell. */
int apfs_stream_open(const struct apfs_volume *v, uint64_t id, const struct apfs_stream *s, struct img_source **ret,
		     struct img_err *err);

/* ---- xattr.c ---- */

#define APFS_ATTR_LINK "com.apple.fs.symlink"
int apfs_xattr_open(const struct apfs_volume *v, uint64_t id, const char *name, struct img_source **ret,
		    struct img_err *err);
/* Its first bytes, while @c stands on a record of the same object; *ret_size: all of it.  IMG_E_UNKNOWN: there is none. */
int apfs_xattr_head(const struct apfs_volume *v, struct apfs_cursor *c, const char *name, uint8_t *buf, size_t room,
		    uint64_t *ret_size, struct img_err *err);
int apfs_xattr_list(const struct apfs_volume *v, uint64_t id, struct img_nodes *ret, struct img_err *err);
/* Append a stream; the name is copied. */
int apfs_add_stream(struct img_nodes *ret, const char *name, size_t n_name, uint64_t size, struct img_err *err);

/* ---- names.c ---- */

/* The 22 bits by which a folder finds @name, without regard to case if @folded; false where only tables of Unicode know. */
bool apfs_name_hash(const char *name, size_t n, bool folded, uint32_t *ret);
/* The name as users want it, in @buf of APFS_NAME_ROOM, or as it is. */
#define APFS_NAME_ROOM 1024
const char *apfs_name_shown(const char *name, enum img_names how, char *buf);

/* ---- tree.c, describe.c, verify.c ---- */

struct img_time apfs_time(uint64_t ns);
int apfs_describe(struct img_tree *t, struct img_rep *rep, struct img_err *err);
int apfs_verify(struct img_tree *t, struct img_rep *rep, struct img_err *err);

#endif

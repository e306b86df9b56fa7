/* SPDX-License-Identifier: BSD-2-Clause */
/* APFS, the file system of Macs since 2017, read only; read this file first.
 *
 *   block 0               a container superblock, possibly an old one: where the checkpoints are       container.c
 *   checkpoint area       a ring of superblocks and of maps of ephemeral objects                       checkpoint.c
 *   object map            B-tree: object and transaction → block; one of the container, one a volume   omap.c
 *   volume superblocks    up to 100, by way of the container's map                                     volume.c
 *   file-system tree      B-tree by way of the volume's map: inodes, entries of folders, attributes,   node.c, btree.c
 *                         extents, all records of an object together                                   tree.c
 *   streams               extents in order, in sealed volumes in a tree of their own                   extents.c
 *   key bags              wrapped keys of encrypted volumes                                            keybag.c, crypt.c
 *
 * Every block that is no file's data begins with its checksum, its number and the transaction that wrote it.  Nothing is
 * ever written in place: the newest superblock that is whole leads to a tree that is whole, unless the disk is broken; then
 * an older one may.
 *
 * The corners that bite: names are stored as they were typed and found by a hash that folds them.  Streams are named by a
 * private id, which clones share with nobody and hard links with all.  Index entries count values back from the end of the
 * node, or from the footer, which only a root has.  A container holds several volumes, of which most lie behind one
 * partition: --volume picks one; without it the only one that is not empty is shown, or a folder for each. */
#include "config.h"

#include "formats/apfs/apfs.h"

#include <string.h>

#include "core/bytes.h"
#include "formats/apfs/layout.h"
#include "img/source.h"

static enum img_match
apfs_confirm(const struct img_open *o)
{
	uint8_t b[40];
	uint32_t block;

	if (o->below->size < sizeof b || img_source_read(o->below, 0, b, sizeof b, NULL) || memcmp(b + APFS_OBJ_LEN, "NXSB", 4))
		return IMG_MATCH_NONE;
	block = load_le32(b + 36);
	return block >= 4096 && block <= 65536 && !(block & (block - 1)) ? IMG_MATCH_STRUCTURE : IMG_MATCH_MAGIC;
}

const struct img_format img_format_apfs = {
	.name = "apfs",
	.title = "APFS",
	.confirm = apfs_confirm,
	.tree = apfs_tree,
};

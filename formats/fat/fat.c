/* SPDX-License-Identifier: BSD-2-Clause */
/* FAT: the file system of EFI system partitions, memory cards and floppies.
 *
 * A volume is: reserved sectors, the first of which is the boot sector with the parameter block that gives all
 * lengths; one or two copies of the allocation table; the root directory (FAT12 and FAT16: of fixed length; FAT32:
 * a chain of clusters like any other); the clusters, numbered from 2 on.  The table has one entry a cluster, of 12,
 * 16 or 32 bits: the next cluster of the chain, or that it is free, bad or the end.  A directory entry has 32
 * bytes: a short name, size, dates, first cluster.  Long names are entries of their own in front of it, disguised
 * as volume labels.
 *
 *   layout.c  bytes as structs      names.c, times.c  names and dates        volume.c   opening
 *   chain.c   clusters in a row     directory.c       entries and long names  tree.c     nodes and contents
 *   describe.c, verify.c            what reports and checks need
 *   author.c  a volume from a tree: scan.c gathers the nodes, short.c names them, plan.c finds type and sizes, emit.c makes
 *             the directories, image.c is the finished volume as a source
 *
 * Corners that bite: the type is told by the number of clusters alone; chains lead anywhere, in circles too; a long
 * name is void when its checksum does not fit; dates have no zone and are taken as UTC; OS/2 keeps something else
 * where FAT32 has the upper half of the cluster's number. */
#include "config.h"

#include "formats/fat/fat.h"

#include "core/checked.h"
#include "formats/fat/author.h"
#include "formats/fat/volume.h"

/* There is no signature worth the name: the parameter block makes sense, and the table begins with the media byte. */
static enum img_match
fat_confirm(const struct img_open *o)
{
	struct fat_geometry g;
	struct fat_boot b;
	uint8_t first[3];

	if (fat_boot_read(o->below, &b, &g, NULL))
		return IMG_MATCH_NONE;
	if (span_ok(g.fat_off, sizeof first, o->below->size) &&
	    !img_source_read(o->below, g.fat_off, first, sizeof first, NULL) &&
	    first[0] == b.media && first[1] == 0xff && (first[2] == 0xff || g.bits == 16))
		return IMG_MATCH_STRUCTURE;
	return IMG_MATCH_MAGIC;
}

const struct img_format img_format_fat = {
	.name = "fat",
	.title = "FAT",
	.confirm = fat_confirm,
	.tree = fat_tree,
	.author = fat_author_hook,
};

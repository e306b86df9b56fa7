/* SPDX-License-Identifier: BSD-2-Clause */
/* UDF, the file system of DVDs, Blu-ray discs, Windows installers and some flash media; read this file first.
 *
 *   byte 32768          BEA01 NSR02|NSR03 TEA01: UDF is here              anchor.c
 *   block 256, N-1 …    anchor: where the descriptors are, and a copy     anchor.c
 *   descriptors         label, partitions, logical volume with its maps   sequence.c, layout_volume.c
 *   partition maps      block B of partition P → bytes                    partition.c, volume.c
 *                       over a table, with spares, through a file         vat.c, sparing.c, metadata.c
 *   file set → root     every file is an entry (ICB) in a block of its    icb.c, layout_file.c
 *                       own, which lists the extents of its bytes         extents.c
 *   folders             files of names, each leading to an entry          directory.c, names.c
 *
 * The corners that bite: the size of a block stands nowhere before the logical volume descriptor, and is found by the
 * anchor's own block number.  Partition references count maps, not partition numbers.  On a write-once disc nearly
 * everything goes through a table at the very end.  Small files lie inside their entries.  Sizes of 1 GiB and more take
 * several descriptors, long lists go on elsewhere.  A tag proves its descriptor (sum, CRC), which all readers of ours
 * insist on; only names pass with a wrong CRC, and only with a problem reported.
 *
 * Every node's id is the address of its entry, so that the tree keeps nothing: tree.c. */
#include "config.h"

#include "formats/udf/udf.h"

#include "formats/udf/author.h"
#include "formats/udf/tree.h"
#include "formats/udf/volume.h"

static enum img_match
udf_confirm(const struct img_open *o)
{
	bool announced, anchored;

	udf_probe(o->below, &announced, &anchored);
	if (announced && anchored)
		return IMG_MATCH_STRUCTURE;
	return announced || anchored ? IMG_MATCH_MAGIC : IMG_MATCH_NONE;
}

const struct img_format img_format_udf = {
	.name = "udf",
	.title = "UDF",
	.suffixes = ".udf",
	.confirm = udf_confirm,
	.tree = udf_tree_open,
	.author = udf_author,
};

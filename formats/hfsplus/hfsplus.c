/* SPDX-License-Identifier: BSD-2-Clause */
/* HFS+ and HFSX, the file systems of Macs from 1998 to 2017; read this file first.
 *
 *   byte 1024           volume header: block size, where the five special files lie      layout.c, volume.c
 *                       ("BD": an HFS volume made to hold this one)
 *   journal             what was to be written when the volume was last used             journal.c
 *   catalog             B-tree: parent and name → folder or file; number → parent, name  btree.c, catalog.c
 *   extents overflow    B-tree: file, fork and block → extents, beyond the first eight   fork.c
 *   attributes          B-tree: file and name → extended attribute                       attributes.c
 *   files               a data fork, a resource fork; or a compressed attribute          compressed.c
 *
 * The corners that bite: names are compared by a table of 1998 and stored taken apart (names.c).  A hard link is a small
 * file whose type says so; what it leads to lies in a folder that nobody is shown.  The creation date of the volume is
 * local time, all others are UTC.  Compressed files look empty.
 *
 * Nothing is kept between calls but a few nodes: a node's id says where its record lies: tree.c.  Volumes are made by
 * author.c, which is another way in. */
#include "config.h"

#include "formats/hfsplus/hfsplus.h"

#include <string.h>

#include "formats/hfsplus/author.h"
#include "formats/hfsplus/volume.h"

static enum img_match
hfs_confirm(const struct img_open *o)
{
	struct hfs_header h;
	uint64_t at, len;
	uint8_t b[4];

	if (!hfs_find_header(o->below, &h, &at, &len, NULL))
		return IMG_MATCH_STRUCTURE;
	if (o->below->size < HFS_HEADER_AT + sizeof b || img_source_read(o->below, HFS_HEADER_AT, b, sizeof b, NULL))
		return IMG_MATCH_NONE;
	/* a damaged header, about which opening says more */
	return memcmp(b, "H+\0\4", 4) && memcmp(b, "HX\0\5", 4) ? IMG_MATCH_NONE : IMG_MATCH_MAGIC;
}

const struct img_format img_format_hfsplus = {
	.name = "hfs+",
	.title = "HFS+",
	.confirm = hfs_confirm,
	.tree = hfs_tree,
	.author = hfs_author_hook,
};

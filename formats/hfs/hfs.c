/* SPDX-License-Identifier: BSD-2-Clause */
/* HFS, the file system of Macs from 1985 to 1998, read only; read this file first.  MFS, its elder, is in mfs.c.
 *
 *   byte 1024             master directory block: block size, where block 0 begins, first extents of two files   layout.c
 *   volume bitmap         a bit a block                                                                          verify.c
 *   catalog               B-tree: folder and name → folder or file                                               btree.c
 *   extents overflow      B-tree: file, fork and block → three more extents                                      volume.c
 *   files                 a data fork and a resource fork                                                        tree.c
 *
 * The corners that bite: names are MacRoman, or whatever the system of their writer took for it, and hold '/' where others
 * have ':'.  Blocks are counted from a sector that is no multiple of their size.  Times are local. */
#include "config.h"

#include "formats/hfs/hfs.h"

#include <string.h>

#include "core/bytes.h"
#include "formats/hfs/volume.h"

static enum img_match
hfsc_confirm(const struct img_open *o)
{
	struct hfsc_mdb m;
	uint8_t b[2];

	if (hfsc_mdb_read(o->below, &m, NULL) || img_source_read(o->below, HFSC_MDB_AT + 124, b, sizeof b, NULL))
		return IMG_MATCH_NONE;
	/* HFS+ lies inside */
	return !memcmp(b, "H+", 2) || !memcmp(b, "HX", 2) ? IMG_MATCH_NONE : IMG_MATCH_STRUCTURE;
}

const struct img_format img_format_hfs = {
	.name = "hfs",
	.title = "HFS",
	.confirm = hfsc_confirm,
	.tree = hfsc_tree,
};

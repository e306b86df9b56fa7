/* SPDX-License-Identifier: BSD-2-Clause */
/* ISO 9660 (ECMA-119), with Joliet, Rock Ridge, zisofs and El Torito: the file system of CDs, DVDs and installers.
 *
 * Sixteen sectors of 2048 bytes are left to boot code and partition tables; then come volume descriptors, one a sector.
 * Each describes a tree of its own over the same files: the primary one (plain names, or Rock Ridge's where system use
 * entries follow the records), Joliet's supplementary one, the enhanced one of ISO 9660:1999.  A descriptor holds the
 * record of its root directory.  A directory is one extent of records that point at one extent each; all addresses are
 * blocks from the start of the disc.  A path table lists all directories again; nobody here needs it but verify.
 *
 *   layout.c  records as structs      descriptors.c  what a session has     sessions.c  which sessions there are
 *   volume.c  opening, the view       dir.c, tree.c  records to nodes       content.c   files to extents, zisofs.c
 *   susp.c    system use entries      rockridge.c    and what they mean     aaip.c      attributes and ACLs
 *   eltorito.c, boot.c, fat.c  booting     describe.c, verify.c, md5.c  what reports and checks need
 *
 * Making discs is author.c's business.
 *
 * Corners that bite: a file of 4 GiB is several records under one name; directories, continuation areas and moved
 * directories may point anywhere, in circles too; the number of a volume's blocks is a claim. */
#include "config.h"

#include "formats/iso9660/iso9660.h"

#include <string.h>
#include <strings.h>

#include "core/checked.h"
#include "formats/iso9660/author.h"
#include "formats/iso9660/eltorito.h"
#include "formats/iso9660/iso.h"
#include "img/report.h"
#include "img/source.h"

static enum img_match
iso_confirm(const struct img_open *o)
{
	uint8_t buf[ISO_SECTOR];
	struct iso_vd vd;
	int type;

	if (!span_ok(ISO_VD_BLOCK * ISO_SECTOR, ISO_SECTOR, o->below->size) ||
	    img_source_read(o->below, ISO_VD_BLOCK * ISO_SECTOR, buf, sizeof buf, NULL))
		return IMG_MATCH_NONE;
	type = iso_vd_type(buf);
	if (type < 0)
		return IMG_MATCH_NONE;
	if (type == ISO_VD_PRIMARY && !iso_vd_parse(buf, &vd, NULL) && vd.block_size >= 512 && vd.root.flags & ISO_DIRECTORY)
		return IMG_MATCH_STRUCTURE;
	return IMG_MATCH_MAGIC;
}

static int
iso_tree(const struct img_tree_open *o, struct img_tree **ret, struct img_err *err)
{
	struct iso *iso;
	struct img_report *scratch;
	int rc = iso_open(o, &iso, err);

	if (rc)
		return rc;
	/* what is wrong with booting, for lists and extraction too */
	scratch = img_report_new();
	if (scratch)
		et_describe(iso, img_report_root(scratch), NULL);
	img_report_free(scratch);
	*ret = &iso->tree;
	return 0;
}

const struct img_format img_format_iso9660 = {
	.name = "iso9660",
	.title = "ISO 9660",
	.suffixes = ".iso",
	.mime = "application/vnd.efi.iso",
	.magics = (const struct img_magic[]) { { "CD001", 5, IMG_FROM_START, 32769 }, { 0 } },
	.confirm = iso_confirm,
	.tree = iso_tree,
	.author = iso_author_hook,
};

bool
iso_is_placeholder(struct img_tree *t)
{
	struct img_nodes n;
	bool placeholder;

	if (strcmp(t->layer, img_format_iso9660.name))
		return false;
	if (img_tree_list(t, IMG_TREE_ROOT, &n, NULL))
		return true;
	placeholder = n.n == 0 || (n.n == 1 && n.v[0].type == IMG_NODE_FILE && !strncasecmp(n.v[0].name, "readme", 6));
	img_nodes_done(&n);
	return placeholder;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed files: their attribute and, where the data are in it, their resource fork. */
#include "config.h"

#include "core/memory.h"
#include "formats/hfsplus/volume.h"

static int
attr_open(const struct hfs *f, const struct hfs_record *r, struct img_source **ret, struct img_err *err)
{
	int rc = hfs_attr_open(f, r->id, DECMPFS_ATTR, ret, err);

	if (rc == IMG_E_UNKNOWN)
		return img_fail(err, IMG_E_FORMAT, "the file is said to be compressed, but has no %s", DECMPFS_ATTR);
	return rc;
}

int
hfs_compressed_head(const struct hfs *f, const struct hfs_record *r, struct decmpfs_head *ret, struct img_err *err)
{
	img_autounref struct img_source *attr = NULL;
	int rc = attr_open(f, r, &attr, err);

	return rc ? rc : decmpfs_head_read(attr, ret, err);
}

struct fork {
	const struct hfs *f;
	const struct hfs_record *r;
};

static int
fork_open(void *ctx, struct img_source **ret, struct img_err *err)
{
	const struct fork *o = ctx;

	return hfs_fork_open(o->f, &o->r->rsrc, o->r->id, HFS_RSRC, ret, err);
}

int
hfs_compressed_open(const struct hfs *f, const struct hfs_record *r, struct img_source **ret, struct img_err *err)
{
	img_autounref struct img_source *attr = NULL;
	struct fork fork = { f, r };
	int rc = attr_open(f, r, &attr, err);

	return rc ? rc : decmpfs_open(attr, fork_open, &fork, ret, err);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding the record of an inode. */
#include "config.h"

#include <inttypes.h>

#include "formats/apfs/container.h"

static int
load(struct apfs_cursor *c, uint64_t id, struct apfs_inode *ret, struct img_err *err)
{
	if (c->end || c->key.oid != id || c->key.type != APFS_INODE)
		return img_fail(err, IMG_E_UNKNOWN, "there is no inode %" PRIu64, id);
	return apfs_inode_parse(c->rec.v, c->rec.n_v, ret, err);
}

int
apfs_inode_get(const struct apfs_volume *v, struct apfs_cursor *c, uint64_t id, struct apfs_inode *ret,
	       struct img_err *err)
{
	struct apfs_key key = { .oid = id, .type = APFS_INODE };
	struct apfs_cursor own = { .tree = &v->fs };
	int rc = apfs_cursor_go(c ? c : &own, &key, err);

	if (!rc)
		rc = load(c ? c : &own, id, ret, err);
	apfs_cursor_done(&own);
	return rc;
}

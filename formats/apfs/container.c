/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening a container: block 0 says where checkpoints are, a checkpoint where everything else is. */
#include "config.h"

#include "formats/apfs/container.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "formats/apfs/apfs.h"
#include "img/env.h"

int
apfs_block_read(struct apfs *c, uint64_t paddr, uint8_t *b, struct img_err *err)
{
	if (paddr >= c->n_blocks)
		return img_fail(err, IMG_E_FORMAT, "block %" PRIu64 " lies past the end of the container, which has %" PRIu64, paddr,
				c->n_blocks);
	return img_source_read(c->below, paddr * c->s.block_size, b, c->s.block_size, err);
}

int
apfs_object_read(struct apfs *c, uint64_t paddr, enum apfs_type type, const char *name, uint8_t **ret,
		 struct img_err *err)
{
	img_autofree uint8_t *b = malloc(c->s.block_size);
	struct apfs_obj o;
	int rc = b ? apfs_block_read(c, paddr, b, err) : img_fail_nomem(err);

	if (rc)
		return img_note(err, rc, "%s", name);
	apfs_obj_parse(b, &o);
	if ((o.type & APFS_TYPE_MASK) != (uint32_t)type)
		return img_fail(err, IMG_E_FORMAT, "%s: block %" PRIu64 " is of type %08" PRIx32 ", expected %x", name, paddr, o.type,
				(unsigned int)type);
	if (apfs_sum(b, c->s.block_size) != load_le64(b))
		return img_fail(err, IMG_E_FORMAT, "%s (block %" PRIu64 ") fails its checksum", name, paddr);
	*ret = img_steal(&b);
	return 0;
}

/* ---- block 0 ---- */

static int
first_block(struct apfs *c, struct img_err *err)
{
	uint8_t b[APFS_SUPER_LEN];
	int rc;

	if (c->below->size < 4096)
		return img_fail(err, IMG_E_FORMAT, "the container ends inside its first block");
	rc = img_source_read(c->below, 0, b, sizeof b, err);
	if (!rc)
		rc = apfs_super_parse(b, &c->s, err);
	if (rc)
		return rc;
	c->n_blocks = c->below->size / c->s.block_size;
	if (c->s.n_blocks < c->n_blocks)
		c->n_blocks = c->s.n_blocks;
	return 0;
}

static void
check_size(struct apfs *c)
{
	if (c->s.n_blocks > c->n_blocks)
		img_problem(c->below->env, IMG_WARNING, "apfs-cut", "the APFS container has %" PRIu64 " blocks of %" PRIu32
			    " bytes, of which %" PRIu64 " are there", c->s.n_blocks, c->s.block_size, c->n_blocks);
}

/* ---- checkpoints ---- */

static int
try_checkpoint(struct apfs *c, const struct apfs_checkpoint *at, struct img_err *err)
{
	img_autofree uint8_t *b = NULL;
	struct apfs_super s;
	int rc = apfs_object_read(c, at->paddr, APFS_TYPE_SUPER, "container superblock", &b, err);

	if (!rc)
		rc = apfs_super_parse(b, &s, err);
	if (!rc && (s.block_size != c->s.block_size || memcmp(s.uuid, c->s.uuid, sizeof s.uuid)))
		rc = img_fail(err, IMG_E_FORMAT, "the superblock in block %" PRIu64 " is of another container", at->paddr);
	if (rc)
		return rc;
	c->s = s;
	c->super_at = at->paddr;
	rc = apfs_omap_open(c, s.omap, "object map of the container", &c->omap, err);
	return rc ? rc : apfs_volumes_open(c, err);
}

/* The newest of which everything needed is there. */
static int
load(struct apfs *c, struct img_err *err)
{
	img_autofree struct apfs_checkpoint *list = NULL;
	struct img_err first = { 0 };
	size_t n = 0;
	int rc = apfs_checkpoints(c, &list, &n, err), worst = 0;

	if (rc)
		return rc;
	for (size_t i = 0; i < n; i++) {
		struct img_err why = { 0 };

		rc = try_checkpoint(c, &list[i], &why);
		if (!rc && worst)
			img_problem(c->below->env, IMG_WARNING, "apfs-checkpoint", "the newest checkpoint cannot be used (%s); that of "
				    "transaction %" PRIu64 " is", first.msg, list[i].xid);
		if (!rc)
			return 0;
		apfs_cache_forget(c->cache, &c->omap.tree);
		apfs_volumes_close(c);
		if (!worst || rc != IMG_E_FORMAT) {
			worst = rc;
			first = why;
		}
		if (rc != IMG_E_FORMAT)
			break;
	}
	if (err)
		*err = first;
	return worst;
}

int
apfs_open(const struct img_tree_open *o, struct apfs **ret, struct img_err *err)
{
	struct apfs *c = calloc(1, sizeof *c);
	int rc;

	if (!c)
		return img_fail_nomem(err);
	c->below = img_ref(o->volume);
	c->names = o->names;
	rc = first_block(c, err);
	if (!rc) {
		c->cache = apfs_cache_new(c->s.block_size);
		if (!c->cache)
			rc = img_fail_nomem(err);
	}
	if (!rc)
		check_size(c);
	if (!rc)
		rc = load(c, err);
	if (!rc)
		rc = apfs_volumes_choose(c, o->fs_volume, o->snapshot, err);
	if (rc) {
		apfs_close(c);
		return rc;
	}
	*ret = c;
	return 0;
}

void
apfs_close(struct apfs *c)
{
	if (c->cache)
		apfs_cache_free(c->cache);
	apfs_volumes_close(c);
	img_unref(c->below);
	free(c);
}

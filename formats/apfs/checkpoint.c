/* SPDX-License-Identifier: BSD-2-Clause */
/* Checkpoints: a ring of blocks that holds the latest states of the container, each a few maps of ephemeral objects and then
 * a superblock.  The newest superblock whose checksum holds counts, unless what it leads to is broken. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/checked.h"
#include "formats/apfs/container.h"
#include "img/env.h"

#define MAX_DESC_BLOCKS 65536	/* terabytes come with 280 */
#define MAP_HEAD 40		/* object header, flags, count */

static int
newest_first(const void *a, const void *b)
{
	const struct apfs_checkpoint *x = a, *y = b;

	if (x->xid != y->xid)
		return x->xid > y->xid ? -1 : 1;
	return x->paddr < y->paddr ? 1 : x->paddr > y->paddr ? -1 : 0;
}

/* What block @paddr of the area says it is. */
static int
look(struct apfs *c, uint64_t paddr, struct apfs_checkpoint *list, size_t *io_n, struct img_err *err)
{
	uint8_t b[36];
	struct apfs_obj o;
	int rc = img_source_read(c->below, paddr * c->s.block_size, b, sizeof b, err);

	if (rc)
		return rc;
	apfs_obj_parse(b, &o);
	if (!memcmp(b + APFS_OBJ_LEN, "NXSB", 4) && (o.type & APFS_TYPE_MASK) == APFS_TYPE_SUPER)
		list[(*io_n)++] = (struct apfs_checkpoint) { o.xid, paddr };
	return 0;
}

int
apfs_checkpoints(struct apfs *c, struct apfs_checkpoint **ret, size_t *ret_n, struct img_err *err)
{
	const struct apfs_super *s = &c->s;
	img_autofree struct apfs_checkpoint *list = NULL;
	size_t n = 0;
	int rc;

	if (s->desc_tree)
		return img_fail(err, IMG_E_UNSUPPORTED, "the checkpoint area is scattered over the container");
	if (!span_ok(s->desc_base, s->desc_blocks, c->n_blocks) || s->desc_blocks > MAX_DESC_BLOCKS)
		return img_fail(err, IMG_E_FORMAT, "the checkpoint area, %" PRIu32 " blocks from %" PRIu64 " on, does not fit into "
				"%" PRIu64 " blocks", s->desc_blocks, s->desc_base, c->n_blocks);
	rc = img_array((uint64_t)s->desc_blocks + 1, sizeof *list, img_env_limits(c->below->env)->max_table, "checkpoints",
		       &list, err);
	for (uint32_t i = 0; !rc && i < s->desc_blocks; i++)
		rc = look(c, s->desc_base + i, list, &n, err);
	if (rc)
		return rc;
	qsort(list, n, sizeof *list, newest_first);
	list[n++] = (struct apfs_checkpoint) { s->obj.xid, 0 };
	*ret = img_steal(&list);
	*ret_n = n;
	return 0;
}

/* ---- ephemeral objects ---- */

/* What to do with every mapping; stops at what is not 0. */
typedef int mapping_fn(void *ctx, const struct apfs_mapping *m, struct img_err *err);

static int
map_walk(const uint8_t *b, uint32_t block_size, mapping_fn *fn, void *ctx, struct img_err *err)
{
	uint32_t n = load_le32(b + 36);
	int rc = 0;

	if (n > (block_size - MAP_HEAD) / APFS_MAPPING_LEN)
		return img_fail(err, IMG_E_FORMAT, "a checkpoint map of %" PRIu32 " objects", n);
	for (uint32_t i = 0; !rc && i < n; i++) {
		struct apfs_mapping m;

		apfs_mapping_parse(b + MAP_HEAD + (size_t)i * APFS_MAPPING_LEN, &m);
		rc = fn(ctx, &m, err);
	}
	return rc;
}

static int
mappings(struct apfs *c, mapping_fn *fn, void *ctx, uint64_t *ret_maps, struct img_err *err)
{
	const struct apfs_super *s = &c->s;
	uint64_t n = 0;

	if (s->desc_index >= s->desc_blocks || s->desc_len > s->desc_blocks)
		return img_fail(err, IMG_E_FORMAT, "the checkpoint has %" PRIu32 " blocks from %" PRIu32 " of %" PRIu32 " on",
				s->desc_len, s->desc_index, s->desc_blocks);
	for (uint32_t i = 0; i < s->desc_len; i++) {
		uint64_t paddr = s->desc_base + (s->desc_index + i) % s->desc_blocks;
		img_autofree uint8_t *b = NULL;
		int rc;

		if (paddr == c->super_at)
			break;
		rc = apfs_object_read(c, paddr, APFS_TYPE_CHECKPOINT_MAP, "checkpoint map", &b, err);
		if (!rc)
			rc = map_walk(b, s->block_size, fn, ctx, err);
		if (rc)
			return rc;
		n++;
	}
	*ret_maps = n;
	return 0;
}

struct want {
	uint64_t oid;
	struct apfs_mapping found;
};

static int
find(void *ctx, const struct apfs_mapping *m, struct img_err *err)
{
	struct want *w = ctx;

	if (m->oid == w->oid)
		w->found = *m;
	return 0;
}

/* An object of as many blocks as @m says. */
static int
mapped_read(struct apfs *c, const struct apfs_mapping *m, uint8_t **ret, struct img_err *err)
{
	uint64_t bs = c->s.block_size, n = m->size / bs;
	img_autofree uint8_t *b = NULL;
	struct apfs_obj o;
	int rc;

	if (!n || m->size % bs || !span_ok(m->paddr, n, c->n_blocks))
		return img_fail(err, IMG_E_FORMAT, "ephemeral object %" PRIu64 ": %" PRIu32 " bytes in block %" PRIu64, m->oid,
				m->size, m->paddr);
	rc = img_array(m->size, 1, img_env_limits(c->below->env)->max_table, "an ephemeral object", &b, err);
	if (!rc)
		rc = img_source_read(c->below, m->paddr * bs, b, m->size, err);
	if (rc)
		return rc;
	apfs_obj_parse(b, &o);
	if (apfs_sum(b, m->size) != load_le64(b))
		return img_fail(err, IMG_E_FORMAT, "ephemeral object %" PRIu64 " (block %" PRIu64 ") fails its checksum", m->oid,
				m->paddr);
	if (o.oid != m->oid || o.type != m->type)
		return img_fail(err, IMG_E_FORMAT, "block %" PRIu64 " holds object %" PRIu64 " of type %08" PRIx32
				", the checkpoint map says %" PRIu64 " of type %08" PRIx32, m->paddr, o.oid, o.type, m->oid, m->type);
	*ret = img_steal(&b);
	return 0;
}

int
apfs_ephemeral_read(struct apfs *c, uint64_t oid, enum apfs_type type, uint8_t **ret, uint32_t *ret_len,
		    struct img_err *err)
{
	struct want w = { .oid = oid };
	uint64_t n;
	int rc = mappings(c, find, &w, &n, err);

	if (rc)
		return rc;
	if (!w.found.oid || (w.found.type & APFS_TYPE_MASK) != (uint32_t)type)
		return img_fail(err, IMG_E_UNKNOWN, "no checkpoint map has ephemeral object %" PRIu64, oid);
	*ret_len = w.found.size;
	return mapped_read(c, &w.found, ret, err);
}

struct tally {
	struct apfs *c;
	uint64_t n;
};

static int
verify_one(void *ctx, const struct apfs_mapping *m, struct img_err *err)
{
	struct tally *t = ctx;
	img_autofree uint8_t *b = NULL;

	t->n++;
	return mapped_read(t->c, m, &b, err);
}

int
apfs_checkpoint_verify(struct apfs *c, uint64_t *ret_n, struct img_err *err)
{
	struct tally t = { .c = c };
	uint64_t maps;
	int rc = mappings(c, verify_one, &t, &maps, err);

	if (!rc)
		*ret_n = t.n + maps + 1;
	return rc;
}

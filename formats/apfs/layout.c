/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects, the superblocks, object maps, nodes of B-trees and their keys.  Records: layout_records.c. */
#include "config.h"

#include "formats/apfs/layout.h"

#include <inttypes.h>
#include <string.h>

#include "core/cursor.h"

static void
obj_get(struct img_cursor *c, struct apfs_obj *ret)
{
	cur_skip(c, 8);		/* the checksum */
	ret->oid = cur_le64(c);
	ret->xid = cur_le64(c);
	ret->type = cur_le32(c);
	ret->subtype = cur_le32(c);
}

void
apfs_obj_parse(const uint8_t *b, struct apfs_obj *ret)
{
	struct img_cursor c = cur_over(b, APFS_OBJ_LEN);

	obj_get(&c, ret);
}

/* AFSR "Objects": Fletcher's sum over 32-bit words, modulo 2^32 - 1.  Reduced every 1024 words the sums stay below 2^53. */
uint64_t
apfs_sum(const uint8_t *b, size_t len)
{
	const uint64_t m = UINT32_MAX;
	uint64_t a = 0, s = 0, c1, c2;

	for (size_t at = 8; at < len;) {
		size_t end = len - at < 4096 ? len : at + 4096;

		for (; at + 4 <= end; at += 4) {
			a += load_le32(b + at);
			s += a;
		}
		at = end;
		a %= m;
		s %= m;
	}
	c1 = m - (a + s) % m;
	c2 = m - (a + c1) % m;
	return c2 << 32 | c1;
}

/* ---- container superblock ---- */

static int
super_check(const struct apfs_super *s, struct img_err *err)
{
	if (s->block_size < 4096 || s->block_size > 65536 || s->block_size & (s->block_size - 1))
		return img_fail(err, IMG_E_FORMAT, "container superblock: blocks of %" PRIu32
				" bytes, expected a power of two from 4096 to 65536", s->block_size);
	if (s->incompat & APFS_NX_V1)
		return img_fail(err, IMG_E_UNSUPPORTED, "APFS of 2016 (version 1), which nobody reads any more");
	if (s->incompat & APFS_NX_FUSION)
		return img_fail(err, IMG_E_UNSUPPORTED, "one half of a Fusion drive");
	if (s->incompat & ~(uint64_t)(APFS_NX_V2 | APFS_NX_FUSION))
		return img_fail(err, IMG_E_UNSUPPORTED, "container superblock: unknown incompatible features %016" PRIx64,
				s->incompat);
	if (s->max_volumes > APFS_MAX_VOLUMES)
		return img_fail(err, IMG_E_FORMAT, "container superblock: %" PRIu32 " volumes, expected at most %d",
				s->max_volumes, APFS_MAX_VOLUMES);
	return 0;
}

int
apfs_super_parse(const uint8_t *b, struct apfs_super *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(b, APFS_SUPER_LEN);
	struct apfs_super s = { 0 };
	int rc;

	obj_get(&c, &s.obj);
	cur_tag(&c, "NXSB");			/* 0x20 */
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "container superblock: no \"NXSB\"");
	s.block_size = cur_le32(&c);
	s.n_blocks = cur_le64(&c);
	s.features = cur_le64(&c);		/* 0x30 */
	s.ro_compat = cur_le64(&c);
	s.incompat = cur_le64(&c);
	cur_copy(&c, s.uuid, sizeof s.uuid);
	s.next_oid = cur_le64(&c);		/* 0x58 */
	s.next_xid = cur_le64(&c);
	s.desc_blocks = cur_le32(&c);		/* 0x68 */
	s.data_blocks = cur_le32(&c);
	s.desc_tree = s.desc_blocks >> 31;
	s.data_tree = s.data_blocks >> 31;
	s.desc_blocks &= INT32_MAX;
	s.data_blocks &= INT32_MAX;
	s.desc_base = cur_le64(&c);
	s.data_base = cur_le64(&c);
	cur_skip(&c, 8);
	s.desc_index = cur_le32(&c);		/* 0x88 */
	s.desc_len = cur_le32(&c);
	cur_skip(&c, 8);
	s.spaceman = cur_le64(&c);		/* 0x98 */
	s.omap = cur_le64(&c);
	cur_skip(&c, 8 + 4);
	s.max_volumes = cur_le32(&c);		/* 0xb4 */
	for (unsigned int i = 0; i < APFS_MAX_VOLUMES; i++)
		s.volume[i] = cur_le64(&c);
	cur_skip(&c, 32 * 8 + 16 + 8);		/* counters, blocked-out range */
	s.flags = cur_le64(&c);			/* 0x4f0 */
	cur_skip(&c, 8 + 16);
	s.keybag = cur_le64(&c);		/* 0x510 */
	s.keybag_blocks = cur_le64(&c);
	rc = super_check(&s, err);
	if (rc)
		return rc;
	*ret = s;
	return 0;
}

void
apfs_mapping_parse(const uint8_t *b, struct apfs_mapping *ret)
{
	struct img_cursor c = cur_over(b, APFS_MAPPING_LEN);

	ret->type = cur_le32(&c);
	cur_skip(&c, 4);
	ret->size = cur_le32(&c);
	cur_skip(&c, 4 + 8);
	ret->oid = cur_le64(&c);
	ret->paddr = cur_le64(&c);
}

void
apfs_omap_parse(const uint8_t *b, struct apfs_omap_head *ret)
{
	struct img_cursor c = cur_over(b + APFS_OBJ_LEN, 24);

	ret->flags = cur_le32(&c);
	ret->n_snaps = cur_le32(&c);
	ret->tree_type = cur_le32(&c);
	cur_skip(&c, 4);
	ret->tree = cur_le64(&c);
}

void
apfs_omap_value_parse(const uint8_t *b, struct apfs_omap_value *ret)
{
	struct img_cursor c = cur_over(b, 16);

	ret->flags = cur_le32(&c);
	ret->size = cur_le32(&c);
	ret->paddr = cur_le64(&c);
}

/* ---- volume superblock ---- */

static void
made_get(struct img_cursor *c, struct apfs_made *ret)
{
	cur_copy(c, ret->by, 32);
	ret->by[32] = '\0';
	ret->when = cur_le64(c);
	ret->xid = cur_le64(c);
}

int
apfs_volume_parse(const uint8_t *b, struct apfs_volume_super *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(b, APFS_VOLUME_LEN);
	struct apfs_volume_super v = { 0 };

	obj_get(&c, &v.obj);
	cur_tag(&c, "APSB");			/* 0x20 */
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "volume superblock: no \"APSB\"");
	v.index = cur_le32(&c);
	v.features = cur_le64(&c);		/* 0x28 */
	v.ro_compat = cur_le64(&c);
	v.incompat = cur_le64(&c);
	v.unmounted = cur_le64(&c);		/* 0x40 */
	v.reserve = cur_le64(&c);
	v.quota = cur_le64(&c);
	v.n_allocated = cur_le64(&c);
	cur_skip(&c, 20);			/* wrapped_meta_crypto_state_t */
	v.root_type = cur_le32(&c);		/* 0x74 */
	v.extent_refs_type = cur_le32(&c);
	v.snap_meta_type = cur_le32(&c);
	v.omap = cur_le64(&c);			/* 0x80 */
	v.root = cur_le64(&c);
	v.extent_refs = cur_le64(&c);
	v.snap_meta = cur_le64(&c);
	cur_skip(&c, 24);			/* what to go back to, the next object id */
	v.n_files = cur_le64(&c);		/* 0xb8 */
	v.n_dirs = cur_le64(&c);
	v.n_links = cur_le64(&c);
	v.n_others = cur_le64(&c);
	v.n_snaps = cur_le64(&c);
	cur_skip(&c, 16);
	cur_copy(&c, v.uuid, sizeof v.uuid);	/* 0xf0 */
	v.modified = cur_le64(&c);
	v.flags = cur_le64(&c);
	made_get(&c, &v.formatted);		/* 0x110 */
	made_get(&c, &v.mounted);		/* 0x140: the newest of eight */
	cur_skip(&c, 7 * 48);
	cur_copy(&c, v.name, 256);		/* 0x2c0 */
	cur_skip(&c, 4);
	v.role = cur_le16(&c);			/* 0x3c4 */
	cur_skip(&c, 2 + 8 + 8 + 8 + 8 + 4 + 4);
	cur_copy(&c, v.group, sizeof v.group);	/* 0x3f0 */
	v.integrity = cur_le64(&c);
	v.fext = cur_le64(&c);
	v.fext_type = cur_le32(&c);
	*ret = v;
	return 0;
}

/* ---- nodes ---- */

void
apfs_node_parse(const uint8_t *b, struct apfs_node_head *ret)
{
	struct img_cursor c = cur_over(b + APFS_OBJ_LEN, APFS_NODE_LEN - APFS_OBJ_LEN);

	ret->flags = cur_le16(&c);
	ret->level = cur_le16(&c);
	ret->n = cur_le32(&c);
	ret->table_off = cur_le16(&c);
	ret->table_len = cur_le16(&c);
}

void
apfs_footer_parse(const uint8_t *b, struct apfs_footer *ret)
{
	struct img_cursor c = cur_over(b, APFS_FOOTER_LEN);

	ret->flags = cur_le32(&c);
	ret->node_size = cur_le32(&c);
	ret->key_size = cur_le32(&c);
	ret->value_size = cur_le32(&c);
	cur_skip(&c, 8);
	ret->n_keys = cur_le64(&c);
	ret->n_nodes = cur_le64(&c);
}

/* ---- keys ---- */

int
apfs_omap_key(const uint8_t *b, size_t len, struct apfs_key *ret)
{
	if (len != 16)
		return -1;
	*ret = (struct apfs_key) { .oid = load_le64(b), .number = load_le64(b + 8) };
	return 0;
}

int
apfs_fext_key(const uint8_t *b, size_t len, struct apfs_key *ret)
{
	if (len != 16)
		return -1;
	*ret = (struct apfs_key) { .oid = load_le64(b), .type = APFS_EXTENT, .number = load_le64(b + 8) };
	return 0;
}

/* What comes behind the eight bytes that all have. */
static size_t
key_least(const struct apfs_key *k, bool hashed)
{
	switch (k->type) {
	case APFS_XATTR:
	case APFS_SNAP_NAME:
		return 2;
	case APFS_SIBLING:
	case APFS_EXTENT:
	case APFS_FILE_INFO:
		return 8;
	case APFS_ENTRY:
		return hashed ? 4 : 2;
	default:
		return 0;
	}
}

static int
fs_key(const uint8_t *b, size_t len, bool hashed, struct apfs_key *ret)
{
	struct apfs_key k;

	if (len < 8)
		return -1;
	k = (struct apfs_key) { .oid = load_le64(b) & APFS_OID_MASK, .type = b[7] >> 4 };
	if (len < 8 + key_least(&k, hashed))
		return -1;
	if (k.type == APFS_SIBLING || k.type == APFS_EXTENT || k.type == APFS_FILE_INFO)
		k.number = load_le64(b + 8);
	else if (k.type == APFS_ENTRY && hashed)
		k.number = load_le32(b + 8) >> 10;	/* the hash; what is below is the length of the name */
	*ret = k;
	return 0;
}

int
apfs_fs_key(const uint8_t *b, size_t len, struct apfs_key *ret)
{
	return fs_key(b, len, true, ret);
}

int
apfs_plain_fs_key(const uint8_t *b, size_t len, struct apfs_key *ret)
{
	return fs_key(b, len, false, ret);
}

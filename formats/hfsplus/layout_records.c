/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys and records of the catalog, the extents overflow file and the attributes file. */
#include "config.h"

#include "formats/hfsplus/layout.h"

#include <inttypes.h>

#include "core/cursor.h"
#include "formats/hfsplus/layout_put.h"

/* ---- keys ---- */

/* The length in front, which must leave room for @least bytes. */
static int
key_open(const uint8_t *b, size_t len, size_t least, struct img_cursor *ret, size_t *ret_used, struct img_err *err)
{
	size_t n = len < 2 ? 0 : load_be16(b), used = (2 + n + 1) & ~(size_t)1;

	if (len < 2 || n < least || used > len)
		return img_fail(err, IMG_E_FORMAT, "a key of %zu bytes in a record of %zu, expected %zu or more", n, len, least);
	*ret = cur_over(b + 2, n);
	*ret_used = used;
	return 0;
}

static int
key_name(struct img_cursor *c, size_t most, struct hfs_key *k, struct img_err *err)
{
	uint16_t n = cur_be16(c);

	if (n > most || (size_t)n * 2 > cur_left(c))
		return img_fail(err, IMG_E_FORMAT, "a name of %u characters in a key with room for %zu", n, cur_left(c) / 2);
	k->n = n;
	for (uint16_t i = 0; i < n; i++)
		k->name[i] = cur_be16(c);
	return 0;
}

static uint8_t *
put_name(uint8_t *p, const struct hfs_key *k)
{
	p = put_be16(p, k->n);
	for (uint16_t i = 0; i < k->n; i++)
		p = put_be16(p, k->name[i]);
	return p;
}

int
hfs_catalog_key_parse(const uint8_t *b, size_t len, struct hfs_key *ret, size_t *ret_used, struct img_err *err)
{
	struct img_cursor c;
	int rc = key_open(b, len, 6, &c, ret_used, err);

	if (rc)
		return rc;
	ret->id = cur_be32(&c);
	ret->fork = 0;
	ret->start = 0;
	return key_name(&c, HFS_NAME_UNITS, ret, err);
}

size_t
hfs_catalog_key_emit(const struct hfs_key *k, uint8_t *ret)
{
	uint8_t *p = put_be16(ret, (uint16_t)(6 + 2 * k->n));

	return (size_t)(put_name(put_be32(p, k->id), k) - ret);
}

int
hfs_extents_key_parse(const uint8_t *b, size_t len, struct hfs_key *ret, size_t *ret_used, struct img_err *err)
{
	struct img_cursor c;
	int rc = key_open(b, len, 10, &c, ret_used, err);

	if (rc)
		return rc;
	ret->fork = cur_u8(&c);
	cur_skip(&c, 1);
	ret->id = cur_be32(&c);
	ret->start = cur_be32(&c);
	ret->n = 0;
	return 0;
}

size_t
hfs_extents_key_emit(const struct hfs_key *k, uint8_t *ret)
{
	uint8_t *p = put_be16(ret, 10);

	*p++ = k->fork;
	*p++ = 0;
	p = put_be32(p, k->id);
	return (size_t)(put_be32(p, k->start) - ret);
}

int
hfs_attr_key_parse(const uint8_t *b, size_t len, struct hfs_key *ret, size_t *ret_used, struct img_err *err)
{
	struct img_cursor c;
	int rc = key_open(b, len, 12, &c, ret_used, err);

	if (rc)
		return rc;
	cur_skip(&c, 2);
	ret->id = cur_be32(&c);
	ret->start = cur_be32(&c);
	ret->fork = 0;
	return key_name(&c, HFS_ATTR_UNITS, ret, err);
}

size_t
hfs_attr_key_emit(const struct hfs_key *k, uint8_t *ret)
{
	uint8_t *p = put_be16(ret, (uint16_t)(12 + 2 * k->n));

	p = put_be16(p, 0);
	p = put_be32(p, k->id);
	return (size_t)(put_name(put_be32(p, k->start), k) - ret);
}

/* ---- catalog ---- */

int
hfs_record_parse(const uint8_t *b, size_t len, struct hfs_record *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(b, len);
	struct hfs_record r = { .type = cur_be16(&c) };

	if (r.type != HFS_FOLDER && r.type != HFS_FILE)
		return img_fail(err, IMG_E_UNKNOWN, "a catalog record of type %u", r.type);
	r.flags = cur_be16(&c);
	r.valence = cur_be32(&c);
	r.id = cur_be32(&c);
	r.created = cur_be32(&c);
	r.modified = cur_be32(&c);
	r.changed = cur_be32(&c);
	r.accessed = cur_be32(&c);
	r.backed_up = cur_be32(&c);
	r.owner = cur_be32(&c);
	r.group = cur_be32(&c);
	r.admin_flags = cur_u8(&c);
	r.owner_flags = cur_u8(&c);
	r.mode = cur_be16(&c);
	r.special = cur_be32(&c);
	cur_copy(&c, r.finder, sizeof r.finder);
	r.encoding = cur_be32(&c);
	r.n_folders = cur_be32(&c);
	if (r.type == HFS_FILE) {
		hfs_fork_parse(&c, &r.data);
		hfs_fork_parse(&c, &r.rsrc);
	}
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "a catalog record of type %u has %zu bytes, expected %d", r.type, len,
				r.type == HFS_FILE ? HFS_FILE_LEN : HFS_FOLDER_LEN);
	*ret = r;
	return 0;
}

size_t
hfs_record_emit(const struct hfs_record *r, uint8_t *ret)
{
	uint8_t *p = put_be16(ret, r->type);

	p = put_be16(p, r->flags);
	p = put_be32(p, r->valence);
	p = put_be32(p, r->id);
	p = put_be32(p, r->created);
	p = put_be32(p, r->modified);
	p = put_be32(p, r->changed);
	p = put_be32(p, r->accessed);
	p = put_be32(p, r->backed_up);
	p = put_be32(p, r->owner);
	p = put_be32(p, r->group);
	*p++ = r->admin_flags;
	*p++ = r->owner_flags;
	p = put_be16(p, r->mode);
	p = put_be32(p, r->special);
	p = put_bytes(p, r->finder, sizeof r->finder);
	p = put_be32(p, r->encoding);
	p = put_be32(p, r->n_folders);
	if (r->type == HFS_FILE) {
		p = hfs_fork_put(p, &r->data);
		p = hfs_fork_put(p, &r->rsrc);
	}
	return (size_t)(p - ret);
}

int
hfs_thread_parse(const uint8_t *b, size_t len, struct hfs_thread *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(b, len);
	uint16_t type = cur_be16(&c);

	if (type != HFS_FOLDER_THREAD && type != HFS_FILE_THREAD)
		return img_fail(err, IMG_E_FORMAT, "a record of type %u where a thread is expected", type);
	cur_skip(&c, 2);
	*ret = (struct hfs_thread) { .type = type, .to.id = cur_be32(&c) };
	return key_name(&c, HFS_NAME_UNITS, &ret->to, err);
}

size_t
hfs_thread_emit(const struct hfs_thread *t, uint8_t *ret)
{
	uint8_t *p = put_be16(ret, t->type);

	p = put_be16(p, 0);
	p = put_be32(p, t->to.id);
	return (size_t)(put_name(p, &t->to) - ret);
}

/* ---- extents, attributes ---- */

int
hfs_extents_parse(const uint8_t *b, size_t len, struct hfs_extent ret[HFS_EXTENTS], struct img_err *err)
{
	struct img_cursor c = cur_over(b, len);

	for (unsigned int i = 0; i < HFS_EXTENTS; i++) {
		ret[i].start = cur_be32(&c);
		ret[i].count = cur_be32(&c);
	}
	return cur_ok(&c) ? 0 : img_fail(err, IMG_E_FORMAT, "a record of extents has %zu bytes, expected 64", len);
}

size_t
hfs_extents_emit(const struct hfs_extent ext[HFS_EXTENTS], uint8_t *ret)
{
	uint8_t *p = ret;

	for (unsigned int i = 0; i < HFS_EXTENTS; i++) {
		p = put_be32(p, ext[i].start);
		p = put_be32(p, ext[i].count);
	}
	return (size_t)(p - ret);
}

int
hfs_attr_parse(const uint8_t *b, size_t len, struct hfs_attr *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(b, len);
	struct hfs_attr a = { .type = cur_be32(&c) };

	switch (a.type) {
	case HFS_ATTR_INLINE:
		cur_skip(&c, 8);
		a.size = cur_be32(&c);
		a.bytes = cur_bytes(&c, a.size);
		break;
	case HFS_ATTR_FORK:
		cur_skip(&c, 4);
		hfs_fork_parse(&c, &a.fork);
		break;
	case HFS_ATTR_EXTENTS:
		cur_skip(&c, 4);
		return cur_left(&c) < 64 ? img_fail(err, IMG_E_FORMAT, "a record of extents has %zu bytes", len)
					 : (*ret = a, hfs_extents_parse(c.p, cur_left(&c), ret->fork.ext, err));
	default:
		return img_fail(err, IMG_E_FORMAT, "an attribute of type %" PRIu32, a.type);
	}
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "an attribute of %" PRIu32 " bytes in a record of %zu", a.size, len);
	*ret = a;
	return 0;
}

size_t
hfs_attr_emit(const struct hfs_attr *a, uint8_t *ret)
{
	uint8_t *p = put_be32(ret, a->type);

	p = put_be32(p, 0);
	switch (a->type) {
	case HFS_ATTR_INLINE:
		p = put_be32(p, 0);
		p = put_be32(p, a->size);
		p = put_bytes(p, a->bytes, a->size);
		if (a->size % 2)
			*p++ = 0;
		break;
	case HFS_ATTR_FORK:
		p = hfs_fork_put(p, &a->fork);
		break;
	default:
		p += hfs_extents_emit(a->fork.ext, p);
	}
	return (size_t)(p - ret);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of the file-system tree, and of that of snapshots. */
#include "config.h"

#include "formats/apfs/layout.h"

#include <inttypes.h>
#include <string.h>

#include "core/cursor.h"

/* Extended fields: le16 how many, le16 bytes; then for each its type, flags and le16 size; then the values, each padded to
 * eight bytes (AFSR xf_blob_t). */
struct fields {
	struct img_cursor head, values;
	unsigned int n;
};

struct field {
	uint8_t type;
	uint16_t size;
	const uint8_t *value;
};

static int
fields_begin(struct img_cursor c, struct fields *ret)
{
	*ret = (struct fields) { 0 };
	if (cur_left(&c) < 4)
		return 0;	/* none */
	ret->n = cur_le16(&c);
	cur_skip(&c, 2);
	ret->head = c;
	cur_skip(&c, (size_t)ret->n * 4);
	ret->values = c;
	return cur_ok(&c) ? 0 : -1;
}

/* While there are some.  Below zero: it does not fit. */
static int
fields_next(struct fields *f, struct field *ret)
{
	size_t padded;

	f->n--;
	ret->type = cur_u8(&f->head);
	cur_skip(&f->head, 1);
	ret->size = cur_le16(&f->head);
	padded = ((size_t)ret->size + 7) & ~(size_t)7;
	if (cur_left(&f->values) < padded)	/* the last one may go without */
		padded = ret->size;
	ret->value = cur_bytes(&f->values, padded);
	return ret->value ? 0 : -1;
}

static void
stream_get(const uint8_t *b, struct apfs_stream *ret)
{
	ret->size = load_le64(b);
	ret->allocated = load_le64(b + 8);
	ret->crypto = load_le64(b + 16);
}

/* ---- inodes ---- */

enum { FIELD_DOCUMENT = 3, FIELD_FINDER = 7, FIELD_STREAM = 8, FIELD_SPARSE = 13, FIELD_DEVICE = 14 };

static void
inode_field(const struct field *x, struct apfs_inode *i)
{
	switch (x->type) {
	case FIELD_DOCUMENT:
		if (x->size >= 4)
			i->document = load_le32(x->value);
		break;
	case FIELD_FINDER:
		if (x->size >= sizeof i->finder) {
			memcpy(i->finder, x->value, sizeof i->finder);
			i->has_finder = true;
		}
		break;
	case FIELD_STREAM:
		if (x->size >= 40) {
			stream_get(x->value, &i->stream);
			i->has_stream = true;
		}
		break;
	case FIELD_SPARSE:
		if (x->size >= 8)
			i->sparse = load_le64(x->value);
		break;
	case FIELD_DEVICE:
		if (x->size >= 4) {
			i->device = load_le32(x->value);
			i->has_device = true;
		}
		break;
	default:
		break;
	}
}

int
apfs_inode_parse(const uint8_t *b, size_t len, struct apfs_inode *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(b, len);
	struct apfs_inode i = { 0 };
	struct fields f;
	struct field x;
	int bad;

	i.parent = cur_le64(&c);
	i.private_id = cur_le64(&c);
	i.created = cur_le64(&c);
	i.modified = cur_le64(&c);
	i.changed = cur_le64(&c);
	i.accessed = cur_le64(&c);
	i.flags = cur_le64(&c);			/* 48 */
	i.n_links = cur_le32(&c);
	cur_skip(&c, 8);			/* class of protection, count of writes */
	i.bsd_flags = cur_le32(&c);		/* 68 */
	i.uid = cur_le32(&c);
	i.gid = cur_le32(&c);
	i.mode = cur_le16(&c);			/* 80 */
	cur_skip(&c, 2);
	i.unpacked = cur_le64(&c);
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "an inode of %zu bytes, expected 92 or more", len);
	bad = fields_begin(c, &f);
	while (!bad && f.n) {
		bad = fields_next(&f, &x);
		if (!bad)
			inode_field(&x, &i);
	}
	if (bad)
		return img_fail(err, IMG_E_FORMAT, "the extended fields of an inode are longer than its record");
	*ret = i;
	return 0;
}

/* ---- entries of folders ---- */

/* A name with its NUL counted in @n. */
static int
name_get(const uint8_t *b, size_t left, size_t n, const char **ret, size_t *ret_n)
{
	if (n < 2 || n > left || b[n - 1] || memchr(b, '\0', n - 1))
		return -1;
	*ret = (const char *)b;
	*ret_n = n - 1;
	return 0;
}

int
apfs_entry_parse(const uint8_t *key, size_t n_key, bool hashed, const uint8_t *b, size_t len, struct apfs_entry *ret,
		 struct img_err *err)
{
	size_t head = hashed ? 12 : 10;
	struct apfs_entry e = { .hashed = hashed };
	struct img_cursor c = cur_over(b, len);
	struct fields f;
	struct field x;
	size_t n = hashed ? load_le32(key + 8) & 0x3ff : load_le16(key + 8);

	if (name_get(key + head, n_key - head, n, &e.name, &e.n_name))
		return img_fail(err, IMG_E_FORMAT, "an entry's name of %zu bytes in a key of %zu", n, n_key);
	e.hash = hashed ? load_le32(key + 8) >> 10 : 0;
	e.id = cur_le64(&c);
	e.added = cur_le64(&c);
	e.kind = cur_le16(&c) & 0xf;
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "an entry of %zu bytes, expected 18 or more", len);
	if (!fields_begin(c, &f))
		while (f.n && !fields_next(&f, &x))
			if (x.type == 1 && x.size >= 8)		/* DREC_EXT_TYPE_SIBLING_ID */
				e.sibling = load_le64(x.value);
	*ret = e;
	return 0;
}

/* ---- attributes, extents, snapshots ---- */

int
apfs_xattr_parse(const uint8_t *key, size_t n_key, const uint8_t *b, size_t len, struct apfs_xattr *ret,
		 struct img_err *err)
{
	struct img_cursor c = cur_over(b, len);
	struct apfs_xattr x = { 0 };
	uint16_t n;

	if (name_get(key + 10, n_key - 10, load_le16(key + 8), &x.name, &x.n_name))
		return img_fail(err, IMG_E_FORMAT, "an attribute's name of %u bytes in a key of %zu", load_le16(key + 8), n_key);
	x.flags = cur_le16(&c);
	n = cur_le16(&c);
	x.bytes = cur_bytes(&c, n);
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "attribute \"%s\": %u bytes in a record of %zu", x.name, n, len);
	if (x.flags & APFS_XATTR_STREAM) {
		if (n < 48)
			return img_fail(err, IMG_E_FORMAT, "attribute \"%s\": its stream is told in %u bytes, expected 48", x.name, n);
		x.stream_id = load_le64(x.bytes);
		stream_get(x.bytes + 8, &x.stream);
		x.size = x.stream.size;
		x.bytes = NULL;
	} else if (x.flags & APFS_XATTR_EMBEDDED) {
		x.size = n;
	} else {
		return img_fail(err, IMG_E_FORMAT, "attribute \"%s\" is neither embedded nor a stream (flags %04x)", x.name, x.flags);
	}
	*ret = x;
	return 0;
}

int
apfs_extent_parse(const struct apfs_key *key, bool fext, const uint8_t *b, size_t len, struct apfs_extent *ret,
		  struct img_err *err)
{
	struct img_cursor c = cur_over(b, len);
	struct apfs_extent e = { .off = key->number };
	uint64_t word = cur_le64(&c);

	e.len = word & UINT64_C(0x00ffffffffffffff);
	e.flags = (uint8_t)(word >> 56);
	e.paddr = cur_le64(&c);
	e.crypto = fext ? 0 : cur_le64(&c);
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "an extent of %zu bytes", len);
	*ret = e;
	return 0;
}

int
apfs_snapshot_parse(const struct apfs_key *key, const uint8_t *b, size_t len, struct apfs_snapshot *ret,
		    struct img_err *err)
{
	struct img_cursor c = cur_over(b, len);
	struct apfs_snapshot s = { .xid = key->oid };
	size_t n;

	s.extent_refs = cur_le64(&c);
	s.super = cur_le64(&c);
	s.created = cur_le64(&c);
	s.changed = cur_le64(&c);
	cur_skip(&c, 8 + 4 + 4);
	n = cur_le16(&c);
	if (!cur_ok(&c) || !n || n > sizeof s.name || n > cur_left(&c))
		return img_fail(err, IMG_E_FORMAT, "snapshot %" PRIu64 ": its record has %zu bytes", s.xid, len);
	cur_copy(&c, s.name, n);
	s.name[n - 1] = '\0';
	*ret = s;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Key bags are objects encrypted with no more than a UUID that everybody can read.
 *
 *   32 bytes              object header, as everywhere
 *   16                    le16 version 2, le16 number of entries, le32 their bytes
 *   entries               16 bytes UUID, le16 tag, le16 length, 4 free; the data; padded to 16
 *
 * Wrapped keys in them are a tree of tag, length, value as in DER: 0xa3 holds 0x81 a UUID, 0x82 flags, 0x83 the key, and for
 * a password 0x84 rounds and 0x85 salt. */
#include "config.h"

#include "formats/apfs/keybag.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/checked.h"
#include "core/cursor.h"
#include "img/env.h"

#define MAX_BLOCKS 64
#define HEAD (APFS_OBJ_LEN + 16)
#define ENTRY_HEAD 24

void
apfs_bag_done(struct apfs_bag *b)
{
	free(b->bytes);
	b->bytes = NULL;
}

int
apfs_bag_read(struct apfs *c, uint64_t paddr, uint64_t n, const uint8_t uuid[16], uint32_t type, struct apfs_bag *ret,
	      struct img_err *err)
{
	size_t len = (size_t)(n < MAX_BLOCKS ? n : 0) * c->s.block_size;
	img_autofree uint8_t *b = NULL;
	struct apfs_cipher *cipher = NULL;
	uint8_t key[32];
	struct apfs_obj o;
	int rc;

	if (!len || !span_ok(paddr, n, c->n_blocks))
		return img_fail(err, IMG_E_FORMAT, "a key bag of %" PRIu64 " blocks at %" PRIu64, n, paddr);
	b = malloc(len);
	if (!b)
		return img_fail_nomem(err);
	memcpy(key, uuid, 16);
	memcpy(key + 16, uuid, 16);
	rc = apfs_cipher_new(key, &cipher, err);
	if (!rc)
		rc = img_source_read(c->below, paddr * c->s.block_size, b, len, err);
	if (!rc)
		rc = apfs_cipher_blocks(cipher, paddr * (c->s.block_size / 512), b, len, err);
	apfs_cipher_unref(cipher);
	if (rc)
		return rc;
	apfs_obj_parse(b, &o);
	if (apfs_sum(b, len) != load_le64(b) || o.type != type)
		return img_fail(err, IMG_E_FORMAT, "the key bag in block %" PRIu64 " fails its checksum", paddr);
	ret->n = HEAD + (size_t)load_le32(b + APFS_OBJ_LEN + 4);
	if (load_le16(b + APFS_OBJ_LEN) != 2 || ret->n > len)
		return img_fail(err, IMG_E_UNSUPPORTED, "a key bag of version %u, expected 2", load_le16(b + APFS_OBJ_LEN));
	ret->bytes = img_steal(&b);
	return 0;
}

bool
apfs_bag_next(const struct apfs_bag *b, size_t *io_at, struct apfs_bag_entry *ret)
{
	size_t at = *io_at ? *io_at : HEAD;
	const uint8_t *e = b->bytes + at;

	if (at > b->n || b->n - at < ENTRY_HEAD || load_le16(e + 18) > b->n - at - ENTRY_HEAD)
		return false;
	*ret = (struct apfs_bag_entry) { e, load_le16(e + 16), e + ENTRY_HEAD, load_le16(e + 18) };
	*io_at = at + ((ENTRY_HEAD + ret->n + 15) & ~(size_t)15);
	return true;
}

/* ---- wrapped keys ---- */

struct tlv {
	uint8_t tag;
	const uint8_t *value;
	size_t n;
};

static bool
tlv_next(struct img_cursor *c, struct tlv *ret)
{
	size_t n;

	if (!cur_left(c))
		return false;
	ret->tag = cur_u8(c);
	n = cur_u8(c);
	if (n == 0x81)		/* DER's long forms */
		n = cur_u8(c);
	else if (n == 0x82)
		n = cur_be16(c);
	ret->n = n;
	ret->value = cur_bytes(c, n);
	return cur_ok(c);
}

static bool
tlv_find(const uint8_t *b, size_t n, uint8_t tag, struct tlv *ret)
{
	struct img_cursor c = cur_over(b, n);

	while (tlv_next(&c, ret))
		if (ret->tag == tag)
			return true;
	return false;
}

static size_t
take(const struct tlv *t, uint8_t *to, size_t room)
{
	size_t n = t->n < room ? t->n : room;

	memcpy(to, t->value, n);
	return n;
}

static void
wrapped_field(const struct tlv *t, struct apfs_wrapped *w)
{
	switch (t->tag) {
	case 0x81:
		take(t, w->uuid, sizeof w->uuid);
		break;
	case 0x82:		/* of its eight bytes the first four, as little-endian */
		if (t->n >= 4)
			w->flags = load_le32(t->value);
		break;
	case 0x83:
		w->n_key = take(t, w->key, sizeof w->key);
		break;
	case 0x84:
		for (size_t i = 0; i < t->n && i < 8; i++)
			w->rounds = w->rounds << 8 | t->value[i];
		break;
	case 0x85:
		w->n_salt = take(t, w->salt, sizeof w->salt);
		break;
	default:
		break;
	}
}

int
apfs_wrapped_parse(const uint8_t *b, size_t n, struct apfs_wrapped *ret, struct img_err *err)
{
	struct apfs_wrapped w = { 0 };
	struct img_cursor c;
	struct tlv t;

	if (!tlv_find(b, n, 0x30, &t) || !tlv_find(t.value, t.n, 0xa3, &t))
		return img_fail(err, IMG_E_FORMAT, "a wrapped key of %zu bytes without its fields", n);
	c = cur_over(t.value, t.n);
	while (tlv_next(&c, &t))
		wrapped_field(&t, &w);
	if (w.n_key != 24 && w.n_key != 40)
		return img_fail(err, IMG_E_FORMAT, "a wrapped key of %zu bytes, expected 24 or 40", w.n_key);
	*ret = w;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The master directory block, nodes, keys and records. */
#include "config.h"

#include "formats/hfs/layout.h"

#include <inttypes.h>
#include <string.h>

#include "core/cursor.h"
#include "core/unicode.h"

#define EPOCH INT64_C(2082844800)	/* from 1904 to 1970 */

static void
extents_get(struct img_cursor *c, struct hfsc_extent ret[HFSC_EXTENTS])
{
	for (unsigned int i = 0; i < HFSC_EXTENTS; i++) {
		ret[i].start = cur_be16(c);
		ret[i].count = cur_be16(c);
	}
}

void
hfsc_extents_parse(const uint8_t *b, struct hfsc_extent ret[HFSC_EXTENTS])
{
	struct img_cursor c = cur_over(b, 12);

	extents_get(&c, ret);
}

int
hfsc_mdb_parse(const uint8_t *b, struct hfsc_mdb *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(b, HFSC_MDB_LEN);
	struct hfsc_mdb m = { 0 };

	cur_tag(&c, "BD");
	m.created = cur_be32(&c);		/*   2 */
	m.modified = cur_be32(&c);
	m.attributes = cur_be16(&c);
	cur_skip(&c, 2);
	m.bitmap = cur_be16(&c);		/*  14 */
	cur_skip(&c, 2);
	m.n_blocks = cur_be16(&c);		/*  18 */
	m.block_size = cur_be32(&c);
	cur_skip(&c, 4);
	m.first = cur_be16(&c);			/*  28 */
	cur_skip(&c, 4);
	m.n_free = cur_be16(&c);		/*  34 */
	m.n_name = cur_u8(&c);
	cur_copy(&c, m.name, sizeof m.name);
	m.backed_up = cur_be32(&c);		/*  64 */
	cur_skip(&c, 2 + 4 + 4 + 4 + 2);
	m.n_files = cur_be32(&c);		/*  84 */
	m.n_folders = cur_be32(&c);
	for (unsigned int i = 0; i < 8; i++)
		m.finder[i] = cur_be32(&c);
	cur_skip(&c, 6);			/* 124: what HFS+ inside would be told by */
	m.extents_size = cur_be32(&c);		/* 130 */
	extents_get(&c, m.extents);
	m.catalog_size = cur_be32(&c);
	extents_get(&c, m.catalog);
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "master directory block: no \"BD\"");
	if (!m.block_size || m.block_size % HFSC_SECTOR)
		return img_fail(err, IMG_E_FORMAT, "master directory block: blocks of %" PRIu32 " bytes, expected sectors of 512",
				m.block_size);
	if (m.n_name > sizeof m.name)
		m.n_name = sizeof m.name;
	*ret = m;
	return 0;
}

void
hfsc_node_parse(const uint8_t *b, struct hfsc_node *ret)
{
	struct img_cursor c = cur_over(b, 14);

	ret->next = cur_be32(&c);
	ret->prev = cur_be32(&c);
	ret->kind = (int8_t)cur_u8(&c);
	ret->height = cur_u8(&c);
	ret->n = cur_be16(&c);
}

void
hfsc_tree_head_parse(const uint8_t *b, struct hfsc_tree_head *ret)
{
	struct img_cursor c = cur_over(b, 30);

	ret->depth = cur_be16(&c);
	ret->root = cur_be32(&c);
	ret->n_leaf = cur_be32(&c);
	ret->first_leaf = cur_be32(&c);
	ret->last_leaf = cur_be32(&c);
	ret->node_size = cur_be16(&c);
	cur_skip(&c, 2);
	ret->n_nodes = cur_be32(&c);
}

/* ---- keys ---- */

int
hfsc_key_parse(bool extents, const uint8_t *b, size_t len, struct hfsc_key *ret, size_t *ret_end)
{
	size_t n = len ? b[0] : 0, end = (n + 2) & ~(size_t)1;

	if (n < (extents ? 7 : 6) || end > len)
		return -1;
	if (extents) {
		*ret = (struct hfsc_key) { .fork = b[1], .id = load_be32(b + 2), .start = load_be16(b + 6) };
	} else {
		*ret = (struct hfsc_key) { .id = load_be32(b + 2), .n_name = b[6], .name = b + 7 };
		if ((size_t)ret->n_name + 6 > n || ret->n_name > 31)
			return -1;
	}
	*ret_end = end;
	return 0;
}

int
hfsc_key_compare(const struct hfsc_key *a, const struct hfsc_key *b)
{
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	if (a->fork != b->fork)
		return a->fork < b->fork ? -1 : 1;
	return a->start < b->start ? -1 : a->start > b->start;
}

/* ---- records ---- */

static void
folder_get(struct img_cursor *c, struct hfsc_record *r)
{
	cur_skip(c, 2);				/* flags */
	r->valence = cur_be16(c);
	r->id = cur_be32(c);			/*  6 */
	r->created = cur_be32(c);
	r->modified = cur_be32(c);
	r->backed_up = cur_be32(c);
	cur_copy(c, r->finder, 32);
	cur_skip(c, 16);
}

static void
file_get(struct img_cursor *c, struct hfsc_record *r)
{
	cur_skip(c, 2);
	cur_copy(c, r->finder, 16);		/*  4 */
	r->id = cur_be32(c);
	cur_skip(c, 2);
	r->data.size = cur_be32(c);		/* 26 */
	r->data.room = cur_be32(c);
	cur_skip(c, 2);
	r->rsrc.size = cur_be32(c);		/* 36 */
	r->rsrc.room = cur_be32(c);
	r->created = cur_be32(c);
	r->modified = cur_be32(c);
	r->backed_up = cur_be32(c);
	cur_copy(c, r->finder + 16, 16);	/* 56 */
	cur_skip(c, 2);
	extents_get(c, r->data.ext);
	extents_get(c, r->rsrc.ext);
	cur_skip(c, 4);
}

int
hfsc_record_parse(const uint8_t *b, size_t len, struct hfsc_record *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(b, len);
	struct hfsc_record r = { .type = cur_u8(&c) };

	cur_skip(&c, 1);
	if (r.type == HFSC_FOLDER_THREAD || r.type == HFSC_FILE_THREAD)
		return img_fail(err, IMG_E_UNKNOWN, "a thread");
	if (r.type == HFSC_FOLDER)
		folder_get(&c, &r);
	else if (r.type == HFSC_FILE)
		file_get(&c, &r);
	else
		return img_fail(err, IMG_E_FORMAT, "a catalog record of type %u", r.type);
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "a catalog record of %zu bytes, type %u", len, r.type);
	*ret = r;
	return 0;
}

/* ---- names and times ---- */

void
hfsc_name_utf8(const uint8_t *name, size_t n, char *ret)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t c = name[i] == '/' ? ':' : name[i] ? img_macroman(name[i]) : 0x2400;

		ret += img_utf8_put(c, ret);
	}
	*ret = '\0';
}

struct img_time
hfsc_time(uint32_t t)
{
	return (struct img_time) { .sec = t ? (int64_t)t - EPOCH : IMG_NO_TIME };
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The descriptors of a volume (ECMA-167 part 3): parse and emit side by side. */
#include "config.h"

#include "formats/udf/layout.h"

#include <inttypes.h>
#include <string.h>

#include "core/checked.h"
#include "core/cursor.h"

enum { CHARSPEC_LEN = 64, LVD_HEAD = 440 };

static struct img_cursor
body_of(const uint8_t *b)
{
	return cur_over(b + UDF_TAG_LEN, UDF_DESC_LEN - UDF_TAG_LEN);
}

static int
body_ok(const struct img_cursor *c, uint16_t id, struct img_err *err)
{
	return cur_ok(c) ? 0 : img_fail(err, IMG_E_FORMAT, "%s is cut short", udf_tag_title(id));
}

int
udf_avdp_parse(const uint8_t *b, struct udf_avdp *ret, struct img_err *err)
{
	struct img_cursor c = body_of(b);
	struct udf_avdp d = { 0 };

	d.main = udf_extent_parse(&c);			/* 16 */
	d.reserve = udf_extent_parse(&c);		/* 24 */
	if (!d.main.len && !d.reserve.len)
		return img_fail(err, IMG_E_FORMAT, "an anchor leads nowhere");
	*ret = d;
	return 0;
}

size_t
udf_avdp_emit(const struct udf_avdp *d, uint8_t *b)
{
	struct udf_put w = { b + UDF_TAG_LEN };

	udf_put_extent(&w, &d->main);
	udf_put_extent(&w, &d->reserve);
	return UDF_DESC_LEN - UDF_TAG_LEN;
}

int
udf_pvd_parse(const uint8_t *b, struct udf_pvd *ret, struct img_err *err)
{
	struct img_cursor c = body_of(b);
	struct udf_pvd d = { 0 };

	d.seq = cur_le32(&c);				/*  16 */
	d.number = cur_le32(&c);			/*  20 */
	udf_dstring_parse(&c, 32, d.volume_id);		/*  24 */
	d.volume_seq = cur_le16(&c);			/*  56 */
	d.max_volume_seq = cur_le16(&c);		/*  58 */
	d.interchange = cur_le16(&c);			/*  60 */
	d.max_interchange = cur_le16(&c);		/*  62 */
	cur_skip(&c, 8);				/*  64: character sets */
	udf_dstring_parse(&c, 128, d.set_id);		/*  72 */
	cur_skip(&c, (size_t)2 * CHARSPEC_LEN);		/* 200 */
	cur_skip(&c, 16);				/* 328: abstract, copyright */
	d.application = udf_regid_parse(&c);		/* 344 */
	d.time = udf_stamp_parse(&c);			/* 376 */
	d.implementation = udf_regid_parse(&c);		/* 388 */
	cur_skip(&c, 64 + 4);				/* 420: its use; predecessor */
	d.flags = cur_le16(&c);				/* 488 */
	*ret = d;
	return body_ok(&c, UDF_PVD, err);
}

size_t
udf_pvd_emit(const struct udf_pvd *d, uint8_t *b)
{
	struct udf_put w = { b + UDF_TAG_LEN };

	udf_put_32(&w, d->seq);
	udf_put_32(&w, d->number);
	udf_put_dstring(&w, d->volume_id, 32);
	udf_put_16(&w, d->volume_seq);
	udf_put_16(&w, d->max_volume_seq);
	udf_put_16(&w, d->interchange);
	udf_put_16(&w, d->max_interchange);
	udf_put_32(&w, 1);				/* character set 0, UDF 2.2.2.3 */
	udf_put_32(&w, 1);
	udf_put_dstring(&w, d->set_id, 128);
	udf_put_charspec(&w);
	udf_put_charspec(&w);
	udf_put_skip(&w, 16);
	udf_put_regid(&w, &d->application);
	udf_put_stamp(&w, &d->time);
	udf_put_regid(&w, &d->implementation);
	udf_put_skip(&w, 64 + 4);
	udf_put_16(&w, d->flags);
	return UDF_DESC_LEN - UDF_TAG_LEN;
}

int
udf_iuvd_parse(const uint8_t *b, struct udf_iuvd *ret, struct img_err *err)
{
	struct img_cursor c = body_of(b);
	struct udf_iuvd d = { 0 };

	d.seq = cur_le32(&c);				/*  16 */
	d.what = udf_regid_parse(&c);			/*  20 */
	cur_skip(&c, CHARSPEC_LEN);			/*  52 */
	udf_dstring_parse(&c, 128, d.label);		/* 116 */
	for (unsigned int i = 0; i < 3; i++)
		udf_dstring_parse(&c, 36, d.info[i]);	/* 244 */
	d.implementation = udf_regid_parse(&c);		/* 352 */
	*ret = d;
	return body_ok(&c, UDF_IUVD, err);
}

size_t
udf_iuvd_emit(const struct udf_iuvd *d, uint8_t *b)
{
	struct udf_put w = { b + UDF_TAG_LEN };

	udf_put_32(&w, d->seq);
	udf_put_regid(&w, &d->what);
	udf_put_charspec(&w);
	udf_put_dstring(&w, d->label, 128);
	for (unsigned int i = 0; i < 3; i++)
		udf_put_dstring(&w, d->info[i], 36);
	udf_put_regid(&w, &d->implementation);
	return UDF_DESC_LEN - UDF_TAG_LEN;
}

int
udf_pd_parse(const uint8_t *b, struct udf_pd *ret, struct img_err *err)
{
	struct img_cursor c = body_of(b);
	struct udf_pd d = { 0 };

	d.seq = cur_le32(&c);				/*  16 */
	d.flags = cur_le16(&c);				/*  20 */
	d.number = cur_le16(&c);			/*  22 */
	d.contents = udf_regid_parse(&c);		/*  24 */
	d.free_table = udf_short_ad_parse(&c, 0);	/*  56: 4/14.3 */
	d.free_bitmap = udf_short_ad_parse(&c, 0);	/*  64 */
	d.integrity = udf_short_ad_parse(&c, 0);	/*  72 */
	d.freed_table = udf_short_ad_parse(&c, 0);	/*  80 */
	d.freed_bitmap = udf_short_ad_parse(&c, 0);	/*  88 */
	cur_skip(&c, 88);				/*  96 */
	d.access = cur_le32(&c);			/* 184 */
	d.start = cur_le32(&c);				/* 188 */
	d.len = cur_le32(&c);				/* 192 */
	d.implementation = udf_regid_parse(&c);		/* 196 */
	*ret = d;
	return body_ok(&c, UDF_PD, err);
}

size_t
udf_pd_emit(const struct udf_pd *d, uint8_t *b)
{
	struct udf_put w = { b + UDF_TAG_LEN };

	udf_put_32(&w, d->seq);
	udf_put_16(&w, d->flags);
	udf_put_16(&w, d->number);
	udf_put_regid(&w, &d->contents);
	udf_put_short_ad(&w, &d->free_table);
	udf_put_short_ad(&w, &d->free_bitmap);
	udf_put_short_ad(&w, &d->integrity);
	udf_put_short_ad(&w, &d->freed_table);
	udf_put_short_ad(&w, &d->freed_bitmap);
	udf_put_skip(&w, 88);
	udf_put_32(&w, d->access);
	udf_put_32(&w, d->start);
	udf_put_32(&w, d->len);
	udf_put_regid(&w, &d->implementation);
	return UDF_DESC_LEN - UDF_TAG_LEN;
}

int
udf_lvd_parse(const uint8_t *b, size_t len, struct udf_lvd *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(b, len);
	struct udf_lvd d = { 0 };

	cur_skip(&c, UDF_TAG_LEN);
	d.seq = cur_le32(&c);				/*  16 */
	cur_skip(&c, CHARSPEC_LEN);			/*  20 */
	udf_dstring_parse(&c, 128, d.label);		/*  84 */
	d.block_size = cur_le32(&c);			/* 212 */
	d.domain = udf_regid_parse(&c);			/* 216 */
	d.fsd = udf_long_ad_parse(&c);			/* 248 */
	d.maps_len = cur_le32(&c);			/* 264 */
	d.n_maps = cur_le32(&c);			/* 268 */
	d.implementation = udf_regid_parse(&c);		/* 272 */
	cur_skip(&c, 128);				/* 304 */
	d.integrity = udf_extent_parse(&c);		/* 432 */
	d.maps = cur_bytes(&c, d.maps_len);		/* 440 */
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "the partition maps of the logical volume (%" PRIu32
				" bytes) do not fit its descriptor", d.maps_len);
	*ret = d;
	return 0;
}

size_t
udf_lvd_emit(const struct udf_lvd *d, uint8_t *b)
{
	struct udf_put w = { b + UDF_TAG_LEN };

	udf_put_32(&w, d->seq);
	udf_put_charspec(&w);
	udf_put_dstring(&w, d->label, 128);
	udf_put_32(&w, d->block_size);
	udf_put_regid(&w, &d->domain);
	udf_put_long_ad(&w, &d->fsd);
	udf_put_32(&w, d->maps_len);
	udf_put_32(&w, d->n_maps);
	udf_put_regid(&w, &d->implementation);
	udf_put_skip(&w, 128);
	udf_put_extent(&w, &d->integrity);
	memcpy(w.p, d->maps, d->maps_len);
	return LVD_HEAD - UDF_TAG_LEN + d->maps_len;
}

static enum udf_map_kind
map_kind(const char *id)
{
	if (!strcmp(id, "*UDF Virtual Partition"))
		return UDF_MAP_VIRTUAL;
	if (!strcmp(id, "*UDF Sparable Partition"))
		return UDF_MAP_SPARABLE;
	if (!strcmp(id, "*UDF Metadata Partition"))
		return UDF_MAP_METADATA;
	return UDF_MAP_UNKNOWN;
}

/* 3/10.7.3; UDF 2.2.8 (virtual), 2.2.9 (sparable), 2.2.10 (metadata) */
static void
map2_parse(struct img_cursor *c, struct udf_map *m)
{
	cur_skip(c, 2);					/*  2 */
	m->what = udf_regid_parse(c);			/*  4 */
	m->volume_seq = cur_le16(c);			/* 36 */
	m->number = cur_le16(c);			/* 38 */
	m->kind = map_kind(m->what.id);
	if (m->kind == UDF_MAP_SPARABLE) {
		m->packet = cur_le16(c);		/* 40 */
		m->n_tables = cur_u8(c);		/* 42 */
		cur_skip(c, 1);
		m->table_len = cur_le32(c);		/* 44 */
		for (unsigned int i = 0; i < 4; i++)
			m->table[i] = cur_le32(c);	/* 48 */
	} else if (m->kind == UDF_MAP_METADATA) {
		m->file = cur_le32(c);			/* 40 */
		m->mirror = cur_le32(c);		/* 44 */
		m->bitmap = cur_le32(c);		/* 48 */
		m->unit = cur_le32(c);			/* 52 */
		m->align = cur_le16(c);			/* 56 */
		m->flags = cur_u8(c);			/* 58 */
	}
}

int
udf_map_parse(struct img_cursor *c, struct udf_map *ret, struct img_err *err)
{
	struct udf_map m = { 0 };
	const uint8_t *p = c->p;
	struct img_cursor in;
	uint8_t type = cur_u8(c), len = cur_u8(c);

	if (!cur_ok(c) || len < 2 || !cur_bytes(c, len - 2U) || (type == 1 && len != 6) || (type == 2 && len != 64))
		return img_fail(err, IMG_E_FORMAT, "a partition map of type %u is %u bytes long", type, len);
	in = cur_over(p + 2, len - 2U);
	if (type == 1) {
		m.kind = UDF_MAP_PHYSICAL;
		m.volume_seq = cur_le16(&in);		/* 2 */
		m.number = cur_le16(&in);		/* 4 */
	} else if (type == 2) {
		map2_parse(&in, &m);
	} else {
		m.kind = UDF_MAP_UNKNOWN;
	}
	*ret = m;
	return 0;
}

void
udf_map1_emit(uint16_t volume_seq, uint16_t number, uint8_t *b)
{
	struct udf_put w = { b };

	udf_put_u8(&w, 1);
	udf_put_u8(&w, 6);
	udf_put_16(&w, volume_seq);
	udf_put_16(&w, number);
}

/* UDF 2.2.6.4 */
static void
lvid_use_parse(struct img_cursor *c, uint32_t len, struct udf_lvid *d)
{
	if (len < 46)
		return;
	d->implementation = udf_regid_parse(c);
	d->n_files = cur_le32(c);
	d->n_dirs = cur_le32(c);
	d->min_read = cur_le16(c);
	d->min_write = cur_le16(c);
	d->max_write = cur_le16(c);
	d->counts = cur_ok(c);
}

int
udf_lvid_parse(const uint8_t *b, size_t len, struct udf_lvid *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(b, len);
	struct udf_lvid d = { 0 };
	uint32_t use_len;

	cur_skip(&c, UDF_TAG_LEN);
	d.time = udf_stamp_parse(&c);			/* 16 */
	d.closed = cur_le32(&c) == 1;			/* 28 */
	d.next = udf_extent_parse(&c);			/* 32 */
	d.next_unique = cur_le64(&c);			/* 40: 4/14.15 */
	cur_skip(&c, 24);
	d.n_parts = cur_le32(&c);			/* 72 */
	use_len = cur_le32(&c);				/* 76 */
	if (!cur_ok(&c) || d.n_parts > UDF_MAX_MAPS)
		return img_fail(err, IMG_E_FORMAT, "the integrity descriptor counts %" PRIu32 " partitions", d.n_parts);
	for (uint32_t i = 0; i < d.n_parts; i++)
		d.free[i] = cur_le32(&c);		/* 80 */
	for (uint32_t i = 0; i < d.n_parts; i++)
		d.size[i] = cur_le32(&c);
	lvid_use_parse(&c, use_len, &d);
	*ret = d;
	return body_ok(&c, UDF_LVID, err);
}

size_t
udf_lvid_emit(const struct udf_lvid *d, uint8_t *b)
{
	struct udf_put w = { b + UDF_TAG_LEN };

	udf_put_stamp(&w, &d->time);
	udf_put_32(&w, d->closed);
	udf_put_extent(&w, &d->next);
	udf_put_64(&w, d->next_unique);
	udf_put_skip(&w, 24);
	udf_put_32(&w, d->n_parts);
	udf_put_32(&w, d->counts ? 46 : 0);
	for (uint32_t i = 0; i < d->n_parts; i++)
		udf_put_32(&w, d->free[i]);
	for (uint32_t i = 0; i < d->n_parts; i++)
		udf_put_32(&w, d->size[i]);
	if (d->counts) {
		udf_put_regid(&w, &d->implementation);
		udf_put_32(&w, d->n_files);
		udf_put_32(&w, d->n_dirs);
		udf_put_16(&w, d->min_read);
		udf_put_16(&w, d->min_write);
		udf_put_16(&w, d->max_write);
	}
	return UDF_DESC_LEN - UDF_TAG_LEN;
}

void
udf_vrs_emit(const char *nsr, uint8_t *b)
{
	const char *const id[] = { "BEA01", nsr, "TEA01" };

	for (unsigned int i = 0; i < 3; i++) {
		memcpy(b + i * 2048 + 1, id[i], 5);
		b[i * 2048 + 6] = 1;
	}
}

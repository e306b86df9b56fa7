/* SPDX-License-Identifier: BSD-2-Clause */
/* The descriptors of files (ECMA-167 part 4): parse and emit side by side. */
#include "config.h"

#include "formats/udf/layout.h"

#include <inttypes.h>
#include <string.h>

#include "core/checked.h"
#include "core/cursor.h"

enum { CHARSPEC_LEN = 64, FID_HEAD = 38, FE_HEAD = 176, EFE_HEAD = 216 };

int
udf_fsd_parse(const uint8_t *b, struct udf_fsd *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(b + UDF_TAG_LEN, UDF_DESC_LEN - UDF_TAG_LEN);
	struct udf_fsd d = { 0 };

	d.time = udf_stamp_parse(&c);			/*  16 */
	cur_skip(&c, 4 + 8);				/*  28: interchange levels, character sets */
	d.set = cur_le32(&c);				/*  40 */
	d.set_desc = cur_le32(&c);			/*  44 */
	cur_skip(&c, CHARSPEC_LEN);			/*  48 */
	udf_dstring_parse(&c, 128, d.label);		/* 112 */
	cur_skip(&c, CHARSPEC_LEN);			/* 240 */
	udf_dstring_parse(&c, 32, d.set_id);		/* 304 */
	udf_dstring_parse(&c, 32, d.copyright);		/* 336 */
	udf_dstring_parse(&c, 32, d.abstract);		/* 368 */
	d.root = udf_long_ad_parse(&c);			/* 400 */
	d.domain = udf_regid_parse(&c);			/* 416 */
	d.next = udf_long_ad_parse(&c);			/* 448 */
	d.streams = udf_long_ad_parse(&c);		/* 464 */
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "the file set descriptor is cut short");
	*ret = d;
	return 0;
}

size_t
udf_fsd_emit(const struct udf_fsd *d, uint8_t *b)
{
	struct udf_put w = { b + UDF_TAG_LEN };

	udf_put_stamp(&w, &d->time);
	udf_put_16(&w, 3);				/* interchange level and its maximum, UDF 2.3.2 */
	udf_put_16(&w, 3);
	udf_put_32(&w, 1);
	udf_put_32(&w, 1);
	udf_put_32(&w, d->set);
	udf_put_32(&w, d->set_desc);
	udf_put_charspec(&w);
	udf_put_dstring(&w, d->label, 128);
	udf_put_charspec(&w);
	udf_put_dstring(&w, d->set_id, 32);
	udf_put_dstring(&w, d->copyright, 32);
	udf_put_dstring(&w, d->abstract, 32);
	udf_put_long_ad(&w, &d->root);
	udf_put_regid(&w, &d->domain);
	udf_put_long_ad(&w, &d->next);
	udf_put_long_ad(&w, &d->streams);
	return UDF_DESC_LEN - UDF_TAG_LEN;
}

size_t
udf_fid_size(uint8_t name_len, uint16_t iu_len)
{
	return ((size_t)FID_HEAD + iu_len + name_len + 3) & ~(size_t)3;
}

int
udf_fid_parse(const uint8_t *b, size_t len, struct udf_fid *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(b, len);
	struct udf_fid d = { 0 };

	cur_skip(&c, UDF_TAG_LEN + 2);			/* 16: version */
	d.flags = cur_u8(&c);				/* 18 */
	d.name_len = cur_u8(&c);			/* 19 */
	d.icb = udf_long_ad_parse(&c);			/* 20 */
	d.iu_len = cur_le16(&c);			/* 36 */
	cur_skip(&c, d.iu_len);				/* 38 */
	d.name = cur_bytes(&c, d.name_len);
	d.len = udf_fid_size(d.name_len, d.iu_len);
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "a file identifier of %zu bytes does not fit the %zu that its folder has left",
				d.len, len);
	if (d.len > len)		/* the padding of the last one carries nothing */
		d.len = len;
	*ret = d;
	return 0;
}

size_t
udf_fid_emit(const struct udf_fid *d, uint8_t *b)
{
	struct udf_put w = { b + UDF_TAG_LEN };

	udf_put_16(&w, 1);
	udf_put_u8(&w, d->flags);
	udf_put_u8(&w, d->name_len);
	udf_put_long_ad(&w, &d->icb);
	udf_put_16(&w, d->iu_len);
	udf_put_skip(&w, d->iu_len);
	if (d->name_len)
		memcpy(w.p, d->name, d->name_len);
	return udf_fid_size(d->name_len, d->iu_len) - UDF_TAG_LEN;
}

size_t
udf_fe_head(bool extended)
{
	return extended ? EFE_HEAD : FE_HEAD;
}

/* 4/14.6 */
static void
icbtag_parse(struct img_cursor *c, struct udf_fe *d)
{
	cur_skip(c, 4);					/* 16: earlier direct entries */
	d->strategy = cur_le16(c);			/* 20 */
	cur_skip(c, 2);
	d->max_entries = cur_le16(c);			/* 24 */
	cur_skip(c, 1);
	d->file_type = cur_u8(c);			/* 27 */
	cur_skip(c, 6);					/* 28: parent */
	d->flags = cur_le16(c);				/* 34 */
}

static void
icbtag_emit(struct udf_put *w, const struct udf_fe *d)
{
	udf_put_32(w, 0);
	udf_put_16(w, d->strategy);
	udf_put_16(w, 0);
	udf_put_16(w, d->max_entries);
	udf_put_u8(w, 0);
	udf_put_u8(w, d->file_type);
	udf_put_skip(w, 6);
	udf_put_16(w, d->flags);
}

int
udf_fe_parse(const uint8_t *b, size_t len, struct udf_fe *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(b, len);
	struct udf_fe d = { .extended = cur_le16(&c) == UDF_EFE };

	cur_skip(&c, UDF_TAG_LEN - 2);
	icbtag_parse(&c, &d);				/*  16 */
	d.uid = cur_le32(&c);				/*  36 */
	d.gid = cur_le32(&c);				/*  40 */
	d.permissions = cur_le32(&c);			/*  44 */
	d.links = cur_le16(&c);				/*  48 */
	cur_skip(&c, 6);				/*  50: records */
	d.size = cur_le64(&c);				/*  56 */
	d.object_size = d.extended ? cur_le64(&c) : d.size;	/* - / 64 */
	d.blocks = cur_le64(&c);			/*  64 / 72 */
	d.access = udf_stamp_parse(&c);			/*  72 / 80 */
	d.modify = udf_stamp_parse(&c);			/*  84 / 92 */
	if (d.extended)
		d.create = udf_stamp_parse(&c);		/*   - / 104 */
	d.attribute = udf_stamp_parse(&c);		/*  96 / 116 */
	cur_skip(&c, d.extended ? 8 : 4);		/* 108 / 128: checkpoint */
	d.ea_icb = udf_long_ad_parse(&c);		/* 112 / 136 */
	if (d.extended)
		d.streams = udf_long_ad_parse(&c);	/*   - / 152 */
	d.implementation = udf_regid_parse(&c);		/* 128 / 168 */
	d.unique = cur_le64(&c);			/* 160 / 200 */
	d.ea_len = cur_le32(&c);			/* 168 / 208 */
	d.ad_len = cur_le32(&c);			/* 172 / 212 */
	d.ea = cur_bytes(&c, d.ea_len);			/* 176 / 216 */
	d.ads_off = (size_t)(c.p - b);
	d.ads = cur_bytes(&c, d.ad_len);
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "the extended attributes (%" PRIu32 " bytes) and allocation descriptors (%"
				PRIu32 ") of a file entry do not fit its block", d.ea_len, d.ad_len);
	*ret = d;
	return 0;
}

size_t
udf_fe_emit(const struct udf_fe *d, uint8_t *b)
{
	struct udf_put w = { b + UDF_TAG_LEN };

	icbtag_emit(&w, d);
	udf_put_32(&w, d->uid);
	udf_put_32(&w, d->gid);
	udf_put_32(&w, d->permissions);
	udf_put_16(&w, d->links);
	udf_put_skip(&w, 6);
	udf_put_64(&w, d->size);
	if (d->extended)
		udf_put_64(&w, d->object_size);
	udf_put_64(&w, d->blocks);
	udf_put_stamp(&w, &d->access);
	udf_put_stamp(&w, &d->modify);
	if (d->extended)
		udf_put_stamp(&w, &d->create);
	udf_put_stamp(&w, &d->attribute);
	udf_put_32(&w, 1);
	udf_put_skip(&w, d->extended ? 4 : 0);
	udf_put_long_ad(&w, &d->ea_icb);
	if (d->extended)
		udf_put_long_ad(&w, &d->streams);
	udf_put_regid(&w, &d->implementation);
	udf_put_64(&w, d->unique);
	udf_put_32(&w, d->ea_len);
	udf_put_32(&w, d->ad_len);
	if (d->ea_len)
		memcpy(w.p, d->ea, d->ea_len);
	if (d->ad_len)
		memcpy(w.p + d->ea_len, d->ads, d->ad_len);
	return udf_fe_head(d->extended) - UDF_TAG_LEN + d->ea_len + d->ad_len;
}

int
udf_ie_parse(const uint8_t *b, size_t len, struct udf_ad *ret, struct img_err *err)
{
	struct img_cursor c = cur_over(b, len);
	struct udf_ad a;

	cur_skip(&c, UDF_TAG_LEN + 20);			/* 16: ICB tag */
	a = udf_long_ad_parse(&c);			/* 36 */
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "an indirect entry is cut short");
	*ret = a;
	return 0;
}

int
udf_aed_parse(const uint8_t *b, size_t len, const uint8_t **ret_ads, size_t *ret_len, struct img_err *err)
{
	struct img_cursor c = cur_over(b, len);
	const uint8_t *ads;
	uint32_t n;

	cur_skip(&c, UDF_TAG_LEN + 4);			/* 16: the extent before */
	n = cur_le32(&c);				/* 20 */
	ads = cur_bytes(&c, n);				/* 24 */
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "the %" PRIu32 " bytes of an allocation extent do not fit it", n);
	*ret_ads = ads;
	*ret_len = n;
	return 0;
}

size_t
udf_aed_emit(const uint8_t *ads, uint32_t len, uint8_t *b)
{
	struct udf_put w = { b + UDF_TAG_LEN };

	udf_put_32(&w, 0);
	udf_put_32(&w, len);
	memcpy(w.p, ads, len);
	return UDF_AED_HEAD - UDF_TAG_LEN + len;
}

void
udf_device_emit(uint32_t major, uint32_t minor, uint16_t tag_version, uint32_t block, uint8_t *b)
{
	struct udf_regid who = udf_regid_make("*IMGCONV", 0);
	struct udf_put w = { b + UDF_TAG_LEN };

	udf_put_32(&w, UDF_DEVICE_EA);		/* 4/14.10.1: no attributes of implementations or applications */
	udf_put_32(&w, UDF_DEVICE_EA);
	udf_put_32(&w, 12);			/* 4/14.10.7: device specification */
	udf_put_u8(&w, 1);
	udf_put_skip(&w, 3);
	udf_put_32(&w, UDF_DEVICE_EA - 24);
	udf_put_32(&w, 32);
	udf_put_32(&w, major);
	udf_put_32(&w, minor);
	udf_put_regid(&w, &who);
	udf_tag_seal(b, UDF_EAHD, tag_version, 0, block, 8);
}

/* 4/14.9.5: five bits each for other, group and owner: execute, write, read, change attributes, delete */
uint32_t
udf_permissions_mode(uint32_t p, uint16_t icb_flags)
{
	uint32_t mode = 0;

	for (unsigned int who = 0; who < 3; who++)
		mode |= (p >> who * 5 & 7) << who * 3;
	if (icb_flags & UDF_ICB_SETUID)
		mode |= 04000;
	if (icb_flags & UDF_ICB_SETGID)
		mode |= 02000;
	if (icb_flags & UDF_ICB_STICKY)
		mode |= 01000;
	return mode;
}

uint32_t
udf_mode_permissions(uint32_t mode)
{
	uint32_t p = 0;

	for (unsigned int who = 0; who < 3; who++)
		p |= (mode >> who * 3 & 7) << who * 5;
	/* who may write may delete, the owner may change attributes (UDF 3.3.3.3) */
	for (unsigned int who = 0; who < 3; who++)
		if (p >> who * 5 & 2)
			p |= 0x10U << who * 5;
	return p | 0x08U << 10;
}

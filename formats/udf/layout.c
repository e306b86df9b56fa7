/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts that all descriptors are made of: tags, extents, identifiers, time stamps, strings. */
#include "config.h"

#include "formats/udf/layout.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "core/crc16.h"
#include "core/cursor.h"
#include "formats/udf/names.h"

static uint8_t
tag_sum(const uint8_t *b)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < UDF_TAG_LEN; i++)
		if (i != 4)
			sum += b[i];
	return (uint8_t)sum;
}

static struct udf_tag
tag_parse(const uint8_t *b)
{
	struct img_cursor c = cur_over(b, UDF_TAG_LEN);
	struct udf_tag t = { 0 };

	t.id = cur_le16(&c);		/*  0 */
	t.version = cur_le16(&c);	/*  2 */
	cur_skip(&c, 2);		/*  4: sum, reserved */
	t.serial = cur_le16(&c);	/*  6 */
	t.crc = cur_le16(&c);		/*  8 */
	t.crc_len = cur_le16(&c);	/* 10 */
	t.location = cur_le32(&c);	/* 12 */
	return t;
}

int
udf_tag_check(const uint8_t *b, size_t len, uint16_t id, struct udf_tag *ret, struct img_err *err)
{
	struct udf_tag t;
	uint16_t crc;

	if (len < UDF_TAG_LEN)
		return img_fail(err, IMG_E_FORMAT, "%s is cut short", udf_tag_title(id));
	t = tag_parse(b);
	/* a sparing table has id 0 (UDF 2.2.12), but a version; a block of zeros has neither */
	if ((!t.id && !t.version) || b[4] != tag_sum(b))
		return img_fail(err, IMG_E_FORMAT, "%s was expected; there is no descriptor", udf_tag_title(id));
	if (id && t.id != id)
		return img_fail(err, IMG_E_FORMAT, "%s was expected; %s is there", udf_tag_title(id), udf_tag_title(t.id));
	if (t.crc_len > len - UDF_TAG_LEN)
		return img_fail(err, IMG_E_FORMAT, "%s has a CRC over %" PRIu16 " bytes, more than there are",
				udf_tag_title(t.id), t.crc_len);
	crc = crc16_of(b + UDF_TAG_LEN, t.crc_len);
	if (t.crc_len && crc != t.crc)
		return img_fail(err, IMG_E_CHECKSUM, "%s fails its CRC (stored %04" PRIx16 ", found %04" PRIx16 ")",
				udf_tag_title(t.id), t.crc, crc);
	*ret = t;
	return 0;
}

void
udf_tag_seal(uint8_t *b, uint16_t id, uint16_t version, uint16_t serial, uint32_t location, size_t crc_len)
{
	struct udf_put w = { b };

	udf_put_16(&w, id);						/*  0 */
	udf_put_16(&w, version);					/*  2 */
	udf_put_16(&w, 0);						/*  4: sum, reserved */
	udf_put_16(&w, serial);						/*  6 */
	udf_put_16(&w, crc16_of(b + UDF_TAG_LEN, crc_len));		/*  8 */
	udf_put_16(&w, (uint16_t)crc_len);				/* 10 */
	udf_put_32(&w, location);					/* 12 */
	b[4] = tag_sum(b);
}

const char *
udf_tag_title(uint16_t id)
{
	static const char *const volume[] = {
		"a descriptor", "a primary volume descriptor", "an anchor", "a volume descriptor pointer",
		"an implementation use volume descriptor", "a partition descriptor", "a logical volume descriptor",
		"an unallocated space descriptor", "a terminating descriptor", "a logical volume integrity descriptor",
	};
	static const char *const file[] = {
		"a file set descriptor", "a file identifier", "an allocation extent", "an indirect entry",
		"a terminal entry", "a file entry", "an extended attribute header", "an unallocated space entry",
		"a space bitmap", "a partition integrity entry", "an extended file entry",
	};

	if (id < sizeof volume / sizeof volume[0])
		return volume[id];
	if (id >= UDF_FSD && id <= UDF_EFE)
		return file[id - UDF_FSD];
	return "a descriptor of an unknown kind";
}

struct udf_extent
udf_extent_parse(struct img_cursor *c)
{
	struct udf_extent e = { 0 };

	e.len = cur_le32(c);
	e.block = cur_le32(c);
	return e;
}

void
udf_put_extent(struct udf_put *w, const struct udf_extent *e)
{
	udf_put_32(w, e->len);
	udf_put_32(w, e->block);
}

struct udf_ad
udf_short_ad_parse(struct img_cursor *c, uint16_t part)
{
	struct udf_ad a = { .part = part };
	uint32_t len = cur_le32(c);

	a.len = len & 0x3fffffff;
	a.type = (uint8_t)(len >> 30);
	a.block = cur_le32(c);
	return a;
}

void
udf_put_short_ad(struct udf_put *w, const struct udf_ad *a)
{
	udf_put_32(w, a->len | (uint32_t)a->type << 30);
	udf_put_32(w, a->block);
}

struct udf_ad
udf_long_ad_parse(struct img_cursor *c)
{
	struct udf_ad a = udf_short_ad_parse(c, 0);

	a.part = cur_le16(c);
	a.flags = cur_le16(c);
	a.unique = cur_le32(c);
	return a;
}

void
udf_put_long_ad(struct udf_put *w, const struct udf_ad *a)
{
	udf_put_short_ad(w, a);
	udf_put_16(w, a->part);
	udf_put_16(w, a->flags);
	udf_put_32(w, a->unique);
}

struct udf_regid
udf_regid_parse(struct img_cursor *c)
{
	struct udf_regid r = { 0 };

	r.flags = cur_u8(c);
	cur_copy(c, r.id, 23);
	cur_copy(c, r.suffix, 8);
	return r;
}

void
udf_put_regid(struct udf_put *w, const struct udf_regid *r)
{
	udf_put_u8(w, r->flags);
	memcpy(w->p, r->id, 23);
	udf_put_skip(w, 23);
	memcpy(w->p, r->suffix, 8);
	udf_put_skip(w, 8);
}

uint16_t
udf_regid_revision(const struct udf_regid *r)
{
	return load_le16(r->suffix);
}

struct udf_regid
udf_regid_make(const char *id, uint16_t revision)
{
	struct udf_regid r = { 0 };
	size_t n = strlen(id);

	memcpy(r.id, id, n < 23 ? n : 23);
	store_le16(r.suffix, revision);
	return r;
}

struct udf_stamp
udf_stamp_parse(struct img_cursor *c)
{
	struct udf_stamp s = { 0 };
	uint16_t zone = cur_le16(c);				/*  0 */

	s.type = (uint8_t)(zone >> 12);
	s.zone = (int16_t)((zone & 0xfff) ^ 0x800);
	s.zone = (int16_t)(s.zone - 0x800);			/* twelve bits, signed */
	s.year = (int16_t)cur_le16(c);				/*  2 */
	s.month = cur_u8(c);					/*  4 */
	s.day = cur_u8(c);
	s.hour = cur_u8(c);
	s.minute = cur_u8(c);
	s.second = cur_u8(c);
	s.centi = cur_u8(c);
	s.hundreds = cur_u8(c);
	s.micros = cur_u8(c);
	return s;
}

void
udf_put_stamp(struct udf_put *w, const struct udf_stamp *s)
{
	udf_put_16(w, (uint16_t)(s->type << 12 | (s->zone & 0xfff)));
	udf_put_16(w, (uint16_t)s->year);
	udf_put_u8(w, s->month);
	udf_put_u8(w, s->day);
	udf_put_u8(w, s->hour);
	udf_put_u8(w, s->minute);
	udf_put_u8(w, s->second);
	udf_put_u8(w, s->centi);
	udf_put_u8(w, s->hundreds);
	udf_put_u8(w, s->micros);
}

/* Days since 1970 of a date of the Gregorian calendar. */
static int64_t
days_of(int64_t year, unsigned int month, unsigned int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	unsigned int yoe = (unsigned int)(y - era * 400);
	unsigned int doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + (int64_t)(yoe * 365 + yoe / 4 - yoe / 100 + doy) - 719468;
}

struct img_time
udf_stamp_time(const struct udf_stamp *s)
{
	struct img_time t = { IMG_NO_TIME, 0 };
	unsigned int fraction = s->centi * 10000U + s->hundreds * 100U + s->micros;

	if (s->month < 1 || s->month > 12 || s->day < 1 || s->day > 31 || s->hour > 23 || s->minute > 59 || s->second > 60)
		return t;
	t.sec = days_of(s->year, s->month, s->day) * 86400 + s->hour * 3600 + s->minute * 60 + s->second;
	/* a zone that is not told is taken for UTC, as Linux does */
	if (s->type == 1 && s->zone >= -1440 && s->zone <= 1440)
		t.sec -= (int64_t)s->zone * 60;
	if (fraction < 1000000)
		t.nsec = fraction * 1000;
	return t;
}

struct udf_stamp
udf_stamp_make(struct img_time t)
{
	struct udf_stamp s = { .type = 1 };
	time_t sec = (time_t)t.sec;
	unsigned int micros = t.nsec / 1000;
	struct tm tm;

	if (t.sec == IMG_NO_TIME || !gmtime_r(&sec, &tm))
		return s;
	s.year = (int16_t)(tm.tm_year + 1900);
	s.month = (uint8_t)(tm.tm_mon + 1);
	s.day = (uint8_t)tm.tm_mday;
	s.hour = (uint8_t)tm.tm_hour;
	s.minute = (uint8_t)tm.tm_min;
	s.second = (uint8_t)tm.tm_sec;
	s.centi = (uint8_t)(micros / 10000);
	s.hundreds = (uint8_t)(micros / 100 % 100);
	s.micros = (uint8_t)(micros % 100);
	return s;
}

void
udf_dstring_parse(struct img_cursor *c, size_t n, char *ret)
{
	const uint8_t *b = cur_bytes(c, n);
	size_t len;

	ret[0] = '\0';
	if (b && b[n - 1] && b[n - 1] < n)
		udf_cs0_decode(b, b[n - 1], ret, 2 * n, &len);
}

void
udf_put_dstring(struct udf_put *w, const char *text, size_t n)
{
	w->p[n - 1] = (uint8_t)udf_cs0_encode(text, w->p, n - 1, NULL);
	udf_put_skip(w, n);
}

void
udf_put_charspec(struct udf_put *w)
{
	static const char name[] = "OSTA Compressed Unicode";

	memcpy(w->p + 1, name, sizeof name - 1);
	udf_put_skip(w, 64);
}

void
udf_put_u8(struct udf_put *w, uint8_t v)
{
	*w->p++ = v;
}

void
udf_put_16(struct udf_put *w, uint16_t v)
{
	store_le16(w->p, v);
	w->p += 2;
}

void
udf_put_32(struct udf_put *w, uint32_t v)
{
	store_le32(w->p, v);
	w->p += 4;
}

void
udf_put_64(struct udf_put *w, uint64_t v)
{
	store_le64(w->p, v);
	w->p += 8;
}

void
udf_put_skip(struct udf_put *w, size_t n)
{
	w->p += n;
}

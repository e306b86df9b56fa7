/* SPDX-License-Identifier: BSD-2-Clause */
/* What is emitted parses to the same: descriptors, tags, names, times. */
#include "config.h"

#include "core/crc16.h"
#include "core/cursor.h"
#include "formats/udf/author.h"
#include "formats/udf/layout.h"
#include "formats/udf/names.h"
#include "tests/test.h"

static struct img_err err;
static uint8_t block[2048];

static const struct udf_stamp when = {
	.type = 1, .zone = -90, .year = 2031, .month = 12, .day = 31, .hour = 23, .minute = 59, .second = 58, .centi = 99,
	.hundreds = 98, .micros = 97,
};

/* Emit @d zeroed, seal it, check its tag, parse it, and emit that again: the bytes must be equal. */
#define ROUND_TRIP(kind, id, d, parse) do {						\
	static uint8_t again_[2048];							\
	struct udf_tag tag_;								\
	__typeof__(d) e_;								\
	size_t len_;									\
											\
	memset(block, 0, sizeof block);							\
	memset(again_, 0, sizeof again_);						\
	memset(&e_, 0, sizeof e_);							\
	len_ = udf_##kind##_emit(&(d), block);						\
	udf_tag_seal(block, id, 3, 7, 1234, len_);					\
	TEST_OK(udf_tag_check(block, sizeof block, id, &tag_, &err), err);		\
	TEST_TRUE(tag_.version == 3 && tag_.serial == 7 && tag_.location == 1234 && tag_.crc_len == len_); \
	TEST_OK(parse, err);								\
	TEST_EQ_U(udf_##kind##_emit(&e_, again_), len_);				\
	TEST_MEM(block + 16, again_ + 16, sizeof block - 16);				\
	block[16 + len_ / 2] ^= 4;							\
	TEST_FAILS(udf_tag_check(block, sizeof block, id, &tag_, &err), IMG_E_CHECKSUM, err); \
	block[16 + len_ / 2] ^= 4;							\
	block[13] ^= 1;									\
	TEST_FAILS(udf_tag_check(block, sizeof block, id, &tag_, &err), IMG_E_FORMAT, err); \
	block[13] ^= 1;									\
} while (0)

static void
test_volume(void)
{
	uint8_t map[6] = { 0 };
	struct udf_avdp avdp = { { 32768, 32 }, { 32768, 48 } };
	struct udf_pvd pvd = {
		.seq = 1, .number = 2, .volume_id = "Volume", .volume_seq = 3, .max_volume_seq = 4, .interchange = 2,
		.max_interchange = 3, .set_id = "0123456789abcdef \u20ac", .application = udf_regid_make("*app", 0),
		.implementation = udf_regid_make("*imgconv", 0x201), .time = when, .flags = 1,
	};
	struct udf_iuvd iuvd = {
		.seq = 5, .what = udf_regid_make("*UDF LV Info", 0x102), .label = "L\u00e4bel", .info = { "o", "", "c" },
	};
	struct udf_pd pd = {
		.seq = 6, .flags = 1, .number = 0, .contents = udf_regid_make("+NSR02", 0), .access = 1, .start = 257, .len = 999,
		.free_bitmap = { .len = 4096, .block = 3, .type = 1 },
	};
	struct udf_lvd lvd = {
		.seq = 7, .label = "\U0001f4be disc", .block_size = 2048, .domain = udf_regid_make("*OSTA UDF Compliant", 0x102),
		.fsd = { .len = 4096, .block = 9, .part = 1, .flags = 2, .unique = 3 }, .maps_len = 6, .n_maps = 1,
		.integrity = { 4096, 64 }, .maps = map,
	};
	struct udf_lvid lvid = {
		.time = when, .closed = true, .next_unique = 77, .n_parts = 2, .free = { 1, 2 }, .size = { 3, 4 }, .n_files = 10,
		.n_dirs = 11, .min_read = 0x102, .min_write = 0x150, .max_write = 0x201, .counts = true,
		.implementation = udf_regid_make("*imgconv", 0),
	};
	struct udf_lvd parsed;
	struct img_cursor c;
	struct udf_map m;

	udf_map1_emit(1, 0, map);
	ROUND_TRIP(avdp, UDF_AVDP, avdp, udf_avdp_parse(block, &e_, &err));
	ROUND_TRIP(pvd, UDF_PVD, pvd, udf_pvd_parse(block, &e_, &err));
	ROUND_TRIP(iuvd, UDF_IUVD, iuvd, udf_iuvd_parse(block, &e_, &err));
	ROUND_TRIP(pd, UDF_PD, pd, udf_pd_parse(block, &e_, &err));
	ROUND_TRIP(lvid, UDF_LVID, lvid, udf_lvid_parse(block, sizeof block, &e_, &err));
	ROUND_TRIP(lvd, UDF_LVD, lvd, udf_lvd_parse(block, sizeof block, &e_, &err));
	TEST_OK(udf_lvd_parse(block, sizeof block, &parsed, &err), err);
	TEST_STR(parsed.label, "\U0001f4be disc");
	TEST_TRUE(parsed.fsd.block == 9 && parsed.fsd.part == 1 && parsed.integrity.block == 64);
	TEST_FAILS(udf_lvd_parse(block, 445, &parsed, &err), IMG_E_FORMAT, err);
	c = cur_over(map, sizeof map);
	TEST_OK(udf_map_parse(&c, &m, &err), err);
	TEST_TRUE(m.kind == UDF_MAP_PHYSICAL && m.volume_seq == 1);
	map[1] = 5;
	c = cur_over(map, sizeof map);
	TEST_FAILS(udf_map_parse(&c, &m, &err), IMG_E_FORMAT, err);
}

static void
test_files(void)
{
	static const uint8_t ads[] = "descriptors", ea[] = "attributes";
	struct udf_fsd fsd = {
		.time = when, .set = 1, .set_desc = 2, .label = "label", .set_id = "set", .copyright = "c", .abstract = "a",
		.root = { .len = 2048, .block = 2 }, .streams = { .len = 2048, .block = 3 },
		.domain = udf_regid_make("*OSTA UDF Compliant", 0x201),
	};
	struct udf_fid fid = {
		.flags = UDF_FID_DIR, .icb = { .len = 2048, .block = 8, .part = 1, .unique = 16 },
		.name = (const uint8_t *)"\10name", .name_len = 5, .iu_len = 4,
	};
	struct udf_fe fe = {
		.strategy = 4, .max_entries = 1, .file_type = UDF_FILE_BYTES, .flags = UDF_AD_LONG | UDF_ICB_SETUID, .uid = 1,
		.gid = 2, .permissions = udf_mode_permissions(0754), .links = 3, .size = 5, .blocks = 6, .access = when,
		.modify = when, .attribute = when, .ea_icb = { .len = 1 }, .implementation = udf_regid_make("*imgconv", 0),
		.unique = 9, .ea_len = sizeof ea, .ad_len = sizeof ads, .ea = ea, .ads = ads,
	};
	struct udf_fe got;
	struct udf_fid name;

	ROUND_TRIP(fsd, UDF_FSD, fsd, udf_fsd_parse(block, &e_, &err));
	ROUND_TRIP(fid, UDF_FID, fid, udf_fid_parse(block, sizeof block, &e_, &err));
	TEST_OK(udf_fid_parse(block, 48, &name, &err), err);
	TEST_TRUE(name.len == 48 && name.icb.part == 1 && !memcmp(name.name, "\10name", 5));
	TEST_FAILS(udf_fid_parse(block, 46, &name, &err), IMG_E_FORMAT, err);
	ROUND_TRIP(fe, UDF_FE, fe, udf_fe_parse(block, sizeof block, &e_, &err));
	fe.extended = true;
	fe.object_size = 55;
	fe.create = when;
	fe.streams = (struct udf_ad) { .len = 2048, .block = 99 };
	ROUND_TRIP(fe, UDF_EFE, fe, udf_fe_parse(block, sizeof block, &e_, &err));
	TEST_OK(udf_fe_parse(block, sizeof block, &got, &err), err);
	TEST_TRUE(got.ads_off == udf_fe_head(true) + sizeof ea && !memcmp(got.ads, ads, sizeof ads));
	TEST_EQ_U(udf_permissions_mode(got.permissions, got.flags), 04754);
	TEST_FAILS(udf_fe_parse(block, got.ads_off + sizeof ads - 1, &got, &err), IMG_E_FORMAT, err);
}

/* What an entry has no room for, and numbers of devices. */
static void
test_further(void)
{
	uint8_t b[2048] = { 0 }, ads[24], ea[UDF_DEVICE_EA] = { 0 };
	const uint8_t *got;
	struct udf_tag tag;
	size_t len, crc;

	memset(ads, 0x5a, sizeof ads);
	crc = udf_aed_emit(ads, sizeof ads, b);
	udf_tag_seal(b, UDF_AED, 3, 0, 77, crc);
	TEST_OK(udf_tag_check(b, sizeof b, UDF_AED, &tag, &err), err);
	TEST_EQ_U(tag.location, 77);
	TEST_OK(udf_aed_parse(b, sizeof b, &got, &len, &err), err);
	TEST_TRUE(len == sizeof ads && !memcmp(got, ads, len));
	TEST_FAILS(udf_aed_parse(b, UDF_AED_HEAD + sizeof ads - 1, &got, &len, &err), IMG_E_FORMAT, err);
	udf_device_emit(8, 70000, 3, 99, ea);
	TEST_OK(udf_tag_check(ea, sizeof ea, UDF_EAHD, &tag, &err), err);
	TEST_EQ_U(tag.location, 99);
	/* type 12 of subtype 1, its length, the length of what is ours, the numbers */
	TEST_TRUE(!memcmp(ea + 24, "\14\0\0\0\1\0\0\0\70\0\0\0\40\0\0\0\10\0\0\0\160\21\1\0", 24));
}

/* Names that fit, that do not, and that are no text; the places where a target is too long. */
static void
test_made_names(void)
{
	static const char wide[] = "\xf0\x9f\x98\x80";		/* two units */
	uint8_t got[256], path[256];
	char name[600] = "";
	bool changed;

	TEST_EQ_U(udf_name_make("abc", 7, got, &changed), 4);
	TEST_TRUE(!changed && !memcmp(got, "\10abc", 4));
	TEST_EQ_U(udf_name_make(wide, 7, got, &changed), 5);
	TEST_TRUE(!changed && !memcmp(got, "\20\xd8\x3d\xde\0", 5));
	for (size_t i = 0; i < 63; i++)
		strcat(name, wide);
	TEST_EQ_U(udf_name_make(name, 7, got, &changed), 253);
	TEST_TRUE(!changed);
	strcat(name, wide);
	/* no half of a pair is left in front of the number */
	TEST_EQ_U(udf_name_make(name, 7, got, &changed), 253);
	TEST_TRUE(changed && !memcmp(got + 249, "\0~\0007", 4) && (got[245] & 0xfc) == 0xd8);
	TEST_TRUE(udf_name_make("a\xff", 1, got, &changed) && changed);
	TEST_TRUE(udf_name_make("a\xfe", 2, path, &changed) && changed && memcmp(got, path, 9));
	TEST_EQ_U(udf_link_make("/a/../b", path, 64), 4 + 6 + 4 + 6);
	TEST_EQ_U(udf_link_make("/a/../b", path, 19), 0);
	TEST_EQ_U(udf_link_make("/", path, 3), 0);
}

static void
test_times(void)
{
	static const struct {
		struct udf_stamp s;
		int64_t sec;
	} rows[] = {
		{ { .type = 1, .year = 1970, .month = 1, .day = 1 }, 0 },
		{ { .type = 1, .year = 2024, .month = 2, .day = 29, .hour = 13, .minute = 14, .second = 15 }, 1709212455 },
		{ { .type = 1, .zone = 120, .year = 1970, .month = 1, .day = 1, .hour = 2 }, 0 },
		{ { .type = 1, .zone = -2047, .year = 1970, .month = 1, .day = 2 }, 86400 },
		{ { .type = 0, .zone = 60, .year = 1969, .month = 12, .day = 31 }, -86400 },
		{ { .type = 1, .year = 2024 }, IMG_NO_TIME },
		{ { .type = 1, .year = 2024, .month = 13, .day = 1 }, IMG_NO_TIME },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		TEST_EQ_I(udf_stamp_time(&rows[i].s).sec, rows[i].sec);
	for (int64_t sec = -3000000000; sec < 9000000000; sec += 86399 * 61) {
		struct udf_stamp s = udf_stamp_make((struct img_time) { sec, 123456000 });
		struct img_time t = udf_stamp_time(&s);

		TEST_EQ_I(t.sec, sec);
		TEST_EQ_U(t.nsec, 123456000);
	}
}

static void
test_names(void)
{
	static const struct {
		const char *stored, *text;
		size_t n;
	} rows[] = {
		{ "\x08" "abc", "abc", 4 },
		{ "\x08\xe9", "\u00e9", 2 },
		{ "\x10\0a\x20\xac", "a\u20ac", 5 },
		{ "\x10\xd8\x3d\xdc\xbe", "\U0001f4be", 5 },
	};
	uint8_t b[255];
	char text[UDF_NAME_MAX];
	size_t len;
	bool cut;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		TEST_TRUE(udf_cs0_decode((const uint8_t *)rows[i].stored, rows[i].n, text, sizeof text, &len));
		TEST_STR(text, rows[i].text);
		TEST_EQ_U(udf_cs0_encode(text, b, sizeof b, &cut), rows[i].n);
		TEST_TRUE(!cut);
		TEST_MEM(b, rows[i].stored, rows[i].n);
	}
	TEST_TRUE(udf_cs0_decode((const uint8_t *)"\x10\xd8\0\0z", 5, text, sizeof text, &len));
	TEST_STR(text, "\ufffdz");
	TEST_TRUE(!udf_cs0_decode((const uint8_t *)"\x09z", 2, text, sizeof text, &len));
	TEST_TRUE(!udf_cs0_decode((const uint8_t *)"", 0, text, sizeof text, &len));
	memset(b, 0xff, sizeof b);
	b[0] = 8;
	TEST_TRUE(udf_cs0_decode(b, sizeof b, text, sizeof text, &len) && len == 508);
	TEST_EQ_U(udf_cs0_encode("abcdef", b, 4, &cut), 4);
	TEST_TRUE(cut && !memcmp(b, "\10abc", 4));
	TEST_EQ_U(udf_cs0_encode("\xff", b, 4, &cut), 0);
	TEST_TRUE(cut);
	strcpy(text, "..");
	TEST_TRUE(udf_name_tame(text, 2) && !strcmp(text, "__"));
	strcpy(text, "...");
	TEST_TRUE(!udf_name_tame(text, 3));
}

int
main(void)
{
	TEST_EQ_U(crc16_of("\x70\x6a\x77", 3), 0x3299);
	test_volume();
	test_files();
	test_further();
	test_made_names();
	test_times();
	test_names();
	return 0;
}

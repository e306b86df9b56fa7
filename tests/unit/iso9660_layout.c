/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of ISO 9660: what is written is read again, and the dates of both forms. */
#include "config.h"

#include "formats/iso9660/layout.h"
#include "tests/test.h"

static void
test_record(void)
{
	struct iso_record r = {
		.xar = 1, .block = 0x01020304, .size = 0x05060708, .date = { 124, 2, 29, 12, 34, 56, 4 }, .flags = ISO_MORE,
		.unit = 3, .gap = 5, .volume = 0x0102, .n_name = 6, .name = (const uint8_t *)"A.B;12", .n_su = 9,
		.su = (const uint8_t *)"PX\11\1abcde",
	}, back;
	struct img_err err = { 0 };
	uint8_t buf[256], again[256];

	memset(buf, 0xff, sizeof buf);
	r.len = (uint8_t)iso_record_len(r.n_name, r.n_su);
	TEST_EQ_U(r.len, 50);
	iso_record_emit(&r, buf);
	TEST_OK(iso_record_parse(buf, 50, &back, &err), err);
	TEST_EQ_U(back.xar, r.xar);
	TEST_EQ_U(back.block, r.block);
	TEST_EQ_U(back.size, r.size);
	TEST_MEM(back.date, r.date, 7);
	TEST_EQ_U(back.flags, r.flags);
	TEST_EQ_U(back.unit, r.unit);
	TEST_EQ_U(back.gap, r.gap);
	TEST_EQ_U(back.volume, r.volume);
	TEST_EQ_U(back.n_name, r.n_name);
	TEST_MEM(back.name, r.name, 6);
	TEST_TRUE(back.n_su >= 9);
	TEST_MEM(back.su, r.su, 9);
	TEST_TRUE(!back.uneven);
	iso_record_emit(&back, again);
	TEST_MEM(again, buf, 50);

	TEST_FAILS(iso_record_parse(buf, 49, &back, &err), IMG_E_FORMAT, err);
	buf[9] ^= 1;		/* last byte of the big-endian block number */
	TEST_OK(iso_record_parse(buf, 50, &back, &err), err);
	TEST_TRUE(back.uneven);
	TEST_EQ_U(back.block, r.block);
	buf[32] = 18;		/* a name up to the record's end is no longer inside */
	TEST_FAILS(iso_record_parse(buf, 50, &back, &err), IMG_E_FORMAT, err);
	buf[0] = 33;
	TEST_FAILS(iso_record_parse(buf, 50, &back, &err), IMG_E_FORMAT, err);
}

/* A descriptor of different bytes everywhere. */
static void
test_descriptor(void)
{
	uint8_t buf[ISO_SECTOR], again[ISO_SECTOR];
	struct iso_vd vd = { .type = 2, .version = 2, .flags = 1 }, back;
	struct img_err err = { 0 };
	uint8_t *fields[] = {
		vd.system_id, vd.volume_id, vd.escapes, vd.set_id, vd.publisher, vd.preparer, vd.application, vd.copyright,
		vd.abstract, vd.bibliographic, vd.created, vd.modified, vd.expires, vd.effective, vd.app_use,
	};
	const size_t len[] = { 32, 32, 32, 128, 128, 128, 128, 37, 37, 37, 17, 17, 17, 17, 512 };

	for (size_t i = 0; i < sizeof len / sizeof *len; i++)
		for (size_t k = 0; k < len[i]; k++)
			fields[i][k] = (uint8_t)(i * 16 + k);
	vd.blocks = 0x11121314;
	vd.set_size = 0x2122;
	vd.sequence = 0x3132;
	vd.block_size = 0x4142;
	vd.path_len = 0x51525354;
	vd.path_l = 0x61626364;
	vd.path_l2 = 0x65666768;
	vd.path_m = 0x71727374;
	vd.path_m2 = 0x75767778;
	vd.structure = 2;
	vd.root = (struct iso_record) { .block = 0x81828384, .size = 0x91929394, .flags = ISO_DIRECTORY, .volume = 1 };
	iso_vd_emit(&vd, buf);
	TEST_EQ_I(iso_vd_type(buf), 2);
	TEST_OK(iso_vd_parse(buf, &back, &err), err);
	iso_vd_emit(&back, again);
	TEST_MEM(again, buf, sizeof buf);
	TEST_EQ_U(back.blocks, vd.blocks);
	TEST_EQ_U(back.path_m, vd.path_m);
	TEST_EQ_U(back.path_l2, vd.path_l2);
	TEST_EQ_U(back.root.block, vd.root.block);
	TEST_MEM(back.effective, vd.effective, 17);
	TEST_MEM(back.app_use, vd.app_use, 512);
	TEST_TRUE(!back.uneven);
	/* where the standard has them */
	TEST_EQ_U(buf[80], 0x14);
	TEST_EQ_U(buf[87], 0x14);
	TEST_EQ_U(buf[128], 0x42);
	TEST_EQ_U(buf[140], 0x64);
	TEST_EQ_U(buf[148], 0x71);
	TEST_EQ_U(buf[156], 34);
	TEST_EQ_U(buf[881], 2);
	buf[84] ^= 1;
	TEST_OK(iso_vd_parse(buf, &back, &err), err);
	TEST_TRUE(back.uneven);
	buf[1] = 'X';
	TEST_EQ_I(iso_vd_type(buf), -1);
	TEST_FAILS(iso_vd_parse(buf, &back, &err), IMG_E_FORMAT, err);
}

static void
test_path(void)
{
	struct iso_path r = { .n_name = 3, .xar = 7, .block = 0x01020304, .parent = 0x0506, .name = (const uint8_t *)"ABC" };

	for (int big = 0; big < 2; big++) {
		struct iso_path back;
		struct img_cursor c;
		uint8_t buf[16];

		TEST_EQ_U(iso_path_emit(&r, big, buf), 12);
		TEST_EQ_U(buf[2], big ? 1 : 4);
		c = cur_over(buf, 12);
		iso_path_parse(&c, big, &back);
		TEST_TRUE(cur_ok(&c));
		TEST_EQ_U(cur_left(&c), 0);
		TEST_EQ_U(back.block, r.block);
		TEST_EQ_U(back.parent, r.parent);
		TEST_EQ_U(back.xar, r.xar);
		TEST_MEM(back.name, r.name, 3);
		c = cur_over(buf, 10);
		iso_path_parse(&c, big, &back);
		TEST_TRUE(!cur_ok(&c));
	}
}

static void
test_dates(void)
{
	static const struct { uint8_t d[7]; int64_t sec; } seven[] = {
		{ { 70, 1, 1, 0, 0, 0, 0 }, 0 },
		{ { 124, 2, 29, 12, 34, 56, 4 }, 1709206496 },
		{ { 0, 1, 1, 0, 0, 0, 0 }, -2208988800 },
		{ { 255, 12, 31, 23, 59, 59, 0 }, 5869583999 },
		{ { 100, 3, 1, 0, 0, 0, (uint8_t)-20 }, 951886800 },
		{ { 100, 3, 1, 0, 0, 0, 100 }, 951868800 },	/* no such offset */
		{ { 0, 0, 0, 0, 0, 0, 0 }, IMG_NO_TIME },
		{ { 100, 13, 1, 0, 0, 0, 0 }, IMG_NO_TIME },
		{ { 100, 1, 1, 24, 0, 0, 0 }, IMG_NO_TIME },
	};
	struct img_time t;
	uint8_t d7[7], d17[17];

	for (size_t i = 0; i < sizeof seven / sizeof *seven; i++)
		TEST_EQ_I(iso_time7(seven[i].d).sec, seven[i].sec);
	t = iso_time17((const uint8_t *)"2024022912345678\4");
	TEST_EQ_I(t.sec, 1709206496);
	TEST_EQ_U(t.nsec, 780000000);
	TEST_EQ_I(iso_time17((const uint8_t *)"0000000000000000").sec, IMG_NO_TIME);
	TEST_EQ_I(iso_time17((const uint8_t *)"                ").sec, IMG_NO_TIME);
	for (int64_t sec = -2208988800; sec < 5869584000; sec += 86400 * 13 + 4711) {
		t = (struct img_time) { .sec = sec, .nsec = 120000000 };
		iso_time7_emit(t, d7);
		TEST_EQ_I(iso_time7(d7).sec, sec);
		iso_time17_emit(t, d17);
		TEST_EQ_I(iso_time17(d17).sec, sec);
		TEST_EQ_U(iso_time17(d17).nsec, 120000000);
	}
	iso_time7_emit((struct img_time) { .sec = 5869584000 }, d7);
	TEST_EQ_I(iso_time7(d7).sec, IMG_NO_TIME);
	iso_time17_emit((struct img_time) { .sec = IMG_NO_TIME }, d17);
	TEST_MEM(d17, "0000000000000000", 17);
}

int
main(void)
{
	test_record();
	test_descriptor();
	test_path();
	test_dates();
	return 0;
}

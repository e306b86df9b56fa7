/* SPDX-License-Identifier: BSD-2-Clause */
/* Raw sectors: known ones byte for byte, their repair, and what descriptions make of them, whole and damaged. */
#include "config.h"

#include "formats/cd/sector.h"

#include "core/bytes.h"
#include "core/text.h"
#include "formats/cd/disc.h"
#include "formats/cd/text.h"
#include "formats/macfile/diskcopy.h"
#include "formats/macfile/forks.h"
#include "img/check.h"
#include "img/env.h"
#include "img/source.h"
#include "img/tree.h"
#include "tests/test.h"
#include "tests/unit/folder.h"

static uint32_t seed = 1;

static uint32_t
any(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* ---- sectors ---- */

static void
md5_is(const uint8_t *s, const char *want)
{
	const struct img_digest *d = img_digest_by_name("md5");
	uint8_t sum[IMG_DIGEST_MAX];
	char hex[33];
	void *state = d->begin();

	d->update(state, s, CD_RAW);
	d->finish(state, sum);
	TEST_STR(text_hex(hex, sum, d->size), want);
}

static void
make_counting(uint8_t *s, uint32_t lba)
{
	uint8_t user[CD_USER];

	for (int i = 0; i < CD_USER; i++)
		user[i] = (uint8_t)i;
	cd_make(s, lba, user);
}

static void
make_form1(uint8_t *s)
{
	static const uint8_t head[12] = { 0, 2, 0, 2, 0, 0, 8, 0, 0, 0, 8, 0 };

	memset(s, 0, CD_RAW);
	memcpy(s, cd_sync, sizeof cd_sync);
	memcpy(s + 12, head, sizeof head);
	store_le32(s + 2072, cd_edc(s + 16, 2056));
	cd_ecc(s, CD_FORM1);
}

/* The sums were computed apart, from ECMA-130. */
static void
test_known(void)
{
	uint8_t s[CD_RAW];
	int64_t lba;

	cd_make(s, 0, NULL);
	TEST_EQ_U(load_le32(s + 2064), 0x2b6813c5);
	md5_is(s, "f1763c7f872304e73caf73a881c34988");
	make_counting(s, 16);
	TEST_EQ_U(load_le32(s + 2064), 0x9251935e);
	md5_is(s, "f2340b3f777df8908075c61c66933b58");
	TEST_TRUE(cd_address(s, &lba) && lba == 16);
	TEST_TRUE(cd_form_of(s, 2) == CD_MODE1 && cd_sector_ok(s, CD_MODE1));
	make_form1(s);
	TEST_EQ_U(load_le32(s + 2072), 0x9481880b);
	md5_is(s, "d3519e4abafbf30384ecc0a1be63310d");
	TEST_TRUE(cd_form_of(s, 1) == CD_FORM1 && cd_sector_ok(s, CD_FORM1));
	s[18] = s[22] = 0x20;
	TEST_TRUE(cd_form_of(s, 1) == CD_FORM2);
}

static void
test_addresses(void)
{
	static const struct {
		uint8_t m, s, f;
		int64_t want;		/* INT64_MIN: none */
	} rows[] = {
		{ 0x00, 0x02, 0x00, 0 }, { 0x00, 0x00, 0x00, -150 }, { 0x99, 0x59, 0x74, 449849 }, { 0x00, 0x60, 0x00, INT64_MIN },
		{ 0x00, 0x00, 0x75, INT64_MIN }, { 0x0a, 0x00, 0x00, INT64_MIN }, { 0xa0, 0x00, 0x00, INT64_MIN },
	};
	uint8_t s[CD_RAW];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t lba = INT64_MIN;

		cd_make(s, 0, NULL);
		s[12] = rows[i].m, s[13] = rows[i].s, s[14] = rows[i].f;
		TEST_TRUE(cd_address(s, &lba) == (rows[i].want != INT64_MIN));
		TEST_EQ_I(lba, rows[i].want);
	}
	for (uint32_t lba = 0; lba < CD_MAX_SECTORS; lba += 4999) {
		int64_t back;

		cd_make(s, lba, NULL);
		TEST_TRUE(cd_address(s, &back) && back == lba);
	}
}

/* Every single wrong byte is found and mended, wherever it is; few of them too; too many are refused, not made worse. */
static void
test_repair(void)
{
	uint8_t good[2][CD_RAW], s[CD_RAW];

	make_counting(good[0], 4711);
	make_form1(good[1]);
	for (int kind = 0; kind < 2; kind++) {
		enum cd_form form = kind ? CD_FORM1 : CD_MODE1;
		int mended = 0;

		for (int at = kind ? 16 : 0; at < 2076; at++) {
			memcpy(s, good[kind], CD_RAW);
			s[at] ^= (uint8_t)(1 + any(255));
			TEST_TRUE(at < 12 || (at >= 2068 && !kind) || !cd_sector_ok(s, form));
			TEST_TRUE(cd_repair(s, form));
			TEST_MEM(s, good[kind], CD_RAW);
		}
		for (int round = 0; round < 200; round++) {
			memcpy(s, good[kind], CD_RAW);
			for (int i = 0; i < 20; i++)
				s[16 + any(CD_RAW - 16)] ^= (uint8_t)(1 + any(255));
			if (!cd_repair(s, form))
				continue;
			mended++;
			TEST_MEM(s, good[kind], CD_RAW);
		}
		TEST_TRUE(mended > 195);
		for (int round = 0; round < 50; round++) {
			uint8_t before[CD_RAW];

			for (int i = 0; i < CD_RAW; i++)
				s[i] = (uint8_t)any(256);
			memcpy(before, s, CD_RAW);
			TEST_TRUE(!cd_repair(s, form));
			TEST_MEM(s, before, CD_RAW);
		}
	}
	TEST_TRUE(!cd_repair(s, CD_FORM2));
}

/* Any length and place gives what the bytes one by one give. */
static void
test_edc(void)
{
	uint8_t b[200];

	for (size_t i = 0; i < sizeof b; i++)
		b[i] = (uint8_t)any(256);
	for (size_t from = 0; from < 20; from++)
		for (size_t len = 0; from + len <= sizeof b; len++) {
			uint32_t c = 0;

			for (size_t i = 0; i < len; i++) {
				c ^= b[from + i];
				for (int bit = 0; bit < 8; bit++)
					c = c & 1 ? c >> 1 ^ 0xd8018001 : c >> 1;
			}
			TEST_EQ_U(cd_edc(b + from, len), c);
		}
}

/* ---- words ---- */

static void
test_words(void)
{
	static const char *const good[] = { "00:00:00", "99:59:74", "1:2:3" };
	static const uint64_t want[] = { 0, 449999, 4653 };
	static const char *const bad[] = { "", "1", "1:2", "1:2:3:", "00:60:00", "00:00:75", "-1:0:0", "1:2:3x", "999999:0:0" };
	uint64_t n;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		TEST_TRUE(cd_text_time(good[i], &n) && n == want[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		TEST_TRUE(!cd_text_time(bad[i], &n));
	TEST_TRUE(cd_text_number("99", 99, &n) && n == 99);
	TEST_TRUE(!cd_text_number("100", 99, &n) && !cd_text_number("", 99, &n) && !cd_text_number("1x", 99, &n));
}

/* ---- descriptions, and all damage to them ---- */

#define SECTORS 20
static uint8_t bin[SECTORS * CD_RAW], mds[1024], nrg[SECTORS * CD_RAW + 200];
static size_t n_mds, n_nrg;

static void
make_files(void)
{
	uint8_t *p;

	for (uint32_t i = 0; i < SECTORS; i++)
		make_counting(bin + i * CD_RAW, i);
	memcpy(mds, "MEDIA DESCRIPTOR\1\3", 18);
	store_le16(mds + 20, 1);
	store_le32(mds + 80, 88);
	mds[88 + 10] = 1;
	store_le32(mds + 88 + 20, 112);
	p = mds + 112;
	p[0] = 0xaa, p[4] = 1;
	store_le32(p + 12, 192);
	store_le16(p + 16, CD_RAW);
	store_le32(p + 48, 1);
	store_le32(p + 52, 200);
	store_le32(mds + 196, SECTORS);
	store_le32(mds + 200, 216);
	strcpy((char *)mds + 216, "*.mdf");
	n_mds = 222;
	memcpy(nrg, bin, sizeof bin);
	p = nrg + sizeof bin;
	memcpy(p, "DAOX", 4);
	store_be32(p + 4, 22 + 42);
	p += 8 + 22;
	store_be16(p + 12, CD_RAW);
	p[14] = 5;
	store_be64(p + 34, sizeof bin);
	p += 42;
	memcpy(p, "END!\0\0\0\0NER5", 12);
	store_be64(p + 12, sizeof bin);
	n_nrg = (size_t)(p + 20 - nrg);
}

static int
look_at(const char *name, const void *bytes, size_t len)
{
	const struct folder_file files[] = {
		{ name, bytes, len }, { "x.bin", bin, sizeof bin }, { "x.img", bin, sizeof bin }, { "x.mdf", bin, sizeof bin },
	};
	struct img_env *env = NULL;
	struct img_tree *t;
	int rc;

	TEST_EQ_I(img_env_new(NULL, &env, NULL), 0);
	t = folder_new(env, files, 4);
	rc = folder_look(t, &files[0]);
	img_tree_unref(t);
	img_env_free(env);
	return rc;
}

static void
test_descriptions(void)
{
	static const char cue[] = "FILE \"x.bin\" BINARY\nTRACK 01 MODE1/2352\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nINDEX 00 00:00:10\n"
				  "INDEX 01 00:00:12\n";
	static const char toc[] = "CD_ROM\nTRACK MODE1_RAW\nDATAFILE \"x.bin\" 00:00:10\nTRACK AUDIO\nSTART 00:00:01\nFILE \"x.bin\" #23520 0\n";
	static const char ccd[] = "[CloneCD]\nVersion=3\n[Entry 0]\nSession=1\nPoint=0xa2\nPLBA=20\n[Entry 1]\nSession=1\nPoint=1\n"
				  "Control=4\nPLBA=0\n[TRACK 1]\nMODE=1\nINDEX 1=0\n";
	const struct {
		const char *name;
		const void *bytes;
		size_t len, from;
	} rows[] = {
		{ "x.cue", cue, sizeof cue - 1, 0 }, { "x.toc", toc, sizeof toc - 1, 0 }, { "x.ccd", ccd, sizeof ccd - 1, 0 },
		{ "x.mds", mds, n_mds, 0 }, { "x.nrg", nrg, n_nrg, sizeof bin },
	};
	static uint8_t copy[sizeof nrg];

	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
		TEST_EQ_I(look_at(rows[r].name, rows[r].bytes, rows[r].len), 0);
		memcpy(copy, rows[r].bytes, rows[r].len);
		for (size_t i = rows[r].from; i < rows[r].len; i++) {
			const uint8_t values[] = { 0, 0xff, '9', '"', '\n', (uint8_t)(copy[i] ^ 1), (uint8_t)(copy[i] ^ 0x80) };
			uint8_t was = copy[i];

			for (size_t k = 0; k < sizeof values; k++) {
				copy[i] = values[k];
				look_at(rows[r].name, copy, rows[r].len);
			}
			copy[i] = was;
			look_at(rows[r].name, copy, i);
		}
	}
}

/* ---- the Mac's ---- */

static void
test_diskcopy_sum(void)
{
	static const uint8_t b[] = { 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc };
	/* 1234 → 091a; + 5678 = 5f92 → 2fc9; + 9abc = ca85 → 80006542 */
	static const uint8_t want[] = { 0x80, 0x00, 0x65, 0x42 };

	for (size_t cut = 0; cut <= sizeof b; cut++) {
		void *s = dc42_digest.begin();
		uint8_t sum[4];

		dc42_digest.update(s, b, cut);
		dc42_digest.update(s, b + cut, sizeof b - cut);
		dc42_digest.finish(s, sum);
		TEST_MEM(sum, want, 4);
	}
}

static void
test_macbinary(void)
{
	uint8_t b[MACBINARY_HEADER] = { 0, 4, 'N', 'a', 'm', 'e' };
	struct macbinary m;

	store_be32(b + 83, 1000);
	store_be32(b + 87, 100);
	TEST_TRUE(macbinary_parse(b, 128 + 1024 + 100, &m) && m.version == 1 && m.data_len == 1000 && m.rsrc_len == 100);
	TEST_TRUE(macbinary_parse(b, 128 + 1024 + 128, &m));
	TEST_TRUE(!macbinary_parse(b, 128 + 1024 + 99, &m));
	TEST_TRUE(!macbinary_parse(b, 128 + 1024 + 129, &m));
	b[1] = 64;
	TEST_TRUE(!macbinary_parse(b, 128 + 1024 + 100, &m));
	b[1] = 4;
	b[74] = 1;
	TEST_TRUE(!macbinary_parse(b, 128 + 1024 + 100, &m));
	b[74] = 0;
	b[122] = b[123] = 129;
	TEST_TRUE(!macbinary_parse(b, 128 + 1024 + 100, &m));	/* the second version has a CRC */
}

int
main(void)
{
	test_known();
	test_addresses();
	test_repair();
	test_edc();
	test_words();
	make_files();
	test_descriptions();
	test_diskcopy_sum();
	test_macbinary();
	return 0;
}

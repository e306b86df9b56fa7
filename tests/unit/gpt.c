/* SPDX-License-Identifier: BSD-2-Clause */
/* GPT: layouts round trip, good tables are read without a word, and every kind of damage has its name. */
#include "config.h"

#include "tests/test.h"
#include "tests/unit/disks.h"

#define SS 512
#define N 512		/* sectors */
#define LAST (N - 1)
#define BACKUP_ARRAY (LAST - 32)

static const struct gpt_row two[] = {
	{ GUID_ESP, 40, 99, "EFI System Partition" },
	{ GUID_LINUX, 100, 199, "root" },
};

static struct disk
good(void)
{
	struct disk d = disk_new(N * SS);

	disk_gpt(&d, SS, two, 2);
	return d;
}

static void
wipe_backup(struct disk *d)
{
	memset(d->b + BACKUP_ARRAY * SS, 0, 33 * SS);
}

/* ---- layout ---- */

static void
layout(void)
{
	struct gpt_header h = {
		.revision = 0x10000, .header_len = 92, .crc = 0x01020304, .my_lba = 1, .alternate_lba = 99,
		.first_usable_lba = 34, .last_usable_lba = 66, .entries_lba = 2, .n_entries = 128, .entry_len = 128,
		.entries_crc = 0xaabbccdd,
	}, h2;
	struct gpt_entry e = { .first_lba = 40, .last_lba = 50, .attributes = UINT64_C(1) << 60 }, e2;
	uint8_t b[GPT_HEADER_LEN], b2[GPT_HEADER_LEN], eb[GPT_ENTRY_LEN], eb2[GPT_ENTRY_LEN];
	struct img_cursor c = cur_over(b, sizeof b);
	struct img_err err = { 0 };
	char text[GPT_GUID_TEXT];

	for (uint8_t i = 0; i < 16; i++)
		h.guid[i] = e.type[i] = i, e.guid[i] = (uint8_t)(i + 16);
	for (uint16_t i = 0; i < GPT_NAME_UNITS; i++)
		e.name[i] = (uint16_t)(0x100 + i);
	gpt_header_emit(&h, b);
	TEST_OK(gpt_header_parse(&c, &h2, &err), err);
	gpt_header_emit(&h2, b2);
	TEST_MEM(b, b2, sizeof b);
	TEST_EQ_U(h2.last_usable_lba, 66);
	TEST_EQ_U(h2.entries_crc, 0xaabbccdd);
	gpt_entry_emit(&e, eb);
	c = cur_over(eb, sizeof eb);
	TEST_OK(gpt_entry_parse(&c, &e2, &err), err);
	gpt_entry_emit(&e2, eb2);
	TEST_MEM(eb, eb2, sizeof eb);
	TEST_EQ_U(e2.last_lba, 50);
	TEST_EQ_U(e2.name[35], 0x123);
	c = cur_over(b, sizeof b - 1);
	TEST_FAILS(gpt_header_parse(&c, &h2, &err), IMG_E_FORMAT, err);

	gpt_guid_text(h.guid, text);
	TEST_STR(text, "03020100-0504-0706-0809-0a0b0c0d0e0f");
	TEST_TRUE(gpt_guid_parse("03020100-0504-0706-0809-0A0B0C0D0E0F", b));
	TEST_MEM(b, h.guid, 16);
	TEST_TRUE(!gpt_guid_parse("03020100-0504-0706-0809-0a0b0c0d0e0", b));
	TEST_TRUE(!gpt_guid_parse("03020100-0504-0706-0809-0a0b0c0d0e0f0", b));
	TEST_TRUE(!gpt_guid_parse("03020100x0504-0706-0809-0a0b0c0d0e0f", b));
	TEST_TRUE(!gpt_guid_parse("", b));

	/* UEFI's CRC is that of zlib: a known value, header of zeros but the signature */
	memset(b, 0, sizeof b);
	memcpy(b, "EFI PART", 8);
	b[16] = 0xff;	/* the field itself does not count */
	{
		uint32_t with = gpt_header_crc(b, sizeof b);

		b[16] = 0;
		TEST_EQ_U(with, gpt_crc(b, sizeof b));
	}
	TEST_EQ_U(gpt_crc("123456789", 9), 0xcbf43926);
}

/* ---- good ones ---- */

static void
good_table(uint32_t ss)
{
	struct disk d = disk_new((size_t)N * ss);
	const struct img_parts *p;

	disk_gpt(&d, ss, two, 2);
	disk_look(&d);
	disk_expect(&d, NULL);
	p = disk_table(&d, "gpt");
	TEST_TRUE(p != NULL);
	TEST_EQ_U(p->sector_size, ss);
	TEST_EQ_U(p->n, 2);
	TEST_EQ_U(p->v[0].index, 1);
	TEST_EQ_U(p->v[0].start, 40u * ss);
	TEST_EQ_U(p->v[0].len, 60u * ss);
	TEST_STR(p->v[0].name, "EFI System Partition");
	TEST_STR(p->v[0].type, GUID_ESP);
	TEST_STR(p->v[0].type_title, "EFI system partition");
	TEST_STR(p->v[0].uuid, "01010101-0101-0101-0101-010101010101");
	TEST_EQ_U(p->v[1].start, 100u * ss);
	p = disk_table(&d, "mbr");
	TEST_TRUE(p && p->protective);
	TEST_EQ_U(d.volumes.n, 2);
	TEST_STR(d.volumes.v[0].schemes, "gpt");
	disk_done(&d);
}

/* ---- damage ---- */

/* Two partitions from the good table, and one problem. */
static void
expect_both(struct disk *d, const char *code)
{
	const struct img_parts *p;

	disk_look(d);
	disk_expect(d, code);
	p = disk_table(d, "gpt");
	TEST_TRUE(p && p->n == 2 && p->v[1].start == 100 * SS);
	disk_done(d);
}

/* No GPT at all but the problem; the protective MBR remains, and the disk is one volume. */
static void
expect_lost(struct disk *d)
{
	disk_look(d);
	disk_expect(d, "gpt-damaged");
	TEST_TRUE(!disk_table(d, "gpt"));
	TEST_TRUE(disk_table(d, "mbr") && disk_table(d, "mbr")->protective);
	TEST_EQ_U(d->volumes.n, 1);
	TEST_TRUE(!d->volumes.v[0].part);
	TEST_EQ_U(d->volumes.v[0].len, d->len);
	disk_done(d);
}

static void say_77(struct gpt_header *h) { h->my_lba = 77; }
static void n_max(struct gpt_header *h) { h->n_entries = UINT32_MAX; }
static void n_zero(struct gpt_header *h) { h->n_entries = 0; }
static void n_64m(struct gpt_header *h) { h->n_entries = 1 << 23; }
static void len_0(struct gpt_header *h) { h->entry_len = 0; }
static void len_8(struct gpt_header *h) { h->entry_len = 8; }
static void len_2g(struct gpt_header *h) { h->entry_len = UINT32_C(1) << 31; }
static void wrap(struct gpt_header *h) { h->n_entries = 1 << 25; h->entry_len = 256; }
static void head_max(struct gpt_header *h) { h->header_len = UINT32_MAX; }
static void head_12(struct gpt_header *h) { h->header_len = 12; }
static void far(struct gpt_header *h) { h->entries_lba = UINT64_C(1) << 62; }
static void self(struct gpt_header *h) { h->entries_lba = 1; }

static void (*const edits[])(struct gpt_header *) = {
	say_77, n_max, n_zero, n_64m, len_0, len_8, len_2g, wrap, head_max, head_12, far, self,
};

static void
damaged_primary(void)
{
	struct disk d;

	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
		d = good();
		disk_gpt_edit(&d, SS, 1, edits[i], false);
		if (edits[i] == say_77)
			TEST_EQ_U(load_le64(d.b + SS + 24), 77);
		expect_both(&d, "gpt-primary-damaged");
		d = good();
		disk_gpt_edit(&d, SS, 1, edits[i], false);
		wipe_backup(&d);
		expect_lost(&d);
	}
	d = good();
	d.b[SS + 56] ^= 1;		/* the header's CRC */
	expect_both(&d, "gpt-primary-damaged");
	d = good();
	d.b[2 * SS + 130] ^= 1;		/* the array's */
	expect_both(&d, "gpt-primary-damaged");
	d = good();
	memset(d.b + SS, 0, 33 * SS);	/* only the EE entry speaks for a GPT */
	expect_both(&d, "gpt-primary-damaged");
	d = good();
	memset(d.b + SS, 0, 33 * SS);
	wipe_backup(&d);
	expect_lost(&d);
	/* a backup left over from before is nothing */
	d = good();
	memset(d.b, 0, 34 * SS);
	disk_look(&d);
	disk_expect(&d, NULL);
	TEST_EQ_U(d.volumes.n_tables, 0);
	disk_done(&d);
}

static void other_guid(struct gpt_header *h) { h->guid[0] ^= 1; }
static void lost_alternate(struct gpt_header *h) { h->alternate_lba = 77; }

static void
damaged_backup(void)
{
	struct disk d = good();

	wipe_backup(&d);
	expect_both(&d, "gpt-backup-missing");
	d = good();
	d.b[LAST * SS + 56] ^= 1;
	expect_both(&d, "gpt-backup-damaged");
	d = good();
	disk_gpt_edit(&d, SS, LAST, other_guid, false);
	expect_both(&d, "gpt-backup-differs");
	d = good();
	disk_gpt_edit(&d, SS, 1, lost_alternate, false);
	expect_both(&d, "gpt-backup-misplaced");
	/* grown: the backup is where it was */
	d = good();
	d.b = realloc(d.b, 2 * d.len);
	memset(d.b + d.len, 0, d.len);
	d.len *= 2;
	expect_both(&d, "gpt-backup-misplaced");
	/* cut behind the partitions */
	d = good();
	d.len = 300 * SS;
	expect_both(&d, "gpt-backup-missing");
	/* cut inside the array */
	d = good();
	d.len = 3 * SS + 100;
	expect_lost(&d);
}

static void
no_announcement(void)
{
	struct disk d = good();

	memset(d.b, 0, SS);
	expect_both(&d, "gpt-not-announced");
}

/* One table that says something silly about its partitions. */
static void
silly(const struct gpt_row *rows, size_t n, const char *code, size_t n_parts, uint64_t start, uint64_t len)
{
	struct disk d = disk_new(N * SS);
	const struct img_parts *p;

	disk_gpt(&d, SS, rows, n);
	disk_look(&d);
	p = disk_table(&d, "gpt");
	TEST_TRUE(p != NULL);
	TEST_TRUE(disk_problems(&d, code) == 1);
	TEST_EQ_U(p->n, n_parts);
	if (n_parts) {
		TEST_EQ_U(p->v[n_parts - 1].start, start);
		TEST_EQ_U(p->v[n_parts - 1].len, len);
	}
	disk_done(&d);
}

static void
silly_partitions(void)
{
	static const struct gpt_row overlap[] = { { GUID_HFS, 40, 120, "a" }, { GUID_HFS, 100, 199, "b" } };
	static const struct gpt_row inside[] = {
		{ GUID_HFS, 40, 300, "a" }, { GUID_HFS, 50, 60, "b" }, { GUID_HFS, 301, 310, "c" },
	};
	static const struct gpt_row twice[] = { { GUID_HFS, 40, 120, "a" }, { GUID_HFS, 40, 120, "b" } };
	static const struct gpt_row back[] = { { GUID_HFS, 199, 40, "a" } };
	static const struct gpt_row past[] = { { GUID_HFS, 40, UINT64_C(1) << 40, "a" } };
	static const struct gpt_row all[] = { { GUID_HFS, 0, UINT64_MAX, "a" } };
	static const struct gpt_row out[] = { { GUID_HFS, UINT64_C(1) << 60, UINT64_C(1) << 61, "a" } };
	static const struct gpt_row table[] = { { GUID_HFS, 10, 50, "a" } };

	silly(overlap, 2, "partition-overlap", 2, 100 * SS, 100 * SS);
	silly(inside, 3, "partition-overlap", 3, 301 * SS, 10 * SS);
	silly(twice, 2, "partition-duplicate", 2, 40 * SS, 81 * SS);
	silly(back, 1, "partition-backward", 0, 0, 0);
	silly(past, 1, "partition-past-end", 1, 40 * SS, (N - 40) * SS);
	silly(all, 1, "partition-past-end", 1, 0, N * SS);
	silly(all, 1, "partition-not-usable", 1, 0, N * SS);
	silly(out, 1, "partition-outside", 0, 0, 0);
	silly(table, 1, "partition-not-usable", 1, 10 * SS, 41 * SS);
}

static void
same_guid(void)
{
	struct disk d = good();

	memset(d.b + 2 * SS + 128 + 16, 1, 16);
	memcpy(d.b + BACKUP_ARRAY * SS, d.b + 2 * SS, 32 * SS);
	disk_gpt_edit(&d, SS, 1, NULL, true);
	disk_gpt_edit(&d, SS, LAST, NULL, true);
	expect_both(&d, "gpt-duplicate-guid");
}

static void
bad_name(void)
{
	struct disk d = good();
	const struct img_parts *p;
	char want[4] = "\xef\xbf\xbd";

	for (int i = 0; i < 36; i++)
		memcpy(d.b + 2 * SS + 56 + 2 * i, "\0\xd8", 2);
	memcpy(d.b + BACKUP_ARRAY * SS, d.b + 2 * SS, 32 * SS);
	disk_gpt_edit(&d, SS, 1, NULL, true);
	disk_gpt_edit(&d, SS, LAST, NULL, true);
	disk_look(&d);
	disk_expect(&d, "partition-name");
	p = disk_table(&d, "gpt");
	TEST_EQ_U(strlen(p->v[0].name), 36 * 3);
	TEST_MEM(p->v[0].name, want, 3);
	TEST_STR(p->v[1].name, "root");
	disk_done(&d);
}

static void few(struct gpt_header *h) { h->n_entries = 8192; h->first_usable_lba = 34; }

/* More partitions than any disk has: the rest is ignored, nothing is slow. */
static void
too_many(void)
{
	struct disk d = disk_new(4096 * SS);
	uint8_t *array = d.b + 2 * SS;
	struct gpt_entry e = { .first_lba = 3000, .last_lba = 3000 };

	disk_gpt(&d, SS, NULL, 0);
	TEST_TRUE(gpt_guid_parse(GUID_LINUX, e.type));
	for (uint32_t i = 0; i < 8192; i++)
		gpt_entry_emit(&e, array + i * GPT_ENTRY_LEN);
	disk_gpt_edit(&d, SS, 1, few, true);
	disk_look(&d);
	TEST_EQ_U(disk_problems(&d, "too-many-partitions"), 1);
	TEST_EQ_U(disk_table(&d, "gpt")->n, 4096);
	TEST_EQ_U(d.volumes.n, 1);	/* all of them cover the same sector */
	disk_done(&d);
}

int
main(void)
{
	layout();
	good_table(512);
	good_table(4096);
	good_table(2048);
	good_table(1024);
	damaged_primary();
	damaged_backup();
	no_announcement();
	silly_partitions();
	same_guid();
	bad_name();
	too_many();
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Apple partition map: layout, block sizes that lie, hybrid discs with two maps, counts nobody trusts. */
#include "config.h"

#include "formats/apm/layout.h"
#include "tests/test.h"
#include "tests/unit/disks.h"

#define N 512
#define LEN (N * 512)

static const struct apm_row two[] = {
	{ 1, 2, "Apple", "Apple_partition_map" },
	{ 64, 200, "disk image", "Apple_HFS" },
};

static struct disk
make(uint16_t told, size_t step, uint32_t n_told, const struct apm_row *rows, size_t n)
{
	struct disk d = disk_new(LEN);

	disk_driver_map(&d, told);
	disk_apm(&d, step, n_told, rows, n);
	return d;
}

static const struct img_parts *
look(struct disk *d, const char *code, uint32_t bs, size_t n)
{
	const struct img_parts *p;

	disk_look(d);
	disk_expect(d, code);
	p = disk_table(d, "apm");
	TEST_TRUE(p != NULL);
	TEST_EQ_U(p->sector_size, bs);
	TEST_EQ_U(p->n, n);
	return p;
}

static void
layout(void)
{
	struct apm_driver_map m = { 2048, 0x01020304, 5, 6, 7, 8 }, m2;
	struct apm_entry e = {
		.n_entries = 1, .start = 2, .count = 3, .name = "A", .data_start = 4, .data_count = 5, .status = 6,
		.boot_start = 7, .boot_len = 8, .boot_load = 9, .boot_load2 = 10, .boot_entry = 11, .boot_entry2 = 12,
		.boot_checksum = 13, .processor = "68000",
	}, e2;
	uint8_t mb[APM_DRIVER_MAP_LEN], mb2[APM_DRIVER_MAP_LEN], eb[APM_ENTRY_LEN], eb2[APM_ENTRY_LEN];
	struct img_cursor c = cur_over(mb, sizeof mb);
	struct img_err err = { 0 };

	memset(e.type, 'T', sizeof e.type);
	apm_driver_map_emit(&m, mb);
	TEST_OK(apm_driver_map_parse(&c, &m2, &err), err);
	apm_driver_map_emit(&m2, mb2);
	TEST_MEM(mb, mb2, sizeof mb);
	TEST_EQ_U(m2.block_count, 0x01020304);
	apm_entry_emit(&e, eb);
	c = cur_over(eb, sizeof eb);
	TEST_OK(apm_entry_parse(&c, &e2, &err), err);
	apm_entry_emit(&e2, eb2);
	TEST_MEM(eb, eb2, sizeof eb);
	TEST_EQ_U(e2.boot_checksum, 13);
	eb[0] = 'X';
	c = cur_over(eb, sizeof eb);
	TEST_FAILS(apm_entry_parse(&c, &e2, &err), IMG_E_FORMAT, err);
}

static void
good(void)
{
	struct disk d = make(512, 512, 2, two, 2);
	const struct img_parts *p = look(&d, NULL, 512, 2);

	TEST_TRUE(p->v[0].meta && !p->v[1].meta);
	TEST_EQ_U(p->v[1].index, 2);
	TEST_EQ_U(p->v[1].start, 64 * 512);
	TEST_EQ_U(p->v[1].len, 200 * 512);
	TEST_STR(p->v[1].name, "disk image");
	TEST_STR(p->v[1].type, "Apple_HFS");
	TEST_STR(p->v[1].type_title, "Apple HFS/HFS+");
	TEST_EQ_U(d.volumes.n, 1);
	disk_done(&d);
}

/* Every kind of step and of lie about it. */
static void
steps(void)
{
	static const struct apm_row cd[] = {
		{ 1, 2, "Apple", "Apple_partition_map" }, { 16, 50, "big blocks", "Apple_HFS" },
	};
	static const struct apm_row four[] = {
		{ 1, 4, "Apple", "Apple_partition_map" }, { 64, 100, "a", "Apple_HFS" },
		{ 164, 36, "", "Apple_Free" }, { 200, 50, "b", "Apple_HFS" },
	};
	struct disk d = make(2048, 2048, 2, cd, 2);
	const struct img_parts *p = look(&d, NULL, 2048, 2);

	TEST_EQ_U(p->v[1].start, 16 * 2048);
	disk_done(&d);

	/* both maps, interleaved: what block 0 says */
	d = make(2048, 512, 2, two, 2);
	disk_apm(&d, 2048, 2, cd, 2);
	p = look(&d, NULL, 2048, 2);
	TEST_STR(p->v[1].name, "big blocks");
	disk_done(&d);
	d = make(512, 512, 2, two, 2);
	disk_apm(&d, 2048, 2, cd, 2);
	p = look(&d, NULL, 512, 2);
	TEST_STR(p->v[1].name, "disk image");
	disk_done(&d);

	/* block 0 says 2048, but entries stand at every 512; the fourth is at 2048 */
	d = make(2048, 512, 4, four, 4);
	p = look(&d, NULL, 512, 4);
	TEST_EQ_U(p->v[3].start, 200 * 512);
	TEST_TRUE(p->v[2].meta);
	disk_done(&d);

	d = make(0, 512, 2, two, 2);
	look(&d, "apm-block-size", 512, 2);
	disk_done(&d);
	d = make(3, 512, 2, two, 2);
	look(&d, "apm-block-size", 512, 2);
	disk_done(&d);
	d = make(512, 512, 2, two, 2);
	memset(d.b, 0, 512);
	look(&d, "apm-driver-map", 512, 2);
	disk_done(&d);
}

static void
damage(void)
{
	static const struct apm_row past[] = {
		{ 1, 2, "map", "Apple_partition_map" }, { 0xffffff00, 0x200, "x", "Apple_HFS" },
	};
	static const struct apm_row overlap[] = {
		{ 1, 3, "map", "Apple_partition_map" }, { 64, 20, "x", "Apple_HFS" }, { 80, 10, "y", "Apple_HFS" },
	};
	struct disk d = make(512, 512, UINT32_MAX, two, 2);

	look(&d, "apm-count", 512, 2);
	disk_done(&d);
	d = make(512, 512, 3, two, 2);
	look(&d, "apm-count", 512, 2);
	disk_done(&d);
	d = make(512, 512, 2, past, 2);
	look(&d, "partition-outside", 512, 1);
	disk_done(&d);
	d = make(512, 512, 3, overlap, 3);
	look(&d, "partition-overlap", 512, 3);
	disk_done(&d);

	/* every block of the disk is an entry: 256 are believed */
	d = make(512, 512, UINT32_MAX, two, 1);
	for (size_t i = 2; i < N; i++)
		memcpy(d.b + i * 512, d.b + 512, 512);
	look(&d, "apm-count", 512, 256);
	disk_done(&d);

	/* a driver map alone */
	d = make(512, 512, 0, NULL, 0);
	disk_look(&d);
	disk_expect(&d, "apm-damaged");
	TEST_TRUE(!disk_table(&d, "apm"));
	disk_done(&d);
	/* too small for an entry */
	d = make(512, 512, 0, NULL, 0);
	d.len = 1000;
	disk_look(&d);
	disk_expect(&d, NULL);
	disk_done(&d);
	/* PM alone is nothing */
	d = disk_new(LEN);
	DISK_PUT(&d, 512, "PM\0\0\0\0\0\1");
	disk_look(&d);
	disk_expect(&d, NULL);
	TEST_EQ_U(d.volumes.n_tables, 0);
	disk_done(&d);
}

/* Names without an end, with escapes: bytes stay, nothing is run over. */
static void
names(void)
{
	struct disk d = make(512, 512, 2, two, 2);
	const struct img_parts *p;

	memset(d.b + 2 * 512 + 16, 'A', 64);
	d.b[2 * 512 + 16] = 0x1b;
	p = look(&d, NULL, 512, 2);
	TEST_EQ_U(strlen(p->v[1].name), 32);
	TEST_EQ_U(strlen(p->v[1].type), 32);
	TEST_EQ_U(p->v[1].name[0], 0x1b);
	disk_done(&d);
}

int
main(void)
{
	layout();
	good();
	steps();
	damage();
	names();
	return 0;
}

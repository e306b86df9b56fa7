/* SPDX-License-Identifier: BSD-2-Clause */
/* FAT on disk, names and dates: what is emitted parses to what it was, and bad parameter blocks are refused by name. */
#include "config.h"

#include "formats/fat/layout.h"
#include "formats/fat/names.h"
#include "formats/fat/times.h"
#include "tests/test.h"

static struct img_err err;

static struct fat_boot
sample(bool fat32)
{
	struct fat_boot b = {
		.jump = {0xeb, 0x3c, 0x90},
		.oem = "MSWIN4.1",
		.sector_size = 512,
		.cluster_sectors = 4,
		.reserved_sectors = fat32 ? 32 : 1,
		.n_fats = 2,
		.root_entries = fat32 ? 0 : 512,
		.total_sectors = 0x12345,
		.media = 0xf8,
		.fat_sectors = fat32 ? 0x123 : 0x48,
		.track_sectors = 32,
		.heads = 64,
		.hidden_sectors = 0x89abcdef,
		.drive = 0x80,
		.boot_flags = 1,
		.ext_signature = 0x29,
		.serial = 0xfedcba98,
		.label = "LABEL      ",
		.type = "FAT16   ",
		.fat32 = fat32,
	};

	if (fat32) {
		b.ext_flags = 0x81;
		b.root_cluster = 0x01020304;
		b.fsinfo_sector = 1;
		b.backup_sector = 6;
	}
	return b;
}

static int
reparse(const struct fat_boot *b, struct fat_boot *ret)
{
	uint8_t buf[FAT_BOOT_LEN];
	struct img_cursor c = cur_over(buf, sizeof buf);

	memset(ret, 0, sizeof *ret);
	fat_boot_emit(b, buf);
	TEST_EQ_U(buf[510], 0x55);
	TEST_EQ_U(buf[511], 0xaa);
	return fat_boot_parse(&c, ret, &err);
}

static void
boot_round_trip(void)
{
	for (int fat32 = 0; fat32 < 2; fat32++)
		for (uint32_t total = 0xfffe; total <= 0x10001; total++) {
			struct fat_boot a = sample(fat32), b;

			a.total_sectors = total;	/* both places of the number */
			TEST_OK(reparse(&a, &b), err);
			TEST_MEM(a.jump, b.jump, 3);
			TEST_MEM(a.oem, b.oem, 8);
			TEST_EQ_U(a.sector_size, b.sector_size);
			TEST_EQ_U(a.cluster_sectors, b.cluster_sectors);
			TEST_EQ_U(a.reserved_sectors, b.reserved_sectors);
			TEST_EQ_U(a.n_fats, b.n_fats);
			TEST_EQ_U(a.root_entries, b.root_entries);
			TEST_EQ_U(a.total_sectors, b.total_sectors);
			TEST_EQ_U(a.media, b.media);
			TEST_EQ_U(a.fat_sectors, b.fat_sectors);
			TEST_EQ_U(a.track_sectors, b.track_sectors);
			TEST_EQ_U(a.heads, b.heads);
			TEST_EQ_U(a.hidden_sectors, b.hidden_sectors);
			TEST_EQ_U(a.fat32, b.fat32);
			TEST_EQ_U(a.ext_flags, b.ext_flags);
			TEST_EQ_U(a.root_cluster, b.root_cluster);
			TEST_EQ_U(a.fsinfo_sector, b.fsinfo_sector);
			TEST_EQ_U(a.backup_sector, b.backup_sector);
			TEST_EQ_U(a.drive, b.drive);
			TEST_EQ_U(a.boot_flags, b.boot_flags);
			TEST_EQ_U(a.ext_signature, b.ext_signature);
			TEST_EQ_U(a.serial, b.serial);
			TEST_MEM(a.label, b.label, 11);
			TEST_MEM(a.type, b.type, 8);
		}
}

static void
boot_refused(void)
{
	struct fat_boot b;
	struct fat_boot a = sample(false);

#define BAD(field, value, code) do {				\
	a = sample(false);					\
	a.field = value;					\
	TEST_FAILS(reparse(&a, &b), code, err);			\
} while (0)
	BAD(sector_size, 256, IMG_E_FORMAT);
	BAD(sector_size, 8192, IMG_E_FORMAT);
	BAD(sector_size, 1000, IMG_E_FORMAT);
	BAD(cluster_sectors, 0, IMG_E_FORMAT);
	BAD(cluster_sectors, 3, IMG_E_FORMAT);
	BAD(reserved_sectors, 0, IMG_E_FORMAT);
	BAD(n_fats, 0, IMG_E_FORMAT);
	BAD(n_fats, 3, IMG_E_FORMAT);
	BAD(media, 0xf1, IMG_E_FORMAT);
	BAD(root_entries, 0, IMG_E_FORMAT);
	BAD(total_sectors, 0, IMG_E_FORMAT);
	BAD(jump[0], 0, IMG_E_FORMAT);
	a = sample(true);
	a.version = 0x100;
	TEST_FAILS(reparse(&a, &b), IMG_E_UNSUPPORTED, err);
	TEST_STR(err.msg, "FAT32 version 1.0");
	a = sample(true);
	a.root_entries = 512;
	TEST_FAILS(reparse(&a, &b), IMG_E_FORMAT, err);
}

/* A volume with exactly @n clusters of one sector. */
static struct fat_geometry
geometry(uint32_t n, uint32_t fat_sectors)
{
	struct fat_boot b = sample(false);
	struct fat_geometry g;

	b.cluster_sectors = 1;
	b.fat_sectors = fat_sectors;
	b.total_sectors = 1 + 2 * fat_sectors + 32 + n;
	TEST_OK(fat_geometry(&b, &g, &err), err);
	return g;
}

static void
types(void)
{
	TEST_EQ_U(geometry(4084, 12).bits, 12);
	TEST_EQ_U(geometry(4084, 12).n_clusters, 4084);
	TEST_EQ_U(geometry(4085, 17).bits, 16);
	TEST_EQ_U(geometry(4085, 17).n_clusters, 4085);
	TEST_EQ_U(geometry(65524, 256).bits, 16);
	TEST_EQ_U(geometry(65524, 256).n_clusters, 65524);
	/* the block of FAT16 makes it one, and its table names no more */
	TEST_EQ_U(geometry(70000, 256).bits, 16);
	TEST_EQ_U(geometry(70000, 256).n_clusters, 65524);
	TEST_EQ_U(geometry(70000, 300).n_clusters, 65524);
	TEST_EQ_U(geometry(4084, 1).n_clusters, 512 * 8 / 12 - 2);	/* a table too short for its volume */
	TEST_EQ_U(geometry(5000, 17).data_off, (1 + 2 * 17 + 32) * 512);
	TEST_EQ_U(geometry(5000, 17).root_off, (1 + 2 * 17) * 512);
}

static void
table_entries(void)
{
	static const unsigned int widths[] = { 12, 16, 32 };

	for (int w = 0; w < 3; w++) {
		unsigned int bits = widths[w];
		uint8_t table[64] = { 0 };

		for (uint32_t c = 0; c < 12; c++)
			fat_entry_put(bits, c, table + fat_entry_off(bits, c), c % 3 ? FAT_END(bits) - c : 0);
		for (uint32_t c = 0; c < 12; c++)
			TEST_EQ_U(fat_entry_get(bits, c, table + fat_entry_off(bits, c)),
				  c % 3 ? FAT_END(bits) - c : 0);
	}
}

static void
entries(void)
{
	struct fat_entry a = {
		.name = { 0xe5, 'B', 'C', ' ', ' ', ' ', ' ', ' ', 'T', 'X', 'T' }, .attributes = 0x21, .cases = 0x18,
		.create_tenths = 199, .create_time = 0x1234, .create_date = 0x5678, .access_date = 0x9abc,
		.write_time = 0xdef0, .write_date = 0x1357, .cluster = 0x0abcdef1, .size = 0xfedcba98,
	}, b;
	struct fat_long l = { .order = 0x41, .checksum = 0x5a }, m;
	struct fat_info i = { 123456, 789 }, j;
	uint8_t buf[FAT_BOOT_LEN];
	struct img_cursor c = cur_over(buf, FAT_ENTRY_LEN);

	fat_entry_emit(&a, buf);
	TEST_EQ_U(buf[0], 0x05);
	TEST_OK(fat_entry_parse(&c, true, &b, &err), err);
	TEST_MEM(a.name, b.name, 11);
	TEST_TRUE(a.attributes == b.attributes && a.cases == b.cases && a.create_tenths == b.create_tenths &&
		  a.create_time == b.create_time && a.create_date == b.create_date && a.access_date == b.access_date &&
		  a.write_time == b.write_time && a.write_date == b.write_date && a.cluster == b.cluster &&
		  a.size == b.size);
	c = cur_over(buf, FAT_ENTRY_LEN);
	TEST_OK(fat_entry_parse(&c, false, &b, &err), err);
	TEST_EQ_U(b.cluster, 0xdef1);
	c = cur_over(buf, FAT_ENTRY_LEN - 1);
	TEST_FAILS(fat_entry_parse(&c, true, &b, &err), IMG_E_FORMAT, err);

	for (uint16_t u = 0; u < FAT_LONG_UNITS; u++)
		l.units[u] = (uint16_t)(0x1100 + u);
	fat_long_emit(&l, buf);
	TEST_EQ_U(buf[11], 0x0f);
	c = cur_over(buf, FAT_ENTRY_LEN);
	TEST_OK(fat_long_parse(&c, &m, &err), err);
	TEST_TRUE(l.order == m.order && l.checksum == m.checksum && !memcmp(l.units, m.units, sizeof l.units));

	fat_info_emit(&i, buf);
	c = cur_over(buf, sizeof buf);
	TEST_OK(fat_info_parse(&c, &j, &err), err);
	TEST_TRUE(i.n_free == j.n_free && i.next_free == j.next_free);
	buf[484] ^= 1;
	c = cur_over(buf, sizeof buf);
	TEST_FAILS(fat_info_parse(&c, &j, &err), IMG_E_FORMAT, err);
	/* worked out apart */
	TEST_EQ_U(fat_checksum((const uint8_t *)"FILENAMEEXT"), 0xf6);
}

/* ---- names ---- */

static void
short_is(const char *name, enum fat_fit fit, const char *want, uint8_t cases)
{
	uint8_t got[FAT_NAME_LEN], got_cases;

	TEST_EQ_I(fat_short_make(name, got, &got_cases), fit);
	if (memcmp(got, want, FAT_NAME_LEN) || got_cases != cases)
		TEST_FAIL_("%s: \"%.11s\" with %u, want \"%s\" with %u", name, (const char *)got, got_cases, want,
			   cases);
}

static void
short_names(void)
{
	uint8_t name[] = "ABCDEFGHTXT";
	char text[FAT_NAME_ROOM];

	short_is("README.TXT", FAT_FIT_ALONE, "README  TXT", 0);
	short_is("readme.txt", FAT_FIT_ALONE, "README  TXT", FAT_CASE_BASE | FAT_CASE_EXT);
	short_is("README.txt", FAT_FIT_ALONE, "README  TXT", FAT_CASE_EXT);
	short_is("readme.TXT", FAT_FIT_ALONE, "README  TXT", FAT_CASE_BASE);
	short_is("ReadMe.txt", FAT_FIT_CASE, "README  TXT", 0);
	short_is("123.45", FAT_FIT_ALONE, "123     45 ", 0);
	short_is("12345678.123", FAT_FIT_ALONE, "12345678123", 0);
	short_is("123456789", FAT_FIT_TAIL, "12345678   ", 0);
	short_is("a.html", FAT_FIT_TAIL, "A       HTM", 0);
	short_is("a.b.c", FAT_FIT_TAIL, "AB      C  ", 0);
	short_is("a b", FAT_FIT_TAIL, "AB         ", 0);
	short_is(".profile", FAT_FIT_TAIL, "PROFILE    ", 0);
	short_is("..a.b", FAT_FIT_TAIL, "A       B  ", 0);
	short_is("a+b", FAT_FIT_TAIL, "A_B        ", 0);
	short_is("\xc3\xa9t\xc3\xa9", FAT_FIT_TAIL, "_T_        ", 0);
	short_is("!#$%&'()", FAT_FIT_ALONE, "!#$%&'()   ", 0);
	short_is("-@^_`{}~", FAT_FIT_ALONE, "-@^_`{}~   ", 0);
	fat_short_tail(name, 1);
	TEST_MEM(name, "ABCDEF~1TXT", 11);
	memcpy(name, "AB      TXT", 11);
	fat_short_tail(name, 123456);
	TEST_MEM(name, "A~123456TXT", 11);

	TEST_TRUE(fat_short_text((const uint8_t *)"README  TXT", FAT_CASE_EXT, text));
	TEST_STR(text, "README.txt");
	TEST_TRUE(fat_short_text((const uint8_t *)"A       \x81  ", FAT_CASE_BASE, text));
	TEST_STR(text, "a.\xc3\xbc");
	TEST_TRUE(!fat_short_text((const uint8_t *)"A/B        ", 0, text));
	TEST_STR(text, "A_B");
	TEST_TRUE(fat_short_text((const uint8_t *)"           ", 0, text));
	TEST_STR(text, "");
}

static void
long_names(void)
{
	uint16_t u[FAT_LONG_MAX];
	char name[2000] = "";
	size_t n;

	TEST_TRUE(!fat_long_units("a\xf0\x9f\x98\x80", u, &n));
	TEST_TRUE(n == 3 && u[0] == 'a' && u[1] == 0xd83d && u[2] == 0xde00);
	for (const char *c = "\"*/:<>?\\|\1\x1f\x7f"; *c; c++) {
		snprintf(name, sizeof name, "a%cb", *c);
		TEST_TRUE(fat_long_units(name, u, &n));
	}
	TEST_TRUE(fat_long_units("a.", u, &n) && fat_long_units("a ", u, &n) && fat_long_units("\xff", u, &n));
	TEST_TRUE(!fat_long_units(" .a", u, &n));
	memset(name, 'n', 256);
	name[255] = '\0';
	TEST_TRUE(!fat_long_units(name, u, &n));
	TEST_EQ_U(n, 255);
	name[255] = 'n';
	name[256] = '\0';
	TEST_STR(fat_long_units(name, u, &n), "it is longer than 255 characters");
	memcpy(name + 254, "\xf0\x9f\x98\x80", 5);	/* 254 and a pair */
	TEST_TRUE(fat_long_units(name, u, &n));

	TEST_EQ_U(fat_upcase('z'), 'Z');
	TEST_EQ_U(fat_upcase('['), '[');
	TEST_EQ_U(fat_upcase(0xe9), 0xc9);
	TEST_EQ_U(fat_upcase(0xf7), 0xf7);
	TEST_EQ_U(fat_upcase(0x44f), 0x42f);
	TEST_EQ_U(fat_upcase(0x3c9), 0x3a9);
	TEST_EQ_U(fat_upcase(0x17e), 0x17d);
	TEST_EQ_U(fat_upcase(0x17d), 0x17d);
	TEST_EQ_U(fat_upcase(0x101), 0x100);
	for (uint32_t c = 0; c < 0x10000; c++)
		TEST_EQ_U(fat_upcase(fat_upcase((uint16_t)c)), fat_upcase((uint16_t)c));
}

static void
labels(void)
{
	uint8_t label[FAT_NAME_LEN];

	TEST_TRUE(!fat_label_put("efi system", label));
	TEST_MEM(label, "EFI SYSTEM ", 11);
	TEST_TRUE(fat_label_put("123456789012", label) && fat_label_put("a.b", label) && fat_label_put(" a", label) &&
		  fat_label_put("\xc3\xbc", label) && fat_label_put("a\tb", label) && fat_label_put("", label));
}

/* ---- dates ---- */

static void
time_is(int64_t sec, uint32_t nsec, int64_t want, uint32_t want_nsec)
{
	struct fat_time t = fat_time_put(&(struct img_time) { sec, nsec });
	struct img_time back = fat_time_get(&t);

	TEST_EQ_I(back.sec, want);
	TEST_EQ_U(back.nsec, want_nsec);
}

static void
times(void)
{
	time_is(1000000001, 129999999, 1000000001, 120000000);
	time_is(951827696, 0, 951827696, 0);			/* 2000-02-29 */
	time_is(0, 5, 315532800, 0);
	time_is(IMG_NO_TIME, 0, 315532800, 0);
	time_is(INT64_C(4354819199), 990000000, INT64_C(4354819199), 990000000);
	time_is(INT64_C(4354819200), 0, INT64_C(4354819199), 0);
	TEST_EQ_U(fat_time_put(&(struct img_time) { 951827696, 0 }).date, 20 << 9 | 2 << 5 | 29);
	TEST_TRUE(fat_time_get(&(struct fat_time) { 0, 0, 0 }).sec == IMG_NO_TIME);
	TEST_TRUE(fat_time_get(&(struct fat_time) { 13 << 5 | 1, 0, 0 }).sec == IMG_NO_TIME);
	TEST_TRUE(fat_time_get(&(struct fat_time) { 1 << 5 | 1, 24 << 11, 0 }).sec == IMG_NO_TIME);
	TEST_TRUE(fat_time_get(&(struct fat_time) { 1 << 5 | 1, 60 << 5, 0 }).sec == IMG_NO_TIME);
	TEST_TRUE(fat_time_get(&(struct fat_time) { 1 << 5 | 1, 30, 0 }).sec == IMG_NO_TIME);
}

int
main(void)
{
	boot_round_trip();
	boot_refused();
	types();
	table_entries();
	entries();
	short_names();
	long_names();
	labels();
	times();
	return 0;
}

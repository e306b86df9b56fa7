/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of volumes: hybrids with every table at once, each range once, and choosing by number and by name. */
#include "config.h"

#include <unistd.h>

#include "tests/test.h"
#include "tests/unit/disks.h"

#define SS 512
#define N 512

static const struct gpt_row rows[] = {
	{ GUID_ESP, 40, 99, "EFI System Partition" },
	{ GUID_HFS, 100, 199, "Macintosh HD" },
	{ GUID_LINUX, 200, 239, "twin" },
	{ GUID_LINUX, 240, 279, "twin" },
};

static struct disk
gpt_disk(void)
{
	struct disk d = disk_new(N * SS);

	disk_gpt(&d, SS, rows, 4);
	DISK_PUT(&d, 100 * SS + 1024, "H+\0\4");
	DISK_PUT(&d, 100 * SS + 1064, "\0\0\x10\0");
	return d;
}

static void
is(const struct disk *d, size_t i, uint64_t off, uint64_t len, const char *schemes, const char *fs)
{
	const struct img_volume *v = &d->volumes.v[i];

	TEST_TRUE(i < d->volumes.n);
	TEST_EQ_U(v->off, off);
	TEST_EQ_U(v->len, len);
	TEST_STR(v->schemes, schemes);
	TEST_STR(v->fs ? v->fs->name : "", fs);
	TEST_EQ_U(!v->part, !schemes[0]);
}

static void
plain(void)
{
	struct disk d = disk_new(N * SS);

	DISK_PUT(&d, 0, "hsqs");
	DISK_PUT(&d, 12, "\0\0\2\0");
	DISK_PUT(&d, 28, "\4");
	disk_look(&d);
	TEST_EQ_U(d.volumes.n_tables, 0);
	TEST_EQ_U(d.volumes.n, 1);
	is(&d, 0, 0, N * SS, "", "squashfs");
	disk_done(&d);

	d = gpt_disk();
	disk_look(&d);
	disk_expect(&d, NULL);
	TEST_EQ_U(d.volumes.n, 4);
	is(&d, 0, 40 * SS, 60 * SS, "gpt", "");
	is(&d, 1, 100 * SS, 100 * SS, "gpt", "hfs+");
	disk_done(&d);
}

/* Boot Camp: the MBR repeats GPT partitions beside its EE. */
static void
hybrid_mbr(void)
{
	static const struct mbr_row boot_camp[] = { { 0xee, 1, 99 }, { 0xaf, 100, 100 }, { 0x07, 300, 20 } };
	struct disk d = gpt_disk();

	disk_mbr(&d, 0, 7, boot_camp, 3);
	disk_look(&d);
	disk_expect(&d, NULL);
	TEST_EQ_U(d.volumes.n_tables, 2);
	TEST_TRUE(!disk_table(&d, "mbr")->protective);
	TEST_EQ_U(d.volumes.n, 5);
	is(&d, 1, 100 * SS, 100 * SS, "gpt mbr", "hfs+");
	TEST_STR(d.volumes.v[1].part->name, "Macintosh HD");
	is(&d, 4, 300 * SS, 20 * SS, "mbr", "");
	disk_done(&d);
}

/* xorriso beside a GPT: a dummy of one sector, active, so that picky firmware boots. */
static void
dummy(void)
{
	static const struct mbr_row with_dummy[] = { { 0xee, 1, N - 1 }, { 0x00, 0, 1 } };
	struct disk d = gpt_disk();

	disk_mbr(&d, 0, 0, with_dummy, 2);
	d.b[446 + 16] = MBR_ACTIVE;
	disk_look(&d);
	disk_expect(&d, NULL);
	TEST_TRUE(disk_table(&d, "mbr")->protective);
	TEST_EQ_U(d.volumes.n, 4);
	disk_done(&d);
}

/* Debian's way: ISO 9660, MBR from sector 0, GPT that covers everything, APM in blocks of 2048 bytes. */
static void
isohybrid(void)
{
	static const struct mbr_row m[] = { { 0x00, 0, N }, { 0xef, 200, 40 } };
	static const struct gpt_row g[] = { { GUID_LINUX, 0, N - 1, "ISOHybrid" }, { GUID_ESP, 200, 239, "ISOHybrid1" } };
	static const struct apm_row a[] = { { 1, 2, "Apple", "Apple_partition_map" }, { 50, 10, "EFI", "Apple_HFS" } };
	struct disk d = disk_new(N * SS);
	const struct img_volume *v;
	struct img_err err = { 0 };

	disk_gpt(&d, SS, g, 2);
	/* the array moves behind the APM, as xorriso has it */
	memmove(d.b + 12 * SS, d.b + 2 * SS, 128 * 2);
	memset(d.b + 2 * SS, 0, 10 * SS);
	memset(d.b + 12 * SS + 256, 0, 20 * SS);
	disk_mbr(&d, 0, 0x1234, m, 2);
	DISK_PUT(&d, 0, "ER\x8\0\0\0\x90\x90");
	disk_apm(&d, 2048, 2, a, 2);
	disk_iso9660(&d);
	/* the map's second entry is at 4096; the array begins at 6144 */
	{
		struct img_cursor c = cur_over(d.b + SS, GPT_HEADER_LEN);
		struct gpt_header h;

		TEST_OK(gpt_header_parse(&c, &h, &err), err);
		h.entries_lba = 12;
		h.entries_crc = gpt_crc(d.b + 12 * SS, 128 * 128);
		h.first_usable_lba = 64;
		gpt_header_seal(&h);
		gpt_header_emit(&h, d.b + SS);
	}
	disk_look(&d);
	TEST_EQ_U(d.volumes.n_tables, 3);
	TEST_EQ_U(d.volumes.n, 2);
	is(&d, 0, 0, N * SS, "gpt mbr", "iso9660");
	is(&d, 1, 200 * SS, 40 * SS, "gpt mbr apm", "");
	/* made so on purpose: nothing to say but about the backup, which this test left as it was */
	disk_expect(&d, "gpt-backup-differs");
	TEST_OK(img_volumes_pick(&d.volumes, "iso9660", &v, &err), err);
	TEST_TRUE(v == &d.volumes.v[0]);
	disk_done(&d);

	/* an MBR partition short of the whole: the ISO is a volume of its own */
	d = disk_new(N * SS);
	disk_mbr(&d, 0, 1, &(struct mbr_row) { 0x17, 0, N - 100 }, 1);
	disk_iso9660(&d);
	disk_look(&d);
	TEST_EQ_U(d.volumes.n, 2);
	is(&d, 0, 0, N * SS, "", "iso9660");
	is(&d, 1, 0, (N - 100) * SS, "mbr", "iso9660");
	disk_done(&d);
}

static const struct img_volume *
pick(const struct disk *d, const char *which)
{
	const struct img_volume *v = NULL;
	struct img_err err = { 0 };

	TEST_OK(img_volumes_pick(&d->volumes, which, &v, &err), err);
	return v;
}

static void
no_pick(const struct disk *d, const char *which, const char *message)
{
	const struct img_volume *v;
	struct img_err err = { 0 };

	TEST_FAILS(img_volumes_pick(&d->volumes, which, &v, &err), IMG_E_USAGE, err);
	TEST_STR(err.msg, message);
}

static void
picking(void)
{
	struct disk d = gpt_disk();

	disk_look(&d);
	TEST_EQ_U(pick(&d, "1")->off, 40 * SS);
	TEST_EQ_U(pick(&d, "4")->off, 240 * SS);
	TEST_EQ_U(pick(&d, "macintosh hd")->off, 100 * SS);
	TEST_EQ_U(pick(&d, "Apple_HFS")->off, 100 * SS);
	TEST_EQ_U(pick(&d, "HFS+")->off, 100 * SS);
	TEST_EQ_U(pick(&d, "esp")->off, 40 * SS);
	TEST_EQ_U(pick(&d, "C12A7328-F81F-11D2-BA4B-00A0C93EC93B")->off, 40 * SS);
	TEST_EQ_U(pick(&d, "02020202-0202-0202-0202-020202020202")->off, 100 * SS);
	no_pick(&d, "7", "partition 7 not found; this disk has: 1 \"EFI System Partition\" (EFI system partition), "
		"2 \"Macintosh HD\" (Apple HFS/HFS+), 3 \"twin\" (Linux file system), 4 \"twin\" (Linux file system)");
	no_pick(&d, "twin", "\"twin\" fits more than one partition (those at byte 102400 and 122880); choose by number");
	no_pick(&d, "linux", "\"linux\" fits more than one partition (those at byte 102400 and 122880); choose by number");
	TEST_TRUE(strlen(d.volumes.v[0].part->name) > 0);
	disk_done(&d);

	d = disk_new(N * SS);
	disk_look(&d);
	no_pick(&d, "1", "partition 1 not found; this disk has no partition table");
	no_pick(&d, "\x1b[2J", "partition \\x1b[2J not found; this disk has no partition table");
	disk_done(&d);

	d = disk_new(N * SS);
	disk_driver_map(&d, 512);
	disk_apm(&d, 512, 2, (const struct apm_row[]) { { 1, 2, "Apple", "Apple_partition_map" },
		 { 64, 200, "3", "Apple_HFS" } }, 2);
	disk_look(&d);
	no_pick(&d, "1", "partition 1 (partition map) holds no volume");
	TEST_EQ_U(pick(&d, "3")->off, 64 * 512);	/* no such number, but a name */
	no_pick(&d, "", "partition  not found; this disk has: 2 \"3\" (Apple HFS/HFS+)");
	disk_done(&d);
}

/* A list too long for a message is cut between two partitions. */
static void
long_list(void)
{
	struct gpt_row many[60];
	struct disk d = disk_new(N * SS);
	const struct img_volume *v;
	struct img_err err = { 0 };

	for (unsigned int i = 0; i < 60; i++)
		many[i] = (struct gpt_row) { GUID_LINUX, 40 + i, 40 + i, "a long name of 36 units, all of them" };
	disk_gpt(&d, SS, many, 60);
	disk_look(&d);
	disk_expect(&d, NULL);
	TEST_FAILS(img_volumes_pick(&d.volumes, "99", &v, &err), IMG_E_USAGE, err);
	TEST_TRUE(strlen(err.msg) < 470);
	TEST_TRUE(strstr(err.msg, ") and more") != NULL);
	disk_done(&d);
}

/* Looking at a file with a budget: what is over it is not examined, and nothing is said to be missing. */
static void
budget(int64_t bytes, size_t n_tables)
{
	struct disk d = gpt_disk();
	char path[] = "volumes-test.XXXXXX";
	int fd = mkstemp(path);
	struct img_source *file = NULL;
	struct img_volumes v = { 0 };
	struct img_err err = { 0 };

	TEST_TRUE(fd >= 0);
	/* no backup: with enough budget, a problem */
	TEST_EQ_U(write(fd, d.b, d.len - 40 * SS), d.len - 40 * SS);
	close(fd);
	disk_open(&d);
	TEST_OK(img_file(d.env, path, &file, &err), err);
	img_env_set_budget(d.env, bytes);
	TEST_OK(img_volumes(file, true, &v, &err), err);
	TEST_EQ_U(v.n_tables, n_tables);
	TEST_EQ_U(disk_problems(&d, "gpt-backup-missing"), bytes == IMG_NO_BUDGET);
	TEST_EQ_U(disk_problems(&d, "unreadable"), 0);
	img_volumes_done(&v);
	img_unref(file);
	unlink(path);
	disk_done(&d);
}

int
main(void)
{
	plain();
	hybrid_mbr();
	dummy();
	isohybrid();
	picking();
	long_list();
	budget(IMG_NO_BUDGET, 2);
	budget(512 + 92 + 16384 + 10, 1);
	budget(512 + 92, 0);
	budget(0, 0);
	return 0;
}

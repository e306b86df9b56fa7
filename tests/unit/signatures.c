/* SPDX-License-Identifier: BSD-2-Clause */
/* File systems by signature: each is found where it belongs, and not when the fields around it make no sense. */
#include "config.h"

#include "tests/test.h"
#include "tests/unit/disks.h"

#define LEN ((2u << 20) + 4096)

struct put {
	size_t off;
	const char *bytes;
	size_t n;
};
#define P(off, text) { off, text, sizeof (text) - 1 }

static const struct row {
	const char *name;		/* NULL: nothing is to be found */
	struct put put[5];
} rows[] = {
	{ "ext2", { P(1024, "\1\0\0\0\1"), P(1080, "\x53\xef") } },
	{ "ext3", { P(1024, "\1\0\0\0\1"), P(1080, "\x53\xef"), P(1116, "\4") } },
	{ "ext4", { P(1024, "\1\0\0\0\1"), P(1080, "\x53\xef"), P(1116, "\4\0\0\0\x42") } },
	{ "jbd", { P(1024, "\0\0\0\0\1"), P(1080, "\x53\xef"), P(1120, "\x8") } },
	{ NULL, { P(1080, "\x53\xef") } },
	{ NULL, { P(1024, "\1\0\0\0\1"), P(1048, "\x9"), P(1080, "\x53\xef") } },
	{ "xfs", { P(0, "XFSB\0\0\x10\0"), P(102, "\2\0") } },
	{ NULL, { P(0, "XFSB\0\0\x10\1"), P(102, "\2\0") } },
	{ "btrfs", { P(65600, "_BHRfS_M") } },
	{ "f2fs", { P(1024, "\x10\x20\xf5\xf2"), P(1032, "\x9"), P(1040, "\xc") } },
	{ NULL, { P(1024, "\x10\x20\xf5\xf2") } },
	{ "ntfs", { P(3, "NTFS    \0\2\x8") } },
	{ NULL, { P(3, "NTFS    ") } },
	{ "exfat", { P(3, "EXFAT   "), P(108, "\x9\x3") } },
	{ NULL, { P(3, "EXFAT   ") } },
	{ "refs", { P(3, "ReFS\0\0\0\0"), P(16, "FSRS") } },
	{ "bitlocker", { P(3, "-FVE-FS-") } },
	{ "fat12", { P(0, "\xeb\x3c\x90MSDOS5.0\0\2\1\1\0\2\xe0\0\x40\xb\xf0\x9\0") } },
	{ "fat16", { P(0, "\xeb\x3c\x90MSDOS5.0\0\2\4\1\0\2\0\2\0\0\xf8\xc8\0"), P(32, "\0\x90\1\0") } },
	{ "fat32", { P(0, "\xeb\x58\x90mkfs.fat\0\2\1\x20\0\2\0\0\0\0\xf8\0\0"), P(32, "\0\0\2\0\0\4\0\0") } },
	{ NULL, { P(0, "\xeb\x3c\x90MSDOS5.0\0\2\3\1\0\2\xe0\0\x40\xb\xf0\x9\0") } },
	{ NULL, { P(0, "\xeb\x3c\x90MSDOS5.0\0\2\1\1\0\2\xe0\0\x40\xb\xf1\x9\0") } },
	{ "hfs+", { P(1024, "H+\0\4"), P(1064, "\0\0\x10\0") } },
	{ "hfsx", { P(1024, "HX\0\5"), P(1064, "\0\0\x10\0") } },
	{ NULL, { P(1024, "H+\0\1"), P(1064, "\0\0\x10\0") } },
	{ "hfs", { P(1024, "BD"), P(1044, "\0\0\2\0") } },
	{ "hfs+", { P(1024, "BD"), P(1044, "\0\0\2\0"), P(1148, "H+") } },
	{ NULL, { P(1024, "BD") } },
	{ "mfs", { P(1024, "\xd2\xd7"), P(1042, "\1\0\0\0\4\0") } },
	{ "apfs", { P(32, "NXSB\0\x10\0\0") } },
	{ NULL, { P(32, "NXSB\0\1\0\0") } },
	{ "iso9660", { P(32768, "\1CD001\1") } },
	/* a bridge disc has both */
	{ "iso9660", { P(32768, "\1CD001\1"), P(34816, "\xff" "CD001\1"), P(36864, "\0BEA01\1"), P(38912, "\0NSR02\1") } },
	{ "udf", { P(32768, "\0BEA01\1"), P(34816, "\0NSR03\1"), P(36864, "\0TEA01\1") } },
	{ "udf", { P(32768, "\0BEA01\1"), P(36864, "\0NSR02\1") } },
	{ NULL, { P(32768, "\0BEA01\1"), P(34816, "\0TEA01\1") } },
	{ "high-sierra", { P(32776, "\1CDROM\1") } },
	{ "corestorage", { P(88, "CS"), P(8, "\1\0\x10\0"), P(48, "\0\2\0\0") } },
	{ "squashfs", { P(0, "hsqs"), P(12, "\0\0\2\0"), P(28, "\4") } },
	{ NULL, { P(0, "hsqs"), P(12, "\1\0\2\0"), P(28, "\4") } },
	{ "erofs", { P(1024, "\xe2\xe1\xf5\xe0"), P(1036, "\xc") } },
	{ "luks", { P(0, "LUKS\xba\xbe\0\2") } },
	{ NULL, { P(0, "LUKS\xba\xbe\0\x9") } },
	{ "lvm2", { P(512, "LABELONE"), P(536, "LVM2 001") } },
	{ NULL, { P(512, "LABELONE") } },
	{ "swap", { P(4086, "SWAPSPACE2") } },
	{ "swap", { P(65526, "SWAPSPACE2") } },
	{ "md-raid", { P(4096, "\xfc\x4e\x2b\xa9\1") } },
	{ "md-raid", { P(((LEN - 8192) & ~4095u), "\xfc\x4e\x2b\xa9\1") } },
	{ "md-raid", { P((LEN & ~65535u) - 65536, "\xfc\x4e\x2b\xa9") } },
	{ NULL, { P(4096, "\xfc\x4e\x2b\xa9\x7") } },
	{ "zfs", { P(16384, "\1\1\0\0\0\0\0\0\0\0\0\1\0\0\0\x24\0\0\0\x20\0\0\0\7version\0") } },
	{ "zfs", { P(131072, "\x0c\xb1\xba\0\0\0\0\0") } },
	{ "bcache", { P(4120, "\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81") } },
	{ "vmfs", { P(2 << 20, "\x5e\xf1\xab\x2f") } },
	{ "vmfs-member", { P(1 << 20, "\x0d\xd0\x01\xc0") } },
	{ "ufs", { P(65536 + 1372, "\x19\x01\x54\x19") } },
	{ "ufs", { P(8192 + 1372, "\x54\x19\x01\0") } },
	{ "nilfs2", { P(1024, "\2\0\0\0\0\0\x34\x34\x18\1") } },
	{ "jfs", { P(32768, "JFS1") } },
	{ "reiserfs", { P(65588, "ReIsEr2Fs") } },
	{ "cramfs", { P(0, "\x45\x3d\xcd\x28") } },
	{ NULL, { P(0, "hello") } },
};

static void
check(const struct row *r, size_t i)
{
	struct disk d = disk_new(LEN);
	const struct img_fs_hint *h;

	for (size_t k = 0; k < 5 && r->put[k].bytes; k++)
		disk_put(&d, r->put[k].off, r->put[k].bytes, r->put[k].n);
	disk_open(&d);
	h = img_fs_probe(d.source);
	if (!!h != !!r->name || (h && strcmp(h->name, r->name) != 0))
		TEST_FAIL_("row %zu: found %s, want %s", i, h ? h->name : "nothing", r->name ? r->name : "nothing");
	disk_expect(&d, NULL);
	disk_done(&d);
}

/* Every length from nothing to the first kilobytes: nothing is read past the end. */
static void
short_volumes(void)
{
	for (size_t len = 0; len < 5000; len += len < 1200 ? 7 : 97) {
		struct disk d = disk_new(len);

		memset(d.b, 0xff, len);
		disk_open(&d);
		TEST_TRUE(!img_fs_probe(d.source));
		disk_done(&d);
	}
}

/* Still HFS+ and nothing else, but doubtful. */
static void
test_damaged_hfsplus(void)
{
	struct disk d = disk_new(LEN);
	const struct img_fs_hint *h;

	disk_put(&d, 1024, "H+\0\4", 4);
	disk_put(&d, 1064, "\0\0\x10\1", 4);
	disk_open(&d);
	h = img_fs_probe(d.source);
	TEST_TRUE(h && !strcmp(h->name, "hfs+"));
	disk_expect(&d, "hfs-header");
	disk_done(&d);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check(&rows[i], i);
	short_volumes();
	test_damaged_hfsplus();
	return 0;
}

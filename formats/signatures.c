/* SPDX-License-Identifier: BSD-2-Clause */
/* File systems by their signatures: a table of places, bytes, and cheap questions about the fields around them.
 *
 * This only names what is there; nothing is verified.  The table's order decides where several fit: those with long or
 * well-checked signatures first, FAT (a few bits here and there) behind all others at the head.  An HFS wrapper around
 * HFS+ is looked through.  A bridge disc (ISO 9660 and UDF) is reported as "iso9660".
 *
 * Most signatures lie in the first sectors, which are read once; the others cost a few bytes each. */
#include "config.h"

#include "formats/parts.h"

#include <inttypes.h>
#include <string.h>

#include "core/bytes.h"
#include "core/checked.h"
#include "img/env.h"

/* Covers every signature up to that of bcache, at 4120. */
#define HEAD_LEN 4608

struct probe {
	struct img_source *s;
	size_t n_head;
	uint8_t head[HEAD_LEN];
};

static bool
probe_get(const struct probe *p, uint64_t off, void *buf, size_t len)
{
	if (!span_ok(off, len, p->s->size))
		return false;
	if (span_ok(off, len, p->n_head)) {
		memcpy(buf, p->head + off, len);
		return true;
	}
	return img_source_read(p->s, off, buf, len, NULL) == 0;
}

static bool
is_power(uint64_t v, uint64_t least, uint64_t most)
{
	return v >= least && v <= most && !(v & (v - 1));
}

/* ---- questions: @b is the region that the table's row names ---- */

#define HINT(var, word, text) static const struct img_fs_hint var = { word, text }

HINT(hint_ext2, "ext2", "ext2");
HINT(hint_ext3, "ext3", "ext3");
HINT(hint_ext4, "ext4", "ext4");
HINT(hint_jbd, "jbd", "ext journal");

static const struct img_fs_hint *
ask_ext(const uint8_t *b)
{
	uint32_t compat = load_le32(b + 92), incompat = load_le32(b + 96), ro = load_le32(b + 100);

	/* blocks, inodes, block size up to 64 KiB, revision 0 or 1 */
	if (!load_le32(b + 4) || load_le32(b + 24) > 6 || load_le32(b + 76) > 1)
		return NULL;
	if (incompat & 0x8)
		return &hint_jbd;
	if (!load_le32(b))
		return NULL;
	/* ext3 knows filetype, recover, meta_bg; sparse_super, large_file, btree_dir */
	if ((incompat & ~UINT32_C(0x16)) || (ro & ~UINT32_C(0x7)))
		return &hint_ext4;
	return compat & 0x4 ? &hint_ext3 : &hint_ext2;
}

HINT(hint_xfs, "xfs", "XFS");

static const struct img_fs_hint *
ask_xfs(const uint8_t *b)
{
	return is_power(load_be32(b + 4), 512, 65536) && is_power(load_be16(b + 102), 512, 32768) ? &hint_xfs : NULL;
}

HINT(hint_f2fs, "f2fs", "F2FS");

static const struct img_fs_hint *
ask_f2fs(const uint8_t *b)
{
	uint32_t log_sector = load_le32(b + 8), log_block = load_le32(b + 16);

	return log_sector >= 9 && log_sector <= 16 && log_block >= 12 && log_block <= 16 ? &hint_f2fs : NULL;
}

HINT(hint_ntfs, "ntfs", "NTFS");

static const struct img_fs_hint *
ask_ntfs(const uint8_t *b)
{
	return is_power(load_le16(b + 11), 256, 4096) && b[13] ? &hint_ntfs : NULL;
}

HINT(hint_exfat, "exfat", "exFAT");

static const struct img_fs_hint *
ask_exfat(const uint8_t *b)
{
	return b[108] >= 9 && b[108] <= 12 && b[109] <= 25 ? &hint_exfat : NULL;
}

HINT(hint_refs, "refs", "ReFS");

static const struct img_fs_hint *
ask_refs(const uint8_t *b)
{
	return memcmp(b + 16, "FSRS", 4) == 0 ? &hint_refs : NULL;
}

HINT(hint_hfsplus, "hfs+", "HFS+");
HINT(hint_hfsx, "hfsx", "HFSX");
HINT(hint_hfs, "hfs", "HFS");
HINT(hint_mfs, "mfs", "MFS");

/* TN1150: version 4 for "H+", 5 for "HX"; whether the rest makes sense is for the reader to say */
static const struct img_fs_hint *
ask_hfsplus(const uint8_t *b)
{
	bool x = b[1] == 'X';

	if (load_be16(b + 2) != (x ? 5 : 4))
		return NULL;
	return x ? &hint_hfsx : &hint_hfsplus;
}

static const struct img_fs_hint *
ask_hfs(const uint8_t *b)
{
	uint32_t block = load_be32(b + 20);

	if (!block || block % 512)
		return NULL;
	/* TN1150, "HFS Wrapper": drEmbedSigWord */
	if (memcmp(b + 124, "H+", 2) == 0)
		return &hint_hfsplus;
	return memcmp(b + 124, "HX", 2) == 0 ? &hint_hfsx : &hint_hfs;
}

static const struct img_fs_hint *
ask_mfs(const uint8_t *b)
{
	uint32_t block = load_be32(b + 20);

	return block && block % 512 == 0 && load_be16(b + 18) ? &hint_mfs : NULL;
}

HINT(hint_apfs, "apfs", "APFS");

static const struct img_fs_hint *
ask_apfs(const uint8_t *b)
{
	return is_power(load_le32(b + 36), 4096, 65536) ? &hint_apfs : NULL;
}

HINT(hint_corestorage, "corestorage", "CoreStorage");

/* Physical volume of FileVault 2 or a Fusion Drive (libfvde, "FileVault Drive Encryption"): version 1, type 0x10 */
static const struct img_fs_hint *
ask_corestorage(const uint8_t *b)
{
	return load_le16(b + 8) == 1 && load_le16(b + 10) == 0x10 && is_power(load_le32(b + 48), 512, 4096) ?
	       &hint_corestorage : NULL;
}

HINT(hint_squashfs, "squashfs", "SquashFS");

static const struct img_fs_hint *
ask_squashfs(const uint8_t *b)
{
	return is_power(load_le32(b + 12), 4096, 1 << 20) && load_le16(b + 28) <= 4 ? &hint_squashfs : NULL;
}

HINT(hint_erofs, "erofs", "EROFS");

static const struct img_fs_hint *
ask_erofs(const uint8_t *b)
{
	return b[12] >= 9 && b[12] <= 16 ? &hint_erofs : NULL;
}

HINT(hint_luks, "luks", "LUKS encryption");

static const struct img_fs_hint *
ask_luks(const uint8_t *b)
{
	return load_be16(b + 6) == 1 || load_be16(b + 6) == 2 ? &hint_luks : NULL;
}

HINT(hint_lvm, "lvm2", "LVM2 physical volume");

static const struct img_fs_hint *
ask_lvm(const uint8_t *b)
{
	return memcmp(b + 24, "LVM2 001", 8) == 0 ? &hint_lvm : NULL;
}

HINT(hint_nilfs, "nilfs2", "NILFS2");

/* magic at 6; the super block tells its own length */
static const struct img_fs_hint *
ask_nilfs(const uint8_t *b)
{
	uint16_t len = load_le16(b + 8);

	return load_le32(b) == 2 && len >= 280 && len <= 1024 ? &hint_nilfs : NULL;
}

HINT(hint_md, "md-raid", "Linux MD RAID member");

static const struct img_fs_hint *
ask_md1(const uint8_t *b)
{
	return load_le32(b + 4) == 1 ? &hint_md : NULL;
}

HINT(hint_ufs, "ufs", "UFS");
HINT(hint_zfs, "zfs", "ZFS");

/* The name-value list of a ZFS label, XDR-encoded; its first pair is "version". */
static const struct img_fs_hint *
ask_zfs(const uint8_t *b)
{
	return b[0] == 1 && b[1] <= 1 && load_be32(b + 20) == 7 ? &hint_zfs : NULL;
}

/* ---- FAT, which has no signature worth the name ---- */

HINT(hint_fat12, "fat12", "FAT12");
HINT(hint_fat16, "fat16", "FAT16");
HINT(hint_fat32, "fat32", "FAT32");

/* The BIOS parameter block, Microsoft's "FAT: General Overview of On-Disk Format". */
static const struct img_fs_hint *
ask_fat(const uint8_t *b)
{
	uint32_t sector = load_le16(b + 11), cluster = b[13], reserved = load_le16(b + 14), fats = b[16];
	uint32_t root = load_le16(b + 17), total = load_le16(b + 19), media = b[21], fat_len = load_le16(b + 22);
	uint64_t meta, clusters;

	if (!((b[0] == 0xeb && b[2] == 0x90) || b[0] == 0xe9) || !is_power(sector, 512, 4096) ||
	    !is_power(cluster, 1, 128) || !reserved || fats < 1 || fats > 2 || (media != 0xf0 && media < 0xf8))
		return NULL;
	if (!total)
		total = load_le32(b + 32);
	if (!fat_len) {
		fat_len = load_le32(b + 36);
		if (root)
			return NULL;
	} else if (!root) {
		return NULL;
	}
	meta = reserved + (uint64_t)fats * fat_len + ((uint64_t)root * 32 + sector - 1) / sector;
	if (!fat_len || total <= meta)
		return NULL;
	if (!root)
		return &hint_fat32;
	clusters = (total - meta) / cluster;
	return clusters < 4085 ? &hint_fat12 : &hint_fat16;
}

bool
img_is_fat_sector(const uint8_t *b)
{
	return (memcmp(b + 3, "NTFS    ", 8) == 0 && ask_ntfs(b)) ||
	       (memcmp(b + 3, "EXFAT   ", 8) == 0 && ask_exfat(b)) || memcmp(b + 3, "-FVE-FS-", 8) == 0 ||
	       (memcmp(b + 3, "ReFS\0\0\0", 8) == 0 && ask_refs(b)) || ask_fat(b);
}

/* ---- the table ---- */

HINT(hint_btrfs, "btrfs", "Btrfs");
HINT(hint_bitlocker, "bitlocker", "BitLocker");
HINT(hint_iso, "iso9660", "ISO 9660");
HINT(hint_high_sierra, "high-sierra", "High Sierra");
HINT(hint_swap, "swap", "Linux swap");
HINT(hint_bcache, "bcache", "bcache");
HINT(hint_bcachefs, "bcachefs", "bcachefs");
HINT(hint_vmfs, "vmfs", "VMware VMFS");
HINT(hint_vmfs_member, "vmfs-member", "VMware VMFS member");
HINT(hint_cramfs, "cramfs", "cramfs");
HINT(hint_romfs, "romfs", "romfs");
HINT(hint_jfs, "jfs", "JFS");
HINT(hint_reiserfs, "reiserfs", "ReiserFS");

#define ASK_MAX 512	/* longest region a question needs */

struct signature {
	uint64_t off;		/* of the region */
	uint16_t len;		/* of the region */
	uint16_t at;		/* of the signature in the region */
	const char *bytes;
	uint8_t n;
	const struct img_fs_hint *hint;		/* or a question: */
	const struct img_fs_hint *(*ask)(const uint8_t *region);
};

#define SIG(off, at, bytes, hint) { off, (at) + sizeof (bytes) - 1, at, bytes, sizeof (bytes) - 1, &hint, NULL }
#define ASK(off, len, at, bytes, ask) { off, len, at, bytes, sizeof (bytes) - 1, NULL, ask }

/* Covered by the head. */
static const struct signature near_rows[] = {
	ASK(0, 8, 0, "LUKS\xba\xbe", ask_luks),
	ASK(0, 104, 0, "XFSB", ask_xfs),
	ASK(0, 40, 32, "NXSB", ask_apfs),
	ASK(0, 96, 88, "CS", ask_corestorage),
	ASK(0, 30, 0, "hsqs", ask_squashfs),
	SIG(0, 3, "-FVE-FS-", hint_bitlocker),
	ASK(0, 16, 3, "NTFS    ", ask_ntfs),
	ASK(0, 112, 3, "EXFAT   ", ask_exfat),
	ASK(0, 20, 3, "ReFS\0\0\0\0", ask_refs),
	ASK(0, 32, 0, "LABELONE", ask_lvm),
	ASK(512, 32, 0, "LABELONE", ask_lvm),
	ASK(1024, 32, 0, "LABELONE", ask_lvm),
	ASK(1536, 32, 0, "LABELONE", ask_lvm),
	ASK(1024, 104, 56, "\x53\xef", ask_ext),
	ASK(1024, 44, 0, "H+", ask_hfsplus),
	ASK(1024, 44, 0, "HX", ask_hfsplus),
	ASK(1024, 128, 0, "BD", ask_hfs),
	ASK(1024, 24, 0, "\xd2\xd7", ask_mfs),
	ASK(1024, 20, 0, "\x10\x20\xf5\xf2", ask_f2fs),
	ASK(1024, 16, 0, "\xe2\xe1\xf5\xe0", ask_erofs),
	ASK(1024, 16, 6, "\x34\x34", ask_nilfs),
	ASK(4096, 8, 0, "\xfc\x4e\x2b\xa9", ask_md1),
	ASK(0, 8, 0, "\xfc\x4e\x2b\xa9", ask_md1),
	SIG(4096, 24, "\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81", hint_bcache),
	SIG(4096, 24, "\xc6\x85\x73\xf6\x66\xce\x90\xa9\xd9\x6a\x60\xcf\x80\x3d\xf7\xef", hint_bcachefs),
	SIG(4096 - 10, 0, "SWAPSPACE2", hint_swap),
	SIG(4096 - 10, 0, "SWAP-SPACE", hint_swap),
	SIG(4096 - 10, 0, "S1SUSPEND\0", hint_swap),
	SIG(0, 0, "\x45\x3d\xcd\x28", hint_cramfs),
	SIG(0, 0, "-rom1fs-", hint_romfs),
};

/* Further in, nearest first: a read of a compressed image decodes all that lies in front. */
static const struct signature far_rows[] = {
	SIG(8192, 1372, "\x19\x01\x54\x19", hint_ufs),
	SIG(8192, 1372, "\x19\x54\x01\x19", hint_ufs),
	SIG(8192, 1372, "\x54\x19\x01\0", hint_ufs),
	SIG(8192, 1372, "\0\x01\x19\x54", hint_ufs),
	SIG(8192 - 10, 0, "SWAPSPACE2", hint_swap),
	SIG(16384 - 10, 0, "SWAPSPACE2", hint_swap),
	ASK(16384, 32, 24, "version", ask_zfs),
	SIG(32768, 1, "CD001", hint_iso),
	SIG(32768, 9, "CDROM", hint_high_sierra),
	SIG(32768, 0, "JFS1", hint_jfs),
	SIG(65536 - 10, 0, "SWAPSPACE2", hint_swap),
	SIG(65536, 64, "_BHRfS_M", hint_btrfs),
	SIG(65536, 52, "ReIsEr", hint_reiserfs),
	SIG(65536, 1372, "\x19\x01\x54\x19", hint_ufs),
	SIG(65536, 1372, "\x19\x54\x01\x19", hint_ufs),
	SIG(UINT64_C(128) << 10, 0, "\x0c\xb1\xba\0\0\0\0\0", hint_zfs),
	SIG(UINT64_C(128) << 10, 0, "\0\0\0\0\0\xba\xb1\x0c", hint_zfs),
	SIG(UINT64_C(1) << 20, 0, "\x0d\xd0\x01\xc0", hint_vmfs_member),
	SIG(UINT64_C(2) << 20, 0, "\x5e\xf1\xab\x2f", hint_vmfs),
};

static const struct img_fs_hint *
signature_match(const struct probe *p, const struct signature *sig)
{
	uint8_t region[ASK_MAX];

	if (!sig->ask)	/* the signature alone */
		return probe_get(p, sig->off + sig->at, region, sig->n) && memcmp(region, sig->bytes, sig->n) == 0 ?
		       sig->hint : NULL;
	if (!probe_get(p, sig->off, region, sig->len) || memcmp(region + sig->at, sig->bytes, sig->n) != 0)
		return NULL;
	return sig->ask(region);
}

/* ---- those that are no row ---- */

HINT(hint_udf, "udf", "UDF");

/* ECMA-167 part 2: BEA01, then NSR02 or NSR03, before TEA01.  Descriptors have 2048 bytes, or a larger block's size. */
static const struct img_fs_hint *
ask_udf(const struct probe *p)
{
	uint8_t id[5];

	if (!probe_get(p, 32769, id, 5) || memcmp(id, "BEA01", 5) != 0)
		return NULL;
	for (uint32_t step = 2048; step <= 4096; step *= 2)
		for (uint32_t i = 1; i < 4; i++)
			if (probe_get(p, 32769 + (uint64_t)i * step, id, 5) && memcmp(id, "NSR0", 4) == 0 &&
			    (id[4] == '2' || id[4] == '3'))
				return &hint_udf;
	return NULL;
}

static const struct img_fs_hint *
ask_fat_sector(const struct probe *p)
{
	return p->n_head >= 512 ? ask_fat(p->head) : NULL;
}

/* MD super blocks of versions 0.90 and 1.0 stand at the end. */
static const struct img_fs_hint *
ask_md_end(const struct probe *p)
{
	static const uint8_t magic[4] = { 0xfc, 0x4e, 0x2b, 0xa9 };
	uint64_t size = p->s->size;
	uint8_t b[8];

	if (size < (128 << 10))
		return NULL;
	if (probe_get(p, (size & ~UINT64_C(65535)) - 65536, b, 8) && memcmp(b, magic, 4) == 0 && load_le32(b + 4) == 0)
		return &hint_md;
	if (probe_get(p, (size - 8192) & ~UINT64_C(4095), b, 8) && memcmp(b, magic, 4) == 0)
		return ask_md1(b);
	return NULL;
}

static const struct img_fs_hint *
rows_match(const struct probe *p, const struct signature *rows, size_t n)
{
	const struct img_fs_hint *hint = NULL;

	for (size_t i = 0; !hint && i < n; i++)
		hint = signature_match(p, &rows[i]);
	return hint;
}

static const struct img_fs_hint *
find(const struct probe *p)
{
	const struct img_fs_hint *hint = rows_match(p, near_rows, sizeof near_rows / sizeof *near_rows);

	if (!hint)
		hint = ask_fat_sector(p);
	if (!hint)
		hint = ask_udf(p);
	if (!hint)
		hint = rows_match(p, far_rows, sizeof far_rows / sizeof *far_rows);
	return hint ? hint : ask_md_end(p);
}

/* Nobody else would claim a volume whose header makes no sense. */
static void
doubt_hfsplus(const struct probe *p)
{
	uint8_t b[44];
	uint32_t block;

	if (!probe_get(p, 1024, b, sizeof b) || b[0] != 'H')	/* wrapped: the header is elsewhere */
		return;
	block = load_be32(b + 40);
	if (!is_power(block, 512, UINT32_C(1) << 31) || block > p->s->size)
		img_problem(p->s->env, IMG_WARNING, "hfs-header", "the HFS+ volume header says blocks of %" PRIu32 " bytes",
			    block);
}

const struct img_fs_hint *
img_fs_probe(struct img_source *volume)
{
	struct probe p = { .s = volume };
	size_t n = volume->size < HEAD_LEN ? (size_t)volume->size : HEAD_LEN;
	const struct img_fs_hint *hint;
	bool old;

	if (volume->flags & IMG_FORWARD)
		return NULL;
	old = img_env_look_closer(volume->env, true);	/* the start alone: what lies behind it is seldom worth a chunk */
	if (n && img_source_read(volume, 0, p.head, n, NULL) == 0)
		p.n_head = n;
	img_env_look_closer(volume->env, old);
	hint = find(&p);
	if (hint == &hint_hfsplus || hint == &hint_hfsx)
		doubt_hfsplus(&p);
	return hint;
}

bool
img_is_iso9660(struct img_source *s)
{
	uint8_t id[5];

	return span_ok(32769, 5, s->size) && img_source_read(s, 32769, id, 5, NULL) == 0 && memcmp(id, "CD001", 5) == 0;
}

bool
img_is_iso_or_udf(struct img_source *s)
{
	struct probe p = { .s = s };

	return img_is_iso9660(s) || ask_udf(&p);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Labels, UUIDs and sizes from super blocks.  Most lie at fixed places, which a table names; the others (a label in a file,
 * as on NTFS and exFAT) have a function.  The places are those of the kernel's headers and of libblkid, against whose
 * answers tests/interop/identity.sh holds them. */
#include "config.h"

#include "formats/identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "core/checked.h"
#include "core/unicode.h"
#include "img/env.h"
#include "img/format.h"
#include "img/source.h"

#define REGION_MAX 2048		/* the longest super block: F2FS keeps 512 units of label */

struct place {
	const char *fs;
	uint64_t off;			/* of the super block */
	uint16_t len;
	uint16_t uuid, label, label_len;	/* in it; 0: none */
	void (*more)(const uint8_t *b, struct img_fs_identity *ret);	/* sizes; NULL: none */
};

/* ---- texts ---- */

static void
put_uuid(const uint8_t *p, char *ret, size_t room)
{
	static const uint8_t none[16];

	if (memcmp(p, none, 16))
		snprintf(ret, room, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", p[0], p[1], p[2],
			 p[3], p[4], p[5], p[6], p[7], p[8], p[9], p[10], p[11], p[12], p[13], p[14], p[15]);
}

static void
put_label(const uint8_t *p, size_t n, struct img_fs_identity *ret)
{
	size_t k;

	img_bytes_to_utf8((const char *)p, n, ret->label, sizeof ret->label);
	for (k = strlen(ret->label); k && ret->label[k - 1] == ' '; k--)
		ret->label[k - 1] = '\0';
}

static void
put_utf16(const uint8_t *p, size_t n, struct img_fs_identity *ret)
{
	uint16_t units[512];

	n = n > 512 ? 512 : n;
	for (size_t i = 0; i < n; i++)
		units[i] = load_le16(p + 2 * i);
	img_utf16_to_utf8(units, n, ret->label, sizeof ret->label);
}

static void
put_size(struct img_fs_identity *ret, uint64_t blocks, uint64_t block_size)
{
	uint64_t size;

	if (block_size && block_size <= (1 << 20) && u64_mul(blocks, block_size, &size)) {
		ret->size = size;
		ret->block_size = (uint32_t)block_size;
	}
}

/* ---- sizes ---- */

static void
more_ext(const uint8_t *b, struct img_fs_identity *ret)
{
	uint64_t high = load_le32(b + 96) & 0x80 ? load_le32(b + 336) : 0;	/* 64bit */

	put_size(ret, high << 32 | load_le32(b + 4), UINT64_C(1024) << load_le32(b + 24));
}

static void
more_xfs(const uint8_t *b, struct img_fs_identity *ret)
{
	put_size(ret, load_be64(b + 8), load_be32(b + 4));
}

static void
more_btrfs(const uint8_t *b, struct img_fs_identity *ret)
{
	ret->size = load_le64(b + 112);
	ret->block_size = load_le32(b + 144);
}

static void
more_f2fs(const uint8_t *b, struct img_fs_identity *ret)
{
	put_utf16(b + 124, 512, ret);
	if (load_le32(b + 16) < 20)
		put_size(ret, load_le64(b + 36), UINT64_C(1) << load_le32(b + 16));
}

static void
more_corestorage(const uint8_t *b, struct img_fs_identity *ret)
{
	ret->size = load_le64(b + 64);
}

static void
more_squashfs(const uint8_t *b, struct img_fs_identity *ret)
{
	ret->size = load_le64(b + 40);
	ret->block_size = load_le32(b + 12);
}

static void
more_erofs(const uint8_t *b, struct img_fs_identity *ret)
{
	put_size(ret, load_le32(b + 36), UINT64_C(1) << (b[12] & 31));
}

static void
more_nilfs(const uint8_t *b, struct img_fs_identity *ret)
{
	ret->size = load_le64(b + 32);
	if (load_le32(b + 20) < 10)
		ret->block_size = UINT32_C(1024) << load_le32(b + 20);
}

static void
more_jfs(const uint8_t *b, struct img_fs_identity *ret)
{
	ret->block_size = load_le32(b + 24);
}

static void
more_reiserfs(const uint8_t *b, struct img_fs_identity *ret)
{
	put_size(ret, load_le32(b), load_le16(b + 44));
}

/* Version 1 keeps the UUID as text; version 2 has a label, and more room than the 40 bytes of text. */
static void
more_luks(const uint8_t *b, struct img_fs_identity *ret)
{
	if (load_be16(b + 6) == 2)
		put_label(b + 24, 48, ret);
	img_bytes_to_utf8((const char *)b + 168, 40, ret->uuid, sizeof ret->uuid);
}

static void
more_swap(const uint8_t *b, struct img_fs_identity *ret)
{
	if (load_le32(b) != 1)		/* of another byte order, or old: then the fields are elsewhere */
		ret->label[0] = ret->uuid[0] = '\0';
}

static void
more_md(const uint8_t *b, struct img_fs_identity *ret)
{
	ret->size = load_le64(b + 80) <= UINT64_MAX / 512 ? load_le64(b + 80) * 512 : 0;
}

/* The offset of the identity comes from the label's header; the text has dashes as LVM shows it. */
static void
more_lvm(const uint8_t *b, struct img_fs_identity *ret)
{
	static const uint8_t group[] = { 6, 4, 4, 4, 4, 4, 6 };
	uint32_t at = load_le32(b + 20);
	size_t n = 0;

	if (at > 512 - 48)
		return;
	for (size_t g = 0; g < sizeof group; g++) {
		for (uint8_t i = 0; i < group[g]; i++) {
			char c = (char)b[at++];

			if (c < '0' || c > 'z')
				c = '?';
			ret->uuid[n++] = c;
		}
		ret->uuid[n++] = g + 1 < sizeof group ? '-' : '\0';
	}
	ret->size = load_le64(b + at);
}

/* ---- the table ---- */

static const struct place places[] = {
	{ "ext2", 1024, 1024, 104, 120, 16, more_ext },
	{ "ext3", 1024, 1024, 104, 120, 16, more_ext },
	{ "ext4", 1024, 1024, 104, 120, 16, more_ext },
	{ "jbd", 1024, 1024, 104, 120, 16, NULL },
	{ "xfs", 0, 128, 32, 108, 12, more_xfs },
	{ "btrfs", 65536, 600, 32, 299, 256, more_btrfs },
	{ "f2fs", 1024, 1200, 108, 0, 0, more_f2fs },
	{ "squashfs", 0, 96, 0, 0, 0, more_squashfs },
	{ "erofs", 1024, 128, 48, 64, 16, more_erofs },
	{ "nilfs2", 1024, 280, 152, 168, 80, more_nilfs },
	{ "jfs", 32768, 184, 136, 152, 16, more_jfs },
	{ "reiserfs", 65536, 204, 84, 100, 16, more_reiserfs },
	{ "bcache", 4096, 104, 40, 72, 32, NULL },
	{ "bcachefs", 4096, 104, 56, 72, 32, NULL },
	{ "swap", 1024, 44, 12, 28, 16, more_swap },
	{ "luks", 0, 208, 0, 0, 0, more_luks },
	{ "corestorage", 0, 320, 304, 0, 0, more_corestorage },
	{ "romfs", 0, 32, 0, 16, 16, NULL },
	{ "cramfs", 0, 64, 0, 48, 16, NULL },
};

static bool
from_place(struct img_source *s, const struct place *p, struct img_fs_identity *ret)
{
	uint8_t b[REGION_MAX];

	if (!span_ok(p->off, p->len, s->size) || img_source_read(s, p->off, b, p->len, NULL))
		return false;
	if (p->uuid)
		put_uuid(b + p->uuid, ret->uuid, sizeof ret->uuid);
	if (p->label)
		put_label(b + p->label, p->label_len, ret);
	if (p->more)
		p->more(b, ret);
	return true;
}

/* ---- those that may stand in several places ---- */

static bool
from_lvm(struct img_source *s, struct img_fs_identity *ret)
{
	for (uint64_t off = 0; off < 2048; off += 512) {
		uint8_t b[512];

		if (!span_ok(off, sizeof b, s->size) || img_source_read(s, off, b, sizeof b, NULL))
			return false;
		if (!memcmp(b, "LABELONE", 8) && !memcmp(b + 24, "LVM2 001", 8)) {
			more_lvm(b, ret);
			return true;
		}
	}
	return false;
}

/* Version 1.1 at the head, 1.2 at 4 KiB, 1.0 at the end. */
static bool
from_md(struct img_source *s, struct img_fs_identity *ret)
{
	uint64_t at[] = { 4096, 0, s->size > 8192 ? (s->size - 8192) & ~UINT64_C(4095) : 0 };

	for (size_t i = 0; i < 3; i++) {
		struct place p = { "", at[i], 256, 16, 32, 32, more_md };
		uint8_t b[8];

		if (span_ok(at[i], sizeof b, s->size) && !img_source_read(s, at[i], b, sizeof b, NULL) &&
		    !memcmp(b, "\xfc\x4e\x2b\xa9", 4) && load_le32(b + 4) == 1)
			return from_place(s, &p, ret);
	}
	return false;
}

/* The serial number stands in the boot sector, the label in the file $Volume, which is record 3 of the MFT: attribute
 * 0x60, always resident. */
static bool
from_ntfs(struct img_source *s, struct img_fs_identity *ret)
{
	uint8_t b[512], r[1024];
	uint64_t cluster, record, mft, at;
	uint32_t off;
	int8_t log;

	if (img_source_read(s, 0, b, sizeof b, NULL))
		return false;
	snprintf(ret->uuid, sizeof ret->uuid, "%016" PRIX64, load_le64(b + 72));
	/* over 128 the byte is a negative power of two, for clusters of 256 sectors and more */
	cluster = load_le16(b + 11) * (b[13] > 128 ? UINT64_C(1) << ((256 - b[13]) & 31) : b[13]);
	put_size(ret, load_le64(b + 40), load_le16(b + 11));
	ret->block_size = cluster <= (2 << 20) ? (uint32_t)cluster : 0;
	log = (int8_t)b[64];
	record = log < 0 ? UINT64_C(1) << (-log & 31) : (uint64_t)log * cluster;
	if (record < 512 || record > 4096 || !u64_mul(load_le64(b + 48), cluster, &mft) || !u64_add(mft, 3 * record, &at) ||
	    !span_ok(at, sizeof r, s->size) || img_source_read(s, at, r, sizeof r, NULL) || memcmp(r, "FILE", 4))
		return true;
	for (off = load_le16(r + 20); off + 24 <= sizeof r;) {
		uint32_t type = load_le32(r + off), len = load_le32(r + off + 4);

		if (type == UINT32_MAX || len < 24 || len > sizeof r - off)
			break;
		if (type == 0x60 && !r[off + 8] && span_ok(load_le16(r + off + 20), load_le32(r + off + 16), len)) {
			put_utf16(r + off + load_le16(r + off + 20), load_le32(r + off + 16) / 2, ret);
			break;
		}
		off += len;
	}
	return true;
}

/* The label is an entry (type 0x83) of the root folder, in its first cluster as everybody writes it. */
static bool
from_exfat(struct img_source *s, struct img_fs_identity *ret)
{
	uint8_t b[512], d[4096];
	uint64_t sector, cluster, heap, root;
	size_t n;

	if (img_source_read(s, 0, b, sizeof b, NULL) || b[108] > 12 || b[109] > 25 - b[108])
		return false;
	sector = UINT64_C(1) << b[108];
	cluster = sector << b[109];
	snprintf(ret->uuid, sizeof ret->uuid, "%04X-%04X", load_le16(b + 102), load_le16(b + 100));
	put_size(ret, load_le64(b + 72), sector);
	ret->block_size = (uint32_t)cluster;
	heap = load_le32(b + 88) * sector;
	root = load_le32(b + 96);
	n = cluster < sizeof d ? (size_t)cluster : sizeof d;
	if (root < 2 || !span_ok(heap + (root - 2) * cluster, n, s->size) ||
	    img_source_read(s, heap + (root - 2) * cluster, d, n, NULL))
		return true;
	for (size_t i = 0; i + 32 <= n && d[i]; i += 32)
		if (d[i] == 0x83 && d[i + 1] <= 11)
			put_utf16(d + i + 2, d[i + 1], ret);
	return true;
}

bool
img_fs_identify(struct img_source *volume, const struct img_fs_hint *fs, struct img_fs_identity *ret)
{
	static const struct {
		const char *fs;
		bool (*ask)(struct img_source *s, struct img_fs_identity *ret);
	} others[] = { { "lvm2", from_lvm }, { "md-raid", from_md }, { "ntfs", from_ntfs }, { "exfat", from_exfat } };

	*ret = (struct img_fs_identity) { 0 };
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (!strcmp(places[i].fs, fs->name))
			return from_place(volume, &places[i], ret);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (!strcmp(others[i].fs, fs->name))
			return others[i].ask(volume, ret);
	return false;
}

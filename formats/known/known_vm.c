/* SPDX-License-Identifier: BSD-2-Clause */
/* Disks of virtual machines by name and size: QCOW, QED, VMDK, VHD, VHDX, VDI, Parallels.  Of each just so much is read
 * that the size is known, and where cheap, that the end of the file is there. */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/checked.h"
#include "core/memory.h"
#include "formats/known/known.h"
#include "img/source.h"

/* ---- QCOW: big-endian ---- */

#define L1_MAX 4096		/* entries that are looked at: 2 TiB at 64 KiB a cluster */
#define L2_BYTES (1 << 20)	/* of second tables, all in all */

/* Bits 9 to 55 of an entry: a place in the file. */
static uint64_t
qcow2_place(uint64_t entry)
{
	return entry & UINT64_C(0x00fffffffffffe00);
}

static void
qcow2_table(const uint8_t *b, size_t n, uint32_t bits, struct known *ret)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t e = load_be64(b + 8 * i);

		if (e >> 62 & 1)	/* compressed: the low bits are a byte, the others a number of sectors */
			known_need(ret, e & ((UINT64_C(1) << (62 - (bits - 8))) - 1));
		else
			known_need(ret, qcow2_place(e));
	}
}

/* The furthest cluster that the tables name, as far as they are looked at. */
static void
qcow2_reach(const struct known_file *f, uint64_t l1, uint32_t n, uint32_t bits, struct known *ret)
{
	size_t cluster = (size_t)1 << bits, spent = 0;
	img_autofree uint8_t *first = malloc(8 * L1_MAX), *second = malloc(cluster);

	n = n < L1_MAX ? n : L1_MAX;
	if (!first || !second || !known_get(f, l1, first, 8 * (size_t)n))
		return;
	qcow2_table(first, n, bits, ret);
	for (uint32_t i = 0; i < n && spent < L2_BYTES; i++) {
		uint64_t at = qcow2_place(load_be64(first + 8 * (size_t)i));

		if (!at || !known_get(f, at, second, cluster))
			continue;
		qcow2_table(second, cluster / 8, bits, ret);
		spent += cluster;
	}
}

static bool
look_qcow2(const struct known_file *f, struct known *ret)
{
	const uint8_t *h = f->head;
	uint32_t version = load_be32(h + 4), bits = load_be32(h + 20), n = load_be32(h + 36);
	uint64_t l1 = load_be64(h + 40), refs = load_be64(h + 48), end;

	if ((version != 2 && version != 3) || bits < 9 || bits > 21)
		return false;
	snprintf(ret->version, sizeof ret->version, "%" PRIu32, version);
	ret->size = load_be64(h + 24);
	ret->block_size = UINT64_C(1) << bits;
	ret->encrypted = load_be32(h + 32) != 0;
	ret->has_parent = load_be64(h + 8) != 0;
	/* an external data file (incompatible bit 2) has the clusters */
	if (version == 3 && load_be64(h + 72) & 4)
		return true;
	if (n && u64_add(l1, 8 * (uint64_t)n - 1, &end))
		known_need(ret, end);
	if (load_be32(h + 56))
		known_need(ret, refs);
	/* extended entries (bit 4) are two words each: only the first tables are looked at then */
	if (!(version == 3 && load_be64(h + 72) & 16))
		qcow2_reach(f, l1, n, bits, ret);
	return true;
}

static bool
look_qcow(const struct known_file *f, struct known *ret)
{
	const uint8_t *h = f->head;

	if (load_be32(h + 4) != 1)
		return false;
	snprintf(ret->version, sizeof ret->version, "1");
	ret->size = load_be64(h + 24);
	ret->block_size = h[32] >= 9 && h[32] <= 16 ? UINT64_C(1) << h[32] : 0;
	ret->encrypted = load_be32(h + 36) != 0;
	ret->has_parent = load_be64(h + 8) != 0;
	known_need(ret, load_be64(h + 40));
	return true;
}

/* Little-endian, unlike QCOW. */
static bool
look_qed(const struct known_file *f, struct known *ret)
{
	ret->size = load_le64(f->head + 48);
	ret->block_size = load_le32(f->head + 4);
	ret->has_parent = load_le64(f->head + 16) & 1;
	known_need(ret, load_le64(f->head + 40));
	return true;
}

/* ---- VMDK: little-endian, sectors of 512 bytes ---- */

#define DESCRIPTOR_MAX 20480

/* createType="streamOptimized" */
static void
vmdk_type(const char *text, struct known *ret)
{
	const char *p = strstr(text, "createType");
	size_t n = 0;

	if (!p)
		return;
	p += strlen("createType");
	p += strspn(p, " \t=\"");
	while (n + 1 < sizeof ret->variant && isalnum((unsigned char)p[n]))
		n++;
	memcpy(ret->variant, p, n);
	ret->variant[n] = '\0';
	p = strstr(text, "parentCID");
	ret->has_parent = p && !strcasestr(p, "ffffffff");
}

/* "RW 8192 SPARSE "disk-s001.vmdk"": the disk has as many sectors as all such lines together. */
static uint64_t
vmdk_sectors(const char *text)
{
	static const char *const words[] = { "RW ", "RDONLY ", "NOACCESS " };
	uint64_t sum = 0;

	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += strspn(p, " \t\r\n");
		for (size_t i = 0; i < 3; i++)
			if (!strncmp(p, words[i], strlen(words[i])) &&
			    !u64_add(sum, strtoull(p + strlen(words[i]), NULL, 10), &sum))
				return 0;
	}
	return sum;
}

/* @n bytes of text at @off, ended by us; NULL if they are not there. */
static char *
vmdk_text(const struct known_file *f, uint64_t off, uint64_t n)
{
	char *text = calloc(1, DESCRIPTOR_MAX + 1);

	n = n < DESCRIPTOR_MAX ? n : DESCRIPTOR_MAX;
	if (text && known_get(f, off, text, (size_t)n))
		return text;
	free(text);
	return NULL;
}

static bool
look_vmdk_text(const struct known_file *f, struct known *ret)
{
	img_autofree char *text = vmdk_text(f, 0, f->s->size);
	uint64_t sectors = text ? vmdk_sectors(text) : 0;

	if (!text || !u64_mul(sectors, 512, &ret->size))
		return false;
	vmdk_type(text, ret);
	return true;
}

static bool
look_vmdk(const struct known_file *f, struct known *ret)
{
	const uint8_t *h = f->head;
	uint64_t at = load_le64(h + 28), n = load_le64(h + 36), grain = load_le64(h + 20), directory = load_le64(h + 56);
	img_autofree char *text = NULL;

	snprintf(ret->version, sizeof ret->version, "%" PRIu32, load_le32(h + 4));
	if (!u64_mul(load_le64(h + 12), 512, &ret->size) || at > UINT32_MAX || n > UINT32_MAX)
		return false;
	ret->block_size = grain <= 1 << 20 ? grain * 512 : 0;
	text = at ? vmdk_text(f, at * 512, n * 512) : NULL;
	if (text)
		vmdk_type(text, ret);
	if (!ret->variant[0] && load_le32(h + 8) & 0x10000)
		snprintf(ret->variant, sizeof ret->variant, "streamOptimized");
	/* all ones: the directory's place stands in a footer, a copy of the header two sectors before the end */
	if (directory == UINT64_MAX) {
		uint8_t footer[4];

		if (f->s->size < 1024 || !known_get(f, f->s->size - 1024, footer, 4) || memcmp(footer, "KDMV", 4))
			known_need(ret, f->s->size);
	} else if (directory <= UINT32_MAX) {
		known_need(ret, directory * 512);
	}
	return true;
}

static bool
look_cowd(const struct known_file *f, struct known *ret)
{
	snprintf(ret->variant, sizeof ret->variant, "vmfsSparse");
	ret->size = UINT64_C(512) * load_le32(f->head + 12);
	ret->block_size = UINT64_C(512) * load_le32(f->head + 16);
	return true;
}

/* ---- VHD: big-endian ---- */

/* The complement of the sum of all bytes but itself. */
static bool
vhd_sum_ok(const uint8_t *b)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < 512; i++)
		sum += i < 64 || i > 67 ? b[i] : 0;
	return load_be32(b + 64) == ~sum;
}

static void
vhd_tell(const uint8_t *b, struct known *ret)
{
	static const char *const kinds[] = { "fixed", "dynamic", "differencing" };
	uint32_t kind = load_be32(b + 60);

	if (kind >= 2 && kind <= 4)
		snprintf(ret->variant, sizeof ret->variant, "%s", kinds[kind - 2]);
	ret->has_parent = kind == 4;
	ret->size = load_be64(b + 48);
}

/* A dynamic disk begins with a copy of what ends it. */
static bool
look_vhd(const struct known_file *f, struct known *ret)
{
	uint8_t old[511];

	vhd_tell(f->head, ret);
	if (memcmp(f->tail, "conectix", 8) && !(known_get(f, f->s->size - sizeof old, old, sizeof old) &&
						 !memcmp(old, "conectix", 8)))
		known_need(ret, f->s->size);
	return true;
}

/* A fixed one is known by its end alone, which a raw disk copied out of another may have too: the size must fit. */
static bool
look_vhd_fixed(const struct known_file *f, struct known *ret)
{
	vhd_tell(f->tail, ret);
	return vhd_sum_ok(f->tail) && load_be32(f->tail + 60) == 2 && ret->size == f->s->size - 512;
}

/* ---- VHDX: little-endian ---- */

static const uint8_t vhdx_metadata[16] = "\x06\xa2\x7c\x8b\x90\x47\x9a\x4b\xb8\xfe\x57\x5f\x05\x0f\x88\x6e";
static const uint8_t vhdx_size[16] = "\x24\x42\xa5\x2f\x1b\xcd\x76\x48\xb2\x11\x5d\xbe\xd8\x3b\xf4\xb8";
static const uint8_t vhdx_parameters[16] = "\x37\x67\xa1\xca\x36\xfa\x43\x4d\xb3\xb6\x33\xf0\xaa\x44\xe7\x6b";

static void
vhdx_items(const struct known_file *f, uint64_t at, struct known *ret)
{
	uint8_t b[2048], v[8];
	uint64_t item;
	size_t n;

	if (!known_get(f, at, b, sizeof b) || memcmp(b, "metadata", 8))
		return;
	n = load_le16(b + 10);
	for (size_t i = 0; i < n && i < 63; i++) {
		const uint8_t *e = b + 32 + 32 * i;

		if (!u64_add(at, load_le32(e + 16), &item) || !known_get(f, item, v, sizeof v))
			continue;
		if (!memcmp(e, vhdx_size, 16))
			ret->size = load_le64(v);
		if (!memcmp(e, vhdx_parameters, 16)) {
			ret->block_size = load_le32(v);
			ret->has_parent = load_le32(v + 4) & 2;
			snprintf(ret->variant, sizeof ret->variant, "%s", load_le32(v + 4) & 2 ? "differencing" :
				 load_le32(v + 4) & 1 ? "fixed" : "dynamic");
		}
	}
}

/* The regions are listed at 192 KiB and again at 256 KiB. */
static bool
look_vhdx(const struct known_file *f, struct known *ret)
{
	for (uint64_t at = 192 << 10; at <= 256 << 10; at += 64 << 10) {
		uint8_t b[2048];

		if (!known_get(f, at, b, sizeof b)) {
			known_need(ret, 256 << 10);
			break;
		}
		if (memcmp(b, "regi", 4))
			continue;
		for (size_t i = 0; i < load_le32(b + 8) && i < 63; i++) {
			const uint8_t *e = b + 16 + 32 * i;

			known_need(ret, load_le64(e + 16));
			if (!memcmp(e, vhdx_metadata, 16))
				vhdx_items(f, load_le64(e + 16), ret);
		}
		break;
	}
	return true;
}

/* ---- VDI and Parallels: little-endian ---- */

static bool
look_vdi(const struct known_file *f, struct known *ret)
{
	static const char *const kinds[] = { "dynamic", "fixed", "undo", "differencing" };
	const uint8_t *h = f->head;
	uint32_t version = load_le32(h + 68), kind = load_le32(h + 76), block = load_le32(h + 376), n = load_le32(h + 388);

	snprintf(ret->version, sizeof ret->version, "%u.%u", version >> 16, version & 0xffff);
	if (version >> 16 != 1)
		return true;
	if (kind >= 1 && kind <= 4)
		snprintf(ret->variant, sizeof ret->variant, "%s", kinds[kind - 1]);
	ret->has_parent = kind > 2;
	ret->size = load_le64(h + 368);
	ret->block_size = block;
	if (n)		/* the last block may end early */
		known_need(ret, load_le32(h + 344) + (n - 1) * (uint64_t)block);
	return true;
}

static bool
look_parallels(const struct known_file *f, struct known *ret)
{
	bool old = f->head[6] == 't';	/* WithoutFreeSpace: the upper half is not used */
	uint64_t sectors = old ? load_le32(f->head + 36) : load_le64(f->head + 36);

	ret->block_size = UINT64_C(512) * load_le32(f->head + 28);
	return u64_mul(sectors, 512, &ret->size);
}

/* ---- the table ---- */

/* Big-endian.  What the tables say of places is known from one reader only, and no image is at hand to try it on: a map half
 * understood would be a wrong disk. */
static bool
look_asif(const struct known_file *f, struct known *ret)
{
	uint64_t sectors = load_be64(f->head + 48);
	uint16_t sector = load_be16(f->head + 68);

	snprintf(ret->version, sizeof ret->version, "%" PRIu32, load_be32(f->head + 4));
	if (sector && sectors <= UINT64_MAX / sector)
		ret->size = sectors * sector;
	ret->block_size = load_be32(f->head + 64);
	return true;
}

#define QCOW2 { .name = "qcow2", .title = "QCOW2 image", .suffixes = ".qcow2", .mime = "application/x-qemu-disk" }
#define VMDK { .name = "vmdk", .title = "VMDK image", .suffixes = ".vmdk", .mime = "application/x-vmdk-disk" }
#define VHD { .name = "vhd", .title = "VHD image", .suffixes = ".vhd", .mime = "application/x-vhd-disk" }
#define PARALLELS { .name = "parallels", .title = "Parallels disk image", .suffixes = ".hdd .hds" }

const struct known_row known_vm[] = {
	{ QCOW2, "a", 0, 4, "QFI\xfb", look_qcow2 },
	{ { .name = "qcow", .title = "QCOW image", .suffixes = ".qcow", .mime = "application/x-qemu-disk" },
	  "a", 0, 4, "QFI\xfb", look_qcow },
	{ { .name = "qed", .title = "QED image", .suffixes = ".qed", .mime = "application/x-qed-disk" },
	  "a", 0, 4, "QED\0", look_qed },
	{ VMDK, "a", 0, 4, "KDMV", look_vmdk },
	{ VMDK, "a", 0, 4, "COWD", look_cowd },
	{ VMDK, "a", 0, 16, "# Disk Descripto", look_vmdk_text },
	{ VMDK, "a", 0, 16, "# disk Descripto", look_vmdk_text },
	{ { .name = "vhdx", .title = "VHDX image", .suffixes = ".vhdx", .mime = "application/x-vhdx-disk" },
	  "a", 0, 8, "vhdxfile", look_vhdx },
	{ VHD, "a", 0, 8, "conectix", look_vhd },
	{ VHD, "a", KNOWN_TAIL, 8, "conectix", look_vhd_fixed },
	{ { .name = "vdi", .title = "VDI image", .suffixes = ".vdi", .mime = "application/x-vdi-disk" },
	  "a", 64, 4, "\x7f\x10\xda\xbe", look_vdi },
	{ PARALLELS, "a", 0, 16, "WithoutFreeSpace", look_parallels },
	{ PARALLELS, "a", 0, 16, "WithouFreSpacExt", look_parallels },
	{ { .name = "asif", .title = "Apple sparse image (ASIF)", .suffixes = ".asif" }, "an", 0, 4, "shdw", look_asif },
	{ { 0 }, NULL, 0, 0, NULL, NULL }
};

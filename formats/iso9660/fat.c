/* SPDX-License-Identifier: BSD-2-Clause */
/* A read-only look into a FAT12, FAT16 or FAT32 volume: short names only, directories of at most MAX_CLUSTERS clusters,
 * for EFI/BOOT holds a handful of files.  Whatever is odd means that there is nothing to see. */
#include "config.h"

#include "formats/iso9660/fat.h"

#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "img/source.h"

#define MAX_CLUSTERS 256	/* of a directory that is looked through: ends loops */
#define DIR_ENTRY 32

struct fat {
	struct img_source *s;
	uint64_t off;			/* of the boot sector */
	uint32_t sector, cluster;	/* bytes */
	uint64_t fat_off, root_off, data_off;
	uint32_t n_root;		/* entries of a root that is no cluster chain */
	uint32_t root_cluster;		/* FAT32 */
	uint32_t n_clusters;
	uint64_t size;
	unsigned int bits;
};

static bool
fat_open(struct img_source *s, uint64_t off, struct fat *ret)
{
	uint8_t b[512];
	struct fat f = { .s = s, .off = off };
	uint32_t reserved, fat_sectors, total, n_fats, root_sectors;
	uint64_t meta;

	if (img_source_read(s, off, b, sizeof b, NULL) || b[510] != 0x55 || b[511] != 0xaa || (b[0] != 0xeb && b[0] != 0xe9))
		return false;
	f.sector = load_le16(b + 11);
	f.cluster = f.sector * b[13];
	reserved = load_le16(b + 14);
	n_fats = b[16];
	f.n_root = load_le16(b + 17);
	total = load_le16(b + 19) ? load_le16(b + 19) : load_le32(b + 32);
	fat_sectors = load_le16(b + 22) ? load_le16(b + 22) : load_le32(b + 36);
	if ((f.sector != 512 && f.sector != 1024 && f.sector != 2048 && f.sector != 4096) || !b[13] || b[13] & (b[13] - 1) ||
	    !reserved || !n_fats || n_fats > 4 || !fat_sectors || !total)
		return false;
	root_sectors = (f.n_root * DIR_ENTRY + f.sector - 1) / f.sector;
	meta = reserved + (uint64_t)n_fats * fat_sectors + root_sectors;
	if (meta >= total)
		return false;
	f.fat_off = off + (uint64_t)reserved * f.sector;
	f.root_off = f.fat_off + (uint64_t)n_fats * fat_sectors * f.sector;
	f.data_off = off + meta * f.sector;
	f.n_clusters = (uint32_t)((total - meta) / b[13]);
	f.bits = f.n_clusters < 4085 ? 12 : f.n_clusters < 65525 ? 16 : 32;
	if (f.bits == 32)
		f.root_cluster = load_le32(b + 44);
	f.size = (uint64_t)total * f.sector;
	*ret = f;
	return true;
}

bool
fat_probe(struct img_source *s, uint64_t off, uint64_t *ret_size)
{
	struct fat f;

	if (!fat_open(s, off, &f))
		return false;
	*ret_size = f.size;
	return true;
}

/* The cluster after @c; 0 at the end or when the table is odd. */
static uint32_t
next_cluster(const struct fat *f, uint32_t c)
{
	uint64_t at = f->fat_off + (f->bits == 12 ? c + (uint64_t)c / 2 : (uint64_t)c * f->bits / 8);
	uint8_t b[4] = { 0 };
	uint32_t v;

	if (img_source_read(f->s, at, b, f->bits == 32 ? 4 : 2, NULL))
		return 0;
	if (f->bits == 12)
		v = c & 1 ? load_le16(b) >> 4 : load_le16(b) & 0xfff;
	else
		v = f->bits == 16 ? load_le16(b) : load_le32(b) & 0xfffffff;
	return v >= 2 && v - 2 < f->n_clusters ? v : 0;
}

/* Directory entries one by one. */
struct fat_dir {
	const struct fat *f;
	uint32_t cluster;	/* 0: the fixed root */
	uint32_t i;		/* entry in the cluster, or in the root */
	unsigned int n_clusters;
};

static bool
dir_next(struct fat_dir *d, uint8_t e[DIR_ENTRY])
{
	const struct fat *f = d->f;

	for (;;) {
		uint32_t per = d->cluster ? f->cluster / DIR_ENTRY : f->n_root;
		uint64_t at = d->cluster ? f->data_off + (uint64_t)(d->cluster - 2) * f->cluster : f->root_off;

		if (d->i == per) {
			d->cluster = d->cluster ? next_cluster(f, d->cluster) : 0;
			d->i = 0;
			if (!d->cluster || ++d->n_clusters > MAX_CLUSTERS)
				return false;
			continue;
		}
		if (img_source_read(f->s, at + (uint64_t)d->i++ * DIR_ENTRY, e, DIR_ENTRY, NULL) || !e[0])
			return false;
		/* deleted, part of a long name, the label */
		if (e[0] != 0xe5 && !(e[11] & 0x08))
			return true;
	}
}

static uint32_t
entry_cluster(const struct fat *f, const uint8_t e[DIR_ENTRY])
{
	uint32_t c = load_le16(e + 26) | (f->bits == 32 ? (uint32_t)load_le16(e + 20) << 16 : 0);

	return c >= 2 && c - 2 < f->n_clusters ? c : 0;
}

/* The folder @name, eleven bytes, in @parent. */
static uint32_t
find_dir(const struct fat *f, uint32_t parent, const char *name)
{
	struct fat_dir d = { .f = f, .cluster = parent };
	uint8_t e[DIR_ENTRY];

	while (dir_next(&d, e))
		if (e[11] & 0x10 && !memcmp(e, name, 11))
			return entry_cluster(f, e);
	return 0;
}

static const char *
machine_name(uint16_t machine)
{
	switch (machine) {
	case 0x014c: return "x86";
	case 0x8664: return "x86-64";
	case 0x01c0: case 0x01c2: case 0x01c4: return "arm";
	case 0xaa64: return "arm64";
	case 0x0200: return "ia64";
	case 0x5032: return "riscv32";
	case 0x5064: return "riscv64";
	case 0x5128: return "riscv128";
	case 0x6232: return "loongarch32";
	case 0x6264: return "loongarch64";
	default: return "unknown machine";
	}
}

/* From the PE header of the program that begins at @cluster; its head lies in one cluster. */
static const char *
machine_of(const struct fat *f, uint32_t cluster)
{
	uint64_t at = f->data_off + (uint64_t)(cluster - 2) * f->cluster;
	uint8_t b[64], pe[6];

	if (!cluster || img_source_read(f->s, at, b, sizeof b, NULL) || memcmp(b, "MZ", 2))
		return "no program";
	if (load_le32(b + 60) > f->cluster - sizeof pe ||
	    img_source_read(f->s, at + load_le32(b + 60), pe, sizeof pe, NULL) || memcmp(pe, "PE\0", 4))
		return "no EFI program";
	return machine_name(load_le16(pe + 4));
}

void
fat_loaders(struct img_source *s, uint64_t off, char *ret, size_t room)
{
	struct fat_dir d = { 0 };
	uint8_t e[DIR_ENTRY];
	struct fat f;
	size_t n = 0;

	ret[0] = '\0';
	if (!fat_open(s, off, &f))
		return;
	d.f = &f;
	d.cluster = find_dir(&f, f.root_cluster, "EFI        ");
	if (d.cluster)
		d.cluster = find_dir(&f, d.cluster, "BOOT       ");
	if (!d.cluster)
		return;
	while (dir_next(&d, e) && n < room) {
		int len = 8;

		if (memcmp(e + 8, "EFI", 3) || memcmp(e, "BOOT", 4))
			continue;
		while (len && e[len - 1] == ' ')
			len--;
		n += (size_t)snprintf(ret + n, room - n, "%s%.*s.EFI (%s)", n ? ", " : "", len, (const char *)e,
				      machine_of(&f, entry_cluster(&f, e)));
	}
}

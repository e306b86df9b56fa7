/* SPDX-License-Identifier: BSD-2-Clause */
/* FAT on disk.  [MS]: Microsoft, "FAT: General Overview of On-Disk Format", 1.03. */
#include "config.h"

#include "formats/fat/layout.h"

#include <inttypes.h>
#include <string.h>

/* ---- boot sector ---- */

static bool
is_power(uint32_t v, uint32_t min, uint32_t max)
{
	return v >= min && v <= max && !(v & (v - 1));
}

static int
boot_check(const struct fat_boot *b, struct img_err *err)
{
	if (!is_power(b->sector_size, 512, 4096))
		return img_fail(err, IMG_E_FORMAT, "sectors of %" PRIu32 " bytes, expected 512 to 4096",
				b->sector_size);
	if (!is_power(b->cluster_sectors, 1, 128))
		return img_fail(err, IMG_E_FORMAT, "clusters of %" PRIu32 " sectors, expected a power of two up to 128",
				b->cluster_sectors);
	if (!b->reserved_sectors)
		return img_fail(err, IMG_E_FORMAT, "no reserved sectors, expected at least the boot sector");
	if (!is_power(b->n_fats, 1, 2))
		return img_fail(err, IMG_E_FORMAT, "%" PRIu32 " allocation tables, expected 1 or 2", b->n_fats);
	if (b->media != 0xf0 && b->media < 0xf8)
		return img_fail(err, IMG_E_FORMAT, "media byte 0x%02x, expected 0xf0 or 0xf8 to 0xff", b->media);
	if (!b->fat_sectors || !b->total_sectors)
		return img_fail(err, IMG_E_FORMAT, "the boot sector gives no length of the volume or of its tables");
	if (b->fat32 != !b->root_entries)
		return img_fail(err, IMG_E_FORMAT, "%" PRIu32 " entries in the root directory of a %s volume",
				b->root_entries, b->fat32 ? "FAT32" : "FAT12 or FAT16");
	if (b->fat32 && b->version)
		return img_fail(err, IMG_E_UNSUPPORTED, "FAT32 version %u.%u", b->version >> 8, b->version & 0xff);
	return 0;
}

int
fat_boot_parse(struct img_cursor *c, struct fat_boot *ret, struct img_err *err)
{
	struct fat_boot b = { 0 };
	uint32_t total16, fat16;
	int rc;

	cur_copy(c, b.jump, sizeof b.jump);		/*  0 */
	cur_copy(c, b.oem, sizeof b.oem);		/*  3 */
	b.sector_size = cur_le16(c);			/* 11 */
	b.cluster_sectors = cur_u8(c);			/* 13 */
	b.reserved_sectors = cur_le16(c);		/* 14 */
	b.n_fats = cur_u8(c);				/* 16 */
	b.root_entries = cur_le16(c);			/* 17 */
	total16 = cur_le16(c);				/* 19 */
	b.media = cur_u8(c);				/* 21 */
	fat16 = cur_le16(c);				/* 22 */
	b.track_sectors = cur_le16(c);			/* 24 */
	b.heads = cur_le16(c);				/* 26 */
	b.hidden_sectors = cur_le32(c);			/* 28 */
	b.total_sectors = cur_le32(c);			/* 32 */
	b.fat_sectors = fat16;
	b.fat32 = !fat16;
	if (total16)
		b.total_sectors = total16;
	if (b.fat32) {
		b.fat_sectors = cur_le32(c);		/* 36 */
		b.ext_flags = cur_le16(c);		/* 40 */
		b.version = cur_le16(c);		/* 42 */
		b.root_cluster = cur_le32(c);		/* 44 */
		b.fsinfo_sector = cur_le16(c);		/* 48 */
		b.backup_sector = cur_le16(c);		/* 50 */
		cur_skip(c, 12);			/* 52 */
	}
	b.drive = cur_u8(c);				/* 36, 64 */
	b.boot_flags = cur_u8(c);			/* 37, 65 */
	b.ext_signature = cur_u8(c);			/* 38, 66 */
	b.serial = cur_le32(c);				/* 39, 67 */
	cur_copy(c, b.label, sizeof b.label);		/* 43, 71 */
	cur_copy(c, b.type, sizeof b.type);		/* 54, 82 */
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "the boot sector is cut short");
	if (!((b.jump[0] == 0xeb && b.jump[2] == 0x90) || b.jump[0] == 0xe9))
		return img_fail(err, IMG_E_FORMAT, "the boot sector does not begin with a jump");
	rc = boot_check(&b, err);
	if (!rc)
		*ret = b;
	return rc;
}

/* int 18h: no boot here, next device; where the firmware comes back, wait. */
static const uint8_t boot_code[] = { 0xcd, 0x18, 0xf4, 0xeb, 0xfd };

void
fat_boot_emit(const struct fat_boot *b, uint8_t *ret)
{
	bool short_total = !b->fat32 && b->total_sectors < 0x10000;
	uint8_t *p = ret + 36;

	memset(ret, 0, FAT_BOOT_LEN);
	memcpy(ret, b->jump, sizeof b->jump);
	memcpy(ret + 3, b->oem, sizeof b->oem);
	store_le16(ret + 11, (uint16_t)b->sector_size);
	ret[13] = (uint8_t)b->cluster_sectors;
	store_le16(ret + 14, (uint16_t)b->reserved_sectors);
	ret[16] = (uint8_t)b->n_fats;
	store_le16(ret + 17, (uint16_t)b->root_entries);
	store_le16(ret + 19, short_total ? (uint16_t)b->total_sectors : 0);
	ret[21] = b->media;
	store_le16(ret + 22, b->fat32 ? 0 : (uint16_t)b->fat_sectors);
	store_le16(ret + 24, b->track_sectors);
	store_le16(ret + 26, b->heads);
	store_le32(ret + 28, b->hidden_sectors);
	store_le32(ret + 32, short_total ? 0 : b->total_sectors);
	if (b->fat32) {
		store_le32(ret + 36, b->fat_sectors);
		store_le16(ret + 40, b->ext_flags);
		store_le16(ret + 42, b->version);
		store_le32(ret + 44, b->root_cluster);
		store_le16(ret + 48, b->fsinfo_sector);
		store_le16(ret + 50, b->backup_sector);
		p = ret + 64;
	}
	p[0] = b->drive;
	p[1] = b->boot_flags;
	p[2] = b->ext_signature;
	store_le32(p + 3, b->serial);
	memcpy(p + 7, b->label, sizeof b->label);
	memcpy(p + 18, b->type, sizeof b->type);
	memcpy(p + 26, boot_code, sizeof boot_code);
	store_le16(ret + 510, 0xaa55);
}

int
fat_geometry(const struct fat_boot *b, struct fat_geometry *ret, struct img_err *err)
{
	uint64_t ss = b->sector_size, root_sectors = ((uint64_t)b->root_entries * FAT_ENTRY_LEN + ss - 1) / ss;
	uint64_t meta = b->reserved_sectors + (uint64_t)b->n_fats * b->fat_sectors + root_sectors;
	struct fat_geometry g = {
		.sector_size = b->sector_size, .cluster_size = b->sector_size * b->cluster_sectors, .n_fats = b->n_fats,
		.fat_off = b->reserved_sectors * ss, .fat_len = b->fat_sectors * ss, .size = b->total_sectors * ss,
	};
	uint64_t n, held;

	if (b->total_sectors < meta + b->cluster_sectors)
		return img_fail(err, IMG_E_FORMAT, "%" PRIu32 " sectors have no room for a cluster behind %" PRIu64
				" of tables", b->total_sectors, meta);
	n = (b->total_sectors - meta) / b->cluster_sectors;
	/* [MS] goes by the number alone; others write small FAT32 volumes, known by their longer block */
	g.bits = b->fat32 ? 32 : n <= FAT12_MAX_CLUSTERS ? 12 : 16;
	held = g.fat_len * 8 / g.bits;	/* a table too short for its volume: what it cannot name is lost */
	if (held < 3)
		return img_fail(err, IMG_E_FORMAT, "the allocation table holds no cluster");
	if (n > held - 2)
		n = held - 2;
	if (n > (g.bits == 32 ? FAT32_MAX_CLUSTERS : FAT16_MAX_CLUSTERS))
		n = g.bits == 32 ? FAT32_MAX_CLUSTERS : FAT16_MAX_CLUSTERS;
	g.n_clusters = (uint32_t)n;
	g.root_off = g.fat_off + g.n_fats * g.fat_len;
	g.root_len = b->root_entries * (uint64_t)FAT_ENTRY_LEN;
	g.data_off = meta * ss;
	*ret = g;
	return 0;
}

/* ---- FSInfo ---- */

int
fat_info_parse(struct img_cursor *c, struct fat_info *ret, struct img_err *err)
{
	struct fat_info i;

	cur_tag(c, "RRaA");		/*   0 */
	cur_skip(c, 480);		/*   4 */
	cur_tag(c, "rrAa");		/* 484 */
	i.n_free = cur_le32(c);		/* 488 */
	i.next_free = cur_le32(c);	/* 492 */
	cur_skip(c, 14);		/* 496 */
	if (cur_le16(c) != 0xaa55 || !cur_ok(c))	/* 510 */
		return img_fail(err, IMG_E_FORMAT, "the FSInfo sector is cut short or lacks its signatures");
	*ret = i;
	return 0;
}

void
fat_info_emit(const struct fat_info *i, uint8_t *ret)
{
	memset(ret, 0, FAT_BOOT_LEN);
	memcpy(ret, "RRaA", 4);
	memcpy(ret + 484, "rrAa", 4);
	store_le32(ret + 488, i->n_free);
	store_le32(ret + 492, i->next_free);
	store_le16(ret + 510, 0xaa55);
}

/* ---- the table ---- */

uint32_t
fat_entry_get(unsigned int bits, uint32_t cluster, const uint8_t *p)
{
	if (bits == 32)
		return load_le32(p) & 0x0fffffff;	/* the upper four bits are kept, not used */
	if (bits == 16)
		return load_le16(p);
	return cluster & 1 ? load_le16(p) >> 4 : load_le16(p) & 0xfff;
}

void
fat_entry_put(unsigned int bits, uint32_t cluster, uint8_t *p, uint32_t value)
{
	if (bits == 32) {
		store_le32(p, value);
	} else if (bits == 16) {
		store_le16(p, (uint16_t)value);
	} else {
		uint32_t v = cluster & 1 ? value << 4 : value;

		p[0] |= (uint8_t)v;
		p[1] |= (uint8_t)(v >> 8);
	}
}

/* ---- directories ---- */

int
fat_entry_parse(struct img_cursor *c, bool fat32, struct fat_entry *ret, struct img_err *err)
{
	struct fat_entry e = { 0 };

	cur_copy(c, e.name, sizeof e.name);	/*  0 */
	e.attributes = cur_u8(c);		/* 11 */
	e.cases = cur_u8(c);			/* 12 */
	e.create_tenths = cur_u8(c);		/* 13 */
	e.create_time = cur_le16(c);		/* 14 */
	e.create_date = cur_le16(c);		/* 16 */
	e.access_date = cur_le16(c);		/* 18 */
	e.cluster = (uint32_t)cur_le16(c) << 16;	/* 20 */
	e.write_time = cur_le16(c);		/* 22 */
	e.write_date = cur_le16(c);		/* 24 */
	if (!fat32)
		e.cluster = 0;
	e.cluster |= cur_le16(c);		/* 26 */
	e.size = cur_le32(c);			/* 28 */
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "the directory entry is cut short");
	if (e.name[0] == 0x05)
		e.name[0] = 0xe5;
	*ret = e;
	return 0;
}

void
fat_entry_emit(const struct fat_entry *e, uint8_t *ret)
{
	memcpy(ret, e->name, sizeof e->name);
	if (ret[0] == 0xe5)
		ret[0] = 0x05;
	ret[11] = e->attributes;
	ret[12] = e->cases;
	ret[13] = e->create_tenths;
	store_le16(ret + 14, e->create_time);
	store_le16(ret + 16, e->create_date);
	store_le16(ret + 18, e->access_date);
	store_le16(ret + 20, (uint16_t)(e->cluster >> 16));
	store_le16(ret + 22, e->write_time);
	store_le16(ret + 24, e->write_date);
	store_le16(ret + 26, (uint16_t)e->cluster);
	store_le32(ret + 28, e->size);
}

/* How many units stand in each of the three places of a piece. */
static const struct { int off, n; } long_places[] = { { 1, 5 }, { 14, 6 }, { 28, 2 } };

int
fat_long_parse(struct img_cursor *c, struct fat_long *ret, struct img_err *err)
{
	const uint8_t *p = cur_bytes(c, FAT_ENTRY_LEN);
	uint16_t *u = ret->units;

	if (!p)
		return img_fail(err, IMG_E_FORMAT, "the directory entry is cut short");
	ret->order = p[0];
	ret->checksum = p[13];
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < long_places[i].n; k++)
			*u++ = load_le16(p + long_places[i].off + 2 * k);
	return 0;
}

void
fat_long_emit(const struct fat_long *l, uint8_t *ret)
{
	const uint16_t *u = l->units;

	memset(ret, 0, FAT_ENTRY_LEN);
	ret[0] = l->order;
	ret[11] = FAT_LONG_NAME;
	ret[13] = l->checksum;
	for (int i = 0; i < 3; i++)
		for (int k = 0; k < long_places[i].n; k++)
			store_le16(ret + long_places[i].off + 2 * k, *u++);
}

/* Each byte is added to the sum rotated right by one.  [MS] */
uint8_t
fat_checksum(const uint8_t *name)
{
	unsigned int sum = 0;

	for (int i = 0; i < FAT_NAME_LEN; i++)
		sum = ((sum & 1 ? 0x80 : 0) + (sum >> 1) + (name[i] == 0xe5 && !i ? 0x05 : name[i])) & 0xff;
	return (uint8_t)sum;
}

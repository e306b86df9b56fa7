/* SPDX-License-Identifier: BSD-2-Clause */
/* FAT on disk: the boot sector with its parameter block, FSInfo, directory entries, entries of the table; parsed and
 * emitted.  All little-endian. */
#ifndef FORMATS_FAT_LAYOUT_H
#define FORMATS_FAT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/cursor.h"
#include "img/error.h"

#define FAT_BOOT_LEN 512	/* what of the boot sector and FSInfo means something, whatever the sector size */
#define FAT_ENTRY_LEN 32	/* of a directory */
#define FAT_MAX_ENTRIES 65536	/* in a directory: Windows and Linux stop at 2 MiB */
#define FAT_NAME_LEN 11		/* of a short name: eight and three, padded with blanks */

/* The boot sector.  Counts are in sectors where the name says so. */
struct fat_boot {
	uint8_t jump[3];
	char oem[8];
	uint32_t sector_size;		/* bytes */
	uint32_t cluster_sectors;
	uint32_t reserved_sectors;	/* in front of the first table */
	uint32_t n_fats;
	uint32_t root_entries;		/* of the fixed root directory; 0: FAT32 */
	uint32_t total_sectors;
	uint8_t media;
	uint32_t fat_sectors;		/* of one table */
	uint16_t track_sectors, heads;
	uint32_t hidden_sectors;
	/* FAT32 only */
	bool fat32;			/* the longer block, told by an old table length of 0 */
	uint16_t ext_flags;		/* 0x80: the tables are no copies, 0x0f: which one counts */
	uint16_t version;
	uint32_t root_cluster;
	uint16_t fsinfo_sector;
	uint16_t backup_sector;
	/* the extended block of all types */
	uint8_t drive;
	uint8_t boot_flags;		/* 1: the volume was not unmounted */
	uint8_t ext_signature;		/* 0x29: serial, label and type are there; 0x28: the serial */
	uint32_t serial;
	char label[FAT_NAME_LEN];
	char type[8];			/* "FAT16   ": for people */
};

/* IMG_E_FORMAT when the block is none: the fields contradict each other or the rules of the format. */
int fat_boot_parse(struct img_cursor *c, struct fat_boot *ret, struct img_err *err);
/* FAT_BOOT_LEN bytes, with the signature and code that asks the firmware for the next device. */
void fat_boot_emit(const struct fat_boot *b, uint8_t *ret);

/* What follows from the boot sector, in bytes. */
struct fat_geometry {
	unsigned int bits;		/* 12, 16, 32 */
	uint32_t sector_size, cluster_size;
	uint32_t n_fats;
	uint32_t n_clusters;		/* numbered from 2 on */
	uint64_t fat_off, fat_len;	/* the first table; the others follow */
	uint64_t root_off, root_len;	/* the fixed root directory; length 0 for FAT32 */
	uint64_t data_off;		/* cluster 2 */
	uint64_t size;			/* of the volume, as it says */
};
/* IMG_E_FORMAT when there is no room for a single cluster. */
int fat_geometry(const struct fat_boot *b, struct fat_geometry *ret, struct img_err *err);

/* Microsoft's rule: the type is told by the number of clusters and nothing else. */
#define FAT12_MAX_CLUSTERS 4084u
#define FAT16_MAX_CLUSTERS 65524u
#define FAT32_MAX_CLUSTERS 0x0ffffff5u

struct fat_info {
	uint32_t n_free;	/* 0xffffffff: not known */
	uint32_t next_free;
};
int fat_info_parse(struct img_cursor *c, struct fat_info *ret, struct img_err *err);
void fat_info_emit(const struct fat_info *i, uint8_t *ret);	/* FAT_BOOT_LEN bytes */

/* ---- the table ---- */

#define FAT_FREE 0u
#define FAT_BAD(bits) ((bits) == 12 ? 0xff7u : (bits) == 16 ? 0xfff7u : 0x0ffffff7u)
#define FAT_END(bits) ((bits) == 12 ? 0xfffu : (bits) == 16 ? 0xffffu : 0x0fffffffu)

/* Where the entry of @cluster begins in a table; it reaches into the next byte or three. */
static inline uint64_t
fat_entry_off(unsigned int bits, uint32_t cluster)
{
	return (uint64_t)cluster * bits / 8;
}
/* The entry at @p, which is fat_entry_off of it. */
uint32_t fat_entry_get(unsigned int bits, uint32_t cluster, const uint8_t *p);
/* Or the entry into @p, which holds zeros where it goes. */
void fat_entry_put(unsigned int bits, uint32_t cluster, uint8_t *p, uint32_t value);

/* ---- directories ---- */

#define FAT_READ_ONLY 0x01
#define FAT_HIDDEN 0x02
#define FAT_SYSTEM 0x04
#define FAT_LABEL 0x08
#define FAT_DIRECTORY 0x10
#define FAT_ARCHIVE 0x20
#define FAT_LONG_NAME 0x0f	/* of the low six bits */

#define FAT_CASE_BASE 0x08	/* Windows NT: the name before the dot is shown in lower case */
#define FAT_CASE_EXT 0x10

#define FAT_SLOT_END 0x00	/* first byte: nothing from here on */
#define FAT_SLOT_FREE 0xe5

struct fat_entry {
	uint8_t name[FAT_NAME_LEN];	/* as stored, but for 0x05, which stands for 0xe5 at the start */
	uint8_t attributes;
	uint8_t cases;
	uint8_t create_tenths;		/* hundredths of a second, 0 to 199 */
	uint16_t create_time, create_date;
	uint16_t access_date;
	uint16_t write_time, write_date;
	uint32_t cluster;		/* first; 0: none */
	uint32_t size;			/* 0 for directories */
};
/* @fat32: the upper half of the cluster number is there; OS/2 keeps something else in its place. */
int fat_entry_parse(struct img_cursor *c, bool fat32, struct fat_entry *ret, struct img_err *err);
void fat_entry_emit(const struct fat_entry *e, uint8_t *ret);	/* FAT_ENTRY_LEN bytes */

/* One piece of a long name; pieces stand in front of their entry, the last one first. */
#define FAT_LONG_UNITS 13
#define FAT_LONG_LAST 0x40
#define FAT_LONG_MAX 255	/* units of a long name */
struct fat_long {
	uint8_t order;			/* 1 to 20, with FAT_LONG_LAST in the first piece on disk */
	uint8_t checksum;		/* of the short name */
	uint16_t units[FAT_LONG_UNITS];	/* UTF-16; 0 ends, 0xffff pads */
};
int fat_long_parse(struct img_cursor *c, struct fat_long *ret, struct img_err *err);
void fat_long_emit(const struct fat_long *l, uint8_t *ret);	/* FAT_ENTRY_LEN bytes */
uint8_t fat_checksum(const uint8_t *name);

#endif

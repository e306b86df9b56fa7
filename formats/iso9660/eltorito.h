/* SPDX-License-Identifier: BSD-2-Clause */
/* The El Torito boot catalog, and what its entries start. */
#ifndef FORMATS_ISO9660_ELTORITO_H
#define FORMATS_ISO9660_ELTORITO_H

#include "formats/iso9660/iso.h"

#define ET_MAX_ENTRIES 64	/* two full blocks of catalog; real ones have two or three */

enum et_platform { ET_X86 = 0, ET_PPC = 1, ET_MAC = 2, ET_UEFI = 0xef };

struct et_entry {
	uint8_t platform;
	bool bootable;
	uint8_t media;		/* 0: none, 1 to 3: floppy disks, 4: hard disk */
	uint8_t system;		/* partition type, for hard disks */
	uint8_t criteria;	/* selection criteria type; 0: none */
	uint16_t segment;	/* 0: 7c0 */
	uint16_t sectors;	/* of 512 bytes, to be loaded */
	uint32_t block;		/* of 2048 bytes */
};

struct et_catalog {
	char id[25];		/* of the validation entry */
	bool sum_ok;
	bool too_many;		/* entries were left out, or headers promise what is not there */
	size_t n;
	struct et_entry v[ET_MAX_ENTRIES];
};

/* Read the catalog of @iso, which has one. */
int et_catalog_read(const struct iso *iso, struct et_catalog *ret, struct img_err *err);
const char *et_platform_name(uint8_t platform);
const char *et_media_name(uint8_t media);

/* ---- what an entry starts (boot.c) ---- */

enum et_table { ET_NO_TABLE, ET_TABLE_OK, ET_TABLE_BAD };

struct et_image {
	uint64_t off, len;	/* bytes in the volume; the end as far as anybody can tell */
	bool inside;		/* the first block lies in the volume */
	enum et_table table;	/* boot info table */
	bool isolinux, grub;	/* isohybrid's mark; GRUB's boot info */
	bool fat;		/* it is a FAT file system (an EFI system partition) */
	char loaders[128];	/* "BOOTX64.EFI (x86-64), …": what lies in its EFI/BOOT */
};
int et_image_look(const struct iso *iso, const struct et_entry *e, struct et_image *ret, struct img_err *err);

/* Both, into the report; damage is a problem of the environment, the first time (boot.c). */
int et_describe(struct iso *iso, struct img_rep *rep, struct img_err *err);

#endif

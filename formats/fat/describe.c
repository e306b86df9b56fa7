/* SPDX-License-Identifier: BSD-2-Clause */
/* What a FAT volume says about itself. */
#include "config.h"

#include <ctype.h>
#include <stdio.h>

#include "formats/fat/volume.h"
#include "img/report.h"

/* The label in the root directory counts; that of the boot sector is what was there first. */
static void
find_label(const struct fat *f, char *ret)
{
	struct fat_dir *d = NULL;
	struct fat_found found;
	bool more = true;

	*ret = '\0';
	if (fat_dir_open(f, IMG_TREE_ROOT, &d, NULL))
		return;
	while (!*ret && more && !fat_dir_next(d, &found, &more, NULL) && more)
		if (found.label)
			memcpy(ret, found.name, strlen(found.name) + 1);
	fat_dir_close(d);
}

/* What is free, by FSInfo; only FAT32 has it, and it is a hint. */
static void
describe_free(const struct fat *f, struct img_rep *rep)
{
	uint8_t buf[FAT_BOOT_LEN];
	struct img_cursor c = cur_over(buf, sizeof buf);
	uint64_t off = (uint64_t)f->boot.fsinfo_sector * f->geo.sector_size;
	struct fat_info i;

	if (!f->boot.fat32 || !f->boot.fsinfo_sector || off + sizeof buf > f->volume->size ||
	    img_source_read(f->volume, off, buf, sizeof buf, NULL) || fat_info_parse(&c, &i, NULL) ||
	    i.n_free > f->geo.n_clusters)
		return;
	img_rep_uint(rep, "free", (uint64_t)i.n_free * f->geo.cluster_size);
}

int
fat_describe(struct img_tree *t, struct img_rep *rep, struct img_err *err)
{
	const struct fat *f = fat_of(t);
	char label[FAT_NAME_ROOM], serial[16];

	img_rep_uint(rep, "fat_bits", f->geo.bits);
	find_label(f, label);
	if (*label)
		img_rep_str(rep, "label", label);
	if (f->boot.ext_signature == 0x29 || f->boot.ext_signature == 0x28) {
		snprintf(serial, sizeof serial, "%04x-%04x", f->boot.serial >> 16, f->boot.serial & 0xffff);
		img_rep_str(rep, "serial", serial);
		for (char *p = serial; *p; p++)		/* as blkid writes it */
			*p = (char)toupper((unsigned char)*p);
		img_rep_str(rep, "uuid", serial);
	}
	img_rep_uint(rep, "size", f->geo.size);
	img_rep_uint(rep, "cluster_size", f->geo.cluster_size);
	img_rep_uint(rep, "clusters", f->geo.n_clusters);
	describe_free(f, rep);
	return 0;
}

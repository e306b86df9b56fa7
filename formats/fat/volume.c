/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening a FAT volume: the boot sector, and the table that counts. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "formats/fat/volume.h"
#include "img/env.h"

int
fat_boot_read(struct img_source *volume, struct fat_boot *ret, struct fat_geometry *ret_geo, struct img_err *err)
{
	uint8_t buf[FAT_BOOT_LEN];
	struct img_cursor c = cur_over(buf, sizeof buf);
	struct fat_boot b;
	int rc;

	if (volume->size < sizeof buf)
		return img_fail(err, IMG_E_FORMAT, "the volume ends before its boot sector does");
	rc = img_source_read(volume, 0, buf, sizeof buf, err);
	if (!rc)
		rc = fat_boot_parse(&c, &b, err);
	if (!rc)
		rc = fat_geometry(&b, ret_geo, err);
	if (!rc)
		*ret = b;
	return rc;
}

/* FAT32 may switch copying off and name one table (BPB_ExtFlags). */
static uint64_t
table_off(const struct fat *f)
{
	uint32_t active = f->boot.fat32 && f->boot.ext_flags & 0x80 ? f->boot.ext_flags & 0x0f : 0;

	if (active >= f->geo.n_fats) {
		img_problem(f->tree.env, IMG_WARNING, "fat-bad-table",
			    "FAT table %" PRIu32 " is said to be the valid one of %" PRIu32 "; the first is used",
			    active, f->geo.n_fats);
		active = 0;
	}
	return f->geo.fat_off + active * f->geo.fat_len;
}

int
fat_open(const struct img_tree_open *o, struct fat **ret, struct img_err *err)
{
	struct fat *f = calloc(1, sizeof *f);
	int rc;

	if (!f)
		return img_fail_nomem(err);
	rc = fat_boot_read(o->volume, &f->boot, &f->geo, err);
	if (rc) {
		free(f);
		return rc;
	}
	f->volume = img_ref(o->volume);
	f->tree.env = o->volume->env;
	f->table_off = table_off(f);
	if (f->geo.size > o->volume->size)
		img_problem(f->tree.env, IMG_WARNING, "fat-cut",
			    "the FAT volume has %" PRIu64 " bytes, of which %" PRIu64 " are there", f->geo.size,
			    o->volume->size);
	*ret = f;
	return 0;
}

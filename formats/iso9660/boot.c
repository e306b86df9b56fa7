/* SPDX-License-Identifier: BSD-2-Clause */
/* What boot entries start.  How long a boot image is, the catalog does not say: only how much of it firmware loads.  So
 * for EFI the FAT file system inside tells, and for loaders that carry a boot info table, the table. */
#include "config.h"

#include "formats/iso9660/eltorito.h"

#include <inttypes.h>
#include <string.h>

#include "core/checked.h"
#include "formats/iso9660/fat.h"
#include "img/report.h"
#include "img/source.h"

#define MAX_LOADER (UINT64_C(64) << 20)	/* of a boot file whose table is checked: GRUB's have 100 KiB */
#define HEAD 2560

/* Sum of the little-endian words from byte 64 on, the last one filled up with zeros. */
static int
table_sum(const struct iso *iso, uint64_t off, uint64_t len, uint32_t *ret, struct img_err *err)
{
	uint8_t buf[16384];
	uint32_t sum = 0;

	for (uint64_t at = 64; at < len; at += sizeof buf) {
		size_t n = len - at < sizeof buf ? (size_t)(len - at) : sizeof buf;
		int rc = img_source_read(iso->volume, off + at, buf, n, err);

		if (rc)
			return rc;
		while (n % 4)
			buf[n++] = 0;
		for (size_t i = 0; i < n; i += 4)
			sum += load_le32(buf + i);
	}
	*ret = sum;
	return 0;
}

/* The boot info table at byte 8: where the descriptor and the file itself lie, its length and sum (isolinux, GRUB). */
static int
look_at_table(const struct iso *iso, const struct et_entry *e, const uint8_t *head, struct et_image *im,
	      struct img_err *err)
{
	uint64_t len = load_le32(head + 16);
	uint32_t sum = 0;
	int rc;

	if (load_le32(head + 8) != iso->set.session + ISO_VD_BLOCK || load_le32(head + 12) != e->block)
		return 0;
	im->table = ET_TABLE_BAD;
	if (len < 64 || len > MAX_LOADER || !span_ok(im->off, len, iso->volume->size))
		return 0;
	im->len = len;
	rc = table_sum(iso, im->off, len, &sum, err);
	if (!rc && sum == load_le32(head + 20))
		im->table = ET_TABLE_OK;
	return rc;
}

int
et_image_look(const struct iso *iso, const struct et_entry *e, struct et_image *ret, struct img_err *err)
{
	static const uint32_t floppy[] = { 1228800, 1474560, 2949120 };
	struct et_image im = { .off = (uint64_t)e->block * ISO_SECTOR, .len = e->sectors * UINT64_C(512) };
	uint64_t size = iso->volume->size, fat_size;
	uint8_t head[HEAD] = { 0 };
	int rc;

	if (e->media >= 1 && e->media <= 3)
		im.len = floppy[e->media - 1];
	im.inside = im.off < size;
	if (!im.inside) {
		*ret = im;
		return 0;
	}
	rc = img_source_read(iso->volume, im.off, head, size - im.off < HEAD ? (size_t)(size - im.off) : HEAD, err);
	if (rc)
		return rc;
	if (e->platform == ET_UEFI) {
		im.fat = fat_probe(iso->volume, im.off, &fat_size);
		if (im.fat && e->sectors <= 1)
			im.len = fat_size < size - im.off ? fat_size : size - im.off;
		if (im.fat)
			fat_loaders(iso->volume, im.off, im.loaders, sizeof im.loaders);
	} else {
		im.isolinux = !memcmp(head + 64, "\xfb\xc0\x78\x70", 4);
		im.grub = load_le64(head + 2548) == (uint64_t)e->block * 4 + 5;
		rc = look_at_table(iso, e, head, &im, err);
	}
	*ret = im;
	return rc;
}

/* ---- the report ---- */

static void
warn_image(struct iso *iso, const struct et_entry *e, const struct et_image *im, size_t i)
{
	struct img_env *env = iso->tree.env;
	uint64_t size = iso->volume->size;

	if (!im->inside || !span_ok(im->off, im->len, size))
		img_problem(env, IMG_WARNING, "boot-image-lost", "boot image %zu, %" PRIu64 " bytes at %" PRIu64
			    ", lies past the end (%" PRIu64 ")", i + 1, im->len, im->off, size);
	else if (im->table == ET_TABLE_BAD)
		img_problem(env, IMG_WARNING, "boot-info-table", "the boot info table of boot image %zu does not fit its file",
			    i + 1);
	else if (e->platform == ET_UEFI && !im->fat)
		img_problem(env, IMG_WARNING, "boot-efi-no-fat", "boot image %zu is for UEFI, but holds no FAT file system",
			    i + 1);
	else if (e->platform == ET_UEFI && !im->loaders[0])
		img_problem(env, IMG_WARNING, "boot-efi-empty", "boot image %zu is for UEFI, but has no EFI/BOOT/BOOT*.EFI",
			    i + 1);
}

static void
describe_entry(const struct et_entry *e, const struct et_image *im, struct img_rep *o)
{
	img_rep_str(o, "platform", et_platform_name(e->platform));
	img_rep_bool(o, "bootable", e->bootable);
	img_rep_str(o, "emulation", et_media_name(e->media));
	img_rep_uint(o, "offset", im->off);
	img_rep_uint(o, "load_size", e->sectors * UINT64_C(512));
	img_rep_uint(o, "load_segment", e->segment ? e->segment : 0x7c0);
	if (e->media == 4)
		img_rep_uint(o, "system_type", e->system);
	if (e->criteria)
		img_rep_uint(o, "selection_criteria", e->criteria);
	if (im->table)
		img_rep_str(o, "boot_info_table", im->table == ET_TABLE_OK ? "valid" : "invalid");
	if (im->isolinux || im->grub)
		img_rep_str(o, "loader", im->isolinux ? "isolinux" : "grub2");
	if (e->platform == ET_UEFI) {
		img_rep_bool(o, "fat", im->fat);
		img_rep_str(o, "efi_loaders", im->loaders[0] ? im->loaders : NULL);
	}
}

int
et_describe(struct iso *iso, struct img_rep *rep, struct img_err *err)
{
	struct img_env *env = iso->tree.env;
	bool bios = false, uefi = false;
	struct img_rep *boot, *list;
	struct img_err why = { 0 };
	struct et_catalog c;

	if (!iso->set.has_catalog)
		return 0;
	if (et_catalog_read(iso, &c, &why)) {
		if (!iso->boot_told)
			img_problem(env, IMG_WARNING, "boot-catalog-lost", "%s", why.msg);
		return 0;
	}
	if (!c.sum_ok && !iso->boot_told)
		img_problem(env, IMG_WARNING, "boot-catalog-checksum", "the checksum of the boot catalog does not fit");
	if (c.too_many && !iso->boot_told)
		img_problem(env, IMG_NOTE, "boot-catalog-count", "the boot catalog promises entries that are not there");
	boot = img_rep_obj(rep, "el_torito");
	img_rep_uint(boot, "catalog", (uint64_t)iso->set.catalog * ISO_SECTOR);
	img_rep_str(boot, "id", c.id[0] ? c.id : NULL);
	img_rep_bool(boot, "checksum_ok", c.sum_ok);
	list = img_rep_arr(boot, "entries");
	for (size_t i = 0; i < c.n; i++) {
		struct et_image im;
		int rc = et_image_look(iso, &c.v[i], &im, err);

		if (rc)
			return img_note(err, rc, "boot image %zu", i + 1);
		if (!iso->boot_told)
			warn_image(iso, &c.v[i], &im, i);
		describe_entry(&c.v[i], &im, img_rep_obj(list, NULL));
		bios |= c.v[i].bootable && c.v[i].platform == ET_X86;
		uefi |= c.v[i].bootable && c.v[i].platform == ET_UEFI;
	}
	img_rep_bool(rep, "boot_bios", bios);
	img_rep_bool(rep, "boot_uefi", uefi);
	iso->boot_told = true;
	return 0;
}

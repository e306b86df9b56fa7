/* SPDX-License-Identifier: BSD-2-Clause */
/* A plan with its addresses, as a report: the catalog, the partitions, and what firmware will find, in each of the four
 * ways an image is started: as an optical disc or from a stick, by a BIOS or by UEFI. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/gpt/layout.h"
#include "formats/iso9660/boot_plan.h"
#include "formats/iso9660/eltorito.h"
#include "formats/iso9660/fat.h"
#include "formats/iso9660/iso.h"
#include "img/report.h"

#define TEXT 400

static const char *
entry_name(const struct boot_plan *p, size_t i, char text[TEXT])
{
	const struct iso_boot *b = &p->boot[i];
	const char *of = b->path ? b->path : p->boot_name[i];

	if (b->append)
		snprintf(text, TEXT, "appended partition %s%s%.300s%s", p->append_number[b->append - 1], of ? " (" : "", of ? of : "",
			 of ? ")" : "");
	else
		snprintf(text, TEXT, "%s%.300s", b->path ? "" : p->boot_folder[i] ? "FAT made of " : "",
			 of ? of : "an image without a name");
	return text;
}

static void
tell_entry(const struct boot_plan *p, const struct iso_layout *l, size_t i, struct img_rep *o)
{
	const struct iso_boot *b = &p->boot[i];
	struct img_rep *patches;
	char text[TEXT];

	img_rep_str(o, "platform", et_platform_name(b->platform));
	img_rep_str(o, "image", entry_name(p, i, text));
	img_rep_str(o, "emulation", et_media_name(b->media));
	img_rep_uint(o, "offset", l->boot[i].off);
	img_rep_uint(o, "size", l->boot[i].len);
	img_rep_uint(o, "load_size", l->boot[i].sectors * UINT64_C(512));
	patches = img_rep_arr(o, "patches");
	if (b->info_table)
		img_rep_str(patches, NULL, "boot-info-table");
	if (b->grub2)
		img_rep_str(patches, NULL, "grub2-boot-info");
}

static void
tell_part(const struct plan_part *part, const char *table, size_t number, const char *type, struct img_rep *list)
{
	struct img_rep *o;
	char name[sizeof part->name + 1];

	if (!part->what)
		return;
	o = img_rep_obj(list, NULL);
	snprintf(name, sizeof name, "%.*s", (int)sizeof part->name, part->name);
	img_rep_str(o, "table", table);
	img_rep_uint(o, "index", number);
	img_rep_uint(o, "offset", part->off);
	img_rep_uint(o, "size", part->len);
	img_rep_str(o, "type", type);
	img_rep_str(o, "name", name[0] ? name : NULL);
	img_rep_bool(o, "active", part->active);
}

static void
tell_parts(const struct boot_plan *p, struct img_rep *rep)
{
	struct img_rep *list = img_rep_arr(rep, "partitions");
	char type[GPT_GUID_TEXT];

	for (size_t i = 0; i < PLAN_MBR_PARTS; i++) {
		snprintf(type, sizeof type, "0x%02x", p->mbr[i].mbr_type);
		tell_part(&p->mbr[i], "mbr", i + 1, type, list);
	}
	for (size_t i = 0; i < PLAN_GPT_PARTS; i++) {
		gpt_guid_text(p->gpt[i].guid_type, type);
		tell_part(&p->gpt[i], "gpt", i + 1, type, list);
	}
	for (size_t i = 0; i < p->n_apm; i++)
		tell_part(&p->apm[i], "apm", i + 2, p->apm[i].apm_type, list);
}

/* ---- firmware ---- */

static size_t
first_entry(const struct boot_plan *p, uint8_t platform)
{
	size_t i = 0;

	while (i < p->n_boot && p->boot[i].platform != platform)
		i++;
	return i;
}

static void
bios_finds(const struct boot_plan *p, struct img_rep *o)
{
	size_t i = first_entry(p, ET_X86);
	bool stick = p->has_mbr && p->code != PLAN_NO_CODE;
	char text[TEXT], via[TEXT + 40];

	img_rep_str(o, "bios_cd", i < p->n_boot ? entry_name(p, i, text) : NULL);
	if (stick && p->code != PLAN_OTHER_CODE)
		snprintf(via, sizeof via, "%s, by %s in the MBR", entry_name(p, p->code_boot, text),
			 p->code == PLAN_ISOLINUX ? "isolinux's code" : "GRUB's code");
	else
		snprintf(via, sizeof via, "boot code in the MBR");
	img_rep_str(o, "bios_usb", stick ? via : NULL);
}

static void
loaders_at(struct img_source *image, uint64_t off, char ret[TEXT])
{
	fat_loaders(image, off, ret, 128);
	if (!ret[0])
		snprintf(ret, TEXT, "a FAT file system without EFI/BOOT/BOOT*.EFI");
}

/* A partition UEFI looks into: an EFI system partition of the GPT, one of type ef in an MBR that guards none. */
static const struct plan_part *
esp_of(const struct boot_plan *p)
{
	if (p->has_gpt)
		for (size_t i = 0; i < PLAN_GPT_PARTS; i++)
			if (p->gpt[i].what && !memcmp(p->gpt[i].guid_type, boot_guid_esp, 16))
				return &p->gpt[i];
	for (size_t i = 0; p->has_mbr && i < PLAN_MBR_PARTS; i++)
		if (p->mbr[i].what && p->mbr[i].mbr_type == 0xef)
			return &p->mbr[i];
	return NULL;
}

static void
uefi_finds(const struct boot_plan *p, const struct iso_layout *l, struct img_source *image, struct img_rep *o)
{
	size_t i = first_entry(p, ET_UEFI);
	const struct plan_part *esp = esp_of(p);
	char cd[TEXT], usb[TEXT];

	if (i < p->n_boot)
		loaders_at(image, l->boot[i].off, cd);
	if (esp)
		loaders_at(image, esp->off, usb);
	img_rep_str(o, "uefi_cd", i < p->n_boot ? cd : NULL);
	img_rep_str(o, "uefi_usb", esp ? usb : NULL);
}

int
boot_plan_describe(const struct boot_plan *p, const struct iso_layout *l, struct img_source *image, struct img_rep *rep,
		   struct img_err *err)
{
	struct img_rep *boot = img_rep_obj(rep, "boot"), *o;

	(void)err;
	o = img_rep_obj(boot, "catalog");
	img_rep_str(o, "path", p->catalog);
	if (p->n_boot)
		img_rep_uint(o, "offset", (uint64_t)l->catalog * ISO_SECTOR);
	o = img_rep_arr(boot, "entries");
	for (size_t i = 0; i < p->n_boot; i++)
		tell_entry(p, l, i, img_rep_obj(o, NULL));
	tell_parts(p, boot);
	o = img_rep_obj(boot, "firmware");
	bios_finds(p, o);
	uefi_finds(p, l, image, o);
	return 0;
}

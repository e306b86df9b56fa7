/* SPDX-License-Identifier: BSD-2-Clause */
/* From a wish to a plan: which partitions there are, in which tables.
 *
 *   valid	MBR 1 guards (ee), 2 is there to be active; GPT 1 the volume from the partition offset on, N what is
 *		appended.  An EFI image that stays inside the volume would overlap it: then it is a partition and the volume
 *		is none.
 *   isohybrid	MBR 1 the volume, active, from sector 0 or the partition offset on; further what UEFI starts (ef).  GPT the
 *		same as basic data.  From sector 0 the GPT overlaps itself: firmware that trips over valid ones is the reason.
 *   MBR only	the same without GPT
 *
 * What was asked for and would do nothing is an error. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "formats/iso9660/boot_wish.h"
#include "formats/iso9660/eltorito.h"
#include "formats/iso9660/iso.h"
#include "formats/mbr/layout.h"
#include "img/env.h"

#define TYPE_ISO 0xcd			/* observed: xorriso, when nothing else is said */
#define TYPE_ISOHYBRID 0x17		/* hidden NTFS: Windows leaves it alone; isohybrid's choice */
#define TYPE_ESP 0xef
#define READ_ONLY (UINT64_C(1) << 60 | 1)	/* and "needed by the platform" (observed: xorriso) */
#define APM_HFS_STATUS 0x40000013	/* valid, allocated, in use, mount it */
#define CYLINDER_BYTES 1048576
#define ALIGN_BYTES 32768		/* what partition tools take for the grid, since the volume begins at sector 64 */

static const char *
mark_guid_name(enum boot_mark m)
{
	return m == MARK_EFI ? "efi" : m == MARK_HFS ? "hfs" : "data";
}

static const uint8_t *
mark_guid(enum boot_mark m)
{
	return m == MARK_EFI ? boot_guid_esp : m == MARK_HFS ? boot_guid_hfs : boot_guid_data;
}

/* ---- what firmware starts ---- */

static bool
any_marked(const struct boot_wish *w)
{
	for (size_t i = 0; i < w->n_entries; i++)
		if (w->entry[i].gpt)
			return true;
	return false;
}

static bool
any_appended(const struct boot_wish *w)
{
	for (size_t i = 0; i < ISO_MAX_APPEND; i++)
		if (w->append[i].type)
			return true;
	return false;
}

/* Per-image keys without --hybrid, as mkisofs habits bring them, say what style is meant. */
static void
settle_style(struct boot_wish *w)
{
	bool marked = any_marked(w);

	if (w->style == STYLE_NONE)
		return;
	/* isohybrid is about a BIOS: for UEFI alone a valid table has no drawback */
	if (w->style == STYLE_ISOHYBRID && !boot_wish_entry(w, ET_X86))
		w->style = STYLE_VALID;
	w->intent = w->style > STYLE_NONE;
	if (w->style == STYLE_UNSAID && (marked || w->gpt == ISO_YES))
		w->style = marked && w->gpt != ISO_YES && w->plan->code == PLAN_ISOLINUX ? STYLE_ISOHYBRID : STYLE_VALID;
	else if (w->style == STYLE_UNSAID && (w->mbr || w->apm == ISO_YES || any_appended(w)))
		w->style = STYLE_ISOHYBRID;
	else if (w->style == STYLE_UNSAID)
		w->style = STYLE_NONE;
	else if (w->gpt == ISO_AUTO)
		w->gpt = ISO_YES;
	if (w->style == STYLE_VALID && w->gpt == ISO_AUTO)
		w->gpt = ISO_YES;
	if (w->style == STYLE_ISOHYBRID && marked && w->gpt == ISO_AUTO)
		w->gpt = ISO_YES;
}

/* An EFI system partition that was found or built becomes a partition of its own, where there are any. */
static int
append_efi(struct boot_wish *w, struct img_err *err)
{
	struct boot_wish_entry *e = boot_wish_entry(w, ET_UEFI);
	bool wanted = w->place == PLACE_APPEND || (w->place == PLACE_UNSAID && w->style == STYLE_VALID && !any_marked(w));
	size_t n = 1;
	bool tree;
	int rc = 0;

	if (w->place == PLACE_APPEND && !e)
		return img_fail(err, IMG_E_USAGE, "esp=append: there is nothing that UEFI would start");
	if (w->place == PLACE_APPEND && w->style == STYLE_NONE)
		return img_fail(err, IMG_E_USAGE, "esp=append does nothing without a partition table (hybrid)");
	if (!wanted || !e || e->boot.append || w->style == STYLE_NONE)
		return 0;
	while (n < ISO_MAX_APPEND && w->append[n].type)
		n++;
	if (n == ISO_MAX_APPEND)
		return img_fail(err, IMG_E_LIMIT, "more than %d appended partitions", ISO_MAX_APPEND);
	w->append[n] = (struct boot_wish_append) { .type = "efi", .file = e->path, .mbr_type = TYPE_ESP, .tree = e->tree && !e->folder };
	memcpy(w->append[n].guid, boot_guid_esp, 16);
	if (e->boot.source)
		w->append[n].source = img_steal(&e->boot.source);
	else
		rc = boot_wish_file(w, e->path, false, &w->append[n].source, &tree, err);
	e->boot.append = (int)n + 1;
	return rc;
}

static int
settle_append(struct boot_wish *w, struct img_err *err)
{
	struct boot_plan *p = w->plan;

	for (size_t i = 0; i < ISO_MAX_APPEND; i++) {
		struct boot_wish_append *a = &w->append[i];
		struct iso_append *to = &p->append[p->n_append];

		if (!a->type)
			continue;
		if (!a->source->size)
			return img_fail(err, IMG_E_USAGE, "%s: is empty, and would be an empty partition", a->file);
		snprintf(p->append_number[p->n_append], sizeof p->append_number[0], "%zu", i + 1);
		a->index = p->n_append++;
		*to = (struct iso_append) { .mbr_type = a->mbr_type, .align = p->cylinders ? CYLINDER_BYTES : ALIGN_BYTES };
		memcpy(to->guid, a->guid, 16);
		to->source = img_steal(&a->source);
		/* stored once, as file and partition, unless the volume is a partition too: it would hold a file that lies
		 * outside of it */
		if (a->tree && !p->partition_offset)
			to->path = img_arena_str(p->arena, a->file, strlen(a->file));
		else if (a->tree)
			img_problem(w->env, IMG_NOTE, "stored-twice", "%s is stored twice, as a file and as a partition", a->file);
	}
	return 0;
}

static int
settle_catalog(struct boot_wish *w, struct img_err *err)
{
	struct boot_plan *p = w->plan;
	const char *beside = p->n_boot && p->boot[p->code_boot].path ? p->boot[p->code_boot].path : "";
	const char *slash = strrchr(beside, '/');
	char path[1024];

	if (!w->catalog && !(w->catalog_beside && p->n_boot))
		return 0;
	if (w->catalog)
		snprintf(path, sizeof path, "%s", w->catalog);
	else
		snprintf(path, sizeof path, "%.*s%s", slash ? (int)(slash + 1 - beside) : 0, beside, w->catalog_beside);
	p->catalog = img_arena_str(p->arena, path, strlen(path));
	return p->catalog ? 0 : img_fail_nomem(err);
}

static int
settle_entries(struct boot_wish *w, struct img_err *err)
{
	struct boot_plan *p = w->plan;

	for (size_t i = 0; i < w->n_entries; i++) {
		struct boot_wish_entry *e = &w->entry[i];
		struct iso_boot *b = &p->boot[p->n_boot++];

		*b = e->boot;
		e->boot.source = NULL;
		p->boot_name[i] = img_arena_str(p->arena, b->append ? w->append[b->append - 1].file : e->path,
						strlen(b->append ? w->append[b->append - 1].file : e->path));
		p->boot_folder[i] = e->folder;
		if (b->append)
			b->append = (int)w->append[b->append - 1].index + 1;
		else if (!b->source) {
			b->path = img_arena_str(p->arena, e->path, strlen(e->path));
			if (!b->path)
				return img_fail_nomem(err);
		}
	}
	for (unsigned int i = 0; i < p->n_boot; i++)
		if (p->boot[i].platform == ET_X86) {
			p->code_boot = i;
			break;
		}
	return settle_catalog(w, err);
}

/* ---- tables ---- */

static void
put_name(struct plan_part *part, const char *name)
{
	snprintf(part->name, sizeof part->name, "%s", name);
}

/* What UEFI starts, or is marked: the range that holds it. */
static struct plan_part
entry_part(const struct boot_wish *w, size_t i)
{
	const struct iso_boot *b = &w->plan->boot[i];

	return (struct plan_part) {
		.what = b->append ? PLAN_APPEND : PLAN_BOOT, .index = b->append ? (unsigned int)b->append - 1 : (unsigned int)i,
		.mbr_type = TYPE_ESP,
	};
}

static struct plan_part
volume_part(const struct boot_wish *w, uint8_t type)
{
	struct plan_part part = { .what = PLAN_VOLUME, .mbr_type = w->has_iso_type ? w->iso_type : type };

	memcpy(part.guid_type, w->has_iso_type && w->iso_type_is_guid ? w->iso_guid : boot_guid_data, 16);
	return part;
}

static int
gpt_slot(struct boot_plan *p, size_t slot, const struct plan_part *part, const char *name, uint64_t attributes,
	 const uint8_t *type, struct img_err *err)
{
	if (slot >= PLAN_GPT_PARTS || p->gpt[slot].what)
		return img_fail(err, IMG_E_USAGE, "GPT partition %zu is asked for twice", slot + 1);
	p->gpt[slot] = *part;
	p->gpt[slot].attributes = attributes;
	memcpy(p->gpt[slot].guid_type, type, 16);
	put_name(&p->gpt[slot], name);
	return 0;
}

static int
mbr_slot(struct boot_plan *p, size_t slot, const struct plan_part *part, struct img_err *err)
{
	if (slot >= PLAN_MBR_PARTS)
		return img_fail(err, IMG_E_USAGE, "an MBR has four partitions, there is no place for number %zu", slot + 1);
	if (p->mbr[slot].what)
		return img_fail(err, IMG_E_USAGE, "MBR partition %zu is asked for twice", slot + 1);
	p->mbr[slot] = *part;
	return 0;
}

static size_t
free_slot(const struct plan_part *v, size_t n, size_t from)
{
	while (from < n && v[from].what)
		from++;
	return from;
}

/* Appended partitions have the number they were given. */
static int
append_slots(struct boot_wish *w, bool gpt, struct img_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < ISO_MAX_APPEND; i++) {
		const struct boot_wish_append *a = &w->append[i];
		struct plan_part part = { .what = PLAN_APPEND, .index = (unsigned int)a->index, .mbr_type = a->mbr_type };
		char name[16];

		if (!a->type)
			continue;
		snprintf(name, sizeof name, "Appended%zu", i + 1);
		rc = gpt ? gpt_slot(w->plan, i, &part, name, 0, a->guid, err) : mbr_slot(w->plan, i, &part, err);
	}
	return rc;
}

static int
valid_tables(struct boot_wish *w, struct img_err *err)
{
	struct boot_plan *p = w->plan;
	bool inside = false;
	struct plan_part part;
	int rc;

	p->has_mbr = p->has_gpt = true;
	p->mbr[0] = (struct plan_part) { .what = PLAN_PROTECT, .mbr_type = MBR_TYPE_PROTECTIVE };
	if (w->bootable == ISO_YES || (w->bootable == ISO_AUTO && w->intent && p->code != PLAN_NO_CODE))
		p->mbr[1] = (struct plan_part) { .what = PLAN_DUMMY, .active = true };
	rc = append_slots(w, true, err);
	for (size_t i = 0; i < w->n_entries; i++)
		inside |= !w->entry[i].boot.append && (w->entry[i].gpt || w->entry[i].boot.platform == ET_UEFI);
	if (!rc && !inside && p->partition_offset && !p->gpt[0].what) {
		part = volume_part(w, TYPE_ISO);
		rc = gpt_slot(p, 0, &part, "ISO9660", READ_ONLY, part.guid_type, err);
	}
	for (size_t i = 0; !rc && i < w->n_entries; i++) {
		const struct boot_wish_entry *e = &w->entry[i];
		enum boot_mark mark = e->gpt ? e->gpt : e->boot.platform == ET_UEFI ? MARK_EFI : MARK_NONE;

		if (!mark || e->boot.append)
			continue;
		part = entry_part(w, i);
		rc = gpt_slot(p, free_slot(p->gpt, PLAN_GPT_PARTS, 0), &part, "EFI boot partition", READ_ONLY, mark_guid(mark), err);
	}
	return rc;
}

/* Is this image to be a partition of an isohybrid? */
static bool
isohybrid_shows(const struct boot_wish *w, const struct boot_wish_entry *e)
{
	return e->gpt || (e->boot.platform == ET_UEFI && w->gpt == ISO_YES);
}

static int
isohybrid_gpt(struct boot_wish *w, struct img_err *err)
{
	struct boot_plan *p = w->plan;
	struct plan_part part = volume_part(w, 0);
	size_t n = 1;
	int rc = gpt_slot(p, 0, &part, "ISOHybrid", READ_ONLY, boot_guid_data, err);

	p->has_gpt = true;
	for (size_t i = 0; !rc && i < w->n_entries; i++) {
		const struct boot_wish_entry *e = &w->entry[i];
		char name[16];

		if (!isohybrid_shows(w, e))
			continue;
		part = entry_part(w, i);
		snprintf(name, sizeof name, "ISOHybrid%zu", n);
		rc = gpt_slot(p, n++, &part, name, READ_ONLY, mark_guid(e->gpt), err);
	}
	return rc;
}

static int
isohybrid_tables(struct boot_wish *w, struct img_err *err)
{
	struct boot_plan *p = w->plan;
	uint8_t type = p->code == PLAN_ISOLINUX ? TYPE_ISOHYBRID : TYPE_ISO;
	bool shows = false;
	struct plan_part part;
	int rc = 0;

	p->has_mbr = true;
	for (size_t i = 0; i < w->n_entries; i++)
		shows |= isohybrid_shows(w, &w->entry[i]);
	part = volume_part(w, shows ? 0 : type);
	/* GRUB's code loads from where it is told; an entry from sector 1 on keeps partition tools off the code itself */
	if (p->code != PLAN_ISOLINUX && !p->partition_offset && !p->n_append)
		part.what = PLAN_PROTECT;
	part.active = w->bootable != ISO_NO;
	rc = mbr_slot(p, 0, &part, err);
	if (!rc)
		rc = append_slots(w, false, err);
	for (size_t i = 0; !rc && i < w->n_entries; i++) {
		const struct boot_wish_entry *e = &w->entry[i];

		if (!isohybrid_shows(w, e) || e->boot.append)
			continue;
		part = entry_part(w, i);
		part.mbr_type = e->gpt == MARK_HFS ? 0 : TYPE_ESP;
		rc = mbr_slot(p, free_slot(p->mbr, PLAN_MBR_PARTS, 1), &part, err);
	}
	if (!rc && w->gpt == ISO_YES)
		rc = isohybrid_gpt(w, err);
	return rc;
}

/* Old Macs start what an Apple map calls HFS, whatever it holds. */
static int
apple_map(struct boot_wish *w, struct img_err *err)
{
	struct boot_plan *p = w->plan;
	bool marked = false;

	for (size_t i = 0; i < w->n_entries; i++)
		marked |= w->entry[i].apm;
	if (!marked && w->apm != ISO_YES)
		return 0;
	for (size_t i = 0; i < w->n_entries; i++) {
		struct plan_part part = entry_part(w, i);

		if (marked ? !w->entry[i].apm : w->entry[i].boot.platform != ET_UEFI)
			continue;
		if (p->n_apm == PLAN_APM_PARTS - 1)
			return img_fail(err, IMG_E_LIMIT, "more than %d partitions in an Apple map", PLAN_APM_PARTS - 1);
		put_name(&part, "EFI");
		snprintf(part.apm_type, sizeof part.apm_type, "Apple_HFS");
		part.apm_status = APM_HFS_STATUS;
		p->apm[p->n_apm++] = part;
	}
	return p->n_apm ? 0 : img_fail(err, IMG_E_USAGE, "apm does nothing without a boot image for UEFI");
}

/* ---- what would do nothing ---- */

static int
check_use(const struct boot_wish *w, struct img_err *err)
{
	const struct boot_plan *p = w->plan;
	const char *what = NULL, *without = "a partition table (hybrid, mbr, gpt)";
	bool folder = false;

	for (size_t i = 0; i < w->n_entries; i++) {
		const struct boot_wish_entry *e = &w->entry[i];

		folder |= e->folder;
		if (e->gpt && !p->has_gpt)
			return img_fail(err, IMG_E_USAGE, "gpt-boot=%s does nothing without a GPT", mark_guid_name(e->gpt));
		if (e->apm && !p->n_apm)
			what = "apm-boot";
	}
	if (!p->has_mbr)
		what = w->bootable == ISO_YES ? "mbr-bootable" : p->has_mbr_id ? "mbr-id" : w->has_iso_type ? "mbr-iso-type" :
		       w->cylinders == ISO_YES ? "cylinders" : w->mbr ? "mbr" : w->apm == ISO_YES ? "apm" :
		       w->place == PLACE_APPEND ? "esp" : what;
	if (!what && !p->has_gpt && (p->has_disk_guid || w->gpt == ISO_YES)) {
		what = p->has_disk_guid ? "gpt-disk-guid" : "gpt";
		without = p->has_disk_guid ? "a GPT" : without;
	}
	if (!what && w->grub2_mbr == ISO_YES && !w->mbr) {
		what = "grub2-mbr";
		without = "mbr, which names the boot code";
	}
	if (!what && w->esp_size && !folder) {
		what = "esp-size";
		without = "a folder to build an EFI system partition of";
	}
	if (!what && w->system_area && (p->has_mbr || p->n_apm))
		return img_fail(err, IMG_E_USAGE, "system-area and partition tables contradict each other");
	return what ? img_fail(err, IMG_E_USAGE, "%s does nothing without %s", what, without) : 0;
}

static void
settle_geometry(struct boot_wish *w)
{
	struct boot_plan *p = w->plan;

	/* in a valid table the volume can only be a partition behind that table */
	p->partition_offset = w->has_offset ? w->offset :
			      w->style == STYLE_VALID && w->place != PLACE_INSIDE && !any_marked(w) ? ISO_VD_BLOCK : 0;
	if (w->style != STYLE_ISOHYBRID)
		return;
	p->cylinders = w->cylinders != ISO_NO && (p->code == PLAN_ISOLINUX || w->cylinders == ISO_YES);
}

/* What a profile would like, where it applies and nobody said otherwise. */
static void
settle_profile(struct boot_wish *w)
{
	bool uefi = boot_wish_entry(w, ET_UEFI) != NULL;

	if (w->apm == ISO_AUTO && uefi)
		w->apm = w->soft.apm;
	if (w->place == PLACE_UNSAID && uefi)
		w->place = w->soft.place;
	if (w->bootable == ISO_AUTO && w->plan->code != PLAN_NO_CODE)
		w->bootable = w->soft.bootable;
}

int
boot_settle(struct boot_wish *w, struct img_err *err)
{
	int rc;

	settle_profile(w);
	settle_style(w);
	settle_geometry(w);
	rc = append_efi(w, err);
	if (!rc && w->style == STYLE_NONE && any_appended(w))
		rc = img_fail(err, IMG_E_USAGE, "an appended partition does nothing without a partition table, and hybrid=no was said");
	if (!rc)
		rc = settle_append(w, err);
	if (!rc)
		rc = settle_entries(w, err);
	if (!rc && w->style == STYLE_VALID && w->gpt == ISO_YES)
		rc = valid_tables(w, err);
	else if (!rc && w->style > STYLE_NONE)
		rc = isohybrid_tables(w, err);
	if (!rc)
		rc = apple_map(w, err);
	if (!rc && w->n_entries == 0 && !w->plan->has_mbr && w->asked != BOOT_NONE && w->catalog)
		rc = img_fail(err, IMG_E_USAGE, "a boot catalog was named, but nothing to boot");
	return rc ? rc : check_use(w, err);
}

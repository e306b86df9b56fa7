/* SPDX-License-Identifier: BSD-2-Clause */
/* Which partitions there are, in which tables.
 *
 *   valid	MBR 1 guards (ee), 2 is there to be active; GPT 1 the volume from the partition offset on, N what is
 *		appended.  An EFI image that stays inside the volume would overlap it: then it is a partition and the volume
 *		is none.
 *   isohybrid	MBR 1 the volume, active, from sector 0 or the partition offset on; further what UEFI starts (ef).  GPT the
 *		same as basic data.  From sector 0 the GPT overlaps itself: firmware that trips over valid ones is the reason.
 *   MBR only	the same without GPT */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "formats/iso9660/boot_wish.h"
#include "formats/iso9660/eltorito.h"
#include "formats/mbr/layout.h"

#define TYPE_ISO 0xcd			/* observed: xorriso, when nothing else is said */
#define TYPE_ISOHYBRID 0x17		/* hidden NTFS: Windows leaves it alone; isohybrid's choice */
#define TYPE_ESP 0xef
#define READ_ONLY (UINT64_C(1) << 60 | 1)	/* and "needed by the platform" (observed: xorriso) */
#define APM_HFS_STATUS 0x40000013	/* valid, allocated, in use, mount it */

static const uint8_t *
mark_guid(enum boot_mark m)
{
	return m == MARK_EFI ? boot_guid_esp : m == MARK_HFS ? boot_guid_hfs : boot_guid_data;
}

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

int
boot_tables(struct boot_wish *w, struct img_err *err)
{
	int rc = 0;

	if (w->style == STYLE_VALID && w->gpt == ISO_YES)
		rc = valid_tables(w, err);
	else if (w->style > STYLE_NONE)
		rc = isohybrid_tables(w, err);
	return rc ? rc : apple_map(w, err);
}

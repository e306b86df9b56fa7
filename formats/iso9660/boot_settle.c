/* SPDX-License-Identifier: BSD-2-Clause */
/* From a wish to a plan: what is started and what lies behind the volume, in which style; the tables follow from that
 * (boot_tables.c).  What was asked for and would do nothing is an error. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "formats/iso9660/boot_wish.h"
#include "formats/iso9660/eltorito.h"
#include "formats/iso9660/iso.h"
#include "img/env.h"

#define TYPE_ESP 0xef
#define CYLINDER_BYTES 1048576
#define ALIGN_BYTES 32768		/* what partition tools take for the grid, since the volume begins at sector 64 */

static const char *
mark_name(enum boot_mark m)
{
	return m == MARK_EFI ? "efi" : m == MARK_HFS ? "hfs" : "basdat";
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
	else if (w->style == STYLE_UNSAID && (w->mbr || w->table == ISO_YES || w->apm == ISO_YES || any_appended(w)))
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
			return img_fail(err, IMG_E_USAGE, "gpt-boot=%s does nothing without a GPT", mark_name(e->gpt));
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
	if (!rc)
		rc = boot_tables(w, err);
	if (!rc && w->n_entries == 0 && !w->plan->has_mbr && w->asked != BOOT_NONE && w->catalog)
		rc = img_fail(err, IMG_E_USAGE, "a boot catalog was named, but nothing to boot");
	return rc ? rc : check_use(w, err);
}

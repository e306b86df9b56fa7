/* SPDX-License-Identifier: BSD-2-Clause */
/* El Torito of an image that is to be written again.  The catalog names blocks; what lies there is a file of the tree, an
 * appended partition, or bytes that nothing else names. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "core/checked.h"
#include "formats/iso9660/fat.h"
#include "formats/iso9660/replay_private.h"
#include "img/source.h"

#define MAX_HIDDEN (UINT64_C(1) << 20)	/* of a loader without a name that does not say how long it is */

/* *ret_drop: the entry is left out. */
static int
look_at_entry(struct iso_replay *r, size_t i, bool *ret_drop, struct img_err *err)
{
	const struct et_entry *e = &r->catalog.v[i];
	struct et_image *im = &r->image[i];
	int rc = et_image_look(r->iso, e, im, err);

	if (rc)
		return img_note(err, rc, "boot image %zu", i + 1);
	r->boot[i] = (struct replay_spot) { .off = im->off, .len = im->len, .next = UINT64_MAX };
	*ret_drop = true;
	if (!im->inside)
		return replay_lost(r, err, "boot image %zu lies past the end of the image", i + 1);
	if (e->media > 4)
		return replay_lost(r, err, "boot image %zu emulates a medium of unknown kind %u", i + 1, e->media);
	*ret_drop = false;
	if (!e->bootable)
		rc = replay_lost(r, err, "boot image %zu is marked as not bootable, which this build does not write", i + 1);
	if (!rc && e->criteria)
		rc = replay_lost(r, err, "boot image %zu has selection criteria, which this build does not write", i + 1);
	if (im->table == ET_TABLE_BAD)
		img_problem(r->volume->env, IMG_NOTE, "edit-boot-table", "the boot info table of boot image %zu did not fit; now "
			    "it does", i + 1);
	return rc;
}

int
replay_boot_read(struct iso_replay *r, struct img_err *err)
{
	struct img_err why = { 0 };
	uint64_t at = (uint64_t)r->iso->set.catalog * ISO_SECTOR;
	int rc;

	if (!r->iso->set.has_catalog)
		return 0;
	r->catalog_spot = (struct replay_spot) { .off = at, .len = ISO_SECTOR, .next = UINT64_MAX };
	rc = et_catalog_read(r->iso, &r->catalog, &why);
	if (rc == IMG_E_FORMAT)
		return replay_lost(r, err, "%s", why.msg);
	if (!rc)
		rc = img_source_read(r->volume, at + 4, r->catalog_id, sizeof r->catalog_id, &why);
	if (rc) {
		*err = why;
		return rc;
	}
	if (r->catalog.n > ISO_MAX_BOOT)
		rc = replay_lost(r, err, "the boot catalog has %zu entries; this build writes %d", r->catalog.n, ISO_MAX_BOOT);
	if (r->catalog.n > ISO_MAX_BOOT)
		r->catalog.n = ISO_MAX_BOOT;
	for (size_t i = 0; !rc && i < r->catalog.n;) {
		bool drop = false;

		rc = look_at_entry(r, i, &drop, err);
		if (drop)
			memmove(&r->catalog.v[i], &r->catalog.v[i + 1], (--r->catalog.n - i) * sizeof r->catalog.v[0]);
		else
			i++;
	}
	return rc;
}

/* Bytes that only the catalog names. */
static int
hidden(struct iso_replay *r, size_t i, struct iso_boot *b, struct img_err *err)
{
	const struct replay_spot *spot = &r->boot[i];
	const struct et_image *im = &r->image[i];
	uint64_t len = spot->len, end = r->volume->size, fat;

	if (spot->next < end)
		end = spot->next;
	/* loaders that fetch the rest of themselves */
	if (!im->table && (im->isolinux || im->grub) && len < MAX_HIDDEN)
		len = MAX_HIDDEN;
	if (im->fat && fat_probe(r->volume, spot->off, &fat) && fat > len)
		len = fat;
	if (len > end - spot->off)
		len = end - spot->off;
	if (!len)
		return replay_lost(r, err, "boot image %zu is empty", i + 1);
	return img_slice(r->volume, spot->off, len, &b->source, err);
}

static int
plan_entry(struct iso_replay *r, size_t i, struct img_err *err)
{
	const struct et_entry *e = &r->catalog.v[i];
	const struct et_image *im = &r->image[i];
	struct boot_plan *p = r->plan;
	struct iso_boot *b = &p->boot[i];

	*b = (struct iso_boot) {
		.platform = e->platform, .media = e->media, .system = e->system, .segment = e->segment,
		.sectors = e->sectors, .info_table = im->table != ET_NO_TABLE, .grub2 = im->grub,
	};
	for (size_t k = 0; k < p->n_append; k++)
		if (r->append_off[k] == im->off) {
			b->append = (int)k + 1;
			b->info_table = b->grub2 = false;
			return 0;
		}
	if (r->boot[i].n_names)
		return 0;
	return hidden(r, i, b, err);
}

/* Which entry does the boot code of the MBR lead to? */
static void
find_code_boot(struct iso_replay *r)
{
	struct boot_plan *p = r->plan;

	for (size_t i = 0; i < p->n_boot; i++)
		if ((p->code == PLAN_ISOLINUX && r->image[i].isolinux) || (p->code == PLAN_GRUB2 && r->image[i].grub)) {
			p->code_boot = (unsigned int)i;
			return;
		}
	if (p->code != PLAN_ISOLINUX && p->code != PLAN_GRUB2)
		return;
	p->code = PLAN_OTHER_CODE;
	img_problem(r->volume->env, IMG_WARNING, "edit-boot-code",
		    "the boot code in front of the volume leads to nothing that the boot catalog names; it is kept as it is");
}

int
replay_boot_plan(struct iso_replay *r, struct img_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < r->catalog.n; i++) {
		rc = plan_entry(r, i, err);
		r->plan->n_boot++;
	}
	find_code_boot(r);
	return rc;
}

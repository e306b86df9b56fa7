/* SPDX-License-Identifier: BSD-2-Clause */
/* Plans: made, taken apart, and looked through for what cannot be. */
#include "config.h"

#include "formats/iso9660/boot_plan.h"

#include <string.h>

#include "formats/iso9660/eltorito.h"
#include "formats/iso9660/iso.h"

int
boot_plan_new(struct boot_plan **ret, struct img_err *err)
{
	struct boot_plan *p = calloc(1, sizeof *p);

	if (p)
		p->arena = img_arena_new();
	if (!p || !p->arena) {
		free(p);
		return img_fail_nomem(err);
	}
	*ret = p;
	return 0;
}

struct boot_plan *
boot_plan_free(struct boot_plan *p)
{
	if (!p)
		return NULL;
	for (size_t i = 0; i < p->n_boot; i++)
		img_unref(p->boot[i].source);
	for (size_t i = 0; i < p->n_append; i++)
		img_unref(p->append[i].source);
	img_arena_free(p->arena);
	free(p);
	return NULL;
}

void
boot_plan_close_apm(struct boot_plan *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_apm; i++)
		if (p->apm[i].what)
			p->apm[n++] = p->apm[i];
	p->n_apm = n;
}

bool
boot_plan_empty(const struct boot_plan *p)
{
	return !p->n_boot && !p->n_append && !p->has_head && !p->has_mbr && !p->has_gpt && !p->n_apm;
}

static int
check_part(const struct boot_plan *p, const struct plan_part *part, const char *table, size_t i, struct img_err *err)
{
	if (part->what == PLAN_BOOT && part->index >= p->n_boot)
		return img_fail(err, IMG_E_USAGE, "%s partition %zu is boot image %u, which there is not", table, i + 1,
				part->index + 1);
	if (part->what == PLAN_APPEND && part->index >= p->n_append)
		return img_fail(err, IMG_E_USAGE, "%s partition %zu is appended partition %u, which there is not", table, i + 1,
				part->index + 1);
	return 0;
}

static int
check_tables(const struct boot_plan *p, struct img_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < PLAN_MBR_PARTS; i++)
		rc = check_part(p, &p->mbr[i], "MBR", i, err);
	for (size_t i = 0; !rc && i < PLAN_GPT_PARTS; i++)
		rc = check_part(p, &p->gpt[i], "GPT", i, err);
	for (size_t i = 0; !rc && i < p->n_apm; i++)
		rc = check_part(p, &p->apm[i], "APM", i, err);
	return rc;
}

int
boot_plan_check(const struct boot_plan *p, struct img_err *err)
{
	bool patched = p->code == PLAN_ISOLINUX || p->code == PLAN_GRUB2;

	if (p->n_apm >= PLAN_APM_PARTS)
		return img_fail(err, IMG_E_LIMIT, "more than %d partitions in an Apple map", PLAN_APM_PARTS - 1);
	if (patched && p->code_boot >= p->n_boot)
		return img_fail(err, IMG_E_USAGE, "the MBR's boot code starts a boot image for BIOS, and there is none");
	if (patched && p->boot[p->code_boot].platform != ET_X86)
		return img_fail(err, IMG_E_USAGE, "the MBR's boot code starts programs for BIOS, and boot image %u is none",
				p->code_boot + 1);
	if (p->partition_offset && p->partition_offset != ISO_VD_BLOCK)
		return img_fail(err, IMG_E_USAGE, "a partition offset of %u blocks; 16 is the one that works", p->partition_offset);
	return check_tables(p, err);
}

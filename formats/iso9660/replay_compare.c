/* SPDX-License-Identifier: BSD-2-Clause */
/* The old image and the new one, both read back: whatever starts the one must start the other.  This is the last word before
 * anything is written, and it trusts nothing that the author was told. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "formats/iso9660/replay_private.h"

static int
differs(struct img_err *err, const char *what)
{
	return img_fail(err, IMG_E_UNSUPPORTED, "%s would not be as before; nothing was written", what);
}

static int
compare_boot(const struct iso_replay *a, const struct iso_replay *b, struct img_err *err)
{
	if (a->plan->n_boot != b->plan->n_boot)
		return differs(err, "the boot catalog");
	for (size_t i = 0; i < a->plan->n_boot; i++) {
		const struct iso_boot *x = &a->plan->boot[i], *y = &b->plan->boot[i];

		if (x->platform != y->platform || x->media != y->media || x->segment != y->segment || x->append != y->append ||
		    x->info_table != y->info_table || x->grub2 != y->grub2 || b->image[i].table == ET_TABLE_BAD ||
		    (x->sectors && x->sectors != y->sectors) || a->image[i].fat != b->image[i].fat)
			return differs(err, "a boot image");
	}
	return 0;
}

static bool
same_part(const struct plan_part *x, const struct plan_part *y)
{
	if (!x->what && !y->what)
		return true;
	return x->what == y->what && x->index == y->index && x->mbr_type == y->mbr_type && x->active == y->active &&
	       !memcmp(x->guid_type, y->guid_type, sizeof x->guid_type) && !memcmp(x->guid, y->guid, sizeof x->guid) &&
	       x->attributes == y->attributes && !strcmp(x->name, y->name) && !strcmp(x->apm_type, y->apm_type);
}

static int
compare_parts(const char *table, const struct plan_part *x, const struct plan_part *y, size_t n, struct img_err *err)
{
	char what[40];

	for (size_t i = 0; i < n; i++) {
		if (x[i].what == PLAN_GAP || y[i].what == PLAN_GAP || same_part(&x[i], &y[i]))
			continue;
		snprintf(what, sizeof what, "%s partition %zu", table, i + 1);
		return differs(err, what);
	}
	return 0;
}

/* The next entry of an Apple map that is no gap; NULL: none. */
static const struct plan_part *
next_apm(const struct boot_plan *p, size_t *io)
{
	while (*io < p->n_apm && p->apm[*io].what == PLAN_GAP)
		++*io;
	return *io < p->n_apm ? &p->apm[(*io)++] : NULL;
}

static int
compare_maps(const struct boot_plan *x, const struct boot_plan *y, struct img_err *err)
{
	size_t i = 0, k = 0;

	for (;;) {
		const struct plan_part *a = next_apm(x, &i), *b = next_apm(y, &k);

		if (!a && !b)
			return 0;
		if (!a || !b || !same_part(a, b))
			return differs(err, "the Apple partition map");
	}
}

static int
compare_tables(const struct iso_replay *a, const struct iso_replay *b, struct img_err *err)
{
	const struct boot_plan *x = a->plan, *y = b->plan;
	int rc;

	if (x->code != y->code || x->has_mbr != y->has_mbr || x->has_gpt != y->has_gpt || x->n_append != y->n_append ||
	    x->partition_offset != y->partition_offset)
		return differs(err, "the system area");
	rc = compare_parts("MBR", x->mbr, y->mbr, PLAN_MBR_PARTS, err);
	if (!rc)
		rc = compare_parts("GPT", x->gpt, y->gpt, PLAN_GPT_PARTS, err);
	return rc ? rc : compare_maps(x, y, err);
}

int
replay_compare(const struct iso_replay *a, const struct iso_replay *b, struct img_err *err)
{
	const bool *x = a->iso->has, *y = b->iso->has;
	int rc = compare_boot(a, b, err);

	if (!rc)
		rc = compare_tables(a, b, err);
	if (!rc && (x[ISO_JOLIET] != y[ISO_JOLIET] || x[ISO_ROCK_RIDGE] != y[ISO_ROCK_RIDGE] || a->udf != b->udf ||
		    a->md5 != b->md5))
		rc = differs(err, "the set of trees");
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Profiles: the layouts that distributions ship, as the keys one would have to give.  What the tree holds is found as with
 * boot=auto; keys of the command line come behind and win.
 *
 *   debian	isolinux, isohybrid with an Apple map; UEFI from a FAT image inside
 *   alpine	the same without the map
 *   arch	isolinux, isohybrid from the partition offset on; UEFI from a partition behind the volume
 *   ubuntu	GRUB, a valid GPT with a partition behind the volume, an active entry in the MBR
 *   fedora	the same without the active entry
 *   windows	etfsboot.com and efisys.bin, UDF, no partitions: Microsoft's tools make sticks of the files
 *   cloud-init	user-data and meta-data on a volume named cidata; starts nothing */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "formats/iso9660/boot_wish.h"

#define MAX_PROFILE_KEYS 10

static const struct profile {
	const char *name;
	enum plan_code prefer;
	bool must_bios;
	const char *label;		/* unless one was given */
	const char *files;		/* that must be in the root, separated by blanks */
	const char *catalog;		/* beside the program for BIOS */
	const char *keys[MAX_PROFILE_KEYS][2];
} profiles[] = {
	{ "debian", PLAN_ISOLINUX, false, NULL, NULL, "boot.cat", {
		{ "boot", "auto" }, { "hybrid", "isohybrid" }, { "apm", "yes" } } },
	{ "alpine", PLAN_ISOLINUX, false, NULL, NULL, "boot.cat", {
		{ "boot", "auto" }, { "hybrid", "isohybrid" }, { "esp", "inside" } } },
	{ "arch", PLAN_ISOLINUX, false, NULL, NULL, "boot.cat", {
		{ "boot", "auto" }, { "hybrid", "isohybrid" }, { "partition-offset", "16" }, { "esp", "append" } } },
	{ "ubuntu", PLAN_GRUB2, false, NULL, NULL, NULL, {
		{ "boot", "auto" }, { "hybrid", "yes" }, { "mbr-bootable", "yes" }, { "esp", "append" },
		{ "boot-catalog", "boot.catalog" } } },
	{ "fedora", PLAN_GRUB2, false, NULL, NULL, NULL, {
		{ "boot", "auto" }, { "hybrid", "yes" }, { "mbr-bootable", "no" }, { "esp", "append" },
		{ "boot-catalog", "boot.catalog" } } },
	{ "windows", PLAN_OTHER_CODE, true, NULL, NULL, NULL, {
		{ "boot", "auto" }, { "hybrid", "no" }, { "udf", "yes" }, { "joliet", "no" } } },
	{ "cloud-init", PLAN_NO_CODE, false, "cidata", "meta-data user-data", NULL, { { "boot", "none" } } },
};
#define N_PROFILES (sizeof profiles / sizeof *profiles)

static int
no_profile(const char *name, struct img_err *err)
{
	char list[120];
	size_t n = 0;

	for (size_t i = 0; i < N_PROFILES && n < sizeof list; i++)
		n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i ? ", " : "", profiles[i].name);
	return img_fail(err, IMG_E_USAGE, "there is no profile \"%.40s\"; there are %s", name, list);
}

static int
check_files(struct boot_wish *w, const struct profile *p, struct img_err *err)
{
	const char *f = p->files;

	while (f && *f) {
		size_t n = strcspn(f, " ");
		char name[64];
		struct img_node node;

		snprintf(name, sizeof name, "%.*s", (int)n, f);
		if (img_tree_lookup(w->tree, name, &node, NULL))
			return img_fail(err, IMG_E_USAGE, "the profile %s wants a file %s in the root of the source", p->name, name);
		f += n + (f[n] == ' ');
	}
	return 0;
}

int
boot_wish_profile(struct boot_wish *w, const char *name,
		  int (*set)(void *ctx, const char *key, const char *value, struct img_err *err), void *ctx,
		  struct img_err *err)
{
	const struct profile *p = NULL;
	int rc;

	for (size_t i = 0; name && i < N_PROFILES; i++)
		if (!strcmp(name, profiles[i].name))
			p = &profiles[i];
	if (!p)
		return no_profile(name ? name : "", err);
	rc = check_files(w, p, err);
	w->prefer = p->prefer;
	w->must_bios = p->must_bios;
	w->catalog_beside = p->catalog;
	w->profile_label = p->label;
	for (size_t i = 0; !rc && i < MAX_PROFILE_KEYS && p->keys[i][0]; i++)
		rc = set(ctx, p->keys[i][0], p->keys[i][1], err);
	/* nobody asked for these: a tree without UEFI has no use for them, and that is no mistake */
	w->soft.apm = w->apm;
	w->soft.bootable = w->bootable;
	w->soft.place = w->place;
	w->apm = w->bootable = ISO_AUTO;
	w->place = PLACE_UNSAID;
	return rc;
}

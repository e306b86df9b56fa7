/* SPDX-License-Identifier: BSD-2-Clause */
/* What in a tree can be started, where nobody said it: names first, of which there are few, then contents.
 *
 *   BIOS	isolinux.bin; GRUB's eltorito.img (bios.img …); Windows' etfsboot.com
 *   UEFI	a FAT image (efi.img, efiboot.img, efisys.bin); else EFI/BOOT with BOOT*.EFI, of which a FAT is made
 *   MBR	isohdpfx.bin and sisters; boot_hybrid.img
 *
 * A file that has such a name and is something else is an error: passing over it would leave out what was meant. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "formats/iso9660/boot_wish.h"
#include "formats/iso9660/eltorito.h"
#include "img/env.h"

#define MAX_DEPTH 6		/* folders down: usr/lib/grub/i386-pc/boot_hybrid.img has 5 */

enum find_kind { FIND_BIOS, FIND_EFI, FIND_EFI_FOLDER, FIND_MBR, N_FIND };

static const struct find_name {
	const char *name;
	enum find_kind kind;
	enum plan_code loader;		/* what it is, or starts */
} names[] = {		/* better ones first */
	{ "isolinux.bin", FIND_BIOS, PLAN_ISOLINUX },
	{ "eltorito.img", FIND_BIOS, PLAN_GRUB2 },
	{ "bios.img", FIND_BIOS, PLAN_GRUB2 },
	{ "grub2-eltorito.img", FIND_BIOS, PLAN_GRUB2 },
	{ "etfsboot.com", FIND_BIOS, PLAN_OTHER_CODE },
	{ "efi.img", FIND_EFI, PLAN_NO_CODE },
	{ "efiboot.img", FIND_EFI, PLAN_NO_CODE },
	{ "uefi.img", FIND_EFI, PLAN_NO_CODE },
	{ "efisys.bin", FIND_EFI, PLAN_NO_CODE },
	{ "efisys_noprompt.bin", FIND_EFI, PLAN_NO_CODE },
	{ "isohdpfx.bin", FIND_MBR, PLAN_ISOLINUX },
	{ "isohdppx.bin", FIND_MBR, PLAN_ISOLINUX },
	{ "boot_hybrid.img", FIND_MBR, PLAN_GRUB2 },
};
#define N_NAMES (sizeof names / sizeof *names)

struct finding {
	struct boot_wish *w;
	char *path[N_NAMES];		/* the shallowest of that name, of those the first */
	unsigned int depth[N_NAMES];
	char *efi_folder;		/* "EFI/BOOT", as it is spelt */
};

static unsigned int
depth_of(const char *path)
{
	unsigned int n = 1;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* EFI/BOOT/BOOTX64.EFI and those of other machines. */
static bool
is_loader(const char *path)
{
	size_t n = strlen(path);

	return !strncasecmp(path, "EFI/BOOT/BOOT", 13) && n > 17 && !strcasecmp(path + n - 4, ".efi") &&
	       !strchr(path + 9, '/');
}

static int
consider(struct finding *f, const struct img_node *n, const char *path, struct img_err *err)
{
	struct img_arena *arena = f->w->plan->arena;
	unsigned int depth = depth_of(path);

	if (n->type != IMG_NODE_FILE)
		return 0;
	if (is_loader(path) && !f->efi_folder && !(f->efi_folder = img_arena_str(arena, path, 8)))
		return img_fail_nomem(err);
	for (size_t i = 0; i < N_NAMES; i++)
		if (!strcasecmp(n->name, names[i].name) && (!f->path[i] || depth < f->depth[i])) {
			f->path[i] = img_arena_str(arena, path, strlen(path));
			f->depth[i] = depth;
			if (!f->path[i])
				return img_fail_nomem(err);
		}
	return 0;
}

static int
walk(struct finding *f, struct img_err *err)
{
	struct img_walk *w;
	int rc = img_walk_new(f->w->tree, &w, err);

	if (rc)
		return rc;
	for (;;) {
		const struct img_node *n;
		const char *path;

		rc = img_walk_next(w, &n, &path, err);
		if (rc || !n)
			break;
		if (n->type == IMG_NODE_DIR && *path && depth_of(path) >= MAX_DEPTH)
			img_walk_skip(w);
		rc = consider(f, n, path, err);
		if (rc)
			break;
	}
	img_walk_free(w);
	return rc;
}

/* The best name of a kind; those for the loader that is preferred come first. */
static const char *
best(const struct finding *f, enum find_kind kind, enum plan_code loader)
{
	const char *other = NULL;

	for (size_t i = 0; i < N_NAMES; i++) {
		if (names[i].kind != kind || !f->path[i])
			continue;
		if (loader == PLAN_NO_CODE || names[i].loader == loader)
			return f->path[i];
		if (!other)
			other = f->path[i];
	}
	return kind == FIND_MBR ? NULL : other;
}

static int
add_found(struct boot_wish *w, uint8_t platform, const char *path, bool folder, struct img_err *err)
{
	struct boot_wish_entry *e;
	int rc = boot_wish_add(w, platform, path, &e, err);

	if (!rc) {
		e->found = e->tree = true;
		e->folder = folder;
	}
	return rc;
}

/* The initial entry is BIOS's: firmware that knows no sections takes that. */
static void
bios_first(struct boot_wish *w)
{
	struct boot_wish_entry last = w->entry[w->n_entries - 1];

	memmove(w->entry + 1, w->entry, (w->n_entries - 1) * sizeof *w->entry);
	w->entry[0] = last;
}

static int
take(struct finding *f, struct img_err *err)
{
	struct boot_wish *w = f->w;
	const char *bios = best(f, FIND_BIOS, w->prefer), *efi = best(f, FIND_EFI, PLAN_NO_CODE);
	int rc = 0;

	for (unsigned int c = PLAN_ISOLINUX; c < PLAN_OTHER_CODE; c++)
		w->found_code[c] = best(f, FIND_MBR, (enum plan_code)c);
	if (w->asked != BOOT_AUTO)
		return 0;
	if (bios && !boot_wish_entry(w, ET_X86)) {
		rc = add_found(w, ET_X86, bios, false, err);
		if (!rc)
			bios_first(w);
	}
	if (!rc && !boot_wish_entry(w, ET_UEFI) && (efi || f->efi_folder))
		rc = add_found(w, ET_UEFI, efi ? efi : f->efi_folder, !efi, err);
	if (rc)
		return rc;
	if (!w->n_entries)
		return img_fail(err, IMG_E_USAGE, "nothing in the source can be started: it has no isolinux.bin, no GRUB "
				"eltorito.img, no etfsboot.com, no efi.img and no EFI/BOOT/BOOT*.EFI");
	if (w->must_bios && !boot_wish_entry(w, ET_X86))
		return img_fail(err, IMG_E_USAGE, "nothing in the source can be started by a BIOS, which the profile wants");
	return 0;
}

int
boot_find(struct boot_wish *w, struct img_err *err)
{
	struct finding f = { .w = w };
	int rc;

	if (w->asked == BOOT_NONE && w->n_entries)
		return img_fail(err, IMG_E_USAGE, "boot=none and a boot image contradict each other");
	/* intent: whoever wants a hybrid wants it to start */
	if (w->asked == BOOT_UNSAID && w->style > STYLE_NONE && !w->n_entries)
		w->asked = BOOT_AUTO;
	if (w->asked != BOOT_AUTO && (w->style <= STYLE_NONE || w->mbr))
		return 0;
	rc = walk(&f, err);
	return rc ? rc : take(&f, err);
}

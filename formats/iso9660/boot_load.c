/* SPDX-License-Identifier: BSD-2-Clause */
/* The files a wish names, read as far as it takes to see whether they are what they claim, and put into the plan:
 * programs for BIOS, FAT images for UEFI (or folders, of which one is built), partitions, boot code for the MBR. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/bytes.h"
#include "formats/fat/author.h"
#include "formats/iso9660/boot_wish.h"
#include "formats/iso9660/eltorito.h"
#include "formats/iso9660/fat.h"
#include "img/env.h"
#include "trees/overlay.h"

#define MIN_ISOLINUX 2048	/* its first sector is what firmware loads */
#define MIN_TEMPLATE 432
#define MAX_PROGRAM (1 << 20)	/* of which the version is looked for */
#define ESP_GRID 32768
#define WINDOWS_SECTORS 8	/* etfsboot.com has 4096 bytes and loads nothing more of itself */

static const char *
base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool
named(const char *path, const char *name)
{
	return !strcasecmp(base_of(path), name);
}

/* ---- programs for BIOS ---- */

static int
is_windows(struct img_source *s, bool *ret, struct img_err *err)
{
	uint8_t p[4096];
	size_t n = s->size < sizeof p ? (size_t)s->size : sizeof p;
	int rc = img_source_read(s, 0, p, n, err);

	*ret = false;
	for (size_t i = 0; !rc && i + 7 <= n; i++)
		*ret |= !memcmp(p + i, "BOOTMGR", 7) || !memcmp(p + i, "CDBOOT:", 7);
	return rc;
}

/* What its name promises. */
static int
check_program(struct boot_wish *w, struct boot_wish_entry *e, const struct iso_boot *seen, struct img_source *s,
	      struct img_err *err)
{
	bool windows = false;
	int rc = 0;

	w->bios = seen->grub2 ? PLAN_GRUB2 : seen->info_table ? PLAN_ISOLINUX : PLAN_OTHER_CODE;
	if ((named(e->path, "isolinux.bin") || w->bios == PLAN_ISOLINUX) && s->size < MIN_ISOLINUX)
		return img_fail(err, IMG_E_USAGE, "%s: %" PRIu64 " bytes are too few to be ISOLINUX", e->path, s->size);
	if (named(e->path, "isolinux.bin") && w->bios != PLAN_ISOLINUX)
		return img_fail(err, IMG_E_USAGE, "%s: is no ISOLINUX, whatever its name says", e->path);
	if (named(e->path, "etfsboot.com")) {
		rc = is_windows(s, &windows, err);
		if (!rc && !windows)
			return img_fail(err, IMG_E_USAGE, "%s: is no boot program of Windows, whatever its name says", e->path);
		if (!rc && !e->load_said)
			e->boot.sectors = WINDOWS_SECTORS;
	} else if (e->found && w->bios == PLAN_OTHER_CODE)
		return img_fail(err, IMG_E_USAGE, "%s: is no GRUB image made for El Torito (grub-mkimage -O i386-pc-eltorito)",
				e->path);
	return rc;
}

/* A floppy drive is emulated by its size. */
static int
floppy_by_size(struct boot_wish_entry *e, struct img_source *s, struct img_err *err)
{
	static const uint64_t sizes[] = { 1228800, 1474560, 2949120 };

	for (uint8_t i = 0; i < 3; i++)
		if (s->size == sizes[i]) {
			e->boot.media = i + 1;
			return 0;
		}
	return img_fail(err, IMG_E_USAGE, "%s: %" PRIu64 " bytes are no floppy, which has 1228800, 1474560 or 2949120; "
			"programs start without emulation", e->path, s->size);
}

/* ISOLINUX 5 and later keep most of themselves in ldlinux.c32, which they look for in these folders. */
static int
check_core(struct boot_wish *w, const struct boot_wish_entry *e, struct img_source *s, struct img_err *err)
{
	static const char *const folders[] = { "boot/isolinux/", "isolinux/", "boot/syslinux/", "syslinux/", "" };
	uint64_t at = 0;
	int version = 0, rc = 0;
	char path[1024];
	struct img_node n;

	for (; !rc && !version && at < s->size && at < MAX_PROGRAM; at += 4096 - 16) {
		uint8_t p[4096 + 1] = { 0 };
		size_t len = s->size - at < 4096 ? (size_t)(s->size - at) : 4096;

		rc = img_source_read(s, at, p, len, err);
		for (size_t i = 0; !rc && i + 10 < len; i++)
			if (!memcmp(p + i, "ISOLINUX ", 9) && p[i + 9] >= '1' && p[i + 9] <= '9')
				version = p[i + 9] - '0';
	}
	if (rc || version < 5)
		return rc;
	snprintf(path, sizeof path, "%.*sldlinux.c32", (int)(base_of(e->path) - e->path), e->path);
	for (size_t i = 0; img_tree_lookup(w->tree, path, &n, NULL); i++) {
		if (i == sizeof folders / sizeof *folders) {
			img_problem(w->env, IMG_WARNING, "isolinux-core", "%s: ISOLINUX %d stops without its ldlinux.c32, which is not "
				    "in the source", e->path, version);
			break;
		}
		snprintf(path, sizeof path, "%sldlinux.c32", folders[i]);
	}
	return 0;
}

static int
load_bios(struct boot_wish *w, struct boot_wish_entry *e, struct img_source *s, struct img_err *err)
{
	struct iso_boot seen = { 0 };
	int rc = e->any_floppy ? floppy_by_size(e, s, err) : 0;

	if (!rc)
		rc = boot_program_look(&seen, s, err);
	if (!rc)
		rc = check_program(w, e, &seen, s, err);
	if (!rc && w->bios == PLAN_ISOLINUX)
		rc = check_core(w, e, s, err);
	/* all of it, for loaders that do not fetch the rest of themselves; firmware reads whole blocks */
	if (e->load_full && !e->boot.media)
		e->boot.sectors = (uint32_t)(s->size < 65532 * 512 ? (s->size + 2047) / 2048 * 4 : 65535);
	if (!e->table_said)
		e->boot.info_table = seen.info_table;
	if (!e->grub2_said)
		e->boot.grub2 = seen.grub2;
	return rc;
}

/* ---- FAT images for UEFI ---- */

static int
check_fat(struct boot_wish *w, const char *name, struct img_source *s, struct img_err *err)
{
	char loaders[128];
	uint8_t mz[2] = { 0 };
	uint64_t size;

	if (s->size >= sizeof mz && !img_source_read(s, 0, mz, sizeof mz, NULL) && !memcmp(mz, "MZ", 2))
		return img_fail(err, IMG_E_USAGE, "%s: is an EFI program; UEFI starts discs from a FAT image, which is made of a "
				"folder that has it as EFI/BOOT/BOOT*.EFI", name);
	if (!fat_probe(s, 0, &size))
		return img_fail(err, IMG_E_USAGE, "%s: holds no FAT file system, which is what UEFI starts from", name);
	if (size > s->size)
		return img_fail(err, IMG_E_USAGE, "%s: is cut short: its FAT file system has %" PRIu64 " bytes, the file %" PRIu64,
				name, size, s->size);
	fat_loaders(s, 0, loaders, sizeof loaders);
	if (!loaders[0])
		img_problem(w->env, IMG_WARNING, "boot-efi-empty", "%s: UEFI will start nothing: it has no EFI/BOOT/BOOT*.EFI",
			    name);
	else if (strstr(loaders, "(no "))
		img_problem(w->env, IMG_WARNING, "boot-efi-program", "%s: UEFI will not start all of %s", name, loaders);
	return 0;
}

/* Where a folder's contents go in the FAT: what UEFI starts must lie in EFI/BOOT. */
static int
folder_place(struct img_tree *t, const char *name, const char **ret, struct img_err *err)
{
	static const struct {
		const char *begins, *below;
	} shapes[] = { { "EFI/BOOT/BOOT", "" }, { "BOOT/BOOT", "EFI" }, { "BOOT", "EFI/BOOT" } };
	struct img_walk *w = NULL;
	const struct img_node *n;
	const char *path;
	size_t found = 3;
	int rc;

	rc = img_walk_new(t, &w, err);
	while (!rc && !(rc = img_walk_next(w, &n, &path, err)) && n) {
		size_t len = strlen(path);

		if (n->type != IMG_NODE_FILE || len < 4 || strcasecmp(path + len - 4, ".efi"))
			continue;
		for (size_t i = 0; i < found; i++)
			if (!strncasecmp(path, shapes[i].begins, strlen(shapes[i].begins)) &&
			    !strchr(path + strlen(shapes[i].begins), '/'))
				found = i;
	}
	if (w)
		img_walk_free(w);
	if (rc)
		return rc;
	if (found == 3)
		return img_fail(err, IMG_E_USAGE, "%s: a folder to start by UEFI has EFI/BOOT/BOOT*.EFI, this has not", name);
	*ret = shapes[found].below;
	return 0;
}

static int
build_fat(struct boot_wish *w, const char *name, struct img_tree *t, struct img_source **ret, struct img_err *err)
{
	struct fat_options o = {
		.size = w->esp_size, .label = "ESP", .clamp = w->epoch != IMG_NO_TIME, .max_time = w->epoch,
	};
	struct img_source *s;
	int rc = fat_author(t, &o, &s, err);

	/* as small as it gets, but ending where partitions should */
	if (!rc && !w->esp_size && s->size % ESP_GRID) {
		o.size = (s->size + ESP_GRID - 1) / ESP_GRID * ESP_GRID;
		img_unref(s);
		rc = fat_author(t, &o, &s, err);
	}
	if (!rc)
		*ret = s;
	if (rc == IMG_E_NOSPACE) {
		if (err)
			err->code = IMG_E_USAGE;
		rc = IMG_E_USAGE;
	}
	return rc ? img_note(err, rc, "%s", name) : 0;
}

/* @t from @n on, as a tree of its own with the contents of the folder at @at. */
static int
folder_tree(struct boot_wish *w, struct img_tree *t, const struct img_node *n, const char *at, struct img_tree **ret,
	    struct img_err *err)
{
	struct overlay_layer layer = { .tree = t, .node = *n, .at = at };

	return img_overlay(w->env, &layer, 1, NULL, 0, ret, err);
}

static int
load_folder(struct boot_wish *w, struct boot_wish_entry *e, struct img_tree *t, const struct img_node *n,
	    struct img_err *err)
{
	img_autotree struct img_tree *look = NULL, *placed = NULL;
	const char *at = NULL;
	int rc = folder_tree(w, t, n, "", &look, err);

	if (!rc)
		rc = folder_place(look, e->path, &at, err);
	if (!rc)
		rc = folder_tree(w, t, n, at, &placed, err);
	if (!rc)
		rc = build_fat(w, e->path, placed, &e->boot.source, err);
	if (!rc)
		rc = check_fat(w, e->path, e->boot.source, err);
	e->folder = true;
	return rc;
}

/* A folder of the tree or the host: 1 when it was one. */
static int
try_folder(struct boot_wish *w, struct boot_wish_entry *e, struct img_err *err)
{
	img_autotree struct img_tree *host = NULL;
	struct img_tree *t = w->tree;
	struct img_nodes list;
	struct img_node n;
	int rc = img_tree_lookup(t, e->path, &n, NULL);

	if (!rc && n.type != IMG_NODE_DIR)
		return 0;
	if (rc) {
		/* a file of the host fails when it is asked for what is in it */
		if (img_directory(w->env, e->path, &host, NULL) || img_tree_list(host, IMG_TREE_ROOT, &list, NULL))
			return 0;
		img_nodes_done(&list);
		t = host;
		rc = img_tree_root(t, &n, err);
		if (rc)
			return rc;
	}
	rc = load_folder(w, e, t, &n, err);
	return rc ? rc : 1;
}

static int
load_efi(struct boot_wish *w, struct boot_wish_entry *e, struct img_err *err)
{
	img_autounref struct img_source *s = NULL;
	int rc = try_folder(w, e, err);

	if (rc)
		return rc > 0 ? 0 : rc;
	rc = boot_wish_file(w, e->path, false, &s, &e->tree, err);
	if (!rc)
		rc = check_fat(w, e->path, s, err);
	if (!rc && !e->tree)
		e->boot.source = img_steal(&s);
	return rc;
}

/* ---- entries ---- */

/* "append:N" */
static int
load_appended(struct boot_wish *w, struct boot_wish_entry *e, struct img_err *err)
{
	unsigned int n = (unsigned int)e->path[7] - '1';

	if (n >= ISO_MAX_APPEND || e->path[8] || !w->append[n].type)
		return img_fail(err, IMG_E_USAGE, "%s: there is no such appended partition", e->path);
	e->boot.append = (int)n + 1;	/* a number; its place in the plan comes with settling */
	return e->boot.platform == ET_UEFI ? check_fat(w, w->append[n].file, w->append[n].source, err) : 0;
}

static int
load_entry(struct boot_wish *w, struct boot_wish_entry *e, struct img_err *err)
{
	img_autounref struct img_source *s = NULL;
	int rc;

	if (!strncmp(e->path, "append:", 7))
		return load_appended(w, e, err);
	if (e->boot.platform == ET_UEFI)
		return load_efi(w, e, err);
	rc = boot_wish_file(w, e->path, false, &s, &e->tree, err);
	if (!rc)
		rc = load_bios(w, e, s, err);
	if (!rc && !e->tree)
		e->boot.source = img_steal(&s);
	return rc;
}

/* ---- boot code ---- */

/* Tables of the image that a system area was cut from. */
static void
clear_tables(uint8_t *head)
{
	uint64_t array = load_le64(head + 512 + 72);

	memset(head + 440, 0, 72);
	if (!memcmp(head + 512, "EFI PART", 8)) {
		memset(head + 512, 0, 512);
		if (array >= 2 && array < 32)
			memset(head + array * 512, 0, 16384);
	}
	for (size_t at = 2048; at < 16384 && !memcmp(head + at, "PM", 2); at += 2048)
		memset(head + at, 0, 2048);
}

static int
load_code(struct boot_wish *w, const char *path, bool whole_area, struct img_err *err)
{
	struct boot_plan *p = w->plan;
	img_autounref struct img_source *s = NULL;
	size_t n;
	bool tree;
	int rc = boot_wish_file(w, path, !w->mbr_found, &s, &tree, err);

	if (rc)
		return rc;
	if (whole_area ? !s->size || s->size > ISO_SYSTEM_AREA :
	    (s->size < MIN_TEMPLATE || s->size > 512) && s->size != ISO_SYSTEM_AREA)
		return img_fail(err, IMG_E_USAGE, "%s: has %" PRIu64 " bytes; %s", path, s->size, whole_area ?
				"a system area has at most 32768" :
				"boot code for an MBR has 432 to 512, or 32768 as a whole system area");
	n = (size_t)s->size;
	rc = img_source_read(s, 0, p->head, n, err);
	if (rc)
		return img_note(err, rc, "%s", path);
	p->has_head = true;
	if (whole_area)
		return 0;
	clear_tables(p->head);
	p->code = boot_code_look(p->head, n < 512 ? 512 : n);
	if (w->grub2_mbr == ISO_YES)
		p->code = PLAN_GRUB2;
	if (p->code == PLAN_NO_CODE)
		return img_fail(err, IMG_E_USAGE, "%s: holds no boot code, only zeros", path);
	if (p->code == PLAN_OTHER_CODE && load_be16(p->head) == 0xeb63)
		return img_fail(err, IMG_E_USAGE, "%s: is GRUB's boot code for disks; images need boot_hybrid.img, which lies beside "
				"it", path);
	if (p->code == PLAN_OTHER_CODE)
		img_problem(w->env, IMG_WARNING, "mbr-code", "%s: boot code that is neither isolinux's nor GRUB's goes in as it is",
			    path);
	return 0;
}

/* The template, where a hybrid was asked for and nobody named one. */
static int
find_code(struct boot_wish *w, struct img_err *err)
{
	const struct boot_wish_entry *e = boot_wish_entry(w, ET_X86);

	if (w->mbr || w->style <= STYLE_NONE || !e)
		return 0;
	if (w->bios == PLAN_OTHER_CODE) {
		if (!boot_wish_entry(w, ET_UEFI))
			return img_fail(err, IMG_E_USAGE, "%s starts from optical discs only: there is no boot code to make a hybrid "
					"of it", e->path);
		img_problem(w->env, IMG_NOTE, "no-mbr-code", "a BIOS starts %s from optical discs only; UEFI starts the image from a "
			    "USB stick too", e->path);
		return 0;
	}
	w->mbr = w->found_code[w->bios];
	w->mbr_found = true;
	if (!w->mbr)
		return img_fail(err, IMG_E_USAGE, "no boot code for the MBR is in the source, and none was named; %s starts with %s",
				e->path, w->bios == PLAN_GRUB2 ? "boot_hybrid.img" : "isohdpfx.bin");
	return 0;
}

/* Templates start one kind of program. */
static int
check_code(struct boot_wish *w, struct img_err *err)
{
	const struct boot_wish_entry *e = boot_wish_entry(w, ET_X86);
	const struct boot_plan *p = w->plan;

	if (p->code != PLAN_ISOLINUX && p->code != PLAN_GRUB2)
		return 0;
	if (!e)
		return img_fail(err, IMG_E_USAGE, "%s: is boot code that starts %s, but no boot image for BIOS was named", w->mbr,
				p->code == PLAN_GRUB2 ? "GRUB" : "isolinux.bin");
	if (w->bios != p->code)
		return img_fail(err, IMG_E_USAGE, "%s: is boot code that starts %s, and %s is none", w->mbr,
				p->code == PLAN_GRUB2 ? "GRUB's eltorito.img" : "isolinux.bin", e->path);
	return 0;
}

int
boot_load(struct boot_wish *w, struct img_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < ISO_MAX_APPEND; i++)
		if (w->append[i].type)
			rc = boot_wish_file(w, w->append[i].file, true, &w->append[i].source, &w->append[i].tree, err);
	for (size_t i = 0; !rc && i < w->n_entries; i++)
		rc = load_entry(w, &w->entry[i], err);
	if (!rc)
		rc = find_code(w, err);
	if (!rc && w->system_area && w->mbr)
		rc = img_fail(err, IMG_E_USAGE, "a system area and boot code for the MBR contradict each other");
	if (!rc && w->system_area)
		rc = load_code(w, w->system_area, true, err);
	if (!rc && w->mbr)
		rc = load_code(w, w->mbr, false, err);
	return rc ? rc : check_code(w, err);
}

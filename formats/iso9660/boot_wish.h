/* SPDX-License-Identifier: BSD-2-Clause */
/* What keys and profiles ask for, on its way to a plan:
 *
 *   keys		as they come, in order				boot_keys.c, boot_profiles.c
 *   find		what the tree holds, where nobody said it	boot_find.c
 *   load		files read and looked at: FAT, programs, code	boot_load.c
 *   settle	what starts, what is appended, in which style	boot_settle.c
 *   tables	partitions by rule				boot_tables.c */
#ifndef FORMATS_ISO9660_BOOT_WISH_H
#define FORMATS_ISO9660_BOOT_WISH_H

#include "formats/iso9660/boot_plan.h"
#include "img/tree.h"

/* Where partitions go. */
enum boot_style {
	STYLE_UNSAID,
	STYLE_NONE,			/* no tables */
	STYLE_VALID,			/* a GPT in which nothing overlaps, guarded by an MBR */
	STYLE_ISOHYBRID			/* the image from its first sector on, in MBR and GPT: what isohybrid makes */
};

enum boot_asked { BOOT_UNSAID, BOOT_AUTO, BOOT_NONE };
enum boot_mark { MARK_NONE, MARK_DATA, MARK_EFI, MARK_HFS };
enum boot_place { PLACE_UNSAID, PLACE_INSIDE, PLACE_APPEND };

struct boot_wish_entry {
	const char *path;		/* as given: in the tree, on the host, or "append:N" */
	struct iso_boot boot;		/* what was said of it; its path and source come with loading */
	bool folder;			/* a FAT is built of it */
	bool tree;			/* it lies in the tree */
	bool found;			/* nobody named it */
	bool load_said, load_full, table_said, grub2_said;
	bool any_floppy;		/* a floppy; its size says which */
	enum boot_mark gpt;
	bool apm;
};

struct boot_wish_append {
	const char *type, *file;	/* NULL: no such partition */
	uint8_t mbr_type;
	uint8_t guid[16];
	bool tree;
	size_t index;			/* in the plan, once settled */
	struct img_source *source;	/* owned */
};

struct boot_wish {
	struct img_tree *tree;		/* borrowed */
	struct img_env *env;
	struct boot_plan *plan;		/* being made */
	enum boot_asked asked;
	enum plan_code prefer;		/* which loader, where the tree has several */
	bool must_bios;			/* the profile makes no sense without */
	enum boot_style style;
	enum iso_choice gpt, apm, bootable, grub2_mbr, cylinders;
	enum iso_choice table;		/* an MBR even without boot code: mkisofs' protective label */
	enum boot_place place;		/* of an EFI system partition that was found or built */
	const char *mbr, *system_area, *catalog;
	const char *catalog_beside;	/* its name beside the program for BIOS, where no path was given */
	const char *profile_label;
	struct {			/* what a profile says where it makes sense */
		enum iso_choice apm, bootable;
		enum boot_place place;
	} soft;
	bool intent;			/* "make it a hybrid": defaults that help, not only what was said */
	bool mbr_found;			/* @mbr is a path of the tree that nobody named */
	const char *found_code[PLAN_OTHER_CODE];	/* templates in the tree, by what they are */
	size_t n_entries;
	struct boot_wish_entry entry[ISO_MAX_BOOT];
	struct boot_wish_append append[ISO_MAX_APPEND];	/* by number - 1 */
	bool has_offset;
	uint32_t offset;
	uint64_t esp_size;
	bool has_iso_type, iso_type_is_guid;
	uint8_t iso_type;
	uint8_t iso_guid[16];
	int64_t epoch;			/* as of the author's options */
	enum plan_code bios;		/* what the program for BIOS is: which template starts it */
};

/* One key: *ret_known is false when it has nothing to do with booting.  @v may be NULL.  Strings are kept. */
int boot_wish_key(struct boot_wish *w, const char *key, const char *value, bool *ret_known, struct img_err *err);
/* A profile: each of its keys goes to @set, before any other key. */
int boot_wish_profile(struct boot_wish *w, const char *name,
		      int (*set)(void *ctx, const char *key, const char *value, struct img_err *err), void *ctx,
		      struct img_err *err);
/* Does anybody ask for anything? */
bool boot_wish_empty(const struct boot_wish *w);

/* ---- the steps ---- */

int boot_find(struct boot_wish *w, struct img_err *err);
int boot_load(struct boot_wish *w, struct img_err *err);
int boot_settle(struct boot_wish *w, struct img_err *err);
int boot_tables(struct boot_wish *w, struct img_err *err);
/* All of them. */
int boot_wish_grant(struct boot_wish *w, struct img_err *err);
void boot_wish_done(struct boot_wish *w);

/* ---- shared ---- */

/* A date: seconds since 1970, or YYYYMMDDhhmmss with or without hundredths. */
int boot_wish_date(const char *key, const char *v, int64_t *ret, struct img_err *err);

/* The entry for @platform, or NULL. */
struct boot_wish_entry *boot_wish_entry(struct boot_wish *w, uint8_t platform);
int boot_wish_add(struct boot_wish *w, uint8_t platform, const char *path, struct boot_wish_entry **ret,
		  struct img_err *err);
/* A file: of the host if @host_first, else of the tree; then of the other.  *ret_tree says which. */
int boot_wish_file(struct boot_wish *w, const char *path, bool host_first, struct img_source **ret, bool *ret_tree,
		   struct img_err *err);

#endif

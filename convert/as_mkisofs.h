/* SPDX-License-Identifier: BSD-2-Clause */
/* mkisofs, genisoimage and xorrisofs: their words as the options of a build of ours.
 *
 *   as_mkisofs.c	reads words by the table as getopt_long_only does, and hands over what they come to
 *   as_mkisofs_rows.c	the table: one row an option, and what it stands for
 *   as_mkisofs_set.c	names, owners, dates, what is printed
 *   as_mkisofs_boot.c	entries to start from, which several options describe, and partitions
 *   as_mkisofs_files.c	sources, with graft points, and lists of them
 *   as_mkisofs_globs.c	what is left out, hidden, in front: patterns for paths of the host
 *   as_mkisofs_xorriso.c	what scripts say to xorriso in front of "-as mkisofs"
 *   as_mkisofs_help.c	-help and -version
 *
 * Nothing here builds: everything ends in struct conv_options. */
#ifndef CONVERT_AS_MKISOFS_H
#define CONVERT_AS_MKISOFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "convert/as.h"
#include "img/error.h"

struct conv_options;
struct mk;
struct mk_row;
struct tool;

extern const struct as_tool as_mkisofs;

#define MK_MAX_VALUES 3

/* One option of the command. */
struct mk_word {
	const struct mk_row *row;
	char shown[48];			/* as it was typed, without its value: "-volid" */
	const char *value[MK_MAX_VALUES];
};

/* What the row is about, for the reader of a list. */
enum mk_group { MK_DIFFERS, MK_SO_ANYWAY, MK_REFUSED };

struct mk_row {
	const char *names;		/* "V volid": without dashes, of one letter or long */
	const char *arg;		/* "ID", "NUMBER TYPE FILE": as many values; NULL: none */
	int (*set)(struct mk *m, const struct mk_word *w, struct img_err *err);
	const char *says;		/* what becomes of it, for -help and the manual; of refused ones the reason */
	const char *key, *value;	/* of mk_key and others */
};
extern const struct mk_row mk_rows[];	/* ends with a row without names */

/* The names of a row one after the other: the length of the one at *@p, which moves to it; 0 at the end. */
size_t mk_next_name(const char **p);

/* Words that can only be understood together with others, in the order they came. */
struct mk_list {
	size_t n, room;
	const char **v;
};

#define MK_MAX_BOOT 32

/* An entry of the boot catalog; NULL and 0: not said. */
struct mk_boot {
	const char *path, *platform, *media, *sectors, *segment, *gpt, *apm;
	bool info_table, grub2, closed;
	bool whole;			/* the next image begins another entry */
};

/* A command being read. */
struct mk {
	struct tool *t;
	struct conv_options *o;
	struct as_call *call;
	bool xorriso;			/* defaults as xorrisofs has them, not genisoimage */
	bool as_seen;			/* "xorriso" was told to be mkisofs */
	/* sources */
	bool grafts;			/* "=" in their names means something */
	const char *root;		/* -root; NULL: the root */
	struct mk_list names, name_files, quoted_files;
	struct mk_list excludes, exclude_files;
	const char *hide_key;		/* of the file that is being read */
	struct mk_list hides, hide_files;	/* a key and a pattern, or a file with such, by turns */
	struct mk_list weights, sort_files, weight_files;	/* weights: a number and a path by turns */
	/* views */
	bool rock, rational, no_rock, joliet, joliet_long, udf, relaxed;
	unsigned int level;		/* 0: not said */
	bool long_names;		/* -l: no 8 and 3 characters */
	const char *uid, *gid, *file_mode, *dir_mode;
	/* booting */
	size_t n_boot;
	struct mk_boot boot[MK_MAX_BOOT];
	const char *catalog, *platform;
	const char *area;		/* -G */
	bool hide_catalog, efi_part, msdos_label;
};

/* ---- what rows do (as_mkisofs_set.c) ---- */
int mk_key(struct mk *m, const struct mk_word *w, struct img_err *err);		/* row->key with row->value, or its value */
int mk_as_is(struct mk *m, const struct mk_word *w, struct img_err *err);	/* asks for what is so anyway */
int mk_only(struct mk *m, const struct mk_word *w, struct img_err *err);	/* only with row->value, a list of words */
int mk_refuse(struct mk *m, const struct mk_word *w, struct img_err *err);	/* row->says tells why */
int mk_set(struct mk *m, const struct mk_word *w, struct img_err *err);		/* by row->key, see there */
int mk_mode(struct mk *m, const struct mk_word *w, struct img_err *err);
int mk_charset(struct mk *m, const struct mk_word *w, struct img_err *err);
int mk_relaxed(struct mk *m, const struct mk_word *w, struct img_err *err);
int mk_date(struct mk *m, const struct mk_word *w, struct img_err *err);
int mk_log_file(struct mk *m, const struct mk_word *w, struct img_err *err);
int mk_level(struct mk *m, const struct mk_word *w, struct img_err *err);
/* Everything said about names and owners comes to options. */
int mk_settle(struct mk *m, struct img_err *err);

/* ---- as_mkisofs_boot.c ---- */
int mk_boot_image(struct mk *m, const struct mk_word *w, struct img_err *err);	/* row->value: bios, efi, grub */
int mk_boot_next(struct mk *m, const struct mk_word *w, struct img_err *err);
int mk_boot_says(struct mk *m, const struct mk_word *w, struct img_err *err);	/* row->key: a field of the entry */
int mk_platform(struct mk *m, const struct mk_word *w, struct img_err *err);
int mk_append(struct mk *m, const struct mk_word *w, struct img_err *err);
int mk_efi_part(struct mk *m, const struct mk_word *w, struct img_err *err);
int mk_disk_guid(struct mk *m, const struct mk_word *w, struct img_err *err);
int mk_iso_type(struct mk *m, const struct mk_word *w, struct img_err *err);
int mk_align(struct mk *m, const struct mk_word *w, struct img_err *err);
int mk_grub_mbr(struct mk *m, const struct mk_word *w, struct img_err *err);
int mk_boot_settle(struct mk *m, struct img_err *err);

/* ---- as_mkisofs_files.c ---- */
int mk_keep(struct mk *m, const struct mk_word *w, struct img_err *err);	/* into the list of row->key */
int mk_add(struct mk *m, struct mk_list *l, const char *text, struct img_err *err);
/* Every line of @path (- is standard input) that is not empty goes to @each. */
int mk_read_lines(struct mk *m, const char *path, int (*each)(struct mk *m, char *line, struct img_err *err),
		  struct img_err *err);
int mk_read_files(struct mk *m, const struct mk_list *files, int (*each)(struct mk *m, char *line, struct img_err *err),
		  struct img_err *err);
int mk_files_settle(struct mk *m, struct img_err *err);

/* ---- as_mkisofs_globs.c ---- */
int mk_globs_settle(struct mk *m, struct img_err *err);

/* ---- as_mkisofs_xorriso.c ---- */
int mk_as(struct mk *m, const struct mk_word *w, struct img_err *err);
int mk_volume_date(struct mk *m, const struct mk_word *w, struct img_err *err);
int mk_boot_word(struct mk *m, const struct mk_word *w, struct img_err *err);
int mk_follow(struct mk *m, const struct mk_word *w, struct img_err *err);

/* ---- as_mkisofs_help.c ---- */
int mk_help(struct mk *m, const struct mk_word *w, struct img_err *err);
int mk_version(struct mk *m, const struct mk_word *w, struct img_err *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* mkisofs, genisoimage and xorrisofs: their words as the options of a build of ours.
 *
 *   as_mkisofs_rows.c	the table: one row an option, and what it stands for
 *   as_mkisofs.c	reads words by the table as getopt_long_only does
 *   as_mkisofs_*.c	what takes more than a key: see the headings there
 *
 * Nothing here builds: a row ends in struct conv_options. */
#ifndef CONVERT_AS_MKISOFS_H
#define CONVERT_AS_MKISOFS_H

#include <stdbool.h>
#include <stddef.h>

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

struct mk_row {
	const char *names;		/* "V volid": without dashes; of one letter, or long; the first is shown */
	const char *arg;		/* "ID", "NUMBER TYPE FILE": as many values; NULL: none */
	int (*set)(struct mk *m, const struct mk_word *w, struct img_err *err);
	const char *says;		/* what becomes of it: for -help and the manual; of refused ones the reason */
	const char *key, *value;	/* of mk_key */
};
extern const struct mk_row mk_rows[];	/* ends with a row without names */

/* A command being read. */
struct mk {
	struct tool *t;
	struct conv_options *o;
	struct as_call *call;
	bool xorriso;			/* defaults as xorrisofs has them, not genisoimage */
};

/* ---- as_mkisofs_rows.c: what rows do ---- */
int mk_key(struct mk *m, const struct mk_word *w, struct img_err *err);		/* row->key with row->value, or its value */
int mk_as_is(struct mk *m, const struct mk_word *w, struct img_err *err);	/* asks for what is so anyway */
int mk_refuse(struct mk *m, const struct mk_word *w, struct img_err *err);

#endif

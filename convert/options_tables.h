/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of imgconv's options by what they are about, each ending with a row without a name.
 *
 * A row with OPT_KEY needs no code: it hands its key to the author of the format, with the row's value or else what the
 * user gave.  Nor does one with OPT_STORE: its value goes where OPT_INTO says. */
#ifndef CONVERT_OPTIONS_TABLES_H
#define CONVERT_OPTIONS_TABLES_H

#include "core/cmdline.h"
#include "core/tool.h"
#include "img/error.h"

struct conv_options;

#define OPT_INTO(member) CMD_INTO(struct conv_options, member)

enum {
	OPT_STORE = CMD_FIRST, OPT_OUTPUT, OPT_INPUT, OPT_SPARSE, OPT_NO_SPARSE, OPT_EXPECT, OPT_CHECKSUM, OPT_COMPRESS,
	OPT_MIN_MACOS, OPT_DIRECTORY, OPT_STRIP, OPT_XATTRS, OPT_FORKS, OPT_OWNER, OPT_NO_OWNER, OPT_VIEW, OPT_SESSION,
	OPT_EXCLUDE, OPT_GRAFT, OPT_MODE, OPT_OPT, OPT_KEY, OPT_HABIT, OPT_AS,
	OPT_ADD, OPT_RM, OPT_MKDIR, OPT_MOVE,
	OPT_ENCRYPT, OPT_NEW_PASSWORD_FD, OPT_BMAP,
	OPT_SIZE, OPT_PARTITION_MAP, OPT_SPLIT, OPT_SPLIT_NAMES,
	OPT_DMG = 200,		/* from here on: conv_set_dmg_option */
};

extern const struct cmd_option conv_build_options[];	/* of any kind */
extern const struct cmd_option conv_iso_options[];
extern const struct cmd_option conv_dmg_options[];
extern const struct cmd_option conv_edit_options[];

/* Set what option @id of those tables asks for; IMG_E_USAGE for one it does not know. */
int conv_set_build_option(int id, const struct cmdline *c, struct conv_options *o, struct img_err *err);
/* OPT_ADD to OPT_MOVE, and what of them contradicts the rest; @partition is that of -P. */
int conv_set_edit_option(int id, const struct cmdline *c, struct conv_options *o, struct img_err *err);
int conv_check_edit(const struct conv_options *o, const char *partition, struct img_err *err);
int conv_set_dmg_option(int id, const struct cmdline *c, struct conv_options *o, struct img_err *err);
/* "ff8800", "#ff8800", "#f80" */
int conv_set_colour(const char *shown, const char *text, struct conv_options *o, struct img_err *err);
/* --owner, for taking files out and for putting them in. */
int conv_set_owner(const struct cmdline *c, struct conv_options *o, struct img_err *err);

#endif

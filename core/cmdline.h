/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line, from one table: parsing, --help and the suggestion after a typo all read the same rows.
 *
 * Long options have two dashes and are spelled in full, as --name=VALUE or --name VALUE; where a value may be left out
 * it is given with "=" only.  Short ones may be bundled (-yq) and take their value attached or next.  Options may stand
 * anywhere before "--".  Words of hdiutil and qemu-img that would silently mean something else here (-ov, -format,
 * -o key=value) are caught before that and answered with our spelling. */
#ifndef CORE_CMDLINE_H
#define CORE_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "img/error.h"

enum cmd_flags {
	CMD_MAYBE = 1 << 0,	/* the value may be left out, and is given with "=" only */
	CMD_ALIAS = 1 << 1,	/* another spelling of the row before */
	CMD_HIDDEN = 1 << 2,	/* accepted, not listed: habits from other tools */
	CMD_BARE = 1 << 4,	/* the letter takes no value, the long name does */
	CMD_LATER = 1 << 3,	/* known, but this build has nothing behind it; help says what it would do */
};

struct cmd_option {
	int id;			/* what cmd_next answers, from CMD_FIRST up; rows of one option share it */
	char letter;		/* 0: none */
	const char *name;	/* without dashes */
	const char *arg;	/* "FORMAT" as help shows it; NULL: takes no value */
	unsigned int flags;
	const char *group;	/* heading in --help; NULL: that of the row before */
	const char *help;
	const char *key, *value;	/* for the tool: what the row stands for, where that is all there is to it */
	struct {
		size_t off;
		bool text;		/* not a switch */
	} into;			/* for cmd_store: CMD_INTO */
};

/* Where an option goes that is no more than its value: @member of @type, a bool, which becomes true, or a string. */
#define CMD_INTO(type, member) \
	{ offsetof(type, member), _Generic(((type *)0)->member, bool: false, const char *: true) }

enum { CMD_END = 0, CMD_OPERAND = 1, CMD_FIRST = 2 };

struct cmdline {
	const struct cmd_option *const *tables;	/* each ends with a row without a name; the list ends with NULL */
	const char *tool;
	int argc;
	char **argv;
	/* private */
	int at;
	const char *bundle;	/* rest of a group of short options */
	bool operands_only;	/* after "--" */
	/* what cmd_next found */
	const struct cmd_option *opt;
	const char *value;	/* of an option, NULL if it has none; or the operand */
	char shown[80];		/* the option as typed, for messages: "--from", "-f" */
	const char *hint;	/* after a failure: a second line, or NULL */
	char hint_text[200];
};

void cmd_start(struct cmdline *c, const char *tool, const struct cmd_option *const *tables, int argc, char **argv);

/* The next option's id, CMD_OPERAND, CMD_END, or IMG_E_USAGE with a message and perhaps c->hint. */
int cmd_next(struct cmdline *c, struct img_err *err);

/* What cmd_next found goes where its row says; @options is of the type that the row names. */
void cmd_store(const struct cmdline *c, void *options);

/* --help's list of options, under their headings. */
void cmd_help(const struct cmd_option *const *tables, FILE *f);

/* A subject that --help=TOPIC knows. */
struct cmd_topic {
	const char *words;		/* its names, with blanks between */
	const char *text;		/* what stands in front */
	const char *const *groups;	/* headings of the options that belong to it, up to NULL; NULL: none */
};
/* Help on @word, one of @topics (up to a row without words) or an option with or without its dashes; false: neither. */
bool cmd_help_topic(const struct cmd_option *const *tables, const struct cmd_topic *topics, const char *word, FILE *f);
/* "convert, build, extract": the first name of each topic. */
const char *cmd_topic_list(const struct cmd_topic *topics, char *buf, size_t room);

/* Values.  IMG_E_USAGE with a message that begins with @shown. */
int cmd_number(const char *shown, const char *text, uint64_t max, uint64_t *ret, struct img_err *err);
/* K M G T and KiB MiB GiB TiB are powers of 1024, KB MB GB TB powers of 1000. */
int cmd_size(const char *shown, const char *text, uint64_t *ret, struct img_err *err);
/* Index of @text in @words (ends with NULL). */
int cmd_word(const char *shown, const char *text, const char *const *words, unsigned int *ret, struct img_err *err);

/* Words near @typed among all long options, as "--a or --b"; false if nothing is near. */
bool cmd_suggest(const struct cmd_option *const *tables, const char *typed, char *buf, size_t room);
/* Damerau-Levenshtein distance of two short words (neighbours swapped count once). */
unsigned int cmd_distance(const char *a, size_t n_a, const char *b, size_t n_b);

/* Other tools' options (core/cmdhabits.c): if @word, followed by @next or NULL, is one that must not be read as ours,
 * say so and return IMG_E_USAGE; else 0. */
int cmd_habit(struct cmdline *c, const char *word, const char *next, struct img_err *err);
/* The same for the value of -o. */
int cmd_habit_output(struct cmdline *c, const char *value, struct img_err *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What imgconv and imginfo share: the common options, messages, exit statuses, the last look at stdout. */
#ifndef CORE_TOOL_H
#define CORE_TOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/cmdline.h"
#include "core/password.h"
#include "img/error.h"

struct img_env;
struct img_rep;
struct progress;

/* Exit statuses, the same in both tools; 128 + N: ended by signal N. */
enum status {
	STATUS_OK, STATUS_FAILED, STATUS_USAGE, STATUS_NOT_RECOGNISED, STATUS_DAMAGED, STATUS_PASSWORD,
	STATUS_EXISTS, STATUS_NO_SPACE, STATUS_PARTIAL, STATUS_UNVERIFIABLE,
};
/* The word for it in JSON: "ok", "failed", "not-recognised"; "cancelled" from 128 up. */
const char *status_name(int status);
/* Of an error of the library; a cancelled job ends with the signal's status. */
int status_of(enum img_code code);
/* The worse of two: the higher one. */
int status_worse(int a, int b);

enum progress_mode { PROGRESS_DEFAULT, PROGRESS_AUTO, PROGRESS_BAR, PROGRESS_PLAIN, PROGRESS_JSON, PROGRESS_NONE };

/* Options that both tools have. */
struct tool_options {
	const char *from, *partition, *fs_volume, *snapshot;
	unsigned int threads;		/* 0: all */
	enum progress_mode progress;
	int progress_fd;		/* -1: standard error */
	int quiet, verbose;
	bool json, strict;
	unsigned int color;		/* auto, always, never */
	uint64_t max_chunk;		/* 0: the default */
	unsigned int names;		/* enum img_names */
	bool repair;			/* sectors of CDs */
	bool list_formats, version, help;
	const char *topic;		/* of --help; NULL: all */
};
enum {
	TOOL_STORE = 1000,		/* cmd_store into struct tool */
	TOOL_THREADS, TOOL_PROGRESS, TOOL_PROGRESS_FD, TOOL_QUIET, TOOL_VERBOSE, TOOL_COLOR, TOOL_MAX_CHUNK, TOOL_PASSWORD_FD,
	TOOL_HELP, TOOL_NAMES,
};
extern const struct cmd_option tool_option_table[];

struct tool {
	const char *name;
	bool utf8;			/* may messages be UTF-8? */
	struct tool_options o;
	struct password password;	/* where it comes from, and what came */
	struct progress *progress;	/* drawn on the terminal; wiped before a message */
	FILE *events;			/* --progress=json: one object a line; NULL: none */
	bool wordless;			/* events go to stderr, so words do not */
	char hint[200];			/* second line for the error of the command line; "": none */
};

/* Start of main: descriptors, signals, locale, IMGCONV_THREADS. */
int tool_start(struct tool *t, const char *name, struct img_err *err);

/* One option of the common table: 0 done, 1 not one of them, or IMG_E_USAGE. */
int tool_option(struct tool *t, int id, const struct cmdline *c, struct img_err *err);

/* After the last option: opens the event stream. */
int tool_ready(struct tool *t, struct img_err *err);

/* An environment with the limits asked for, cancelled by signals. */
int tool_env(struct tool *t, struct img_env **ret, struct img_err *err);
/* Its end. */
struct img_env *tool_env_free(struct img_env *env);

/* ---- messages ---- */

enum tone { TONE_ERROR, TONE_WARNING, TONE_NOTE };

/* "tool: FILE: fact" on stderr, with "warning: " or "note: " where due, and "  hint: ..." where @hint is not NULL.
 * -q drops notes, -qq warnings.  @code is the word for --progress=json; @file may be NULL. */
void tool_say(struct tool *t, enum tone tone, const char *code, const char *file, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

/* The error of a library call about @file, with @hint or NULL; returns its exit status.  A cancelled job says nothing. */
int tool_fail(struct tool *t, const struct img_err *err, const char *file, const char *hint);

/* The problems that @env gathered, as warnings and notes about @file.  Returns how many warnings there were. */
unsigned int tool_problems(struct tool *t, struct img_env *env, const char *file);
/* The same for those behind the first *io_told, which grows. */
unsigned int tool_new_problems(struct tool *t, struct img_env *env, const char *file, size_t *io_told);
/* The same as a "problems" array of @root. */
void tool_problems_report(struct img_env *env, struct img_rep *root);

/* End of main: flushes stdout and says so if that fails; returns the status to exit with. */
int tool_end(struct tool *t, int status);

/* ---- what both print ---- */

/* Colour on @f? */
bool tool_color(const struct tool *t, FILE *f);
int tool_print_version(struct tool *t);
/* Help on t->o.topic, or that there is none; returns a status. */
struct cmd_topic;
int tool_print_topic(struct tool *t, const struct cmd_option *const *tables, const struct cmd_topic *topics);
/* --list-formats, as text or JSON. */
int tool_list_formats(struct tool *t);
/* Print @r as one document, or fail for want of memory; returns a status. */
int tool_print_json(struct tool *t, const struct img_rep *rep, bool compact);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* imgconv's command line, as a struct. */
#ifndef CONVERT_OPTIONS_H
#define CONVERT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/tool.h"
#include "img/extract.h"
#include "img/format.h"

struct img_digest;

#define MAX_EXPECT 8
#define MAX_PATTERNS 1024

enum owner_mode { OWNER_DEFAULT, OWNER_KEEP, OWNER_DROP, OWNER_SET };

#define MAX_GRAFTS 256
#define MAX_KEYS 64

/* One change of an image, in the order of OPT_ADD and so on. */
enum conv_edit_what { CONV_ADD, CONV_RM, CONV_MKDIR, CONV_MOVE };
struct conv_edit {
	enum conv_edit_what what;
	const char *value;
	size_t n_first;			/* bytes in front of the colon that parts it */
};
#define MAX_EDITS 4096

struct conv_options {
	const char *source, *dest;
	const char *to;				/* -O; NULL: by the name of the target */
	bool overwrite, dry_run, ignore_errors, raw;
	uint32_t sparse;			/* smallest run of zeros that becomes a hole; 0: none */
	bool compress;				/* -c */
	const char *method;			/* --compress, without its level; points into @method_text */
	int level;				/* of --compress; -1: none was given */
	uint32_t min_macos;			/* major << 8 | minor; 0: not given */
	char method_text[32];
	size_t n_expect;
	const char *expect[MAX_EXPECT];		/* ALGO:HEX, or a file with such lists */
	const struct img_digest *checksum;	/* of the sidecar; NULL: none */
	/* what follows is of the job that takes files out */
	bool extract;
	const char *archive_format, *archive_filter;	/* of an archive as target; NULL: a folder */
	size_t n_patterns;
	const char *pattern[MAX_PATTERNS];
	unsigned int strip;
	enum img_xattrs xattrs;
	enum owner_mode owner;
	const char *view;
	unsigned int session;
	/* and of the job that makes images of files */
	bool build;
	size_t n_sources;
	const char *sources[MAX_PATTERNS];
	bool keep_parent, contents_only, follow_links, null_lists, implant_md5;
	const char *label, *timestamp, *files_from, *exclude_from;
	size_t n_exclude, n_grafts, n_keys;
	const char *exclude[MAX_GRAFTS], *graft[MAX_GRAFTS];
	uint32_t uid, gid;			/* OWNER_SET */
	enum img_mode mode;
	uint32_t file_mode, dir_mode;
	struct img_author_key key[MAX_KEYS];	/* for the author */
	char key_text[MAX_KEYS][24];		/* their names, where --opt gave them */
	/* and of the job that changes one */
	bool edit, in_place;
	size_t n_edits;
	struct conv_edit edits[MAX_EDITS];
};

/* Fill @ret, which is zeroed and stays where it is (it points into itself), and t->o; on failure perhaps t->hint. */
int conv_options_parse(struct tool *t, int argc, char **argv, struct conv_options *ret, struct img_err *err);

/* The ten lines for a call without arguments, and --help. */
void conv_usage(FILE *f);
void conv_help(FILE *f);

#endif

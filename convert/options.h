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

struct img_digest;

#define MAX_EXPECT 8
#define MAX_PATTERNS 1024

enum owner_mode { OWNER_DEFAULT, OWNER_KEEP, OWNER_DROP };

struct conv_options {
	const char *source, *dest;
	const char *to;				/* -O; NULL: by the name of the target */
	bool overwrite, dry_run, ignore_errors, raw;
	uint32_t sparse;			/* smallest run of zeros that becomes a hole; 0: none */
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
};

/* Fill @ret and t->o; on failure perhaps t->hint. */
int conv_options_parse(struct tool *t, int argc, char **argv, struct conv_options *ret, struct img_err *err);

/* The ten lines for a call without arguments, and --help. */
void conv_usage(FILE *f);
void conv_help(FILE *f);

#endif

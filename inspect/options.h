/* SPDX-License-Identifier: BSD-2-Clause */
/* imginfo's command line, as a struct. */
#ifndef INSPECT_OPTIONS_H
#define INSPECT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/tool.h"
#include "img/job.h"

#define MAX_HASHES 4

struct page;

struct info_options {
	bool verify, map, partitions, boot, plist;
	bool quick;			/* verify metadata, not data */
	unsigned int list;		/* 1: names, 2: long */
	bool tree;
	const char *cat;		/* path of a file to print */
	bool straight;			/* what is asked for goes straight to stdout: no document */
	const char *view;
	unsigned int session;
	size_t n_patterns;		/* behind the image, with -l */
	char **patterns;
	bool ignore_missing;		/* of a list of checksums only what is there */
	const char *compare;		/* the other image; NULL: none */
	bool files;			/* compare files, not sectors */
	const char *bmap;		/* a block map to test against; NULL: the one beside the file */
	const char *trust;		/* certificates that signers of code must lead to; NULL: their chains are not checked */
	const char *keyring;		/* keys for signatures; NULL: they are not checked */
	bool require_checksum, require_signature;
	const char *field;
	size_t n_hashes;
	const struct img_digest *hash[MAX_HASHES];
	const char *report;		/* the page to write; "-": standard output; NULL: none */
	bool overwrite;			/* it may replace a file */
	struct page *page;		/* once it is open */
	int n_images;
	char **images;		/* the front of argv, reordered */
};

/* Fill @ret and t->o, moving the operands to the front of @argv; on failure perhaps t->hint. */
int info_options_parse(struct tool *t, int argc, char **argv, struct info_options *ret, struct img_err *err);

void info_usage(FILE *f);
void info_help(FILE *f);
/* Help on t->o.topic; a status. */
int info_help_topic(struct tool *t);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of a command that are no options: verb, sources, target. */
#ifndef CONVERT_OPERANDS_H
#define CONVERT_OPERANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "img/error.h"

struct conv_options;

#define MAX_OPERANDS 1024

struct operands {
	size_t n;
	const char *v[MAX_OPERANDS];
	const char *output;		/* -o */
	const char *directory;		/* -C */
	bool sparse, no_sparse;		/* both were given? */
	bool extract, build, edit;	/* the verb was given */
	bool help;			/* "imgconv help" */
};

int operands_add(struct operands *w, const char *word, struct img_err *err);
/* Find out what is source and what is target. */
int operands_sort(struct operands *w, struct conv_options *ret, const char **ret_hint, struct img_err *err);

#endif

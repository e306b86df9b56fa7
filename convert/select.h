/* SPDX-License-Identifier: BSD-2-Clause */
/* Which paths are meant, by patterns. */
#ifndef CONVERT_SELECT_H
#define CONVERT_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "img/error.h"

struct img_env;

struct selection {
	size_t n;		/* 0: everything is meant */
	char **pattern;		/* without leading and trailing slashes and "./" */
	bool *used;
};

int selection_init(struct selection *s, const char *const *patterns, size_t n, struct img_err *err);
void selection_done(struct selection *s);
/* Is @path, or a folder above it, meant?  Marks the pattern as used. */
bool selection_has(struct selection *s, const char *path);
/* A problem for every pattern that nothing fitted; returns how many. */
size_t selection_unused(const struct selection *s, struct img_env *env);
/* The rest of @path without @strip leading components; NULL: nothing is left. */
const char *selection_strip(const char *path, unsigned int strip);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the check of a structure found: faults and oddities, each a problem of its own, counted; the first fault is the error. */
#ifndef FORMATS_FAULTS_H
#define FORMATS_FAULTS_H

#include <stdint.h>

#include "img/error.h"

struct img_env;
struct img_rep;

struct img_faults {
	struct img_env *env;
	char where[40];		/* in front of every message: "volume 2: " */
	uint64_t n_bad, n_odd;
	struct img_err first;
};

/* Something that makes files unreachable or wrong. */
void img_bad(struct img_faults *f, const char *code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Something that is wrong, and hurts no reader. */
void img_odd(struct img_faults *f, const char *code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* "oddities" and "faults" of the report; IMG_E_FORMAT if there were any, naming the first.  @fs: "HFS+". */
int img_faults_report(const struct img_faults *f, const char *fs, struct img_rep *rep, struct img_err *err);

#endif

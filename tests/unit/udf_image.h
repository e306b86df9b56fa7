/* SPDX-License-Identifier: BSD-2-Clause */
/* The volumes of fixtures/udf, unpacked, and what a reader finds in them as text. */
#ifndef TESTS_UNIT_UDF_IMAGE_H
#define TESTS_UNIT_UDF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/env.h"
#include "img/error.h"
#include "img/source.h"
#include "img/tree.h"

struct udf_image {
	uint8_t *packed, *bytes;
	size_t n_packed, size;
};

/* The whole file, with a NUL behind it. */
char *udf_slurp(const char *name, size_t *ret_len);
void udf_image_load(const char *name, struct udf_image *ret);
void udf_image_done(struct udf_image *im);

/* A volume opened from memory; what it says is in @text: a line for every file as mkudf.py describes it, or the error. */
struct udf_found {
	struct img_env *env;
	struct img_source *volume;
	struct img_tree *tree;		/* NULL: not opened */
	int rc;				/* of opening, or of the first failure on the way */
	struct img_err err;
	char *text;
	size_t n_text;
};
/* @sums: with a CRC-32 of every file's data. */
void udf_find_all(const uint8_t *bytes, size_t size, bool sums, struct udf_found *ret);
void udf_found_done(struct udf_found *f);
bool udf_has_problem(const struct udf_found *f, const char *code);	/* NULL: any */

#endif

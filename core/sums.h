/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of checksums, as sha256sum and its family, openssl, BSD and the makers of distributions write them. */
#ifndef CORE_SUMS_H
#define CORE_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/check.h"
#include "img/error.h"

struct img_env;

/* What one line says. */
struct sums_entry {
	const struct img_digest *digest;
	uint8_t sum[IMG_DIGEST_MAX];
	const char *name;		/* as listed, without escapes; NULL: the line is nothing but a sum */
};

/* Read a line, which is changed and which ret->name points into; false if it is none of a list.  @hint: the algorithm
 * that the list's name tells, for lines that do not; NULL: by the length of the sum. */
bool sums_line(char *line, const struct img_digest *hint, struct sums_entry *ret);

/* @text is the hexadecimal form of a sum of @d. */
bool sums_hex(const char *text, const struct img_digest *d, uint8_t *ret);

/* The algorithm that a list's own name tells: SHA256SUMS, x.iso.sha512, md5sum.txt; NULL if none. */
const struct img_digest *sums_hint(const char *list_name);

/* The name without its folders: lists have been made in other places. */
const char *sums_base(const char *path);

/* A whole list in memory. */
struct sums_list {
	size_t n;
	struct sums_entry *v;
	size_t n_strange;		/* lines that are neither entries nor comments */
	bool armoured;			/* holds OpenPGP armour, which was skipped */
	char *text;			/* owned; the names lie in it */
};

/* Split @text (@len bytes, taken on success) into its entries.  @hint as above. */
int sums_parse(char *text, size_t len, const struct img_digest *hint, struct sums_list *ret, struct img_err *err);
/* Read the list @path; over 16 MiB is IMG_E_LIMIT. */
int sums_read(const char *path, struct sums_list *ret, struct img_err *err);
void sums_done(struct sums_list *l);

/* The sum of a file. */
int sums_of_file(struct img_env *env, const char *path, const struct img_digest *d, uint8_t *ret, struct img_err *err);

#endif

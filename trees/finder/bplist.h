/* SPDX-License-Identifier: BSD-2-Clause */
/* Binary property lists, as small as Finder's settings need them: one dict of plain values. */
#ifndef TREES_FINDER_BPLIST_H
#define TREES_FINDER_BPLIST_H

#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_buf;

enum bplist_type { BPLIST_FALSE, BPLIST_TRUE, BPLIST_INT, BPLIST_REAL, BPLIST_STRING, BPLIST_DATA };

struct bplist_item {
	const char *key;	/* ASCII */
	enum bplist_type type;
	int64_t integer;
	double real;
	const char *string;	/* ASCII */
	const void *data;
	size_t len;		/* of data */
};

/* Append the list to @ret. */
int bplist_dict(const struct bplist_item *items, size_t n, struct img_buf *ret, struct img_err *err);

#endif

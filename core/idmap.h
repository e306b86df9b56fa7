/* SPDX-License-Identifier: BSD-2-Clause */
/* A map from 64-bit numbers to 64-bit numbers, 16 bytes an entry and as many again free: which folders were visited, which
 * inode was made under which name. */
#ifndef CORE_IDMAP_H
#define CORE_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct idmap {
	struct idmap_entry *v;
	size_t n, room;		/* @room is a power of two, or 0 */
	bool has_zero;		/* the key 0 stands apart: it marks free places */
	uint64_t zero_value;
};

/* *ret_value (may be NULL) is set when @key is there. */
bool idmap_find(const struct idmap *m, uint64_t key, uint64_t *ret_value);
/* Keeps the first value: *ret_old says that @key was there already. */
int idmap_add(struct idmap *m, uint64_t key, uint64_t value, bool *ret_old, struct img_err *err);
void idmap_done(struct idmap *m);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* An image in several files that are nothing but its bytes, cut. */
#ifndef FORMATS_SPLIT_SPLIT_H
#define FORMATS_SPLIT_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

#include "img/format.h"

extern const struct img_format img_format_split;

struct img_source;

/* Of a source that is a set: which part is called so?  SIZE_MAX: none, or it is no set. */
size_t split_part_find(const struct img_source *s, const char *name);
/* That part's bytes, as a piece of the whole. */
int split_part(struct img_source *s, size_t i, struct img_source **ret, struct img_err *err);

/* For a file that nobody claims: does its name say that others belong to it, which are not there?  Then in words. */
bool split_orphan(const struct img_open *o, char *buf, size_t len);
/* Is @name in @folder a part of a set, but not the first? */
bool split_is_later(struct img_tree *folder, uint64_t dir, const char *name);
/* Does @name belong to the set that @first begins, by their names? */
bool split_same_set(const char *first, const char *name);

#endif

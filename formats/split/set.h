/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of a set, found in a folder by their names. */
#ifndef FORMATS_SPLIT_SET_H
#define FORMATS_SPLIT_SET_H

#include "formats/split/names.h"
#include "img/tree.h"

#define SPLIT_MAX_PARTS 100000	/* 7-Zip and split(1) stop far below */

struct split_set {
	struct img_nodes all;		/* the folder */
	size_t n;
	const struct img_node **v;	/* the parts in order, into @all; up to the first that is missing */
	size_t opened;			/* which of them was asked for; SIZE_MAX: it lies behind a gap */
	char *missing;			/* its name; NULL: none */
	size_t beyond;			/* parts that are there behind it */
};

/* The set that the file @name belongs to.  IMG_E_UNKNOWN when its name is no part's, or it is alone. */
int split_set_find(struct img_tree *folder, uint64_t dir, const char *name, struct split_set *ret, struct img_err *err);
void split_set_done(struct split_set *s);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The folders that an author of an image has come to, by numbers of his own: each once, but for those below linked folders
 * (struct img_node), which come by below each name.  As for img_walk, a folder in itself is refused, and repetitions are
 * bounded. */
#ifndef CORE_SEEN_H
#define CORE_SEEN_H

#include "core/idmap.h"
#include "img/tree.h"

struct seen_folders {
	struct idmap ids;
	struct idmap up, inode;		/* of those that are linked or below such: number to that of the folder above; to inode */
	uint64_t n_repeats;
};

/* Come to the folder @n, which gets the number @own, in the folder @up (the root: its own). */
int seen_come(struct seen_folders *s, const struct img_node *n, uint32_t own, uint32_t up, struct img_err *err);
/* The files of folder @own have been listed: below links they get inodes. */
void seen_list(const struct seen_folders *s, uint32_t own, struct img_nodes *list);
void seen_done(struct seen_folders *s);

#endif

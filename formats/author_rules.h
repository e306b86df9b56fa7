/* SPDX-License-Identifier: BSD-2-Clause */
/* What authors of file systems for discs make of a node's mode and times, the same for all of them. */
#ifndef FORMATS_AUTHOR_RULES_H
#define FORMATS_AUTHOR_RULES_H

#include "img/format.h"
#include "img/tree.h"

/* Permissions and set-id bits.  By default nobody may write, and programs and folders are for everybody. */
static inline uint16_t
author_mode(enum img_mode how, uint32_t file_mode, uint32_t dir_mode, const struct img_node *n)
{
	bool dir = n->type == IMG_NODE_DIR;

	if (how == IMG_MODE_KEEP)
		return (uint16_t)(n->mode & 07777);
	if (how == IMG_MODE_SET)
		return (uint16_t)((dir ? dir_mode : file_mode) & 07777);
	if (n->type == IMG_NODE_LINK)
		return 0777;
	return dir || (n->type == IMG_NODE_FILE && n->mode & 0111) ? 0555 : 0444;
}

/* @t, but not after @epoch; IMG_NO_TIME: no bound, or no time. */
static inline struct img_time
author_time(struct img_time t, int64_t epoch)
{
	if (t.sec != IMG_NO_TIME && epoch != IMG_NO_TIME && t.sec >= epoch)
		t = (struct img_time) { epoch, 0 };
	return t;
}

#endif

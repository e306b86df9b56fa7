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
	uint32_t set = dir ? dir_mode : file_mode;

	if (how == IMG_MODE_KEEP || (how == IMG_MODE_SET && set == IMG_AS_KEPT))
		return (uint16_t)(n->mode & 07777);
	if (n->type == IMG_NODE_LINK)
		return 0777;
	if (how == IMG_MODE_SET && set != IMG_AS_DEFAULT)
		return (uint16_t)(set & 07777);
	return dir || (n->type == IMG_NODE_FILE && n->mode & 0111) ? 0555 : 0444;
}

/* A user or group. */
static inline uint32_t
author_id(enum img_owner how, uint32_t set, uint32_t kept)
{
	if (how == IMG_OWNER_KEEP || (how == IMG_OWNER_SET && set == IMG_AS_KEPT))
		return kept;
	return how == IMG_OWNER_SET ? set : 0;
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

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the encoders share: the level asked for, and the one failure a caller reckons with. */
#ifndef CODECS_ENCODE_H
#define CODECS_ENCODE_H

#include <stddef.h>

#include "img/codec.h"

/* @level checked, or @own if it is negative. */
static inline int
encode_level(const struct img_codec *c, int level, int own, int *ret, struct img_err *err)
{
	if (level < 0)
		level = own;
	else if (c->max_level > 0 && (level < c->min_level || level > c->max_level))
		return img_fail(err, IMG_E_USAGE, "%s has levels %d to %d, not %d", c->name, c->min_level, c->max_level, level);
	*ret = level;
	return 0;
}

static inline int
encode_no_room(const struct img_codec *c, size_t n_src, size_t n_dst, struct img_err *err)
{
	return img_fail(err, IMG_E_LIMIT, "%zu bytes do not fit into %zu as %s", n_src, n_dst, c->name);
}

#endif

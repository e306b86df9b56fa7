/* SPDX-License-Identifier: BSD-2-Clause */
/* Block maps of a conversion: the source's, which says what is copied, and the one left beside the target. */
#ifndef CONVERT_BMAP_H
#define CONVERT_BMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "img/error.h"

struct conversion;
struct img_out;
struct img_sink;

/* Is there a map for the source?  Sets c->map_in.  Before the source is opened. */
int bmap_look(struct conversion *c, struct img_err *err);
/* See the sectors of the source through it. */
int bmap_apply(struct conversion *c, struct img_err *err);

/* In front of the raw sink @below (taken on success) of an image of @size bytes: sums every block that is not zero.  @zeros:
 * all blocks, for a target in which zeros are written too. */
int bmap_sink_new(struct img_sink *below, uint64_t size, bool zeros, struct img_sink **ret, struct img_err *err);
/* Write the map of what went through @k, which is finished: all but the name @path, which img_out_name gives *ret. */
int bmap_sink_write(struct img_sink *k, const char *path, bool replace, struct img_out **ret, struct img_err *err);

#endif

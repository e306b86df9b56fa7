/* SPDX-License-Identifier: BSD-2-Clause */
/* The block map of an inspection: which ranges are worth a picture, and the drawing in a terminal. */
#ifndef INSPECT_MAP_H
#define INSPECT_MAP_H

#include <stddef.h>

#include "img/error.h"

struct block_map;
struct img_volume;
struct inspection;

#define MAP_MAX_VOLUMES 64	/* partitions with a picture of their own; the totals speak of all */

/* The map of what was asked for, filled in, and of its partitions (the first MAP_MAX_VOLUMES): range i + 1 of @ret is
 * ret_volume[i].  After damage @ret holds what lies before it, or nothing (no range); block_map_done in any case. */
int map_gather(struct inspection *in, size_t n_cells, size_t n_part_cells, struct block_map *ret,
	       const struct img_volume *ret_volume[MAP_MAX_VOLUMES], struct img_err *err);

/* Draw to stdout.  What lies before damage is drawn. */
int map_draw(struct inspection *in, struct img_err *err);

#endif

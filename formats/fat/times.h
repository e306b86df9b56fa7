/* SPDX-License-Identifier: BSD-2-Clause */
/* FAT's dates.  They name no zone: both ways they are taken as UTC, so that a result never depends on where it is
 * made. */
#ifndef FORMATS_FAT_TIMES_H
#define FORMATS_FAT_TIMES_H

#include <stdint.h>

#include "img/tree.h"

struct fat_time {
	uint16_t date, time;	/* years since 1980, month, day; hours, minutes, seconds halved */
	uint8_t tenths;		/* hundredths of a second beyond, 0 to 199 */
};

/* sec is IMG_NO_TIME when the date is none (0: not recorded). */
struct img_time fat_time_get(const struct fat_time *t);
/* What lies outside 1980 to 2107 becomes the nearest that can be said; IMG_NO_TIME the first. */
struct fat_time fat_time_put(const struct img_time *t);

#endif

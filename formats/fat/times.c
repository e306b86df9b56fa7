/* SPDX-License-Identifier: BSD-2-Clause */
/* FAT's dates from and to seconds since 1970. */
#include "config.h"

#include "formats/fat/times.h"

#include <time.h>

#define FIRST INT64_C(315532800)	/* 1980-01-01 00:00:00 */
#define LAST INT64_C(4354819199)	/* 2107-12-31 23:59:59 */

struct img_time
fat_time_get(const struct fat_time *t)
{
	struct tm tm = {
		.tm_year = 80 + (t->date >> 9), .tm_mon = (t->date >> 5 & 15) - 1, .tm_mday = t->date & 31,
		.tm_hour = t->time >> 11, .tm_min = t->time >> 5 & 63, .tm_sec = 2 * (t->time & 31),
	};
	struct img_time ret = { .sec = IMG_NO_TIME };

	if (tm.tm_mon < 0 || tm.tm_mon > 11 || !tm.tm_mday || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 58)
		return ret;
	ret.sec = timegm(&tm);
	if (t->tenths < 200) {
		ret.sec += t->tenths / 100;
		ret.nsec = t->tenths % 100 * 10000000u;
	}
	return ret;
}

struct fat_time
fat_time_put(const struct img_time *t)
{
	int64_t sec = t->sec == IMG_NO_TIME || t->sec < FIRST ? FIRST : t->sec > LAST ? LAST : t->sec;
	uint32_t nsec = sec == t->sec ? t->nsec : 0;
	time_t clock = (time_t)sec;
	struct tm tm = { 0 };

	gmtime_r(&clock, &tm);
	return (struct fat_time) {
		.date = (uint16_t)((tm.tm_year - 80) << 9 | (tm.tm_mon + 1) << 5 | tm.tm_mday),
		.time = (uint16_t)(tm.tm_hour << 11 | tm.tm_min << 5 | tm.tm_sec / 2),
		.tenths = (uint8_t)(tm.tm_sec % 2 * 100 + nsec / 10000000),
	};
}

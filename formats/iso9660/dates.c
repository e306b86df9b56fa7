/* SPDX-License-Identifier: BSD-2-Clause */
/* The two forms of dates.  The stored digits are local time: UTC is the digits minus the offset, which counts quarters of
 * an hour. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "formats/iso9660/layout.h"

/* Days since 1970-01-01 of a date in the Gregorian calendar, by counting from March of year 0. */
static int64_t
days_from_date(int64_t y, unsigned int m, unsigned int d)
{
	int64_t era;
	unsigned int yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = (unsigned int)(y - era * 400);
	doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	return era * 146097 + (int64_t)(yoe * 365 + yoe / 4 - yoe / 100 + doy) - 719468;
}

static void
date_from_days(int64_t days, int64_t *ret_y, unsigned int *ret_m, unsigned int *ret_d)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	unsigned int doe = (unsigned int)(z - era * 146097);
	unsigned int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned int doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

	*ret_d = doy - (153 * mp + 2) / 5 + 1;
	*ret_m = mp < 10 ? mp + 3 : mp - 9;
	*ret_y = (int64_t)yoe + era * 400 + (*ret_m <= 2);
}

static struct img_time
make_time(int64_t y, const unsigned int v[5], uint32_t nsec, int8_t quarters)
{
	static const struct img_time unset = { .sec = IMG_NO_TIME };
	struct img_time t = { .nsec = nsec };

	if (v[0] < 1 || v[0] > 12 || v[1] < 1 || v[1] > 31 || v[2] > 23 || v[3] > 59 || v[4] > 60)
		return unset;
	/* an offset out of its range is an old habit of some writers: then there is none */
	if (quarters < -48 || quarters > 52)
		quarters = 0;
	t.sec = days_from_date(y, v[0], v[1]) * 86400 + v[2] * 3600 + v[3] * 60 + v[4] - quarters * 900;
	return t;
}

struct img_time
iso_time7(const uint8_t d[7])
{
	const unsigned int v[5] = { d[1], d[2], d[3], d[4], d[5] };

	return make_time(1900 + d[0], v, 0, (int8_t)d[6]);
}

struct img_time
iso_time17(const uint8_t d[17])
{
	static const uint8_t width[7] = { 4, 2, 2, 2, 2, 2, 2 };
	unsigned int v[7] = { 0 };

	for (size_t i = 0, at = 0; i < 7; i++) {
		for (size_t k = 0; k < width[i]; k++, at++) {
			if (d[at] < '0' || d[at] > '9')
				return (struct img_time) { .sec = IMG_NO_TIME };
			v[i] = v[i] * 10 + (d[at] - '0');
		}
	}
	return make_time(v[0], v + 1, v[6] * 10000000, (int8_t)d[16]);
}

struct digits {
	int64_t y;
	unsigned int m, d, s;	/* @s: of the day */
};

static struct digits
split(struct img_time t)
{
	int64_t days = t.sec / 86400 - (t.sec % 86400 < 0);
	struct digits g = { .s = (unsigned int)(t.sec - days * 86400) };

	date_from_days(days, &g.y, &g.m, &g.d);
	return g;
}

void
iso_time7_emit(struct img_time t, uint8_t ret[7])
{
	struct digits g;

	memset(ret, 0, 7);
	/* the years 1900 to 2155 */
	if (t.sec < INT64_C(-2208988800) || t.sec >= INT64_C(5869584000))
		return;
	g = split(t);
	ret[0] = (uint8_t)(g.y - 1900);
	ret[1] = (uint8_t)g.m;
	ret[2] = (uint8_t)g.d;
	ret[3] = (uint8_t)(g.s / 3600);
	ret[4] = (uint8_t)(g.s / 60 % 60);
	ret[5] = (uint8_t)(g.s % 60);
}

void
iso_time17_emit(struct img_time t, uint8_t ret[17])
{
	struct digits g;
	char text[64];

	memset(ret, '0', 16);
	ret[16] = 0;
	/* the years 1 to 9999 */
	if (t.sec < INT64_C(-62135596800) || t.sec >= INT64_C(253402300800))
		return;
	g = split(t);
	snprintf(text, sizeof text, "%04u%02u%02u%02u%02u%02u%02u", (unsigned int)g.y, g.m, g.d, g.s / 3600, g.s / 60 % 60,
		 g.s % 60, t.nsec / 10000000 % 100);
	memcpy(ret, text, 16);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of tracks, and how it is told. */
#include "config.h"

#include "formats/cd/disc.h"

#include <stdio.h>

#include "img/report.h"

uint32_t
cd_main_size(enum cd_main m)
{
	static const uint32_t of[] = {
		[CD_MAIN_AUDIO] = CD_RAW, [CD_MAIN_RAW] = CD_RAW, [CD_MAIN_XA] = CD_XA, [CD_MAIN_USER] = CD_USER,
		[CD_MAIN_FORM2] = CD_XA_USER,
	};

	return of[m];
}

int
cd_disc_add(struct cd_disc *d, struct cd_track **ret, struct img_err *err)
{
	if (d->n == CD_MAX_TRACKS)
		return img_fail(err, IMG_E_FORMAT, "more than %d tracks", CD_MAX_TRACKS);
	*ret = &d->v[d->n++];
	return 0;
}

bool
cd_is_data(const struct cd_track *t)
{
	return t->main != CD_MAIN_AUDIO;
}

/* "mode1/2352" */
static const char *
track_word(const struct cd_track *t, char buf[24])
{
	if (!cd_is_data(t))
		return "audio";
	snprintf(buf, 24, "mode%u/%u", t->mode, (unsigned int)cd_main_size(t->main));
	return buf;
}

/* "00:02:00" counts from the first address of the disc, the number of a sector from 2 seconds later. */
static const char *
time_text(uint64_t frames, char buf[32])
{
	snprintf(buf, 32, "%02u:%02u:%02u", (unsigned int)(frames / CD_FRAMES / 60 % 1000),
		 (unsigned int)(frames / CD_FRAMES % 60), (unsigned int)(frames % CD_FRAMES));
	return buf;
}

static void
describe_track(const struct cd_track *t, const struct cd_disc *d, struct img_rep *list)
{
	struct img_rep *o = img_rep_obj(list, NULL);
	char word[24], msf[32];

	img_rep_uint(o, "track", t->number);
	if (d->n_sessions > 1)
		img_rep_uint(o, "session", t->session);
	img_rep_str(o, "type", track_word(t, word));
	img_rep_uint(o, "sector", t->lba);
	img_rep_str(o, "msf", time_text(t->lba + CD_LEAD, msf));
	img_rep_uint(o, "sectors", t->n);
	if (t->gap)
		img_rep_uint(o, "pregap", t->gap);
	if (t->stride != cd_main_size(t->main))
		img_rep_uint(o, "subchannel", t->stride - cd_main_size(t->main));
	if (t->file_name[0])
		img_rep_str(o, "file", t->file_name);
	if (t->title[0])
		img_rep_str(o, "title", t->title);
	if (t->performer[0])
		img_rep_str(o, "performer", t->performer);
	if (t->isrc[0])
		img_rep_str(o, "isrc", t->isrc);
}

void
cd_describe(const struct cd_disc *d, struct img_rep *rep)
{
	const struct cd_track *last = d->n ? &d->v[d->n - 1] : NULL;
	struct img_rep *list;

	if (d->catalog[0])
		img_rep_str(rep, "catalog", d->catalog);
	if (d->title[0])
		img_rep_str(rep, "album", d->title);
	if (d->performer[0])
		img_rep_str(rep, "performer", d->performer);
	img_rep_uint(rep, "sessions", d->n_sessions);
	img_rep_uint(rep, "sectors", last ? last->lba + last->n : 0);
	list = img_rep_arr(rep, "tracks");
	for (size_t i = 0; i < d->n; i++)
		describe_track(&d->v[i], d, list);
}

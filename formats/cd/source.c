/* SPDX-License-Identifier: BSD-2-Clause */
/* A disc as one stream of sectors of 2048 bytes.
 *
 * As a rule that is its data track.  A disc with a later session is another matter: all addresses of its file system count
 * from the beginning of the disc, and a player asks the table of contents which session is the last.  There the data tracks
 * stand at their addresses with zeros between them, and the descriptors of the last session stand at sector 16 as well,
 * where every reader of a plain image looks for them (growisofs does the same on media that can be overwritten). */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "formats/cd/disc.h"
#include "img/check.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"

#define DESCRIPTORS 16		/* ISO 9660: their first sector in a session */
#define MAX_DESCRIPTORS 16

struct cd {
	struct img_source src;
	struct cd_disc disc;
	struct img_source *view[CD_MAX_TRACKS];	/* of tracks with data; NULL else */
	bool shown[CD_MAX_TRACKS];		/* part of @stream */
	struct img_source *stream;		/* NULL: there is no data */
	const struct cd_track *main;		/* the track the stream is made for */
	uint64_t base;				/* where it begins there, in sectors */
};

/* ---- the source ---- */

static int
cd_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct cd *c = (const struct cd *)s;

	*ret = (struct img_extent) { .len = s->size, .kind = IMG_DATA, .from = c->stream, .stored = s->size };
	return 0;
}

static int
cd_describe_source(struct img_source *s, struct img_rep *rep, struct img_err *err)
{
	const struct cd *c = (const struct cd *)s;

	img_rep_str(rep, "format", s->layer);
	if (c->main)
		img_rep_uint(rep, "data_track", c->main->number);
	if (c->base)
		img_rep_uint(rep, "data_sector", c->base);
	cd_describe(&c->disc, rep);
	return 0;
}

static int
cd_checks(struct img_source *s, struct img_checks *ret, struct img_err *err)
{
	const struct cd *c = (const struct cd *)s;
	int rc = 0;

	for (size_t i = 0; !rc && i < c->disc.n; i++) {
		size_t n = ret->n;

		if (c->view[i] && c->view[i]->ops->checks)
			rc = c->view[i]->ops->checks(c->view[i], ret, err);
		for (; n < ret->n; n++)
			ret->v[n].on_request = !c->shown[i];
	}
	return rc;
}

static void
cd_destroy(struct img_source *s)
{
	struct cd *c = (struct cd *)s;

	img_unref(c->stream);
	for (size_t i = 0; i < c->disc.n; i++) {
		img_unref(c->view[i]);
		img_unref(c->disc.v[i].file);
	}
	free(c);
}

/* ---- one track ---- */

static int
no_track(const struct cd *c, const char *number, struct img_err *err)
{
	unsigned int first = c->disc.v[0].number, last = c->disc.v[c->disc.n - 1].number;

	return img_fail(err, IMG_E_USAGE, first == last ? "there is no track %.20s; this disc has track %u" :
			"there is no track %.20s; this disc has tracks %u to %u", number, first, last);
}

static int
cd_track(struct img_source *s, const char *number, struct img_source **ret, struct img_err *err)
{
	const struct cd *c = (const struct cd *)s;
	char *end;
	unsigned long want = strtoul(number, &end, 10);

	for (size_t i = 0; !*end && i < c->disc.n; i++) {
		if (c->disc.v[i].number != want)
			continue;
		if (!cd_is_data(&c->disc.v[i]))
			return cd_view_sound(&c->disc.v[i], s->env, ret, err);
		if (!c->view[i])
			return cd_view_user(&c->disc.v[i], s->env, ret, err);	/* says why not */
		*ret = img_ref(c->view[i]);
		return 0;
	}
	return no_track(c, number, err);
}

static const struct img_source_ops cd_ops = {
	.map = cd_map, .describe = cd_describe_source, .checks = cd_checks, .track = cd_track, .destroy = cd_destroy,
};

/* ---- the stream ---- */

static size_t
first_data(const struct cd *c, unsigned int session)
{
	size_t i = 0;

	while (i < c->disc.n && (c->disc.v[i].session != session || !c->view[i]))
		i++;
	return i;
}

/* A raw sector knows where it is better than a sheet whose writer guessed the length of a lead-out. */
static uint64_t
address_of(const struct cd_track *t)
{
	uint8_t head[CD_HEAD];
	int64_t lba;

	if (t->main == CD_MAIN_RAW && !img_source_read(t->file, t->at, head, sizeof head, NULL) && cd_address(head, &lba) && lba > 0)
		return (uint64_t)lba;
	return t->lba;
}

/* Does a file system in @view count from the beginning of the disc, when that lies @base sectors in front? */
static bool
counts_from_disc(struct img_source *view, uint64_t base)
{
	uint8_t vd[CD_USER];

	/* 156: the record of the root; 2: where it lies */
	return !img_source_read(view, DESCRIPTORS * CD_USER, vd, sizeof vd, NULL) && !memcmp(vd + 1, "CD001", 5) &&
	       load_le32(vd + 158) >= base;
}

/* The descriptors of @view, to be written over those at the beginning. */
static int
repeat_descriptors(struct cd *c, struct img_source *view, struct img_source *plain, struct img_err *err)
{
	img_autofree uint8_t *bytes = malloc((size_t)MAX_DESCRIPTORS * CD_USER);
	struct img_edit e = { .off = DESCRIPTORS * CD_USER, .bytes = bytes };
	uint64_t most = c->base > DESCRIPTORS ? c->base - DESCRIPTORS : 0;
	int rc = bytes ? 0 : img_fail_nomem(err);

	for (size_t i = 0; !rc && i < MAX_DESCRIPTORS && i < most; i++) {
		uint8_t *vd = bytes + i * CD_USER;

		if (img_source_read(view, (DESCRIPTORS + i) * CD_USER, vd, CD_USER, NULL) || memcmp(vd + 1, "CD001", 5))
			break;
		e.len += CD_USER;
		if (vd[0] == 255)
			break;
	}
	return rc ? rc : img_patched(plain, &e, 1, &c->stream, err);
}

/* The data tracks of all sessions up to that of track @last, each at its address. */
static int
lay_out(struct cd *c, size_t last, struct img_err *err)
{
	img_autounref struct img_source *zeros = NULL, *plain = NULL;
	struct img_piece v[2 * CD_MAX_TRACKS];
	uint64_t end = 0;
	size_t n = 0;
	int rc = img_zeros(c->src.env, c->base * CD_USER, &zeros, err);

	for (unsigned int session = 1; !rc && session <= c->disc.v[last].session; session++) {
		size_t i = first_data(c, session);
		uint64_t at = i == last ? c->base : i < c->disc.n && session > 1 ? address_of(&c->disc.v[i]) : 0;

		if (i == c->disc.n || at < end || (i != last && at + c->disc.v[i].n > c->base))
			continue;
		c->shown[i] = true;
		v[n++] = (struct img_piece) { zeros, 0, (at - end) * CD_USER };
		v[n++] = (struct img_piece) { c->view[i], 0, c->view[i]->size };
		end = at + c->disc.v[i].n;
	}
	if (!rc)
		rc = img_concat(c->src.env, v, n, &plain, err);
	if (!rc)
		rc = repeat_descriptors(c, c->view[last], plain, err);
	if (!rc)
		img_problem(c->src.env, IMG_NOTE, "cd-session", "sector 16 repeats the descriptors of session %u, so that its files are "
			    "found; -P %u takes its track as it is", c->disc.v[last].session, c->disc.v[last].number);
	return rc;
}

static int
make_stream(struct cd *c, struct img_err *err)
{
	const struct cd_track *t;
	unsigned int session = c->disc.n_sessions;
	size_t i;

	while (session && first_data(c, session) == c->disc.n)
		session--;
	if (!session)
		return 0;
	i = first_data(c, session);
	t = c->main = &c->disc.v[i];
	if (i)
		c->base = session > 1 ? address_of(t) : t->lba;
	if (c->base > CD_MAX_SECTORS || !counts_from_disc(c->view[i], c->base))
		c->base = 0;
	if (c->base)
		return lay_out(c, i, err);
	c->shown[i] = true;
	c->stream = img_ref(c->view[i]);
	return 0;
}

static int
make_views(struct cd *c, struct img_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < c->disc.n; i++) {
		const struct cd_track *t = &c->disc.v[i];

		if (cd_is_data(t) && t->main != CD_MAIN_FORM2 && t->n)
			rc = cd_view_user(t, c->src.env, &c->view[i], err);
	}
	return rc;
}

/* The sectors of a track lie in its file. */
static int
check_tracks(const struct cd_disc *d, struct img_err *err)
{
	if (!d->n)
		return img_fail(err, IMG_E_FORMAT, "there are no tracks");
	for (size_t i = 0; i < d->n; i++) {
		const struct cd_track *t = &d->v[i];
		uint32_t main = cd_main_size(t->main);
		uint64_t left = t->at < t->file->size ? t->file->size - t->at : 0;

		if (t->stride < main || t->stride > CD_MAX_STRIDE)
			return img_fail(err, IMG_E_FORMAT, "track %u: sectors of %u bytes", t->number, (unsigned int)t->stride);
		if (t->n && (left < main || t->n - 1 > (left - main) / t->stride))
			return img_fail(err, IMG_E_FORMAT, "truncated: track %u has %" PRIu64 " sectors of %u bytes from %" PRIu64
					" on, its file has %" PRIu64 " bytes", t->number, t->n, (unsigned int)t->stride, t->at, t->file->size);
	}
	return 0;
}

int
cd_open(const struct img_open *o, const char *layer, cd_fill_fn *fill, struct img_source **ret, struct img_err *err)
{
	img_autounref struct img_source *s = NULL;
	struct cd *c = calloc(1, sizeof *c);
	struct cd_disc *d;
	int rc;

	if (!c)
		return img_fail_nomem(err);
	d = &c->disc;
	s = &c->src;
	img_source_init(s, &cd_ops, o->env, layer, 0, CD_USER);
	rc = fill(o, d, err);
	if (!rc)
		rc = check_tracks(d, err);
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].session > d->n_sessions)
			d->n_sessions = d->v[i].session;
	if (!rc)
		rc = make_views(c, err);
	if (!rc)
		rc = make_stream(c, err);
	if (rc)
		return rc;
	s->size = c->stream ? c->stream->size : 0;
	*ret = img_steal(&s);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* CUE sheets: lines of text that say which files hold the tracks and where they begin.
 *
 *	FILE "name" BINARY | MOTOROLA (big-endian sound) | WAVE		TRACK 01 MODE1/2352
 *	INDEX 00 mm:ss:ff  the pregap, INDEX 01 the track; both count sectors of the file, whatever their size
 *	PREGAP, POSTGAP mm:ss:ff  silence that no file has
 *
 * Corners that bite: sectors of one file may differ in size from track to track, so that a place is known only by way of
 * all tracks in front of it; a pregap may lie at the end of the file before; commands come in any case, names with or
 * without quotes; REM SESSION begins another session, whose distance the sheet does not tell.
 *
 * The sheet is read first, into places ("index 1 of track 3 is sector 300 of file 1"), then laid out. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/memory.h"
#include "formats/cd/cd.h"
#include "formats/cd/cue_write.h"
#include "formats/cd/disc.h"
#include "formats/cd/text.h"
#include "formats/cd/wav.h"
#include "img/env.h"
#include "img/source.h"

/* A lead-out, a lead-in and a pregap lie between two sessions (ECMA-130, Orange Book). */
enum { FIRST_DISTANCE = 6750 + 4500 + 150, NEXT_DISTANCE = 2250 + 4500 + 150 };

struct cue_file {
	char name[256];
	struct img_source *source;
	bool swapped;
	uint64_t at, end;	/* of its sectors, bytes */
	uint64_t sectors;	/* filled in by the layout */
};

/* Where something begins: a sector of a file. */
struct place {
	size_t file, track;
	unsigned int index;	/* 0 or 1 */
	uint64_t frame;
	uint64_t byte;		/* filled in */
};

struct cue {
	const struct img_open *o;
	struct cd_text text;
	struct cd_disc *disc;
	size_t n_files, n_places;
	struct cue_file file[CD_MAX_TRACKS];
	struct place place[2 * CD_MAX_TRACKS];
	uint64_t silence[CD_MAX_TRACKS], after[CD_MAX_TRACKS];	/* PREGAP and POSTGAP of each track */
	unsigned int session;
};

/* ---- commands ---- */

static const struct {
	const char *word;
	enum cd_main main;
	unsigned int mode;
	uint32_t stride;
} types[] = {
	{ "AUDIO", CD_MAIN_AUDIO, 0, 2352 }, { "CDG", CD_MAIN_AUDIO, 0, 2448 },
	{ "MODE1/2048", CD_MAIN_USER, 1, 2048 }, { "MODE1/2352", CD_MAIN_RAW, 1, 2352 },
	{ "MODE1/2448", CD_MAIN_RAW, 1, 2448 }, { "MODE2/2048", CD_MAIN_USER, 2, 2048 },
	{ "MODE2/2324", CD_MAIN_FORM2, 2, 2324 }, { "MODE2/2336", CD_MAIN_XA, 2, 2336 },
	{ "MODE2/2352", CD_MAIN_RAW, 2, 2352 }, { "MODE2/2448", CD_MAIN_RAW, 2, 2448 },
	{ "CDI/2336", CD_MAIN_XA, 2, 2336 }, { "CDI/2352", CD_MAIN_RAW, 2, 2352 },
};

static struct cd_track *
last_track(struct cue *q)
{
	return q->disc->n ? &q->disc->v[q->disc->n - 1] : NULL;
}

static int
lacks(const char *what, struct img_err *err)
{
	return img_fail(err, IMG_E_FORMAT, "%s", what);
}

static int
do_file(struct cue *q, struct img_err *err)
{
	char name[CD_WORD], type[CD_WORD];
	struct cue_file *f;
	int rc;

	if (!cd_text_word(&q->text, true, name) || !cd_text_word(&q->text, true, type))
		return lacks("FILE has no name or no type", err);
	if (q->n_files == CD_MAX_TRACKS)
		return lacks("too many files", err);
	if (strcasecmp(type, "BINARY") && strcasecmp(type, "MOTOROLA") && strcasecmp(type, "WAVE"))
		return img_fail(err, IMG_E_UNSUPPORTED, "the file \"%.100s\" is of type %.20s; BINARY, MOTOROLA and WAVE are read", name,
				type);
	f = &q->file[q->n_files];
	f->swapped = !strcasecmp(type, "MOTOROLA");
	rc = cd_beside(q->o, name, q->n_files ? NULL : ".bin", &f->source, f->name, err);
	if (rc)
		return rc;
	q->n_files++;
	f->end = f->source->size;
	if (strcasecmp(type, "WAVE"))
		return 0;
	rc = wav_samples(f->source, &f->at, &f->end, err);
	f->end += f->at;
	return rc ? img_note(err, rc, "\"%.100s\"", f->name) : 0;
}

static int
do_track(struct cue *q, struct img_err *err)
{
	char number[CD_WORD], type[CD_WORD];
	struct cd_track *before = last_track(q), *t;
	uint64_t n;
	size_t i = 0;
	int rc;

	if (!q->n_files)
		return lacks("TRACK stands in front of all files", err);
	if (!cd_text_word(&q->text, true, number) || !cd_text_number(number, 99, &n) || !n || !cd_text_word(&q->text, true, type))
		return lacks("TRACK has no number from 1 to 99 or no type", err);
	if (before && n <= before->number)
		return img_fail(err, IMG_E_FORMAT, "track %u follows track %u", (unsigned int)n, before->number);
	while (i < sizeof types / sizeof *types && strcasecmp(types[i].word, type))
		i++;
	if (i == sizeof types / sizeof *types)
		return img_fail(err, IMG_E_UNSUPPORTED, "track %u is of type \"%.20s\", which is not known", (unsigned int)n, type);
	rc = cd_disc_add(q->disc, &t, err);
	if (rc)
		return rc;
	t->number = (unsigned int)n;
	t->session = q->session;
	t->main = types[i].main;
	t->mode = types[i].mode;
	t->stride = types[i].stride;
	return 0;
}

static int
do_index(struct cue *q, struct img_err *err)
{
	char index[CD_WORD], time[CD_WORD];
	uint64_t n, frame;

	if (!cd_text_word(&q->text, true, index) || !cd_text_number(index, 99, &n) || !cd_text_word(&q->text, true, time) ||
	    !cd_text_time(time, &frame))
		return lacks("INDEX has no number or no time (mm:ss:ff)", err);
	if (!q->disc->n)
		return lacks("INDEX stands in front of all tracks", err);
	if (n > 1)
		return 0;
	for (size_t i = 0; i < q->n_places; i++)
		if (q->place[i].track == q->disc->n - 1 && q->place[i].index >= n)
			return img_fail(err, IMG_E_FORMAT, "track %u has index %u twice, or in the wrong order", last_track(q)->number,
					(unsigned int)n);
	q->place[q->n_places++] = (struct place) { q->n_files - 1, q->disc->n - 1, (unsigned int)n, frame, 0 };
	return 0;
}

static int
do_gap(struct cue *q, uint64_t *gaps, struct img_err *err)
{
	char time[CD_WORD];

	if (!q->disc->n || !cd_text_word(&q->text, true, time) || !cd_text_time(time, &gaps[q->disc->n - 1]))
		return lacks("a gap has no track or no time (mm:ss:ff)", err);
	return 0;
}

static void
keep_text(struct cue *q, char *of_disc, size_t in_track)
{
	struct cd_track *t = last_track(q);
	char word[CD_WORD];

	if (cd_text_word(&q->text, true, word))
		snprintf(t ? (char *)t + in_track : of_disc, CD_MAX_TEXT, "%.*s", CD_MAX_TEXT - 1, word);
}

static int
do_catalog(struct cue *q, struct img_err *err)
{
	char word[CD_WORD];

	if (!cd_text_word(&q->text, true, word))
		return lacks("CATALOG has no number", err);
	snprintf(q->disc->catalog, sizeof q->disc->catalog, "%.13s", word);
	return 0;
}

static int
do_isrc(struct cue *q, struct img_err *err)
{
	char word[CD_WORD];

	if (last_track(q) && cd_text_word(&q->text, true, word))
		snprintf(last_track(q)->isrc, sizeof last_track(q)->isrc, "%.12s", word);
	return 0;
}

static int
do_remark(struct cue *q, struct img_err *err)
{
	char word[CD_WORD];
	uint64_t n;

	if (!cd_text_word(&q->text, true, word) || strcasecmp(word, "SESSION"))
		return 0;
	if (cd_text_word(&q->text, true, word) && cd_text_number(word, 99, &n) && n > q->session)
		q->session = (unsigned int)n;
	return 0;
}

static int
command(struct cue *q, const char *word, struct img_err *err)
{
	if (!strcasecmp(word, "FILE"))
		return do_file(q, err);
	if (!strcasecmp(word, "TRACK"))
		return do_track(q, err);
	if (!strcasecmp(word, "INDEX"))
		return do_index(q, err);
	if (!strcasecmp(word, "PREGAP"))
		return do_gap(q, q->silence, err);
	if (!strcasecmp(word, "POSTGAP"))
		return do_gap(q, q->after, err);
	if (!strcasecmp(word, "CATALOG"))
		return do_catalog(q, err);
	if (!strcasecmp(word, "ISRC"))
		return do_isrc(q, err);
	if (!strcasecmp(word, "REM"))
		return do_remark(q, err);
	if (!strcasecmp(word, "TITLE"))
		keep_text(q, q->disc->title, offsetof(struct cd_track, title));
	else if (!strcasecmp(word, "PERFORMER"))
		keep_text(q, q->disc->performer, offsetof(struct cd_track, performer));
	return 0;	/* FLAGS, SONGWRITER, CDTEXTFILE and what later programs added */
}

static int
read_sheet(struct cue *q, struct img_err *err)
{
	char word[CD_WORD];
	int rc = 0;

	do {
		unsigned int line = q->text.line;

		if (cd_text_word(&q->text, true, word))
			rc = command(q, word, err);
		if (rc)
			return img_note(err, rc, "line %u", line);
	} while (cd_text_next_line(&q->text));
	return 0;
}

/* ---- layout ---- */

/* Bytes of all places of file @f, and how many sectors it has. */
static int
lay_out_file(struct cue *q, size_t f, struct img_err *err)
{
	struct cue_file *file = &q->file[f];
	uint64_t frame = 0, byte = file->at;
	uint32_t stride = 0;

	for (size_t i = 0; i < q->n_places; i++) {
		struct place *p = &q->place[i];
		const struct cd_track *t = &q->disc->v[p->track];

		if (p->file != f)
			continue;
		if (!stride)
			stride = t->stride;
		if (p->frame < frame)
			return img_fail(err, IMG_E_FORMAT, "track %u begins in front of the track before it", t->number);
		if (p->frame - frame > (file->end - byte) / stride)
			return img_fail(err, IMG_E_FORMAT, "truncated: track %u begins at sector %" PRIu64 " of \"%.100s\", which has %"
					PRIu64 " bytes", t->number, p->frame, file->name, file->source->size);
		byte += (p->frame - frame) * stride;
		frame = p->frame;
		p->byte = byte;
		stride = t->stride;
	}
	file->sectors = stride ? frame + (file->end - byte) / stride : 0;
	if (stride && (file->end - byte) % stride)
		img_problem(q->o->env, IMG_WARNING, "cd-rest", "\"%.100s\" ends inside a sector: %" PRIu64 " bytes are left over", file->name,
			    (file->end - byte) % stride);
	return 0;
}

static const struct place *
place_of(const struct cue *q, size_t track, unsigned int index)
{
	for (size_t i = 0; i < q->n_places; i++)
		if (q->place[i].track == track && q->place[i].index == index)
			return &q->place[i];
	return NULL;
}

/* Where what begins at @p ends: at the next track's place in the same file, or with the file. */
static uint64_t
end_of(const struct cue *q, const struct place *p)
{
	for (const struct place *next = p + 1; next < q->place + q->n_places && next->file == p->file; next++)
		if (next->track != p->track)
			return next->frame;
	return q->file[p->file].sectors;
}

static int
lay_out_track(struct cue *q, size_t i, struct img_err *err)
{
	const struct place *begin = place_of(q, i, 1), *gap = place_of(q, i, 0);
	struct cd_track *t = &q->disc->v[i];

	if (!begin)
		return img_fail(err, IMG_E_FORMAT, "track %u has no INDEX 01", t->number);
	t->file = img_ref(q->file[begin->file].source);
	snprintf(t->file_name, sizeof t->file_name, "%s", q->file[begin->file].name);
	t->swapped = q->file[begin->file].swapped;
	t->at = begin->byte;
	t->n = end_of(q, begin) - begin->frame;
	t->gap = q->silence[i];
	if (gap && gap->file == begin->file)
		t->gap += begin->frame - gap->frame;
	else if (gap)
		t->gap += end_of(q, gap) - gap->frame;
	return 0;
}

/* Addresses on the disc: files one after another, with the gaps that they do not have. */
static void
place_tracks(struct cue *q)
{
	uint64_t moved = 0;

	for (size_t i = 0; i < q->disc->n; i++) {
		struct cd_track *t = &q->disc->v[i];
		const struct place *begin = place_of(q, i, 1);
		uint64_t files = 0;

		for (size_t f = 0; f < begin->file; f++)
			files += q->file[f].sectors;
		if (i && t->session > t[-1].session)
			moved += t[-1].session == 1 ? FIRST_DISTANCE : NEXT_DISTANCE;
		moved += q->silence[i];
		t->lba = files + begin->frame + moved;
		moved += q->after[i];
	}
}

static int
parse(struct cue *q, struct img_err *err)
{
	int rc = cd_text_read(q->o->below, &q->text, err);

	if (!rc)
		rc = read_sheet(q, err);
	for (size_t f = 0; !rc && f < q->n_files; f++)
		rc = lay_out_file(q, f, err);
	for (size_t i = 0; !rc && i < q->disc->n; i++)
		rc = lay_out_track(q, i, err);
	if (!rc)
		place_tracks(q);
	return rc;
}

static int
cue_fill(const struct img_open *o, struct cd_disc *d, struct img_err *err)
{
	img_autofree struct cue *q = calloc(1, sizeof *q);
	int rc;

	if (!q)
		return img_fail_nomem(err);
	q->o = o;
	q->session = 1;
	q->disc = d;
	rc = parse(q, err);
	for (size_t i = 0; i < CD_MAX_TRACKS; i++)
		img_unref(q->file[i].source);
	cd_text_done(&q->text);
	return rc;
}

static int
cue_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	return cd_open(o, "cue", cue_fill, ret, err);
}

/* A line that begins with FILE, and behind it one with TRACK. */
static enum img_match
cue_confirm(const struct img_open *o)
{
	char head[2048], word[CD_WORD];
	struct cd_text t;
	bool file = false;

	if (!cd_text_head(o->below, head, sizeof head, &t))
		return IMG_MATCH_NONE;
	do {
		if (!cd_text_word(&t, true, word))
			continue;
		if (!strcasecmp(word, "TRACK"))		/* in front of all files: a table of contents of cdrdao */
			return file ? IMG_MATCH_STRUCTURE : IMG_MATCH_NONE;
		file = file || !strcasecmp(word, "FILE");
	} while (cd_text_next_line(&t));
	return IMG_MATCH_NONE;
}

const struct img_format img_format_cue = {
	.name = "cue",
	.title = "CD image with a CUE sheet",
	.suffixes = ".cue",
	.mime = "application/x-cue",
	.confirm = cue_confirm,
	.plain = true,
	.open = cue_open,
	.sink = &cue_sink_ops,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of contents as cdrdao writes them: words, whatever the lines, and comments behind two slashes.
 *
 *	CD_DA | CD_ROM | CD_ROM_XA | CD_I	CATALOG "..."
 *	TRACK <mode> [RW | RW_RAW]	with 96 bytes of sub-channel behind each sector then
 *	  FILE "name" [SWAP] [#bytes] start [length]	sound; numbers are samples, big-endian unless the name ends in ".wav"
 *	  DATAFILE "name" [#bytes] [length]		data; numbers are bytes
 *	  ZERO, SILENCE length		PREGAP mm:ss:ff		START [mm:ss:ff]  what is in front of it is the pregap
 *
 * A track is the sum of these, so it is put together from pieces. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/checked.h"
#include "core/memory.h"
#include "formats/cd/cd.h"
#include "formats/cd/disc.h"
#include "formats/cd/text.h"
#include "formats/cd/wav.h"
#include "img/env.h"
#include "img/source.h"

enum { SAMPLE = 4, MAX_PIECES = 200, MAX_GAP = 2 * CD_MAX_SECTORS };

struct toc {
	const struct img_open *o;
	struct cd_text text;
	struct cd_disc *disc;
	char word[CD_WORD];		/* the one at hand; none: !more */
	bool more;
	/* the track at hand */
	struct cd_track *t;
	struct img_piece v[MAX_PIECES];	/* each with a reference */
	size_t n;
	uint64_t bytes, start;		/* so far; where its pregap ends */
	bool plain, turned;		/* it has samples of either order */
	uint64_t address;		/* where the next one begins, sectors */
};

static const struct {
	const char *word;
	enum cd_main main;
	unsigned int mode;
} types[] = {
	{ "AUDIO", CD_MAIN_AUDIO, 0 }, { "MODE1", CD_MAIN_USER, 1 }, { "MODE1_RAW", CD_MAIN_RAW, 1 }, { "MODE2", CD_MAIN_XA, 2 },
	{ "MODE2_FORM1", CD_MAIN_USER, 2 }, { "MODE2_FORM2", CD_MAIN_FORM2, 2 }, { "MODE2_FORM_MIX", CD_MAIN_XA, 2 },
	{ "MODE2_RAW", CD_MAIN_RAW, 2 },
};

static void
advance(struct toc *c)
{
	while ((c->more = cd_text_word(&c->text, false, c->word)) && !strncmp(c->word, "//", 2))
		if (!cd_text_next_line(&c->text)) {
			c->more = false;
			break;
		}
}

static bool
is(const struct toc *c, const char *word)
{
	return c->more && !strcmp(c->word, word);
}

static int
bad(const char *what, struct img_err *err)
{
	return img_fail(err, IMG_E_FORMAT, "%s", what);
}

/* Over { … }, which may hold more of them. */
static void
skip_block(struct toc *c)
{
	unsigned int depth = 0;

	do {
		for (const char *p = c->word; *p; p++) {
			depth += *p == '{';
			depth -= *p == '}' && depth;
		}
		advance(c);
	} while (c->more && depth);
}

/* A length: a time, or a number of @unit bytes. */
static bool
take_length(struct toc *c, uint64_t unit, uint64_t *ret)
{
	uint64_t n;

	if (!c->more)
		return false;
	if (cd_text_time(c->word, &n))
		*ret = n * c->t->stride;
	else if (cd_text_number(c->word, UINT32_MAX, &n))
		*ret = n * unit;
	else
		return false;
	advance(c);
	return true;
}

/* ---- pieces ---- */

static int
add_piece(struct toc *c, struct img_source *s, uint64_t at, uint64_t len, struct img_err *err)
{
	if (c->n == MAX_PIECES)
		return bad("a track has too many pieces", err);
	c->v[c->n++] = (struct img_piece) { img_ref(s), at, len };
	return u64_add(c->bytes, len, &c->bytes) ? 0 : bad("a track is too long", err);
}

static int
add_zeros(struct toc *c, uint64_t len, struct img_err *err)
{
	img_autounref struct img_source *s = NULL;
	int rc = len > (uint64_t)MAX_GAP * CD_MAX_STRIDE ? bad("a gap is too long", err) : img_zeros(c->o->env, len, &s, err);

	return rc ? rc : add_piece(c, s, 0, len, err);
}

static int
do_zeros(struct toc *c, struct img_err *err)
{
	uint64_t len;

	advance(c);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)	/* ZERO may say the mode again */
		if (is(c, types[i].word))
			advance(c);
	if (is(c, "RW") || is(c, "RW_RAW"))
		advance(c);
	if (!c->t || !take_length(c, cd_is_data(c->t) ? 1 : SAMPLE, &len))
		return bad("a gap has no track or no length", err);
	return add_zeros(c, len, err);
}

static bool
is_wav(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && !strcasecmp(name + n - 4, ".wav");
}

/* FILE and DATAFILE. */
static int
do_file(struct toc *c, bool sound, struct img_err *err)
{
	img_autounref struct img_source *s = NULL;
	uint64_t at = 0, skip = 0, start = 0, end, len;
	bool wav, turned;
	int rc;

	advance(c);
	if (!c->t || !c->more)
		return bad("a file has no track or no name", err);
	wav = sound && is_wav(c->word);
	turned = sound && !wav;
	rc = cd_beside(c->o, c->word, NULL, &s, c->t->file_name, err);
	if (rc)
		return rc;
	end = s->size;
	if (wav) {
		rc = wav_samples(s, &at, &len, err);
		end = at + len;
	}
	if (rc)
		return rc;
	advance(c);
	if (is(c, "SWAP")) {
		turned = !turned;
		advance(c);
	}
	if (c->more && c->word[0] == '#') {
		if (!cd_text_number(c->word + 1, UINT64_MAX / 16, &skip))
			return bad("a file's offset is no number", err);
		advance(c);
	}
	if (sound && !take_length(c, SAMPLE, &start))
		return bad("a file with sound has no start", err);
	if (!u64_add(at, skip, &at) || !u64_add(at, start, &at) || at > end)
		return bad("a track begins behind the end of its file", err);
	if (!take_length(c, sound ? SAMPLE : 1, &len) || (sound && !len))
		len = end - at;
	if (len > end - at)
		return img_fail(err, IMG_E_FORMAT, "truncated: track %u wants %" PRIu64 " bytes of \"%.100s\", there are %" PRIu64,
				c->t->number, len, c->t->file_name, end - at);
	*(turned ? &c->turned : &c->plain) = true;
	return add_piece(c, s, at, len, err);
}

/* ---- tracks ---- */

static void
drop_pieces(struct toc *c)
{
	while (c->n)
		img_unref(c->v[--c->n].s);
}

static int
end_track(struct toc *c, struct img_err *err)
{
	struct cd_track *t = c->t;
	uint64_t all;
	int rc;

	if (!t)
		return 0;
	if (c->plain && c->turned && !cd_is_data(t))
		return img_fail(err, IMG_E_UNSUPPORTED, "track %u mixes samples of both byte orders", t->number);
	rc = img_concat(c->o->env, c->v, c->n, &t->file, err);
	if (rc)
		return rc;
	all = c->bytes / t->stride;
	t->gap = c->start / t->stride < all ? c->start / t->stride : all;
	t->at = t->gap * t->stride;
	t->n = all - t->gap;
	t->swapped = c->turned && !cd_is_data(t);
	t->lba = c->address + t->gap;
	c->address += all;
	drop_pieces(c);
	c->bytes = c->start = 0;
	c->plain = c->turned = false;
	c->t = NULL;
	return 0;
}

static int
do_track(struct toc *c, struct img_err *err)
{
	size_t i = 0;
	int rc = end_track(c, err);

	advance(c);
	while (i < sizeof types / sizeof *types && !is(c, types[i].word))
		i++;
	if (!rc && i == sizeof types / sizeof *types)
		rc = img_fail(err, IMG_E_UNSUPPORTED, "a track of kind \"%.30s\", which is not known", c->more ? c->word : "");
	if (!rc)
		rc = cd_disc_add(c->disc, &c->t, err);
	if (rc)
		return rc;
	c->t->number = (unsigned int)c->disc->n;
	c->t->session = 1;
	c->t->main = types[i].main;
	c->t->mode = types[i].mode;
	c->t->stride = cd_main_size(c->t->main);
	advance(c);
	if (is(c, "RW") || is(c, "RW_RAW")) {
		c->t->stride += 96;
		advance(c);
	}
	return 0;
}

static int
do_start(struct toc *c, bool pregap, struct img_err *err)
{
	uint64_t frames;
	int rc = 0;

	advance(c);
	if (!c->t)
		return bad("a gap has no track", err);
	c->start = c->bytes;
	if (!c->more || !cd_text_time(c->word, &frames))
		return pregap ? bad("PREGAP has no time (mm:ss:ff)", err) : 0;
	advance(c);
	if (!pregap)
		c->start = frames * c->t->stride;
	else
		rc = add_zeros(c, frames * c->t->stride, err);
	if (pregap)
		c->start = c->bytes;
	return rc;
}

static int
do_catalog(struct toc *c, struct img_err *err)
{
	advance(c);
	if (!c->more)
		return bad("CATALOG has no number", err);
	snprintf(c->disc->catalog, sizeof c->disc->catalog, "%.13s", c->word);
	advance(c);
	return 0;
}

static int
statement(struct toc *c, struct img_err *err)
{
	if (is(c, "TRACK"))
		return do_track(c, err);
	if (is(c, "FILE") || is(c, "AUDIOFILE"))
		return do_file(c, true, err);
	if (is(c, "DATAFILE"))
		return do_file(c, false, err);
	if (is(c, "ZERO") || is(c, "SILENCE"))
		return do_zeros(c, err);
	if (is(c, "PREGAP") || is(c, "START"))
		return do_start(c, is(c, "PREGAP"), err);
	if (is(c, "CATALOG"))
		return do_catalog(c, err);
	if (is(c, "FIFO"))
		return img_fail(err, IMG_E_UNSUPPORTED, "a track comes from a FIFO, which is not read");
	if (is(c, "CD_TEXT")) {
		advance(c);
		skip_block(c);
		return 0;
	}
	if (is(c, "ISRC") && c->t) {
		advance(c);
		snprintf(c->t->isrc, sizeof c->t->isrc, "%.12s", c->more ? c->word : "");
	}
	advance(c);	/* flags and indexes say nothing of where bytes are */
	return 0;
}

static int
read_toc(struct toc *c, struct img_err *err)
{
	int rc = cd_text_read(c->o->below, &c->text, err);

	if (rc)
		return rc;
	c->text.escapes = true;
	advance(c);
	while (!rc && c->more) {
		unsigned int line = c->text.line;

		rc = statement(c, err);
		if (rc)
			img_note(err, rc, "line %u", line);
	}
	return rc ? rc : end_track(c, err);
}

static int
toc_fill(const struct img_open *o, struct cd_disc *d, struct img_err *err)
{
	img_autofree struct toc *c = calloc(1, sizeof *c);
	int rc;

	if (!c)
		return img_fail_nomem(err);
	c->o = o;
	c->disc = d;
	rc = read_toc(c, err);
	drop_pieces(c);
	cd_text_done(&c->text);
	return rc;
}

static int
toc_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	return cd_open(o, "toc", toc_fill, ret, err);
}

/* One of the four kinds of disc as a word of its own, then a TRACK. */
static enum img_match
toc_confirm(const struct img_open *o)
{
	static const char *const kinds[] = { "CD_DA", "CD_ROM", "CD_ROM_XA", "CD_I" };
	struct toc c = { 0 };
	char head[4096];
	bool kind = false;

	if (!cd_text_head(o->below, head, sizeof head, &c.text))
		return IMG_MATCH_NONE;
	for (advance(&c); c.more; advance(&c)) {
		for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
			kind = kind || is(&c, kinds[i]);
		if (is(&c, "TRACK"))
			return kind ? IMG_MATCH_STRUCTURE : IMG_MATCH_NONE;
	}
	return IMG_MATCH_NONE;
}

const struct img_format img_format_toc = {
	.name = "toc",
	.title = "CD image with a table of contents (cdrdao)",
	.suffixes = ".toc",
	.confirm = toc_confirm,
	.plain = true,
	.open = toc_open,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Alcohol 120%: an .mds of blocks, little-endian, that say what the .mdf beside it holds.
 *
 *	header, 88 bytes	0 "MEDIA DESCRIPTOR", 16 version, 18 medium, 20 sessions, 80 where the sessions are
 *	session, 24 bytes	10 blocks of tracks, 20 where they are
 *	track, 80 bytes		0 mode, 1 sub-channel, 4 number, 12 its extra block, 16 bytes of a sector, 36 address, 40 place in the
 *				.mdf, 48 names of files, 52 where they are
 *	extra, 8 bytes		sectors of the pregap, which the .mdf does not have, and of the track; of a DVD the length itself stands
 *				in the place of the extra block's offset
 *	name, 16 bytes		0 where its text is, 4 whether that is UTF-16 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/cursor.h"
#include "core/memory.h"
#include "formats/cd/cd.h"
#include "formats/cd/disc.h"
#include "img/env.h"
#include "img/source.h"

enum {
	HEADER = 88, SESSION = 24, TRACK = 80, EXTRA = 8, NAME = 16,
	MAX_SIZE = 1 << 20, MAX_SESSIONS = 99, MAX_PARTS = 64, FIRST_DVD = 0x10,
};

struct mds {
	const struct img_open *o;
	uint8_t *b;
	size_t n;
	bool dvd;
	struct cd_disc *disc;
};

static int
block(const struct mds *m, uint64_t at, size_t len, const char *what, struct img_cursor *ret, struct img_err *err)
{
	if (!span_ok(at, len, m->n))
		return img_fail(err, IMG_E_FORMAT, "%s lies at %" PRIu64 " of %zu bytes", what, at, m->n);
	*ret = cur_over(m->b + at, len);
	return 0;
}

/* The name at @at; what is no ASCII fits no file. */
static int
read_name(const struct mds *m, uint32_t at, bool wide, char ret[256], struct img_err *err)
{
	size_t n = 0, i = at;

	for (; i < m->n && n < 250; i += wide ? 2 : 1) {
		uint32_t c = wide && m->n - i > 1 ? load_le16(m->b + i) : m->b[i];

		if (!c)
			break;
		ret[n++] = c < 0x80 ? (char)c : '?';
	}
	ret[n] = '\0';
	return n ? 0 : img_fail(err, IMG_E_FORMAT, "the name at %" PRIu32 " is empty", at);
}

static int
open_part(const struct mds *m, uint32_t at, char ret_name[256], struct img_source **ret, struct img_err *err)
{
	struct img_cursor c;
	char name[256];
	uint32_t text, wide;
	int rc = block(m, at, NAME, "the name of a file", &c, err);

	if (rc)
		return rc;
	text = cur_le32(&c);		/* 0 */
	wide = cur_le32(&c);		/* 4 */
	rc = read_name(m, text, wide == 1, name, err);
	if (rc)
		return rc;
	return name[0] == '*' && name[1] == '.' ? cd_beside_suffix(m->o, name + 1, ret, ret_name, err) :
	       cd_beside(m->o, name, ".mdf", ret, ret_name, err);
}

/* The .mdf, or all its parts. */
static int
open_files(const struct mds *m, uint32_t n, uint32_t at, struct cd_track *t, struct img_err *err)
{
	struct img_piece v[MAX_PARTS];
	uint32_t have = 0;
	int rc = 0;

	if (!n || !at)
		return cd_beside_suffix(m->o, ".mdf", &t->file, t->file_name, err);
	if (n > MAX_PARTS)
		return img_fail(err, IMG_E_LIMIT, "track %u lies in %" PRIu32 " files, more than %d", t->number, n, MAX_PARTS);
	for (; !rc && have < n; have += !rc) {
		char name[256] = "";

		rc = open_part(m, at + have * NAME, name, &v[have].s, err);
		if (rc)
			break;
		v[have].at = 0;
		v[have].len = v[have].s->size;
		if (!have)
			memcpy(t->file_name, name, sizeof name);
	}
	if (!rc)
		rc = img_concat(m->o->env, v, n, &t->file, err);
	while (have)
		img_unref(v[--have].s);
	return rc;
}

static int
set_kind(struct cd_track *t, unsigned int mode, unsigned int sub, unsigned int size, struct img_err *err)
{
	unsigned int main = sub && size > 96 ? size - 96 : size;

	t->stride = size;
	t->mode = (mode & 7) == 2 ? 1 : 2;
	if ((mode & 7) == 1 && main == CD_RAW)
		t->main = CD_MAIN_AUDIO;
	else if ((mode & 7) != 1 && main == CD_RAW)
		t->main = CD_MAIN_RAW;
	else if (main == CD_XA && t->mode == 2)
		t->main = CD_MAIN_XA;
	else if (main == CD_USER && (mode & 7) != 1)
		t->main = CD_MAIN_USER;
	else if (main == CD_XA_USER && t->mode == 2)
		t->main = CD_MAIN_FORM2;
	else
		return img_fail(err, IMG_E_UNSUPPORTED, "track %u: mode %02x with sectors of %u bytes is not known", t->number, mode, size);
	return 0;
}

static int
set_length(const struct mds *m, struct cd_track *t, uint32_t extra, struct img_err *err)
{
	struct img_cursor c;
	int rc;

	if (m->dvd || !extra) {
		t->n = extra;
		return 0;
	}
	rc = block(m, extra, EXTRA, "the length of a track", &c, err);
	if (rc)
		return rc;
	t->gap = cur_le32(&c);		/* 0 */
	t->n = cur_le32(&c);		/* 4 */
	return 0;
}

static int
read_track(struct mds *m, uint32_t at, unsigned int session, struct img_err *err)
{
	unsigned int mode, sub, point, size;
	uint32_t extra, lba, n_files, files;
	struct img_cursor c;
	struct cd_track *t;
	uint64_t place;
	int rc = block(m, at, TRACK, "a track", &c, err);

	if (rc)
		return rc;
	mode = cur_u8(&c);		/*  0 */
	sub = cur_u8(&c);		/*  1 */
	cur_skip(&c, 2);
	point = cur_u8(&c);		/*  4 */
	cur_skip(&c, 7);
	extra = cur_le32(&c);		/* 12 */
	size = cur_le16(&c);		/* 16 */
	cur_skip(&c, 18);
	lba = cur_le32(&c);		/* 36 */
	place = cur_le64(&c);		/* 40 */
	n_files = cur_le32(&c);		/* 48 */
	files = cur_le32(&c);		/* 52 */
	if (!point || point > 99)	/* where the session ends, and what its tracks are */
		return 0;
	rc = cd_disc_add(m->disc, &t, err);
	if (rc)
		return rc;
	t->number = point;
	t->session = session;
	t->lba = lba <= INT32_MAX ? lba : 0;
	t->at = place;
	rc = set_kind(t, mode, sub, size, err);
	if (!rc)
		rc = set_length(m, t, extra, err);
	return rc ? rc : open_files(m, n_files, files, t, err);
}

static int
read_session(struct mds *m, uint64_t at, unsigned int number, struct img_err *err)
{
	struct img_cursor c;
	unsigned int n;
	uint32_t tracks;
	int rc = block(m, at, SESSION, "a session", &c, err);

	if (rc)
		return rc;
	cur_skip(&c, 10);
	n = cur_u8(&c);			/* 10 */
	cur_skip(&c, 9);
	tracks = cur_le32(&c);		/* 20 */
	for (unsigned int i = 0; !rc && i < n; i++)
		rc = tracks > MAX_SIZE ? img_fail(err, IMG_E_FORMAT, "the tracks of session %u lie at %" PRIu32, number, tracks) :
		     read_track(m, tracks + i * TRACK, number, err);
	return rc;
}

static int
read_all(struct mds *m, struct img_err *err)
{
	unsigned int version, medium, sessions;
	struct img_cursor c;
	uint32_t at;
	int rc = block(m, 0, HEADER, "the header", &c, err);

	if (rc)
		return rc;
	cur_tag(&c, "MEDIA DESCRIPTOR");
	version = cur_u8(&c);		/* 16 */
	cur_skip(&c, 1);
	medium = cur_le16(&c);		/* 18 */
	sessions = cur_le16(&c);	/* 20 */
	cur_skip(&c, 58);
	at = cur_le32(&c);		/* 80 */
	if (!cur_ok(&c))
		return img_fail(err, IMG_E_FORMAT, "the header lacks its signature");
	if (version != 1)
		return img_fail(err, IMG_E_UNSUPPORTED, "version %u of the description is encrypted; version 1 is read", version);
	if (!sessions || sessions > MAX_SESSIONS)
		return img_fail(err, IMG_E_FORMAT, "%u sessions", sessions);
	m->dvd = medium >= FIRST_DVD;
	for (unsigned int i = 0; !rc && i < sessions; i++)
		rc = read_session(m, at + (uint64_t)i * SESSION, i + 1, err);
	return rc;
}

static int
mds_fill(const struct img_open *o, struct cd_disc *d, struct img_err *err)
{
	struct mds m = { .o = o, .n = (size_t)o->below->size, .disc = d };
	img_autofree uint8_t *b = NULL;
	int rc = img_array(o->below->size, 1, MAX_SIZE, "bytes of a description", &b, err);

	if (!rc)
		rc = img_source_read(o->below, 0, b, m.n, err);
	m.b = b;
	return rc ? rc : read_all(&m, err);
}

static int
mds_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	return cd_open(o, "mds", mds_fill, ret, err);
}

const struct img_format img_format_mds = {
	.name = "mds",
	.title = "Alcohol 120% image",
	.suffixes = ".mds",
	.magics = (const struct img_magic[]) { { "MEDIA DESCRIPTOR", 16, IMG_FROM_START, 0 }, { 0 } },
	.plain = true,
	.open = mds_open,
};

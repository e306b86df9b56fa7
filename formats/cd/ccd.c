/* SPDX-License-Identifier: BSD-2-Clause */
/* CloneCD: a .ccd of settings, an .img of raw sectors, a .sub of their sub-channels (which nobody needs who wants the data).
 *
 * The settings repeat the table of contents as the drive gave it: each [Entry] is a point, a track (1 to 99) or the end of
 * a session (0xa2), and its address.  [TRACK n] may tell the mode and where the pregap begins.  The .img has the sectors from
 * address 0 on; between sessions it lacks the lead-out and the lead-in (observed: libmirage counts 11250, then 6750). */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/memory.h"
#include "formats/cd/cd.h"
#include "formats/cd/disc.h"
#include "formats/cd/text.h"
#include "img/env.h"
#include "img/source.h"

enum { FIRST_MISSING = 6750 + 4500, NEXT_MISSING = 2250 + 4500, PREGAP = 150, LEAD_OUT = 0xa2, MAX_SESSIONS = 99 };

struct point {
	int64_t session, point, control, address;
};

/* What [TRACK n] says; -1: nothing. */
struct more {
	int64_t mode, index0, index1;
	char isrc[13];
};

struct ccd {
	const struct img_open *o;
	struct cd_disc *disc;
	struct img_source *img;
	char img_name[256];
	struct point at;		/* the [Entry] being read; point -1: none */
	struct more more[100];
	struct point track[100];	/* by number; of session 0: there is none */
	int64_t end[MAX_SESSIONS + 1];	/* lead-outs; -1 */
	int64_t scrambled;
};

static bool
value(const char *text, int64_t *ret)
{
	char *end;
	long long n = strtoll(text, &end, 0);

	if (end == text || n < INT32_MIN || n > INT32_MAX)
		return false;
	*ret = n;
	return true;
}

/* The entry that was read is complete. */
static void
keep_point(struct ccd *c)
{
	const struct point *p = &c->at;
	bool sane = p->session >= 1 && p->session <= MAX_SESSIONS;

	if (sane && p->point == LEAD_OUT)
		c->end[p->session] = p->address;
	if (sane && p->point >= 1 && p->point <= 99 && p->address >= 0 && !c->track[p->point].session)
		c->track[p->point] = *p;
	c->at = (struct point) { .point = -1, .address = -1 };
}

/* One "key=value" of an [Entry], [TRACK n], [Disc]. */
static void
setting(struct ccd *c, const char *section, const char *key, const char *text)
{
	int64_t n = 0, track = strncasecmp(section, "TRACK ", 6) ? 0 : strtol(section + 6, NULL, 10);
	struct more *m = track >= 1 && track <= 99 ? &c->more[track] : NULL;
	bool number = value(text, &n), entry = !strncasecmp(section, "Entry", 5);

	if (entry && number && !strcasecmp(key, "Session"))
		c->at.session = n;
	else if (entry && number && !strcasecmp(key, "Point"))
		c->at.point = n;
	else if (entry && number && !strcasecmp(key, "Control"))
		c->at.control = n;
	else if (entry && number && !strcasecmp(key, "PLBA"))
		c->at.address = n;
	else if (m && number && !strcasecmp(key, "MODE"))
		m->mode = n;
	else if (m && number && !strcasecmp(key, "INDEX 0"))
		m->index0 = n;
	else if (m && number && !strcasecmp(key, "INDEX 1"))
		m->index1 = n;
	else if (m && !strcasecmp(key, "ISRC"))
		snprintf(m->isrc, sizeof m->isrc, "%.12s", text);
	else if (!strcasecmp(section, "Disc") && !strcasecmp(key, "CATALOG"))
		snprintf(c->disc->catalog, sizeof c->disc->catalog, "%.13s", text);
	else if (!strcasecmp(section, "Disc") && number && !strcasecmp(key, "DataTracksScrambled"))
		c->scrambled = n;
}

static void
read_line(struct ccd *c, char *line, char *section, size_t room)
{
	char *close = line[0] == '[' ? strchr(line, ']') : NULL, *equals = strchr(line, '=');

	if (close) {
		*close = '\0';
		keep_point(c);
		snprintf(section, room, "%.*s", (int)room - 1, line + 1);
	} else if (equals) {
		char *end = equals;

		while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
			end--;
		*end = '\0';
		setting(c, section, line, equals + 1 + strspn(equals + 1, " \t"));
	}
}

static int
read_settings(struct ccd *c, struct img_err *err)
{
	char section[64] = "", line[256];
	struct cd_text t = { 0 };
	int rc = cd_text_read(c->o->below, &t, err);

	if (rc)
		return rc;
	do {
		t.p += strspn(t.p, " \t");
		snprintf(line, sizeof line, "%.*s", (int)(strcspn(t.p, "\r\n") % sizeof line), t.p);
		read_line(c, line, section, sizeof section);
	} while (cd_text_next_line(&t));
	keep_point(c);
	cd_text_done(&t);
	return 0;
}

/* ---- layout ---- */

/* Sectors that the .img lacks in front of the tracks of @session. */
static uint64_t
missing(int64_t session, uint64_t pregap)
{
	return session < 2 ? 0 : FIRST_MISSING + pregap + (uint64_t)(session - 2) * (NEXT_MISSING + pregap);
}

/* Where the sector with address @lba is; a raw sector that says so itself settles the doubt about pregaps. */
static uint64_t
place_of(struct ccd *c, const struct point *p)
{
	uint64_t lba = (uint64_t)p->address, lacks = missing(p->session, 0), other = missing(p->session, PREGAP);
	uint8_t head[CD_HEAD];
	int64_t says;

	if (lba >= other && other != lacks && !img_source_read(c->img, (lba - other) * CD_RAW, head, sizeof head, NULL) &&
	    cd_address(head, &says) && says == p->address)
		lacks = other;
	return lba >= lacks ? (lba - lacks) * CD_RAW : UINT64_MAX;
}

/* The address behind the last sector of track @number. */
static int64_t
end_of(const struct ccd *c, unsigned int number)
{
	const struct point *p = &c->track[number];

	for (unsigned int next = number + 1; next <= 99; next++)
		if (c->track[next].session == p->session) {
			int64_t gap = c->more[next].index0;

			return gap > p->address && gap < c->track[next].address ? gap : c->track[next].address;
		}
	return c->end[p->session];
}

static int
add_track(struct ccd *c, unsigned int number, struct img_err *err)
{
	const struct point *p = &c->track[number];
	const struct more *m = &c->more[number];
	int64_t end = end_of(c, number);
	struct cd_track *t;
	uint8_t head[CD_HEAD];
	int rc = cd_disc_add(c->disc, &t, err);

	if (rc)
		return rc;
	t->number = number;
	t->session = (unsigned int)p->session;
	t->stride = CD_RAW;
	t->file = img_ref(c->img);
	t->lba = (uint64_t)p->address;
	t->at = place_of(c, p);
	memcpy(t->file_name, c->img_name, sizeof t->file_name);
	memcpy(t->isrc, m->isrc, sizeof t->isrc);
	if (m->index0 >= 0 && m->index0 < p->address)
		t->gap = (uint64_t)(p->address - m->index0);
	if (end < p->address)
		return img_fail(err, IMG_E_FORMAT, "track %u of session %u begins at %" PRId64 " and has no end", number, t->session,
				p->address);
	t->n = (uint64_t)(end - p->address);
	if (!(m->mode > 0 || (m->mode < 0 && p->control & 4)))
		return 0;
	t->main = CD_MAIN_RAW;
	t->mode = m->mode == 2 ? 2 : 1;
	if (m->mode < 0 && !img_source_read(c->img, t->at, head, sizeof head, NULL) && head[15] == 2)
		t->mode = 2;
	return 0;
}

static int
fill_in(struct ccd *c, struct img_err *err)
{
	int rc = read_settings(c, err);

	if (!rc && c->scrambled)
		rc = img_fail(err, IMG_E_UNSUPPORTED, "its data tracks are scrambled, which is not read");
	if (!rc)
		rc = cd_beside_suffix(c->o, ".img", &c->img, c->img_name, err);
	for (unsigned int i = 1; !rc && i <= 99; i++)
		if (c->track[i].session)
			rc = add_track(c, i, err);
	return rc;
}

static int
ccd_fill(const struct img_open *o, struct cd_disc *d, struct img_err *err)
{
	img_autofree struct ccd *c = calloc(1, sizeof *c);
	int rc;

	if (!c)
		return img_fail_nomem(err);
	c->o = o;
	c->disc = d;
	c->at = (struct point) { .point = -1, .address = -1 };
	for (size_t i = 0; i < 100; i++)
		c->more[i].mode = c->more[i].index0 = c->more[i].index1 = -1;
	for (size_t i = 0; i <= MAX_SESSIONS; i++)
		c->end[i] = -1;
	rc = fill_in(c, err);
	img_unref(c->img);
	return rc;
}

static int
ccd_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	return cd_open(o, "ccd", ccd_fill, ret, err);
}

static enum img_match
ccd_confirm(const struct img_open *o)
{
	char head[256];
	struct cd_text t;

	return cd_text_head(o->below, head, sizeof head, &t) && !strncasecmp(t.p, "[CloneCD]", 9) ? IMG_MATCH_STRUCTURE : IMG_MATCH_NONE;
}

const struct img_format img_format_ccd = {
	.name = "ccd",
	.title = "CloneCD image",
	.suffixes = ".ccd",
	.confirm = ccd_confirm,
	.plain = true,
	.open = ccd_open,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* What most rows of mkisofs' options do, and what they come to together. */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "convert/as_mkisofs.h"
#include "convert/options.h"
#include "core/tool.h"

int
mk_key(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	return conv_add_key(m->o, w->row->key, w->row->value ? w->row->value : w->value[0], err);
}

int
mk_as_is(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	return 0;
}

int
mk_only(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	if (strcmp(w->value[0], w->row->value) == 0)
		return 0;
	return img_fail(err, IMG_E_USAGE, "%s %.40s: imgconv knows only %s", w->shown, w->value[0], w->row->value);
}

int
mk_refuse(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	return img_fail(err, IMG_E_USAGE, "%s: %s", w->shown, w->row->says);
}

/* ---- fields ---- */

static int
no_backups(struct mk *m, struct img_err *err)
{
	static const char *const globs[] = { "*~*", "*#*", "*.bak" };
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof globs / sizeof *globs; i++)
		rc = conv_add_exclude(m->o, globs[i], err);
	return rc;
}

int
mk_set(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	const struct {
		const char *key;
		const char **to;
	} texts[] = {
		{ "output", &m->o->dest }, { "root", &m->root }, { "label", &m->o->label }, { "uid", &m->uid },
		{ "gid", &m->gid }, { "catalog", &m->catalog }, { "area", &m->area },
	};
	const struct {
		const char *key;
		bool *to;
	} flags[] = {
		{ "grafts", &m->grafts }, { "follow", &m->o->follow_links }, { "rock", &m->rock }, { "rational", &m->rational },
		{ "no-rock", &m->no_rock }, { "joliet", &m->joliet }, { "joliet-long", &m->joliet_long }, { "udf", &m->udf }, { "long-names", &m->long_names },
		{ "print-size", &m->o->print_blocks }, { "hide-catalog", &m->hide_catalog },
		{ "msdos-label", &m->msdos_label },
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!strcmp(w->row->key, texts[i].key))
			*texts[i].to = w->value[0];
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (!strcmp(w->row->key, flags[i].key))
			*flags[i].to = true;
	m->t->o.quiet += !strcmp(w->row->key, "quiet");
	m->t->o.verbose += !strcmp(w->row->key, "verbose");
	return strcmp(w->row->key, "no-bak") ? 0 : no_backups(m, err);
}

/* Four digits at most; xorrisofs' "u+rx" is not understood. */
int
mk_mode(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	const char *v = w->value[0];
	size_t n = strspn(v, "01234567");

	if (!n || v[n] || strtoul(v, NULL, 8) > 07777)
		return img_fail(err, IMG_E_USAGE, "%s %.40s: permissions as in 0644 are expected", w->shown, v);
	*(strcmp(w->row->key, "file-mode") ? &m->dir_mode : &m->file_mode) = v;
	return 0;
}

int
mk_level(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	const char *v = w->value[0];

	if (*v < '1' || *v > '4' || v[1])
		return img_fail(err, IMG_E_USAGE, "%s %.40s: there is no such level; 1 to 4 are", w->shown, v);
	m->level = (unsigned int)(*v - '0');
	return 0;
}

/* Names are bytes, taken for UTF-8 where their characters matter; so is whatever is a part of it. */
int
mk_charset(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	static const char *const sets[] = { "utf-8", "utf8", "us-ascii", "ascii", "ansi_x3.4-1968", "646", "default" };

	if (w->row->key)
		m->joliet = true;
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
		if (!strcasecmp(w->value[0], sets[i]))
			return 0;
	return img_fail(err, IMG_E_USAGE, "%s %.40s: imgconv takes the names of files for UTF-8", w->shown, w->value[0]);
}

/* "=SECONDS" or YYYYMMDDhhmmsscc; xorrisofs reads dates of other forms too. */
int
mk_date(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	const char *v = w->value[0];

	if (!*v || !strcmp(v, "default") || !strcmp(v, "set_to_mtime"))	/* as it is anyway */
		return 0;
	if (*v != '=' && strlen(v) != 16)
		return img_fail(err, IMG_E_USAGE, "%s %.40s: =SECONDS since 1970 or YYYYMMDDhhmmsscc is expected", w->shown, v);
	return conv_add_key(m->o, w->row->key, v + (*v == '='), err);
}

int
mk_relaxed(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	m->relaxed = true;
	return 0;
}

int
mk_log_file(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	if (!freopen(w->value[0], "we", stderr))
		return img_fail_sys(err, errno, "%s %s", w->shown, w->value[0]);
	setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	return 0;
}

/* ---- all of it ---- */

/* A number, or a name that the machine knows; NULL: what @deflt says. */
static int
id_of(const char *text, bool group, uint32_t deflt, uint32_t *ret, struct img_err *err)
{
	unsigned long v;
	char *end;

	*ret = deflt;
	if (!text || !*text || !strcmp(text, "-"))
		return 0;
	errno = 0;
	v = strtoul(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end) {
		if (errno || v >= IMG_AS_DEFAULT)
			return img_fail(err, IMG_E_USAGE, "%s %s: there are no such numbers", group ? "-gid" : "-uid", text);
		*ret = (uint32_t)v;
		return 0;
	}
	if (group) {
		const struct group *g = getgrnam(text);

		*ret = g ? g->gr_gid : IMG_AS_DEFAULT;
	} else {
		const struct passwd *p = getpwnam(text);

		*ret = p ? p->pw_uid : IMG_AS_DEFAULT;
	}
	return *ret != IMG_AS_DEFAULT ? 0 : img_fail(err, IMG_E_USAGE, "%s %.40s: a number is expected",
						      group ? "-gid" : "-uid", text);
}

/* Owners as in the source, but with -r 0:0; permissions as in the source, but with -r what everybody may. */
static int
settle_owner(struct mk *m, struct img_err *err)
{
	struct conv_options *o = m->o;
	int rc;

	o->owner = OWNER_SET;
	rc = id_of(m->uid, false, m->rational ? 0 : IMG_AS_KEPT, &o->uid, err);
	if (!rc)
		rc = id_of(m->gid, true, m->rational ? 0 : IMG_AS_KEPT, &o->gid, err);
	o->mode = IMG_MODE_SET;
	o->file_mode = o->dir_mode = m->rational ? IMG_AS_DEFAULT : IMG_AS_KEPT;
	if (m->file_mode)
		o->file_mode = (uint32_t)strtoul(m->file_mode, NULL, 8);
	if (m->dir_mode)
		o->dir_mode = (uint32_t)strtoul(m->dir_mode, NULL, 8);
	return rc;
}

/* genisoimage has names of 8 and 3 characters and neither Rock Ridge nor Joliet until asked; xorrisofs has Rock Ridge. */
static int
settle_views(struct mk *m, struct img_err *err)
{
	static const char *const levels[] = { "1", "2", "3", "4" };
	bool rock = m->xorriso || m->rock || m->rational || m->uid || m->gid || m->file_mode || m->dir_mode;
	unsigned int level = m->level ? m->level : m->xorriso ? 3 : 1;
	int rc;

	rock = rock && !m->no_rock;
	if (m->long_names && level < 2)
		level = 2;
	if (m->relaxed && !rock && !m->joliet && !m->joliet_long)
		tool_say(m->t, TONE_WARNING, "strict-names", NULL, "-R or -J brings the names as they are",
			 "plain ISO 9660 names stay as strict as its level %u, whatever was allowed", level);
	rc = conv_add_key(m->o, "level", levels[level - 1], err);
	if (!rc)
		rc = conv_add_key(m->o, "rock-ridge", rock ? "yes" : "no", err);
	if (!rc)
		rc = conv_add_key(m->o, "joliet", m->joliet_long ? "103" : m->joliet ? "64" : "no", err);
	return rc ? rc : conv_add_key(m->o, "udf", m->udf ? "yes" : "no", err);
}

int
mk_settle(struct mk *m, struct img_err *err)
{
	struct conv_options *o = m->o;
	bool padded = false, system = false;
	int rc = 0;

	if (!o->label)
		o->label = m->xorriso ? "ISOIMAGE" : "CDROM";
	if (!o->dest)
		o->dest = o->print_blocks ? "/dev/null" : "-";
	o->dry_run = o->print_blocks;
	for (size_t i = 0; i < o->n_keys; i++) {
		padded = padded || !strcmp(o->key[i].key, "pad");
		system = system || !strcmp(o->key[i].key, "system-id");
	}
	if (!padded)
		rc = conv_add_key(o, "pad", "yes", err);
	if (!rc && !system && m->xorriso)	/* genisoimage says LINUX, as we do */
		rc = conv_add_key(o, "system-id", "", err);
	if (!rc)
		rc = settle_views(m, err);
	return rc ? rc : settle_owner(m, err);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the words of mkisofs and its kin; see convert/as_mkisofs.h.
 *
 * They are read as getopt_long_only(3) reads them, which genisoimage uses: long options have one dash or two, may be cut
 * short as long as one row is meant, and take their value after "=" or as the next word; single letters may be bundled
 * and take their value attached or next, though not where that could be a name.  A word that could be both is a long
 * option.  "--" ends the options, which may stand between the names of files. */
#include "config.h"

#include "convert/as_mkisofs.h"

#include <stdio.h>
#include <string.h>

#include "convert/options.h"
#include "core/cmdline.h"
#include "core/tool.h"

/* ---- finding a row ---- */

size_t
mk_next_name(const char **p)
{
	*p += strspn(*p, " +");
	return strcspn(*p, " +");
}

/* May the name at @p be cut short? */
static bool
has_short_forms(const struct mk_row *r, const char *p)
{
	return p == r->names || p[-1] != '+';
}

static const struct mk_row *
row_of_letter(char letter)
{
	for (const struct mk_row *r = mk_rows; r->names; r++)
		for (const char *p = r->names; mk_next_name(&p); p += mk_next_name(&p))
			if (mk_next_name(&p) == 1 && *p == letter)
				return r;
	return NULL;
}

/* The row whose long name is @word or, as the only one, begins so.  *@ret_many: several begin so. */
static const struct mk_row *
row_of_name(const char *word, size_t n, bool *ret_many)
{
	const struct mk_row *found = NULL;

	*ret_many = false;
	for (const struct mk_row *r = mk_rows; n && r->names; r++) {
		size_t len;

		for (const char *p = r->names; (len = mk_next_name(&p)); p += len) {
			if (len < n || len == 1 || strncmp(p, word, n) != 0)
				continue;
			if (len == n) {
				*ret_many = false;
				return r;
			}
			if (!has_short_forms(r, p))
				continue;
			*ret_many = *ret_many || (found && found != r);
			found = r;
		}
	}
	return *ret_many ? NULL : found;
}

/* ---- a word nobody knows ---- */

struct guess {
	char name[48];
	unsigned int far;
};

static void
nearest(const char *word, size_t n, struct guess *ret)
{
	*ret = (struct guess) { .far = 1 + (unsigned int)(n + 1) / 4 };
	for (const struct mk_row *r = mk_rows; n > 1 && r->names; r++) {
		size_t len;

		for (const char *p = r->names; (len = mk_next_name(&p)); p += len) {
			unsigned int far = len > 1 && len < sizeof ret->name ? cmd_distance(word, n, p, len) : ret->far;

			if (far >= ret->far || r->set == mk_refuse)
				continue;
			ret->far = far;
			snprintf(ret->name, sizeof ret->name, "%.*s", (int)len, p);
		}
	}
}

static int
unknown(struct mk *m, const char *word, size_t n, bool many, struct img_err *err)
{
	size_t dashes = word[1] == '-' ? 2 : 1;
	struct guess near;

	n = n < 60 ? n : 60;
	snprintf(m->t->hint, sizeof m->t->hint, "imgconv --as %s -help lists the options", m->call->name);
	if (many)
		return img_fail(err, IMG_E_USAGE, "%.*s: more than one option of %s begins so", (int)n, word, m->call->name);
	nearest(word + dashes, n - dashes, &near);
	if (near.name[0])
		return img_fail(err, IMG_E_USAGE, "unknown option %.*s of %s; did you mean -%s?", (int)n, word, m->call->name,
				near.name);
	return img_fail(err, IMG_E_USAGE, "unknown option %.*s of %s", (int)n, word, m->call->name);
}

/* ---- reading ---- */

struct reader {
	struct mk *m;
	int at, argc;
	char **argv;
};

/* Collect the values of @w's row: @first is what was attached, or NULL. */
static int
take_values(struct reader *r, struct mk_word *w, const char *first, struct img_err *err)
{
	size_t n = 0;

	for (const char *p = w->row->arg ? w->row->arg : ""; mk_next_name(&p); p += mk_next_name(&p)) {
		if (!first && r->at == r->argc)
			return img_fail(err, IMG_E_USAGE, "%s needs %s (%s)", w->shown, n ? "more values" : "a value", w->row->arg);
		w->value[n++] = first ? first : r->argv[r->at++];
		first = NULL;
	}
	if (first)
		return img_fail(err, IMG_E_USAGE, "%s takes no value", w->shown);
	return 0;
}

static int
set(struct reader *r, const struct mk_row *row, const char *shown, size_t n, const char *attached, struct img_err *err)
{
	struct mk_word w = { .row = row };
	int rc;

	snprintf(w.shown, sizeof w.shown, "%.*s", (int)n, shown);
	rc = row->set == mk_refuse ? 0 : take_values(r, &w, attached, err);
	return rc ? rc : row->set(r->m, &w, err);
}

/* "-volume_date" would be "-v -o lume_date" to getopt: what may just as well be a name is not taken apart.  Behind a
 * capital there is no name, and names have neither dots nor slashes. */
static bool
is_name(const char *word, char letter, const char *value)
{
	struct guess near;

	if ((letter < 'A' || letter > 'Z') && !strpbrk(value, "./"))
		return true;
	nearest(word, strlen(word), &near);
	return strlen(word) > 4 && near.name[0] && near.far <= 2 && strcmp(value, near.name);
}

/* "-JR", "-oFILE" */
static int
read_letters(struct reader *r, const char *word, struct img_err *err)
{
	for (const char *p = word + 1; *p; p++) {
		const struct mk_row *row = row_of_letter(*p);
		char shown[3] = { '-', *p, '\0' };
		int rc;

		if (!row || (row->arg && p[1] && is_name(word + 1, *p, p + 1)))
			return unknown(r->m, word, strlen(word), false, err);
		if (row->arg)
			return set(r, row, shown, 2, p[1] ? p + 1 : NULL, err);
		rc = set(r, row, shown, 2, NULL, err);
		if (rc)
			return rc;
	}
	return 0;
}

/* A word that begins with a dash. */
static int
read_option(struct reader *r, const char *word, struct img_err *err)
{
	size_t dashes = word[1] == '-' ? 2 : 1, n = strcspn(word, "=");
	bool many = false, letter = dashes == 1 && row_of_letter(word[1]);
	const struct mk_row *row = NULL;

	if (!letter || word[2])
		row = row_of_name(word + dashes, n - dashes, &many);
	if (row)
		return set(r, row, word, n, word[n] ? word + n + 1 : NULL, err);
	return many || !letter ? unknown(r->m, word, n, many, err) : read_letters(r, word, err);
}

static int
read_words(struct reader *r, struct img_err *err)
{
	bool only_names = false;
	int rc = 0;

	while (!rc && r->at < r->argc && !r->m->call->done) {
		const char *word = r->argv[r->at++];

		if (!only_names && !strcmp(word, "--"))
			only_names = true;
		else if (!only_names && word[0] == '-' && word[1])
			rc = read_option(r, word, err);
		else
			rc = mk_add(r->m, &r->m->names, word, err);
	}
	return rc;
}

static int
settle(struct mk *m, struct img_err *err)
{
	int rc = mk_settle(m, err);

	if (!rc)
		rc = mk_boot_settle(m, err);
	if (!rc)
		rc = mk_files_settle(m, err);
	if (!rc && !m->o->n_grafts)
		rc = img_fail(err, IMG_E_USAGE, "no source was named");
	if (!rc)
		m->o->source = m->o->graft[0].from;
	return rc;
}

static int
parse(struct tool *t, struct as_call *call, struct conv_options *ret, struct img_err *err)
{
	struct mk m = { .t = t, .o = ret, .call = call, .xorriso = !strncmp(call->name, "xorriso", 7) };
	struct reader r = { .m = &m, .at = 1, .argc = call->argc, .argv = call->argv };
	int rc;

	ret->sparse = 4096;
	ret->level = -1;
	ret->build = true;
	ret->overwrite = true;	/* as they do; the old image stays until the new one is complete */
	ret->to = "iso";
	rc = read_words(&r, err);
	if (!rc && !call->done && !strcmp(call->name, "xorriso") && !m.as_seen)
		rc = img_fail(err, IMG_E_USAGE, "imgconv stands in for xorriso -as mkisofs alone, and there is no -as");
	return rc || call->done ? rc : settle(&m, err);
}

const struct as_tool as_mkisofs = {
	.names = (const char *const[]) { "mkisofs", "genisoimage", "xorrisofs", "xorriso", NULL },
	.title = "makers of ISO 9660 images",
	.parse = parse,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources of mkisofs, on the command line and in lists.  A source is "FILE" or, with -graft-points, "PATH=FILE", where "\"
 * protects "=" and itself. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/as_mkisofs.h"
#include "convert/options.h"
#include "core/memory.h"
#include "core/tool.h"

/* ---- lists ---- */

int
mk_add(struct mk *m, struct mk_list *l, const char *text, struct img_err *err)
{
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 16;
		const char **v = img_arena_alloc(m->o->arena, room * sizeof *v);

		if (!v)
			return img_fail_nomem(err);
		if (l->n)
			memcpy(v, l->v, l->n * sizeof *v);
		l->v = v;
		l->room = room;
	}
	l->v[l->n++] = text;
	return 0;
}

int
mk_keep(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	const struct {
		const char *key;
		struct mk_list *to;
	} lists[] = {
		{ "path-list", &m->name_files }, { "quoted-list", &m->quoted_files }, { "exclude", &m->excludes },
		{ "exclude-list", &m->exclude_files }, { "sort", &m->sort_files }, { "weight", &m->weights },
		{ "weight-list", &m->weight_files },
	};
	int rc = 0;

	if (w->row->value) {	/* what is to be hidden: where from, and what */
		struct mk_list *l = strcmp(w->row->key, "hide") ? &m->hide_files : &m->hides;

		rc = mk_add(m, l, w->row->value, err);
		return rc ? rc : mk_add(m, l, w->value[0], err);
	}
	for (size_t i = 0; !rc && i < sizeof lists / sizeof *lists; i++) {
		if (strcmp(w->row->key, lists[i].key))
			continue;
		rc = mk_add(m, lists[i].to, w->value[0], err);
		if (!rc && w->value[1])
			rc = mk_add(m, lists[i].to, w->value[1], err);
	}
	return rc;
}

int
mk_read_lines(struct mk *m, const char *path, int (*each)(struct mk *m, char *line, struct img_err *err), struct img_err *err)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int rc = 0;

	if (!f)
		return img_fail_sys(err, errno, "%s: cannot open it", path);
	while (!rc && (n = getline(&line, &room, f)) >= 0) {
		char *kept;

		while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			line[--n] = '\0';
		kept = img_arena_str(m->o->arena, line, (size_t)n);
		rc = !kept ? img_fail_nomem(err) : *kept ? each(m, kept, err) : 0;
	}
	if (!rc && ferror(f))
		rc = img_fail_sys(err, errno, "%s: cannot read it", path);
	free(line);
	if (f != stdin)
		fclose(f);
	return rc;
}

int
mk_read_files(struct mk *m, const struct mk_list *files, int (*each)(struct mk *m, char *line, struct img_err *err),
	   struct img_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < files->n; i++)
		rc = mk_read_lines(m, files->v[i], each, err);
	return rc;
}

/* ---- sources ---- */

/* "PATH=FILE": PATH without its backslashes, to @ret_at; NULL: there is no "=". */
static const char *
cut_graft(struct mk *m, const char *text, char **ret_at)
{
	char *at = img_arena_alloc(m->o->arena, strlen(text) + 1);
	size_t n = 0;

	*ret_at = at;
	for (const char *p = text; at && *p; p++) {
		if (*p == '=')
			return p + 1;
		if (*p == '\\' && (p[1] == '=' || p[1] == '\\'))
			p++;
		at[n++] = *p;
	}
	return NULL;
}

/* "a\=b" without a graft point is the file "a=b". */
static int
add_source(struct mk *m, char *text, struct img_err *err)
{
	const char *from = m->grafts ? cut_graft(m, text, &text) : NULL, *root = m->root ? m->root : "";
	char *at;
	size_t room;

	if (!text)
		return img_fail_nomem(err);
	if (from && !*from)
		return img_fail(err, IMG_E_USAGE, "%s=: no file is named behind it", text);
	room = strlen(root) + strlen(text) + 3;
	at = img_arena_alloc(m->o->arena, room);
	if (!at)
		return img_fail_nomem(err);
	snprintf(at, room, "%s/%s", root, from ? text : "");
	return conv_add_graft(m->o, from ? from : text, at, err);
}

/* Words of a line that quotes of both kinds keep together. */
static int
add_quoted(struct mk *m, char *line, struct img_err *err)
{
	char *p = line;
	int rc = 0;

	while (!rc && *(p += strspn(p, " \t"))) {
		char *word = p, *to = p, quote = 0;

		for (; *p && (quote || (*p != ' ' && *p != '\t')); p++) {
			if (quote ? *p == quote : *p == '"' || *p == '\'')
				quote = quote ? 0 : *p;
			else
				*to++ = *p;
		}
		if (quote)
			return img_fail(err, IMG_E_USAGE, "%s: a quote is not closed in the list of sources", word);
		p += *p != '\0';
		*to = '\0';
		rc = add_source(m, word, err);
	}
	return rc;
}

static int
add_sources(struct mk *m, struct img_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < m->names.n; i++) {
		char *text = img_arena_str(m->o->arena, m->names.v[i], strlen(m->names.v[i]));

		rc = text ? add_source(m, text, err) : img_fail_nomem(err);
	}
	if (!rc)
		rc = mk_read_files(m, &m->name_files, add_source, err);
	return rc ? rc : mk_read_files(m, &m->quoted_files, add_quoted, err);
}

int
mk_files_settle(struct mk *m, struct img_err *err)
{
	int rc = add_sources(m, err);

	return rc ? rc : mk_globs_settle(m, err);
}

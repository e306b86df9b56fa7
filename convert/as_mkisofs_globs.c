/* SPDX-License-Identifier: BSD-2-Clause */
/* What mkisofs' options say about paths: what stays out, what is hidden, what lies in front.
 *
 * Their patterns, and the paths of a sort file, are paths of the host, as the sources have them; ours are paths in the image.
 * So each pattern is held against the names of every source, part by part, and what is left of it stands below the place
 * where that source goes: with "boot=tree/sub" the pattern "t*e/sub/x" leaves out boot/x.  Patterns without a slash are for
 * any name. */
#include "config.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/as_mkisofs.h"
#include "convert/options.h"
#include "core/memory.h"
#include "core/tool.h"

/* ---- from paths of the host to paths of the image ---- */

/* @path without "." and empty parts and, where it begins at the root or @whole wants that, from the root on. */
static char *
plain_path(struct mk *m, const char *path, bool whole, struct img_err *err)
{
	char here[4096] = "", *out, *to;

	if (whole && *path != '/' && !getcwd(here, sizeof here))
		here[0] = '\0';
	out = to = img_arena_alloc(m->o->arena, strlen(here) + strlen(path) + 3);
	if (!out) {
		img_fail_nomem(err);
		return NULL;
	}
	for (const char *in[] = { here, path, NULL }, **p = in; *p; p++)
		for (const char *s = *p; *(s += strspn(s, "/")); ) {
			size_t n = strcspn(s, "/");

			if (n != 1 || *s != '.') {
				if (to > out)
					*to++ = '/';
				memcpy(to, s, n);
				to += n;
			}
			s += n;
		}
	*to = '\0';
	return out;
}

/* What of @pattern lies below the folder @path, when its first parts fit those of @path; NULL: they do not. */
static const char *
rest_below(const char *pattern, const char *path)
{
	char part[256], name[256];

	while (*path) {
		size_t n = strcspn(path, "/"), k = strcspn(pattern, "/");

		if (!k || n >= sizeof name || k >= sizeof part)
			return NULL;
		snprintf(name, sizeof name, "%.*s", (int)n, path);
		snprintf(part, sizeof part, "%.*s", (int)k, pattern);
		if (fnmatch(part, name, 0))
			return NULL;
		path += n + (path[n] == '/');
		pattern += k + (pattern[k] == '/');
	}
	return pattern;
}

/* The place @at as a pattern that fits only that, with @rest below it. */
static char *
join(struct mk *m, const char *at, const char *rest, bool quote)
{
	char *out = img_arena_alloc(m->o->arena, 2 * strlen(at) + strlen(rest) + 3), *to = out;

	for (; out && *at; at++) {
		if (quote && strchr("*?[\\", *at))
			*to++ = '\\';
		if (*at != '/' || (to > out && to[-1] != '/'))
			*to++ = *at;
	}
	if (!out)
		return NULL;
	if (to > out && to[-1] != '/' && *rest)
		*to++ = '/';
	strcpy(to, rest);
	return out;
}

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

typedef int (*found)(struct mk *m, const char *image_path, void *ctx, struct img_err *err);

/* Hand every path of the image that @pattern, of the host, may stand for to @each, for what is left out as a pattern
 * (@quote).  *@ret_n: how many. */
static int
map_pattern(struct mk *m, const char *pattern, bool quote, found each, void *ctx, size_t *ret_n, struct img_err *err)
{
	int rc = 0;

	*ret_n = 0;
	for (size_t i = 0; !rc && i < m->o->n_grafts; i++) {
		const struct conv_graft *g = &m->o->graft[i];
		bool whole = *pattern == '/' || *g->from == '/';
		const char *path = plain_path(m, g->from, whole, err), *mine = plain_path(m, pattern, whole, err), *rest;
		char *at;

		if (!path || !mine)
			return IMG_E_NOMEM;
		rest = rest_below(mine, path);
		if (!rest)
			continue;
		if (!*rest && is_folder(g->from) && quote)	/* who names a source wants it */
			continue;
		/* a single file that goes into a folder */
		if (!*rest && *path && !is_folder(g->from) && g->to[strlen(g->to) - 1] == '/')
			rest = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
		at = join(m, g->to, rest, quote);
		if (!at)
			return img_fail_nomem(err);
		++*ret_n;
		rc = each(m, at, ctx, err);
	}
	return rc;
}

/* ---- what is left out ---- */

static int
exclude_path(struct mk *m, const char *image_path, void *ctx, struct img_err *err)
{
	char *p = img_arena_alloc(m->o->arena, strlen(image_path) + 2);

	if (!p)
		return img_fail_nomem(err);
	sprintf(p, "/%s", image_path);		/* with a slash it is a path, not any name */
	return ctx ? conv_add_key(m->o, ctx, p, err) : conv_add_exclude(m->o, p, err);
}

/* @key: of what is hidden; NULL: it stays out. */
static int
leave_out(struct mk *m, char *pattern, const char *key, struct img_err *err)
{
	size_t n = strlen(pattern), fits = 1;
	int rc;

	while (n > 1 && pattern[n - 1] == '/')
		pattern[--n] = '\0';
	if (!strchr(pattern, '/'))
		return key ? conv_add_key(m->o, key, pattern, err) : conv_add_exclude(m->o, pattern, err);
	rc = map_pattern(m, pattern, true, exclude_path, (void *)key, &fits, err);
	if (!rc && !fits)
		tool_say(m->t, TONE_WARNING, "exclude-unused", NULL, NULL, "%s: lies below none of the sources", pattern);
	return rc;
}

static int
exclude(struct mk *m, char *pattern, struct img_err *err)
{
	return leave_out(m, pattern, NULL, err);
}

static int
hide(struct mk *m, char *pattern, struct img_err *err)
{
	return leave_out(m, pattern, m->hide_key, err);
}

static int
add_hides(struct mk *m, struct img_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i + 1 < m->hides.n; i += 2) {
		char *pattern = img_arena_str(m->o->arena, m->hides.v[i + 1], strlen(m->hides.v[i + 1]));

		rc = pattern ? leave_out(m, pattern, m->hides.v[i], err) : img_fail_nomem(err);
	}
	for (size_t i = 0; !rc && i + 1 < m->hide_files.n; i += 2) {
		m->hide_key = m->hide_files.v[i];
		rc = mk_read_lines(m, m->hide_files.v[i + 1], hide, err);
	}
	return rc;
}

static int
add_excludes(struct mk *m, struct img_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < m->excludes.n; i++) {
		char *pattern = img_arena_str(m->o->arena, m->excludes.v[i], strlen(m->excludes.v[i]));

		rc = pattern ? exclude(m, pattern, err) : img_fail_nomem(err);
	}
	return rc ? rc : mk_read_files(m, &m->exclude_files, exclude, err);
}

/* ---- weights ---- */

/* @number is checked by the author, who names it. */
static int
add_weight(struct mk *m, const char *path, const char *number, struct img_err *err)
{
	size_t room = strlen(path) + strlen(number) + 2;
	char *value = img_arena_alloc(m->o->arena, room);

	if (!value)
		return img_fail_nomem(err);
	snprintf(value, room, "%s=%s", path, number);
	return conv_add_key(m->o, "weight", value, err);
}

static int
weigh_path(struct mk *m, const char *image_path, void *ctx, struct img_err *err)
{
	return add_weight(m, image_path, ctx, err);
}

/* genisoimage's list: a path of the host, blanks, a number. */
static int
sort_line(struct mk *m, char *line, struct img_err *err)
{
	size_t n = strlen(line), fits;
	char *number;
	int rc;

	while (n && (line[n - 1] == ' ' || line[n - 1] == '\t'))
		line[--n] = '\0';
	while (n && line[n - 1] != ' ' && line[n - 1] != '\t')
		n--;
	number = line + n;
	while (n && (line[n - 1] == ' ' || line[n - 1] == '\t'))
		line[--n] = '\0';
	if (!n)
		return img_fail(err, IMG_E_USAGE, "-sort: \"%.80s\" is no path with a number behind it", number);
	rc = map_pattern(m, line, false, weigh_path, number, &fits, err);
	if (!rc && !fits)
		tool_say(m->t, TONE_WARNING, "weight-unused", NULL, NULL, "-sort: %s lies below none of the sources", line);
	return rc;
}

/* xorrisofs' list: a number, a blank, a path of the image. */
static int
weight_line(struct mk *m, char *line, struct img_err *err)
{
	size_t n = strcspn(line, " \t");

	if (!n || !line[n])
		return img_fail(err, IMG_E_USAGE, "--sort-weight-list: \"%.80s\" is no number with a path behind it", line);
	line[n] = '\0';
	return add_weight(m, line + n + 1, line, err);
}

int
mk_globs_settle(struct mk *m, struct img_err *err)
{
	int rc = add_excludes(m, err);

	if (!rc)
		rc = add_hides(m, err);
	if (!rc)
		rc = mk_read_files(m, &m->sort_files, sort_line, err);
	if (!rc)
		rc = mk_read_files(m, &m->weight_files, weight_line, err);
	for (size_t i = 0; !rc && i + 1 < m->weights.n; i += 2)
		rc = add_weight(m, m->weights.v[i + 1], m->weights.v[i], err);
	return rc;
}

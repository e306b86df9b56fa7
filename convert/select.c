/* SPDX-License-Identifier: BSD-2-Clause */
/* A pattern is a glob over the whole path, in which '*' and '?' match '/' too, as tar's do: "*.txt" finds text files
 * everywhere, "docs" and "docs/" take the folder with all that is in it. */
#include "config.h"

#include "convert/select.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "img/env.h"

static char *
tidy(const char *p)
{
	size_t n;
	char *s;

	while (*p == '/' || (p[0] == '.' && p[1] == '/'))
		p++;
	n = strlen(p);
	while (n && p[n - 1] == '/')
		n--;
	s = malloc(n + 1);
	if (s) {
		memcpy(s, p, n);
		s[n] = '\0';
	}
	return s;
}

int
selection_init(struct selection *s, const char *const *patterns, size_t n, struct img_err *err)
{
	*s = (struct selection) { 0 };
	if (!n)
		return 0;
	s->pattern = calloc(n, sizeof *s->pattern);
	s->used = calloc(n, sizeof *s->used);
	if (!s->pattern || !s->used)
		goto nomem;
	for (; s->n < n; s->n++) {
		s->pattern[s->n] = tidy(patterns[s->n]);
		if (!s->pattern[s->n])
			goto nomem;
	}
	return 0;
nomem:
	selection_done(s);
	return img_fail_nomem(err);
}

void
selection_done(struct selection *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->pattern[i]);
	free(s->pattern);
	free(s->used);
	*s = (struct selection) { 0 };
}

static bool
fits(const char *pattern, const char *path)
{
	size_t n = strlen(pattern);

	if (!n || (!strncmp(path, pattern, n) && (!path[n] || path[n] == '/')))
		return true;
#ifdef FNM_LEADING_DIR
	return fnmatch(pattern, path, FNM_LEADING_DIR) == 0;
#else
	return fnmatch(pattern, path, 0) == 0;
#endif
}

bool
selection_has(struct selection *s, const char *path)
{
	bool has = !s->n;

	for (size_t i = 0; i < s->n; i++)
		if (fits(s->pattern[i], path))
			s->used[i] = has = true;
	return has;
}

size_t
selection_unused(const struct selection *s, struct img_env *env)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (!s->used[i]) {
			img_problem(env, IMG_ERROR, "not-found", "nothing in the image fits \"%s\"", s->pattern[i]);
			n++;
		}
	return n;
}

const char *
selection_strip(const char *path, unsigned int strip)
{
	while (strip--) {
		path = strchr(path, '/');
		if (!path)
			return NULL;
		path++;
	}
	return path;
}

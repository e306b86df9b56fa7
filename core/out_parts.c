/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream in several files, each an out of its own that appears under its name when all is well:
 *
 *   write → the files' shares, opened one after another   commit: an old first file goes, the others are named, then the first
 *
 * Whoever finds the first file finds a whole set.  What was named before a failure is taken away again. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/out.h"

struct out_parts {
	struct img_out out;
	char *path, *head;		/* as given, and of the first file */
	img_out_part_name *name;
	bool replace;
	uint64_t first, rest;		/* bytes of the stream that the first and each further file take */
	uint64_t end;			/* of what was written */
	size_t n, room, named;
	struct img_out **v;
};

static struct out_parts *
parts_of(struct img_out *o)
{
	return (struct out_parts *)o;
}

size_t
img_out_parts_at(const struct img_out *o, uint64_t off, uint64_t *ret_left)
{
	const struct out_parts *p = (const struct out_parts *)o;

	if (off < p->first) {
		*ret_left = p->first - off;
		return 0;
	}
	*ret_left = p->rest - (off - p->first) % p->rest;
	return 1 + (size_t)((off - p->first) / p->rest);
}

static uint64_t
start_of(const struct out_parts *p, size_t i)
{
	return i ? p->first + (i - 1) * p->rest : 0;
}

/* Each file holds two descriptors until the end. */
static void
want_descriptors(void)
{
	struct rlimit r;

	if (!getrlimit(RLIMIT_NOFILE, &r) && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

static int
open_next(struct out_parts *p, struct img_err *err)
{
	char *path;
	int rc;

	if (p->n == IMG_OUT_MAX_PARTS)
		return img_fail(err, IMG_E_LIMIT, "more than %d files; larger ones are needed", IMG_OUT_MAX_PARTS);
	if (p->n == p->room) {
		size_t room = p->room ? p->room * 2 : 8;
		struct img_out **v = realloc(p->v, room * sizeof *v);

		if (!v)
			return img_fail_nomem(err);
		p->v = v;
		p->room = room;
	}
	if (p->n == 100)
		want_descriptors();
	path = p->name(p->path, p->n);
	if (!path)
		return img_fail_nomem(err);
	rc = img_out_file(path, p->replace, &p->v[p->n], err);
	if (rc)
		img_note(err, rc, "%s", path);
	else
		p->n++;
	free(path);
	return rc;
}

static int
parts_write(struct img_out *o, uint64_t off, const void *buf, size_t len, struct img_err *err)
{
	struct out_parts *p = parts_of(o);
	const uint8_t *bytes = buf;
	int rc = 0;

	if (off != p->end)
		return img_fail(err, IMG_E_USAGE, "parts cannot be written out of order");
	while (!rc && len) {
		uint64_t left;
		size_t i = img_out_parts_at(o, off, &left), n = left < len ? (size_t)left : len;

		while (!rc && p->n <= i)
			rc = open_next(p, err);
		if (!rc)
			rc = img_out_write(p->v[i], off - start_of(p, i), bytes, n, err);
		bytes += n;
		off += n;
		len -= n;
	}
	p->end = off;
	return rc;
}

static int
parts_zero(struct img_out *o, uint64_t off, uint64_t len, struct img_err *err)
{
	static const uint8_t zeros[65536];
	int rc = 0;

	for (uint64_t end = off + len; !rc && off < end; off += sizeof zeros)
		rc = parts_write(o, off, zeros, end - off < sizeof zeros ? (size_t)(end - off) : sizeof zeros, err);
	return rc;
}

static int
parts_resize(struct img_out *o, uint64_t size, struct img_err *err)
{
	return 0;		/* each file is what was written to it */
}

struct img_out *
img_out_parts_file(struct img_out *o, size_t i, uint64_t *ret_len)
{
	const struct out_parts *p = parts_of(o);
	uint64_t start, next;

	if (i >= p->n)
		return NULL;
	start = start_of(p, i);
	next = start_of(p, i + 1);
	*ret_len = p->end <= start ? 0 : (p->end < next ? p->end : next) - start;
	return p->v[i];
}

int
img_out_parts_open(struct img_out *o, size_t i, struct img_out **ret, struct img_err *err)
{
	struct out_parts *p = parts_of(o);
	int rc = i < p->n ? 0 : open_next(p, err);

	if (!rc)
		*ret = p->v[i];
	return rc;
}

void
img_out_parts_cut(struct img_out *o, uint64_t first, uint64_t rest)
{
	struct out_parts *p = parts_of(o);

	p->first = first;
	p->rest = rest;
}

static int
commit_one(struct out_parts *p, size_t i, struct img_err *err)
{
	char *path = p->name(p->path, i);
	int rc = path ? img_out_commit(p->v[i], err) : img_fail_nomem(err);

	if (rc && path)
		img_note(err, rc, "%s", path);
	free(path);
	return rc;
}

static int
parts_commit(struct img_out *o, struct img_err *err)
{
	struct out_parts *p = parts_of(o);
	int rc = 0;

	/* what takes time comes first: names are given in one go */
	for (size_t i = 0; !rc && i < p->n; i++)
		rc = out_file_prepare(p->v[i], i > 0, err);
	if (rc)
		return rc;
	if (p->replace && p->n > 1 && unlink(p->head) && errno != ENOENT)
		return img_fail_sys(err, errno, "cannot remove the old one");
	for (p->named = 1; !rc && p->named < p->n; p->named += !rc)
		rc = commit_one(p, p->named, err);
	return rc || !p->n ? rc : commit_one(p, 0, err);
}

static void
parts_destroy(struct img_out *o)
{
	struct out_parts *p = parts_of(o);
	struct stat st;

	/* a set without its first file is none */
	if (p->named > 1 && stat(p->head, &st))
		for (size_t i = 1; i < p->named; i++) {
			char *path = p->name(p->path, i);

			if (path)
				unlink(path);
			free(path);
		}
	for (size_t i = 0; i < p->n; i++)
		img_out_free(p->v[i]);
	free(p->v);
	free(p->path);
	free(p->head);
	free(p);
}

static const struct img_out_ops parts_ops = {
	.write = parts_write, .zero = parts_zero, .resize = parts_resize, .commit = parts_commit, .destroy = parts_destroy,
};

int
img_out_parts(const char *path, img_out_part_name *name, bool replace, struct img_out **ret, struct img_err *err)
{
	struct out_parts *p = calloc(1, sizeof *p);
	int rc;

	if (!p)
		return img_fail_nomem(err);
	p->out.ops = &parts_ops;
	p->name = name;
	p->replace = replace;
	p->first = p->rest = UINT64_MAX / 4;
	p->path = strdup(path);
	p->head = name(path, 0);
	rc = p->path && p->head ? open_next(p, err) : img_fail_nomem(err);
	if (rc) {
		parts_destroy(&p->out);
		return rc;
	}
	p->out.free = p->v[0]->free;
	*ret = &p->out;
	return 0;
}

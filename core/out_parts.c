/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream in several files, each an out of its own that appears under its name when all is well:
 *
 *   write → the files' shares, opened one after another
 *   commit: an old first file goes, and what a longer old set has more; the others are named, then the first
 *
 * Whoever finds the first file finds a whole set, and no part of another.  What was named before a failure is taken away
 * again.  A file that comes right behind the last by its name would be read as a part of the set: it must not be there, or
 * it is replaced too.
 *
 * Where all parts are of one size (img_out_parts_even), any byte has its place, and any thread may write: files are opened
 * under a lock up to the one that is meant. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/out.h"

#define MAX_OLD_PARTS 100000	/* 7-Zip and split(1) stop far below */

struct out_parts {
	struct img_out out;
	char *path;
	img_out_part_name *name;
	bool replace;
	uint64_t first, rest;		/* bytes of the stream that the first and each further file take */
	uint64_t end;			/* of what was written, front to back */
	pthread_mutex_t lock;		/* guards opening */
	_Atomic size_t n;
	size_t named;
	struct img_out *v[IMG_OUT_MAX_PARTS];
	char *called[IMG_OUT_MAX_PARTS];	/* kept: names are given and taken away when memory may have run out */
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
	struct stat st;
	char *path;
	int rc;

	if (p->n == IMG_OUT_MAX_PARTS)
		return img_fail(err, IMG_E_LIMIT, "more than %d files; larger ones are needed", IMG_OUT_MAX_PARTS);
	if (p->n == 100)
		want_descriptors();
	path = p->name(p->path, p->n);
	if (!path)
		return img_fail_nomem(err);
	rc = !stat(path, &st) && !S_ISREG(st.st_mode) ? img_fail(err, IMG_E_EXISTS, "is no ordinary file") :
	     img_out_file(path, p->replace, &p->v[p->n], err);
	if (rc) {
		img_note(err, rc, "%s", path);
		free(path);
		return rc;
	}
	p->called[p->n++] = path;
	return 0;
}

/* Have file @i, and all before it. */
static int
open_up_to(struct out_parts *p, size_t i, struct img_err *err)
{
	int rc = 0;

	if (atomic_load(&p->n) > i)
		return 0;
	pthread_mutex_lock(&p->lock);
	while (!rc && p->n <= i)
		rc = open_next(p, err);
	pthread_mutex_unlock(&p->lock);
	return rc;
}

static int
parts_write(struct img_out *o, uint64_t off, const void *buf, size_t len, struct img_err *err)
{
	struct out_parts *p = parts_of(o);
	bool even = o->flags & IMG_OUT_SEEKS;
	const uint8_t *bytes = buf;
	int rc = 0;

	if (!even && off != p->end)
		return img_fail(err, IMG_E_USAGE, "parts cannot be written out of order");
	while (!rc && len) {
		uint64_t left;
		size_t i = img_out_parts_at(o, off, &left), n = left < len ? (size_t)left : len;

		rc = open_up_to(p, i, err);
		if (!rc)
			rc = img_out_write(p->v[i], off - start_of(p, i), bytes, n, err);
		bytes += n;
		off += n;
		len -= n;
	}
	if (!even)
		p->end = off;
	return rc;
}

static int
parts_zero(struct img_out *o, uint64_t off, uint64_t len, struct img_err *err)
{
	static const uint8_t zeros[65536];
	int rc = 0;

	if (o->flags & IMG_OUT_ZEROED)		/* the files are holes where nothing is written */
		return 0;
	for (uint64_t end = off + len; !rc && off < end; off += sizeof zeros)
		rc = parts_write(o, off, zeros, end - off < sizeof zeros ? (size_t)(end - off) : sizeof zeros, err);
	return rc;
}

static int
parts_copy(struct img_out *o, uint64_t off, struct img_source *from, uint64_t at, uint64_t len, bool share,
	   uint64_t *ret_done, struct img_err *err)
{
	struct out_parts *p = parts_of(o);
	uint64_t done = 0, now, want = 0;
	int rc = 0;

	for (now = 0; !rc && now == want && done < len; done += now) {
		uint64_t left;
		size_t i = img_out_parts_at(o, off + done, &left);

		want = left < len - done ? left : len - done;
		rc = open_up_to(p, i, err);
		if (!rc)
			rc = img_out_copy(p->v[i], off + done - start_of(p, i), from, at + done, want, share, &now, err);
	}
	*ret_done = done;
	return rc;
}

/* Even parts that nothing was written to are files as well. */
static int
parts_resize(struct img_out *o, uint64_t size, struct img_err *err)
{
	struct out_parts *p = parts_of(o);
	size_t n = size ? (size_t)((size - 1) / p->rest) + 1 : 1;
	int rc = 0;

	if (!(o->flags & IMG_OUT_SEEKS))
		return 0;		/* each file is what was written to it */
	if (size > p->rest * IMG_OUT_MAX_PARTS)
		n = IMG_OUT_MAX_PARTS + 1;
	rc = open_up_to(p, n - 1, err);
	for (size_t i = 0; !rc && i < n; i++)
		rc = img_out_resize(p->v[i], i + 1 < n ? p->rest : size - start_of(p, i), err);
	while (!rc && p->n > n) {
		p->n--;
		img_out_free(p->v[p->n]);
		free(p->called[p->n]);
	}
	p->end = size;
	return rc;
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
	int rc = open_up_to(p, i, err);

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

void
img_out_parts_even(struct img_out *o, uint64_t each)
{
	struct out_parts *p = parts_of(o);

	img_out_parts_cut(o, each, each);
	o->flags |= p->v[0]->flags & (IMG_OUT_SEEKS | IMG_OUT_ZEROED);
}

/* ---- names ---- */

/* Is there a file called as part @i would be?  *ret_path is "" where there is no such part. */
static int
is_there(const struct out_parts *p, size_t i, char **ret_path, bool *ret, struct img_err *err)
{
	struct stat st;

	*ret_path = p->name(p->path, i);
	if (!*ret_path)
		return img_fail_nomem(err);
	*ret = **ret_path && lstat(*ret_path, &st) == 0;
	return 0;
}

/* No part may be there, however many it will be. */
static int
refuse_old(const struct out_parts *p, struct img_err *err)
{
	bool there = false, more = true;
	int rc = 0;

	for (size_t i = 0; !rc && more && i < IMG_OUT_MAX_PARTS; i++) {
		char *path;

		rc = is_there(p, i, &path, &there, err);
		more = !rc && *path;
		if (!rc && there)
			rc = img_note(err, img_fail(err, IMG_E_EXISTS, "already exists"), "%s", path);
		free(path);
	}
	return rc;
}

/* Of a longer old set what follows ours. */
static int
remove_surplus(const struct out_parts *p, struct img_err *err)
{
	bool there = true;
	int rc = 0;

	for (size_t i = p->n; !rc && there && i < MAX_OLD_PARTS; i++) {
		char *path;

		rc = is_there(p, i, &path, &there, err);
		if (!rc && there && unlink(path))
			rc = img_fail_sys(err, errno, "%s: cannot remove this part of the old set", path);
		free(path);
	}
	return rc;
}

static int
finish_one(struct out_parts *p, size_t i, struct img_err *err)
{
	int rc;

	p->v[i]->unnamed = true;
	rc = img_out_commit(p->v[i], err);
	return rc ? img_note(err, rc, "%s", p->called[i]) : 0;
}

/* The first comes last. */
static int
give_names(struct out_parts *p, struct img_err *err)
{
	struct img_out *order[IMG_OUT_MAX_PARTS];
	size_t named;
	int rc;

	for (size_t i = 0; i < p->n; i++)
		order[i] = p->v[(i + 1) % p->n];
	rc = img_out_name(order, p->n, &named, err);
	p->named = named < p->n ? named + 1 : p->n;
	return rc ? img_note(err, rc, "%s", p->called[(named + 1) % p->n]) : 0;
}

static int
remove_first(const struct out_parts *p, struct img_err *err)
{
	if (unlink(p->called[0]) && errno != ENOENT)
		return img_fail_sys(err, errno, "cannot remove the old one");
	return 0;
}

/* Is the set without its first file, and is therefore none? */
static bool
lacks_first(const struct out_parts *p)
{
	struct stat st;

	return lstat(p->called[0], &st) != 0;
}

static int
parts_commit(struct img_out *o, struct img_err *err)
{
	struct out_parts *p = parts_of(o);
	char *next = NULL;
	bool surplus = false;
	int rc = 0;

	for (size_t i = 0; !rc && i < p->n; i++)
		rc = finish_one(p, i, err);
	if (!rc)
		rc = is_there(p, p->n, &next, &surplus, err);
	free(next);
	if (!rc && p->replace && (p->n > 1 || surplus))
		rc = remove_first(p, err);
	if (!rc && p->replace && surplus)
		rc = remove_surplus(p, err);
	return rc ? rc : give_names(p, err);
}

static void
parts_destroy(struct img_out *o)
{
	struct out_parts *p = parts_of(o);

	if (p->named > 1 && lacks_first(p))
		for (size_t i = 1; i < p->named; i++)
			unlink(p->called[i]);
	for (size_t i = 0; i < p->n; i++) {
		img_out_free(p->v[i]);
		free(p->called[i]);
	}
	pthread_mutex_destroy(&p->lock);
	free(p->path);
	free(p);
}

static const struct img_out_ops parts_ops = {
	.write = parts_write, .zero = parts_zero, .copy = parts_copy, .resize = parts_resize, .commit = parts_commit, .destroy = parts_destroy,
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
	pthread_mutex_init(&p->lock, NULL);
	p->path = strdup(path);
	rc = !p->path ? img_fail_nomem(err) : replace ? 0 : refuse_old(p, err);
	if (!rc)
		rc = open_next(p, err);
	if (rc) {
		parts_destroy(&p->out);
		return rc;
	}
	p->out.free = p->v[0]->free;
	*ret = &p->out;
	return 0;
}

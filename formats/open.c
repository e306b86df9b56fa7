/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening a file down to its sectors: probe, open, and again on what came out, until nobody claims it. */
#include "config.h"

#include "img/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/env.h"
#include "core/limits.h"
#include "core/memory.h"
#include "core/parallel.h"
#include "formats/guess.h"
#include "formats/known/known.h"
#include "formats/split/split.h"
#include "img/env.h"
#include "img/source.h"
#include "img/tree.h"

/* The ends of a stream, where nearly all signatures are. */
struct ends {
	uint8_t head[4096], tail[1024];
	size_t n_head, n_tail;
};

static void
tail_read(struct img_source *s, struct ends *e)
{
	e->n_tail = s->size < sizeof e->tail ? (size_t)s->size : sizeof e->tail;
	if (img_source_read(s, s->size - e->n_tail, e->tail, e->n_tail, NULL))
		e->n_tail = 0;
}

struct whole_ends {
	struct img_source *s;
	struct ends *e;
};

/* The tail, or a byte of the chunk at the head behind what is had without the rest of it. */
static int
whole_end(void *ctx, size_t i, struct img_err *err)
{
	struct whole_ends *w = ctx;
	uint8_t byte;

	if (!i)
		tail_read(w->s, w->e);
	else if (w->s->size > IMG_MAX_HEAD)
		img_source_read(w->s, IMG_MAX_HEAD, &byte, 1, NULL);
	return 0;
}

/* The tail, at the cost of decoding the chunk around it.  Who will read everything anyway has the first chunk decoded beside
 * it: of either, one processor would do the work while the others wait. */
static void
tail_read_whole(struct img_source *s, struct ends *e)
{
	struct whole_ends w = { s, e };

	img_parallel(0, img_env_peeks(s->env) == IMG_PEEK_ONLY ? 1 : 2, whole_end, &w, NULL);
}

static void
ends_read(struct img_source *s, struct ends *e)
{
	e->n_head = s->size < sizeof e->head ? (size_t)s->size : sizeof e->head;
	if (img_source_read(s, 0, e->head, e->n_head, NULL))
		e->n_head = 0;
	tail_read(s, e);
}

static bool
magic_fits(struct img_source *s, const struct ends *e, const struct img_magic *m)
{
	uint8_t buf[64];
	uint64_t at = m->off;

	if (m->where == IMG_FROM_END) {
		if (m->off > s->size || m->n > m->off)
			return false;
		if (m->off <= e->n_tail)
			return !memcmp(e->tail + e->n_tail - m->off, m->bytes, m->n);
		at = s->size - m->off;
	}
	if (at + m->n <= e->n_head)
		return !memcmp(e->head + at, m->bytes, m->n);
	return m->n <= sizeof buf && at + m->n <= s->size && !img_source_read(s, at, buf, m->n, NULL) &&
	       !memcmp(buf, m->bytes, m->n);
}

static enum img_match
match(const struct img_format *f, const struct img_open *o, const struct ends *e)
{
	const struct img_magic *m = f->magics;

	while (m && m->n && !magic_fits(o->below, e, m))
		m++;
	if (m && !m->n)
		return IMG_MATCH_NONE;
	return f->confirm ? f->confirm(o) : m ? IMG_MATCH_MAGIC : IMG_MATCH_NONE;
}

/* Who claims the stream?  NULL: nobody.  Reads within the probe budget, which inside a container is small: what is there
 * has to be decoded first. */
static int
probe(const struct img_open *o, bool inside, const struct img_format **ret, struct img_err *err)
{
	const int64_t most = inside ? IMG_PROBE_INSIDE : IMG_PROBE_BUDGET;
	const struct img_format *best = NULL, *rival = NULL;
	enum img_match sure = IMG_MATCH_NONE;
	int64_t budget = atomic_load(&o->env->budget);
	struct ends e;

	if (budget > most)
		img_env_set_budget(o->env, most);
	ends_read(o->below, &e);
	if (!e.n_tail && !inside && budget > most && !(o->below->flags & IMG_HEAD_ONLY)) {
		/* in a chunk larger than the budget of a probe: a DMG shows itself only here */
		img_env_set_budget(o->env, budget);
		tail_read_whole(o->below, &e);
		img_env_set_budget(o->env, most);
	}
	for (size_t i = 0; img_containers[i]; i++) {
		const struct img_format *f = img_containers[i];
		enum img_match m = match(f, o, &e);

		/* an image may begin with a chunk that is a compressed stream */
		if (m > sure || (m && m == sure && best->wraps_anything && !f->wraps_anything)) {
			best = f;
			rival = NULL;
			sure = m;
		} else if (m && m == sure && best->wraps_anything == f->wraps_anything) {
			rival = f;
		}
	}
	if (budget > most)
		img_env_set_budget(o->env, budget);
	if (rival)
		return img_fail(err, IMG_E_UNKNOWN, "could be %s or %s; -f %s or -f %s says which", best->title,
				rival->title, best->name, rival->name);
	*ret = best;
	return 0;
}

/* The format for the next layer: what the caller says for the outermost one, else what the probe finds. */
static int
choose(const struct img_open *o, bool inside, const char *from, const struct img_format **ret, struct img_err *err)
{
	const struct img_format *f;

	if (!from)
		return probe(o, inside, ret, err);
	f = img_format_by_name(from);
	if (!f && known_by_name(from))
		return img_fail(err, IMG_E_UNSUPPORTED, "-f %s: this build cannot read %ss", from,
				known_by_name(from)->title);
	if (!f || !(f->open || f->enter))
		return img_fail(err, IMG_E_USAGE, "unknown source format \"%s\"; --list-formats shows what there is", from);
	*ret = f;
	return 0;
}

/* An archive: what comes out of it has siblings there. */
static int
enter(struct img_image *im, const struct img_format *f, const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	struct img_entered in;
	int rc = f->enter(o, &in, err);

	if (rc)
		return rc;
	img_tree_unref(im->folder);
	free(im->name);
	im->folder = in.folder;
	im->name = in.name;
	im->entered = im->n + 1;
	*ret = in.source;
	return 0;
}

/* @f: NULL: somebody whom this build knows by name only, or IMG_E_UNKNOWN. */
static int
add_layer(struct img_image *im, const struct img_format *f, const struct img_open *o, struct img_err *err)
{
	struct img_source *s;
	int rc;

	if (im->n >= img_env_limits(o->env)->max_depth || im->n >= IMG_CHAIN_MAX)
		return img_fail(err, IMG_E_LIMIT, "more than %u containers inside each other", im->n);
	rc = !f ? known_open(o, &f, &s, err) : f->enter ? enter(im, f, o, &s, err) : f->open(o, &s, err);
	if (rc)
		return rc;
	im->layer[im->n].format = f;
	im->layer[im->n++].source = s;
	im->top = s;
	return 0;
}

/* What an opener of the next layer gets.  Only the file itself and what comes out of an archive lie in a folder; a path is
 * for the first archive. */
static struct img_open
next_open(const struct img_image *im, const struct img_open *first)
{
	struct img_open o = { .below = im->top, .env = im->env, .closed = first->closed };

	if (!im->n) {
		o.folder = first->folder;
		o.name = first->name;
	} else if (im->n == im->entered) {
		o.folder = im->folder;
		o.name = im->name;
	}
	if (!im->entered)
		o.inner = first->inner;
	return o;
}

/* A part of a set stands for the set: -f is about the whole. */
static int
open_parts(struct img_image *im, const char *from, const struct img_open *first, struct img_err *err)
{
	struct img_open o = next_open(im, first);

	if (!strcmp(from, img_format_split.name) || img_format_split.confirm(&o) != IMG_MATCH_PART)
		return 0;
	return add_layer(im, &img_format_split, &o, err);
}

/* Is the stream on top what a container holds, and not one that was only unpacked or joined? */
static bool
is_inside(const struct img_image *im)
{
	return im->n && !im->layer[im->n - 1].format->wraps_anything;
}

/* One layer more.  *ret_end: nobody claims what is on top. */
static int
open_layer(struct img_image *im, const char *from, const struct img_open *first, bool *ret_end, struct img_err *err)
{
	struct img_open o = next_open(im, first);
	const struct img_format *f = NULL;
	int rc = choose(&o, is_inside(im), from, &f, err);

	*ret_end = !rc && !f && is_inside(im);
	if (rc || *ret_end)
		return rc;
	rc = add_layer(im, f, &o, err);
	*ret_end = !f && rc == IMG_E_UNKNOWN;
	return *ret_end ? 0 : rc;
}

/* Down to the file that a path in an archive means. */
static int
open_archive(struct img_image *im, const struct img_open *first, struct img_err *err)
{
	bool end = false;
	int rc = 0;

	while (!rc && !end && first->inner && !im->entered)
		rc = open_layer(im, NULL, first, &end, err);
	if (!rc && end)
		rc = img_fail(err, IMG_E_USAGE, "is no archive that \"%s\" could lie in", first->inner);
	return rc;
}

static int
open_layers(struct img_image *im, const char *from, const struct img_open *first, struct img_err *err)
{
	bool raw = from && !strcmp(from, "raw"), end = raw;
	int rc = open_archive(im, first, err);
	unsigned int below;		/* layers that @from is not about */

	if (!rc && from)
		rc = open_parts(im, from, first, err);
	below = im->n;
	while (!rc && !end && !(im->top->flags & IMG_LOCKED))
		rc = open_layer(im, im->n > below ? NULL : from, first, &end, err);
	if (rc || raw)
		return rc;
	if (im->top->flags & IMG_LOCKED) {
		uint8_t byte;

		img_source_read(im->top, 0, &byte, 1, &im->locked);	/* fails and says why */
		return 0;
	}
	if (is_inside(im) || img_volumes_any(im->top))
		return 0;
	return img_guess(im, first, err);
}

/* Was only the beginning of a stream decoded? */
static bool
saw_only_head(const struct img_image *im)
{
	for (unsigned int i = 0; i < im->n; i++)
		if (im->layer[i].source->flags & IMG_HEAD_ONLY)
			return true;
	return false;
}

int
img_image_open_as(struct img_source *file, const char *from, const struct img_open *o, struct img_image *ret,
		  struct img_err *err)
{
	struct img_image im = { .env = file->env, .file = file, .top = file };
	int rc = open_layers(&im, from, o, err);

	if (rc) {
		bool again = saw_only_head(&im) && !(file->flags & IMG_HEAD_ONLY) &&
			     (rc == IMG_E_UNKNOWN || rc == IMG_E_LIMIT);

		im.file = NULL;		/* stays the caller's */
		img_image_done(&im);
		if (!again)
			return rc;
		if (err)	/* a DMG shows itself only by its end */
			*err = (struct img_err) { 0 };
		img_env_set_peek(file->env, IMG_PEEK_NOT);
		return img_image_open_as(file, from, o, ret, err);
	}
	if (!im.n && file->size % 512)
		img_problem(file->env, IMG_NOTE, "raw-odd-size", "the size, %" PRIu64
			    " bytes, is no whole number of sectors", file->size);
	*ret = im;
	return 0;
}

int
img_image_open(struct img_source *file, const char *from, struct img_tree *folder, const char *name,
	       struct img_image *ret, struct img_err *err)
{
	return img_image_open_as(file, from, &(struct img_open) { .folder = folder, .name = name }, ret, err);
}

int
img_late_claim(struct img_source *ends, const struct img_format **ret, struct img_err *err)
{
	const struct img_open o = { .below = ends, .env = ends->env };

	return probe(&o, false, ret, err);
}

void
img_image_done(struct img_image *im)
{
	while (im->n)
		img_unref(im->layer[--im->n].source);
	img_unref(im->file);
	img_tree_unref(im->folder);
	free(im->name);
	*im = (struct img_image) { 0 };
}

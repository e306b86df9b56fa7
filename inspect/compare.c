/* SPDX-License-Identifier: BSD-2-Clause */
/* Comparing sectors is a conversion of one image into a sink that holds what it gets against the other image: so it runs on
 * all processors, tests the checksums on the way, and zeros that both maps tell are never made.  The first difference is
 * an error of the sink, and the engine's rule for errors (the lowest counts) finds it whatever the threads did. */
#include "config.h"

#include "inspect/compare.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/progress.h"
#include "core/text.h"
#include "core/verdict.h"
#include "img/env.h"
#include "img/report.h"
#include "img/sink.h"
#include "img/source.h"
#include "inspect/inspect.h"

#define STEP ((size_t)256 << 10)

struct compare_sink {
	struct img_sink sink;		/* first */
	struct img_source *other;
	uint64_t size;			/* of what both have */
	_Atomic uint64_t first;		/* lowest byte found to differ; UINT64_MAX: none */
};

static void
note_difference(struct compare_sink *c, uint64_t off)
{
	uint64_t had = atomic_load(&c->first);

	while (off < had && !atomic_compare_exchange_weak(&c->first, &had, off))
		;
}

static size_t
first_difference(const uint8_t *a, const uint8_t *b, size_t n)
{
	size_t i = 0;

	while (i + 64 <= n && !memcmp(a + i, b + i, 64))
		i += 64;
	while (i < n && a[i] == b[i])
		i++;
	return i;
}

/* @raw NULL: zeros. */
static int
compare_bytes(struct compare_sink *c, uint64_t off, const uint8_t *raw, size_t n, struct img_err *err)
{
	static const uint8_t zeros[STEP];
	static _Thread_local uint8_t buf[STEP];
	size_t i;
	int rc = img_source_read(c->other, off, buf, n, err);

	if (rc)
		return rc;
	if (!raw)
		raw = zeros;
	if (!memcmp(buf, raw, n))
		return 0;
	i = first_difference(buf, raw, n);
	note_difference(c, off + i);
	return img_fail(err, IMG_E_CHECKSUM, "differ");
}

static int
compare_append(struct img_sink *k, const struct img_unit *u, struct img_err *err)
{
	struct compare_sink *c = (struct compare_sink *)k;
	uint64_t end = u->off + u->len < c->size ? u->off + u->len : c->size;
	struct img_extent e;
	int rc = 0;

	for (uint64_t off = u->off; !rc && off < end;) {
		uint64_t n = end - off < STEP ? end - off : STEP;

		if (!u->raw) {
			rc = img_source_resolve(c->other, off, &e, NULL, err);
			if (rc)
				break;
			if (e.kind == IMG_HOLE || e.kind == IMG_ZERO) {
				off = e.off + e.len;
				continue;
			}
			n = e.off + e.len - off < n ? e.off + e.len - off : n;
		}
		rc = compare_bytes(c, off, u->raw ? u->raw + (off - u->off) : NULL, (size_t)n, err);
		off += n;
	}
	return rc;
}

static int
compare_finish(struct img_sink *k, struct img_err *err)
{
	return 0;
}

static void
compare_destroy(struct img_sink *k)
{
}

static const struct img_sink_ops compare_ops = {
	.append = compare_append, .finish = compare_finish, .destroy = compare_destroy,
};

/* ---- the job ---- */

/* The one whose bytes cost more to make is moved: its chunks are then decoded once each. */
static bool
is_dear(struct img_source *s)
{
	struct img_extent e;

	for (uint64_t off = 0, tries = 0; off < s->size && tries < 64; off = e.off + e.len, tries++) {
		if (img_source_resolve(s, off, &e, NULL, NULL))
			return true;
		if (e.kind == IMG_DATA && e.codec)
			return true;
	}
	return false;
}

static int
compare_sectors(struct inspection *in, struct img_source *b, uint64_t *ret_first, struct img_err *err)
{
	struct img_source *a = in->arg.sectors;
	bool swap = is_dear(b) && !is_dear(a);
	struct compare_sink c = {
		.sink = { .ops = &compare_ops, .flags = IMG_ANY_ORDER }, .other = swap ? a : b,
		.size = a->size < b->size ? a->size : b->size, .first = UINT64_MAX,
	};
	struct progress progress;
	struct img_job job = {
		.source = swap ? b : a, .sink = &c.sink, .threads = in->t->o.threads, .progress = progress_step,
		.progress_ctx = &progress,
	};
	int rc;

	progress_begin(&progress, in->t, "compare", in->path, in->o->compare, job.source->size);
	rc = img_job_run(&job, err);
	progress_end(&progress);
	img_job_done(&job);
	*ret_first = atomic_load(&c.first);
	return rc == IMG_E_CHECKSUM && *ret_first != UINT64_MAX ? 0 : rc;
}

static void
say_difference(struct inspection *in, const struct img_source *b, uint64_t first, struct img_rep *o)
{
	const struct img_source *a = in->arg.sectors;

	if (first == UINT64_MAX && a->size == b->size) {
		img_rep_bool(o, "equal", true);
		return;
	}
	img_rep_bool(o, "equal", false);
	if (a->size != b->size)
		img_rep_uint(o, "other_size", b->size);
	if (first == UINT64_MAX)		/* one is the beginning of the other */
		return;
	img_rep_uint(o, "first_difference", first);
	img_rep_uint(o, "sector", first / 512);
	compare_owner(in, first, o);
}

static int
sectors(struct inspection *in, struct image_arg *other, struct img_err *err)
{
	struct img_rep *o = img_report_root(in->compared);
	const struct img_source *a = in->arg.sectors, *b = other->sectors;
	char x[TEXT_SIZE_MAX], y[TEXT_SIZE_MAX];
	uint64_t first;
	int rc = compare_sectors(in, other->sectors, &first, err);

	if (rc)
		return rc;
	say_difference(in, b, first, o);
	if (first != UINT64_MAX)
		return img_fail(err, IMG_E_CHECKSUM, "differs from %s: first at byte %" PRIu64, other->path, first);
	if (a->size != b->size)
		return img_fail(err, IMG_E_CHECKSUM, "differs from %s in size: %s against %s", other->path,
				text_size_exact(x, a->size), text_size_exact(y, b->size));
	return 0;
}

/* What no format claims is compared as it is: nothing is made of it. */
static int
open_other(struct image_arg *other, struct img_err *err)
{
	struct img_err why = { 0 };
	int rc = image_arg_open(other, NULL, &why);

	if (rc == IMG_E_UNKNOWN)
		return image_arg_open(other, "raw", err);
	if (rc && err)
		*err = why;
	return rc;
}

int
inspect_compare(struct inspection *in, struct img_err *err)
{
	struct image_arg other = { 0 };
	int rc = image_arg_file(&other, in->env, in->o->compare, err);

	in->compared = img_report_new();
	if (!in->compared)
		rc = img_fail_nomem(err);
	else
		img_rep_str(img_report_root(in->compared), "other", in->o->compare);
	if (!rc)
		rc = open_other(&other, err);
	if (!rc)
		rc = image_arg_pick(&other, in->t->o.partition, err);
	if (rc)
		rc = img_note(err, rc, "%s", in->o->compare);
	else
		rc = in->o->files ? compare_files(in, &other, err) : sectors(in, &other, err);
	image_arg_done(&other);
	return rc;
}

/* ---- words ---- */

static void
text_files(const struct inspection *in, const struct img_rep *o)
{
	const struct img_rep *list = img_rep_get(o, "differences");

	for (const struct img_rep *d = list ? list->first : NULL; d; d = d->next) {
		const char *change = img_rep_get_str(d, "change"), *what = img_rep_get_str(d, "what");

		printf("%-8s ", change);
		text_put(stdout, img_rep_get_str(d, "path"), in->t->utf8);
		if (what)
			printf(" (%s)", what);
		putchar('\n');
	}
}

void
text_compare(const struct inspection *in)
{
	const struct img_rep *o = img_report_root(in->compared);
	const char *path = img_rep_get_str(o, "path");

	if (in->o->files)
		text_files(in, o);
	if (img_rep_get_bool(o, "equal")) {
		if (!in->t->o.quiet) {
			text_put(stdout, in->path, in->t->utf8);
			fputs(" and ", stdout);
			text_put(stdout, in->o->compare, in->t->utf8);
			puts(in->o->files ? " hold the same files" : " hold the same sectors");
		}
		return;
	}
	if (!img_rep_get(o, "first_difference"))
		return;
	printf("first difference: byte %" PRIu64 " (sector %" PRIu64 ")", img_rep_get_uint(o, "first_difference", 0),
	       img_rep_get_uint(o, "sector", 0));
	if (img_rep_get(o, "partition"))
		printf(", partition %" PRIu64, img_rep_get_uint(o, "partition", 0));
	if (path) {
		fputs(", ", stdout);
		text_put(stdout, path, in->t->utf8);
	} else if (img_rep_get(o, "in")) {
		printf(", in %s", img_rep_get_str(o, "in"));
	}
	putchar('\n');
}

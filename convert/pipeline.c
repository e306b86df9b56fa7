/* SPDX-License-Identifier: BSD-2-Clause */
/* A job: the main pass from source to sink, then a pass over the bytes that some check still misses. */
#include "config.h"

#include "img/job.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_SCHED_H
#include <sched.h>
#endif

#include "convert/engine.h"
#include "core/memory.h"
#include "img/env.h"

#define MAX_TAPS 8	/* no caller wants more */

/* A job that moves only part of an image still reads so much aside to finish a check. */
#define ASIDE_ANYWAY (UINT64_C(1) << 20)

unsigned int
img_processors(void)
{
	long n;
#ifdef HAVE_SCHED_GETAFFINITY
	cpu_set_t set;

	if (!sched_getaffinity(0, sizeof set, &set))
		return (unsigned int)CPU_COUNT(&set);
#endif
	n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (unsigned int)n : 1;
}

/* How many may work on what @s gives, beside the one that calls. */
static unsigned int
threads_for(const struct img_job *j, const struct img_source *s)
{
	unsigned int n = j->threads ? j->threads : img_processors();

	if (j->serial || n == 1 || (s->flags & IMG_FORWARD))
		return 0;
	/* a small image is done before the threads have started */
	if (s->size < UINT64_C(1) << 20)
		return 0;
	return n;
}

/* ---- digests of the whole stream ---- */

/* Those the caller wants, and checks that go in order over just these bytes. */
struct taps {
	struct chorus *chorus;	/* NULL: none */
	size_t n_checks;
	size_t check[MAX_TOGETHER];
};

static int
taps_begin(const struct img_job *j, struct taps *ret, struct img_err *err)
{
	const struct img_digest *digest[MAX_TAPS + MAX_TOGETHER];
	const struct img_checks *c = j->checks;
	size_t n = 0;

	assert(j->n_taps <= MAX_TAPS);
	*ret = (struct taps) { 0 };
	while (n < j->n_taps) {
		digest[n] = j->taps[n].digest;
		n++;
	}
	for (size_t i = 0; c && i < c->n && ret->n_checks < MAX_TOGETHER && !j->ignore_errors; i++) {
		if (c->v[i].digest->combine || c->v[i].over != j->source)
			continue;
		ret->check[ret->n_checks++] = i;
		digest[n++] = c->v[i].digest;
	}
	if (!n)
		return 0;
	/* what comes by is moved by one thread; its digests need not be made by the same */
	return chorus_new(digest, n, threads_for(j, j->source) > 1 ||
			  ((j->source->flags & IMG_FORWARD) && !j->serial && j->threads != 1), &ret->chorus, err);
}

static void
taps_finish(struct img_job *j, const struct taps *t)
{
	for (size_t i = 0; i < j->n_taps; i++)
		chorus_finish(t->chorus, i, j->taps[i].found);
	for (size_t i = 0; i < t->n_checks; i++)
		check_settle(j->checks, t->check[i], t->chorus, j->n_taps + i);
}

/* ---- passes ---- */

static int
main_pass(struct img_job *j, struct tally *tally, struct img_err *err)
{
	struct pass p = { .job = j, .source = j->source, .sink = j->sink, .tally = tally, .phase = "write" };
	img_autofree bool *taken = NULL;
	struct taps taps;
	int rc = taps_begin(j, &taps, err);

	if (!rc && j->checks && j->checks->n && !(taken = calloc(j->checks->n, sizeof *taken)))
		rc = img_fail_nomem(err);
	for (size_t i = 0; !rc && i < taps.n_checks; i++)
		taken[taps.check[i]] = true;
	p.taken = taken;
	p.tap = taps.chorus;
	p.plan = (struct plan) {
		.source = j->source, .sink = j->sink,
		.may_accept = !tally_active(tally) && !p.tap && !j->ignore_errors,
	};
	if (!rc)
		rc = pass_run(&p, threads_for(j, j->source), err);
	if (!rc)
		taps_finish(j, &taps);
	chorus_free(taps.chorus);
	return rc ? rc : j->sink->ops->finish(j->sink, err);
}

/* Read what checks still miss, into nowhere. */
static int
aside_pass(struct img_job *j, struct tally *tally, struct img_err *err)
{
	img_autounref struct img_source *missing = NULL;
	struct img_sink_job nowhere = { 0 };
	struct img_sink *null;
	int rc = tally_missing(tally, j->checks_aside ? UINT64_MAX : ASIDE_ANYWAY, &missing, err);

	if (rc || !missing)
		return rc;
	rc = img_sink_null.begin(&nowhere, NULL, &null, err);
	if (!rc) {
		struct pass p = { .job = j, .source = missing, .sink = null, .tally = tally, .phase = "check" };

		p.plan = (struct plan) { .source = missing, .sink = null };
		rc = pass_run(&p, threads_for(j, missing), err);
		null->ops->destroy(null);
	}
	return rc;
}

/* ---- damage, in order whatever the threads did ---- */

static int
by_offset(const void *a, const void *b)
{
	uint64_t x = ((const struct img_damage *)a)->off, y = ((const struct img_damage *)b)->off;

	return x < y ? -1 : x > y;
}

static void
sort_damage(struct img_job *j)
{
	size_t k = 0;

	if (!j->n_damage)
		return;
	qsort(j->damage, j->n_damage, sizeof *j->damage, by_offset);
	for (size_t i = 1; i < j->n_damage; i++) {
		struct img_damage *last = &j->damage[k], *d = &j->damage[i];

		if (last->off + last->len == d->off && !strcmp(last->why, d->why))
			last->len += d->len;
		else
			j->damage[++k] = *d;
	}
	j->n_damage = k + 1;
}

int
img_job_run(struct img_job *j, struct img_err *err)
{
	struct tally *tally = NULL;
	int rc = 0;

	if (j->source->size == IMG_SIZE_UNKNOWN && (j->sink->ops->needs & IMG_NEEDS_SIZE))
		return img_fail(err, IMG_E_USAGE, "this target must know the size beforehand");
	if (j->checks && j->checks->n)
		rc = tally_new(j->checks, &tally, err);
	if (!rc)
		rc = main_pass(j, tally, err);
	if (!rc && tally) {
		rc = aside_pass(j, tally, err);
		if (!rc)
			tally_settle(tally);
	}
	tally_free(tally);
	sort_damage(j);
	return rc;
}

void
img_job_done(struct img_job *j)
{
	free(j->damage);
	j->damage = NULL;
	j->n_damage = 0;
}

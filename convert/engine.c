/* SPDX-License-Identifier: BSD-2-Clause */
/* One pass on many threads.
 *
 *   plan ─▶ worker (read, decode, sum, encode) ─▶ append ─▶ sink
 *
 * Workers take units from the plan under the lock.  Where the sink takes units in any order and nobody needs them in
 * order, the worker appends its unit itself.  Otherwise a unit goes into a ring by its number, and the caller's thread
 * appends in order; a worker may be at most the ring ahead.
 *
 * Invariants:
 *  1. Units are planned front to back, each once; seq has no gaps.
 *  2. Memory in flight stays below `most`, except that one outsize unit goes through alone.
 *  3. The error that is reported is that of the lowest unit that failed, whatever the threads did.
 *  4. After a failure no new unit is taken; those taken are finished, so that nobody holds a buffer at the end. */
#include "config.h"

#include "convert/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "core/thread.h"
#include "img/codec.h"
#include "img/env.h"

#define PER_THREAD (UINT64_C(4) << 20)	/* of units in flight */
#define LARGE_CHUNK (UINT64_C(64) << 20)	/* larger ones go through alone */
#define NEAR 64			/* checks over the same bytes stand near each other; a block map has a hundred thousand */
#define PROGRESS_NS 100000000	/* the caller's thread wakes so often to show progress */

struct worker {
	struct pass *pass;
	pthread_t thread;
	struct work own;	/* any order; ordered: only its room */
	struct room stored;
};

/* Remember a failure; the lowest unit wins.  Lock held.  Invariants 3, 4. */
static void
fail_at(struct pass *p, uint64_t seq, uint64_t off, uint64_t len, int rc, const struct img_err *err)
{
	if (!p->rc || seq < p->rc_seq) {
		p->failed_off = off;
		p->failed_len = len;
		p->rc = rc;
		p->rc_seq = seq;
		p->err = *err;
		p->err.code = rc;
	}
	p->stop = true;
	pthread_cond_broadcast(&p->can_take);
	pthread_cond_broadcast(&p->changed);
}

static void
fail_unit(struct pass *p, const struct work *w, int rc, const struct img_err *err)
{
	fail_at(p, w->pu.unit.seq, w->pu.unit.off, w->pu.unit.len, rc, err);
}

/* Lock held.  In any order the caller's thread waits for the end only: waking it for each of many small units costs more
 * than the units. */
static void
give_back(struct pass *p, const struct work *w)
{
	p->in_flight -= w->pu.memory;
	p->busy--;
	if (w->pu.memory > p->most)
		p->alone = false;
	pthread_cond_broadcast(&p->can_take);
	if (p->window || !p->busy)
		pthread_cond_signal(&p->changed);
}

/* Append a unit; any thread where the order does not matter. */
static int
put_through(struct pass *p, struct work *w, struct img_err *err)
{
	struct img_unit *u = &w->pu.unit;
	int rc = 0;

	if (p->tap)
		rc = unit_tap(p, w, err);
	if (!rc)
		rc = p->sink->ops->append(p->sink, u, err);
	free(u->stored);
	u->stored = NULL;
	atomic_fetch_add(&p->done, u->len);
	return rc;
}

/* May the worker plan another unit now?  Lock held. */
static bool
must_wait(const struct pass *p)
{
	if (p->stop || p->ended)
		return false;
	return p->alone || p->in_flight >= p->most || (p->window && p->plan.seq >= p->head + p->window);
}

/* Plan a unit and reserve its memory.  Lock held.  False at the end. */
static bool
take_unit(struct pass *p, struct work *own, struct work **ret)
{
	struct img_err err = { 0 };
	struct plan_unit pu;
	struct work *w;
	bool end;
	int rc;

	while (must_wait(p))
		pthread_cond_wait(&p->can_take, &p->lock);
	if (p->stop || p->ended)
		return false;
	rc = plan_next(&p->plan, &pu, &end, &err);
	if (rc)
		fail_at(p, p->plan.seq, p->plan.off, 1, rc, &err);
	if (end && !rc) {
		p->ended = true;
		pthread_cond_broadcast(&p->can_take);
		pthread_cond_signal(&p->changed);
	}
	if (rc || end)
		return false;
	w = p->window ? &p->ring[pu.unit.seq % p->window] : own;
	w->pu = pu;
	w->rc = 0;
	p->busy++;
	if (pu.memory > p->most) {		/* invariant 2: alone */
		p->alone = true;
		while (p->in_flight && !p->stop)
			pthread_cond_wait(&p->can_take, &p->lock);
	}
	p->in_flight += pu.memory;
	*ret = w;
	return true;
}

/* Does check @i go in order, and has nobody taken it yet? */
static bool
is_serial(const struct pass *p, size_t i)
{
	const struct img_checks *c = p->job->checks;

	return !c->v[i].digest->combine && c->result[i].state == IMG_CHECK_NOT_RUN && !p->taken[i];
}

/* Checks that go in order, as a piece of work of their own: all of them over the same bytes, which are read once.  Lock
 * held.  False when there is none left. */
static bool
take_serial(struct pass *p, struct worker *me)
{
	struct serial_checks group = { 0 };
	struct img_checks *c = p->job->checks;
	struct img_err err = { 0 };
	int rc;

	while (p->taken && p->next_serial < c->n && !is_serial(p, p->next_serial))
		p->next_serial++;
	if (!p->taken || p->next_serial >= c->n || p->stop)
		return false;
	for (size_t i = p->next_serial; i < c->n && i < p->next_serial + NEAR && group.n < MAX_TOGETHER; i++) {
		if (!is_serial(p, i) || c->v[i].over != c->v[p->next_serial].over)
			continue;
		group.check[group.n++] = i;
		p->taken[i] = true;
	}
	p->busy++;
	pthread_mutex_unlock(&p->lock);
	rc = serial_check(p, &group, &me->stored, &err);
	pthread_mutex_lock(&p->lock);
	p->busy--;
	if (rc)
		fail_at(p, UINT64_MAX, 0, 0, rc, &err);
	pthread_cond_signal(&p->changed);
	return true;
}

static void
swap_rooms(struct room *a, struct room *b)
{
	struct room r = *a;

	*a = *b;
	*b = r;
}

/* A unit whose decoded bytes nobody wants any more weighs what was made of it.  Lock held. */
static void
lighten(struct pass *p, struct work *w)
{
	uint64_t left = w->pu.unit.stored ? w->pu.unit.n_stored : 0;

	if (w->pu.unit.raw || w->pu.memory > p->most || w->pu.memory <= left)
		return;
	p->in_flight -= w->pu.memory - left;
	w->pu.memory = left;
	pthread_cond_broadcast(&p->can_take);
}

static void
work_one(struct pass *p, struct worker *me, struct work *w)
{
	pthread_mutex_unlock(&p->lock);
	if (p->window)		/* the worker's own room, unless the unit keeps it until its turn */
		swap_rooms(&w->raw, &me->own.raw);
	w->rc = unit_work(p, w, &me->stored, &w->err);
	if (p->window && !w->pu.unit.raw)
		swap_rooms(&w->raw, &me->own.raw);
	if (w->rc) {
		free(w->pu.unit.stored);
		w->pu.unit.stored = NULL;
	}
	if (!w->rc && !p->window)
		w->rc = put_through(p, w, &w->err);
	if (w->pu.memory > p->most) {		/* do not keep what an outsize unit needed */
		room_done(&me->stored);
		if (!p->window || !w->pu.unit.raw)
			room_done(&me->own.raw);
	}
	pthread_mutex_lock(&p->lock);
	if (p->window) {
		lighten(p, w);
		w->ready = true;
		pthread_cond_signal(&p->changed);
		return;
	}
	if (w->rc)
		fail_unit(p, w, w->rc, &w->err);
	give_back(p, w);
}

static void *
worker_main(void *arg)
{
	struct worker *me = arg;
	struct pass *p = me->pass;
	struct work *w;

	pthread_mutex_lock(&p->lock);
	while (take_serial(p, me))
		;
	while (take_unit(p, &me->own, &w))
		work_one(p, me, w);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* ---- the caller's thread ---- */

static void
tell(struct pass *p)
{
	struct img_progress now = { p->phase, atomic_load(&p->done), p->source->size };

	if (p->job->progress)
		p->job->progress(p->job->progress_ctx, &now);
}

/* Wait for a change, or for the time to show progress.  Lock held. */
static void
wait_a_while(struct pass *p)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += PROGRESS_NS;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	if (pthread_cond_timedwait(&p->changed, &p->lock, &t) == ETIMEDOUT) {
		pthread_mutex_unlock(&p->lock);
		tell(p);
		pthread_mutex_lock(&p->lock);
	}
}

/* Is the pass over for the caller's thread?  Lock held. */
static bool
over(const struct pass *p)
{
	return (p->ended || p->stop) && !p->busy;
}

/* The unit whose turn it is, if it is ready.  Lock held. */
static struct work *
turn(struct pass *p)
{
	struct work *w = p->window ? &p->ring[p->head % p->window] : NULL;

	return w && w->ready ? w : NULL;
}

static void
append_in_order(struct pass *p, struct work *w)
{
	w->ready = false;
	if (w->rc)
		fail_unit(p, w, w->rc, &w->err);
	if (!p->rc || w->pu.unit.seq < p->rc_seq) {
		struct img_err err = { 0 };
		int rc;

		pthread_mutex_unlock(&p->lock);
		rc = put_through(p, w, &err);
		tell(p);	/* a slow target keeps this thread from ever waiting */
		pthread_mutex_lock(&p->lock);
		if (rc)
			fail_unit(p, w, rc, &err);
	}
	free(w->pu.unit.stored);
	w->pu.unit.stored = NULL;
	if (w->pu.memory > p->most)
		room_done(&w->raw);
	p->head++;
	give_back(p, w);
}

static void
conduct(struct pass *p)
{
	pthread_mutex_lock(&p->lock);
	while (!over(p)) {
		struct work *w = turn(p);

		if (w)
			append_in_order(p, w);
		else
			wait_a_while(p);
	}
	pthread_mutex_unlock(&p->lock);
}

/* Everything in this thread: the second implementation, which tests compare with the first. */
static void
run_serial(struct pass *p)
{
	struct worker me = { .pass = p };
	struct work *w;
	time_t last = time(NULL);

	p->window = 0;
	pthread_mutex_lock(&p->lock);
	while (take_serial(p, &me))
		;
	while (take_unit(p, &me.own, &w)) {
		work_one(p, &me, w);
		if (time(NULL) != last) {
			last = time(NULL);
			tell(p);
		}
	}
	pthread_mutex_unlock(&p->lock);
	room_done(&me.own.raw);
	room_done(&me.stored);
}

static int
run_parallel(struct pass *p, unsigned int threads, struct img_err *err)
{
	struct worker *w = calloc(threads, sizeof *w);
	unsigned int n = 0;

	p->ring = p->window ? calloc(p->window, sizeof *p->ring) : NULL;
	if (!w || (p->window && !p->ring)) {
		free(w);
		free(p->ring);
		return img_fail_nomem(err);
	}
	while (n < threads) {
		w[n].pass = p;
		if (img_thread(&w[n].thread, worker_main, &w[n]))
			break;
		n++;
	}
	if (n)
		conduct(p);
	for (unsigned int i = 0; i < n; i++) {
		pthread_join(w[i].thread, NULL);
		room_done(&w[i].own.raw);
		room_done(&w[i].stored);
	}
	for (size_t i = 0; i < p->window; i++)
		room_done(&p->ring[i].raw);
	free(p->ring);
	free(w);
	if (!n)		/* no thread to be had: then alone */
		run_serial(p);
	return 0;
}

/* Bytes in flight: each thread a few megabytes, or a chunk, where the source's are larger and still bearable. */
static uint64_t
most_in_flight(const struct pass *p, unsigned int threads)
{
	uint64_t one = PER_THREAD, off = 0;
	struct img_extent e;

	for (unsigned int i = 0; i < 4 && off < p->source->size && !(p->source->flags & IMG_FORWARD); i++) {
		if (img_source_resolve(p->source, off, &e, NULL, NULL))
			break;
		if (e.kind == IMG_DATA && e.codec && !e.codec->decode_at && e.whole + e.stored > one && e.whole + e.stored <= LARGE_CHUNK)
			one = e.whole + e.stored;
		off = e.off + e.len;
	}
	return (threads ? threads : 1) * one;
}

int
pass_run(struct pass *p, unsigned int threads, struct img_err *err)
{
	bool ordered = p->tap || !(p->sink->flags & IMG_ANY_ORDER);
	int rc = 0;

	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->can_take, NULL);
	pthread_cond_init(&p->changed, NULL);
	p->threads = threads > 1;
	p->most = most_in_flight(p, threads);
	p->window = threads && ordered ? 2 * (size_t)threads + 2 : 0;
	if (threads)
		rc = run_parallel(p, threads, err);
	else
		run_serial(p);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->can_take);
	pthread_cond_destroy(&p->changed);
	if (!rc && p->rc) {
		rc = p->rc;
		if (err)
			*err = p->err;
	}
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream that passes once; see core/flow.h.  Its bytes lie in a ring of slots:
 *
 *	made (the flow's thread) → full → taken by read (another thread) → made again …
 *
 * The slots that were full last stay as they are when the end comes: what they hold is the tail. */
#include "config.h"

#include "core/flow.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/checked.h"
#include "core/memory.h"
#include "core/thread.h"
#include "img/env.h"
#include "img/source.h"

#define SLOT ((size_t)512 << 10)	/* a unit of the engine */
#define SLOTS 8
#define LOOK_NS 200000000		/* who waits looks so often whether the job was cancelled */

struct img_flow {
	struct img_source src;		/* first */
	img_flow_make *make;
	void (*done)(void *ctx);
	void *ctx;
	struct img_flow *below;		/* the flow that @make reads, which @ctx holds; NULL: none */
	pthread_t thread;
	size_t fill;			/* bytes in the slot that is being made: its maker's own */

	pthread_mutex_t lock;		/* guards what follows */
	pthread_cond_t changed;
	uint8_t *slot[SLOTS];		/* allocated when first needed */
	uint64_t n_full, n_taken;	/* slots, counted from the start */
	uint64_t size;			/* bytes in full slots; all of them once @ended */
	bool ended, stop;
	int rc;				/* why there is no more, with @err */
	struct img_err err;
};

static struct img_flow *
flow_of(struct img_source *s)
{
	return (struct img_flow *)s;
}

/* Wait for a change, but not for long.  Lock held. */
static void
wait_a_while(struct img_flow *f)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += LOOK_NS;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	pthread_cond_timedwait(&f->changed, &f->lock, &t);
}

/* ---- the maker ---- */

int
img_flow_room(struct img_flow *f, uint8_t **ret, size_t *ret_n, struct img_err *err)
{
	uint8_t **slot;
	int rc = 0;

	pthread_mutex_lock(&f->lock);
	while (!f->stop && f->n_full - f->n_taken >= SLOTS && !img_env_cancelled(f->src.env))
		wait_a_while(f);
	slot = &f->slot[f->n_full % SLOTS];
	if (f->stop || img_env_cancelled(f->src.env))
		rc = img_fail(err, IMG_E_CANCELLED, "interrupted");
	else if (!*slot && !(*slot = malloc(SLOT)))
		rc = img_fail_nomem(err);
	pthread_mutex_unlock(&f->lock);
	if (rc)
		return rc;
	*ret = *slot + f->fill;
	*ret_n = SLOT - f->fill;
	return 0;
}

/* The slot is as full as it gets.  Lock held. */
static void
hand_over(struct img_flow *f)
{
	if (!f->fill)
		return;
	f->size += f->fill;
	f->n_full++;
	f->fill = 0;
	pthread_cond_broadcast(&f->changed);
}

void
img_flow_came(struct img_flow *f, size_t n)
{
	assert(n <= SLOT - f->fill);
	f->fill += n;
	if (f->fill < SLOT)
		return;
	pthread_mutex_lock(&f->lock);
	hand_over(f);
	pthread_mutex_unlock(&f->lock);
}

bool
img_flow_wanted(struct img_flow *f)
{
	bool wanted;

	pthread_mutex_lock(&f->lock);
	wanted = !f->stop;
	pthread_mutex_unlock(&f->lock);
	return wanted && !img_env_cancelled(f->src.env);
}

static void *
run(void *arg)
{
	struct img_flow *f = arg;
	struct img_err err = { 0 };
	int rc = f->make(f->ctx, f, &err);

	pthread_mutex_lock(&f->lock);
	hand_over(f);		/* what came before a failure is good */
	f->ended = true;
	f->rc = rc;
	f->err = err;
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

/* ---- the source ---- */

/* Wait until @off is there.  1 at the end.  Lock held. */
static int
wait_for(struct img_flow *f, uint64_t off, struct img_err *err)
{
	while (off >= f->size && !f->ended) {
		if (f->stop || img_env_cancelled(f->src.env))
			return img_fail(err, IMG_E_CANCELLED, "interrupted");
		wait_a_while(f);
	}
	if (off < f->size)
		return 0;
	if (f->rc && err)
		*err = f->err;
	return f->rc ? f->rc : 1;
}

static int
flow_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	struct img_flow *f = flow_of(s);
	uint64_t begin = off - off % SLOT;
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = wait_for(f, off, err);
	if (!rc)
		*ret = (struct img_extent) {
			.off = begin, .len = f->size - begin < SLOT ? f->size - begin : SLOT, .kind = IMG_OPAQUE,
		};
	else if (rc > 0)
		*ret = (struct img_extent) { .off = off, .kind = IMG_OPAQUE };
	pthread_mutex_unlock(&f->lock);
	return rc < 0 ? rc : 0;
}

static int
flow_read(struct img_source *s, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	struct img_flow *f = flow_of(s);
	uint8_t *out = buf;

	while (len) {
		size_t in = (size_t)(off % SLOT), n = SLOT - in < len ? SLOT - in : len;
		const uint8_t *slot;
		int rc;

		pthread_mutex_lock(&f->lock);
		rc = wait_for(f, off + n - 1, err);
		if (rc > 0)
			rc = img_fail(err, IMG_E_FORMAT, "the stream ends at %" PRIu64, f->size);
		else if (!rc && off / SLOT < f->n_taken)
			rc = img_fail(err, IMG_E_LIMIT, "the stream is past %" PRIu64 " already", off);
		slot = f->slot[off / SLOT % SLOTS];
		pthread_mutex_unlock(&f->lock);
		if (rc)
			return rc;
		memcpy(out, slot + in, n);
		off += n;
		out += n;
		len -= n;
		if (off % SLOT)
			continue;
		pthread_mutex_lock(&f->lock);
		f->n_taken = off / SLOT;
		pthread_cond_broadcast(&f->changed);
		pthread_mutex_unlock(&f->lock);
	}
	return 0;
}

/* Nobody wants more, neither of this one nor of what it is made from. */
static void
stop(struct img_flow *f)
{
	for (; f; f = f->below) {
		pthread_mutex_lock(&f->lock);
		f->stop = true;
		pthread_cond_broadcast(&f->changed);
		pthread_mutex_unlock(&f->lock);
	}
}

static void
flow_destroy(struct img_source *s)
{
	struct img_flow *f = flow_of(s);

	stop(f);
	pthread_join(f->thread, NULL);
	f->done(f->ctx);
	for (size_t i = 0; i < SLOTS; i++)
		free(f->slot[i]);
	pthread_cond_destroy(&f->changed);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

static const struct img_source_ops flow_ops = { .map = flow_map, .read = flow_read, .destroy = flow_destroy };

int
img_flow_new(struct img_source *from, const char *layer, img_flow_make *make, void (*done)(void *ctx), void *ctx,
	     struct img_source **ret, struct img_err *err)
{
	struct img_flow *f = calloc(1, sizeof *f);

	if (!f)
		return img_fail_nomem(err);
	img_source_init(&f->src, &flow_ops, from->env, layer, IMG_SIZE_UNKNOWN, 512);
	f->src.flags = IMG_FORWARD;
	f->below = from->ops == &flow_ops ? flow_of(from) : NULL;
	f->make = make;
	f->done = done;
	f->ctx = ctx;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->changed, NULL);
	if (img_thread(&f->thread, run, f)) {
		pthread_cond_destroy(&f->changed);
		pthread_mutex_destroy(&f->lock);
		free(f);
		return img_fail(err, IMG_E_NOMEM, "cannot start a thread");
	}
	*ret = &f->src;
	return 0;
}

/* ---- what is passed over ---- */

/* Forget full slots up to the one of @off, or to the end.  1 at the end. */
static int
forget(struct img_flow *f, uint64_t off, struct img_err *err)
{
	int rc = 0;

	pthread_mutex_lock(&f->lock);
	while (!rc && f->n_taken < off / SLOT) {
		if (f->n_taken < f->n_full) {
			f->n_taken++;
			pthread_cond_broadcast(&f->changed);
		} else {
			rc = wait_for(f, f->size, err);
		}
	}
	pthread_mutex_unlock(&f->lock);
	return rc;
}

int
img_flow_skip(struct img_source *s, uint64_t off, struct img_err *err)
{
	int rc = forget(flow_of(s), off, err);

	return rc > 0 ? img_fail(err, IMG_E_FORMAT, "the stream ends at %" PRIu64, flow_of(s)->size) : rc;
}

int
img_flow_drain(struct img_source *s, uint64_t *ret_size, struct img_err *err)
{
	int rc = forget(flow_of(s), UINT64_MAX, err);

	if (rc < 0)
		return rc;
	*ret_size = flow_of(s)->size;
	return 0;
}

/* ---- the ends ---- */

struct ends {
	struct img_source src;
	struct img_source *head;
	uint64_t n_head, n_tail;
	uint8_t tail[];
};

static int
ends_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	*ret = (struct img_extent) { .len = s->size, .kind = IMG_OPAQUE };
	return 0;
}

static int
ends_read(struct img_source *s, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	struct ends *e = (struct ends *)s;
	uint64_t tail = s->size - e->n_tail;
	size_t n = off < tail && tail - off < len ? (size_t)(tail - off) : off < tail ? len : 0;

	if (n && !span_ok(off, n, e->n_head))
		return img_fail(err, IMG_E_LIMIT, "only the ends of the stream are known");
	if (n) {
		int rc = img_source_read(e->head, off, buf, n, err);

		if (rc)
			return rc;
	}
	if (len > n)
		memcpy((uint8_t *)buf + n, e->tail + (off + n - tail), len - n);
	return 0;
}

static void
ends_destroy(struct img_source *s)
{
	img_unref(((struct ends *)s)->head);
	free(s);
}

static const struct img_source_ops ends_ops = { .map = ends_map, .read = ends_read, .destroy = ends_destroy };

int
img_flow_ends(struct img_source *s, struct img_source *head, uint64_t n_head, struct img_source **ret, struct img_err *err)
{
	struct img_flow *f = flow_of(s);
	/* the maker may have begun on one more slot and put nothing there */
	uint64_t first = f->n_full > SLOTS - 1 ? f->n_full - (SLOTS - 1) : 0, n = f->size - first * SLOT;
	struct ends *e = malloc(sizeof *e + (size_t)n);

	assert(f->ended);
	if (!e)
		return img_fail_nomem(err);
	img_source_init(&e->src, &ends_ops, s->env, s->layer, f->size, head->sector_size);
	e->head = img_ref(head);
	e->n_head = n_head < f->size ? n_head : f->size;
	e->n_tail = n;
	for (uint64_t i = first; i < f->n_full; i++)
		memcpy(e->tail + (i - first) * SLOT, f->slot[i % SLOTS],
		       i + 1 < f->n_full ? SLOT : (size_t)(f->size - i * SLOT));
	*ret = &e->src;
	return 0;
}

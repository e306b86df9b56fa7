/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads that take items by number until none is left. */
#include "config.h"

#include "core/parallel.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_THREADS 256
#define STACK ((size_t)512 << 10)	/* small, so that a tight address space limit leaves room */

struct crew {
	img_parallel_fn *fn;
	void *ctx;
	size_t n;
	atomic_size_t next;
	atomic_bool failed;
	pthread_mutex_t lock;		/* of what follows */
	size_t first;			/* item of @err */
	struct img_err err;
	int rc;
};

static void
note_failure(struct crew *c, size_t i, int rc, const struct img_err *err)
{
	pthread_mutex_lock(&c->lock);
	if (!c->rc || i < c->first) {
		c->first = i;
		c->err = *err;
		c->rc = rc;
	}
	atomic_store(&c->failed, true);
	pthread_mutex_unlock(&c->lock);
}

static void *
crew_main(void *p)
{
	struct crew *c = p;

	/* items are begun in order, so every one before a failed one is worked on to its end */
	while (!atomic_load(&c->failed)) {
		size_t i = atomic_fetch_add(&c->next, 1);
		struct img_err err = { 0 };
		int rc;

		if (i >= c->n)
			break;
		rc = c->fn(c->ctx, i, &err);
		if (rc)
			note_failure(c, i, rc, &err);
	}
	return NULL;
}

static unsigned int
processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 && n < MAX_THREADS ? (unsigned int)n : 1;
}

int
img_parallel(unsigned int threads, size_t n, img_parallel_fn *fn, void *ctx, struct img_err *err)
{
	struct crew c = { .fn = fn, .ctx = ctx, .n = n, .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t thread[MAX_THREADS];
	pthread_attr_t attr;
	unsigned int begun = 0;

	if (!threads)
		threads = processors();
	if (threads > MAX_THREADS)
		threads = MAX_THREADS;
	if (threads > n)
		threads = (unsigned int)n;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK < (size_t)PTHREAD_STACK_MIN ? (size_t)PTHREAD_STACK_MIN : STACK);
	/* the caller is one of them; without any other it does all */
	while (begun + 1 < threads && !pthread_create(&thread[begun], &attr, crew_main, &c))
		begun++;
	pthread_attr_destroy(&attr);
	crew_main(&c);
	while (begun)
		pthread_join(thread[--begun], NULL);
	if (c.rc && err)
		*err = c.err;
	return c.rc;
}

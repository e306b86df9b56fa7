/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of the engine: one pass over one source, and the pieces of work on it. */
#ifndef CONVERT_ENGINE_H
#define CONVERT_ENGINE_H

#include <pthread.h>
#include <stdatomic.h>

#include "convert/chorus.h"
#include "convert/plan.h"
#include "convert/tally.h"
#include "img/job.h"

/* A buffer that keeps its room from unit to unit. */
struct room {
	uint8_t *p;
	size_t size;
};
int room_for(struct room *r, uint64_t size, struct img_err *err);
void room_done(struct room *r);

/* A unit being worked on. */
struct work {
	struct plan_unit pu;
	struct room raw;
	bool ready;		/* waits for its turn to be appended */
	int rc;
	struct img_err err;
};

/* One pass: a source through a sink. */
struct pass {
	struct img_job *job;
	struct img_source *source;
	struct img_sink *sink;
	struct tally *tally;	/* may be NULL */
	struct chorus *tap;	/* digests of the whole decoded stream; NULL: none in this pass */
	const char *phase;

	pthread_mutex_t lock;	/* guards what follows */
	pthread_cond_t can_take, changed;
	struct plan plan;
	bool ended, stop;	/* nothing more to plan; somebody failed */
	bool alone;		/* an outsize unit is in flight, or waits to be */
	uint64_t in_flight, most;	/* bytes of memory */
	unsigned int busy;	/* units taken and not yet through */
	uint64_t head;		/* ordered: the unit whose turn it is */
	size_t window;		/* ordered: units that may be ahead of it; 0: any order */
	struct work *ring;
	size_t next_serial;	/* checks that go in order: the next to be run */
	bool *taken;		/* of each check: somebody runs it; NULL: none is run in this pass */
	bool threads;		/* may it have more of them? */
	uint64_t rc_seq;
	uint64_t failed_off, failed_len;	/* the unit that failed */
	int rc;
	struct img_err err;
	atomic_uint_fast64_t done;
};

/* Get the bytes of a unit, sum them, encode them.  Any thread. */
int unit_work(struct pass *p, struct work *w, struct room *stored, struct img_err *err);

/* Feed a unit to the taps.  In order, one thread. */
int unit_tap(struct pass *p, const struct work *w, struct img_err *err);

/* Checks whose digests go in order, over the same bytes. */
#define MAX_TOGETHER 8
struct serial_checks {
	size_t n;
	size_t check[MAX_TOGETHER];
};
/* The sum that voice @i of @c found decides check @check. */
void check_settle(const struct img_checks *list, size_t check, struct chorus *c, size_t i);
int serial_check(struct pass *p, const struct serial_checks *g, struct room *buf, struct img_err *err);

/* Run a pass on @threads threads (0: in this one). */
int pass_run(struct pass *p, unsigned int threads, struct img_err *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Compression in pieces: the input is cut into pieces of one size, threads compress them, and the caller writes them in
 * order.  Pieces live in a ring:
 *
 *	filling (caller) → full → taken (a thread) → done → written (caller) → filling …
 *
 * The caller waits when the piece it wants to fill is not written yet, and then writes what is done.  So memory is the ring,
 * and the output never depends on the number of threads. */
#include "config.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/pack.h"
#include "core/thread.h"

#define LARGE ((size_t)16 << 20)

enum stage { EMPTY, FULL, TAKEN, DONE };

struct piece {
	enum stage stage;
	uint8_t *in, *out;
	size_t n_in, n_out;
	uint64_t at;			/* of its first byte */
	int rc;
	struct img_err err;
};

struct pieces {
	const struct pack_piece_kind *kind;
	pack_put *put;
	void *ctx;
	int level;
	size_t n;			/* of the ring */
	struct piece *ring;
	size_t fill, head, take;	/* pieces begun, written, taken: all counted from the start */
	bool any;			/* something was added */
	unsigned int n_threads;
	pthread_t *thread;
	pthread_mutex_t lock;
	pthread_cond_t full, done;
	bool over;
};

void *
pack_level_new(int level)
{
	int *state = malloc(sizeof *state);

	if (state)
		*state = level;
	return state;
}

static void
turn(const struct pack_piece_kind *k, struct piece *e)
{
	e->err = (struct img_err) { 0 };
	e->rc = k->turn(k->arg, e->at, e->in, e->n_in, e->out, &e->err);
	e->n_out = e->rc ? 0 : e->n_in;
}

static void *
work(void *arg)
{
	struct pieces *p = arg;
	void *state = p->kind->turn ? NULL : p->kind->state_new(p->level);

	pthread_mutex_lock(&p->lock);
	for (;;) {
		struct piece *e;

		while (!p->over && p->ring[p->take % p->n].stage != FULL)
			pthread_cond_wait(&p->full, &p->lock);
		if (p->ring[p->take % p->n].stage != FULL)
			break;
		e = &p->ring[p->take++ % p->n];
		e->stage = TAKEN;
		pthread_mutex_unlock(&p->lock);
		if (p->kind->turn)
			turn(p->kind, e);
		else
			e->n_out = state ? p->kind->encode(state, e->in, e->n_in, e->out, p->kind->bound(e->n_in)) : 0;
		pthread_mutex_lock(&p->lock);
		e->stage = DONE;
		pthread_cond_signal(&p->done);
	}
	pthread_mutex_unlock(&p->lock);
	if (state)
		p->kind->state_free(state);
	return NULL;
}

/* Write the piece whose turn it is, waiting for it. */
static int
write_head(struct pieces *p, struct img_err *err)
{
	struct piece *e = &p->ring[p->head % p->n];
	int rc;

	pthread_mutex_lock(&p->lock);
	while (e->stage != DONE)
		pthread_cond_wait(&p->done, &p->lock);
	pthread_mutex_unlock(&p->lock);
	rc = e->n_out ? p->put(p->ctx, e->out, e->n_out, err) : e->rc ? e->rc : img_fail_nomem(err);
	if (!e->n_out && e->rc && err)
		*err = e->err;
	pthread_mutex_lock(&p->lock);
	e->stage = EMPTY;
	e->n_in = 0;
	pthread_mutex_unlock(&p->lock);
	p->head++;
	return rc;
}

static void
hand_over(struct pieces *p)
{
	pthread_mutex_lock(&p->lock);
	p->ring[p->fill % p->n].at = (uint64_t)p->fill * p->kind->piece;
	p->ring[p->fill % p->n].stage = FULL;
	pthread_cond_signal(&p->full);
	pthread_mutex_unlock(&p->lock);
	p->fill++;
}

/* Two for each thread keep all of them busy while one is written; of large ones, one. */
static size_t
ring_size(const struct pack_piece_kind *kind, unsigned int threads)
{
	return kind->piece < LARGE ? 2 * (size_t)threads + 1 : (size_t)threads + 1;
}

int
pack_pieces_begin(const struct pack_piece_kind *kind, int level, unsigned int threads, pack_put *put, void *ctx,
		  void **ret, struct img_err *err)
{
	struct pieces *p = calloc(1, sizeof *p);

	if (!p)
		return img_fail_nomem(err);
	*p = (struct pieces) { .kind = kind, .put = put, .ctx = ctx, .level = level, .n = ring_size(kind, threads) };
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->full, NULL);
	pthread_cond_init(&p->done, NULL);
	p->ring = calloc(p->n, sizeof *p->ring);
	p->thread = calloc(threads, sizeof *p->thread);
	for (size_t i = 0; p->ring && i < p->n; i++) {
		p->ring[i].in = malloc(kind->piece);
		p->ring[i].out = malloc(kind->turn ? kind->piece : kind->bound(kind->piece));
		if (!p->ring[i].in || !p->ring[i].out) {
			pack_pieces_free(p);
			return img_fail_nomem(err);
		}
	}
	while (p->ring && p->thread && p->n_threads < threads && !img_thread(&p->thread[p->n_threads], work, p))
		p->n_threads++;
	if (!p->n_threads) {
		pack_pieces_free(p);
		return img_fail_nomem(err);
	}
	*ret = p;
	return 0;
}

int
pack_pieces_add(void *state, const void *bytes, size_t n, struct img_err *err)
{
	struct pieces *p = state;
	const uint8_t *b = bytes;

	while (n) {
		struct piece *e = &p->ring[p->fill % p->n];
		int rc = p->fill - p->head == p->n ? write_head(p, err) : 0;	/* the ring is full of pieces on their way */
		size_t room, k;

		if (rc)
			return rc;
		room = p->kind->piece - e->n_in;
		k = room < n ? room : n;
		memcpy(e->in + e->n_in, b, k);
		e->n_in += k;
		b += k;
		n -= k;
		p->any = true;
		if (e->n_in == p->kind->piece)
			hand_over(p);
	}
	return 0;
}

int
pack_pieces_finish(void *state, struct img_err *err)
{
	struct pieces *p = state;
	int rc = 0;

	if (p->fill - p->head == p->n)
		rc = write_head(p, err);
	if (!rc && (!p->any || p->ring[p->fill % p->n].n_in))	/* of nothing, an empty stream */
		hand_over(p);
	while (!rc && p->head < p->fill)
		rc = write_head(p, err);
	return rc;
}

void
pack_pieces_free(void *state)
{
	struct pieces *p = state;

	pthread_mutex_lock(&p->lock);
	p->over = true;
	for (size_t i = 0; p->ring && i < p->n; i++)	/* abandoned: nobody wants them any more */
		if (p->ring[i].stage == FULL)
			p->ring[i].stage = EMPTY;
	pthread_cond_broadcast(&p->full);
	pthread_mutex_unlock(&p->lock);
	for (unsigned int i = 0; i < p->n_threads; i++)
		pthread_join(p->thread[i], NULL);
	for (size_t i = 0; p->ring && i < p->n; i++) {
		free(p->ring[i].in);
		free(p->ring[i].out);
	}
	pthread_cond_destroy(&p->done);
	pthread_cond_destroy(&p->full);
	pthread_mutex_destroy(&p->lock);
	free(p->thread);
	free(p->ring);
	free(p);
}

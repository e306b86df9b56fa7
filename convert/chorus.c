/* SPDX-License-Identifier: BSD-2-Clause */
/* The caller sings the first voice; each further one has a thread that waits for the next bar.  A bar is a piece of bytes
 * that all voices take; the caller goes on when the last has.  Pieces are hundreds of kilobytes, so that waiting costs
 * nothing beside them; short ones the caller sings alone. */
#include "config.h"

#include "convert/chorus.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/thread.h"
#include "img/check.h"

#define ALONE_MAX 16384		/* bytes that are digested before a thread has woken */

struct voice {
	struct chorus *chorus;
	const struct img_digest *digest;
	void *state;		/* NULL: finished */
	bool has_thread;
	pthread_t thread;
	unsigned long bar;	/* last one sung */
};

struct chorus {
	size_t n;
	struct voice *v;
	pthread_mutex_t lock;
	pthread_cond_t next, sung;
	unsigned long bar;
	size_t waiting_for;	/* voices that still sing */
	bool over;
	const void *bytes;	/* of this bar; NULL: zeros */
	uint64_t len;
};

static void
sing(struct voice *v, const void *bytes, uint64_t len)
{
	static const uint8_t zeros[65536];

	if (bytes) {
		v->digest->update(v->state, bytes, (size_t)len);
		return;
	}
	for (uint64_t left = len; left;) {
		size_t n = left < sizeof zeros ? (size_t)left : sizeof zeros;

		v->digest->update(v->state, zeros, n);
		left -= n;
	}
}

static void *
voice_main(void *arg)
{
	struct voice *v = arg;
	struct chorus *c = v->chorus;

	pthread_mutex_lock(&c->lock);
	for (;;) {
		while (v->bar == c->bar && !c->over)
			pthread_cond_wait(&c->next, &c->lock);
		if (c->over)
			break;
		v->bar = c->bar;
		pthread_mutex_unlock(&c->lock);
		sing(v, c->bytes, c->len);	/* fixed until all have sung */
		pthread_mutex_lock(&c->lock);
		if (!--c->waiting_for)
			pthread_cond_signal(&c->sung);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

int
chorus_new(const struct img_digest *const *digest, size_t n, bool threads, struct chorus **ret, struct img_err *err)
{
	struct chorus *c = calloc(1, sizeof *c);

	if (!c || !(c->v = calloc(n ? n : 1, sizeof *c->v))) {
		free(c);
		return img_fail_nomem(err);
	}
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->next, NULL);
	pthread_cond_init(&c->sung, NULL);
	for (; c->n < n; c->n++) {
		struct voice *v = &c->v[c->n];

		*v = (struct voice) { .chorus = c, .digest = digest[c->n], .state = digest[c->n]->begin() };
		if (!v->state) {
			chorus_free(c);
			return img_fail_nomem(err);
		}
	}
	for (size_t i = 1; threads && i < n; i++)
		c->v[i].has_thread = !img_thread(&c->v[i].thread, voice_main, &c->v[i]);
	*ret = c;
	return 0;
}

static void
all_sing(struct chorus *c, const void *bytes, uint64_t len)
{
	size_t helped = 0;

	for (size_t i = 0; len > ALONE_MAX && i < c->n; i++)
		helped += c->v[i].has_thread;
	if (helped) {
		pthread_mutex_lock(&c->lock);
		c->bytes = bytes;
		c->len = len;
		c->waiting_for = helped;
		c->bar++;
		pthread_cond_broadcast(&c->next);
		pthread_mutex_unlock(&c->lock);
	}
	for (size_t i = 0; i < c->n; i++)
		if (!helped || !c->v[i].has_thread)
			sing(&c->v[i], bytes, len);
	if (helped) {
		pthread_mutex_lock(&c->lock);
		while (c->waiting_for)
			pthread_cond_wait(&c->sung, &c->lock);
		pthread_mutex_unlock(&c->lock);
	}
}

void
chorus_update(struct chorus *c, const void *bytes, size_t len)
{
	all_sing(c, bytes, len);
}

void
chorus_zeros(struct chorus *c, uint64_t len)
{
	all_sing(c, NULL, len);
}

void
chorus_finish(struct chorus *c, size_t i, uint8_t *ret)
{
	c->v[i].digest->finish(c->v[i].state, ret);
	c->v[i].state = NULL;
}

void
chorus_free(struct chorus *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->lock);
	c->over = true;
	pthread_cond_broadcast(&c->next);
	pthread_mutex_unlock(&c->lock);
	for (size_t i = 0; i < c->n; i++) {
		if (c->v[i].has_thread)
			pthread_join(c->v[i].thread, NULL);
		if (c->v[i].state)
			c->v[i].digest->abandon(c->v[i].state);
	}
	pthread_cond_destroy(&c->sung);
	pthread_cond_destroy(&c->next);
	pthread_mutex_destroy(&c->lock);
	free(c->v);
	free(c);
}

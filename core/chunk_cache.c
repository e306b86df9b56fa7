/* SPDX-License-Identifier: BSD-2-Clause */
/* Decoded chunks, kept for reads of parts of chunks.  Bounded in bytes; a chunk being decoded is waited for, never
 * decoded twice; failures are not kept.  One lock: it is held for a look-up only, never while bytes are decoded or copied.
 *
 * A chunk is LOADING (one thread decodes, others wait on the condition) → READY, or FAILED (whoever waited gets the
 * error).  Pinned chunks are never evicted; unpinned ones leave by age when the bytes go over the maximum. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/env.h"

#define BUCKETS 256	/* power of two; a cache of 16 MiB holds 16 to 256 chunks */

enum chunk_state { LOADING, READY, FAILED };

struct chunk {
	struct chunk *next;		/* in its bucket */
	struct chunk *older, *newer;	/* by last use */
	uint64_t id, at;		/* of the source below, and the place there */
	const struct img_codec *codec;
	uint64_t len;
	uint8_t *bytes;
	enum chunk_state state;
	unsigned int pins;
	struct img_err err;		/* FAILED */
};

struct chunk_cache {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t max, bytes;
	struct chunk *bucket[BUCKETS];
	struct chunk *oldest, *newest;
};

struct chunk_cache *
chunk_cache_new(uint64_t max_bytes)
{
	struct chunk_cache *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->changed, NULL);
	c->max = max_bytes;
	return c;
}

static struct chunk **
bucket_of(struct chunk_cache *c, uint64_t id, uint64_t at)
{
	uint64_t h = (id * 31 + at) * UINT64_C(0x9E3779B97F4A7C15);

	return &c->bucket[h >> 56];
}

static void
age_remove(struct chunk_cache *c, struct chunk *k)
{
	*(k->older ? &k->older->newer : &c->oldest) = k->newer;
	*(k->newer ? &k->newer->older : &c->newest) = k->older;
	k->older = k->newer = NULL;
}

static void
age_newest(struct chunk_cache *c, struct chunk *k)
{
	k->older = c->newest;
	k->newer = NULL;
	*(c->newest ? &c->newest->newer : &c->oldest) = k;
	c->newest = k;
}

/* Take @k out of the tables and free it; nobody has it pinned. */
static void
drop(struct chunk_cache *c, struct chunk *k)
{
	struct chunk **link = bucket_of(c, k->id, k->at);

	while (*link != k)
		link = &(*link)->next;
	*link = k->next;
	age_remove(c, k);
	c->bytes -= k->len;
	free(k->bytes);
	free(k);
}

/* Two stay, however large: who looks at an image reads its head and its tail by turns. */
static bool
stays(const struct chunk_cache *c, const struct chunk *k)
{
	return c->bytes <= c->max || !k->newer || !k->newer->newer;
}

static void
trim(struct chunk_cache *c)
{
	struct chunk *k = c->oldest;

	while (k && !stays(c, k)) {
		struct chunk *next = k->newer;

		if (!k->pins)
			drop(c, k);
		k = next;
	}
}

void
chunk_cache_free(struct chunk_cache *c)
{
	if (!c)
		return;
	while (c->oldest)
		drop(c, c->oldest);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->changed);
	free(c);
}

static struct chunk *
find(struct chunk_cache *c, const struct img_extent *e)
{
	struct chunk *k = *bucket_of(c, e->from->id, e->at);

	while (k && (k->id != e->from->id || k->at != e->at || k->codec != e->codec || k->len != e->whole))
		k = k->next;
	return k;
}

/* A new entry, LOADING and pinned by the caller. */
static struct chunk *
add(struct chunk_cache *c, const struct img_extent *e)
{
	struct chunk **bucket = bucket_of(c, e->from->id, e->at);
	struct chunk *k = calloc(1, sizeof *k);

	if (!k)
		return NULL;
	k->bytes = malloc(e->whole ? (size_t)e->whole : 1);
	if (!k->bytes) {
		free(k);
		return NULL;
	}
	k->id = e->from->id;
	k->at = e->at;
	k->codec = e->codec;
	k->len = e->whole;
	k->pins = 1;
	k->next = *bucket;
	*bucket = k;
	c->bytes += k->len;
	age_newest(c, k);
	trim(c);
	return k;
}

static void
unpin(struct chunk_cache *c, struct chunk *k)
{
	if (--k->pins == 0 && (k->state == FAILED || !stays(c, k)))
		drop(c, k);
}

static int
wait_for(struct chunk_cache *c, struct chunk *k, struct img_err *err)
{
	int rc = 0;

	k->pins++;
	while (k->state == LOADING)
		pthread_cond_wait(&c->changed, &c->lock);
	if (k->state == FAILED) {
		if (err)
			*err = k->err;
		rc = k->err.code;
		unpin(c, k);
	} else {
		age_remove(c, k);
		age_newest(c, k);
	}
	return rc;
}

static int
load(struct chunk_cache *c, struct chunk *k, const struct img_extent *e, struct img_err *err)
{
	struct img_err why = { 0 };
	void *stored = malloc(e->stored ? (size_t)e->stored : 1);
	int rc;

	env_look_at_chunk(e->from->env, e);
	rc = stored ? img_chunk_decode(e, k->bytes, stored, &why) : img_fail_nomem(&why);

	free(stored);
	pthread_mutex_lock(&c->lock);
	k->state = rc ? FAILED : READY;
	if (rc) {
		k->err = why;
		if (err)
			*err = why;
		unpin(c, k);
	}
	pthread_cond_broadcast(&c->changed);
	pthread_mutex_unlock(&c->lock);
	return rc;
}

int
chunk_get(struct img_env *env, const struct img_extent *e, struct chunk **ret, struct img_err *err)
{
	struct chunk_cache *c = env->cache;
	struct chunk *k;
	int rc = 0;

	pthread_mutex_lock(&c->lock);
	k = find(c, e);
	if (k) {
		rc = wait_for(c, k, err);
		pthread_mutex_unlock(&c->lock);
	} else {
		k = add(c, e);
		pthread_mutex_unlock(&c->lock);
		rc = k ? load(c, k, e, err) : img_fail_nomem(err);
	}
	if (!rc)
		*ret = k;
	return rc;
}

struct chunk *
chunk_kept(struct img_env *env, const struct img_extent *e)
{
	struct chunk_cache *c = env->cache;
	struct chunk *k;

	pthread_mutex_lock(&c->lock);
	k = find(c, e);
	if (k && k->state == READY)
		k->pins++;
	else
		k = NULL;
	pthread_mutex_unlock(&c->lock);
	return k;
}

bool
img_chunk_kept(const struct img_extent *e, void *buf)
{
	struct img_env *env = e->from->env;
	struct chunk *k = chunk_kept(env, e);

	if (!k)
		return false;
	memcpy(buf, k->bytes, (size_t)k->len);
	chunk_put(env, k);
	return true;
}

const uint8_t *
chunk_bytes(const struct chunk *c)
{
	return c->bytes;
}

void
chunk_put(struct img_env *env, struct chunk *k)
{
	struct chunk_cache *c = env->cache;

	pthread_mutex_lock(&c->lock);
	unpin(c, k);
	pthread_mutex_unlock(&c->lock);
}

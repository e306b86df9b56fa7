/* SPDX-License-Identifier: BSD-2-Clause */
/* Heads of chunks, for callers that only look: a signature at the start of a disk should not cost the decoding of a
 * megabyte, nor the reading of it.  The stored bytes read so far and what came out of them are kept for the few chunks
 * looked at last, so that a further look costs only the bytes it adds. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/env.h"
#include "core/limits.h"
#include "img/codec.h"

#define HEADS 4
#define FIRST_LOOK 8192		/* decoded at least */

struct head {
	uint64_t id, at;	/* of the source below, and the place there */
	const struct img_codec *codec;
	uint8_t *in, *out;
	size_t n_in, n_out;
	uint64_t used;
};

struct chunk_heads {
	pthread_mutex_t lock;
	uint64_t clock;
	struct head v[HEADS];
};

struct chunk_heads *
chunk_heads_new(void)
{
	struct chunk_heads *h = calloc(1, sizeof *h);

	if (h)
		pthread_mutex_init(&h->lock, NULL);
	return h;
}

static void
head_done(struct head *h)
{
	free(h->in);
	free(h->out);
	*h = (struct head) { 0 };
}

void
chunk_heads_free(struct chunk_heads *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < HEADS; i++)
		head_done(&h->v[i]);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

static bool
is_of(const struct head *h, const struct img_extent *e)
{
	return h->codec == e->codec && h->id == e->from->id && h->at == e->at;
}

/* What is known of @e, out of the table: reading the stored bytes may mean heads of chunks further down. */
static struct head
head_take(struct chunk_heads *hs, const struct img_extent *e)
{
	struct head h = { .id = e->from->id, .at = e->at, .codec = e->codec };

	pthread_mutex_lock(&hs->lock);
	for (size_t i = 0; i < HEADS; i++) {
		if (is_of(&hs->v[i], e)) {
			h = hs->v[i];
			hs->v[i] = (struct head) { 0 };
			break;
		}
	}
	pthread_mutex_unlock(&hs->lock);
	return h;
}

/* Into the table again, in place of the one used longest ago. */
static void
head_give(struct chunk_heads *hs, struct head *h)
{
	struct head *old = &hs->v[0];

	pthread_mutex_lock(&hs->lock);
	for (size_t i = 1; i < HEADS; i++)
		if (hs->v[i].used < old->used)
			old = &hs->v[i];
	head_done(old);
	h->used = ++hs->clock;
	*old = *h;
	pthread_mutex_unlock(&hs->lock);
}

/* Read on in the stored bytes, up to @more of them. */
static int
read_on(struct head *h, const struct img_extent *e, size_t more, struct img_err *err)
{
	size_t left = (size_t)e->stored - h->n_in;
	uint8_t *in;
	int rc;

	if (more > left)
		more = left;
	in = realloc(h->in, h->n_in + more + 1);
	if (!in)
		return img_fail_nomem(err);
	h->in = in;
	rc = img_source_read(e->from, e->at + h->n_in, in + h->n_in, more, err);
	if (!rc)
		h->n_in += more;
	return rc;
}

/* Get at least @want decoded bytes, asking for as few stored ones as will do. */
static int
grow(struct head *h, const struct img_extent *e, size_t want, struct img_err *err)
{
	struct img_codec_state *cs;
	uint8_t *out = realloc(h->out, want);
	int rc;

	if (!out)
		return img_fail_nomem(err);
	h->out = out;
	rc = img_env_codec_get(e->from->env, e->codec, &cs, err);
	if (rc)
		return rc;
	h->n_out = 0;
	if (h->n_in)
		rc = e->codec->decode_head(cs ? cs->state : NULL, h->in, h->n_in, out, want, &h->n_out, err);
	while (!rc && h->n_out < want && h->n_in < e->stored) {
		size_t missing = want - h->n_out;
		/* as much as the ratio so far foretells, so that a few decodings from the start will do */
		size_t more = h->n_out ? (size_t)((uint64_t)missing * h->n_in / h->n_out) : missing / 3;

		rc = read_on(h, e, more + 512, err);
		if (!rc)
			rc = e->codec->decode_head(cs ? cs->state : NULL, h->in, h->n_in, out, want, &h->n_out, err);
	}
	img_env_codec_put(e->from->env, cs);
	return rc;
}

int
chunk_head_read(struct img_env *env, const struct img_extent *e, uint64_t skip, void *buf, size_t n, bool *ret_done,
		struct img_err *err)
{
	struct chunk_heads *hs = env->heads;
	struct head h;
	size_t want;
	int rc = 0;

	*ret_done = false;
	if (!e->codec->decode_head || e->codec->block || skip + n > IMG_MAX_HEAD || skip + n > e->whole)
		return 0;	/* a block at a time is no cheaper than the chunk */
	want = (size_t)skip + n < FIRST_LOOK ? FIRST_LOOK : (size_t)skip + n;
	if (want > e->whole)
		want = (size_t)e->whole;
	h = head_take(hs, e);
	if (h.n_out < skip + n)
		rc = grow(&h, e, want, err);
	if (!rc && h.n_out >= skip + n) {
		memcpy(buf, h.out + skip, n);
		*ret_done = true;
	}
	head_give(hs, &h);
	return rc;
}

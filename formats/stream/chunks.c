/* SPDX-License-Identifier: BSD-2-Clause */
/* A map of chunks; see formats/stream/chunks.h. */
#include "config.h"

#include "formats/stream/chunks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/memory.h"
#include "formats/stream/proof.h"
#include "img/codec.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"

struct chunk {
	uint64_t off, at;	/* decoded; in the file */
	uint32_t stored;
	const struct img_codec *codec;
};

struct stream_chunks {
	struct img_source src;		/* first */
	const struct stream_kind *kind;
	const char *word;
	struct img_source *below;
	size_t n, room, n_streams;
	struct chunk *v;		/* and one more, which is the end */
	struct stream_facts facts;
};

/* ---- the source ---- */

static const struct stream_chunks *
chunks_of(const struct img_source *s)
{
	return (const struct stream_chunks *)s;
}

static size_t
find(const struct stream_chunks *c, uint64_t off)
{
	size_t lo = 0, hi = c->n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->v[mid].off <= off)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static int
chunks_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct stream_chunks *c = chunks_of(s);
	const struct chunk *k = &c->v[find(c, off)];

	*ret = (struct img_extent) {
		.off = k->off, .len = k[1].off - k->off, .kind = IMG_DATA, .from = c->below,
		.at = k->at, .stored = k->stored, .codec = k->codec, .whole = k[1].off - k->off,
	};
	return 0;
}

static void
chunks_where(struct img_source *s, uint64_t off, char *buf, size_t len)
{
	const struct stream_chunks *c = chunks_of(s);

	snprintf(buf, len, "%s at %" PRIu64, c->word, c->v[find(c, off)].at);
}

static int
chunks_describe(struct img_source *s, struct img_rep *rep, struct img_err *err)
{
	const struct stream_chunks *c = chunks_of(s);

	img_rep_str(rep, "format", c->kind->name);
	img_rep_str(img_rep_arr(rep, "compression"), NULL, c->kind->codec);
	if (c->n_streams > 1)
		img_rep_uint(rep, "streams", c->n_streams);
	img_rep_uint(rep, "blocks", c->n);
	img_rep_uint(rep, "size", s->size);
	return 0;
}

static int
chunks_checks(struct img_source *s, struct img_checks *ret, struct img_err *err)
{
	const struct stream_chunks *c = chunks_of(s);

	return stream_proof(s, c->kind, c->word, &c->facts, false, ret, err);
}

static void
chunks_destroy(struct img_source *s)
{
	struct stream_chunks *c = (struct stream_chunks *)s;

	img_unref(c->below);
	free(c->v);
	free(c);
}

static const struct img_source_ops chunks_ops = {
	.map = chunks_map, .describe = chunks_describe, .checks = chunks_checks, .where = chunks_where,
	.destroy = chunks_destroy,
};

/* ---- making it ---- */

bool
stream_may_walk(const struct img_source *below)
{
	return !(below->flags & (IMG_HEAD_ONLY | IMG_FORWARD)) && strcmp(below->layer, "url");
}

int
stream_chunks_new(const struct stream_kind *k, struct img_source *below, const char *word, struct stream_chunks **ret,
		  struct img_err *err)
{
	struct stream_chunks *c = calloc(1, sizeof *c);
	int rc = c ? img_room(&c->v, 0, &c->room, sizeof *c->v, err) : img_fail_nomem(err);

	if (rc) {
		free(c);
		return rc;
	}
	c->v[0] = (struct chunk) { 0 };
	img_source_init(&c->src, &chunks_ops, below->env, k->name, 0, 512);
	c->kind = k;
	c->word = word;
	c->below = img_ref(below);
	*ret = c;
	return 0;
}

int
stream_chunks_add(struct stream_chunks *c, uint64_t at, uint64_t stored, uint64_t whole, const struct img_codec *codec,
		  const char *sum, struct img_err *err)
{
	int rc;

	if (!whole)
		return 0;
	if (whole > STREAM_MAX_CHUNK || stored > UINT32_MAX || whole > IMG_MAX_SIZE - c->src.size ||
	    (c->n + 2) * sizeof *c->v > img_env_limits(c->src.env)->max_table)
		return IMG_E_UNKNOWN;
	rc = img_room(&c->v, c->n + 1, &c->room, sizeof *c->v, err);
	if (rc)
		return rc;
	c->v[c->n++] = (struct chunk) { c->src.size, at, (uint32_t)stored, codec };
	c->src.size += whole;
	c->v[c->n] = (struct chunk) { .off = c->src.size };
	c->facts.n_streams++;
	c->facts.n_sums += sum != NULL;
	c->facts.n_bare += sum == NULL;
	if (sum)
		c->facts.sum = sum;
	return 0;
}

int
stream_chunks_source(struct stream_chunks *c, size_t n_streams, struct img_source **ret, struct img_err *err)
{
	if (!c->n) {
		stream_chunks_free(c);
		return IMG_E_UNKNOWN;
	}
	c->n_streams = n_streams;
	*ret = &c->src;
	return 0;
}

void
stream_chunks_free(struct stream_chunks *c)
{
	if (c)
		img_unref(&c->src);
}

/* ---- the head of one ---- */

int
stream_head(const struct stream_kind *k, const void *src, size_t n_src, void *dst, size_t n_dst, size_t *ret_done,
	    struct img_err *err)
{
	struct stream_step s = { .in = src, .n_in = n_src, .out = dst, .n_out = n_dst };
	void *state = NULL;
	int rc = k->begin(STREAM_MAX_CHUNK, &state, err);

	while (!rc && s.n_in && s.n_out && !s.ended) {
		size_t in = s.n_in, out = s.n_out;

		rc = k->step(state, &s, err);
		if (s.n_in == in && s.n_out == out)
			break;
	}
	if (state)
		k->end(state);
	if (!rc)
		*ret_done = n_dst - s.n_out;
	return rc;
}

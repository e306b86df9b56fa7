/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream that decodes only front to back.  Everything is decoded once into a nameless work file, and then read there in
 * any order.  Who merely describes gets the beginning from memory:
 *
 *	bytes 0 … HEAD		decoded
 *	the rest		IMG_E_LIMIT, "not examined"; of a size that is told, or of none */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/memory.h"
#include "core/spool.h"
#include "formats/stream/by_archive.h"
#include "formats/stream/stream.h"
#include "img/check.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"

#define STEP ((size_t)256 << 10)
#define HEAD ((size_t)4 << 20)	/* volume descriptors, partition tables, super blocks, what VHDX tells at 2 MiB */

struct stream {
	struct img_source src;		/* first */
	const struct stream_kind *kind;
	struct img_source *below;	/* the file */
	struct img_source *all;		/* decoded; NULL: only looked at */
	uint8_t *head;			/* then its beginning, */
	size_t n_head;			/* so much of it */
	bool size_known;
	unsigned int n_streams;
};

/* ---- decoding ---- */

struct run {
	struct stream *s;
	struct img_spool *spool;	/* NULL: into the head */
	void *state;
	uint64_t at;			/* read of the file */
	uint8_t *in, *out;
	struct stream_step step;
};

static int
fill(struct run *r, struct img_err *err)
{
	struct img_source *below = r->s->below;
	size_t n = below->size - r->at < STEP ? (size_t)(below->size - r->at) : STEP;
	int rc = img_source_read(below, r->at, r->in, n, err);

	r->at += n;
	r->step.in = r->in;
	r->step.n_in = n;
	return rc;
}

/* Decoded bytes; 1 when that is enough. */
static int
take(void *ctx, const void *bytes, size_t n, struct img_err *err)
{
	struct run *r = ctx;
	size_t room = HEAD - r->s->n_head;

	if (r->spool)
		return img_spool_add(r->spool, bytes, n, err);
	memcpy(r->s->head + r->s->n_head, bytes, n < room ? n : room);
	r->s->n_head += n < room ? n : room;
	return r->s->n_head == HEAD;
}

/* What the step put out. */
static int
drain(struct run *r, struct img_err *err)
{
	int rc = take(r, r->out, (size_t)(r->step.out - r->out), err);

	return rc < 0 ? rc : 0;
}

/* What follows a stream: the end, another stream, or something that belongs to nobody. */
static int
follow(struct run *r, bool *ret_more, struct img_err *err)
{
	const struct stream_kind *k = r->s->kind;
	int rc = 0;

	*ret_more = false;
	for (;;) {
		while (k->padding && r->step.n_in && !*r->step.in) {
			r->step.in++;
			r->step.n_in--;
		}
		if (r->step.n_in >= 16 || r->at == r->s->below->size)
			break;
		if (r->step.n_in) {		/* too little to see what it is: together with what comes */
			size_t keep = r->step.n_in;

			r->at -= keep;
		}
		rc = fill(r, err);
		if (rc || !k->padding || !r->step.n_in || *r->step.in)
			break;
	}
	if (rc || !r->step.n_in)
		return rc;
	if (k->begins(r->step.in, r->step.n_in))
		*ret_more = true;
	else
		img_problem(r->s->src.env, IMG_WARNING, "trailing-bytes", "%" PRIu64 " bytes follow the %s stream; they are left out",
			    r->s->below->size - r->at + r->step.n_in, k->name);
	return 0;
}

static int
one_stream(struct run *r, struct img_err *err)
{
	const struct stream_kind *k = r->s->kind;
	uint64_t limit = img_env_limits(r->s->src.env)->max_decoder;
	int rc = k->begin(limit, &r->state, err);

	r->step.ended = false;
	while (!rc && !r->step.ended && !(r->s->head && r->s->n_head == HEAD)) {
		if (img_env_cancelled(r->s->src.env))
			return img_fail(err, IMG_E_CANCELLED, "interrupted");
		if (!r->step.n_in && r->at < r->s->below->size)
			rc = fill(r, err);
		r->step.out = r->out;
		r->step.n_out = STEP;
		if (!rc)
			rc = k->step(r->state, &r->step, err);
		if (!rc)
			rc = drain(r, err);
		if (!rc && !r->step.ended && r->step.out == r->out && !r->step.n_in && r->at == r->s->below->size)
			rc = img_fail(err, IMG_E_FORMAT, "truncated: the %s stream ends in the middle", k->name);
	}
	if (r->state)
		k->end(r->state);
	r->state = NULL;
	r->s->n_streams++;
	return rc;
}

static int
decode_all(struct stream *s, struct img_spool *spool, struct img_err *err)
{
	img_autofree uint8_t *in = malloc(STEP), *out = malloc(STEP);
	struct run r = { .s = s, .spool = spool, .in = in, .out = out };
	bool more = true;
	int rc = in && out ? 0 : img_fail_nomem(err);

	if (!rc && !s->kind->step)
		return stream_by_archive(s->kind, s->below, take, &r, err);
	while (!rc && more) {
		rc = one_stream(&r, err);
		if (s->head && s->n_head == HEAD)
			break;
		if (!rc)
			rc = follow(&r, &more, err);
	}
	return rc;
}

/* ---- the source ---- */

static int
stream_map(struct img_source *src, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	struct stream *s = (struct stream *)src;

	*ret = (struct img_extent) { .len = src->size, .kind = s->all ? IMG_DATA : IMG_OPAQUE };
	if (s->all) {
		ret->from = s->all;
		ret->stored = src->size;
	}
	return 0;
}

static int
stream_read(struct img_source *src, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	struct stream *s = (struct stream *)src;

	if (off > s->n_head || len > s->n_head - off)
		return img_fail(err, IMG_E_LIMIT, "only the first %zu KiB of the %s stream were decoded", s->n_head >> 10,
				s->kind->name);
	memcpy(buf, s->head + off, len);
	return 0;
}

static int
stream_describe(struct img_source *src, struct img_rep *rep, struct img_err *err)
{
	struct stream *s = (struct stream *)src;
	struct img_rep *list;

	img_rep_str(rep, "format", s->kind->name);
	list = img_rep_arr(rep, "compression");
	img_rep_str(list, NULL, s->kind->codec);
	if (s->all && s->n_streams > 1)
		img_rep_uint(rep, "streams", s->n_streams);
	if (s->all || s->size_known)
		img_rep_uint(rep, "size", src->size);
	return 0;
}

static void
stream_destroy(struct img_source *src)
{
	struct stream *s = (struct stream *)src;

	img_unref(s->all);
	img_unref(s->below);
	free(s->head);
	free(s);
}

static const struct img_source_ops stream_ops = {
	.map = stream_map, .read = stream_read, .describe = stream_describe, .destroy = stream_destroy,
};

static int
look(struct stream *s, struct img_err *err)
{
	uint64_t size = s->kind->size ? s->kind->size(s->below) : 0;
	int rc;

	s->head = malloc(HEAD);
	rc = s->head ? decode_all(s, NULL, err) : img_fail_nomem(err);
	if (rc)
		return rc;
	s->size_known = s->n_head < HEAD || size;
	s->src.size = s->n_head < HEAD ? s->n_head : size ? size : IMG_MAX_SIZE;
	if (s->src.size > s->n_head)
		s->src.flags |= IMG_HEAD_ONLY;
	return 0;
}

static int
take_all(struct stream *s, struct img_err *err)
{
	struct img_spool *spool = NULL;
	int rc = img_spool_new(s->src.env, &spool, err);

	if (!rc)
		rc = decode_all(s, spool, err);
	if (!rc)
		rc = img_spool_source(spool, &s->all, err);
	img_spool_free(spool);
	if (!rc)
		s->src.size = s->all->size;
	return rc;
}

int
stream_open(const struct stream_kind *kind, struct img_source *below, struct img_source **ret, struct img_err *err)
{
	struct stream *s = calloc(1, sizeof *s);
	int rc;

	if (!s)
		return img_fail_nomem(err);
	img_source_init(&s->src, &stream_ops, below->env, kind->name, 0, 512);
	s->kind = kind;
	s->below = img_ref(below);
	rc = img_env_peeks(below->env) ? look(s, err) : take_all(s, err);
	if (rc) {
		img_unref(&s->src);
		return rc;
	}
	*ret = &s->src;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream that decodes only front to back, in three ways:
 *
 *	look	while the environment peeks: the beginning is decoded into memory, the rest is "not examined" (IMG_E_LIMIT);
 *		of a size that is told, or of none
 *	flow	all of it once, on a thread of its own: for who looked, and then moves it to where nothing is sought
 *	spool	everything into a nameless work file, and then read there in any order */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/flow.h"
#include "core/limits.h"
#include "core/memory.h"
#include "core/spool.h"
#include "formats/stream/proof.h"
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
	struct stream_facts facts;
};

/* ---- look ---- */

struct to_head {
	struct stream_out out;		/* first */
	struct stream *s;
};

static int
head_room(struct stream_out *o, uint8_t **ret, size_t *ret_n, struct img_err *err)
{
	struct stream *s = ((struct to_head *)o)->s;

	*ret = s->head + s->n_head;
	*ret_n = HEAD - s->n_head;
	return 0;
}

static int
head_came(struct stream_out *o, size_t n, struct img_err *err)
{
	struct stream *s = ((struct to_head *)o)->s;

	s->n_head += n;
	return s->n_head == HEAD;
}

static int
look(struct stream *s, struct img_err *err)
{
	struct to_head out = { { head_room, head_came }, s };
	struct stream_in in = { .s = s->below };
	uint64_t size = s->kind->size ? s->kind->size(s->below) : 0;
	bool more;
	int rc;

	s->head = malloc(HEAD);
	rc = s->head ? stream_decode(s->kind, &in, &out.out, &s->facts, err) : img_fail_nomem(err);
	/* of what lies below, too, only the beginning may be there */
	more = s->n_head == HEAD || (rc == IMG_E_LIMIT && s->n_head && (s->below->flags & IMG_HEAD_ONLY));
	if (rc && !more)
		return rc;
	s->size_known = !more || size;
	s->src.size = !more ? s->n_head : size ? size : IMG_MAX_SIZE;
	if (s->src.size > s->n_head)
		s->src.flags |= IMG_HEAD_ONLY;
	return 0;
}

/* ---- spool ---- */

struct to_spool {
	struct stream_out out;		/* first */
	struct img_spool *spool;
	uint8_t *buf;			/* STEP bytes */
};

static int
spool_room(struct stream_out *o, uint8_t **ret, size_t *ret_n, struct img_err *err)
{
	*ret = ((struct to_spool *)o)->buf;
	*ret_n = STEP;
	return 0;
}

static int
spool_came(struct stream_out *o, size_t n, struct img_err *err)
{
	struct to_spool *t = (struct to_spool *)o;

	return img_spool_add(t->spool, t->buf, n, err);
}

static int
take_all(struct stream *s, struct img_err *err)
{
	img_autofree uint8_t *buf = malloc(STEP);
	struct to_spool out = { { spool_room, spool_came }, NULL, buf };
	struct stream_in in = { .s = s->below };
	int rc = buf ? img_spool_new(s->src.env, &out.spool, err) : img_fail_nomem(err);

	if (!rc)
		rc = stream_decode(s->kind, &in, &out.out, &s->facts, err);
	if (!rc)
		rc = img_spool_source(out.spool, &s->all, err);
	img_spool_free(out.spool);
	if (!rc)
		s->src.size = s->all->size;
	return rc;
}

/* ---- flow ---- */

struct to_flow {
	struct stream_out out;		/* first */
	struct img_flow *flow;
	const struct stream_kind *kind;
	struct img_source *below;	/* a reference */
};

static int
flow_room(struct stream_out *o, uint8_t **ret, size_t *ret_n, struct img_err *err)
{
	return img_flow_room(((struct to_flow *)o)->flow, ret, ret_n, err);
}

static int
flow_came(struct stream_out *o, size_t n, struct img_err *err)
{
	img_flow_came(((struct to_flow *)o)->flow, n);
	return 0;
}

static int
flow_make(void *ctx, struct img_flow *f, struct img_err *err)
{
	struct to_flow *t = ctx;
	struct stream_in in = { .s = t->below };
	struct stream_facts facts = { 0 };

	t->flow = f;
	return stream_decode(t->kind, &in, &t->out, &facts, err);
}

static void
flow_done(void *ctx)
{
	struct to_flow *t = ctx;

	img_unref(t->below);
	free(t);
}

static int
stream_flow(struct img_source *src, struct img_source **ret, struct img_err *err)
{
	struct stream *s = (struct stream *)src;
	struct to_flow *t = calloc(1, sizeof *t);
	int rc = 0;

	if (!t)
		return img_fail_nomem(err);
	t->out = (struct stream_out) { flow_room, flow_came };
	t->kind = s->kind;
	if (s->below->flags & IMG_HEAD_ONLY)
		rc = img_source_flow(s->below, &t->below, err);
	else
		t->below = img_ref(s->below);
	if (!rc)
		rc = img_flow_new(t->below, s->kind->name, flow_make, flow_done, t, ret, err);
	if (rc)
		flow_done(t);
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
	if (s->all && s->facts.n_streams > 1)
		img_rep_uint(rep, "streams", s->facts.n_streams);
	if (s->all || s->size_known)
		img_rep_uint(rep, "size", src->size);
	return 0;
}

/* All that was spooled has passed them. */
static int
stream_checks(struct img_source *src, struct img_checks *ret, struct img_err *err)
{
	const struct stream *s = (const struct stream *)src;

	return s->all ? stream_proof(src, s->kind, "stream", &s->facts, true, ret, err) : 0;
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
	.map = stream_map, .read = stream_read, .describe = stream_describe, .checks = stream_checks, .flow = stream_flow, .destroy = stream_destroy,
};

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

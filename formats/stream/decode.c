/* SPDX-License-Identifier: BSD-2-Clause */
/* Decoding front to back: stream after stream, and what stands between and behind them. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "core/memory.h"
#include "formats/stream/stream.h"
#include "img/env.h"
#include "img/source.h"

#define STEP ((size_t)256 << 10)

/* ---- in and out ---- */

int
stream_in_read(struct stream_in *in, uint8_t *buf, size_t room, size_t *ret_n, struct img_err *err)
{
	struct img_extent e;
	uint64_t left = in->s->size - in->at;
	int rc = 0;

	if (img_env_cancelled(in->s->env))
		return img_fail(err, IMG_E_CANCELLED, "interrupted");
	if (in->s->size == IMG_SIZE_UNKNOWN) {		/* as much as is there */
		rc = img_source_map(in->s, in->at, &e, err);
		left = rc || !e.len ? 0 : e.off + e.len - in->at;
	}
	if (rc)
		return rc;
	if (room > left)
		room = (size_t)left;
	in->end = !room;
	rc = room ? img_source_read(in->s, in->at, buf, room, err) : 0;
	if (rc)
		return rc;
	in->at += room;
	*ret_n = room;
	return 0;
}

int
stream_out_give(struct stream_out *o, const void *bytes, size_t n, struct img_err *err)
{
	const uint8_t *p = bytes;
	int rc = 0;

	while (n && !rc) {
		uint8_t *to;
		size_t room;

		rc = o->room(o, &to, &room, err);
		if (rc)
			return rc;
		if (room > n)
			room = n;
		memcpy(to, p, room);
		rc = o->came(o, room, err);
		p += room;
		n -= room;
	}
	return rc;
}

int
stream_left_over(const struct stream_kind *k, struct stream_in *in, uint64_t from, struct img_err *err)
{
	img_autofree uint8_t *buf = malloc(STEP);
	size_t n;
	int rc = buf ? 0 : img_fail_nomem(err);

	while (!rc && !in->end)
		rc = stream_in_read(in, buf, STEP, &n, err);
	if (!rc)
		img_problem(in->s->env, IMG_WARNING, "trailing-bytes", "%" PRIu64 " bytes follow the %s stream at %" PRIu64
			    "; they are left out", in->at - from, k->name, from);
	return rc;
}

/* ---- streams ---- */

struct run {
	const struct stream_kind *kind;
	struct stream_in *in;
	struct stream_out *out;
	struct stream_facts *facts;
	void *state;
	uint8_t *buf;			/* STEP bytes */
	struct stream_step step;
};

/* More input behind what is left of the last. */
static int
fill(struct run *r, struct img_err *err)
{
	size_t n = 0, left = r->step.n_in;
	int rc;

	if (left)
		memmove(r->buf, r->step.in, left);
	rc = stream_in_read(r->in, r->buf + left, STEP - left, &n, err);
	r->step.in = r->buf;
	r->step.n_in = left + n;
	return rc;
}

/* What follows a stream: the end, another stream, or something that belongs to nobody. */
static int
follow(struct run *r, bool *ret_more, struct img_err *err)
{
	const struct stream_kind *k = r->kind;
	int rc = 0;

	*ret_more = false;
	for (;;) {
		while (k->padding && r->step.n_in && !*r->step.in) {
			r->step.in++;
			r->step.n_in--;
		}
		if (rc || r->step.n_in >= 16 || r->in->end)
			break;
		rc = fill(r, err);
	}
	if (rc || !r->step.n_in)
		return rc;
	*ret_more = k->begins(r->step.in, r->step.n_in);
	if (*ret_more)
		return 0;
	return stream_left_over(k, r->in, r->in->at - r->step.n_in, err);
}

/* One step; 1 when @out has enough. */
static int
step(struct run *r, struct img_err *err)
{
	const struct stream_kind *k = r->kind;
	size_t room;
	int rc = r->step.n_in || r->in->end ? 0 : fill(r, err);

	if (!rc)
		rc = r->out->room(r->out, &r->step.out, &room, err);
	if (rc)
		return rc;
	r->step.n_out = room;
	rc = k->step(r->state, &r->step, err);
	if (rc)
		return img_note(err, rc, "before %" PRIu64, r->in->at - r->step.n_in);
	if (!r->step.ended && r->step.n_out == room && !r->step.n_in && r->in->end)
		return img_fail(err, IMG_E_FORMAT, "truncated: the %s stream ends in the middle, at %" PRIu64, k->name, r->in->at);
	return r->step.n_out < room ? r->out->came(r->out, room - r->step.n_out, err) : 0;
}

static int
one_stream(struct run *r, struct img_err *err)
{
	const struct stream_kind *k = r->kind;
	int rc = k->begin(img_env_limits(r->in->s->env)->max_decoder, &r->state, err);

	r->step.ended = false;
	while (!rc && !r->step.ended)
		rc = step(r, err);
	if (!rc) {
		const char *sum = k->summed ? k->summed(r->state) : k->sum;

		r->facts->n_streams++;
		r->facts->n_bare += !sum;
		if (sum && *sum) {
			r->facts->n_sums++;
			r->facts->sum = sum;
		}
	}
	if (r->state)
		k->end(r->state);
	r->state = NULL;
	return rc;
}

int
stream_decode(const struct stream_kind *k, struct stream_in *in, struct stream_out *out, struct stream_facts *facts,
	      struct img_err *err)
{
	img_autofree uint8_t *buf = NULL;
	struct run r = { .kind = k, .in = in, .out = out, .facts = facts };
	bool more = true;
	int rc = 0;

	if (k->all)
		return k->all(k, in, out, facts, err);
	r.buf = buf = malloc(STEP);
	if (!buf)
		return img_fail_nomem(err);
	while (!rc && more) {
		rc = one_stream(&r, err);
		if (!rc)
			rc = follow(&r, &more, err);
	}
	return rc < 0 ? rc : 0;
}

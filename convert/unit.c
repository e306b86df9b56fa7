/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker does with one unit: read, decode, sum, encode; and what it does about damage. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/engine.h"
#include "img/codec.h"
#include "img/env.h"

#define SECTOR 512

/* Rooms come in powers of two up to 1 MiB: chunks of slightly different sizes would leave holes in the heap behind them. */
static uint64_t
room_size(uint64_t size)
{
	uint64_t n = 65536;

	while (n < size && n < 1 << 20)
		n *= 2;
	return n < size ? size : n;
}

int
room_for(struct room *r, uint64_t size, struct img_err *err)
{
	if (size <= r->size)
		return 0;
	if (size > SIZE_MAX / 2)
		return img_fail_nomem(err);
	size = room_size(size);
	free(r->p);
	r->size = 0;
	/* page-aligned, so that the kernel can take whole pages */
	r->p = aligned_alloc(4096, ((size_t)size + 4095) & ~(size_t)4095);
	if (!r->p)
		return img_fail_nomem(err);
	r->size = (size_t)size;
	return 0;
}

void
room_done(struct room *r)
{
	free(r->p);
	r->p = NULL;
	r->size = 0;
}

/* ---- damage ---- */

static bool
may_skip(const struct pass *p, int rc)
{
	return p->job->ignore_errors && rc != IMG_E_NOMEM && rc != IMG_E_CANCELLED && rc != IMG_E_KEY;
}

static int
note_damage(struct pass *p, uint64_t off, uint64_t len, const struct img_err *why, struct img_err *err)
{
	struct img_job *j = p->job;
	struct img_damage *v, *last;
	int rc = 0;

	pthread_mutex_lock(&p->lock);
	last = j->n_damage ? &j->damage[j->n_damage - 1] : NULL;
	j->lost += len;
	if (last && last->off + last->len == off && !strncmp(last->why, why->msg, sizeof last->why - 1)) {
		last->len += len;
	} else {
		v = realloc(j->damage, (j->n_damage + 1) * sizeof *v);
		if (!v) {
			rc = img_fail_nomem(err);
		} else {
			j->damage = v;
			v[j->n_damage] = (struct img_damage) { .off = off, .len = len };
			snprintf(v[j->n_damage++].why, sizeof v->why, "%.*s", (int)sizeof v->why - 1, why->msg);
		}
	}
	pthread_mutex_unlock(&p->lock);
	return rc;
}

/* Read what can be read of plain data, halving down to the sector. */
static int
salvage(struct pass *p, uint64_t off, uint8_t *buf, size_t len, struct img_err *err)
{
	struct img_err why = { 0 };
	size_t half;
	int rc = img_source_read(p->source, off, buf, len, &why);

	if (!rc)
		return 0;
	if (!may_skip(p, rc)) {
		if (err)
			*err = why;
		return rc;
	}
	if (len <= SECTOR) {
		memset(buf, 0, len);
		return note_damage(p, off, len, &why, err);
	}
	half = (len / 2 + SECTOR - 1) / SECTOR * SECTOR;
	rc = salvage(p, off, buf, half, err);
	return rc ? rc : salvage(p, off + half, buf + half, len - half, err);
}

/* ---- the bytes of a unit ---- */

/* A chunk that is wholly visible: decoded straight into its place, its stored bytes summed on the way. */
static int
take_chunk(struct pass *p, const struct img_extent *e, uint8_t *dst, struct room *stored, struct img_err *err)
{
	bool tell = tally_active(p->tally), kept = img_chunk_kept(e, dst);
	int rc = room_for(stored, e->stored ? e->stored : 1, err);

	if (!rc && !kept)
		rc = img_chunk_decode(e, dst, stored->p, err);
	else if (!rc && tell)
		rc = img_source_read(e->from, e->at, stored->p, (size_t)e->stored, err);
	if (rc)
		return img_source_note_where(p->source, e->off, err, rc);
	return tell ? tally_bytes(p->tally, e->from, e->at, stored->p, e->stored, err) : 0;
}

static int
take_run(struct pass *p, const struct img_extent *e, uint64_t off, uint8_t *dst, size_t n, struct room *stored,
	 struct img_err *err)
{
	struct img_err why = { 0 };
	int rc;

	if (e->kind == IMG_HOLE || e->kind == IMG_ZERO) {
		memset(dst, 0, n);
		return 0;
	}
	if (!e->codec && p->job->ignore_errors)
		return salvage(p, off, dst, n, err);
	if (e->codec && e->skip == 0 && off == e->off && n == e->whole)
		rc = take_chunk(p, e, dst, stored, &why);
	else
		rc = img_source_read(p->source, off, dst, n, &why);
	if (rc && may_skip(p, rc)) {
		memset(dst, 0, n);
		return note_damage(p, off, n, &why, err);
	}
	if (rc && err)
		*err = why;
	return rc;
}

static int
take_bytes(struct pass *p, struct work *w, struct room *stored, struct img_err *err)
{
	struct img_unit *u = &w->pu.unit;
	uint64_t at = 0;
	int rc = room_for(&w->raw, u->len, err);

	while (!rc && at < u->len) {
		struct img_extent e;
		size_t n;

		rc = img_source_resolve(p->source, u->off + at, &e, NULL, err);
		if (rc)
			break;
		n = (size_t)(e.off + e.len - (u->off + at));
		if (n > u->len - at)
			n = (size_t)(u->len - at);
		rc = take_run(p, &e, u->off + at, w->raw.p + at, n, stored, err);
		at += n;
	}
	u->raw = w->raw.p;
	return rc;
}

/* An accepted chunk: its stored bytes, and the decoded ones where somebody looks at them. */
static int
fetch_chunk(struct pass *p, struct work *w, struct img_err *err)
{
	const struct img_extent *e = &w->pu.run;
	struct img_unit *u = &w->pu.unit;
	bool decode = (p->sink->flags & IMG_RAW_TOO) || tally_active(p->tally) || p->tap || p->job->ignore_errors;
	int rc;

	u->stored = malloc(e->stored ? (size_t)e->stored : 1);
	u->n_stored = (size_t)e->stored;
	if (!u->stored)
		return img_fail_nomem(err);
	if (!decode)
		return img_source_read(e->from, e->at, u->stored, u->n_stored, err);
	rc = room_for(&w->raw, e->whole, err);
	if (!rc)
		rc = img_chunk_decode(e, w->raw.p, u->stored, err);
	if (!rc && tally_active(p->tally))
		rc = tally_bytes(p->tally, e->from, e->at, u->stored, e->stored, err);
	u->raw = w->raw.p;
	return rc;
}

/* A damaged chunk travels no further: its cell is zeros then, if damage may be skipped. */
static int
take_accepted(struct pass *p, struct work *w, struct img_err *err)
{
	struct img_unit *u = &w->pu.unit;
	struct img_err why = { 0 };
	int rc = fetch_chunk(p, w, &why);

	u->as_is = &w->pu.run;
	if (!rc)
		return 0;
	img_source_note_where(p->source, u->off, &why, rc);
	free(u->stored);
	u->stored = NULL;
	u->as_is = NULL;
	if (may_skip(p, rc)) {
		memset(w->raw.p, 0, (size_t)u->len);
		return note_damage(p, u->off, u->len, &why, err);
	}
	if (err)
		*err = why;
	return rc;
}

int
unit_work(struct pass *p, struct work *w, struct room *stored, struct img_err *err)
{
	struct img_unit *u = &w->pu.unit;
	int rc = 0;

	if (img_env_cancelled(p->source->env))
		return img_fail(err, IMG_E_CANCELLED, "interrupted");
	if (w->pu.as_is && w->pu.run.codec)
		rc = take_accepted(p, w, err);
	else if (w->pu.as_is)
		u->as_is = &w->pu.run;
	else if (u->kind == IMG_DATA)
		rc = take_bytes(p, w, stored, err);
	if (!rc && tally_active(p->tally))
		rc = tally_bytes(p->tally, p->source, u->off, u->raw, u->len, err);
	if (!rc && p->sink->ops->encode) {
		const uint8_t *raw = u->raw;

		rc = p->sink->ops->encode(p->sink, u, err);
		if (p->tap)
			u->raw = raw;
	}
	return rc;
}

/* ---- what goes in order ---- */

#define ZEROS_STEP (UINT64_C(64) << 20)	/* between looks at the cancel flag */
#define SERIAL_STEP (1 << 18)

int
unit_tap(struct pass *p, const struct work *w, struct img_err *err)
{
	const struct img_unit *u = &w->pu.unit;

	if (u->raw)
		chorus_update(p->tap, u->raw, (size_t)u->len);
	for (uint64_t left = u->raw ? 0 : u->len; left;) {
		uint64_t n = left < ZEROS_STEP ? left : ZEROS_STEP;

		chorus_zeros(p->tap, n);
		left -= n;
		if (img_env_cancelled(p->source->env))
			return img_fail(err, IMG_E_CANCELLED, "interrupted");
	}
	return 0;
}

/* All bytes of @over, in order. */
static int
feed(struct chorus *c, struct img_source *over, struct room *buf, struct img_err *err)
{
	const size_t step = SERIAL_STEP;
	int rc = room_for(buf, step, err);

	for (uint64_t off = 0; !rc && off < over->size; off += step) {
		size_t n = over->size - off < step ? (size_t)(over->size - off) : step;

		rc = img_env_cancelled(over->env) ? img_fail(err, IMG_E_CANCELLED, "interrupted")
						  : img_source_read(over, off, buf->p, n, err);
		if (!rc)
			chorus_update(c, buf->p, n);
	}
	return rc;
}

void
check_settle(const struct img_checks *list, size_t check, struct chorus *c, size_t i)
{
	struct img_check_result *r = &list->result[check];

	chorus_finish(c, i, r->found);
	r->state = memcmp(r->found, list->v[check].expect, list->v[check].digest->size) ? IMG_CHECK_BAD : IMG_CHECK_OK;
}

int
serial_check(struct pass *p, const struct serial_checks *g, struct room *buf, struct img_err *err)
{
	const struct img_checks *list = p->job->checks;
	const struct img_digest *digest[MAX_TOGETHER];
	struct chorus *c;
	int rc;

	for (size_t i = 0; i < g->n; i++)
		digest[i] = list->v[g->check[i]].digest;
	rc = chorus_new(digest, g->n, p->threads, &c, err);
	if (rc)
		return rc;
	rc = feed(c, list->v[g->check[0]].over, buf, err);
	for (size_t i = 0; !rc && i < g->n; i++)
		check_settle(list, g->check[i], c, i);
	chorus_free(c);
	return may_skip(p, rc) ? 0 : rc;	/* damage is listed where the data are read */
}

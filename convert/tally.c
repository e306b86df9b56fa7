/* SPDX-License-Identifier: BSD-2-Clause */
/* How a check knows its bytes as they pass.
 *
 * Every check has a source @over whose map leads in one step to the layer whose bytes it is.  These steps are laid out
 * once as runs (layer, place there, length, place in the check), merged where they continue each other, so that a table
 * of a million chunks is a handful of runs.  Runs are kept in tracks: within one track no two runs of a layer overlap, so
 * that a binary search finds who covers a byte.  Bytes that pass are summed for each track; the sum goes into the
 * check's list of pieces, where neighbours combine at once: a list stays as short as the job is out of order. */
#include "config.h"

#include "convert/tally.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

#define MAX_TRACKS 8	/* more overlapping claims than this are read aside */

struct run {
	struct img_source *s;
	uint64_t at, len;	/* in @s */
	uint64_t over;		/* in the check */
	size_t check;
};

struct track {
	size_t n;
	struct run *v;		/* by source, then place */
};

struct piece {
	uint64_t off, len, sum;
};

struct sum {
	pthread_mutex_t lock;
	size_t n, room;
	struct piece *v;	/* by offset, never touching */
	bool serial;		/* not ours */
};

struct tally {
	struct img_checks *checks;
	struct sum *sum;	/* one for each check */
	size_t n_tracks;
	struct track track[MAX_TRACKS];
	size_t n_all, room_all;
	struct run *all;
};

/* ---- laying out ---- */

static int
add_run(struct tally *t, const struct run *r, struct img_err *err)
{
	struct run *last = t->n_all ? &t->all[t->n_all - 1] : NULL;

	if (last && last->check == r->check && last->s == r->s && last->at + last->len == r->at) {
		last->len += r->len;
		return 0;
	}
	if (t->n_all == t->room_all) {
		size_t room = t->room_all ? t->room_all * 2 : 64;
		struct run *v = realloc(t->all, room * sizeof *v);

		if (!v)
			return img_fail_nomem(err);
		t->all = v;
		t->room_all = room;
	}
	t->all[t->n_all++] = *r;
	return 0;
}

/* One step of a check's map.  What is no plain data (memory, zeros) is the check's own source. */
static int
lay_out(struct tally *t, size_t check, struct img_err *err)
{
	struct img_source *over = t->checks->v[check].over;

	for (uint64_t off = 0; off < over->size;) {
		struct img_extent e;
		int rc = img_source_map(over, off, &e, err);

		if (rc)
			return rc;
		if (e.kind != IMG_DATA || e.codec)
			e = (struct img_extent) { .off = off, .len = e.off + e.len - off, .from = over, .at = off };
		rc = add_run(t, &(struct run) { e.from, e.at + (off - e.off), e.off + e.len - off, off, check }, err);
		if (rc)
			return rc;
		off = e.off + e.len;
	}
	return 0;
}

static int
by_place(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	if (x->s != y->s)
		return x->s->id < y->s->id ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* Deal the sorted runs into tracks: each goes to the first one whose last run it does not overlap. */
static int
deal(struct tally *t, struct img_err *err)
{
	for (size_t i = 0; i < t->n_all; i++) {
		const struct run *r = &t->all[i];

		for (size_t k = 0; k < MAX_TRACKS; k++) {
			struct track *tr = &t->track[k];
			const struct run *last = tr->n ? &tr->v[tr->n - 1] : NULL;

			if (last && last->s == r->s && r->at < last->at + last->len)
				continue;
			if (!tr->v) {
				tr->v = malloc((t->n_all - i) * sizeof *tr->v);
				if (!tr->v)
					return img_fail_nomem(err);
				t->n_tracks = k + 1;
			}
			tr->v[tr->n++] = *r;
			break;
		}
	}
	free(t->all);
	t->all = NULL;
	return 0;
}

int
tally_new(struct img_checks *checks, struct tally **ret, struct img_err *err)
{
	struct tally *t = calloc(1, sizeof *t);
	int rc = 0;

	if (!t)
		return img_fail_nomem(err);
	t->checks = checks;
	t->sum = calloc(checks->n ? checks->n : 1, sizeof *t->sum);
	if (!t->sum)
		rc = img_fail_nomem(err);
	for (size_t i = 0; !rc && i < checks->n; i++) {
		pthread_mutex_init(&t->sum[i].lock, NULL);
		t->sum[i].serial = !checks->v[i].digest->combine;
		if (!t->sum[i].serial)
			rc = lay_out(t, i, err);
	}
	if (!rc && t->n_all) {
		qsort(t->all, t->n_all, sizeof *t->all, by_place);
		rc = deal(t, err);
	}
	if (rc) {
		tally_free(t);
		return rc;
	}
	*ret = t;
	return 0;
}

void
tally_free(struct tally *t)
{
	if (!t)
		return;
	for (size_t i = 0; t->sum && i < t->checks->n; i++) {
		pthread_mutex_destroy(&t->sum[i].lock);
		free(t->sum[i].v);
	}
	for (size_t i = 0; i < MAX_TRACKS; i++)
		free(t->track[i].v);
	free(t->all);
	free(t->sum);
	free(t);
}

bool
tally_active(const struct tally *t)
{
	return t && t->n_tracks;
}

/* ---- pieces ---- */

/* Index of the first piece that begins at or behind @off. */
static size_t
piece_at(const struct sum *m, uint64_t off)
{
	size_t lo = 0, hi = m->n;

	if (m->n && m->v[m->n - 1].off < off)	/* the usual case: at the end */
		return m->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (m->v[mid].off < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void
join(const struct img_digest *d, struct piece *a, const struct piece *b)
{
	a->sum = d->combine(a->sum, b->sum, b->len);
	a->len += b->len;
}

/* Take @p in, joined with its neighbours.  A piece that overlaps what is there adds nothing: the same bytes passed
 * twice, or what is missing of it is read aside. */
static int
add_piece(struct sum *m, const struct img_digest *d, struct piece p, struct img_err *err)
{
	size_t i = piece_at(m, p.off);
	struct piece *left = i ? &m->v[i - 1] : NULL, *right = i < m->n ? &m->v[i] : NULL;

	if ((left && left->off + left->len > p.off) || (right && p.off + p.len > right->off))
		return 0;
	if (left && left->off + left->len == p.off) {
		join(d, left, &p);
		if (right && left->off + left->len == right->off) {
			join(d, left, right);
			memmove(right, right + 1, (m->n - i - 1) * sizeof *right);
			m->n--;
		}
		return 0;
	}
	if (right && p.off + p.len == right->off) {
		join(d, &p, right);
		*right = p;
		return 0;
	}
	if (m->n == m->room) {
		size_t room = m->room ? m->room * 2 : 8;
		struct piece *v = realloc(m->v, room * sizeof *v);

		if (!v)
			return img_fail_nomem(err);
		m->v = v;
		m->room = room;
	}
	memmove(m->v + i + 1, m->v + i, (m->n - i) * sizeof *m->v);
	m->v[i] = p;
	m->n++;
	return 0;
}

static int
add_sum(struct tally *t, const struct run *r, uint64_t at, const uint8_t *bytes, uint64_t len, struct img_err *err)
{
	const struct img_digest *d = t->checks->v[r->check].digest;
	struct sum *m = &t->sum[r->check];
	struct piece p = { r->over + (at - r->at), len, bytes ? d->piece(bytes, (size_t)len) : d->zeros(len) };
	int rc;

	pthread_mutex_lock(&m->lock);
	rc = add_piece(m, d, p, err);
	pthread_mutex_unlock(&m->lock);
	return rc;
}

/* ---- bytes that pass ---- */

/* First run of @tr that ends behind @off of @s. */
static size_t
run_at(const struct track *tr, const struct img_source *s, uint64_t off)
{
	size_t lo = 0, hi = tr->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct run *r = &tr->v[mid];

		if (r->s->id < s->id || (r->s == s && r->at + r->len <= off))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
sum_layer(struct tally *t, const struct img_source *s, uint64_t off, const uint8_t *bytes, uint64_t len,
	  struct img_err *err)
{
	int rc = 0;

	for (size_t k = 0; k < t->n_tracks; k++) {
		const struct track *tr = &t->track[k];

		for (size_t i = run_at(tr, s, off); !rc && i < tr->n; i++) {
			const struct run *r = &tr->v[i];
			uint64_t from = r->at > off ? r->at : off;
			uint64_t to = r->at + r->len < off + len ? r->at + r->len : off + len;

			if (r->s != s || r->at >= off + len)
				break;
			rc = add_sum(t, r, from, bytes ? bytes + (from - off) : NULL, to - from, err);
		}
	}
	return rc;
}

int
tally_bytes(struct tally *t, struct img_source *s, uint64_t off, const void *bytes, uint64_t len, struct img_err *err)
{
	const uint8_t *p = bytes;

	while (len) {
		struct img_trail way;
		struct img_extent e;
		uint64_t n;
		int rc = img_source_resolve(s, off, &e, &way, err);

		n = rc ? 0 : e.off + e.len - off < len ? e.off + e.len - off : len;
		for (unsigned int i = 0; !rc && i < way.n; i++)
			rc = sum_layer(t, way.step[i].s, way.step[i].off + (off - e.off), p, n, err);
		if (rc)
			return rc;
		off += n;
		len -= n;
		p = p ? p + n : NULL;
	}
	return 0;
}

/* ---- the end ---- */

static uint64_t
bytes_missing(const struct tally *t, size_t check)
{
	uint64_t have = 0;

	for (size_t i = 0; i < t->sum[check].n; i++)
		have += t->sum[check].v[i].len;
	return t->checks->v[check].over->size - have;
}

static int
add_gap(struct img_buf *pieces, struct img_source *over, uint64_t from, uint64_t to, struct img_err *err)
{
	struct img_piece p = { over, from, to - from };

	return from < to ? img_buf_add(pieces, &p, sizeof p, err) : 0;
}

static int
add_gaps(struct tally *t, size_t check, struct img_buf *pieces, struct img_err *err)
{
	struct img_source *over = t->checks->v[check].over;
	const struct sum *m = &t->sum[check];
	uint64_t at = 0;
	int rc = 0;

	for (size_t i = 0; !rc && i < m->n; i++) {
		rc = add_gap(pieces, over, at, m->v[i].off, err);
		at = m->v[i].off + m->v[i].len;
	}
	return rc ? rc : add_gap(pieces, over, at, over->size, err);
}

int
tally_missing(struct tally *t, uint64_t most, struct img_source **ret, struct img_err *err)
{
	img_autobuf struct img_buf pieces = img_buf_new((size_t)1 << 30);
	int rc = 0;

	for (size_t i = 0; !rc && i < t->checks->n; i++) {
		uint64_t missing = t->sum[i].serial ? 0 : bytes_missing(t, i);

		if (missing && missing <= most)
			rc = add_gaps(t, i, &pieces, err);
	}
	if (rc)
		return rc;
	*ret = NULL;
	if (!pieces.len)
		return 0;
	return img_concat(((struct img_piece *)(void *)pieces.p)->s->env, (struct img_piece *)(void *)pieces.p,
			  pieces.len / sizeof(struct img_piece), ret, err);
}

void
tally_settle(struct tally *t)
{
	for (size_t i = 0; i < t->checks->n; i++) {
		const struct img_check *c = &t->checks->v[i];
		struct img_check_result *r = &t->checks->result[i];
		const struct sum *m = &t->sum[i];

		if (m->serial || bytes_missing(t, i))
			continue;
		c->digest->store(m->n ? m->v[0].sum : 0, r->found);
		r->state = memcmp(r->found, c->expect, c->digest->size) ? IMG_CHECK_BAD : IMG_CHECK_OK;
	}
}

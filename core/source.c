/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place that calls a source's ops: the checked map, resolve, and the one generic read.
 *
 * Rules of the contract, enforced here so that no format needs to repeat them:
 *  1. map answers a non-empty run that contains the offset and lies inside the stream; data lie inside @from, the run
 *     inside its chunk, the chunk inside the limits.  A bad answer is IMG_E_FORMAT: the file caused it.
 *  2. A source never changes after open.
 *  3. A source owns a reference to everything its extents point at. */
#include "config.h"

#include "img/source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/env.h"
#include "core/memory.h"
#include "img/codec.h"

/* Plain data may lead through so many layers; more is a loop. */
#define MAX_STEPS 64

void
img_source_init(struct img_source *s, const struct img_source_ops *ops, struct img_env *env, const char *layer,
		uint64_t size, uint32_t sector_size)
{
	s->ops = ops;
	s->env = env;
	s->layer = layer;
	s->size = size;
	s->sector_size = sector_size;
	s->flags = 0;
	atomic_init(&s->refs, 1);
	s->id = atomic_fetch_add(&env->next_id, 1);
}

struct img_source *
img_ref(struct img_source *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

struct img_source *
img_unref(struct img_source *s)
{
	if (s && atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) == 1)
		s->ops->destroy(s);
	return NULL;
}

/* ---- the checked map ---- */

static int
check_stored(const struct img_source *s, const struct img_extent *e, struct img_err *err)
{
	uint64_t max = img_env_limits(s->env)->max_chunk;

	if (!e->from)
		return img_fail(err, IMG_E_FORMAT, "run at %" PRIu64 " has no data", e->off);
	if (e->from->size != IMG_SIZE_UNKNOWN && !span_ok(e->at, e->stored, e->from->size))
		return img_fail(err, IMG_E_FORMAT, "run at %" PRIu64 ": its data at %" PRIu64 "+%" PRIu64
				" lie past the end (%" PRIu64 ")", e->off, e->at, e->stored, e->from->size);
	if (!e->codec)
		return e->stored == e->len ? 0 : img_fail(err, IMG_E_FORMAT, "run at %" PRIu64 " stores %" PRIu64
							  " bytes for %" PRIu64, e->off, e->stored, e->len);
	if (!span_ok(e->skip, e->len, e->whole))
		return img_fail(err, IMG_E_FORMAT, "run at %" PRIu64 " is longer than its chunk", e->off);
	if ((e->whole > max && !e->codec->decode_at) || e->stored > max)
		return img_fail(err, IMG_E_LIMIT, "chunk at %" PRIu64 " has %" PRIu64 " bytes, more than the limit of %"
				PRIu64 " (--max-chunk raises it)", e->off,
				e->whole > e->stored ? e->whole : e->stored, max);
	return 0;
}

int
img_source_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	struct img_extent e = { 0 };
	int rc;

	if (off >= s->size && s->size != IMG_SIZE_UNKNOWN)
		return img_fail(err, IMG_E_USAGE, "offset %" PRIu64 " is past the end (%" PRIu64 ")", off, s->size);
	rc = s->ops->map(s, off, &e, err);
	if (rc)
		return rc;
	if (s->size != IMG_SIZE_UNKNOWN || e.len) {
		if (e.off > off || e.len <= off - e.off || !span_ok(e.off, e.len, s->size))
			return img_fail(err, IMG_E_FORMAT, "the map has no run for offset %" PRIu64, off);
		if (e.kind == IMG_DATA) {
			rc = check_stored(s, &e, err);
			if (rc)
				return rc;
		}
	}
	*ret = e;
	return 0;
}

/* ---- resolve ---- */

int
img_source_resolve(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_trail *trail,
		   struct img_err *err)
{
	uint64_t back = UINT64_MAX, fwd = UINT64_MAX;	/* how far the run reaches before and after @off */
	struct img_source *cur = s;
	uint64_t pos = off;
	struct img_trail way;
	struct img_extent e;

	way.n = 0;
	for (unsigned int i = 0;; i++) {
		int rc = img_source_map(cur, pos, &e, err);

		if (rc)
			return rc;
		if (way.n < IMG_TRAIL_MAX) {
			way.step[way.n].s = cur;
			way.step[way.n++].off = pos;
		}
		if (pos - e.off < back)
			back = pos - e.off;
		if (e.off + e.len - pos < fwd)
			fwd = e.off + e.len - pos;
		if (e.kind != IMG_DATA || e.codec)
			break;
		if (i >= MAX_STEPS)
			return img_fail(err, IMG_E_FORMAT, "offset %" PRIu64 " leads through more than %d layers", off,
					MAX_STEPS);
		pos = e.at + (pos - e.off);
		cur = e.from;
	}
	if (e.kind == IMG_OPAQUE) {
		e.from = cur;
		e.at = pos - back;
		e.stored = back + fwd;
	} else if (e.codec) {
		e.skip += pos - e.off - back;
	}
	e.off = off - back;
	e.len = back + fwd;
	*ret = e;
	if (trail) {
		for (unsigned int i = 0; i < way.n; i++)
			way.step[i].off -= back;
		*trail = way;
	}
	return 0;
}

/* ---- read ---- */

int
img_chunk_decode(const struct img_extent *e, void *buf, void *stored, struct img_err *err)
{
	struct img_env *env = e->from->env;
	struct img_codec_state *cs;
	int rc = img_source_read(e->from, e->at, stored, (size_t)e->stored, err);

	if (rc)
		return rc;
	rc = img_env_codec_get(env, e->codec, &cs, err);
	if (rc)
		return rc;
	rc = e->codec->decode(cs ? cs->state : NULL, stored, (size_t)e->stored, buf, (size_t)e->whole, err);
	img_env_codec_put(env, cs);
	return rc;
}

static int
decode_whole(const struct img_extent *e, void *buf, struct img_err *err)
{
	img_autofree void *stored = malloc(e->stored ? (size_t)e->stored : 1);

	return stored ? img_chunk_decode(e, buf, stored, err) : img_fail_nomem(err);
}

/* By a codec that can begin anywhere. */
static int
decode_part(const struct img_extent *e, uint64_t skip, void *buf, size_t n, struct img_err *err)
{
	img_autofree void *stored = malloc(e->stored ? (size_t)e->stored : 1);
	int rc = stored ? img_source_read(e->from, e->at, stored, (size_t)e->stored, err) : img_fail_nomem(err);

	return rc ? rc : e->codec->decode_at(stored, (size_t)e->stored, skip, buf, n, err);
}

static int
read_part_of_chunk(const struct img_extent *e, uint64_t skip, void *buf, size_t n, struct img_err *err)
{
	struct img_env *env = e->from->env;
	bool looks = env_looks_only(env) || img_env_peeks(env), done = false;
	struct chunk *c;
	int rc;

	if (e->codec->decode_at)
		return decode_part(e, skip, buf, n, err);
	c = looks ? chunk_kept(env, e) : NULL;
	if (looks && !c) {
		rc = chunk_head_read(env, e, skip, buf, n, &done, err);
		if (rc == IMG_E_LIMIT)	/* there may be room yet for the chunk as a whole */
			rc = 0;
		if (rc || done)
			return rc;
	}
	rc = c ? 0 : chunk_get(env, e, &c, err);
	if (rc)
		return rc;
	memcpy(buf, chunk_bytes(c) + skip, n);
	chunk_put(env, c);
	return 0;
}

static int
read_run(const struct img_extent *e, uint64_t off, void *buf, size_t n, struct img_err *err)
{
	uint64_t in = off - e->off;

	switch (e->kind) {
	case IMG_HOLE:
	case IMG_ZERO:
		memset(buf, 0, n);
		return 0;
	case IMG_OPAQUE:
		return e->from->ops->read(e->from, e->at + in, buf, n, err);
	case IMG_DATA:
		break;
	}
	if (e->skip + in == 0 && n == e->whole)
		return decode_whole(e, buf, err);
	return read_part_of_chunk(e, e->skip + in, buf, n, err);
}

/* Put the words of the innermost layer that has any in front of the message. */
static int
note_where(const struct img_trail *way, uint64_t ahead, struct img_err *err, int rc)
{
	char where[200];

	if (rc == IMG_E_KEY)	/* of no one place */
		return rc;
	for (unsigned int i = way->n; i-- > 0;) {
		struct img_source *s = way->step[i].s;

		if (!s->ops->where)
			continue;
		s->ops->where(s, way->step[i].off + ahead, where, sizeof where);
		return img_note(err, rc, "%s", where);
	}
	return rc;
}

int
img_source_note_where(struct img_source *s, uint64_t off, struct img_err *err, int rc)
{
	struct img_trail way;
	struct img_extent e;

	if (!err || rc == IMG_E_CANCELLED || rc == IMG_E_NOMEM || img_source_resolve(s, off, &e, &way, NULL))
		return rc;
	return note_where(&way, off - e.off, err, rc);
}

int
img_source_flow(struct img_source *s, struct img_source **ret, struct img_err *err)
{
	return s->ops->flow ? s->ops->flow(s, ret, err) :
	       img_fail(err, IMG_E_UNSUPPORTED, "%s cannot be read front to back", s->layer);
}

int
img_source_track(struct img_source *s, const char *number, struct img_source **ret, struct img_err *err)
{
	if (!s->ops->track || number[0] < '0' || number[0] > '9')
		return img_fail(err, IMG_E_UNKNOWN, "no disc, or no track");
	return s->ops->track(s, number, ret, err);
}

int
img_source_read(struct img_source *s, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	uint8_t *out = buf;

	if (s->size != IMG_SIZE_UNKNOWN && !span_ok(off, len, s->size))
		return img_fail(err, IMG_E_FORMAT, "%zu bytes at %" PRIu64 " lie past the end (%" PRIu64 ")", len, off,
				s->size);
	while (len) {
		struct img_trail way;
		struct img_extent e;
		size_t n;
		int rc = img_source_resolve(s, off, &e, &way, err);

		if (rc)
			return rc;
		if (!e.len)
			return img_fail(err, IMG_E_FORMAT, "the stream ends at %" PRIu64, off);
		n = e.off + e.len - off < len ? (size_t)(e.off + e.len - off) : len;
		rc = read_run(&e, off, out, n, err);
		if (rc)
			return note_where(&way, off - e.off, err, rc);
		off += n;
		out += n;
		len -= n;
	}
	return 0;
}

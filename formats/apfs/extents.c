/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a stream: its extents one behind the other, zeros where there is none.  They lie in the file-system tree, in
 * sealed volumes in a tree of their own.  Clones share extents, which is nobody's business here. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/checked.h"
#include "core/limits.h"
#include "formats/apfs/container.h"
#include "img/env.h"

struct pieces {
	const struct apfs_volume *v;
	struct img_source *zeros;
	struct img_piece *p;		/* each holds a reference */
	size_t n, room;
	uint64_t at, size;		/* bytes covered so far, and of the stream */
};

static void
pieces_done(struct pieces *s)
{
	for (size_t i = 0; i < s->n; i++)
		img_unref(s->p[i].s);
	img_unref(s->zeros);
	free(s->p);
}

/* Takes the reference, also on failure. */
static int
piece_add(struct pieces *s, struct img_source *from, uint64_t at, uint64_t len, struct img_err *err)
{
	if (s->n == s->room) {
		size_t room = s->room ? s->room * 2 : 8;
		struct img_piece *p = NULL;
		int rc = 0;

		if (room * sizeof *p > img_env_limits(s->v->c->below->env)->max_table)
			rc = img_fail(err, IMG_E_LIMIT, "it is in more than %zu pieces", s->n);
		else if (!(p = realloc(s->p, room * sizeof *p)))
			rc = img_fail_nomem(err);
		if (rc) {
			img_unref(from);
			return rc;
		}
		s->p = p;
		s->room = room;
	}
	s->p[s->n++] = (struct img_piece) { from, at, len };
	s->at += len;
	return 0;
}

static int
zeros_add(struct pieces *s, uint64_t len, struct img_err *err)
{
	int rc = s->zeros ? 0 : img_zeros(s->v->c->below->env, s->size, &s->zeros, err);

	return rc ? rc : piece_add(s, img_ref(s->zeros), 0, len, err);
}

static int
data_add(struct pieces *s, const struct apfs_extent *e, uint64_t len, struct img_err *err)
{
	struct apfs *c = s->v->c;
	uint64_t bs = c->s.block_size, n = len / bs + (len % bs != 0);
	img_autounref struct img_source *slice = NULL;
	struct img_source *plain;
	int rc;

	if (!span_ok(e->paddr, n, c->n_blocks))
		return img_fail(err, IMG_E_FORMAT, "blocks %" PRIu64 " to %" PRIu64 " lie past the end of the container", e->paddr,
				e->paddr + n);
	if (!s->v->cipher)
		return piece_add(s, img_ref(c->below), e->paddr * bs, len, err);
	rc = img_slice(c->below, e->paddr * bs, n * bs, &slice, err);
	if (!rc)
		rc = apfs_decrypted(slice, s->v->cipher, e->crypto * (bs / 512), &plain, err);
	return rc ? rc : piece_add(s, plain, 0, len, err);
}

static int
extent_add(struct pieces *s, const struct apfs_extent *e, struct img_err *err)
{
	uint64_t bs = s->v->c->s.block_size, len = e->len, end;
	int rc = 0;

	if (e->len % bs || e->off % bs || !e->len || !u64_add(e->off, e->len, &end))
		return img_fail(err, IMG_E_FORMAT, "an extent of %" PRIu64 " bytes at %" PRIu64, e->len, e->off);
	if (e->off < s->at && s->at < s->size)
		return img_fail(err, IMG_E_FORMAT, "the extent at %" PRIu64 " overlaps the one before it", e->off);
	if (e->off >= s->size)
		return 0;		/* room kept for growing */
	if (e->off > s->at)
		rc = zeros_add(s, e->off - s->at, err);
	if (rc)
		return rc;
	len = len < s->size - s->at ? len : s->size - s->at;
	return e->paddr ? data_add(s, e, len, err) : zeros_add(s, len, err);
}

static int
gather(struct pieces *s, uint64_t id, struct img_err *err)
{
	bool fext = s->v->s.incompat & APFS_SEALED;
	struct apfs_key key = { .oid = id, .type = APFS_EXTENT };
	struct apfs_cursor c;
	int rc = apfs_cursor_seek(fext ? &s->v->fext : &s->v->fs, &key, &c, err);

	if (rc)
		return rc;
	while (!rc && !c.end && c.key.oid == id && c.key.type == APFS_EXTENT && s->at < s->size) {
		struct apfs_extent e;

		rc = apfs_extent_parse(&c.key, fext, c.rec.v, c.rec.n_v, &e, err);
		if (!rc)
			rc = extent_add(s, &e, err);
		if (!rc)
			rc = apfs_cursor_next(&c, err);
	}
	apfs_cursor_done(&c);
	if (!rc && s->at < s->size)
		rc = zeros_add(s, s->size - s->at, err);
	return rc;
}

int
apfs_stream_open(const struct apfs_volume *v, uint64_t id, const struct apfs_stream *stream, struct img_source **ret,
		 struct img_err *err)
{
	struct pieces s = { .v = v, .size = stream->size };
	int rc;

	if (!s.size)
		return img_zeros(v->c->below->env, 0, ret, err);
	if (s.size > IMG_MAX_SIZE)
		return img_fail(err, IMG_E_FORMAT, "a size of %" PRIu64 " bytes", s.size);
	rc = gather(&s, id, err);
	if (!rc)
		rc = s.n == 1 ? img_slice(s.p[0].s, s.p[0].at, s.p[0].len, ret, err)
			      : img_concat(v->c->below->env, s.p, s.n, ret, err);
	pieces_done(&s);
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Forks: eight extents in the record, the rest in the overflow file, under the number of the first block they hold. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/checked.h"
#include "core/memory.h"
#include "formats/hfsplus/volume.h"
#include "img/env.h"

struct walk {
	const struct hfs *f;
	hfs_extent_fn *fn;
	void *ctx;
	uint64_t done, want;		/* blocks */
};

/* Up to eight extents; one of no blocks ends them. */
static int
eight(struct walk *w, const struct hfs_extent ext[HFS_EXTENTS], struct img_err *err)
{
	for (unsigned int i = 0; i < HFS_EXTENTS && ext[i].count && w->done < w->want; i++) {
		int rc = w->fn(w->ctx, ext[i], err);

		if (rc)
			return rc;
		w->done += ext[i].count;
	}
	return 0;
}

static int
overflow(struct walk *w, uint32_t id, uint8_t type, struct img_err *err)
{
	struct hfs_key key = { .id = id, .fork = type, .start = (uint32_t)w->done };
	struct hfs_extent ext[HFS_EXTENTS];
	struct hfs_cursor c;
	int rc = hfs_cursor_seek(w->f->extents, &key, &c, err);

	if (rc)
		return rc;
	while (!rc && !c.end && w->done < w->want && c.key.id == id && c.key.fork == type && c.key.start == w->done) {
		uint64_t before = w->done;

		rc = hfs_extents_parse(c.data, c.len, ext, err);
		if (!rc)
			rc = eight(w, ext, err);
		if (rc || w->done == before)
			break;
		rc = hfs_cursor_next(&c, err);
	}
	hfs_cursor_done(&c);
	return rc;
}

int
hfs_fork_extents(const struct hfs *f, const struct hfs_fork *fork, uint32_t id, uint8_t type, hfs_extent_fn *fn,
		 void *ctx, struct img_err *err)
{
	uint64_t bs = f->h.block_size, need = fork->size / bs + (fork->size % bs != 0);
	struct walk w = { .f = f, .fn = fn, .ctx = ctx, .want = fork->blocks };
	int rc;

	if (need > w.want)
		return img_fail(err, IMG_E_FORMAT, "%" PRIu64 " bytes in %" PRIu32 " blocks of %" PRIu64, fork->size,
				fork->blocks, bs);
	rc = eight(&w, fork->ext, err);
	if (!rc && w.done < w.want && f->extents && id != HFS_EXTENTS_FILE)
		rc = overflow(&w, id, type, err);
	if (!rc && w.done < need)
		rc = img_fail(err, IMG_E_FORMAT, "only %" PRIu64 " of %" PRIu64 " blocks are on record", w.done, need);
	return rc;
}

struct pieces {
	const struct hfs *f;
	struct img_piece *v;
	size_t n, room;
	uint64_t left;
};

static int
piece_add(void *ctx, struct hfs_extent e, struct img_err *err)
{
	struct pieces *p = ctx;
	uint64_t bs = p->f->h.block_size, at = e.start * bs, len = e.count * bs;

	if (len > p->left)
		len = p->left;
	if (!len)
		return 0;
	if (!span_ok(at, len, p->f->volume->size) || (uint64_t)e.start + e.count > p->f->h.n_blocks)
		return img_fail(err, IMG_E_FORMAT, "blocks %" PRIu32 " to %" PRIu64 " lie past the end of the volume", e.start,
				(uint64_t)e.start + e.count);
	if (p->n == p->room) {
		size_t room = p->room ? p->room * 2 : 8;
		struct img_piece *v;

		if (room * sizeof *v > img_env_limits(p->f->tree.env)->max_table)
			return img_fail(err, IMG_E_LIMIT, "the fork is in more than %zu pieces", p->n);
		v = realloc(p->v, room * sizeof *v);
		if (!v)
			return img_fail_nomem(err);
		p->v = v;
		p->room = room;
	}
	p->v[p->n++] = (struct img_piece) { p->f->volume, at, len };
	p->left -= len;
	return 0;
}

int
hfs_fork_open(const struct hfs *f, const struct hfs_fork *fork, uint32_t id, uint8_t type, struct img_source **ret,
	      struct img_err *err)
{
	struct pieces p = { .f = f, .left = fork->size };
	int rc;

	if (!fork->size)
		return img_zeros(f->volume->env, 0, ret, err);
	rc = hfs_fork_extents(f, fork, id, type, piece_add, &p, err);
	if (!rc)
		rc = p.n == 1 ? img_slice(f->volume, p.v[0].at, p.v[0].len, ret, err)
			      : img_concat(f->volume->env, p.v, p.n, ret, err);
	free(p.v);
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening a volume: the master directory block and the two trees; forks. */
#include "config.h"

#include "formats/hfs/volume.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/memory.h"
#include "img/env.h"

int
hfsc_mdb_read(struct img_source *s, struct hfsc_mdb *ret, struct img_err *err)
{
	uint8_t b[HFSC_MDB_LEN];
	int rc;

	if (s->size < HFSC_MDB_AT + HFSC_MDB_LEN)
		return img_fail(err, IMG_E_FORMAT, "the volume ends before its master directory block does");
	rc = img_source_read(s, HFSC_MDB_AT, b, sizeof b, err);
	return rc ? rc : hfsc_mdb_parse(b, ret, err);
}

static int
tree_open(struct hfsc *f, bool extents, struct hfsc_btree *ret, struct img_err *err)
{
	struct hfsc_fork fork = { .size = extents ? f->m.extents_size : f->m.catalog_size };
	struct img_source *file;
	int rc;

	fork.room = fork.size;
	memcpy(fork.ext, extents ? f->m.extents : f->m.catalog, sizeof fork.ext);
	rc = hfsc_fork_open(f, &fork, extents ? HFSC_EXTENTS_FILE : HFSC_CATALOG_FILE, HFSC_DATA, &file, err);
	if (rc)
		return img_note(err, rc, extents ? "extents overflow file" : "catalog");
	rc = hfsc_btree_open(extents, file, ret, err);
	if (rc)
		img_unref(file);
	return rc;
}

static int
load(struct hfsc *f, struct img_err *err)
{
	struct img_err why = { 0 };
	uint64_t end;
	int rc = hfsc_mdb_read(f->volume, &f->m, err);

	if (rc)
		return rc;
	end = f->m.first * UINT64_C(512) + (uint64_t)f->m.n_blocks * f->m.block_size;
	if (end > f->volume->size)
		img_problem(f->volume->env, IMG_WARNING, "hfs-cut", "the HFS volume has %" PRIu64 " bytes, of which %" PRIu64
			    " are there", end, f->volume->size);
	/* few files need it */
	rc = tree_open(f, true, &f->extents, &why);
	if (rc == IMG_E_FORMAT)
		img_problem(f->volume->env, IMG_WARNING, "hfs-tree", "%s", why.msg);
	else if (rc) {
		if (err)
			*err = why;
		return rc;
	}
	return tree_open(f, false, &f->catalog, err);
}

int
hfsc_open(struct img_source *volume, struct hfsc **ret, struct img_err *err)
{
	struct hfsc *f = calloc(1, sizeof *f);
	int rc;

	if (!f)
		return img_fail_nomem(err);
	f->volume = img_ref(volume);
	rc = load(f, err);
	if (rc) {
		hfsc_close(f);
		return rc;
	}
	*ret = f;
	return 0;
}

void
hfsc_close(struct hfsc *f)
{
	img_unref(f->extents.file);
	img_unref(f->catalog.file);
	img_unref(f->volume);
	free(f);
}

/* ---- forks: three extents in the record, the rest in the overflow file under the first block they hold ---- */

struct walk {
	hfsc_extent_fn *fn;
	void *ctx;
	uint64_t done, want;		/* blocks */
};

static int
three(struct walk *w, const struct hfsc_extent ext[HFSC_EXTENTS], struct img_err *err)
{
	for (unsigned int i = 0; i < HFSC_EXTENTS && ext[i].count && w->done < w->want; i++) {
		int rc = w->fn(w->ctx, ext[i], err);

		if (rc)
			return rc;
		w->done += ext[i].count;
	}
	return 0;
}

static int
overflow(const struct hfsc *f, struct walk *w, uint32_t id, uint8_t type, struct img_err *err)
{
	struct hfsc_key key = { .id = id, .fork = type, .start = (uint16_t)w->done };
	struct hfsc_cursor c;
	int rc = hfsc_cursor_seek(&f->extents, &key, &c, err);

	while (!rc && !c.end && w->done < w->want && c.key.id == id && c.key.fork == type && c.key.start == w->done) {
		struct hfsc_extent ext[HFSC_EXTENTS];
		uint64_t before = w->done;

		hfsc_extents_parse(c.data, ext);
		rc = three(w, ext, err);
		if (rc || w->done == before)
			break;
		rc = hfsc_cursor_next(&c, err);
	}
	return rc;
}

int
hfsc_fork_extents(const struct hfsc *f, const struct hfsc_fork *fork, uint32_t id, uint8_t type, hfsc_extent_fn *fn,
		  void *ctx, struct img_err *err)
{
	uint64_t bs = f->m.block_size, need = (fork->size + bs - 1) / bs;
	struct walk w = { .fn = fn, .ctx = ctx, .want = (fork->room + bs - 1) / bs };
	int rc;

	if (w.want < need)
		w.want = need;
	rc = three(&w, fork->ext, err);
	if (!rc && w.done < w.want && f->extents.file && id != HFSC_EXTENTS_FILE)
		rc = overflow(f, &w, id, type, err);
	if (!rc && w.done < need)
		rc = img_fail(err, IMG_E_FORMAT, "only %" PRIu64 " of %" PRIu64 " blocks are on record", w.done, need);
	return rc;
}

struct pieces {
	const struct hfsc *f;
	struct img_buf list;		/* of struct img_piece */
	uint64_t left;
};

static int
piece_add(void *ctx, struct hfsc_extent e, struct img_err *err)
{
	struct pieces *p = ctx;
	uint64_t bs = p->f->m.block_size, len = e.count * bs;
	struct img_piece x = { .s = p->f->volume, .at = p->f->m.first * UINT64_C(512) + e.start * bs };

	x.len = len < p->left ? len : p->left;
	if (!x.len)
		return 0;
	if (!span_ok(x.at, x.len, p->f->volume->size) || e.start + e.count > p->f->m.n_blocks)
		return img_fail(err, IMG_E_FORMAT, "blocks %u to %u lie past the end of the volume", e.start, e.start + e.count);
	p->left -= x.len;
	return img_buf_add(&p->list, &x, sizeof x, err);
}

int
hfsc_fork_open(const struct hfsc *f, const struct hfsc_fork *fork, uint32_t id, uint8_t type,
	       struct img_source **ret, struct img_err *err)
{
	struct pieces p = { .f = f, .left = fork->size };
	int rc;

	if (!fork->size)
		return img_zeros(f->volume->env, 0, ret, err);
	p.list = img_buf_new(65536 * sizeof (struct img_piece));
	rc = hfsc_fork_extents(f, fork, id, type, piece_add, &p, err);
	if (!rc)
		rc = img_concat(f->volume->env, (const struct img_piece *)(const void *)p.list.p,
				p.list.len / sizeof (struct img_piece), ret, err);
	img_buf_done(&p.list);
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The journal of a volume that was not unmounted: blocks that should have been written and may not have been.  They are
 * laid over the volume in memory, the last one of each place; the image stays as it is.
 *
 *   journal info block   flags (1: the journal is on this volume), be64 offset and size at bytes 36 and 44
 *   journal header       "JNLx", order mark, start, end, size, bytes of a block list header: in the writer's byte order
 *   transactions         from start to end, around the ring: a block list header, then the bytes of its blocks
 *
 * Entry i of a block list: u64 sector, u32 bytes, u32 next; entry 0 belongs to the list.  Sector ~0: cancelled. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/checked.h"
#include "core/memory.h"
#include "formats/hfsplus/volume.h"
#include "img/env.h"

#define MAGIC UINT32_C(0x4a4e4c78)
#define ORDER UINT32_C(0x12345678)
#define SECTOR 512
#define LIST_HEAD 16
#define MAX_RING (UINT64_C(64) << 20)	/* as much is kept in memory; macOS makes 8 MiB for every 100 GB */

struct ring {
	struct img_source *s;
	uint64_t at, size;		/* of the journal in the volume */
	uint64_t start, end;
	uint32_t head, list_len;	/* bytes of the header sector, of a block list header */
	bool big;
};

/* One sector with its new bytes; @seq: later ones count. */
struct write {
	uint64_t sector;
	size_t seq;
	uint8_t *bytes;
};

struct writes {
	struct write *v;
	size_t n, room;
	struct img_arena *arena;
	uint64_t held;
};

static uint32_t
get32(const struct ring *r, const uint8_t *p)
{
	return r->big ? load_be32(p) : load_le32(p);
}

static uint64_t
get64(const struct ring *r, const uint8_t *p)
{
	return r->big ? load_be64(p) : load_le64(p);
}

/* Read from the ring; *io_at goes on, around the end. */
static int
ring_read(const struct ring *r, uint64_t *io_at, uint8_t *buf, size_t len, struct img_err *err)
{
	while (len) {
		uint64_t room = r->size - *io_at;
		size_t n = len < room ? len : (size_t)room;
		int rc = img_source_read(r->s, r->at + *io_at, buf, n, err);

		if (rc)
			return rc;
		buf += n;
		len -= n;
		*io_at += n;
		if (*io_at == r->size)
			*io_at = r->head;
	}
	return 0;
}

static int
ring_open(const struct hfs_header *h, struct img_source *s, struct ring *ret, bool *ret_there, struct img_err *err)
{
	uint64_t info = (uint64_t)h->journal_block * h->block_size;
	struct ring r = { .s = s };
	uint8_t b[64];
	int rc;

	*ret_there = false;
	if (!span_ok(info, 52, s->size))
		return img_fail(err, IMG_E_FORMAT, "the journal info block lies past the end");
	rc = img_source_read(s, info, b, 52, err);
	if (rc || !(load_be32(b) & 1) || load_be32(b) & 4)	/* elsewhere, or never used */
		return rc;
	r.at = load_be64(b + 36);
	r.size = load_be64(b + 44);
	if (r.size < 2 * SECTOR || !span_ok(r.at, r.size, s->size))
		return img_fail(err, IMG_E_FORMAT, "%" PRIu64 " bytes of journal at %" PRIu64 " lie past the end", r.size, r.at);
	rc = img_source_read(s, r.at, b, 44, err);
	if (rc)
		return rc;
	r.big = load_be32(b) == MAGIC;
	if (get32(&r, b) != MAGIC || get32(&r, b + 4) != ORDER)
		return img_fail(err, IMG_E_FORMAT, "the journal has no header");
	r.start = get64(&r, b + 8);
	r.end = get64(&r, b + 16);
	r.list_len = get32(&r, b + 32);
	r.head = get32(&r, b + 40);
	if (r.start == r.end)
		return 0;
	if (get64(&r, b + 24) != r.size || r.head < 44 || r.head >= r.size || r.start < r.head || r.start >= r.size ||
	    r.end < r.head || r.end > r.size || r.list_len < 2 * LIST_HEAD || r.list_len > 1 << 20)
		return img_fail(err, IMG_E_FORMAT, "the journal's header contradicts itself");
	if (r.end == r.size)
		r.end = r.head;
	*ret = r;
	*ret_there = true;
	return 0;
}

static int
write_add(struct writes *w, uint64_t sector, uint8_t *bytes, struct img_err *err)
{
	if (w->n == w->room) {
		size_t room = w->room ? w->room * 2 : 256;
		struct write *v = realloc(w->v, room * sizeof *v);

		if (!v)
			return img_fail_nomem(err);
		w->v = v;
		w->room = room;
	}
	w->v[w->n] = (struct write) { sector, w->n, bytes };
	w->n++;
	return 0;
}

/* The blocks of one list. */
static int
blocks_read(const struct ring *r, const uint8_t *list, uint64_t *io_at, struct writes *w, uint64_t volume,
	    struct img_err *err)
{
	unsigned int n = r->big ? load_be16(list + 2) : load_le16(list + 2);

	if (!n || n > r->list_len / 16 - 1)
		return img_fail(err, IMG_E_FORMAT, "a transaction of %u blocks", n);
	for (unsigned int i = 1; i < n; i++) {
		const uint8_t *e = list + LIST_HEAD + 16 * (size_t)i;
		uint64_t sector = get64(r, e);
		uint32_t len = get32(r, e + 8);
		uint8_t *bytes;
		int rc;

		if (len % SECTOR || len > r->size || w->held + len > MAX_RING)
			return img_fail(err, IMG_E_FORMAT, "block %u of a transaction has %" PRIu32 " bytes", i, len);
		bytes = img_arena_alloc(w->arena, len ? len : 1);
		rc = bytes ? ring_read(r, io_at, bytes, len, err) : img_fail_nomem(err);
		w->held += len;
		if (!rc && sector != UINT64_MAX && (sector > volume / SECTOR || !span_ok(sector * SECTOR, len, volume)))
			rc = img_fail(err, IMG_E_FORMAT, "sector %" PRIu64 " lies past the end of the volume", sector);
		for (uint32_t k = 0; !rc && sector != UINT64_MAX && k < len / SECTOR; k++)
			rc = write_add(w, sector + k, bytes + (size_t)k * SECTOR, err);
		if (rc)
			return rc;
	}
	return 0;
}

/* The sum over the head of a list and its first entry, its own field as zero (TN1150, "Journal"). */
static bool
list_sum_ok(const struct ring *r, const uint8_t *list)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < 32; i++)
		sum = (sum << 8) ^ (sum + (i >= 8 && i < 12 ? 0 : list[i]));
	return ~sum == get32(r, list + 8);
}

static int
ring_replay(const struct ring *r, struct writes *w, struct img_err *err)
{
	img_autofree uint8_t *list = malloc(r->list_len);
	uint64_t at = r->start, done = 0;
	int rc = list ? 0 : img_fail_nomem(err);

	while (!rc && at != r->end) {
		uint64_t from = at;
		size_t whole = w->n;

		rc = ring_read(r, &at, list, r->list_len, err);
		if (!rc && !list_sum_ok(r, list))
			return img_fail(err, IMG_E_FORMAT, "the transaction at %" PRIu64 " has a wrong sum", from);
		if (!rc)
			rc = blocks_read(r, list, &at, w, r->s->size, err);
		if (rc)
			w->n = whole;
		done += at > from ? at - from : at + r->size - r->head - from;
		if (!rc && done > r->size)
			rc = img_fail(err, IMG_E_FORMAT, "the transactions do not end where the header says");
	}
	return rc;
}

static int
by_sector(const void *a, const void *b)
{
	const struct write *x = a, *y = b;

	if (x->sector != y->sector)
		return x->sector < y->sector ? -1 : 1;
	return x->seq < y->seq ? -1 : 1;
}

/* The last bytes of every sector, neighbours together, over the volume. */
static int
lay_over(struct writes *w, struct img_source **io_volume, struct img_err *err)
{
	img_autofree struct img_edit *edit = NULL;
	struct img_source *patched = NULL;
	size_t n = 0;
	int rc;

	if (!w->n)
		return 0;
	edit = malloc(w->n * sizeof *edit);
	if (!edit)
		return img_fail_nomem(err);
	qsort(w->v, w->n, sizeof *w->v, by_sector);
	for (size_t i = 0; i < w->n; i++) {
		const struct write *x = &w->v[i];
		struct img_edit *e = n ? &edit[n - 1] : NULL;

		if (i + 1 < w->n && w->v[i + 1].sector == x->sector)
			continue;
		if (e && e->off + e->len == x->sector * SECTOR && (const uint8_t *)e->bytes + e->len == x->bytes)
			e->len += SECTOR;
		else
			edit[n++] = (struct img_edit) { x->sector * SECTOR, x->bytes, SECTOR };
	}
	rc = img_patched(*io_volume, edit, n, &patched, err);
	if (rc)
		return rc;
	img_unref(*io_volume);
	*io_volume = patched;
	return 0;
}

int
hfs_journal_replay(const struct hfs_header *h, struct img_source **io_volume, bool *ret_dirty, struct img_err *err)
{
	struct img_env *env = (*io_volume)->env;
	struct writes w = { 0 };
	struct img_err why = { 0 };
	struct ring r;
	bool there = false;
	int rc;

	*ret_dirty = false;
	if (!(h->attributes & HFS_JOURNALED) || !h->journal_block)
		return 0;
	rc = ring_open(h, *io_volume, &r, &there, &why);
	if (!rc && there) {
		w.arena = img_arena_new();
		rc = w.arena ? ring_replay(&r, &w, &why) : img_fail_nomem(&why);
		/* whole transactions count, up to the first that makes no sense */
		if (!rc || rc == IMG_E_FORMAT) {
			int laid = lay_over(&w, io_volume, rc ? NULL : &why);

			rc = laid && laid != IMG_E_FORMAT ? laid : rc;
			*ret_dirty = true;
		}
	}
	free(w.v);
	img_arena_free(w.arena);
	if (rc == IMG_E_FORMAT || rc == IMG_E_LIMIT) {
		img_problem(env, IMG_WARNING, "hfs-journal", "the journal could not be played back: %s", why.msg);
		return 0;
	}
	if (rc && err)
		*err = why;
	if (!rc && *ret_dirty)
		img_problem(env, IMG_NOTE, "hfs-journal-dirty", "the volume was not unmounted: its journal was played back, in "
			    "memory only");
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of folders, made from the tables whenever somebody reads them.
 *
 * A folder's region is its records, padded to a sector, then its continuation areas: system use entries that found no
 * place in a record of at most 254 bytes.  An area never crosses a sector (Linux asks for that); what is longer goes on
 * in the next sector, announced by another CE.  Records are made in order from the front, or from a mark in large folders;
 * what falls outside of the bytes asked for is forgotten again. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/iso9660/making.h"

#define RECORD_MAX 254
#define CE_LEN 28
#define MARK_STEP (64 << 10)	/* bytes of records between marks: a read begins at most so far in front */

void
window_put(const struct window *w, uint64_t off, const void *bytes, size_t n)
{
	uint64_t from = off > w->off ? off : w->off, end = off + n;

	if (end > w->off + w->len)
		end = w->off + w->len;
	if (from < end)
		memcpy(w->p + (from - w->off), (const uint8_t *)bytes + (from - off), (size_t)(end - from));
}

/* ---- continuation areas ---- */

/* The next area for @left bytes of entries at @p, when @used bytes of areas are there before: where it begins and what
 * goes in.  Less than @left: a CE follows in the same area. */
static size_t
next_area(const uint8_t *p, size_t left, uint64_t used, uint64_t *ret_at)
{
	size_t room = BLOCK - (size_t)(used % BLOCK), n = 0;

	if (left > room && room < BLOCK)
		used += room;
	*ret_at = used;
	if (left <= BLOCK)
		return left;
	while (n + p[n + 2] <= BLOCK - CE_LEN)
		n += p[n + 2];
	return n;
}

static uint64_t
area_end(uint64_t at, size_t n, size_t left)
{
	return at + n + (n < left ? CE_LEN : 0);
}

static void
put32(uint8_t *p, uint32_t v)
{
	store_le32(p, v);
	store_be32(p + 4, v);
}

/* The CE that leads to the area for @left bytes at @p; areas begin at byte @base of the image as the view counts. */
static void
make_ce(const uint8_t *p, size_t left, uint64_t used, uint64_t base, uint8_t ret[CE_LEN])
{
	uint64_t at;
	size_t n = next_area(p, left, used, &at);

	memcpy(ret, "CE\x1c\x01", 4);
	put32(ret + 4, (uint32_t)((base + at) / BLOCK));
	put32(ret + 12, (uint32_t)((base + at) % BLOCK));
	put32(ret + 20, (uint32_t)(area_end(at, n, left) - at));
}

/* ---- one folder ---- */

struct maker {
	const struct iso_author *a;
	const struct view *v;		/* addresses; any while measuring */
	uint32_t dir;
	const struct window *w;		/* offsets from the folder's region; NULL: only measure */
	uint64_t pos, extra;		/* of records and areas so far */
	uint64_t base;			/* first byte of the areas, in the region */
	uint64_t base_at;		/* and in the volume of the view */
	struct susp_out su;
};

/* How many of the @n bytes of entries stay in a record with room for @room. */
static size_t
fit(const uint8_t *p, size_t n, size_t room)
{
	size_t in = 0;

	if (n <= room)
		return n;
	while (in < n && in + p[in + 2] + CE_LEN <= room)
		in += p[in + 2];
	return in;
}

/* Areas for the entries a record had no room for. */
static void
put_areas(struct maker *m, const uint8_t *p, size_t left)
{
	while (left) {
		uint8_t ce[CE_LEN];
		uint64_t at, end;
		size_t n = next_area(p, left, m->extra, &at);

		end = area_end(at, n, left);
		if (m->w) {
			window_put(m->w, m->base + at, p, n);
			if (n < left) {
				make_ce(p + n, left - n, end, m->base_at, ce);
				window_put(m->w, m->base + at + n, ce, CE_LEN);
			}
		}
		m->extra = end;
		p += n;
		left -= n;
	}
}

/* A record with the system use entries in m->su. */
static void
put_record(struct maker *m, struct iso_record *r)
{
	uint8_t su[256], bytes[256];
	const uint8_t *p = m->su.buf.p;
	size_t n = m->su.buf.len, head = 33 + (size_t)r->n_name + (r->n_name % 2 == 0);
	size_t in = n ? fit(p, n, RECORD_MAX - head) : 0;

	if (in)
		memcpy(su, p, in);
	if (in < n)
		make_ce(p + in, n - in, m->extra, m->base_at, su + in);
	r->su = su;
	r->n_su = (uint8_t)(in + (in < n ? CE_LEN : 0));
	r->len = (uint8_t)iso_record_len(r->n_name, r->n_su);
	if (BLOCK - m->pos % BLOCK < r->len)
		m->pos += BLOCK - m->pos % BLOCK;
	if (m->w && m->pos < m->w->off + m->w->len && m->pos + r->len > m->w->off) {
		iso_record_emit(r, bytes);
		window_put(m->w, m->pos, bytes, r->len);
	}
	m->pos += r->len;
	if (in < n)
		put_areas(m, p + in, n - in);
}

uint32_t
making_block(const struct iso_author *a, const struct view *v, const struct mnode *n)
{
	if (n->type == IMG_NODE_DIR)
		return v->base + a->dir[n->u.dir].at[v->kind] - v->bias;
	if (n->type != IMG_NODE_FILE || !a->file[n->u.file].size)
		return a->empty_block - v->bias;
	return a->file[n->u.file].block - v->bias;
}

static void
start_record(const struct maker *m, const struct mnode *n, struct iso_record *ret)
{
	*ret = (struct iso_record) { .block = making_block(m->a, m->v, n), .volume = 1 };
	if (n->type == IMG_NODE_DIR) {
		ret->flags = ISO_DIRECTORY;
		ret->size = m->a->dir[n->u.dir].records[m->v->kind] * BLOCK;
	}
	if (n->hidden & ISO_HIDE_SHOWN)
		ret->flags |= ISO_HIDDEN;
	iso_time7_emit((struct img_time) { n->mtime, 0 }, ret->date);
}

/* "." or "..", whose identifiers are the bytes 0 and 1. */
static int
put_dot(struct maker *m, bool parent, struct img_err *err)
{
	static const uint8_t names[2] = { 0, 1 };
	const struct iso_author *a = m->a;
	uint32_t dir = parent ? a->dir[m->dir].parent : m->dir, node = a->dir[dir].node;
	struct iso_record r;
	int rc = 0;

	m->su.buf.len = 0;
	if (m->v->kind == KIND_PRIMARY)
		rc = su_build(a, parent ? SU_DOTDOT : m->dir ? SU_DOT : SU_ROOT, node, &m->su, err);
	if (rc)
		return rc;
	start_record(m, &a->node[node], &r);
	r.name = &names[parent];
	r.n_name = 1;
	put_record(m, &r);
	return 0;
}

/* All records of a child: several for a file of 4 GiB or more. */
static int
put_child(struct maker *m, uint32_t node, struct img_err *err)
{
	const struct iso_author *a = m->a;
	const struct mnode *n = &a->node[node];
	const struct mfile *f = n->type == IMG_NODE_FILE ? &a->file[n->u.file] : NULL;
	uint64_t left = f ? f->size : 0;
	uint8_t name[MAX_ISO_NAME + 4];
	struct iso_record r;
	int rc = 0;

	m->su.buf.len = 0;
	if (m->v->kind == KIND_PRIMARY)
		rc = su_build(a, SU_ENTRY, node, &m->su, err);
	if (rc)
		return rc;
	start_record(m, n, &r);
	r.n_name = (uint8_t)making_name(a, m->v->kind, node, name);
	r.name = name;
	do {
		uint64_t part = left <= UINT32_MAX ? left : SECTION;

		if (f) {
			r.size = (uint32_t)part;
			r.flags = (uint8_t)((r.flags & ISO_HIDDEN) | (part < left ? ISO_MORE : 0));
		}
		put_record(m, &r);
		r.block += (uint32_t)(part / BLOCK);
		left -= part;
	} while (left);
	return 0;
}

/* ---- measuring ---- */

static int
add_mark(struct shape *s, const struct maker *m, uint32_t child, struct img_err *err)
{
	int rc = table_room(&s->marks, s->n_marks, &s->room_marks, sizeof *s->marks, err);

	if (!rc)
		s->marks[s->n_marks++] = (struct mark) { m->dir, child, m->pos, m->extra };
	return rc;
}

static int
measure_dir(struct iso_author *a, enum kind kind, struct maker *m, struct img_err *err)
{
	struct mdir *d = &a->dir[m->dir];
	const uint32_t *order = a->shape[kind].order + d->first;
	uint64_t marked = 0;
	int rc = put_dot(m, false, err);

	if (!rc)
		rc = put_dot(m, true, err);
	for (uint32_t i = 0; !rc && i < d->n_shown[kind]; i++) {
		if (m->pos - marked >= MARK_STEP) {
			marked = m->pos;
			rc = add_mark(&a->shape[kind], m, i, err);
		}
		if (!rc)
			rc = put_child(m, order[i], err);
	}
	if (rc)
		return rc;
	if (blocks_of(m->pos) * BLOCK > UINT32_MAX)
		return img_fail(err, IMG_E_LIMIT, "a folder has %" PRIu64 " bytes of records, more than a record can say",
				m->pos);
	d->records[kind] = (uint32_t)blocks_of(m->pos);
	d->extra[kind] = (uint32_t)blocks_of(m->extra);
	return 0;
}

int
making_measure(struct iso_author *a, enum kind kind, struct img_err *err)
{
	struct view v = { .kind = kind };
	struct maker m = { .a = a, .v = &v };
	uint64_t at = 0;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < a->n_dirs; i++) {
		m.dir = i;
		m.pos = m.extra = 0;
		rc = measure_dir(a, kind, &m, err);
		a->dir[i].at[kind] = (uint32_t)at;
		at += (uint64_t)a->dir[i].records[kind] + a->dir[i].extra[kind];
	}
	img_buf_done(&m.su.buf);
	if (!rc && at > UINT32_MAX / 2)
		rc = img_fail(err, IMG_E_LIMIT, "the folders alone take %" PRIu64 " sectors", at);
	a->shape[kind].blocks = (uint32_t)at;
	return rc;
}

/* ---- reading ---- */

/* The last mark of the folder that is in front of both places; NULL: none. */
static const struct mark *
find_mark(const struct shape *s, uint32_t dir, uint64_t pos, uint64_t extra)
{
	size_t lo = 0, hi = s->n_marks;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct mark *k = &s->marks[mid];

		if (k->dir < dir || (k->dir == dir && k->pos <= pos && k->extra <= extra))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && s->marks[lo - 1].dir == dir ? &s->marks[lo - 1] : NULL;
}

/* What of one folder lies in the window, whose offsets count from the folder's region. */
static int
make_dir(const struct iso_author *a, const struct view *v, uint32_t dir, const struct window *w, struct susp_out *su,
	 struct img_err *err)
{
	const struct mdir *d = &a->dir[dir];
	const struct shape *s = &a->shape[v->kind];
	uint64_t records = (uint64_t)d->records[v->kind] * BLOCK, end = w->off + w->len;
	struct maker m = { .a = a, .v = v, .dir = dir, .w = w, .base = records, .su = *su };
	bool areas = w->off >= records;
	const struct mark *k = areas ? find_mark(s, dir, UINT64_MAX, w->off - records) : find_mark(s, dir, w->off, UINT64_MAX);
	uint32_t i = 0;
	int rc = 0;

	m.base_at = ((uint64_t)v->base - v->bias + d->at[v->kind]) * BLOCK + records;
	if (k) {
		i = k->child;
		m.pos = k->pos;
		m.extra = k->extra;
	} else {
		rc = put_dot(&m, false, err);
		if (!rc)
			rc = put_dot(&m, true, err);
	}
	for (; !rc && i < d->n_shown[v->kind]; i++) {
		if (end <= records ? m.pos >= end : records + m.extra >= end)
			break;
		rc = put_child(&m, s->order[d->first + i], err);
	}
	*su = m.su;
	return rc;
}

/* The folder whose region holds block @at of its kind. */
static uint32_t
dir_at(const struct iso_author *a, enum kind kind, uint64_t at)
{
	size_t lo = 0, hi = a->n_dirs;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		*(a->dir[mid].at[kind] <= at ? &lo : &hi) = mid;
	}
	return (uint32_t)lo;
}

int
making_dirs_read(const struct iso_author *a, const struct view *v, uint64_t off, uint8_t *buf, size_t len,
		 struct img_err *err)
{
	uint32_t dir = dir_at(a, v->kind, off / BLOCK);
	struct susp_out su = { 0 };
	int rc = 0;

	memset(buf, 0, len);
	while (!rc && len) {
		const struct mdir *d = &a->dir[dir];
		uint64_t in = off - (uint64_t)d->at[v->kind] * BLOCK, records = (uint64_t)d->records[v->kind] * BLOCK;
		uint64_t all = records + (uint64_t)d->extra[v->kind] * BLOCK;
		uint64_t left = (in < records ? records : all) - in;	/* marks serve one or the other */
		struct window w = { in, left < len ? (size_t)left : len, buf };

		rc = make_dir(a, v, dir, &w, &su, err);
		if (in + w.len == all)
			dir++;
		off += w.len;
		buf += w.len;
		len -= w.len;
	}
	img_buf_done(&su.buf);
	return rc;
}

void
making_root_record(const struct iso_author *a, const struct view *v, struct iso_record *ret)
{
	struct maker m = { .a = a, .v = v };

	start_record(&m, &a->node[0], ret);
}

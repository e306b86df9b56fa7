/* SPDX-License-Identifier: BSD-2-Clause */
/* MFS, the file system of the first Macs' floppies: one folder, read only.
 *
 *   byte 1024             master directory block; behind it, from byte 64 on, a map of 12-bit numbers: for block 2, 3, …
 *                         0: free, 1: the last of its fork, else the next block of it
 *   directory             sectors of entries, each even, none across sectors: flags, finder info, number, and for both forks
 *                         first block, size, room; times; the name
 *
 * Inside Macintosh, volume II, "File Manager". */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/cursor.h"
#include "core/memory.h"
#include "formats/hfs/hfs.h"
#include "formats/hfs/volume.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"

#define ENTRY_HEAD 51
#define MAP_AT (HFSC_MDB_AT + 64)
#define MAX_BLOCKS 4096		/* 12 bits */
#define NAME_ROOM (255 * 3 + 1)

struct mfs {
	struct img_tree tree;
	struct img_source *volume;
	uint32_t created, backed_up, block_size;
	uint16_t attributes, n_files, dir, dir_len, n_blocks, n_free, first;
	uint8_t n_name, name[27];
	uint16_t map[MAX_BLOCKS];	/* of block i + 2 */
};

struct fork {
	uint16_t block;
	uint32_t size;
};

struct entry {
	uint64_t id;			/* where it lies */
	uint8_t finder[32];
	struct fork data, rsrc;
	uint32_t created, modified;
	const uint8_t *name;
	uint8_t n_name;
};

static struct mfs *
mfs_of(struct img_tree *t)
{
	return (struct mfs *)t;
}

/* ---- opening ---- */

static int
head_parse(const uint8_t *b, struct mfs *m, struct img_err *err)
{
	struct img_cursor c = cur_over(b, 64);

	cur_tag(&c, "\xd2\xd7");
	m->created = cur_be32(&c);
	m->backed_up = cur_be32(&c);
	m->attributes = cur_be16(&c);
	m->n_files = cur_be16(&c);
	m->dir = cur_be16(&c);			/* 14 */
	m->dir_len = cur_be16(&c);
	m->n_blocks = cur_be16(&c);
	m->block_size = cur_be32(&c);		/* 20 */
	cur_skip(&c, 4);
	m->first = cur_be16(&c);		/* 28 */
	cur_skip(&c, 4);
	m->n_free = cur_be16(&c);
	m->n_name = cur_u8(&c);			/* 36 */
	cur_copy(&c, m->name, sizeof m->name);
	if (!cur_ok(&c) || !m->block_size || m->block_size % HFSC_SECTOR || m->n_blocks > MAX_BLOCKS - 2)
		return img_fail(err, IMG_E_FORMAT, "master directory block: %u blocks of %" PRIu32 " bytes", m->n_blocks,
				m->block_size);
	if (m->n_name > sizeof m->name)
		m->n_name = sizeof m->name;
	return 0;
}

static int
map_read(struct mfs *m, struct img_err *err)
{
	uint8_t b[MAX_BLOCKS * 3 / 2] = { 0 };
	size_t n = ((size_t)m->n_blocks * 3 + 1) / 2;
	int rc = span_ok(MAP_AT, n, m->volume->size) ? img_source_read(m->volume, MAP_AT, b, n, err)
		 : img_fail(err, IMG_E_FORMAT, "the block map lies past the end");

	for (size_t i = 0; !rc && i < m->n_blocks; i++) {
		const uint8_t *p = b + i / 2 * 3;

		m->map[i] = (uint16_t)(i % 2 ? (p[1] & 0xf) << 8 | p[2] : p[0] << 4 | p[1] >> 4);
	}
	return rc;
}

static int
load(struct mfs *m, struct img_err *err)
{
	uint8_t b[64];
	int rc = m->volume->size < MAP_AT ? img_fail(err, IMG_E_FORMAT, "the volume ends before its master directory block does")
		 : img_source_read(m->volume, HFSC_MDB_AT, b, sizeof b, err);

	if (!rc)
		rc = head_parse(b, m, err);
	return rc ? rc : map_read(m, err);
}

/* ---- the directory ---- */

typedef int entry_fn(void *ctx, const struct entry *e, struct img_err *err);

static void
entry_parse(const uint8_t *b, struct entry *e)
{
	struct img_cursor c = cur_over(b, ENTRY_HEAD);

	cur_skip(&c, 2);
	cur_copy(&c, e->finder, 16);
	cur_skip(&c, 4);
	e->data.block = cur_be16(&c);		/* 22 */
	e->data.size = cur_be32(&c);
	cur_skip(&c, 4);
	e->rsrc.block = cur_be16(&c);		/* 32 */
	e->rsrc.size = cur_be32(&c);
	cur_skip(&c, 4);
	e->created = cur_be32(&c);		/* 42 */
	e->modified = cur_be32(&c);
	e->n_name = cur_u8(&c);
	e->name = b + ENTRY_HEAD;
}

/* All entries, or the one at @only; stops at what is not 0. */
static int
entries(const struct mfs *m, uint64_t only, entry_fn *fn, void *ctx, struct img_err *err)
{
	for (uint32_t s = 0; s < m->dir_len; s++) {
		uint64_t at = ((uint64_t)m->dir + s) * HFSC_SECTOR;
		uint8_t b[HFSC_SECTOR];
		int rc;

		if (!span_ok(at, sizeof b, m->volume->size))
			return img_fail(err, IMG_E_FORMAT, "the directory lies past the end");
		rc = img_source_read(m->volume, at, b, sizeof b, err);
		for (size_t i = 0; !rc && i + ENTRY_HEAD < sizeof b && b[i] & 0x80;) {
			struct entry e = { .id = at + i + 1 };

			entry_parse(b + i, &e);
			if (i + ENTRY_HEAD + e.n_name > sizeof b || !e.n_name)
				return img_fail(err, IMG_E_FORMAT, "the directory entry at byte %" PRIu64 " does not fit", at + i);
			if (!only || only == e.id)
				rc = fn(ctx, &e, err);
			i += (ENTRY_HEAD + (size_t)e.n_name + 1) & ~(size_t)1;
		}
		if (rc)
			return rc;
	}
	return 0;
}

static int
list_one(void *ctx, const struct entry *e, struct img_err *err)
{
	struct img_nodes *out = ctx;
	struct img_node *v = realloc(out->v, (out->n + 1) * sizeof *v);
	char name[NAME_ROOM];

	if (!v)
		return img_fail_nomem(err);
	out->v = v;
	hfsc_name_utf8(e->name, e->n_name, name);
	v[out->n] = (struct img_node) {
		.id = e->id, .type = IMG_NODE_FILE, .mode = 0644, .size = e->data.size, .mtime = hfsc_time(e->modified),
		.atime.sec = IMG_NO_TIME, .ctime.sec = IMG_NO_TIME, .btime = hfsc_time(e->created),
		.name = img_arena_str(out->arena, name, strlen(name)),
	};
	return v[out->n++].name ? 0 : img_fail_nomem(err);
}

static int
mfs_list(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err)
{
	if (dir != IMG_TREE_ROOT)
		return img_fail(err, IMG_E_USAGE, "it is no folder");
	ret->arena = img_arena_new();
	return ret->arena ? entries(mfs_of(t), 0, list_one, ret, err) : img_fail_nomem(err);
}

/* ---- content ---- */

/* Every block once at most: a chain is no longer than there are blocks. */
static int
fork_open(const struct mfs *m, const struct fork *f, struct img_source **ret, struct img_err *err)
{
	uint64_t bs = m->block_size, left = f->size;
	struct img_piece p[MAX_BLOCKS];
	uint16_t block = f->block;
	size_t n = 0;

	while (left) {
		uint64_t at = m->first * UINT64_C(512) + (block - UINT64_C(2)) * bs, len = left < bs ? left : bs;

		if (block < 2 || block - 2 >= m->n_blocks || n == m->n_blocks || !span_ok(at, len, m->volume->size))
			return img_fail(err, IMG_E_FORMAT, "%" PRIu64 " of its %" PRIu32 " bytes are in no block", left, f->size);
		p[n++] = (struct img_piece) { m->volume, at, len };
		left -= len;
		block = m->map[block - 2];
	}
	return n ? img_concat(m->volume->env, p, n, ret, err) : img_zeros(m->volume->env, 0, ret, err);
}

static int
copy_entry(void *ctx, const struct entry *e, struct img_err *err)
{
	*(struct entry *)ctx = *e;
	return 0;
}

static int
entry_of(const struct mfs *m, uint64_t id, struct entry *ret, struct img_err *err)
{
	int rc = entries(m, id, copy_entry, ret, err);

	return !rc && ret->id != id ? img_fail(err, IMG_E_USAGE, "there is no such file") : rc;
}

static int
mfs_content(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err)
{
	struct entry e = { 0 };
	int rc = id == IMG_TREE_ROOT ? img_fail(err, IMG_E_USAGE, "a folder has no data") : entry_of(mfs_of(t), id, &e, err);

	if (rc)
		return rc;
	if (!stream)
		return fork_open(mfs_of(t), &e.data, ret, err);
	if (!strcmp(stream, IMG_STREAM_RSRC) && e.rsrc.size)
		return fork_open(mfs_of(t), &e.rsrc, ret, err);
	if (!strcmp(stream, "com.apple.FinderInfo"))
		return img_memory(t->env, e.finder, sizeof e.finder, true, ret, err);
	return img_fail(err, IMG_E_UNKNOWN, "there is no attribute \"%s\"", stream);
}

static int
mfs_streams(struct img_tree *t, uint64_t id, struct img_nodes *ret, struct img_err *err)
{
	static const uint8_t none[32];
	struct entry e = { 0 };
	int rc = id == IMG_TREE_ROOT ? 0 : entry_of(mfs_of(t), id, &e, err);

	if (rc)
		return rc;
	ret->v = calloc(2, sizeof *ret->v);
	if (!ret->v)
		return img_fail_nomem(err);
	if (memcmp(e.finder, none, sizeof none))
		ret->v[ret->n++] = (struct img_node) { .name = "com.apple.FinderInfo", .size = sizeof e.finder };
	if (e.rsrc.size)
		ret->v[ret->n++] = (struct img_node) { .name = IMG_STREAM_RSRC, .size = e.rsrc.size };
	return 0;
}

/* ---- about it ---- */

static int
mfs_describe(struct img_tree *t, struct img_rep *rep, struct img_err *err)
{
	const struct mfs *m = mfs_of(t);
	char label[3 * sizeof m->name + 1];

	hfsc_name_utf8(m->name, m->n_name, label);
	img_rep_str(rep, "format", "mfs");
	img_rep_str(rep, "label", label);
	img_rep_uint(rep, "size", (uint64_t)m->n_blocks * m->block_size);
	img_rep_uint(rep, "free", (uint64_t)m->n_free * m->block_size);
	img_rep_uint(rep, "block_size", m->block_size);
	img_rep_uint(rep, "files", m->n_files);
	hfsc_rep_time(rep, "created", m->created);
	hfsc_rep_time(rep, "backed_up", m->backed_up);
	img_rep_bool(rep, "locked", m->attributes & 0x8080);
	return 0;
}

struct check {
	const struct mfs *m;
	uint64_t n;
};

static int
check_one(void *ctx, const struct entry *e, struct img_err *err)
{
	const struct fork *const forks[] = { &e->data, &e->rsrc };
	struct check *c = ctx;
	char name[NAME_ROOM];

	c->n++;
	hfsc_name_utf8(e->name, e->n_name, name);
	for (size_t i = 0; i < 2; i++) {
		struct img_source *s = NULL;
		int rc = fork_open(c->m, forks[i], &s, err);

		img_unref(s);
		if (rc)
			return img_note(err, rc, "%s", name);
	}
	return 0;
}

static int
mfs_verify(struct img_tree *t, struct img_rep *rep, struct img_err *err)
{
	struct check c = { .m = mfs_of(t) };
	int rc = entries(c.m, 0, check_one, &c, err);

	img_rep_uint(rep, "files_found", c.n);
	if (!rc && c.n != c.m->n_files)
		img_problem(t->env, IMG_WARNING, "mfs-count", "%" PRIu64 " files, the master directory block says %u", c.n,
			    c.m->n_files);
	return rc;
}

static void
mfs_destroy(struct img_tree *t)
{
	img_unref(mfs_of(t)->volume);
	free(t);
}

static const struct img_tree_ops mfs_ops = {
	.list = mfs_list, .streams = mfs_streams, .content = mfs_content, .describe = mfs_describe, .verify = mfs_verify,
	.destroy = mfs_destroy,
};

static int
mfs_tree(const struct img_tree_open *o, struct img_tree **ret, struct img_err *err)
{
	struct mfs *m = calloc(1, sizeof *m);
	int rc;

	if (!m)
		return img_fail_nomem(err);
	m->volume = img_ref(o->volume);
	img_tree_init(&m->tree, &mfs_ops, o->volume->env, img_format_mfs.name);
	rc = load(m, err);
	if (rc)
		mfs_destroy(&m->tree);
	else
		*ret = &m->tree;
	return rc;
}

static enum img_match
mfs_confirm(const struct img_open *o)
{
	struct mfs m = { 0 };
	uint8_t b[64];

	if (o->below->size < MAP_AT || img_source_read(o->below, HFSC_MDB_AT, b, sizeof b, NULL) || head_parse(b, &m, NULL))
		return IMG_MATCH_NONE;
	return IMG_MATCH_STRUCTURE;
}

const struct img_format img_format_mfs = {
	.name = "mfs",
	.title = "MFS",
	.confirm = mfs_confirm,
	.tree = mfs_tree,
};

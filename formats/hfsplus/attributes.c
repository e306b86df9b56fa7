/* SPDX-License-Identifier: BSD-2-Clause */
/* Extended attributes: small ones lie in their record, large ones in a fork of their own, whose extents go on in records
 * with the same name and a higher block. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/memory.h"
#include "formats/hfsplus/names.h"
#include "formats/hfsplus/volume.h"
#include "img/env.h"

int
hfs_stream_add(struct img_nodes *ret, const char *name, uint64_t size, struct img_err *err)
{
	struct img_node *v;

	if (!ret->arena)
		ret->arena = img_arena_new();
	if (!ret->arena)
		return img_fail_nomem(err);
	v = realloc(ret->v, (ret->n + 1) * sizeof *v);
	if (!v)
		return img_fail_nomem(err);
	ret->v = v;
	v[ret->n] = (struct img_node) { .name = img_arena_str(ret->arena, name, strlen(name)), .size = size };
	if (!v[ret->n].name)
		return img_fail_nomem(err);
	ret->n++;
	return 0;
}

int
hfs_attr_list(const struct hfs *f, uint32_t cnid, struct img_nodes *ret, struct img_err *err)
{
	struct hfs_key key = { .id = cnid };
	struct hfs_cursor c;
	int rc;

	if (!f->attributes)
		return 0;
	rc = hfs_cursor_seek(f->attributes, &key, &c, err);
	if (rc)
		return rc;
	while (!rc && !c.end && c.key.id == cnid) {
		char name[HFS_NAME_ROOM];
		struct hfs_attr a;

		hfs_attr_name_utf8(c.key.name, c.key.n, name);
		if (!c.key.start) {
			struct img_err why = { 0 };

			/* one that is damaged is listed: whoever reads it is told again */
			if (hfs_attr_parse(c.data, c.len, &a, &why)) {
				img_problem(f->tree.env, IMG_WARNING, "hfs-attribute", "attribute \"%s\" of file %" PRIu32
					    ": %s", name, cnid, why.msg);
				a = (struct hfs_attr) { .type = HFS_ATTR_INLINE };
			}
			rc = hfs_stream_add(ret, name, a.type == HFS_ATTR_INLINE ? a.size : a.fork.size, err);
		}
		if (!rc)
			rc = hfs_cursor_next(&c, err);
	}
	hfs_cursor_done(&c);
	return rc;
}

struct pieces {
	const struct hfs *f;
	struct img_piece *v;
	size_t n, room;
	uint64_t left, blocks;
};

static int
pieces_add(struct pieces *p, const struct hfs_extent ext[HFS_EXTENTS], struct img_err *err)
{
	uint64_t bs = p->f->h.block_size;

	for (unsigned int i = 0; i < HFS_EXTENTS && ext[i].count && p->left; i++) {
		uint64_t at = ext[i].start * bs, len = ext[i].count * bs;

		len = len < p->left ? len : p->left;
		if (!span_ok(at, len, p->f->volume->size))
			return img_fail(err, IMG_E_FORMAT, "block %" PRIu32 " lies past the end of the volume", ext[i].start);
		if (p->n == p->room) {
			size_t room = p->room + 8 * HFS_EXTENTS;
			struct img_piece *v;

			if (room * sizeof *v > img_env_limits(p->f->tree.env)->max_table)
				return img_fail(err, IMG_E_LIMIT, "it is in more than %zu pieces", p->n);
			v = realloc(p->v, room * sizeof *v);
			if (!v)
				return img_fail_nomem(err);
			p->v = v;
			p->room = room;
		}
		p->v[p->n++] = (struct img_piece) { p->f->volume, at, len };
		p->left -= len;
		p->blocks += ext[i].count;
	}
	return 0;
}

/* @c stands on the record of the fork, and goes on to those behind it. */
static int
fork_open(const struct hfs *f, struct hfs_cursor *c, const struct hfs_fork *fork, struct img_source **ret,
	  struct img_err *err)
{
	struct pieces p = { .f = f, .left = fork->size };
	struct hfs_key key = c->key;
	int rc = pieces_add(&p, fork->ext, err);

	while (!rc && p.left) {
		struct hfs_attr a;
		uint64_t before = p.blocks;

		rc = hfs_cursor_next(c, err);
		if (rc)
			break;
		key.start = (uint32_t)p.blocks;
		if (c->end || hfs_btree_compare(f->attributes, &c->key, &key))
			rc = img_fail(err, IMG_E_FORMAT, "%" PRIu64 " of its %" PRIu64 " bytes are in no extent", p.left,
				      fork->size);
		if (!rc)
			rc = hfs_attr_parse(c->data, c->len, &a, err);
		if (!rc && a.type == HFS_ATTR_EXTENTS)
			rc = pieces_add(&p, a.fork.ext, err);
		if (!rc && p.blocks == before)
			rc = img_fail(err, IMG_E_FORMAT, "a record without extents");
	}
	if (!rc)
		rc = p.n ? img_concat(f->volume->env, p.v, p.n, ret, err) : img_zeros(f->volume->env, 0, ret, err);
	free(p.v);
	return rc;
}

static int
attr_open(const struct hfs *f, struct hfs_cursor *c, struct img_source **ret, struct img_err *err)
{
	struct hfs_attr a;
	int rc = hfs_attr_parse(c->data, c->len, &a, err);

	if (rc)
		return rc;
	if (a.type == HFS_ATTR_INLINE)
		return img_memory(f->volume->env, a.bytes, a.size, true, ret, err);
	if (a.type == HFS_ATTR_FORK)
		return fork_open(f, c, &a.fork, ret, err);
	return img_fail(err, IMG_E_FORMAT, "its first record holds no more than extents");
}

int
hfs_attr_open(const struct hfs *f, uint32_t cnid, const char *name, struct img_source **ret, struct img_err *err)
{
	struct hfs_key key = { .id = cnid };
	struct hfs_cursor c;
	int rc;

	key.n = (uint16_t)hfs_attr_name_units(name, key.name, HFS_ATTR_UNITS);
	if (!f->attributes || !key.n)
		return img_fail(err, IMG_E_UNKNOWN, "there is no attribute \"%s\"", name);
	rc = hfs_cursor_seek(f->attributes, &key, &c, err);
	if (rc)
		return rc;
	if (c.end || hfs_btree_compare(f->attributes, &c.key, &key))
		rc = img_fail(err, IMG_E_UNKNOWN, "there is no attribute \"%s\"", name);
	else
		rc = attr_open(f, &c, ret, err);
	hfs_cursor_done(&c);
	return rc && rc != IMG_E_UNKNOWN ? img_note(err, rc, "attribute \"%s\"", name) : rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of a FAT volume as a tree. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/memory.h"
#include "formats/fat/fat.h"
#include "formats/fat/times.h"
#include "formats/fat/volume.h"
#include "img/env.h"

/* ---- nodes ---- */

static struct img_node *
node_push(struct img_nodes *n, size_t *room, struct img_err *err)
{
	return img_room(&n->v, n->n, room, sizeof *n->v, err) ? NULL : &n->v[n->n++];
}

/* FAT knows nothing but whether a file may be written. */
static uint32_t
mode_of(const struct fat_entry *e)
{
	if (e->attributes & FAT_DIRECTORY)
		return 0755;
	return e->attributes & FAT_READ_ONLY ? 0444 : 0644;
}

static void
node_fill(const struct fat *f, const struct fat_found *found, struct img_node *ret)
{
	const struct fat_entry *e = &found->entry;
	bool dir = e->attributes & FAT_DIRECTORY;

	*ret = (struct img_node) {
		.id = dir ? fat_dir_id(f, e->cluster) : found->off,
		.type = dir ? IMG_NODE_DIR : IMG_NODE_FILE,
		.mode = mode_of(e),
		.size = dir ? 0 : e->size,
		.mtime = fat_time_get(&(struct fat_time) { e->write_date, e->write_time, 0 }),
		.atime = fat_time_get(&(struct fat_time) { e->access_date, 0, 0 }),
		.btime = fat_time_get(&(struct fat_time) { e->create_date, e->create_time, e->create_tenths }),
		.ctime = { .sec = IMG_NO_TIME },
	};
}

static int
fat_list(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err)
{
	struct fat *f = fat_of(t);
	struct fat_dir *d = NULL;
	size_t room = 0;
	bool more = true;
	int rc;

	ret->arena = img_arena_new();
	if (!ret->arena)
		return img_fail_nomem(err);
	rc = fat_dir_open(f, dir, &d, err);
	while (!rc && more) {
		struct fat_found found;
		struct img_node *n;

		rc = fat_dir_next(d, &found, &more, err);
		if (rc || !more || found.label)
			continue;
		n = node_push(ret, &room, err);
		if (!n) {
			rc = IMG_E_NOMEM;
			break;
		}
		node_fill(f, &found, n);
		n->name = img_arena_str(ret->arena, found.name, strlen(found.name));
		if (!n->name)
			rc = img_fail_nomem(err);
	}
	fat_dir_close(d);
	return rc;
}

/* ---- content ---- */

/* The runs of a file. */
struct pieces {
	struct img_piece *v;
	size_t n, room;
};

static int
piece_push(const struct fat *f, struct pieces *p, uint64_t at, uint64_t len, struct img_err *err)
{
	if (p->n == p->room) {
		size_t more = p->room ? p->room * 2 : 4;
		struct img_piece *v;

		if (more * sizeof *v > img_env_limits(f->tree.env)->max_table)
			return img_fail(err, IMG_E_LIMIT, "the file is in more than %zu pieces", p->n);
		v = realloc(p->v, more * sizeof *v);
		if (!v)
			return img_fail_nomem(err);
		p->v = v;
		p->room = more;
	}
	p->v[p->n++] = (struct img_piece) { f->volume, at, len };
	return 0;
}

static int
find_pieces(const struct fat *f, const struct fat_entry *e, struct pieces *p, struct img_err *err)
{
	uint64_t cluster = f->geo.cluster_size, left = e->size;
	struct fat_chain c;

	fat_chain_start(&c, f, e->cluster, (uint32_t)((left + cluster - 1) / cluster));
	while (left) {
		uint32_t first = 0, n = 0;
		int rc = fat_chain_next(&c, &first, &n, err);
		uint64_t len = n * cluster < left ? n * cluster : left;

		if (!rc && !n)
			rc = img_fail(err, IMG_E_FORMAT,
				      "the chain of clusters ends %" PRIu64 " bytes before the file of %" PRIu32, left,
				      e->size);
		if (!rc)
			rc = piece_push(f, p, fat_cluster_off(f, first), len, err);
		if (rc)
			return rc;
		left -= len;
	}
	return 0;
}

static int
fat_content(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err)
{
	const struct fat *f = fat_of(t);
	uint8_t buf[FAT_ENTRY_LEN];
	struct img_cursor cur = cur_over(buf, sizeof buf);
	struct pieces p = { 0 };
	struct fat_entry e;
	int rc;

	if (stream)
		return img_fail(err, IMG_E_UNKNOWN, "there is no \"%s\" beside the data", stream);
	if (id & FAT_DIR_ID || id == IMG_TREE_ROOT)
		return img_fail(err, IMG_E_USAGE, "a folder has no content");
	rc = img_source_read(f->volume, id, buf, sizeof buf, err);
	if (!rc)
		rc = fat_entry_parse(&cur, f->boot.fat32, &e, err);
	if (!rc)
		rc = find_pieces(f, &e, &p, err);
	if (!rc)
		rc = p.n == 1 ? img_slice(f->volume, p.v[0].at, p.v[0].len, ret, err)
			      : img_concat(t->env, p.v, p.n, ret, err);
	free(p.v);
	return rc;
}

static void
fat_destroy(struct img_tree *t)
{
	struct fat *f = fat_of(t);

	img_unref(f->volume);
	free(f);
}

static const struct img_tree_ops fat_ops = {
	.list = fat_list,
	.content = fat_content,
	.describe = fat_describe,
	.verify = fat_verify,
	.destroy = fat_destroy,
};

int
fat_tree(const struct img_tree_open *o, struct img_tree **ret, struct img_err *err)
{
	struct fat *f;
	int rc = fat_open(o, &f, err);

	if (rc)
		return rc;
	img_tree_init(&f->tree, &fat_ops, o->volume->env, img_format_fat.name);
	*ret = &f->tree;
	return 0;
}

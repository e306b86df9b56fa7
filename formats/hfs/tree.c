/* SPDX-License-Identifier: BSD-2-Clause */
/* Files by name.  Nothing is kept between calls. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "formats/hfs/hfs.h"
#include "formats/hfs/volume.h"
#include "img/env.h"

/* Node ids: 0 is the root, other folders are their number, a file is where its record lies. */
#define ID_RECORD (UINT64_C(1) << 63)

struct listing {
	const struct hfsc *f;
	struct img_nodes *out;
	size_t room;
};

static int
add(struct listing *l, const struct hfsc_cursor *c, struct img_err *err)
{
	struct img_nodes *out = l->out;
	char name[HFSC_NAME_ROOM];
	struct hfsc_record r;
	struct img_node *n;
	int rc = hfsc_record_parse(c->data, c->len, &r, err);

	if (rc)
		return rc == IMG_E_UNKNOWN ? 0 : rc;
	if (out->n == l->room) {
		size_t room = l->room ? l->room * 2 : 32;

		n = realloc(out->v, room * sizeof *n);
		if (!n)
			return img_fail_nomem(err);
		out->v = n;
		l->room = room;
	}
	hfsc_name_utf8(c->key.name, c->key.n_name, name);
	n = &out->v[out->n];
	*n = (struct img_node) {
		.id = r.type == HFSC_FOLDER ? r.id : ID_RECORD | (uint64_t)c->node << 16 | c->rec,
		.type = r.type == HFSC_FOLDER ? IMG_NODE_DIR : IMG_NODE_FILE, .mode = r.type == HFSC_FOLDER ? 0755 : 0644,
		.size = r.data.size, .mtime = hfsc_time(r.modified), .atime.sec = IMG_NO_TIME, .ctime.sec = IMG_NO_TIME,
		.btime = hfsc_time(r.created), .name = img_arena_str(out->arena, name, strlen(name)),
	};
	if (!n->name)
		return img_fail_nomem(err);
	out->n++;
	return 0;
}

static int
hfsc_list(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err)
{
	struct listing l = { .f = hfsc_of(t), .out = ret };
	struct hfsc_key key = { .id = dir == IMG_TREE_ROOT ? HFSC_ROOT : (uint32_t)dir };
	struct img_err why = { 0 };
	struct hfsc_cursor c;
	int rc;

	if (dir & ID_RECORD)
		return img_fail(err, IMG_E_USAGE, "it is no folder");
	ret->arena = img_arena_new();
	if (!ret->arena)
		return img_fail_nomem(err);
	rc = hfsc_cursor_seek(&l.f->catalog, &key, &c, &why);
	while (!rc && !c.end && c.key.id == key.id) {
		rc = add(&l, &c, &why);
		if (!rc)
			rc = hfsc_cursor_next(&c, &why);
	}
	if (rc && err)
		*err = why;
	return rc;
}

/* The record of folder @id is an entry of its parent, which its thread tells. */
static int
folder_record(const struct hfsc *f, uint32_t id, struct hfsc_record *ret, struct img_err *err)
{
	struct hfsc_key key = { .id = id };
	struct hfsc_cursor c;
	int rc = hfsc_cursor_seek(&f->catalog, &key, &c, err);

	if (!rc && (c.end || c.key.id != id || c.key.n_name || c.len < 15 || c.data[0] != HFSC_FOLDER_THREAD))
		rc = img_fail(err, IMG_E_FORMAT, "folder %u has no thread", (unsigned int)id);
	if (rc)
		return rc;
	key.id = (uint32_t)c.data[10] << 24 | (uint32_t)c.data[11] << 16 | (uint32_t)c.data[12] << 8 | c.data[13];
	rc = hfsc_cursor_seek(&f->catalog, &key, &c, err);
	while (!rc && !c.end && c.key.id == key.id) {
		if (!hfsc_record_parse(c.data, c.len, ret, NULL) && ret->type == HFSC_FOLDER && ret->id == id)
			return 0;
		rc = hfsc_cursor_next(&c, err);
	}
	return rc ? rc : img_fail(err, IMG_E_FORMAT, "folder %u is not where its thread says", (unsigned int)id);
}

static int
hfsc_root(struct img_tree *t, struct img_node *ret, struct img_err *err)
{
	struct hfsc_record r;
	int rc = folder_record(hfsc_of(t), HFSC_ROOT, &r, err);

	if (!rc)
		ret->mtime = hfsc_time(r.modified);
	return rc == IMG_E_FORMAT ? 0 : rc;
}

static int
record_of(const struct hfsc *f, uint64_t id, struct hfsc_record *ret, struct img_err *err)
{
	struct hfsc_cursor c;
	int rc;

	if (!(id & ID_RECORD))
		return folder_record(f, id == IMG_TREE_ROOT ? HFSC_ROOT : (uint32_t)id, ret, err);
	rc = hfsc_cursor_at(&f->catalog, (uint32_t)((id & ~ID_RECORD) >> 16), (uint16_t)id, &c, err);
	if (!rc)
		rc = hfsc_record_parse(c.data, c.len, ret, err);
	return rc == IMG_E_UNKNOWN ? img_fail(err, IMG_E_USAGE, "it is no file") : rc;
}

static bool
has_finder(const struct hfsc_record *r)
{
	static const uint8_t none[32];

	return memcmp(r->finder, none, sizeof none) != 0;
}

static int
hfsc_content(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err)
{
	const struct hfsc *f = hfsc_of(t);
	struct hfsc_record r;
	int rc = record_of(f, id, &r, err);

	if (rc)
		return rc;
	if (!stream && r.type == HFSC_FOLDER)
		return img_fail(err, IMG_E_USAGE, "a folder has no data");
	if (!stream)
		return hfsc_fork_open(f, &r.data, r.id, HFSC_DATA, ret, err);
	if (!strcmp(stream, IMG_STREAM_RSRC) && r.rsrc.size)
		return hfsc_fork_open(f, &r.rsrc, r.id, HFSC_RSRC, ret, err);
	if (!strcmp(stream, "com.apple.FinderInfo") && has_finder(&r))
		return img_memory(t->env, r.finder, sizeof r.finder, true, ret, err);
	return img_fail(err, IMG_E_UNKNOWN, "there is no attribute \"%s\"", stream);
}

static int
stream_add(struct img_nodes *ret, const char *name, uint64_t size)
{
	ret->v[ret->n++] = (struct img_node) { .name = img_arena_str(ret->arena, name, strlen(name)), .size = size };
	return ret->v[ret->n - 1].name ? 0 : IMG_E_NOMEM;
}

static int
hfsc_streams(struct img_tree *t, uint64_t id, struct img_nodes *ret, struct img_err *err)
{
	struct hfsc_record r;
	int rc = record_of(hfsc_of(t), id, &r, err);

	if (rc)
		return rc;
	ret->arena = img_arena_new();
	ret->v = calloc(2, sizeof *ret->v);
	if (!ret->arena || !ret->v)
		return img_fail_nomem(err);
	if (has_finder(&r))
		rc = stream_add(ret, "com.apple.FinderInfo", sizeof r.finder);
	if (!rc && r.rsrc.size)
		rc = stream_add(ret, IMG_STREAM_RSRC, r.rsrc.size);
	return rc ? img_fail_nomem(err) : 0;
}

static void
hfsc_destroy(struct img_tree *t)
{
	hfsc_close(hfsc_of(t));
}

static const struct img_tree_ops hfsc_ops = {
	.list = hfsc_list, .root = hfsc_root, .streams = hfsc_streams, .content = hfsc_content, .describe = hfsc_describe,
	.verify = hfsc_verify, .destroy = hfsc_destroy,
};

int
hfsc_tree(const struct img_tree_open *o, struct img_tree **ret, struct img_err *err)
{
	struct hfsc *f;
	int rc = hfsc_open(o->volume, &f, err);

	if (rc)
		return rc;
	img_tree_init(&f->tree, &hfsc_ops, o->volume->env, img_format_hfs.name);
	*ret = &f->tree;
	return 0;
}

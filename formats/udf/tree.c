/* SPDX-License-Identifier: BSD-2-Clause */
/* Files by name.  Nothing is kept between calls: a node's id says where its entry lies. */
#include "config.h"

#include "formats/udf/tree.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "formats/udf/names.h"
#include "formats/udf/udf.h"
#include "img/source.h"

/* Streams that UDF defines under its own names (3.3.8). */
#define RSRC_NAME "*UDF Macintosh Resource Fork"

#define ID_TAG (UINT64_C(1) << 63)

uint64_t
udf_id_of(const struct udf_tree *t, struct udf_at at)
{
	if (at.part == t->root.part && at.block == t->root.block)
		return IMG_TREE_ROOT;
	return ID_TAG | (uint64_t)at.part << 32 | at.block;
}

struct udf_at
udf_at_of(const struct udf_tree *t, uint64_t id)
{
	if (id == IMG_TREE_ROOT)
		return t->root;
	return (struct udf_at) { (uint16_t)(id >> 32 & 0x7fff), (uint32_t)id };
}

/* What one walk through a folder needs. */
struct listing {
	const struct udf_tree *t;
	struct udf_window window;
	struct udf_dir dir;
	uint8_t *buf;			/* a block */
	struct img_nodes *out;
	size_t room;
};

static void
listing_done(struct listing *l)
{
	udf_window_done(&l->window);
	udf_dir_done(&l->dir);
	free(l->buf);
}

static int
listing_open(const struct udf_tree *t, struct udf_at at, struct img_nodes *out, struct listing *ret, struct img_err *err)
{
	struct listing l = { .t = t, .out = out, .buf = malloc(t->v->bs) };
	struct udf_fe fe;
	int rc = l.buf ? udf_icb_read(t->v, &l.window, at, l.buf, &fe, &at, err) : img_fail_nomem(err);

	if (!rc)
		rc = udf_dir_open(t->v, &fe, at, &l.dir, err);
	if (!rc && out) {
		out->arena = img_arena_new();
		rc = out->arena ? 0 : img_fail_nomem(err);
	}
	if (rc)
		listing_done(&l);
	else
		*ret = l;
	return rc;
}

/* The node of a record, all but its name.  @arena NULL: without the target of a link. */
static int
node_read(struct listing *l, const struct udf_fid *f, struct img_arena *arena, struct img_node *ret, struct img_err *err)
{
	struct udf_at icb = { f->icb.part, f->icb.block }, at;
	struct img_node n = { .id = udf_id_of(l->t, icb) };
	struct udf_fe fe;
	size_t len;
	int rc = udf_icb_read(l->t->v, &l->window, icb, l->buf, &fe, &at, err);

	if (!rc)
		rc = udf_node_fill(l->t->v, &fe, at, &n, err);
	if (!rc && n.type == IMG_NODE_LINK && arena) {
		rc = udf_link_read(l->t->v, &fe, at, arena, &n.link, &len, err);
		n.size = rc ? 0 : len;
	}
	if (rc)
		return rc;
	if (n.type != IMG_NODE_DIR && fe.links > 1)
		n.inode = n.id;
	*ret = n;
	return 0;
}

static int
nodes_add(struct listing *l, const struct img_node *n, const char *name, size_t len, struct img_err *err)
{
	struct img_nodes *out = l->out;
	int rc = img_room(&out->v, out->n, &l->room, sizeof *out->v, err);

	if (rc)
		return rc;
	out->v[out->n] = *n;
	out->v[out->n].name = img_arena_str(out->arena, name, len);
	if (!out->v[out->n].name)
		return img_fail_nomem(err);
	out->n++;
	return 0;
}

/* All names of a folder, or of the streams of a file, which have no targets and one name of their own. */
static int
list_all(const struct udf_tree *t, struct udf_at at, bool streams, struct img_nodes *ret, struct img_err *err)
{
	struct listing l;
	int rc = listing_open(t, at, ret, &l, err);

	if (rc)
		return rc;
	while (!rc) {
		char name[UDF_NAME_MAX];
		struct img_node n;
		struct udf_fid f;
		size_t len;
		bool more;

		rc = udf_dir_name(&l.dir, &f, name, &len, &more, err);
		if (rc || !more)
			break;
		rc = node_read(&l, &f, streams ? NULL : ret->arena, &n, err);
		if (rc)
			img_note(err, rc, "%s", name);
		else if (streams && !strcmp(name, RSRC_NAME))
			rc = nodes_add(&l, &n, IMG_STREAM_RSRC, strlen(IMG_STREAM_RSRC), err);
		else
			rc = nodes_add(&l, &n, name, len, err);
	}
	listing_done(&l);
	return rc;
}

static int
udf_list(struct img_tree *tree, uint64_t dir, struct img_nodes *ret, struct img_err *err)
{
	const struct udf_tree *t = (const struct udf_tree *)tree;

	return list_all(t, udf_at_of(t, dir), false, ret, err);
}

static int
udf_root(struct img_tree *tree, struct img_node *ret, struct img_err *err)
{
	const struct udf_tree *t = (const struct udf_tree *)tree;
	img_autofree uint8_t *buf = malloc(t->v->bs);
	struct udf_at at;
	struct udf_fe fe;
	int rc = buf ? udf_icb_read(t->v, NULL, t->root, buf, &fe, &at, err) : img_fail_nomem(err);

	return rc ? rc : udf_node_fill(t->v, &fe, at, ret, err);
}

/* Find @name, or what it stands for, in a folder or a stream directory. */
static int
name_find(struct listing *l, const char *name, struct udf_fid *ret, struct img_err *err)
{
	for (;;) {
		char have[UDF_NAME_MAX];
		size_t len;
		bool more;
		int rc = udf_dir_name(&l->dir, ret, have, &len, &more, err);

		if (rc)
			return rc;
		if (!more)
			return img_fail(err, IMG_E_UNKNOWN, "there is no \"%s\"", name);
		if (!strcmp(have, name))
			return 0;
	}
}

static int
udf_find(struct img_tree *tree, uint64_t dir, const char *name, struct img_node *ret, struct img_err *err)
{
	const struct udf_tree *t = (const struct udf_tree *)tree;
	struct udf_fid f;
	struct listing l;
	int rc = listing_open(t, udf_at_of(t, dir), NULL, &l, err);

	if (rc)
		return rc;
	rc = name_find(&l, name, &f, err);
	if (!rc) {
		rc = node_read(&l, &f, NULL, ret, err);
		if (rc)
			img_note(err, rc, "%s", name);
	}
	listing_done(&l);
	return rc;
}

/* Where the stream directory of a file lies; its ICB has length 0 when there is none. */
static int
streams_of(const struct udf_tree *t, uint64_t id, struct udf_ad *ret, struct img_err *err)
{
	img_autofree uint8_t *buf = malloc(t->v->bs);
	struct udf_at at;
	struct udf_fe fe;
	int rc = buf ? udf_icb_read(t->v, NULL, udf_at_of(t, id), buf, &fe, &at, err) : img_fail_nomem(err);

	if (!rc)
		*ret = fe.streams;
	return rc;
}

static int
udf_streams(struct img_tree *tree, uint64_t id, struct img_nodes *ret, struct img_err *err)
{
	const struct udf_tree *t = (const struct udf_tree *)tree;
	struct udf_ad dir;
	int rc = streams_of(t, id, &dir, err);

	return rc || !dir.len ? rc : list_all(t, (struct udf_at) { dir.part, dir.block }, true, ret, err);
}

static int
stream_find(const struct udf_tree *t, uint64_t id, const char *stream, struct udf_at *ret, struct img_err *err)
{
	struct udf_ad dir;
	struct udf_fid f;
	struct listing l;
	int rc = streams_of(t, id, &dir, err);

	if (!rc && !dir.len)
		rc = img_fail(err, IMG_E_UNKNOWN, "there is no stream \"%s\"", stream);
	if (!rc)
		rc = listing_open(t, (struct udf_at) { dir.part, dir.block }, NULL, &l, err);
	if (rc)
		return rc;
	rc = name_find(&l, strcmp(stream, IMG_STREAM_RSRC) ? stream : RSRC_NAME, &f, err);
	if (!rc)
		*ret = (struct udf_at) { f.icb.part, f.icb.block };
	listing_done(&l);
	return rc;
}

static int
udf_content(struct img_tree *tree, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err)
{
	const struct udf_tree *t = (const struct udf_tree *)tree;
	img_autofree uint8_t *buf = malloc(t->v->bs);
	struct udf_at at = udf_at_of(t, id);
	struct udf_fe fe;
	int rc = buf ? 0 : img_fail_nomem(err);

	if (!rc && stream)
		rc = stream_find(t, id, stream, &at, err);
	if (!rc)
		rc = udf_icb_read(t->v, NULL, at, buf, &fe, &at, err);
	if (!rc && (fe.file_type == UDF_FILE_DIR || fe.file_type == UDF_FILE_STREAMS))
		rc = img_fail(err, IMG_E_USAGE, "a folder has no data");
	return rc ? rc : udf_content_open(t->v, &fe, at, ret, err);
}

static void
udf_destroy(struct img_tree *tree)
{
	struct udf_tree *t = (struct udf_tree *)tree;

	udf_volume_close(t->v);
	free(t);
}

static const struct img_tree_ops udf_ops = {
	.list = udf_list, .root = udf_root, .find = udf_find, .streams = udf_streams, .content = udf_content,
	.describe = udf_describe, .verify = udf_verify, .destroy = udf_destroy,
};

int
udf_tree_open(const struct img_tree_open *o, struct img_tree **ret, struct img_err *err)
{
	struct udf_tree *t = calloc(1, sizeof *t);
	int rc = t ? udf_volume_open(o->volume, &t->v, err) : img_fail_nomem(err);

	if (rc) {
		free(t);
		return rc;
	}
	img_tree_init(&t->tree, &udf_ops, o->volume->env, "udf");
	t->root = (struct udf_at) { t->v->fsd.root.part, t->v->fsd.root.block };
	*ret = &t->tree;
	return 0;
}

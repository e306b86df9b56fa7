/* SPDX-License-Identifier: BSD-2-Clause */
/* A tree with a few more files, and with flags of Finder on some nodes.  All else is the tree below, under its own ids; those
 * of the additions are the last there are. */
#include "config.h"

#include "trees/finder/dressed.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "img/source.h"

#define FINDER_INFO "com.apple.FinderInfo"
#define INFO_SIZE 32
#define FIRST_ID (UINT64_MAX - N_EXTRAS)

static struct dressed *
dressed_of(struct img_tree *t)
{
	return (struct dressed *)t;
}

uint64_t
dressed_id(enum extra which)
{
	return FIRST_ID + which;
}

static bool
is_extra(uint64_t id)
{
	return id >= FIRST_ID;
}

static const struct flagged *
flags_of(const struct dressed *d, uint64_t id)
{
	for (size_t i = 0; i < d->n_flagged; i++)
		if (d->flagged[i].id == id)
			return &d->flagged[i];
	return NULL;
}

int
dressed_flag(struct dressed *d, uint64_t id, unsigned int flags, struct img_err *err)
{
	struct flagged *v = (struct flagged *)flags_of(d, id);

	if (!v) {
		v = realloc(d->flagged, (d->n_flagged + 1) * sizeof *v);
		if (!v)
			return img_fail_nomem(err);
		d->flagged = v;
		v += d->n_flagged++;
		*v = (struct flagged) { id, 0 };
	}
	v->flags |= flags;
	return 0;
}

/* ---- bytes that are settled after they were asked for ---- */

struct late {
	struct img_source src;
	struct img_tree *tree;		/* a reference */
	const struct img_buf *bytes;	/* in it */
};

static int
late_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	*ret = (struct img_extent) { .len = s->size, .kind = IMG_OPAQUE };
	return 0;
}

static int
late_read(struct img_source *s, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	memcpy(buf, ((struct late *)s)->bytes->p + off, len);
	return 0;
}

static void
late_destroy(struct img_source *s)
{
	img_tree_unref(((struct late *)s)->tree);
	free(s);
}

static const struct img_source_ops late_ops = { .map = late_map, .read = late_read, .destroy = late_destroy };

static int
late_new(struct img_tree *t, const struct img_buf *bytes, struct img_source **ret, struct img_err *err)
{
	struct late *l = calloc(1, sizeof *l);

	if (!l)
		return img_fail_nomem(err);
	img_source_init(&l->src, &late_ops, t->env, "finder", bytes->len, 512);
	l->tree = img_tree_ref(t);
	l->bytes = bytes;
	*ret = &l->src;
	return 0;
}

/* ---- the tree ---- */

static struct img_node
node_of(const struct dressed *d, enum extra which)
{
	const struct img_time never = { .sec = IMG_NO_TIME };
	struct img_node n = {
		.id = dressed_id(which), .type = IMG_NODE_FILE, .mode = 0644, .nlink = 1, .size = d->extra[which].bytes.len,
		.mtime = never, .atime = never, .ctime = never, .btime = never, .name = d->extra[which].name,
	};

	if (which == EXTRA_FOLDER) {
		n.type = IMG_NODE_DIR;
		n.mode = 0755;
	} else if (which == EXTRA_LINK) {
		n.type = IMG_NODE_LINK;
		n.mode = 0755;
		n.link = "/Applications";
		n.size = strlen(n.link);
	}
	return n;
}

/* Is @name taken by one of the additions? */
static bool
hidden_by_extra(const struct dressed *d, const char *name)
{
	for (unsigned int i = 0; i < N_EXTRAS; i++)
		if (i != EXTRA_PICTURE && d->extra[i].name && !strcmp(d->extra[i].name, name))
			return true;
	return false;
}

static int
list_root(struct dressed *d, struct img_nodes *ret, struct img_err *err)
{
	size_t k = 0;
	int rc = img_tree_list(d->below, IMG_TREE_ROOT, ret, err);
	struct img_node *v;

	if (rc)
		return rc;
	v = realloc(ret->v, (ret->n + N_EXTRAS) * sizeof *v);
	if (!v)
		return img_fail_nomem(err);
	ret->v = v;
	for (size_t i = 0; i < ret->n; i++)
		if (!hidden_by_extra(d, v[i].name))
			v[k++] = v[i];
	for (unsigned int i = 0; i < N_EXTRAS; i++)
		if (i != EXTRA_PICTURE && d->extra[i].name)
			v[k++] = node_of(d, i);
	ret->n = k;
	return 0;
}

static int
dressed_list(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err)
{
	struct dressed *d = dressed_of(t);

	if (dir == IMG_TREE_ROOT)
		return list_root(d, ret, err);
	if (!is_extra(dir))
		return img_tree_list(d->below, dir, ret, err);
	ret->v = calloc(1, sizeof *ret->v);
	if (!ret->v)
		return img_fail_nomem(err);
	ret->v[ret->n++] = node_of(d, EXTRA_PICTURE);
	return 0;
}

static int
dressed_root(struct img_tree *t, struct img_node *ret, struct img_err *err)
{
	return img_tree_root(dressed_of(t)->below, ret, err);
}

static bool
is_info(const char *name)
{
	return !strcmp(name, FINDER_INFO) || !strcmp(name, "user." FINDER_INFO);
}

static int
dressed_streams(struct img_tree *t, uint64_t id, struct img_nodes *ret, struct img_err *err)
{
	struct dressed *d = dressed_of(t);
	int rc = is_extra(id) ? 0 : img_tree_streams(d->below, id, ret, err);
	struct img_node *v;

	if (rc || !flags_of(d, id))
		return rc;
	for (size_t i = 0; i < ret->n; i++)
		if (is_info(ret->v[i].name))
			return 0;
	v = realloc(ret->v, (ret->n + 1) * sizeof *v);
	if (!v)
		return img_fail_nomem(err);
	ret->v = v;
	v[ret->n++] = (struct img_node) { .type = IMG_NODE_FILE, .name = FINDER_INFO, .size = INFO_SIZE };
	return 0;
}

/* What the tree below says, and the flags. */
static int
info_content(struct dressed *d, const struct flagged *f, const char *stream, struct img_source **ret, struct img_err *err)
{
	img_autounref struct img_source *old = NULL;
	uint8_t info[INFO_SIZE] = { 0 };

	if (!is_extra(f->id) && !img_tree_content(d->below, f->id, stream, &old, NULL) && old->size >= INFO_SIZE) {
		int rc = img_source_read(old, 0, info, sizeof info, err);

		if (rc)
			return rc;
	}
	store_be16(info + 8, (uint16_t)(load_be16(info + 8) | f->flags));
	return img_memory(d->tree.env, info, sizeof info, true, ret, err);
}

static int
dressed_content(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err)
{
	struct dressed *d = dressed_of(t);
	const struct flagged *f = flags_of(d, id);

	if (stream && f && is_info(stream))
		return info_content(d, f, stream, ret, err);
	if (is_extra(id))
		return late_new(t, &d->extra[id - FIRST_ID].bytes, ret, err);
	return img_tree_content(d->below, id, stream, ret, err);
}

static void
dressed_destroy(struct img_tree *t)
{
	struct dressed *d = dressed_of(t);

	for (unsigned int i = 0; i < N_EXTRAS; i++)
		img_buf_done(&d->extra[i].bytes);
	img_tree_unref(d->below);
	img_arena_free(d->arena);
	free(d->flagged);
	free(d);
}

static const struct img_tree_ops dressed_ops = {
	.list = dressed_list, .root = dressed_root, .streams = dressed_streams, .content = dressed_content,
	.destroy = dressed_destroy,
};

int
dressed_new(struct img_tree *below, struct dressed **ret, struct img_err *err)
{
	struct dressed *d = calloc(1, sizeof *d);

	if (!d)
		return img_fail_nomem(err);
	img_tree_init(&d->tree, &dressed_ops, below->env, below->layer);	/* whose names of attributes it shows */
	d->below = img_tree_ref(below);
	d->arena = img_arena_new();
	if (!d->arena) {
		img_tree_unref(&d->tree);
		return img_fail_nomem(err);
	}
	*ret = d;
	return 0;
}

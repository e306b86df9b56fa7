/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree of an archive, see trees/archive_tree.h.  Immutable once it is read. */
#include "config.h"

#include "trees/archive_tree.h"

#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "core/memory.h"
#include "img/source.h"

#define NO_FILE UINT32_MAX

/* ---- building ---- */

static size_t
bucket_of(const struct ar_tree *t, uint32_t parent, const char *name, size_t len)
{
	uint64_t h = parent * UINT64_C(0x9E3779B97F4A7C15) + 0xcbf29ce484222325;

	while (len--)
		h = (h ^ (unsigned char)*name++) * UINT64_C(0x100000001b3);
	return (size_t)(h ^ h >> 29) & (t->room_names - 1);
}

static int
more_names(struct ar_tree *t, struct img_err *err)
{
	size_t room = t->room_names ? t->room_names * 2 : 64;
	struct ar_name *v = t->n_names < UINT32_MAX / 4 ? realloc(t->name, room * sizeof *v) : NULL;
	uint32_t *bucket;

	if (!v)
		return img_fail_nomem(err);
	t->name = v;
	bucket = calloc(room, sizeof *bucket);
	if (!bucket)
		return img_fail_nomem(err);
	free(t->bucket);
	t->bucket = bucket;
	t->room_names = room;
	for (uint32_t i = 1; i < t->n_names; i++) {
		uint32_t *b = &bucket[bucket_of(t, v[i].parent, v[i].name, strlen(v[i].name))];

		v[i].next = *b;
		*b = i;
	}
	return 0;
}

static uint32_t
child(const struct ar_tree *t, uint32_t parent, const char *name, size_t len)
{
	uint32_t i = t->bucket[bucket_of(t, parent, name, len)];

	while (i && (t->name[i].parent != parent || strncmp(t->name[i].name, name, len) || t->name[i].name[len]))
		i = t->name[i].next;
	return i;
}

static int
add_name(struct ar_tree *t, uint32_t parent, const char *name, size_t len, uint32_t *ret, struct img_err *err)
{
	struct ar_name *n;
	uint32_t *b, i;

	if (t->n_names == t->room_names && more_names(t, err))
		return IMG_E_NOMEM;
	i = (uint32_t)t->n_names;
	n = &t->name[i];
	*n = (struct ar_name) { .parent = parent, .file = NO_FILE, .name = img_arena_str(t->arena, name, len) };
	if (!n->name)
		return img_fail_nomem(err);
	t->n_names++;
	if (i) {
		b = &t->bucket[bucket_of(t, parent, name, len)];
		n->next = *b;
		*b = i;
		n->sibling = t->name[parent].child;
		t->name[parent].child = i;
	}
	*ret = i;
	return 0;
}

int
ar_tree_file(struct ar_tree *t, uint32_t i, struct ar_file **ret, struct img_err *err)
{
	if (t->n_files == t->room_files) {
		size_t room = t->room_files ? t->room_files * 2 : 64;
		struct ar_file *v = t->n_files < UINT32_MAX / 4 ? realloc(t->file, room * sizeof *v) : NULL;

		if (!v)
			return img_fail_nomem(err);
		t->file = v;
		t->room_files = room;
	}
	*ret = &t->file[t->n_files];
	**ret = (struct ar_file) { 0 };
	ar_tree_link(t, i, (uint32_t)t->n_files++);
	return 0;
}

void
ar_tree_link(struct ar_tree *t, uint32_t i, uint32_t file)
{
	if (t->name[i].file != NO_FILE)
		t->file[t->name[i].file].names--;
	t->name[i].file = file;
	t->file[file].names++;
}

/* A folder nobody described. */
static int
make_folder(struct ar_tree *t, uint32_t i, struct img_err *err)
{
	const struct img_time none = { IMG_NO_TIME, 0 };
	struct ar_file *f;
	int rc = ar_tree_file(t, i, &f, err);

	if (!rc)
		f->node = (struct img_node) {
			.type = IMG_NODE_DIR, .mode = 0755, .mtime = none, .atime = none, .ctime = none, .btime = none,
		};
	return rc;
}

static bool
is_folder(const struct ar_tree *t, uint32_t i)
{
	return t->name[i].file != NO_FILE && t->file[t->name[i].file].node.type == IMG_NODE_DIR;
}

static int
resolve(struct ar_tree *t, const char *path, bool make, uint32_t *ret, bool *ret_new, struct img_err *err)
{
	const char *p = path;
	uint32_t at = 0;
	int rc = 0;

	*ret_new = false;
	if (strlen(path) >= IMG_MAX_PATH)
		return img_fail(err, IMG_E_LIMIT, "%.200s…: the path is longer than the limit of %d bytes", path, IMG_MAX_PATH);
	for (size_t n; !rc && *p; p += n) {
		uint32_t next;

		n = strcspn(p, "/");
		if (n == 0) {
			n = 1;
			continue;
		}
		if (n == 1 && *p == '.')
			continue;
		if (n == 2 && p[0] == '.' && p[1] == '.')
			return img_fail(err, IMG_E_FORMAT, "%s: a path with \"..\"", path);
		if (*ret_new)
			rc = make_folder(t, at, err);
		if (!rc && !is_folder(t, at))
			return img_fail(err, IMG_E_FORMAT, "%s: lies below something that is no folder", path);
		next = rc ? 0 : child(t, at, p, n);
		*ret_new = !next;
		if (!next && !make)
			return img_fail(err, IMG_E_UNKNOWN, "%s: is not in the archive", path);
		if (!next && !rc)
			rc = add_name(t, at, p, n, &next, err);
		at = next;
	}
	*ret = at;
	return rc;
}

int
ar_tree_name(struct ar_tree *t, const char *path, uint32_t *ret, bool *ret_new, struct img_err *err)
{
	return resolve(t, path, true, ret, ret_new, err);
}

int
ar_tree_find(struct ar_tree *t, const char *path, uint32_t *ret, struct img_err *err)
{
	bool new;

	return resolve(t, path, false, ret, &new, err);
}

int
ar_tree_piece(struct ar_file *f, const struct ar_piece *p, struct img_err *err)
{
	struct ar_piece *last = f->n ? &f->v[f->n - 1] : NULL;

	if (last && last->off + last->len == p->off && last->at + last->len == p->at) {
		last->len += p->len;
		return 0;
	}
	if (f->n == f->room) {
		size_t room = f->room ? f->room * 2 : 1;
		struct ar_piece *v = realloc(f->v, room * sizeof *v);

		if (!v)
			return img_fail_nomem(err);
		f->v = v;
		f->room = room;
	}
	f->v[f->n++] = *p;
	return 0;
}

/* ---- the tree ---- */

static void
node_of(const struct ar_tree *t, uint32_t i, struct img_node *ret)
{
	const struct ar_file *f = &t->file[t->name[i].file];

	*ret = f->node;
	ret->id = i;
	ret->name = t->name[i].name;
	ret->inode = f->names > 1 && f->node.type != IMG_NODE_DIR ? (uint64_t)t->name[i].file + 1 : 0;
	ret->nlink = f->names;
}

static int
ar_list(struct img_tree *tree, uint64_t dir, struct img_nodes *ret, struct img_err *err)
{
	struct ar_tree *t = (struct ar_tree *)tree;
	size_t n = 0;
	int rc;

	for (uint32_t i = t->name[dir].child; i; i = t->name[i].sibling)
		n++;
	rc = img_array(n, sizeof *ret->v, UINT64_MAX, "names", &ret->v, err);
	if (rc)
		return rc;
	/* the newest comes first: the order of the archive is that backwards */
	ret->n = n;
	for (uint32_t i = t->name[dir].child; i; i = t->name[i].sibling)
		node_of(t, i, &ret->v[--n]);
	return 0;
}

static int
ar_root(struct img_tree *tree, struct img_node *ret, struct img_err *err)
{
	node_of((struct ar_tree *)tree, 0, ret);
	return 0;
}

static int
ar_find(struct img_tree *tree, uint64_t dir, const char *name, struct img_node *ret, struct img_err *err)
{
	struct ar_tree *t = (struct ar_tree *)tree;
	uint32_t i = child(t, (uint32_t)dir, name, strlen(name));

	if (!i)
		return img_fail(err, IMG_E_UNKNOWN, "there is no \"%s\"", name);
	node_of(t, i, ret);
	return 0;
}

static int
ar_streams(struct img_tree *tree, uint64_t id, struct img_nodes *ret, struct img_err *err)
{
	struct ar_tree *t = (struct ar_tree *)tree;
	size_t n = 0;
	int rc;

	for (const struct ar_xattr *x = t->file[t->name[id].file].xattrs; x; x = x->next)
		n++;
	rc = n ? img_array(n, sizeof *ret->v, UINT64_MAX, "attributes", &ret->v, err) : 0;
	for (const struct ar_xattr *x = t->file[t->name[id].file].xattrs; !rc && x; x = x->next)
		ret->v[ret->n++] = (struct img_node) { .id = id, .type = IMG_NODE_FILE, .name = x->name, .size = x->len };
	return rc;
}

static int
stream_content(const struct ar_tree *t, const struct ar_file *f, const char *name, struct img_source **ret,
	       struct img_err *err)
{
	for (const struct ar_xattr *x = f->xattrs; x; x = x->next)
		if (!strcmp(x->name, name))
			return img_memory(t->tree.env, x->value, x->len, true, ret, err);
	return img_fail(err, IMG_E_UNKNOWN, "there is no stream \"%s\"", name);
}

/* Pieces of the spool, or of the archive, with zeros between them. */
static int
ar_content(struct img_tree *tree, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err)
{
	const struct ar_tree *t = (const struct ar_tree *)tree;
	const struct ar_file *f = &t->file[t->name[id].file];
	struct img_source *from = f->plain ? t->below : t->spool;
	img_autounref struct img_source *zeros = NULL;
	img_autofree struct img_piece *v = NULL;
	uint64_t at = 0;
	size_t n = 0;
	int rc;

	if (stream)
		return stream_content(t, f, stream, ret, err);
	if (f->data == AR_LOCKED)
		return img_fail(err, IMG_E_UNSUPPORTED, "%s: is encrypted, and this build cannot decrypt files of archives",
				t->name[id].name);
	if (f->data == AR_LEFT_OUT)
		return img_fail(err, IMG_E_USAGE, "%s: was not unpacked", t->name[id].name);
	if (f->n == 1 && f->v[0].len == f->node.size)
		return img_slice(from, f->v[0].at, f->v[0].len, ret, err);
	rc = img_zeros(tree->env, f->node.size, &zeros, err);
	if (!rc)
		rc = img_array(2 * f->n + 1, sizeof *v, UINT64_MAX, "pieces", &v, err);
	for (size_t i = 0; !rc && i < f->n; i++) {
		if (f->v[i].off > at)
			v[n++] = (struct img_piece) { zeros, at, f->v[i].off - at };
		v[n++] = (struct img_piece) { from, f->v[i].at, f->v[i].len };
		at = f->v[i].off + f->v[i].len;
	}
	if (!rc && at < f->node.size)
		v[n++] = (struct img_piece) { zeros, at, f->node.size - at };
	if (!rc && !n)
		rc = img_zeros(tree->env, 0, ret, err);
	else if (!rc)
		rc = img_concat(tree->env, v, n, ret, err);
	return rc;
}

static void
ar_destroy(struct img_tree *tree)
{
	struct ar_tree *t = (struct ar_tree *)tree;

	for (size_t i = 0; i < t->n_files; i++)
		free(t->file[i].v);
	img_unref(t->spool);
	img_unref(t->below);
	img_arena_free(t->arena);
	free(t->name);
	free(t->file);
	free(t->bucket);
	free(t);
}

static const struct img_tree_ops ar_ops = {
	.list = ar_list, .root = ar_root, .find = ar_find, .streams = ar_streams, .content = ar_content,
	.destroy = ar_destroy,
};

const char *
img_archive_format(const struct img_tree *tree)
{
	return tree->ops == &ar_ops && ((const struct ar_tree *)tree)->format ? ((const struct ar_tree *)tree)->format : "archive";
}

bool
img_archive_locked(const struct img_tree *tree, uint64_t id)
{
	const struct ar_tree *t = (const struct ar_tree *)tree;

	return tree->ops == &ar_ops && t->file[t->name[id].file].data == AR_LOCKED;
}

int
ar_tree_new(struct img_env *env, struct ar_tree **ret, struct img_err *err)
{
	struct ar_tree *t = calloc(1, sizeof *t);
	uint32_t root;
	int rc;

	if (!t)
		return img_fail_nomem(err);
	img_tree_init(&t->tree, &ar_ops, env, "archive");
	t->arena = img_arena_new();
	rc = t->arena ? add_name(t, 0, "", 0, &root, err) : img_fail_nomem(err);
	if (!rc)
		rc = make_folder(t, root, err);
	if (rc) {
		ar_destroy(&t->tree);
		return rc;
	}
	*ret = t;
	return 0;
}

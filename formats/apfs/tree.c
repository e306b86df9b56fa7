/* SPDX-License-Identifier: BSD-2-Clause */
/* Files by name.  A folder's entries lie together in the tree, in the order of their hashes; their inodes lie where their
 * numbers say.  So entries are read first, and then inodes in the order of numbers, mostly without leaving a leaf.
 *
 * Where several volumes are shown, the root holds a folder for each. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "formats/apfs/apfs.h"
#include "formats/apfs/container.h"
#include "img/env.h"

#define MAX_LINK 4096		/* macOS takes 1023 */


/* ---- ids ---- */

/* A node's id: the number of its inode, and from bit 53 on that of its volume.  In volume groups inodes of the system volume
 * have bit 59 set (AFSR UNIFIED_ID_SPACE_MARK); that one moves to 52. */
#define UNIFIED (UINT64_C(1) << 59)
#define ID_UNIFIED (UINT64_C(1) << 52)
#define ID_VOLUME 53

static uint64_t
id_of(const struct apfs_volume *v, uint64_t oid)
{
	uint64_t id = (oid & UNIFIED ? oid ^ UNIFIED ^ ID_UNIFIED : oid) | (uint64_t)v->number << ID_VOLUME;

	return oid == APFS_ROOT_DIR && v == v->c->only ? IMG_TREE_ROOT : id;
}

static bool
fits_id(uint64_t oid)
{
	return (oid & ~UNIFIED) < ID_UNIFIED;
}

/* *ret_v is NULL for the folder of volumes. */
static int
find_id(struct apfs *c, uint64_t id, struct apfs_volume **ret_v, uint64_t *ret_oid, struct img_err *err)
{
	uint64_t n = id >> ID_VOLUME;
	struct apfs_volume *v = c->only;
	int rc;

	if (id != IMG_TREE_ROOT) {
		if (!n || n > c->n_volumes)
			return img_fail(err, IMG_E_USAGE, "there is no volume %" PRIu64, n);
		v = &c->volume[n - 1];
	}
	rc = v ? apfs_volume_ready(v, err) : 0;
	if (rc)
		return rc;
	id &= (UINT64_C(1) << ID_VOLUME) - 1;
	*ret_oid = id ? id & ID_UNIFIED ? id ^ ID_UNIFIED ^ UNIFIED : id : APFS_ROOT_DIR;
	*ret_v = v;
	return 0;
}

/* ---- nodes ---- */

/* Of a file that was listed: one that is not there is not the same as a name that is not there. */
static int
inode_of(const struct apfs_volume *v, uint64_t oid, struct apfs_inode *ret, struct img_err *err)
{
	int rc = apfs_inode_get(v, NULL, oid, ret, err);

	return rc == IMG_E_UNKNOWN ? img_fail(err, IMG_E_FORMAT, "there is no inode %" PRIu64, oid) : rc;
}

struct img_time
apfs_time(uint64_t ns)
{
	if (!ns)
		return (struct img_time) { .sec = IMG_NO_TIME };
	return (struct img_time) { .sec = (int64_t)(ns / 1000000000), .nsec = (uint32_t)(ns % 1000000000) };
}

static bool
is_compressed(const struct apfs_inode *i)
{
	return i->bsd_flags & APFS_BSD_COMPRESSED && !i->stream.size && img_node_type_of(i->mode) == IMG_NODE_FILE;
}

/* @inode: what hard links of the file have in common, in all that is shown. */
static void
node_fill(const struct apfs_inode *i, uint64_t inode, struct img_node *n)
{
	n->type = img_node_type_of(i->mode);
	n->mode = i->mode & 07777;
	n->uid = i->uid;
	n->gid = i->gid;
	n->size = n->type == IMG_NODE_FILE ? i->stream.size : 0;
	n->mtime = apfs_time(i->modified);
	n->atime = apfs_time(i->accessed);
	n->ctime = apfs_time(i->changed);
	n->btime = apfs_time(i->created);
	if (n->type != IMG_NODE_DIR && i->n_links > 1) {
		n->nlink = i->n_links;
		n->inode = inode;
	}
	if (n->type == IMG_NODE_CHAR || n->type == IMG_NODE_BLOCK) {
		n->dev_major = i->device >> 24;
		n->dev_minor = i->device & 0xffffff;
	}
}

/* ---- folders ---- */

struct listing {
	struct apfs_volume *v;
	struct img_nodes *out;		/* until inodes are read a node's inode is the number of it */
	size_t room;
};

static int
add(struct listing *l, const struct apfs_entry *e, struct img_err *err)
{
	struct img_nodes *out = l->out;
	char buf[APFS_NAME_ROOM];
	const char *name = apfs_name_shown(e->name, l->v->c->names, buf);
	struct img_node *n;
	int rc;

	if (!fits_id(e->id) || e->id < APFS_ROOT_DIR)
		return img_fail(err, IMG_E_FORMAT, "%s: inode %" PRIu64 " is out of reason", e->name, e->id);
	rc = img_room(&out->v, out->n, &l->room, sizeof *out->v, err);
	if (rc)
		return rc;
	n = &out->v[out->n];
	*n = (struct img_node) {
		.id = id_of(l->v, e->id), .inode = e->id, .type = img_node_type_of((uint32_t)e->kind << 12),
		.name = img_arena_str(out->arena, name, strlen(name)), .mtime.sec = IMG_NO_TIME, .atime.sec = IMG_NO_TIME,
		.ctime.sec = IMG_NO_TIME, .btime.sec = IMG_NO_TIME,
	};
	if (!n->name)
		return img_fail_nomem(err);
	out->n++;
	return 0;
}

static int
read_entries(struct listing *l, uint64_t dir, struct img_err *err)
{
	struct apfs_key key = { .oid = dir, .type = APFS_ENTRY };
	struct apfs_cursor c;
	int rc = apfs_cursor_seek(&l->v->fs, &key, &c, err);

	if (rc)
		return rc;
	while (!rc && !c.end && c.key.oid == dir && c.key.type == APFS_ENTRY) {
		struct apfs_entry e;

		rc = apfs_entry_parse(c.rec.k, c.rec.n_k, l->v->hashed, c.rec.v, c.rec.n_v, &e, err);
		if (!rc)
			rc = add(l, &e, err);
		if (!rc)
			rc = apfs_cursor_next(&c, err);
	}
	apfs_cursor_done(&c);
	return rc;
}

/* The target of a symbolic link, as the attribute behind the inode has it.  One that cannot be read becomes a file. */
static int
fill_link(struct listing *l, struct apfs_cursor *c, struct img_node *n, struct img_err *err)
{
	struct img_err why = { 0 };
	char buf[MAX_LINK + 1];
	uint64_t size = 0;
	int rc = apfs_xattr_head(l->v, c, APFS_ATTR_LINK, (uint8_t *)buf, MAX_LINK, &size, &why);

	if (!rc && (size < 2 || size > MAX_LINK || memchr(buf, '\0', (size_t)size) != buf + size - 1))
		rc = img_fail(&why, IMG_E_FORMAT, "a target of %" PRIu64 " bytes, expected one that ends with its only NUL", size);
	if (rc == IMG_E_FORMAT || rc == IMG_E_UNKNOWN) {
		img_problem(l->v->c->tree.env, IMG_WARNING, "apfs-symlink", "%s: the symbolic link cannot be read: %s", n->name,
			    why.msg);
		n->type = IMG_NODE_FILE;
		return 0;
	}
	if (rc)
		return img_fail(err, why.code, "%s: %s", n->name, why.msg);
	n->link = img_arena_str(l->out->arena, buf, (size_t)size - 1);
	n->size = size - 1;
	return n->link ? 0 : img_fail_nomem(err);
}

/* Of a compressed file, the size it will have. */
static void
fill_compressed(struct listing *l, struct apfs_cursor *c, struct img_node *n)
{
	uint8_t b[DECMPFS_HEAD];
	struct decmpfs_head d;
	struct img_err why = { 0 };
	uint64_t size = 0;
	int rc = apfs_xattr_head(l->v, c, DECMPFS_ATTR, b, sizeof b, &size, &why);

	if (!rc)
		rc = decmpfs_head_parse(b, size, &d, &why);
	if (rc)
		img_problem(l->v->c->tree.env, IMG_WARNING, "apfs-decmpfs", "%s: %s", n->name, why.msg);
	else
		n->size = d.size;
}

/* An entry whose inode is not there stays, as a file whose content says so. */
static int
fill(struct listing *l, struct apfs_cursor *c, struct img_node *n, struct img_err *err)
{
	struct img_err why = { 0 };
	struct apfs_inode i;
	uint64_t inode = l->v->c->only ? n->inode : n->id;
	int rc = apfs_inode_get(l->v, c, n->inode, &i, &why);

	n->inode = 0;
	if (rc == IMG_E_UNKNOWN) {
		img_problem(l->v->c->tree.env, IMG_WARNING, "apfs-inode", "%s: %s", n->name, why.msg);
		n->type = IMG_NODE_FILE;
		return 0;
	}
	if (rc)
		return img_fail(err, why.code, "%s: %s", n->name, why.msg);
	node_fill(&i, inode, n);
	if (is_compressed(&i))
		fill_compressed(l, c, n);
	return n->type == IMG_NODE_LINK ? fill_link(l, c, n, err) : 0;
}

static int
by_inode(const void *a, const void *b)
{
	const struct img_node *x = a, *y = b;

	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

static int
read_inodes(struct listing *l, struct img_err *err)
{
	struct apfs_cursor c = { .tree = &l->v->fs };
	int rc = 0;

	if (l->out->n)
		qsort(l->out->v, l->out->n, sizeof *l->out->v, by_inode);
	for (size_t i = 0; !rc && i < l->out->n; i++)
		rc = fill(l, &c, &l->out->v[i], err);
	apfs_cursor_done(&c);
	return rc;
}

static int
list_volumes(struct apfs *c, struct img_nodes *ret, struct img_err *err)
{
	int rc = img_array(c->n_volumes, sizeof *ret->v, UINT64_MAX, "volumes", &ret->v, err);

	for (unsigned int i = 0; !rc && i < c->n_volumes; i++) {
		const struct apfs_volume *v = &c->volume[i];

		if (!apfs_volume_has_files(v))
			continue;
		ret->v[ret->n] = (struct img_node) {
			.id = id_of(v, APFS_ROOT_DIR), .type = IMG_NODE_DIR, .mode = 0755, .mtime = apfs_time(v->s.modified),
			.atime.sec = IMG_NO_TIME, .ctime.sec = IMG_NO_TIME, .btime = apfs_time(v->s.formatted.when),
			.name = img_arena_str(ret->arena, v->shown, strlen(v->shown)),
		};
		if (!ret->v[ret->n++].name)
			rc = img_fail_nomem(err);
	}
	return rc;
}

static int
apfs_list(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err)
{
	struct listing l = { .out = ret };
	struct img_err why = { 0 };
	uint64_t oid;
	int rc = find_id(apfs_of(t), dir, &l.v, &oid, &why);

	if (!rc) {
		ret->arena = img_arena_new();
		rc = ret->arena ? 0 : img_fail_nomem(&why);
	}
	if (!rc && !l.v)
		rc = list_volumes(apfs_of(t), ret, &why);
	else if (!rc)
		rc = read_entries(&l, oid, &why);
	if (!rc && l.v)
		rc = read_inodes(&l, &why);
	if (rc && err)
		*err = why;
	return rc;
}

static int
apfs_root(struct img_tree *t, struct img_node *ret, struct img_err *err)
{
	struct apfs_volume *v;
	struct apfs_inode i;
	uint64_t oid;
	int rc = find_id(apfs_of(t), IMG_TREE_ROOT, &v, &oid, err);

	if (!rc && v)
		rc = inode_of(v, oid, &i, err);
	if (!rc && v)
		node_fill(&i, 0, ret);
	return rc;
}

/* ---- one name ---- */

static int
find_entry(struct apfs_volume *v, uint64_t dir, const char *name, struct apfs_entry *ret, struct img_err *err)
{
	struct apfs_key key = { .oid = dir, .type = APFS_ENTRY };
	uint32_t hash = 0;
	bool known = v->hashed && apfs_name_hash(name, strlen(name), v->s.incompat & APFS_CASE_FOLDED, &hash);
	char buf[APFS_NAME_ROOM];
	struct apfs_cursor c;
	bool found = false;
	int rc;

	key.number = hash;
	rc = apfs_cursor_seek(&v->fs, &key, &c, err);
	if (rc)
		return rc;
	while (!rc && !found && !c.end && c.key.oid == dir && c.key.type == APFS_ENTRY && !(known && c.key.number != hash)) {
		rc = apfs_entry_parse(c.rec.k, c.rec.n_k, v->hashed, c.rec.v, c.rec.n_v, ret, err);
		found = !rc && !strcmp(apfs_name_shown(ret->name, v->c->names, buf), name);
		if (!rc && !found)
			rc = apfs_cursor_next(&c, err);
	}
	apfs_cursor_done(&c);
	if (!rc && !found)
		rc = img_fail(err, IMG_E_UNKNOWN, "there is no \"%s\"", name);
	return rc;
}

/* The same as in a listing. */
static int
find_file(struct apfs_volume *v, uint64_t dir, const char *name, struct img_nodes *list, struct img_node *ret,
	  struct img_err *err)
{
	struct listing l = { .v = v, .out = list };
	struct apfs_entry e = { 0 };
	int rc = find_entry(v, dir, name, &e, err);

	if (rc)
		return rc;
	e.name = name;		/* the node it lay in may be gone */
	e.n_name = strlen(name);
	rc = add(&l, &e, err);
	if (!rc)
		rc = read_inodes(&l, err);
	if (!rc)
		*ret = list->v[0];
	return rc;
}

static int
find_volume(struct apfs *c, const char *name, struct img_nodes *list, struct img_node *ret, struct img_err *err)
{
	int rc = list_volumes(c, list, err);

	for (size_t i = 0; !rc && i < list->n; i++)
		if (!strcmp(list->v[i].name, name)) {
			*ret = list->v[i];
			return 0;
		}
	return rc ? rc : img_fail(err, IMG_E_UNKNOWN, "there is no \"%s\"", name);
}

static int
apfs_find(struct img_tree *t, uint64_t dir, const char *name, struct img_node *ret, struct img_err *err)
{
	struct img_nodes list = { .arena = img_arena_new() };
	struct img_node n = { 0 };
	struct apfs_volume *v;
	uint64_t oid;
	int rc = list.arena ? find_id(apfs_of(t), dir, &v, &oid, err) : img_fail_nomem(err);

	if (!rc)
		rc = v ? find_file(v, oid, name, &list, &n, err) : find_volume(apfs_of(t), name, &list, &n, err);
	img_nodes_done(&list);
	if (rc)
		return rc;
	n.name = n.link = NULL;
	*ret = n;
	return 0;
}

/* ---- content ---- */

struct fork {
	const struct apfs_volume *v;
	uint64_t id;
};

static int
fork_open(void *ctx, struct img_source **ret, struct img_err *err)
{
	const struct fork *f = ctx;
	int rc = apfs_xattr_open(f->v, f->id, IMG_STREAM_RSRC, ret, err);

	return rc == IMG_E_UNKNOWN ? img_fail(err, IMG_E_FORMAT, "the resource fork is not there") : rc;
}

static int
compressed_open(const struct apfs_volume *v, uint64_t oid, struct img_source **ret, struct img_err *err)
{
	img_autounref struct img_source *attr = NULL;
	struct fork fork = { v, oid };
	int rc = apfs_xattr_open(v, oid, DECMPFS_ATTR, &attr, err);

	if (rc == IMG_E_UNKNOWN)
		return img_fail(err, IMG_E_FORMAT, "the file is said to be compressed, but has no %s", DECMPFS_ATTR);
	return rc ? rc : decmpfs_open(attr, fork_open, &fork, ret, err);
}

static int
data_open(const struct apfs_volume *v, uint64_t oid, const struct apfs_inode *i, struct img_source **ret,
	  struct img_err *err)
{
	if (img_node_type_of(i->mode) == IMG_NODE_DIR)
		return img_fail(err, IMG_E_USAGE, "a folder has no data");
	if (i->bsd_flags & APFS_BSD_DATALESS)
		return img_fail(err, IMG_E_UNSUPPORTED, "the file's data are not in this volume but with a cloud service");
	if (is_compressed(i))
		return compressed_open(v, oid, ret, err);
	return apfs_stream_open(v, i->private_id, &i->stream, ret, err);
}

static int
apfs_content(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err)
{
	struct apfs_volume *v;
	struct apfs_inode i;
	uint64_t oid;
	int rc = find_id(apfs_of(t), id, &v, &oid, err);

	if (!rc && !v)
		rc = img_fail(err, IMG_E_USAGE, "the folder of volumes has no data");
	if (!rc)
		rc = inode_of(v, oid, &i, err);
	if (rc)
		return rc;
	if (!stream)
		return data_open(v, oid, &i, ret, err);
	rc = apfs_xattr_open(v, oid, stream, ret, err);
	if (rc == IMG_E_UNKNOWN && i.has_finder && !strcmp(stream, "com.apple.FinderInfo"))
		return img_memory(t->env, i.finder, sizeof i.finder, true, ret, err);
	return rc;
}

static void
drop(struct img_nodes *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->v[i].name, name))
			list->v[i--] = list->v[--list->n];
}

static bool
has(const struct img_nodes *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->v[i].name, name))
			return true;
	return false;
}

/* Attributes but those that only say how the file is compressed or what a link leads to. */
static int
apfs_streams(struct img_tree *t, uint64_t id, struct img_nodes *ret, struct img_err *err)
{
	static const uint8_t none[32];
	img_autounref struct img_source *attr = NULL;
	struct decmpfs_head d;
	struct apfs_volume *v;
	struct apfs_inode i;
	uint64_t oid;
	int rc = find_id(apfs_of(t), id, &v, &oid, err);

	if (rc || !v)
		return rc;
	rc = inode_of(v, oid, &i, err);
	if (!rc)
		rc = apfs_xattr_list(v, oid, ret, err);
	if (rc)
		return rc;
	drop(ret, APFS_ATTR_LINK);
	if (is_compressed(&i) && !apfs_xattr_open(v, oid, DECMPFS_ATTR, &attr, NULL) && !decmpfs_head_read(attr, &d, NULL)) {
		drop(ret, DECMPFS_ATTR);
		if (d.in_fork)
			drop(ret, IMG_STREAM_RSRC);
	}
	if (i.has_finder && memcmp(i.finder, none, sizeof none) && !has(ret, "com.apple.FinderInfo"))
		rc = apfs_add_stream(ret, "com.apple.FinderInfo", 20, sizeof i.finder, err);
	return rc;
}

static void
apfs_destroy(struct img_tree *t)
{
	apfs_close(apfs_of(t));
}

static const struct img_tree_ops apfs_ops = {
	.list = apfs_list, .root = apfs_root, .find = apfs_find, .streams = apfs_streams, .content = apfs_content,
	.describe = apfs_describe, .verify = apfs_verify, .destroy = apfs_destroy,
};

int
apfs_tree(const struct img_tree_open *o, struct img_tree **ret, struct img_err *err)
{
	struct apfs *c;
	int rc = apfs_open(o, &c, err);

	if (rc)
		return rc;
	img_tree_init(&c->tree, &apfs_ops, o->volume->env, img_format_apfs.name);
	*ret = &c->tree;
	return 0;
}

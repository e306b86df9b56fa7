/* SPDX-License-Identifier: BSD-2-Clause */
/* From a tree to the author's tables.  Every folder is listed once, in the order in which folders were met; attributes are
 * looked at when all names are there, so that the names of a folder stand together. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/idmap.h"
#include "core/seen.h"
#include "formats/author_rules.h"
#include "formats/udf/author_tree.h"
#include "img/env.h"

#define MAX_NODES (UINT32_MAX / 2)
#define ACL "system.posix_acl_"

struct scan {
	struct udf_author *a;
	struct seen_folders seen;
	struct idmap inodes;		/* others by inode */
	uint8_t *link;			/* UDA_LINK_MAX bytes */
};

const char *
uda_path(const struct udf_author *a, uint32_t inode, char *buf, size_t room)
{
	size_t at = room - 1;

	buf[at] = '\0';
	while (inode) {
		const char *name = a->inode[inode].node == UDA_NONE ? "" : a->node[a->inode[inode].node].name;
		size_t n = strlen(name);

		if (n + 1 > at) {
			if (at > 3)
				memcpy(buf + (at -= 3), "\xe2\x80\xa6", 3);
			break;
		}
		at -= n;
		memcpy(buf + at, name, n);
		inode = a->inode[inode].parent;
		if (inode && n)
			buf[--at] = '/';
	}
	return buf + at;
}

/* ---- nodes ---- */

static int
add_inode(struct udf_author *a, const struct uda_inode *n, uint32_t *ret, struct img_err *err)
{
	int rc = img_room(&a->inode, a->n_inodes, &a->room_inodes, sizeof *a->inode, err);

	if (!rc && a->n_inodes >= MAX_NODES)
		rc = img_fail(err, IMG_E_LIMIT, "more than %" PRIu32 " files", MAX_NODES);
	if (rc)
		return rc;
	*ret = (uint32_t)a->n_inodes;
	a->inode[a->n_inodes++] = *n;
	return 0;
}

static int
add_node(struct udf_author *a, const char *name, uint32_t inode, struct img_err *err)
{
	int rc = img_room(&a->node, a->n_nodes, &a->room_nodes, sizeof *a->node, err);
	const char *copy = img_arena_str(a->arena, name, strlen(name));

	if (rc || !copy)
		return rc ? rc : img_fail_nomem(err);
	a->node[a->n_nodes++] = (struct uda_node) { copy, inode };
	return 0;
}

static uint8_t
type_of(enum img_node_type t)
{
	switch (t) {
	case IMG_NODE_DIR: return UDF_FILE_DIR;
	case IMG_NODE_LINK: return UDF_FILE_LINK;
	case IMG_NODE_CHAR: return UDF_FILE_CHAR;
	case IMG_NODE_BLOCK: return UDF_FILE_BLOCK;
	case IMG_NODE_FIFO: return UDF_FILE_FIFO;
	default: return UDF_FILE_BYTES;
	}
}

static bool
is_later(struct img_time x, struct img_time y)
{
	return x.sec != y.sec ? x.sec > y.sec : x.nsec > y.nsec;
}

/* All but what is of its type. */
static struct uda_inode
inode_of(struct udf_author *a, uint32_t parent, const struct img_node *n)
{
	const struct img_author_options *o = &a->o;
	struct uda_inode i = {
		.id = n->id, .parent = parent, .node = (uint32_t)a->n_nodes, .links = 1, .streams = UDA_NONE,
		.type = type_of(n->type), .mode = author_mode(o->mode, o->file_mode, o->dir_mode, n),
		.uid = author_id(o->owner, o->uid, n->uid), .gid = author_id(o->owner, o->gid, n->gid),
		.mtime = author_time(n->mtime, o->epoch), .birth = author_time(n->btime, o->epoch),
	};

	if (i.mtime.sec != IMG_NO_TIME && is_later(i.mtime, a->newest))
		a->newest = i.mtime;
	return i;
}

static int
fill_file(struct udf_author *a, const struct img_node *n, const char *stream, struct uda_inode *i, struct img_err *err)
{
	struct img_source *s;
	int rc;

	if (!n->size)
		return 0;
	rc = img_tree_content(a->tree, i->id, stream, &s, err);
	if (!rc && s->size == IMG_SIZE_UNKNOWN) {
		img_unref(s);
		rc = img_fail(err, IMG_E_UNSUPPORTED, "its size is not known beforehand");
	}
	if (rc)
		return rc;
	i->u.file.content = s;
	i->u.file.size = s->size;
	return 0;
}

static int
fill_link(struct scan *s, const struct img_node *n, struct uda_inode *i, struct img_err *err)
{
	const char *target = n->link ? n->link : "";

	i->u.link.target = img_arena_str(s->a->arena, target, strlen(target));
	i->u.link.len = (uint32_t)udf_link_make(target, s->link, UDA_LINK_MAX);
	return i->u.link.target ? 0 : img_fail_nomem(err);
}

static int
add_folder(struct scan *s, const struct img_node *n, uint32_t in, struct img_err *err)
{
	int rc = seen_come(&s->seen, n, (uint32_t)s->a->n_inodes, in, err);

	s->a->n_dirs += !rc;
	return rc;
}

/* A file, link or device that has no inode yet; *ret is UDA_NONE for what is left out. */
static int
add_other(struct scan *s, uint32_t dir, const struct img_node *n, uint32_t *ret, struct img_err *err)
{
	struct udf_author *a = s->a;
	struct uda_inode i = inode_of(a, dir, n);
	char buf[256];
	int rc = 0;

	if (n->type == IMG_NODE_FILE)
		rc = fill_file(a, n, NULL, &i, err);
	else if (n->type == IMG_NODE_LINK)
		rc = fill_link(s, n, &i, err);
	if (n->type == IMG_NODE_CHAR || n->type == IMG_NODE_BLOCK) {
		i.u.dev.major = n->dev_major;
		i.u.dev.minor = n->dev_minor;
	}
	if (rc)
		return rc;
	if (i.type == UDF_FILE_LINK && !i.u.link.len) {
		const char *in = uda_path(a, dir, buf, sizeof buf);

		img_problem(a->src.env, IMG_WARNING, "udf-link", "%s%s%s: UDF cannot hold the target of this link; it is left out",
			    in, *in ? "/" : "", n->name);
		*ret = UDA_NONE;
		return 0;
	}
	a->n_links += i.type == UDF_FILE_LINK;
	a->n_files += i.type == UDF_FILE_BYTES;
	rc = add_inode(a, &i, ret, err);
	if (rc && i.type == UDF_FILE_BYTES)
		img_unref(i.u.file.content);
	return rc;
}

static int
add_child(struct scan *s, uint32_t dir, const struct img_node *n, struct img_err *err)
{
	struct udf_author *a = s->a;
	bool shared = n->inode && n->type != IMG_NODE_DIR, old;
	uint32_t inode = UDA_NONE;
	uint64_t known;
	char buf[256];
	int rc = 0;

	if (n->type == IMG_NODE_SOCKET) {
		const char *in = uda_path(a, dir, buf, sizeof buf);

		img_problem(a->src.env, IMG_WARNING, "skipped", "%s%s%s: a socket has no place in an image; it is left out", in,
			    *in ? "/" : "", n->name);
		return 0;
	}
	if (shared && idmap_find(&s->inodes, n->inode, &known)) {
		a->inode[known].links++;
		return add_node(a, n->name, (uint32_t)known, err);
	}
	if (n->type == IMG_NODE_DIR) {
		struct uda_inode i = inode_of(a, dir, n);

		rc = add_folder(s, n, dir, err);
		if (!rc)
			rc = add_inode(a, &i, &inode, err);
		a->inode[dir].links += !rc;
	} else {
		rc = add_other(s, dir, n, &inode, err);
	}
	if (rc || inode == UDA_NONE) {
		const char *in = uda_path(a, dir, buf, sizeof buf);

		return rc ? img_note(err, rc, "%s%s%s", in, *in ? "/" : "", n->name) : 0;
	}
	if (shared)
		rc = idmap_add(&s->inodes, n->inode, inode, &old, err);
	return rc ? rc : add_node(a, n->name, inode, err);
}

static int
scan_dir(struct scan *s, uint32_t dir, struct img_err *err)
{
	struct udf_author *a = s->a;
	struct img_nodes list;
	char buf[256];
	int rc = img_tree_list(a->tree, a->inode[dir].id, &list, err);

	if (rc)
		return dir ? img_note(err, rc, "%s", uda_path(a, dir, buf, sizeof buf)) : rc;
	seen_list(&s->seen, dir, &list);
	a->inode[dir].u.dir.first = (uint32_t)a->n_nodes;
	for (size_t i = 0; !rc && i < list.n; i++) {
		if (i && !strcmp(list.v[i].name, list.v[i - 1].name)) {
			const char *in = uda_path(a, dir, buf, sizeof buf);

			img_problem(a->src.env, IMG_ERROR, "name-twice",
				    "%s%s%s: a second entry has this name; it is left out", in, *in ? "/" : "", list.v[i].name);
			continue;
		}
		rc = add_child(s, dir, &list.v[i], err);
	}
	img_nodes_done(&list);
	a->inode[dir].u.dir.n = (uint32_t)a->n_nodes - a->inode[dir].u.dir.first;
	return rc;
}

/* ---- attributes as streams ---- */

static bool
is_wanted(const struct udf_author *a, const char *name)
{
	if (a->xattrs == UDA_XATTRS_ALL || !strncmp(name, ACL, strlen(ACL)))
		return true;
	return strncmp(name, "system.", 7) && strncmp(name, "trusted.", 8) && strncmp(name, "security.", 9);
}

static int
add_stream(struct udf_author *a, uint32_t folder, const struct img_node *n, struct img_err *err)
{
	struct uda_inode i = a->inode[folder];
	uint32_t inode;
	int rc;

	i.type = UDF_FILE_BYTES;
	i.node = (uint32_t)a->n_nodes;
	i.parent = folder;
	i.links = 1;
	i.mode = a->inode[i.parent].mode & 0666;
	memset(&i.u, 0, sizeof i.u);
	rc = fill_file(a, n, n->name, &i, err);
	if (!rc)
		rc = add_inode(a, &i, &inode, err);
	if (rc) {
		img_unref(i.u.file.content);
		return img_note(err, rc, "attribute %s", n->name);
	}
	a->n_streams++;
	return add_node(a, n->name, inode, err);
}

static int
scan_streams(struct udf_author *a, uint32_t of, struct img_err *err)
{
	struct img_nodes list = { 0 };
	struct uda_inode dir = a->inode[of];
	char buf[256];
	uint32_t folder = UDA_NONE;
	int rc = img_tree_streams(a->tree, dir.id, &list, err);

	dir.type = UDF_FILE_STREAMS;
	dir.node = UDA_NONE;
	dir.parent = of;
	dir.links = 1;
	memset(&dir.u, 0, sizeof dir.u);
	dir.u.dir.first = (uint32_t)a->n_nodes;
	for (size_t i = 0; !rc && i < list.n; i++) {
		if (!is_wanted(a, list.v[i].name))
			continue;
		if (folder == UDA_NONE) {
			rc = add_inode(a, &dir, &folder, err);
			if (!rc)
				a->inode[of].streams = folder;
			a->n_stream_dirs += !rc;
		}
		if (!rc)
			rc = add_stream(a, folder, &list.v[i], err);
	}
	if (!rc && folder != UDA_NONE)
		a->inode[folder].u.dir.n = (uint32_t)a->n_nodes - a->inode[folder].u.dir.first;
	img_nodes_done(&list);
	return rc ? img_note(err, rc, "%s", uda_path(a, of, buf, sizeof buf)) : 0;
}

/* ---- all of it ---- */

/* What has no time of its own gets the volume's; what has no birth, its last change. */
static void
fill_times(struct udf_author *a)
{
	if (a->newest.sec == IMG_NO_TIME)
		a->newest = (struct img_time) { a->o.epoch != IMG_NO_TIME ? a->o.epoch : 0, 0 };
	for (size_t i = 0; i < a->n_inodes; i++) {
		struct uda_inode *n = &a->inode[i];

		if (n->mtime.sec == IMG_NO_TIME)
			n->mtime = a->newest;
		if (n->birth.sec == IMG_NO_TIME || is_later(n->birth, n->mtime))
			n->birth = n->mtime;
	}
}

static int
scan_all(struct scan *s, struct img_err *err)
{
	struct udf_author *a = s->a;
	struct uda_inode first;
	struct img_node root;
	uint32_t inode;
	size_t n;
	int rc = img_tree_root(a->tree, &root, err);

	if (rc)
		return rc;
	first = inode_of(a, 0, &root);
	first.id = IMG_TREE_ROOT;
	first.node = UDA_NONE;
	rc = add_folder(s, &root, 0, err);
	if (!rc)
		rc = add_inode(a, &first, &inode, err);
	for (uint32_t i = 0; !rc && i < a->n_inodes; i++) {
		if (a->inode[i].type != UDF_FILE_DIR)
			continue;
		rc = img_env_cancelled(a->src.env) ? img_fail(err, IMG_E_CANCELLED, "interrupted") : scan_dir(s, i, err);
	}
	a->n_names = a->n_nodes;
	n = a->n_inodes;
	for (uint32_t i = 0; !rc && a->xattrs && i < n; i++)
		rc = scan_streams(a, i, err);
	return rc;
}

int
uda_scan(struct udf_author *a, struct img_err *err)
{
	struct scan s = { .a = a, .link = malloc(UDA_LINK_MAX) };
	int rc;

	a->newest = (struct img_time) { IMG_NO_TIME, 0 };
	rc = s.link ? scan_all(&s, err) : img_fail_nomem(err);
	seen_done(&s.seen);
	idmap_done(&s.inodes);
	free(s.link);
	if (!rc)
		fill_times(a);
	return rc;
}

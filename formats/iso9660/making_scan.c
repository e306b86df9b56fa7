/* SPDX-License-Identifier: BSD-2-Clause */
/* From a tree to the author's tables.  Every folder is listed once, in the order in which folders were met; of a file only
 * a leaf is kept, which opens it when its bytes are asked for. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/idmap.h"
#include "core/seen.h"
#include "formats/author_rules.h"
#include "formats/iso9660/making.h"
#include "img/env.h"

#define MAX_NODES (UINT32_MAX / 2)

struct scan {
	struct iso_author *a;
	struct seen_folders seen;
	struct idmap inodes;		/* files by inode */
	size_t n_skipped;
	const struct img_node *made;	/* the catalog's, which is not in the tree */
};

const char *
making_path(const struct iso_author *a, uint32_t node, char *buf, size_t room)
{
	size_t at = room - 1;

	buf[at] = '\0';
	while (node) {
		const char *name = a->node[node].name;
		size_t n = strlen(name);

		if (n + 1 > at) {
			if (at > 3)
				memcpy(buf + (at -= 3), "\xe2\x80\xa6", 3);
			break;
		}
		at -= n;
		memcpy(buf + at, name, n);
		node = a->dir[a->node[node].parent].node;
		if (node)
			buf[--at] = '/';
	}
	return buf + at;
}

/* A child by the first @n bytes of @name; 0 (the root is nobody's child) when there is none. */
static uint32_t
find_child(const struct iso_author *a, const struct mdir *d, const char *name, size_t n)
{
	size_t lo = d->first, hi = (size_t)d->first + d->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strncmp(a->node[mid].name, name, n);

		if (!c && !a->node[mid].name[n])
			return (uint32_t)mid;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return 0;
}

struct mnode *
making_find(struct iso_author *a, const char *path)
{
	uint32_t node = 0;

	for (;;) {
		size_t n;

		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (!n)
			return &a->node[node];
		if (n != 1 || *path != '.') {
			if (a->node[node].type != IMG_NODE_DIR)
				return NULL;
			node = find_child(a, &a->dir[a->node[node].u.dir], path, n);
			if (!node)
				return NULL;
		}
		path += n;
	}
}

/* ---- attributes of nodes ---- */

static int64_t
time_of(struct iso_author *a, const struct img_node *n)
{
	struct img_time own = { a->o.file_date, 0 };
	int64_t t = author_time(a->o.has_file_date ? own : n->mtime, a->o.epoch).sec;

	if (t > a->newest)
		a->newest = t;
	return t;
}

/* ---- files ---- */

static int
add_file(struct iso_author *a, uint32_t node, struct img_source *content, uint32_t *ret, struct img_err *err)
{
	int rc = table_room(&a->file, a->n_files, &a->room_files, sizeof *a->file, err);

	if (rc)
		return rc;
	*ret = (uint32_t)a->n_files;
	a->file[a->n_files++] = (struct mfile) {
		.content = content, .size = content ? content->size : 0, .node = node, .nlink = 1, .same = NO_FILE,
	};
	return 0;
}

static int
scan_file(struct scan *s, uint32_t node, const struct img_node *n, struct img_err *err)
{
	struct iso_author *a = s->a;
	img_autounref struct img_source *content = NULL;
	uint64_t known;
	uint32_t file;
	bool old;
	int rc;

	if (n->inode && idmap_find(&s->inodes, n->inode, &known)) {
		a->node[node].u.file = (uint32_t)known;
		a->file[known].nlink++;
		return 0;
	}
	if (n->size) {
		rc = img_tree_content(a->tree, n->id, NULL, &content, err);
		if (rc)
			return rc;
		if (content->size == IMG_SIZE_UNKNOWN)
			return img_fail(err, IMG_E_UNSUPPORTED, "its size is not known beforehand");
	}
	rc = add_file(a, node, content, &file, err);
	if (rc)
		return rc;
	img_steal(&content);
	a->node[node].u.file = file;
	return n->inode ? idmap_add(&s->inodes, n->inode, file, &old, err) : 0;
}

/* ---- folders ---- */

static int
add_dir(struct scan *s, uint32_t node, const struct img_node *n, struct img_err *err)
{
	struct iso_author *a = s->a;
	uint32_t parent = a->node[node].parent;
	int rc = seen_come(&s->seen, n, (uint32_t)a->n_dirs, parent, err);

	if (!rc)
		rc = table_room(&a->dir, a->n_dirs, &a->room_dirs, sizeof *a->dir, err);
	if (rc)
		return rc;
	a->node[node].u.dir = (uint32_t)a->n_dirs;
	a->dir[a->n_dirs] = (struct mdir) { .id = n->id, .node = node, .parent = parent, .depth = 1 };
	if (a->n_dirs) {
		a->dir[a->n_dirs].depth = a->dir[parent].depth + 1;
		a->dir[parent].n_subdirs++;
	}
	a->n_dirs++;
	return 0;
}

static int
new_node(struct iso_author *a, uint32_t parent, const struct img_node *n, uint32_t *ret, struct img_err *err)
{
	struct mnode m = {
		.parent = parent, .type = (uint8_t)n->type, .mtime = time_of(a, n),
		.mode = author_mode(a->o.mode, a->o.file_mode, a->o.dir_mode, n),
		.uid = author_id(a->o.owner, a->o.uid, n->uid), .gid = author_id(a->o.owner, a->o.gid, n->gid),
	};
	int rc = table_room(&a->node, a->n_nodes, &a->room_nodes, sizeof *a->node, err);

	if (rc)
		return rc;
	if (a->n_nodes >= MAX_NODES)
		return img_fail(err, IMG_E_LIMIT, "more than %" PRIu32 " files", MAX_NODES);
	m.name = img_arena_str(a->arena, n->name, strlen(n->name));
	if (m.name && n->type == IMG_NODE_LINK)
		m.u.link = img_arena_str(a->arena, n->link ? n->link : "", n->link ? strlen(n->link) : 0);
	if (!m.name || (n->type == IMG_NODE_LINK && !m.u.link))
		return img_fail_nomem(err);
	if (n->type == IMG_NODE_CHAR || n->type == IMG_NODE_BLOCK) {
		m.u.dev.major = n->dev_major;
		m.u.dev.minor = n->dev_minor;
	}
	*ret = (uint32_t)a->n_nodes;
	a->node[a->n_nodes++] = m;
	return 0;
}

/* The boot catalog is a file that the author makes; it replaces one that lies there. */
static bool
is_catalog(const struct iso_author *a, uint32_t dir, const char *name)
{
	const char *path = a->o.n_boot ? a->o.catalog : NULL, *slash;
	char buf[1024], *in;

	if (!path)
		return false;
	path += strspn(path, "/");
	slash = strrchr(path, '/');
	if (strcmp(slash ? slash + 1 : path, name))
		return false;
	in = (char *)making_path(a, a->dir[dir].node, buf, sizeof buf);
	return slash ? strlen(in) == (size_t)(slash - path) && !strncmp(in, path, (size_t)(slash - path)) : !*in;
}

/* The names of a file share its attributes. */
static int
node_attrs(struct iso_author *a, uint32_t node, const struct img_node *n, struct img_err *err)
{
	uint32_t first = n->type == IMG_NODE_FILE ? a->file[a->node[node].u.file].node : node;

	if (first == node)
		return making_attrs(a, node, n->id, err);
	a->node[node].attrs = a->node[first].attrs;
	return 0;
}

static int
add_child(struct scan *s, uint32_t dir, const struct img_node *n, struct img_err *err)
{
	struct iso_author *a = s->a;
	char buf[256];
	uint32_t node;
	int rc;

	if (n->type == IMG_NODE_FIFO || n->type == IMG_NODE_SOCKET) {
		const char *in = making_path(a, a->dir[dir].node, buf, sizeof buf);

		img_problem(a->src.env, IMG_WARNING, "skipped", "%s%s%s: a %s has no place in an image; it is left out", in,
			    *in ? "/" : "", n->name, n->type == IMG_NODE_FIFO ? "FIFO" : "socket");
		s->n_skipped++;
		return 0;
	}
	rc = new_node(a, dir, n, &node, err);
	if (!rc && a->o.again && n != s->made)
		rc = making_keep_name(a, node, n->id, err);
	if (rc)
		return rc;
	if (n->type == IMG_NODE_DIR)
		rc = add_dir(s, node, n, err);
	else if (n->type == IMG_NODE_FILE && is_catalog(a, dir, n->name))
		rc = add_file(a, node, NULL, &a->node[node].u.file, err);
	else if (n->type == IMG_NODE_FILE)
		rc = scan_file(s, node, n, err);
	if (!rc && a->o.xattrs && n != s->made)
		rc = node_attrs(a, node, n, err);
	if (rc)
		return img_note(err, rc, "%s", making_path(a, node, buf, sizeof buf));
	if (n->type == IMG_NODE_FILE && is_catalog(a, dir, n->name))
		a->catalog_file = a->node[node].u.file;
	return 0;
}

/* A node for the catalog, in the place its name has among its neighbours. */
static bool
catalog_comes(struct scan *s, uint32_t dir, const struct img_nodes *list, struct img_node *ret, size_t *ret_at)
{
	struct iso_author *a = s->a;
	const char *name, *path = a->o.n_boot ? a->o.catalog : NULL;
	size_t i = 0;

	if (!path)
		return false;
	name = strrchr(path, '/');
	name = name ? name + 1 : path;
	if (!*name || !is_catalog(a, dir, name))
		return false;
	while (i < list->n && strcmp(list->v[i].name, name) < 0)
		i++;
	if (i < list->n && !strcmp(list->v[i].name, name))
		return false;
	*ret_at = i;
	*ret = (struct img_node) {
		.type = IMG_NODE_FILE, .mode = 0444, .nlink = 1, .name = name, .mtime = { IMG_NO_TIME, 0 },
	};
	return true;
}

static int
scan_dir(struct scan *s, uint32_t dir, struct img_err *err)
{
	struct iso_author *a = s->a;
	struct img_nodes list;
	struct img_node extra;
	size_t at = SIZE_MAX;
	char buf[256];
	bool more;
	int rc = img_tree_list(a->tree, a->dir[dir].id, &list, err);

	if (rc)
		return dir ? img_note(err, rc, "%s", making_path(a, a->dir[dir].node, buf, sizeof buf)) : rc;
	seen_list(&s->seen, dir, &list);
	a->dir[dir].first = (uint32_t)a->n_nodes;
	more = catalog_comes(s, dir, &list, &extra, &at);
	for (size_t i = 0; !rc && i <= list.n; i++) {
		s->made = &extra;
		if (more && i == at)
			rc = add_child(s, dir, &extra, err);
		if (rc || i == list.n)
			break;
		if (i && !strcmp(list.v[i].name, list.v[i - 1].name)) {
			const char *in = making_path(a, a->dir[dir].node, buf, sizeof buf);

			img_problem(a->src.env, IMG_ERROR, "name-twice",
				    "%s%s%s: a second entry has this name; it is left out", in, *in ? "/" : "", list.v[i].name);
			continue;
		}
		rc = add_child(s, dir, &list.v[i], err);
	}
	img_nodes_done(&list);
	a->dir[dir].n = (uint32_t)a->n_nodes - a->dir[dir].first;
	return rc;
}

/* What has no time of its own gets the volume's. */
static void
fill_times(struct iso_author *a)
{
	if (a->newest == IMG_NO_TIME)
		a->newest = a->o.epoch != IMG_NO_TIME ? a->o.epoch : 0;
	for (size_t i = 0; i < a->n_nodes; i++)
		if (a->node[i].mtime == IMG_NO_TIME)
			a->node[i].mtime = a->newest;
}

int
making_scan(struct iso_author *a, struct img_err *err)
{
	struct scan s = { .a = a };
	struct img_node root;
	uint32_t node;
	int rc = img_tree_root(a->tree, &root, err);

	a->newest = IMG_NO_TIME;
	a->catalog_file = NO_FILE;
	if (!rc)
		rc = new_node(a, 0, &root, &node, err);
	if (!rc)
		rc = add_dir(&s, node, &root, err);
	if (!rc && a->o.xattrs)
		rc = making_attrs(a, node, IMG_TREE_ROOT, err);
	for (uint32_t i = 0; !rc && i < a->n_dirs; i++) {
		if (img_env_cancelled(a->src.env))
			rc = img_fail(err, IMG_E_CANCELLED, "interrupted");
		else
			rc = scan_dir(&s, i, err);
	}
	seen_done(&s.seen);
	idmap_done(&s.inodes);
	if (rc)
		return rc;
	if (a->o.n_boot && a->o.catalog && a->catalog_file == NO_FILE)
		return img_fail(err, IMG_E_USAGE, "there is no folder for the boot catalog %s", a->o.catalog);
	fill_times(a);
	return 0;
}

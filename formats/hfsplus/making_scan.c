/* SPDX-License-Identifier: BSD-2-Clause */
/* From a tree to the author's tables.  Every folder is listed once, in the order in which folders were met; of a file only
 * a leaf is kept, which opens it when its bytes are asked for. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "core/seen.h"
#include "formats/hfsplus/making.h"
#include "img/env.h"

#define MAX_NODES (UINT32_MAX / 2)
#define MAX_LINK 1023			/* bytes of a symbolic link's target: what macOS takes */
#define MAX_DEPTH 100			/* folders inside each other: what fsck_hfs takes */
#define EPOCH INT64_C(2082844800)	/* from 1904 to 1970 */

struct scan {
	struct hfs_author *a;
	struct seen_folders seen;
	struct idmap inodes;		/* files with several names: inode to the node of the first */
	uint64_t n_odd_times, n_odd_devices;
	uint32_t deepest;
};

/* ---- attributes of nodes ---- */

static uint16_t
mode_of(const struct hfs_author *a, const struct img_node *n)
{
	uint32_t set = n->type == IMG_NODE_DIR ? a->o.dir_mode : a->o.file_mode;

	if (a->o.mode == IMG_MODE_SET && n->type != IMG_NODE_LINK && set != IMG_AS_KEPT && set != IMG_AS_DEFAULT)
		return (uint16_t)(set & 07777);
	return (uint16_t)(n->mode & 07777);
}

static uint32_t
id_of(const struct hfs_author *a, uint32_t set, uint32_t kept)
{
	if (a->o.owner == IMG_OWNER_KEEP || (a->o.owner == IMG_OWNER_SET && set == IMG_AS_KEPT))
		return kept;
	return a->o.owner == IMG_OWNER_SET ? set : 0;
}

/* 0: there is none. */
static uint32_t
stamp(struct scan *s, struct img_time t)
{
	struct hfs_author *a = s->a;

	if (t.sec == IMG_NO_TIME)
		return 0;
	if (a->o.epoch != IMG_NO_TIME && t.sec > a->o.epoch)
		t.sec = a->o.epoch;
	if (t.sec <= -EPOCH || t.sec > (int64_t)UINT32_MAX - EPOCH) {
		s->n_odd_times++;
		t.sec = t.sec <= -EPOCH ? 1 - EPOCH : (int64_t)UINT32_MAX - EPOCH;
	}
	if (t.sec > a->newest)
		a->newest = t.sec;
	return (uint32_t)(t.sec + EPOCH);
}

/* A tree that knows when a file was born keeps all its dates; a folder of the host does not, and when its files were
 * touched last is no part of what they are. */
static void
set_times(struct scan *s, const struct img_node *n, struct mnode *m)
{
	bool all = n->btime.sec != IMG_NO_TIME;

	m->modified = stamp(s, n->mtime);
	m->created = all ? stamp(s, n->btime) : m->modified;
	m->changed = all && n->ctime.sec != IMG_NO_TIME ? stamp(s, n->ctime) : m->modified;
	m->accessed = all && n->atime.sec != IMG_NO_TIME ? stamp(s, n->atime) : m->modified;
}

/* ---- nodes ---- */

static int
new_node(struct scan *s, uint32_t parent, const struct img_node *n, const uint16_t *name, uint16_t n_name, uint32_t *ret,
	 struct img_err *err)
{
	struct hfs_author *a = s->a;
	struct mnode m = {
		.name = name, .n = n_name, .type = (uint8_t)n->type, .mode = mode_of(a, n), .parent = parent,
		.uid = id_of(a, a->o.uid, n->uid), .gid = id_of(a, a->o.gid, n->gid),
		.special = a->n_nodes ? 1 : 0, .u = HFS_NONE, .extra = HFS_NONE,
	};
	int rc = hfs_table_room(&a->node, a->n_nodes, &a->room_nodes, sizeof *a->node, err);

	if (!rc && a->n_nodes >= MAX_NODES)
		rc = img_fail(err, IMG_E_LIMIT, "more than %" PRIu32 " files", MAX_NODES);
	if (rc)
		return rc;
	if (n->type == IMG_NODE_CHAR || n->type == IMG_NODE_BLOCK) {
		m.special = n->dev_major << 24 | (n->dev_minor & 0xffffff);	/* as macOS packs them */
		s->n_odd_devices += n->dev_major > 0xff || n->dev_minor > 0xffffff;
	}
	set_times(s, n, &m);
	*ret = (uint32_t)a->n_nodes;
	a->node[a->n_nodes++] = m;
	return 0;
}

static int
scan_file(struct scan *s, uint32_t node, const struct img_node *n, struct img_err *err)
{
	struct hfs_author *a = s->a;
	img_autounref struct img_source *content = NULL;
	int rc;

	if (!n->size)
		return 0;
	rc = img_tree_content(a->tree, n->id, NULL, &content, err);
	if (rc)
		return rc;
	if (content->size == IMG_SIZE_UNKNOWN)
		return img_fail(err, IMG_E_UNSUPPORTED, "its size is not known beforehand");
	return content->size ? hfs_fork_add(a, node, content, content->size, &a->node[node].u, err) : 0;
}

static int
scan_link(struct hfs_author *a, uint32_t node, const struct img_node *n, struct img_err *err)
{
	size_t len = n->link ? strlen(n->link) : 0;
	const char *target;
	int rc;

	if (!len || len > MAX_LINK)
		return img_fail(err, IMG_E_UNSUPPORTED, "the target of the link has %zu bytes; HFS+ holds 1 to %d", len, MAX_LINK);
	target = img_arena_str(a->arena, n->link, len);
	if (!target)
		return img_fail_nomem(err);
	rc = hfs_fork_add(a, node, NULL, len, &a->node[node].u, err);
	if (!rc)
		a->fork[a->node[node].u].bytes = target;
	return rc;
}

static int
add_dir(struct scan *s, uint32_t node, uint32_t in, const struct img_node *n, struct img_err *err)
{
	struct hfs_author *a = s->a;
	int rc = seen_come(&s->seen, n, (uint32_t)a->n_dirs, in, err);

	if (!rc)
		rc = hfs_table_room(&a->dir, a->n_dirs, &a->room_dirs, sizeof *a->dir, err);
	if (rc)
		return rc;
	a->node[node].u = (uint32_t)a->n_dirs;
	a->dir[a->n_dirs++] = (struct mdir) { .id = n->id, .node = node };
	return 0;
}

/* Another name of a file that is there already: true, and the node remembers which. */
static int
known_inode(struct scan *s, uint32_t node, const struct img_node *n, bool *ret, struct img_err *err)
{
	uint64_t first;
	bool old;

	*ret = n->type == IMG_NODE_FILE && n->inode && idmap_find(&s->inodes, n->inode, &first);
	if (*ret) {
		s->a->node[node].flags |= M_LINK;
		s->a->node[node].special = (uint32_t)first;
		s->a->node[first].special++;
		return 0;
	}
	return n->type == IMG_NODE_FILE && n->inode ? idmap_add(&s->inodes, n->inode, node, &old, err) : 0;
}

static int
add_entry(struct scan *s, uint32_t dir, const struct mentry *e, struct img_err *err)
{
	struct hfs_author *a = s->a;
	const struct img_node *n = e->node;
	bool again = false;
	uint32_t node;
	char buf[512];
	int rc = new_node(s, dir, n, e->name, e->n, &node, err);

	if (rc)
		return rc;
	a->dir[dir].n++;
	rc = known_inode(s, node, n, &again, err);
	if (rc || again)
		return rc;
	if (n->type == IMG_NODE_DIR) {
		rc = add_dir(s, node, dir, n, err);
		a->dir[dir].n_folders++;
	} else if (n->type == IMG_NODE_FILE) {
		rc = scan_file(s, node, n, err);
	} else if (n->type == IMG_NODE_LINK) {
		rc = scan_link(a, node, n, err);
	}
	if (!rc && n->type <= IMG_NODE_LINK)
		rc = hfs_making_streams(a, node, n->id, e->sidecar, err);
	return rc ? img_note(err, rc, "%s", hfs_making_path(a, node, buf, sizeof buf)) : 0;
}

/* ---- folders ---- */

/* The entries of a list but those whose name came before. */
static int
make_entries(struct hfs_author *a, uint32_t dir, struct img_nodes *list, struct mentry **ret, size_t *ret_n,
	     struct img_err *err)
{
	struct mentry *v;
	char buf[512];
	size_t n = 0;
	int rc = img_array(list->n, sizeof *v, UINT64_MAX, "entries", &v, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < list->n; i++)
		if (i && !strcmp(list->v[i].name, list->v[i - 1].name)) {
			const char *in = hfs_making_path(a, a->dir[dir].node, buf, sizeof buf);

			img_problem(a->src.env, IMG_ERROR, "name-twice",
				    "%s%s%s: a second entry has this name; it is left out", in, *in ? "/" : "", list->v[i].name);
		} else {
			v[n++].node = &list->v[i];
		}
	*ret = v;
	*ret_n = n;
	return 0;
}

static int
scan_dir(struct scan *s, uint32_t dir, struct img_err *err)
{
	struct hfs_author *a = s->a;
	img_autofree struct mentry *v = NULL;
	struct img_nodes list;
	size_t n = 0, kept = 0;
	char buf[512];
	int rc = img_tree_list(a->tree, a->dir[dir].id, &list, err);

	if (rc)
		return dir ? img_note(err, rc, "%s", hfs_making_path(a, a->dir[dir].node, buf, sizeof buf)) : rc;
	seen_list(&s->seen, dir, &list);
	rc = make_entries(a, dir, &list, &v, &n, err);
	if (!rc && !a->o.keep_doubles)
		rc = hfs_double_pair(a, dir, v, n, err);
	for (size_t i = 0; i < n; i++)
		if (!v[i].drop)
			v[kept++] = v[i];
	if (!rc)
		rc = hfs_name_entries(a, dir, v, kept, err);
	a->dir[dir].first = (uint32_t)a->n_nodes;
	for (size_t i = 0; i < kept; i++) {
		if (!rc)
			rc = add_entry(s, dir, &v[i], err);
		img_unref(v[i].sidecar);
	}
	img_nodes_done(&list);
	return rc;
}

static uint32_t
depth_of(const struct hfs_author *a, uint32_t dir)
{
	uint32_t n = 0;

	for (; dir; dir = a->node[a->dir[dir].node].parent)
		n++;
	return n;
}

/* What has no time of its own gets the volume's. */
static void
fill_times(struct hfs_author *a)
{
	int64_t date = a->o.has_date ? a->o.date : a->newest != IMG_NO_TIME ? a->newest :
		       a->o.epoch != IMG_NO_TIME ? a->o.epoch : 0;

	date = date < 1 - EPOCH ? 1 - EPOCH : date > (int64_t)UINT32_MAX - EPOCH ? (int64_t)UINT32_MAX - EPOCH : date;
	a->date = (uint32_t)(date + EPOCH);
	for (size_t i = 0; i < a->n_nodes; i++) {
		struct mnode *n = &a->node[i];

		n->modified = n->modified ? n->modified : a->date;
		n->created = n->created ? n->created : n->modified;
		n->changed = n->changed ? n->changed : n->modified;
		n->accessed = n->accessed ? n->accessed : n->modified;
	}
}

static void
tell_summary(struct scan *s)
{
	struct img_env *env = s->a->src.env;

	if (s->n_odd_times)
		img_problem(env, IMG_WARNING, "hfs-dates", "%" PRIu64 " dates lie outside 1904 to 2040, where HFS+ ends; they became "
			    "the nearest one it has", s->n_odd_times);
	if (s->n_odd_devices)
		img_problem(env, IMG_WARNING, "hfs-devices", "%" PRIu64 " devices have numbers that HFS+ cannot hold (8 and 24 bits); "
			    "they were cut", s->n_odd_devices);
	if (s->deepest > MAX_DEPTH)
		img_problem(env, IMG_WARNING, "hfs-depth", "folders are %" PRIu32 " deep; macOS checks volumes down to %d",
			    s->deepest, MAX_DEPTH);
}

int
hfs_making_scan(struct hfs_author *a, struct img_err *err)
{
	struct scan s = { .a = a };
	struct img_node root;
	uint32_t node;
	int rc = img_tree_root(a->tree, &root, err);

	a->newest = IMG_NO_TIME;
	a->private_dir = HFS_NONE;
	if (!rc)
		rc = hfs_name_label(a, err);
	if (!rc)
		root.type = IMG_NODE_DIR;
	if (!rc)
		rc = new_node(&s, 0, &root, a->label, a->n_label, &node, err);
	if (!rc)
		rc = add_dir(&s, node, 0, &root, err);
	if (!rc)
		rc = hfs_making_streams(a, node, IMG_TREE_ROOT, NULL, err);
	for (uint32_t i = 0; !rc && i < a->n_dirs; i++) {
		uint32_t depth = depth_of(a, i);

		s.deepest = depth > s.deepest ? depth : s.deepest;
		rc = img_env_cancelled(a->src.env) ? img_fail(err, IMG_E_CANCELLED, "interrupted") : scan_dir(&s, i, err);
	}
	if (!rc) {
		fill_times(a);
		tell_summary(&s);
		rc = hfs_making_links(a, err);
	}
	seen_done(&s.seen);
	idmap_done(&s.inodes);
	return rc;
}

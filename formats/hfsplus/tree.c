/* SPDX-License-Identifier: BSD-2-Clause */
/* Files by name.  Nothing is kept between calls. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "formats/hfsplus/hfsplus.h"
#include "formats/hfsplus/names.h"
#include "formats/hfsplus/volume.h"
#include "img/env.h"

#define EPOCH INT64_C(2082844800)	/* from 1904 to 1970 */
#define MAX_LINK 4096			/* macOS takes 1023 */


struct img_time
hfs_time(const struct hfs *f, uint32_t t, uint16_t flags)
{
	if (!t)
		return (struct img_time) { .sec = IMG_NO_TIME };
	if (f->h.attributes & HFS_EXPANDED_TIMES && flags & HFS_EXPANDED_TIME)
		return (struct img_time) { .sec = t };
	return (struct img_time) { .sec = (int64_t)t - EPOCH };
}

/* ---- nodes ---- */

/* Folders are records of their own. */
static enum img_node_type
type_of(const struct hfs_record *r)
{
	enum img_node_type t = img_node_type_of(r->mode);

	if (r->type == HFS_FOLDER)
		return IMG_NODE_DIR;
	return t == IMG_NODE_DIR ? IMG_NODE_FILE : t;
}

/* What a record says, whatever its name.  A mode of 0: it comes from Mac OS 9, which knew none. */
static void
node_fill(const struct hfs *f, const struct hfs_record *r, struct img_node *n)
{
	n->type = type_of(r);
	n->mode = r->mode ? r->mode & 07777 : r->type == HFS_FOLDER ? 0755 : 0644;
	n->uid = r->owner;
	n->gid = r->group;
	n->size = r->type == HFS_FILE ? r->data.size : 0;
	n->mtime = hfs_time(f, r->modified, r->flags);
	n->atime = hfs_time(f, r->accessed, r->flags);
	n->ctime = hfs_time(f, r->changed, r->flags);
	n->btime = hfs_time(f, r->created, r->flags);
	if (n->type == IMG_NODE_CHAR || n->type == IMG_NODE_BLOCK) {
		n->dev_major = r->special >> 24;
		n->dev_minor = r->special & 0xffffff;
	}
}

struct listing {
	const struct hfs *f;
	uint32_t folder;
	struct img_nodes *out;
	size_t room;
};

/* The target of a symbolic link.  One that cannot be read becomes a file, whose content says why. */
static int
fill_link(struct listing *l, const struct hfs_record *r, const char *name, struct img_node *n, struct img_err *err)
{
	img_autounref struct img_source *text = NULL;
	struct img_err why = { 0 };
	char buf[MAX_LINK];
	int rc;

	if (!r->data.size || r->data.size > sizeof buf)
		rc = img_fail(&why, IMG_E_FORMAT, "a target of %" PRIu64 " bytes", r->data.size);
	else
		rc = hfs_fork_open(l->f, &r->data, r->id, HFS_DATA, &text, &why);
	if (!rc)
		rc = img_source_read(text, 0, buf, (size_t)r->data.size, &why);
	if (!rc && memchr(buf, '\0', (size_t)r->data.size))
		rc = img_fail(&why, IMG_E_FORMAT, "the target has a NUL");
	if (rc == IMG_E_FORMAT) {
		img_problem(l->f->tree.env, IMG_WARNING, "hfs-symlink", "%s: the symbolic link cannot be read: %s", name,
			    why.msg);
		n->type = IMG_NODE_FILE;
		return 0;
	}
	if (rc)
		return img_fail(err, why.code, "%s: %s", name, why.msg);
	n->link = img_arena_str(l->out->arena, buf, (size_t)r->data.size);
	return n->link ? 0 : img_fail_nomem(err);
}

/* Of a compressed file, the size it will have. */
static void
fill_compressed(const struct hfs *f, const struct hfs_record *r, const char *name, struct img_node *n)
{
	struct decmpfs_head d;
	struct img_err why = { 0 };

	if (hfs_compressed_head(f, r, &d, &why))
		img_problem(f->tree.env, IMG_WARNING, "hfs-decmpfs", "%s: %s", name, why.msg);
	else
		n->size = d.size;
}

/* A hard link shows what it leads to.  If that is not there, the link itself is a file without content. */
static void
fill_hard_link(const struct hfs *f, struct hfs_record *r, const char *name, struct img_node *n)
{
	bool folder = hfs_link_kind(r) == HFS_FOLDER_LINK;
	struct hfs_record to;
	struct img_err why = { 0 };
	uint64_t id;

	if (hfs_link_follow(f, r, &to, &id, &why)) {
		img_problem(f->tree.env, IMG_WARNING, "hfs-hard-link", "%s: %s", name, why.msg);
		return;
	}
	if (folder) {
		n->id |= HFS_ID_FOLDER_LINK;
		n->inode = to.id;
		n->linked = true;
	} else {
		n->id = id;
		n->inode = r->special;
		n->nlink = to.special;
	}
	*r = to;
}

static int
fill(struct listing *l, const struct hfs_cursor *c, struct hfs_record *r, const char *name, struct img_node *n,
     struct img_err *err)
{
	enum hfs_link link = hfs_link_kind(r);

	*n = (struct img_node) { 0 };
	n->id = HFS_ID_RECORD | (uint64_t)c->node << 16 | c->rec;
	if (r->type == HFS_FOLDER)
		n->id = r->id == HFS_ROOT_FOLDER ? IMG_TREE_ROOT : r->id;
	else if (link == HFS_FILE_LINK || link == HFS_FOLDER_LINK)
		fill_hard_link(l->f, r, name, n);
	node_fill(l->f, r, n);
	if (hfs_is_compressed(r) && n->type == IMG_NODE_FILE)
		fill_compressed(l->f, r, name, n);
	return n->type == IMG_NODE_LINK ? fill_link(l, r, name, n, err) : 0;
}

/* The folders of hard links and the journal are nobody's business. */
static bool
hidden(const struct listing *l, const struct hfs_record *r)
{
	if (l->folder != HFS_ROOT_FOLDER)
		return false;
	if (r->type == HFS_FOLDER)
		return r->id == l->f->links_folder || r->id == l->f->folder_links_folder;
	return hfs_link_kind(r) == HFS_JOURNAL;
}

static int
add(struct listing *l, const struct hfs_cursor *c, struct img_err *err)
{
	struct img_nodes *out = l->out;
	char name[HFS_NAME_ROOM];
	struct hfs_record r;
	struct img_node *n;
	int rc;

	if (c->len >= 2 && c->data[0] == 0 && (c->data[1] == HFS_FOLDER_THREAD || c->data[1] == HFS_FILE_THREAD))
		return 0;
	hfs_name_utf8_as(c->key.name, c->key.n, !l->f->apart, name);
	rc = hfs_record_parse(c->data, c->len, &r, err);
	if (rc == IMG_E_UNKNOWN) {
		img_problem(l->f->tree.env, IMG_WARNING, "hfs-record", "%s: %s", name, err ? err->msg : "no such record");
		return 0;
	}
	if (rc || hidden(l, &r))
		return rc;
	rc = img_room(&out->v, out->n, &l->room, sizeof *out->v, err);
	if (rc)
		return rc;
	n = &out->v[out->n];
	rc = fill(l, c, &r, name, n, err);
	if (rc)
		return rc;
	n->name = img_arena_str(out->arena, name, strlen(name));
	if (!n->name)
		return img_fail_nomem(err);
	out->n++;
	return 0;
}

/* The CNID of a folder. */
static int
folder_of(const struct hfs *f, uint64_t id, uint32_t *ret, struct img_err *err)
{
	struct hfs_record link, to;
	int rc;

	if (!(id & HFS_ID_RECORD)) {
		*ret = id == IMG_TREE_ROOT ? HFS_ROOT_FOLDER : (uint32_t)id;
		return 0;
	}
	if (!(id & HFS_ID_FOLDER_LINK))
		return img_fail(err, IMG_E_USAGE, "it is no folder");
	rc = hfs_record_by_id(f, id & ~HFS_ID_FOLDER_LINK, &link, err);
	if (!rc)
		rc = hfs_link_follow(f, &link, &to, NULL, err);
	if (!rc)
		*ret = to.id;
	return rc;
}

static int
hfs_list(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err)
{
	const struct hfs *f = hfs_of(t);
	struct listing l = { .f = f, .out = ret };
	struct img_err why = { 0 };
	struct hfs_key key = { 0 };
	struct hfs_cursor c;
	int rc = folder_of(f, dir, &l.folder, err);

	if (rc)
		return rc;
	ret->arena = img_arena_new();
	if (!ret->arena)
		return img_fail_nomem(err);
	key.id = l.folder;
	if (dir == IMG_TREE_ROOT)
		hfs_look_for_orphans(f);
	rc = hfs_cursor_seek(f->catalog, &key, &c, &why);
	if (!rc) {
		while (!rc && !c.end && c.key.id == l.folder) {
			rc = add(&l, &c, &why);
			if (!rc)
				rc = hfs_cursor_next(&c, &why);
		}
		hfs_cursor_done(&c);
	}
	if (rc && err)
		*err = why;
	return rc;
}

/* The entry whose key @name makes, into @list if it is shown under exactly that name. */
static int
find_by_key(const struct hfs *f, uint32_t folder, const char *name, struct img_nodes *list, struct img_err *err)
{
	struct listing l = { .f = f, .folder = folder, .out = list };
	struct hfs_key key = { .id = folder };
	bool foreign = false;
	struct hfs_cursor c;
	size_t n = hfs_name_units(name, key.name, sizeof key.name / sizeof *key.name, &foreign);
	int rc;

	if (foreign || !n || n > 255)
		return 0;
	key.n = (uint16_t)n;
	rc = hfs_cursor_seek(f->catalog, &key, &c, err);
	if (rc)
		return rc;
	if (!c.end && !hfs_btree_compare(f->catalog, &c.key, &key))
		rc = add(&l, &c, err);
	hfs_cursor_done(&c);
	if (!rc && list->n && strcmp(list->v[0].name, name))
		list->n = 0;
	return rc;
}

/* What no key leads to is looked for among all entries: tables of names changed over time. */
static int
hfs_find(struct img_tree *t, uint64_t dir, const char *name, struct img_node *ret, struct img_err *err)
{
	struct img_nodes list = { .arena = img_arena_new() };
	uint32_t folder = 0;
	size_t i = 0;
	int rc = list.arena ? folder_of(hfs_of(t), dir, &folder, err) : img_fail_nomem(err);

	if (!rc)
		rc = find_by_key(hfs_of(t), folder, name, &list, err);
	if (!rc && !list.n) {
		img_nodes_done(&list);
		rc = hfs_list(t, dir, &list, err);
		while (!rc && i < list.n && strcmp(list.v[i].name, name))
			i++;
	}
	if (!rc && i == list.n)
		rc = img_fail(err, IMG_E_UNKNOWN, "there is no \"%s\"", name);
	if (!rc) {
		*ret = list.v[i];
		ret->name = ret->link = NULL;
	}
	img_nodes_done(&list);
	return rc;
}

static int
hfs_root(struct img_tree *t, struct img_node *ret, struct img_err *err)
{
	struct hfs_record r;
	int rc = hfs_root_record(hfs_of(t), &r, NULL, err);

	if (!rc)
		node_fill(hfs_of(t), &r, ret);
	return rc;
}

/* ---- content ---- */

/* The record behind an id; of a link to a folder, that of the folder. */
static int
record_of(const struct hfs *f, uint64_t id, struct hfs_record *ret, struct img_err *err)
{
	struct hfs_record link;
	int rc = hfs_record_by_id(f, id & ~HFS_ID_FOLDER_LINK, &link, err);

	if (rc || !(id & HFS_ID_FOLDER_LINK) || !(id & HFS_ID_RECORD)) {
		if (!rc)
			*ret = link;
		return rc;
	}
	return hfs_link_follow(f, &link, ret, NULL, err);
}

static int
data_open(const struct hfs *f, const struct hfs_record *r, struct img_source **ret, struct img_err *err)
{
	enum hfs_link link = hfs_link_kind(r);
	struct hfs_record to;

	if (r->type == HFS_FOLDER)
		return img_fail(err, IMG_E_USAGE, "a folder has no data");
	if (link == HFS_FILE_LINK || link == HFS_FOLDER_LINK) {
		/* those that lead anywhere have another id */
		int rc = hfs_link_follow(f, r, &to, NULL, err);

		return rc ? rc : img_fail(err, IMG_E_USAGE, "a hard link has no data of its own");
	}
	if (hfs_is_compressed(r))
		return hfs_compressed_open(f, r, ret, err);
	return hfs_fork_open(f, &r->data, r->id, HFS_DATA, ret, err);
}

/* What macOS shows of the Finder's fields: not the number of the document, the date added, the count of writes.  Of a
 * symbolic link type and creator do not count. */
static bool
finder_info(const struct hfs_record *r, uint8_t ret[32])
{
	static const uint8_t none[32];

	memcpy(ret, r->finder, 32);
	memset(ret + 16, 0, 8);
	memset(ret + 28, 0, 4);
	if (type_of(r) == IMG_NODE_LINK)
		memset(ret, 0, 8);
	return memcmp(ret, none, 32) != 0;
}

static int
hfs_content(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err)
{
	const struct hfs *f = hfs_of(t);
	struct hfs_record r;
	uint8_t info[32];
	int rc = record_of(f, id, &r, err);

	if (rc)
		return rc;
	if (!stream)
		return data_open(f, &r, ret, err);
	if (!strcmp(stream, IMG_STREAM_RSRC) && r.rsrc.size)
		return hfs_fork_open(f, &r.rsrc, r.id, HFS_RSRC, ret, err);
	if (!strcmp(stream, "com.apple.FinderInfo") && finder_info(&r, info))
		return img_memory(t->env, info, sizeof info, true, ret, err);
	return hfs_attr_open(f, r.id, stream, ret, err);
}

/* Attributes but those that only say how the file is compressed. */
static int
hfs_streams(struct img_tree *t, uint64_t id, struct img_nodes *ret, struct img_err *err)
{
	const struct hfs *f = hfs_of(t);
	struct decmpfs_head d = { 0 };
	struct hfs_record r;
	uint8_t info[32];
	bool packed;
	int rc = record_of(f, id, &r, err);

	if (rc)
		return rc;
	packed = hfs_is_compressed(&r) && !hfs_compressed_head(f, &r, &d, NULL);
	rc = hfs_attr_list(f, r.id, ret, err);
	for (size_t i = 0; !rc && packed && i < ret->n; i++)
		if (!strcmp(ret->v[i].name, DECMPFS_ATTR))
			ret->v[i--] = ret->v[--ret->n];
	if (!rc && r.rsrc.size && !(packed && d.in_fork))
		rc = hfs_stream_add(ret, IMG_STREAM_RSRC, r.rsrc.size, err);
	if (!rc && finder_info(&r, info))
		rc = hfs_stream_add(ret, "com.apple.FinderInfo", sizeof info, err);
	return rc;
}

static void
hfs_destroy(struct img_tree *t)
{
	hfs_close(hfs_of(t));
}

static const struct img_tree_ops hfs_ops = {
	.list = hfs_list, .root = hfs_root, .find = hfs_find, .streams = hfs_streams, .content = hfs_content, .describe = hfs_describe,
	.verify = hfs_verify, .destroy = hfs_destroy,
};

int
hfs_tree(const struct img_tree_open *o, struct img_tree **ret, struct img_err *err)
{
	struct hfs *f;
	int rc = hfs_open(o, &f, err);

	if (rc)
		return rc;
	f->apart = o->names == IMG_NAMES_NFD || o->names == IMG_NAMES_RAW;
	img_tree_init(&f->tree, &hfs_ops, o->volume->env, img_format_hfsplus.name);
	*ret = &f->tree;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Single records of the catalog: by name, by number, by where they lie; and what hard links lead to. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "formats/hfsplus/names.h"
#include "formats/hfsplus/volume.h"
#include "img/env.h"

int
hfs_record_find(const struct hfs *f, uint32_t parent, const uint16_t *name, size_t n, struct hfs_record *ret,
		uint64_t *ret_id, struct img_err *err)
{
	struct hfs_key key = { .id = parent, .n = (uint16_t)n };
	struct hfs_cursor c;
	int rc;

	memcpy(key.name, name, n * sizeof *name);
	rc = hfs_cursor_seek(f->catalog, &key, &c, err);
	if (rc)
		return rc;
	if (c.end || hfs_btree_compare(f->catalog, &c.key, &key))
		rc = img_fail(err, IMG_E_UNKNOWN, "the catalog has no such record");
	else
		rc = hfs_record_parse(c.data, c.len, ret, err);
	if (!rc && ret_id)
		*ret_id = HFS_ID_RECORD | (uint64_t)c.node << 16 | c.rec;
	hfs_cursor_done(&c);
	return rc;
}

int
hfs_thread_of(const struct hfs *f, uint32_t cnid, struct hfs_thread *ret, struct img_err *err)
{
	struct hfs_key key = { .id = cnid };
	struct hfs_cursor c;
	int rc = hfs_cursor_seek(f->catalog, &key, &c, err);

	if (rc)
		return rc;
	if (c.end || hfs_btree_compare(f->catalog, &c.key, &key))
		rc = img_fail(err, IMG_E_UNKNOWN, "folder %" PRIu32 " has no thread record", cnid);
	else
		rc = hfs_thread_parse(c.data, c.len, ret, err);
	hfs_cursor_done(&c);
	return rc;
}

int
hfs_record_by_cnid(const struct hfs *f, uint32_t cnid, struct hfs_record *ret, struct img_err *err)
{
	struct hfs_thread t;
	int rc = hfs_thread_of(f, cnid, &t, err);

	return rc ? rc : hfs_record_find(f, t.to.id, t.to.name, t.to.n, ret, NULL, err);
}

int
hfs_record_by_id(const struct hfs *f, uint64_t id, struct hfs_record *ret, struct img_err *err)
{
	struct hfs_cursor c;
	int rc;

	if (!(id & HFS_ID_RECORD))
		return id == IMG_TREE_ROOT ? hfs_root_record(f, ret, NULL, err) : hfs_record_by_cnid(f, (uint32_t)id, ret, err);
	rc = hfs_cursor_at(f->catalog, (uint32_t)(id >> 16), (uint16_t)id, &c, err);
	if (rc)
		return rc;
	rc = hfs_record_parse(c.data, c.len, ret, err);
	hfs_cursor_done(&c);
	return rc;
}

/* The root folder is the only entry of folder 1; its thread is not needed. */
int
hfs_root_record(const struct hfs *f, struct hfs_record *ret, char *ret_name, struct img_err *err)
{
	struct hfs_key key = { .id = HFS_ROOT_PARENT };
	struct hfs_cursor c;
	int rc = hfs_cursor_seek(f->catalog, &key, &c, err);

	if (rc)
		return rc;
	if (c.end || c.key.id != HFS_ROOT_PARENT)
		rc = img_fail(err, IMG_E_FORMAT, "the catalog has no root folder");
	else
		rc = hfs_record_parse(c.data, c.len, ret, err);
	if (!rc && (ret->type != HFS_FOLDER || ret->id != HFS_ROOT_FOLDER))
		rc = img_fail(err, IMG_E_FORMAT, "the root is a record of type %u with number %" PRIu32, ret->type, ret->id);
	if (!rc && ret_name)
		hfs_name_utf8(c.key.name, c.key.n, ret_name);
	hfs_cursor_done(&c);
	return rc;
}

/* Keys are sorted by folder, and a folder's first record is its thread. */
static void
look_at_thread(const struct hfs *f, const struct hfs_cursor *c)
{
	struct img_err why = { 0 };
	struct hfs_thread t;

	if (c->key.n)
		img_problem(f->tree.env, IMG_WARNING, "hfs-orphan", "the catalog has entries of folder %" PRIu32
			    ", which is not there", c->key.id);
	else if (hfs_thread_parse(c->data, c->len, &t, &why))
		img_problem(f->tree.env, IMG_WARNING, "hfs-thread", "thread of folder or file %" PRIu32 ": %s", c->key.id,
			    why.msg);
}

void
hfs_look_for_orphans(const struct hfs *f)
{
	uint32_t last = HFS_ROOT_PARENT;
	struct hfs_cursor c;

	if (!hfs_btree_is_small(f->catalog) || hfs_cursor_seek(f->catalog, NULL, &c, NULL))
		return;
	while (!c.end) {
		if (c.key.id != last)
			look_at_thread(f, &c);
		last = c.key.id;
		if (hfs_cursor_next(&c, NULL))
			break;
	}
	hfs_cursor_done(&c);
}

enum hfs_link
hfs_link_kind(const struct hfs_record *r)
{
	if (r->type != HFS_FILE)
		return HFS_NO_LINK;
	if (!memcmp(r->finder, "hlnkhfs+", 8))
		return HFS_FILE_LINK;
	if (!memcmp(r->finder, "fdrpMACS", 8) && r->flags & HFS_LINK_CHAIN)	/* without: the Finder's alias of a folder */
		return HFS_FOLDER_LINK;
	return memcmp(r->finder, "jrnlhfs+", 8) ? HFS_NO_LINK : HFS_JOURNAL;
}

int
hfs_link_follow(const struct hfs *f, const struct hfs_record *link, struct hfs_record *ret, uint64_t *ret_id,
		struct img_err *err)
{
	bool folder = hfs_link_kind(link) == HFS_FOLDER_LINK;
	uint32_t parent = folder ? f->folder_links_folder : f->links_folder;
	uint16_t units[32];
	char name[32];
	int rc;

	snprintf(name, sizeof name, folder ? "dir_%" PRIu32 : "iNode%" PRIu32, link->special);
	if (!parent)
		return img_fail(err, IMG_E_FORMAT, "a hard link to \"%s\", but the volume has no folder of linked %s", name,
				folder ? "folders" : "files");
	rc = hfs_record_find(f, parent, units, hfs_name_ascii(name, units), ret, ret_id, err);
	if (rc == IMG_E_UNKNOWN)
		return img_fail(err, IMG_E_FORMAT, "a hard link to \"%s\", which is not there", name);
	if (!rc && ret->type != (folder ? HFS_FOLDER : HFS_FILE))
		return img_fail(err, IMG_E_FORMAT, "a hard link to \"%s\", a record of type %u", name, ret->type);
	if (!rc && hfs_link_kind(ret) == HFS_FILE_LINK)
		return img_fail(err, IMG_E_FORMAT, "a hard link to \"%s\", which is a hard link itself", name);
	return rc;
}

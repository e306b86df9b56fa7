/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of the catalog, one by one: what each says of itself, and whether folders, threads and counts agree. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "core/bytes.h"
#include "formats/hfsplus/names.h"
#include "formats/hfsplus/verify.h"
#include "img/env.h"

#define FIRST_USER_ID 16
#define MAX_LOST 20		/* threads that are named when some do not fit */

enum { FLAG_LOCKED = 1, FLAG_THREAD = 2, FLAG_SECURITY = 8, FLAG_FOLDER_COUNT = 0x10 };
enum { TYPE_MASK = 0170000, TYPE_DIR = 0040000, TYPE_LINK = 0120000, MAX_LINK = 1024 };

/* What a thread and its record both know. */
static uint64_t
digest_name(uint32_t id, uint32_t parent, const uint16_t *name, uint16_t n)
{
	uint64_t sum = hfs_mix(id, parent, n);

	for (uint16_t i = 0; i < n; i++)
		sum = hfs_mix(sum, name[i], i);
	return sum;
}

/* ---- folders ---- */

/* Entries of folder @id, its thread aside, and folders among them. */
static int
count_entries(const struct hfs *f, uint32_t id, uint64_t *ret, uint64_t *ret_folders, struct img_err *err)
{
	struct hfs_key key = { .id = id };
	struct hfs_cursor c;
	uint64_t n = 0, folders = 0;
	int rc = hfs_cursor_seek(f->catalog, &key, &c, err);

	if (rc)
		return rc;
	while (!rc && !c.end && c.key.id == id) {
		n += c.key.n != 0;
		folders += c.key.n && c.len >= 2 && load_be16(c.data) == HFS_FOLDER;
		rc = hfs_cursor_next(&c, err);
	}
	hfs_cursor_done(&c);
	if (!rc) {
		*ret = n;
		*ret_folders = folders;
	}
	return rc;
}

/* A folder that is somewhere else too would be walked twice; readers find it by its thread. */
static int
check_thread(struct hfs_verification *v, const struct hfs_key *key, const struct hfs_record *r, const char *name,
	     struct img_err *err)
{
	struct img_err why = { 0 };
	struct hfs_thread t;
	int rc = hfs_thread_of(v->f, r->id, &t, &why);

	if (rc == IMG_E_UNKNOWN || rc == IMG_E_FORMAT)
		img_odd(&v->faults, "hfs-thread", "%s: %s", name, why.msg);
	else if (rc)
		return img_fail(err, why.code, "%s", why.msg);
	else if (hfs_btree_compare(v->f->catalog, &t.to, key))
		img_bad(&v->faults, "hfs-folder-twice", "%s: folder %" PRIu32 " is somewhere else too", name, r->id);
	return 0;
}

static int
check_folder(struct hfs_verification *v, const struct hfs_key *key, const struct hfs_record *r, const char *name,
	     struct img_err *err)
{
	uint64_t n = 0, folders = 0;
	int rc = count_entries(v->f, r->id, &n, &folders, err);

	if (rc)
		return rc;
	v->n_folders += r->id != HFS_ROOT_FOLDER;
	if (n != r->valence)
		img_odd(&v->faults, "hfs-count",
			"%s: folder %" PRIu32 " has %" PRIu64 " entries, its record says %" PRIu32, name, r->id,
			n, r->valence);
	if (v->f->h.x && r->flags & FLAG_FOLDER_COUNT && folders != r->n_folders)
		img_odd(&v->faults, "hfs-count",
			"%s: folder %" PRIu32 " has %" PRIu64 " folders, its record says %" PRIu32, name, r->id,
			folders, r->n_folders);
	if (r->flags & (FLAG_LOCKED | FLAG_THREAD))
		img_odd(&v->faults, "hfs-flags", "%s: a folder with the flags of a file (%04x)", name, r->flags);
	if (r->mode && (r->mode & TYPE_MASK) != TYPE_DIR)
		img_odd(&v->faults, "hfs-mode", "%s: a folder of mode %06o", name, r->mode);
	return check_thread(v, key, r, name, err);
}

/* ---- files ---- */

static void
check_symlink(struct hfs_verification *v, const struct hfs_record *r, const char *name)
{
	bool type = !memcmp(r->finder, "slnkrhap", 8), mode = (r->mode & TYPE_MASK) == TYPE_LINK;

	if (type != mode)
		img_odd(&v->faults, "hfs-symlink", "%s: %s", name,
			mode ? "a symbolic link without its type and creator" :
			"type and creator of a symbolic link, but a mode of something else");
	if (mode && (!r->data.size || r->data.size > MAX_LINK))
		img_odd(&v->faults, "hfs-symlink", "%s: a symbolic link of %" PRIu64 " bytes", name, r->data.size);
}

static void
check_file(struct hfs_verification *v, const struct hfs_record *r, const char *name)
{
	static const uint16_t types[] = { 0, 0010000, 0020000, 0060000, 0100000, 0120000, 0140000, 0160000 };
	enum hfs_link link = hfs_link_kind(r);
	size_t i = 0;

	v->n_files++;
	hfs_verify_fork(v, &r->data, r->id, HFS_DATA, name);
	hfs_verify_fork(v, &r->rsrc, r->id, HFS_RSRC, name);
	if (link == HFS_FILE_LINK || link == HFS_FOLDER_LINK)
		hfs_verify_link(v, r, name);
	while (i < sizeof types / sizeof *types && types[i] != (r->mode & TYPE_MASK))
		i++;
	if (i == sizeof types / sizeof *types)
		img_odd(&v->faults, "hfs-mode", "%s: a file of mode %06o", name, r->mode);
	check_symlink(v, r, name);
}

/* ---- records ---- */

static void
check_record(struct hfs_verification *v, const struct hfs_key *key, const struct hfs_record *r, size_t len, const char *name)
{
	bool root = key->id == HFS_ROOT_PARENT;
	size_t want = r->type == HFS_FILE ? HFS_FILE_LEN : HFS_FOLDER_LEN;

	if (len != want)
		img_odd(&v->faults, "hfs-record", "%s: a record of %zu bytes, expected %zu", name, len, want);
	if (root ? r->id != HFS_ROOT_FOLDER : r->id < FIRST_USER_ID)
		img_odd(&v->faults, "hfs-id", "%s: number %" PRIu32 " is kept for the file system's own files", name,
			r->id);
	v->highest_id = r->id > v->highest_id ? r->id : v->highest_id;
	v->encodings |= UINT64_C(1) << (r->encoding < 48 ? r->encoding : r->encoding == 152 ? 48 : r->encoding == 140 ? 49 : 0);
	if (r->type == HFS_FOLDER || r->flags & FLAG_THREAD)
		v->named += digest_name(r->id, key->id, key->name, key->n);
	if (r->flags & HFS_HAS_ATTRIBUTES)
		v->marked_attrs += hfs_mix(r->id, 0, 0);
	if (r->flags & FLAG_SECURITY)
		v->marked_lists += hfs_mix(r->id, 0, 0);
}

static int
check_entry(struct hfs_verification *v, const struct hfs_cursor *c, const char *name, struct img_err *err)
{
	struct img_err why = { 0 };
	struct hfs_record r;
	int parsed = hfs_record_parse(c->data, c->len, &r, &why);

	if (parsed) {
		if (parsed == IMG_E_UNKNOWN)
			img_odd(&v->faults, "hfs-record", "%s: %s", name, why.msg);
		else
			img_bad(&v->faults, "hfs-record", "%s: %s", name, why.msg);
		return 0;
	}
	check_record(v, &c->key, &r, c->len, name);
	if (r.type == HFS_FOLDER)
		return check_folder(v, &c->key, &r, name, err);
	check_file(v, &r, name);
	return 0;
}

static void
check_thread_record(struct hfs_verification *v, const struct hfs_cursor *c)
{
	struct img_err why = { 0 };
	struct hfs_thread t;

	if (hfs_thread_parse(c->data, c->len, &t, &why)) {
		img_odd(&v->faults, "hfs-thread", "thread of %" PRIu32 ": %s", c->key.id, why.msg);
		return;
	}
	v->threads += digest_name(c->key.id, t.to.id, t.to.name, t.to.n);
}

/* ---- when sums differ ---- */

/* Name the threads that lead to nothing, or to something else. */
static int
find_lost(struct hfs_verification *v, struct img_err *err)
{
	unsigned int n_lost = 0;
	struct hfs_cursor c;
	int rc = hfs_cursor_seek(v->f->catalog, NULL, &c, err);

	if (rc)
		return rc;
	for (; !rc && !c.end && n_lost < MAX_LOST; rc = hfs_cursor_next(&c, err)) {
		struct hfs_record r;
		struct hfs_thread t;

		if (c.key.n || hfs_thread_parse(c.data, c.len, &t, NULL))
			continue;
		if (!hfs_record_find(v->f, t.to.id, t.to.name, t.to.n, &r, NULL, NULL) && r.id == c.key.id &&
		    (r.type == HFS_FOLDER) == (t.type == HFS_FOLDER_THREAD))
			continue;
		n_lost++;
		img_odd(&v->faults, "hfs-thread", "the thread of %" PRIu32 " leads to nothing of that number",
			c.key.id);
	}
	hfs_cursor_done(&c);
	if (!rc && !n_lost)
		img_odd(&v->faults, "hfs-thread", "some files or folders have no thread, or one that leads elsewhere");
	return rc;
}

int
hfs_verify_catalog(struct hfs_verification *v, struct img_err *err)
{
	uint32_t folder = 0;
	struct hfs_cursor c;
	int rc = hfs_cursor_seek(v->f->catalog, NULL, &c, err);

	if (rc)
		return rc;
	for (; !rc && !c.end; rc = rc ? rc : hfs_cursor_next(&c, err)) {
		char name[HFS_NAME_ROOM];

		if (!c.key.n) {
			check_thread_record(v, &c);
			folder = c.key.id;
			continue;
		}
		hfs_name_utf8(c.key.name, c.key.n, name);
		if (c.key.id != folder && c.key.id != HFS_ROOT_PARENT) {
			img_odd(&v->faults, "hfs-orphan", "%s: lies in folder %" PRIu32 ", which has no thread", name,
				c.key.id);
			folder = c.key.id;
		}
		rc = check_entry(v, &c, name, err);
	}
	hfs_cursor_done(&c);
	if (!rc && v->named != v->threads)
		rc = find_lost(v, err);
	return rc;
}

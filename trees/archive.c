/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading an archive, through libarchive, into a tree.  One pass: the data of files go into a nameless spool, where any of
 * them can be read at any time.  Zeros are left out of it, and what would fill the disk is refused before it does.  Files
 * of a tar that is not compressed are not copied: they lie in it as they are.  (So do a zip's stored ones, but there is a
 * checksum, which is tested on the way.)  An entry that comes again replaces the earlier one, as when tar extracts. */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/checked.h"
#include "core/host.h"
#include "core/limits.h"
#include "core/memory.h"
#include "core/out.h"
#include "core/zeros.h"
#include "img/env.h"
#include "img/source.h"
#include "img/tree.h"
#include "trees/archive_tree.h"
#include "trees/utf8_locale.h"

#define BLOCK ((size_t)256 << 10)
#define GRAIN ((uint32_t)64 << 10)	/* a run of zeros that is left out of the spool */
#define MAX_XATTRS (1 << 20)	/* bytes of attributes of one file */

struct reader {
	struct ar_tree *t;
	struct archive *a;
	struct img_source *file;
	uint64_t at;		/* in @file */
	uint8_t *block;
	const char *spool_dir;
	img_archive_want *want;
	void *ctx;
	bool some;		/* only what @want says yes to */
	int spool;		/* -1: not made yet */
	uint64_t spooled, room;
	struct img_err why;	/* of a failure inside a callback */
	int rc;
};

/* ---- from the source ---- */

static la_ssize_t
get(struct archive *a, void *ctx, const void **ret)
{
	struct reader *r = ctx;
	size_t n = r->file->size - r->at < BLOCK ? (size_t)(r->file->size - r->at) : BLOCK;

	if (img_env_cancelled(r->file->env))
		r->rc = img_fail(&r->why, IMG_E_CANCELLED, "interrupted");
	else if (n)
		r->rc = img_source_read(r->file, r->at, r->block, n, &r->why);
	if (r->rc) {
		archive_set_error(a, EIO, "%s", r->why.msg);
		return ARCHIVE_FATAL;
	}
	r->at += n;
	*ret = r->block;
	return (la_ssize_t)n;
}

static la_int64_t
skip(struct archive *a, void *ctx, la_int64_t want)
{
	struct reader *r = ctx;
	uint64_t left = r->file->size - r->at, n = want > 0 && (uint64_t)want < left ? (uint64_t)want : left;

	if (want <= 0)
		return 0;
	r->at += n;
	return (la_int64_t)n;
}

static la_int64_t
seek(struct archive *a, void *ctx, la_int64_t off, int whence)
{
	struct reader *r = ctx;
	int64_t size = (int64_t)r->file->size, from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (int64_t)r->at : size;

	if (off < -from || off > size - from)
		return ARCHIVE_FATAL;
	r->at = (uint64_t)(from + off);
	return (la_int64_t)r->at;
}

/* What libarchive says; if the source failed, what that said. */
static int
check(struct reader *r, int got, const char *path, struct img_err *err)
{
	const char *text = archive_error_string(r->a);

	if (got >= ARCHIVE_WARN)
		return 0;
	if (r->rc) {
		if (err)
			*err = r->why;
		return r->rc;
	}
	return img_fail(err, IMG_E_FORMAT, "%s%s%s", path ? path : "", path ? ": " : "",
			text ? text : "the archive is damaged");
}

/* Formats and filters built into libarchive; none that would run other programs, none that lists files of the host. */
static void
support(struct archive *a)
{
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_compress(a);
	archive_read_support_filter_lzma(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_lzip(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_filter_lz4(a);
	archive_read_support_format_tar(a);
	archive_read_support_format_gnutar(a);
	archive_read_support_format_cpio(a);
	archive_read_support_format_zip(a);
	archive_read_support_format_7zip(a);
	archive_read_support_format_xar(a);
	archive_read_support_format_cab(a);
}

static int
start(struct reader *r, struct img_err *err)
{
	r->block = malloc(BLOCK);
	r->a = archive_read_new();
	if (!r->block || !r->a)
		return img_fail_nomem(err);
	support(r->a);
	archive_read_set_callback_data(r->a, r);
	archive_read_set_read_callback(r->a, get);
	archive_read_set_skip_callback(r->a, skip);
	archive_read_set_seek_callback(r->a, seek);
	if (archive_read_open1(r->a) < ARCHIVE_WARN)
		return r->rc ? check(r, ARCHIVE_FATAL, NULL, err) : img_fail(err, IMG_E_UNKNOWN, "is no archive");
	return 0;
}

/* ---- entries ---- */

/* Names in UTF-8 where the archive says what they are; else the bytes as they lie. */
static const char *
text(const char *utf8, const char *bytes)
{
	return utf8 ? utf8 : bytes;
}

static struct img_time
time_of(bool is_set, int64_t sec, long nsec)
{
	return is_set ? (struct img_time) { sec, nsec >= 0 && nsec < 1000000000 ? (uint32_t)nsec : 0 }
		      : (struct img_time) { IMG_NO_TIME, 0 };
}

static int
fill(struct ar_tree *t, struct archive_entry *e, struct img_node *n, struct img_err *err)
{
	*n = (struct img_node) {
		.type = img_node_type_of(archive_entry_filetype(e)), .mode = archive_entry_perm(e) & 07777,
		.uid = (uint32_t)archive_entry_uid(e), .gid = (uint32_t)archive_entry_gid(e),
		.dev_major = (uint32_t)archive_entry_rdevmajor(e), .dev_minor = (uint32_t)archive_entry_rdevminor(e),
		.mtime = time_of(archive_entry_mtime_is_set(e), archive_entry_mtime(e), archive_entry_mtime_nsec(e)),
		.atime = time_of(archive_entry_atime_is_set(e), archive_entry_atime(e), archive_entry_atime_nsec(e)),
		.ctime = time_of(archive_entry_ctime_is_set(e), archive_entry_ctime(e), archive_entry_ctime_nsec(e)),
		.btime = time_of(archive_entry_birthtime_is_set(e), archive_entry_birthtime(e),
				 archive_entry_birthtime_nsec(e)),
	};
	if (n->type == IMG_NODE_LINK) {
		const char *to = text(archive_entry_symlink_utf8(e), archive_entry_symlink(e));

		n->link = img_arena_str(t->arena, to ? to : "", to ? strlen(to) : 0);
		if (!n->link)
			return img_fail_nomem(err);
	}
	return 0;
}

static int
take_xattrs(struct ar_tree *t, struct archive_entry *e, struct ar_file *f, struct img_err *err)
{
	const char *name;
	const void *value;
	size_t len, left = MAX_XATTRS;

	archive_entry_xattr_reset(e);
	while (archive_entry_xattr_next(e, &name, &value, &len) == ARCHIVE_OK) {
		struct ar_xattr *x = img_arena_alloc(t->arena, sizeof *x);

		if (len > left)
			return img_fail(err, IMG_E_LIMIT, "more than %d bytes of attributes", MAX_XATTRS);
		left -= len;
		if (!x)
			return img_fail_nomem(err);
		x->name = img_arena_str(t->arena, name, strlen(name));
		x->value = img_arena_str(t->arena, len ? value : "", len);
		if (!x->name || !x->value)
			return img_fail_nomem(err);
		x->len = len;
		x->next = f->xattrs;
		f->xattrs = x;
	}
	return 0;
}

/* ---- data ---- */

static int
make_spool(struct reader *r, struct img_err *err)
{
	struct statvfs vfs;

	r->spool = host_work_file(r->spool_dir);
	if (r->spool < 0)
		return img_fail_sys(err, errno, "cannot make a spool file in %s", r->spool_dir);
	r->room = UINT64_MAX;
	if (!fstatvfs(r->spool, &vfs))
		r->room = (uint64_t)vfs.f_bavail * vfs.f_frsize;
	r->room -= r->room / 16;	/* others live there too */
	return 0;
}

/* @len bytes at @off of the file. */
static int
spool_add(struct reader *r, struct ar_file *f, uint64_t off, const uint8_t *bytes, size_t len, struct img_err *err)
{
	size_t at = 0, from;
	int rc = 0;

	while (!rc && zeros_skip(bytes, len, off, GRAIN, &at, &from)) {
		size_t n = at - from;

		if (n > r->room || r->spooled > r->room - n)
			return img_fail(err, IMG_E_NOSPACE, "unpacked it needs more than the %" PRIu64 " MiB that are free in %s",
					r->room >> 20, r->spool_dir);
		rc = out_pwrite_all(r->spool, r->spooled, bytes + from, n, err);
		if (!rc)
			rc = ar_tree_piece(f, &(struct ar_piece) { off + from, r->spooled, n }, err);
		r->spooled += n;
	}
	return rc;
}

/* Does the file lie in the archive as it is?  Then take it from there. */
static bool
take_plain(struct reader *r, struct archive_entry *e, struct ar_file *f)
{
	int64_t at = archive_filter_bytes(r->a, 0);	/* what the header took: the data come next */

	if (archive_filter_code(r->a, 0) != ARCHIVE_FILTER_NONE || archive_entry_sparse_count(e) || r->file->flags & IMG_FORWARD ||
	    (archive_format(r->a) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_TAR)
		return false;
	if (at < 0 || !span_ok((uint64_t)at, f->node.size, r->file->size) ||
	    ar_tree_piece(f, &(struct ar_piece) { 0, (uint64_t)at, f->node.size }, NULL))
		return false;
	f->plain = true;
	if (!r->t->below)
		r->t->below = img_ref(r->file);
	return true;
}

static int
take_data(struct reader *r, struct archive_entry *e, struct ar_file *f, const char *path, struct img_err *err)
{
	uint64_t end = 0;
	int rc = 0;

	if (f->node.size && take_plain(r, e, f))
		return 0;
	if (archive_entry_is_encrypted(e) && r->some) {
		f->data = AR_LOCKED;
		return 0;
	}
	if (r->some && (!r->want || !r->want(r->ctx, path))) {
		f->data = AR_LEFT_OUT;
		return 0;
	}

	while (!rc) {
		const void *bytes;
		size_t len;
		la_int64_t off;
		int got = archive_read_data_block(r->a, &bytes, &len, &off);

		if (got == ARCHIVE_EOF)
			break;
		rc = check(r, got, path, err);
		if (rc || !len)
			continue;
		if (off < 0 || (uint64_t)off < end || !u64_add((uint64_t)off, len, &end) || end > IMG_MAX_SIZE)
			return img_fail(err, IMG_E_FORMAT, "%s: its data are out of order", path);
		if (img_env_cancelled(r->file->env))
			rc = img_fail(err, IMG_E_CANCELLED, "interrupted");
		if (!rc && r->spool < 0)
			rc = make_spool(r, err);
		if (!rc)
			rc = spool_add(r, f, (uint64_t)off, bytes, len, err);
	}
	if (end > f->node.size)
		f->node.size = end;
	return rc;
}

/* Another name of a file that came before, and perhaps its data (cpio has them with the last name). */
static int
take_link(struct reader *r, struct archive_entry *e, const char *path, const char *to, struct img_err *err)
{
	struct ar_tree *t = r->t;
	uint32_t i, first;
	bool new;
	int rc = ar_tree_find(t, to, &first, err);

	if (rc == IMG_E_UNKNOWN)
		return img_fail(err, IMG_E_FORMAT, "%s: is a hard link to \"%s\", which did not come before", path, to);
	if (!rc && t->file[t->name[first].file].node.type == IMG_NODE_DIR)
		return img_fail(err, IMG_E_FORMAT, "%s: is a hard link to the folder \"%s\"", path, to);
	if (!rc)
		rc = ar_tree_name(t, path, &i, &new, err);
	if (rc)
		return rc;
	if (!new && t->name[i].child)
		return img_fail(err, IMG_E_FORMAT, "%s: is a folder and a file", path);
	if (i != first)
		ar_tree_link(t, i, t->name[first].file);
	if (archive_entry_size_is_set(e) && archive_entry_size(e) > 0) {
		struct ar_file *f = &t->file[t->name[i].file];

		f->n = 0;
		f->plain = false;
		f->node.size = (uint64_t)archive_entry_size(e);
		return take_data(r, e, f, path, err);
	}
	return 0;
}

static int
take(struct reader *r, struct archive_entry *e, struct img_err *err)
{
	const char *path = text(archive_entry_pathname_utf8(e), archive_entry_pathname(e));
	const char *to = text(archive_entry_hardlink_utf8(e), archive_entry_hardlink(e));
	struct ar_file *f;
	uint32_t i;
	bool new;
	int rc;

	if (!path || !*path)
		return img_fail(err, IMG_E_FORMAT, "an entry has no name");
	if (to)
		return take_link(r, e, path, to, err);
	rc = ar_tree_name(r->t, path, &i, &new, err);
	if (rc)
		return rc;
	if (img_node_type_of(archive_entry_filetype(e)) != IMG_NODE_DIR && (i == IMG_TREE_ROOT || r->t->name[i].child))
		return img_fail(err, IMG_E_FORMAT, "%s: is a folder and a file", path);
	rc = ar_tree_file(r->t, i, &f, err);
	if (!rc)
		rc = fill(r->t, e, &f->node, err);
	if (!rc)
		rc = take_xattrs(r->t, e, f, err);
	if (rc || f->node.type != IMG_NODE_FILE)
		return rc ? img_note(err, rc, "%s", path) : 0;
	if (archive_entry_size_is_set(e) && archive_entry_size(e) > 0)
		f->node.size = (uint64_t)archive_entry_size(e);
	if (f->node.size > IMG_MAX_SIZE)
		return img_fail(err, IMG_E_FORMAT, "%s: is said to have %" PRIu64 " bytes", path, f->node.size);
	return take_data(r, e, f, path, err);
}

static int
take_all(struct reader *r, struct img_err *err)
{
	struct archive_entry *e;
	bool any = false;

	for (;;) {
		int got = archive_read_next_header(r->a, &e), rc;

		if (got == ARCHIVE_EOF)
			return any || archive_format(r->a) ? 0 : img_fail(err, IMG_E_UNKNOWN, "is no archive");
		if (got < ARCHIVE_WARN && !any && !r->rc && !archive_format(r->a))
			return img_fail(err, IMG_E_UNKNOWN, "is no archive");
		rc = check(r, got, NULL, err);
		if (!rc)
			rc = take(r, e, err);
		if (rc)
			return rc;
		if (archive_entry_is_encrypted(e) && !r->some)
			return img_fail(err, IMG_E_UNSUPPORTED, "holds encrypted files");
		any = true;
	}
}

static const char *
format_word(int format)
{
	static const struct {
		int format;
		const char *word;
	} words[] = {
		{ ARCHIVE_FORMAT_TAR, "tar" }, { ARCHIVE_FORMAT_ZIP, "zip" }, { ARCHIVE_FORMAT_7ZIP, "7z" }, { ARCHIVE_FORMAT_CPIO, "cpio" },
		{ ARCHIVE_FORMAT_XAR, "xar" }, { ARCHIVE_FORMAT_CAB, "cab" },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if ((format & ARCHIVE_FORMAT_BASE_MASK) == words[i].format)
			return words[i].word;
	return NULL;
}

static int
read_archive(struct reader *r, struct img_tree **ret, struct img_err *err)
{
	struct utf8_locale locale = utf8_locale_enter();
	int rc = ar_tree_new(r->file->env, &r->t, err);

	if (!rc)
		rc = start(r, err);
	if (!rc)
		rc = take_all(r, err);
	if (rc == IMG_E_FORMAT && r->a && archive_read_has_encrypted_entries(r->a) == 1)
		rc = img_fail(err, IMG_E_UNSUPPORTED, "is encrypted, and this build cannot decrypt archives");
	if (!rc)
		r->t->format = format_word(archive_format(r->a));
	if (!rc && r->spool >= 0)
		rc = img_file_fd(r->file->env, r->spool, r->spool_dir, &r->t->spool, NULL, err);
	if (r->spool >= 0)
		close(r->spool);
	if (r->a)
		archive_read_free(r->a);
	free(r->block);
	utf8_locale_leave(&locale);
	if (rc)
		img_tree_unref(r->t ? &r->t->tree : NULL);
	else
		*ret = &r->t->tree;
	return rc;
}

int
img_archive(struct img_env *env, struct img_source *file, const char *spool_dir, struct img_tree **ret,
	    struct img_err *err)
{
	struct reader r = { .file = file, .spool_dir = spool_dir, .spool = -1 };

	return read_archive(&r, ret, err);
}

int
img_archive_some(struct img_env *env, struct img_source *file, const char *spool_dir, img_archive_want *want, void *ctx,
		 struct img_tree **ret, struct img_err *err)
{
	struct reader r = { .file = file, .spool_dir = spool_dir, .spool = -1, .some = true, .want = want, .ctx = ctx };

	return read_archive(&r, ret, err);
}

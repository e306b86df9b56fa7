/* SPDX-License-Identifier: BSD-2-Clause */
/* A tree as an archive, through libarchive: tar in the pax format, for times in nanoseconds, long names, attributes and
 * sparse files; or zip.  Entries come in the order of the walk and carry nothing of this machine or moment. */
#include "config.h"

#include <archive.h>
#include <archive_entry.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "convert/select.h"
#include "core/idmap.h"
#include "core/memory.h"
#include "img/env.h"
#include "img/extract.h"
#include "img/out.h"
#include "img/source.h"
#include "img/tree.h"
#include "trees/utf8_locale.h"

#define BUFFER ((size_t)256 << 10)	/* of what goes to the out */
#define BLOCK ((size_t)1 << 20)		/* read at once */
#define MAX_XATTR (16 << 20)
#define MAX_SPARSE 10000		/* pieces of one sparse file; more are not worth a table */

struct writer {
	struct img_extract *x;
	struct img_env *env;
	struct img_out *out;
	struct archive *a;
	bool zip;
	uint64_t at;			/* in @out */
	uint8_t *buffer, *block;
	size_t n;			/* bytes in @buffer */
	struct img_err why;		/* of a failure inside a callback */
	int rc;
	struct selection selection;
	struct idmap inodes;		/* to paths */
	char **path;
	size_t n_paths, room_paths;
};

static const struct {
	const char *suffix, *format, *filter;
} suffixes[] = {
	{ ".tar", "tar", NULL }, { ".tar.gz", "tar", "gz" }, { ".tgz", "tar", "gz" }, { ".tar.bz2", "tar", "bz2" },
	{ ".tbz2", "tar", "bz2" }, { ".tar.xz", "tar", "xz" }, { ".txz", "tar", "xz" }, { ".tar.zst", "tar", "zst" },
	{ ".tzst", "tar", "zst" }, { ".tar.lz4", "tar", "lz4" }, { ".zip", "zip", NULL },
};

bool
img_archive_suffix(const char *name, const char **ret_format, const char **ret_filter)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		size_t m = strlen(suffixes[i].suffix);

		if (n > m && !strcasecmp(name + n - m, suffixes[i].suffix)) {
			*ret_format = suffixes[i].format;
			*ret_filter = suffixes[i].filter;
			return true;
		}
	}
	return false;
}

/* ---- to the out ---- */

static int
flush(struct writer *w)
{
	if (!w->rc && w->n)
		w->rc = img_out_write(w->out, w->at, w->buffer, w->n, &w->why);
	w->at += w->n;
	w->n = 0;
	return w->rc;
}

static la_ssize_t
put(struct archive *a, void *ctx, const void *bytes, size_t len)
{
	struct writer *w = ctx;

	if (w->n + len > BUFFER && flush(w))
		return -1;
	if (len > BUFFER) {
		w->rc = img_out_write(w->out, w->at, bytes, len, &w->why);
		w->at += len;
		return w->rc ? -1 : (la_ssize_t)len;
	}
	memcpy(w->buffer + w->n, bytes, len);
	w->n += len;
	return (la_ssize_t)len;
}

/* What libarchive says; if the out failed, what that said. */
static int
check(struct writer *w, la_ssize_t r, const char *path, struct img_err *err)
{
	if (r >= ARCHIVE_WARN)
		return 0;
	if (w->rc) {
		if (err)
			*err = w->why;
		return w->rc;
	}
	if (err)
		err->side = IMG_SIDE_TARGET;
	return img_fail(err, IMG_E_IO, "%s%s%s", path ? path : "", path ? ": " : "",
			archive_error_string(w->a) ? archive_error_string(w->a) : "cannot write the archive");
}

static int
add_filter(struct archive *a, const char *filter)
{
	if (!filter)
		return archive_write_add_filter_none(a);
	if (!strcmp(filter, "gz"))
		return archive_write_add_filter_gzip(a) || archive_write_set_filter_option(a, "gzip", "timestamp", NULL);
	if (!strcmp(filter, "bz2"))
		return archive_write_add_filter_bzip2(a);
	if (!strcmp(filter, "xz"))
		return archive_write_add_filter_xz(a);
	if (!strcmp(filter, "zst"))
		return archive_write_add_filter_zstd(a);
	return strcmp(filter, "lz4") ? ARCHIVE_FATAL : archive_write_add_filter_lz4(a);
}

static int
begin(struct writer *w, const char *format, const char *filter, struct img_err *err)
{
	int r;

	w->zip = !strcmp(format, "zip");
	w->buffer = malloc(BUFFER);
	w->block = malloc(BLOCK);
	w->a = archive_write_new();
	if (!w->buffer || !w->block || !w->a)
		return img_fail_nomem(err);
	r = w->zip ? archive_write_set_format_zip(w->a) : archive_write_set_format_pax(w->a);
	if (!r)
		r = add_filter(w->a, filter);
	if (r)
		return img_fail(err, IMG_E_UNSUPPORTED, "this build cannot write %s%s%s", format, filter ? "." : "",
				filter ? filter : "");
	/* a tar ends with a full record, but no decompressor wants zeros behind its stream */
	if (filter || w->zip)
		archive_write_set_bytes_in_last_block(w->a, 1);
	return check(w, archive_write_open(w->a, w, NULL, put, NULL), NULL, err);
}

/* ---- entries ---- */

static int
type_of(enum img_node_type t)
{
	static const int types[] = {
		[IMG_NODE_FILE] = AE_IFREG, [IMG_NODE_DIR] = AE_IFDIR, [IMG_NODE_LINK] = AE_IFLNK,
		[IMG_NODE_CHAR] = AE_IFCHR, [IMG_NODE_BLOCK] = AE_IFBLK, [IMG_NODE_FIFO] = AE_IFIFO,
	};

	return types[t];
}

static void
fill(const struct writer *w, struct archive_entry *e, const struct img_node *n, const char *path)
{
	archive_entry_set_pathname(e, path);
	archive_entry_set_filetype(e, (unsigned int)type_of(n->type));
	archive_entry_set_perm(e, (w->x->special ? 07777 : 01777) & n->mode);
	archive_entry_set_uid(e, w->x->owner ? n->uid : 0);
	archive_entry_set_gid(e, w->x->owner ? n->gid : 0);
	if (n->mtime.sec != IMG_NO_TIME)
		archive_entry_set_mtime(e, n->mtime.sec, (long)n->mtime.nsec);
	else
		archive_entry_set_mtime(e, 0, 0);
	if (n->type == IMG_NODE_LINK)
		archive_entry_set_symlink(e, n->link ? n->link : "");
	if (n->type == IMG_NODE_CHAR || n->type == IMG_NODE_BLOCK) {
		archive_entry_set_rdevmajor(e, n->dev_major);
		archive_entry_set_rdevminor(e, n->dev_minor);
	}
}

static int
add_xattrs(struct writer *w, struct archive_entry *e, const struct img_node *n, struct img_err *err)
{
	struct img_nodes list = { 0 };
	int rc = w->zip || w->x->xattrs == IMG_XATTRS_DROP ? 0 : img_tree_streams(w->x->tree, n->id, &list, err);

	for (size_t i = 0; !rc && i < list.n; i++) {
		img_autounref struct img_source *s = NULL;
		img_autofree void *value = NULL;

		if (w->x->forks == IMG_XATTRS_DROP && !strcmp(list.v[i].name, IMG_STREAM_RSRC))
			continue;
		rc = img_tree_content(w->x->tree, n->id, list.v[i].name, &s, err);
		if (!rc)
			rc = img_array(s->size, 1, MAX_XATTR, "bytes of an attribute", &value, err);
		if (!rc)
			rc = img_source_read(s, 0, value, (size_t)s->size, err);
		if (!rc)
			archive_entry_xattr_add_entry(e, list.v[i].name, value, (size_t)s->size);
		else
			rc = img_note(err, rc, "attribute %s", list.v[i].name);
	}
	img_nodes_done(&list);
	return rc;
}

/* The first path of the inode goes into @e as a hard link; of the first name nothing but its path is kept. */
static int
link_to_first(struct writer *w, struct archive_entry *e, const struct img_node *n, const char *path, bool *ret_link,
	      struct img_err *err)
{
	uint64_t i;
	int rc;

	*ret_link = false;
	if (!n->inode || n->type == IMG_NODE_DIR || w->zip)
		return 0;
	rc = idmap_add(&w->inodes, n->inode, w->n_paths, ret_link, err);
	if (rc)
		return rc;
	if (*ret_link) {
		idmap_find(&w->inodes, n->inode, &i);
		archive_entry_set_hardlink(e, w->path[i]);
		return 0;
	}
	if (w->n_paths == w->room_paths) {
		size_t room = w->room_paths ? w->room_paths * 2 : 64;
		char **v = realloc(w->path, room * sizeof *v);

		if (!v)
			return img_fail_nomem(err);
		w->path = v;
		w->room_paths = room;
	}
	w->path[w->n_paths] = strdup(path);
	return w->path[w->n_paths++] ? 0 : img_fail_nomem(err);
}

/* Where data are, if there is something between. */
static int
add_sparse(struct archive_entry *e, struct img_source *s, struct img_err *err)
{
	uint64_t begin_at = 0, at = 0;
	bool in_data = false, holes = false;
	unsigned int n = 0;

	while (at < s->size) {
		struct img_extent x;
		bool data;
		int rc = img_source_resolve(s, at, &x, NULL, err);

		if (rc)
			return rc;
		data = x.kind == IMG_DATA || x.kind == IMG_OPAQUE;
		holes |= !data;
		if (data && !in_data)
			begin_at = at;
		else if (!data && in_data && ++n < MAX_SPARSE)
			archive_entry_sparse_add_entry(e, (int64_t)begin_at, (int64_t)(at - begin_at));
		in_data = data;
		at = x.off + x.len;
	}
	if (n >= MAX_SPARSE)
		archive_entry_sparse_clear(e);
	else if (holes)		/* the last piece also says how long the file is */
		archive_entry_sparse_add_entry(e, (int64_t)(in_data ? begin_at : s->size),
					       (int64_t)(in_data ? s->size - begin_at : 0));
	return 0;
}

/* ---- data ---- */

static int
read_block(struct writer *w, struct img_source *s, uint64_t off, size_t len, const char *path, struct img_err *err)
{
	struct img_err why = { 0 };
	int rc = img_source_read(s, off, w->block, len, &why);
	uint64_t lost = 0;

	if (rc && (!w->x->ignore_errors || rc == IMG_E_NOMEM || rc == IMG_E_CANCELLED)) {
		if (err)
			*err = why;
		return rc == IMG_E_CANCELLED ? rc : img_note(err, rc, "%s", path);
	}
	for (size_t i = 0; rc && i < len; i += 512) {
		size_t n = len - i < 512 ? len - i : 512;

		if (img_source_read(s, off + i, w->block + i, n, NULL)) {
			memset(w->block + i, 0, n);
			lost += n;
		}
	}
	if (lost)
		img_problem(w->env, IMG_ERROR, "zero-filled", "%s: %" PRIu64 " bytes at or after %" PRIu64
			    " were filled with zeros: %s", path, lost, off, why.msg);
	w->x->lost += lost;
	return 0;
}

static void
tell(struct writer *w)
{
	uint64_t done = w->x->bytes;
	struct img_progress now = { "write", done, done > w->x->expect ? done : w->x->expect };

	if (w->x->progress)
		w->x->progress(w->x->progress_ctx, &now);
}

static int
write_data(struct writer *w, struct img_source *s, const char *path, struct img_err *err)
{
	int rc = 0;

	for (uint64_t off = 0; !rc && off < s->size;) {
		size_t n = s->size - off < BLOCK ? (size_t)(s->size - off) : BLOCK;

		if (img_env_cancelled(w->env))
			return img_fail(err, IMG_E_CANCELLED, "interrupted");
		rc = read_block(w, s, off, n, path, err);
		if (!rc)
			rc = check(w, archive_write_data(w->a, w->block, n), path, err);
		off += n;
		w->x->bytes += n;
		tell(w);
	}
	return rc;
}

static int
write_node(struct writer *w, struct archive_entry *e, const struct img_node *n, const char *path, struct img_err *err)
{
	img_autounref struct img_source *s = NULL;
	bool link;
	int rc = link_to_first(w, e, n, path, &link, err);

	if (!rc && !link)
		rc = add_xattrs(w, e, n, err);
	if (!rc && !link && n->type == IMG_NODE_FILE) {
		rc = img_tree_content(w->x->tree, n->id, NULL, &s, err);
		if (!rc) {
			archive_entry_set_size(e, (int64_t)s->size);
			rc = w->zip ? 0 : add_sparse(e, s, err);
		}
	}
	if (rc)
		return img_note(err, rc, "%s", path);
	rc = check(w, archive_write_header(w->a, e), path, err);
	if (!rc && s)
		rc = write_data(w, s, path, err);
	if (rc)
		return rc;
	w->x->files += s != NULL;
	w->x->folders += n->type == IMG_NODE_DIR;
	w->x->links += link || n->type == IMG_NODE_LINK;
	return 0;
}

static bool
left_out(struct writer *w, const struct img_node *n, const char *path)
{
	bool special = n->type == IMG_NODE_CHAR || n->type == IMG_NODE_BLOCK || n->type == IMG_NODE_FIFO;

	if (n->type != IMG_NODE_SOCKET && !(special && (w->zip || !w->x->special)))
		return false;
	img_problem(w->env, IMG_WARNING, special ? "special-file" : "socket", "%s: %s, left out", path,
		    special ? "a device or FIFO" : "a socket");
	w->x->skipped++;
	return true;
}

static int
take(struct writer *w, const struct img_node *n, const char *full, struct img_err *err)
{
	const char *path = selection_strip(full, w->x->strip);
	struct archive_entry *e;
	int rc;

	if (!path || !*path || !selection_has(&w->selection, full) || left_out(w, n, full))
		return 0;
	e = archive_entry_new2(w->a);
	if (!e)
		return img_fail_nomem(err);
	fill(w, e, n, path);
	rc = write_node(w, e, n, path, err);
	archive_entry_free(e);
	return rc;
}

static int
walk_all(struct writer *w, struct img_err *err)
{
	const struct img_node *n;
	struct img_walk *walk;
	const char *path;
	int rc = img_walk_new(w->x->tree, &walk, err);

	if (rc)
		return rc;
	for (;;) {
		struct img_err why = { 0 };

		rc = img_env_cancelled(w->env) ? img_fail(&why, IMG_E_CANCELLED, "interrupted")
					       : img_walk_next(walk, &n, &path, &why);
		if (rc && w->x->ignore_errors && rc != IMG_E_NOMEM && rc != IMG_E_CANCELLED) {
			img_problem(w->env, IMG_ERROR, "folder-lost", "%s", why.msg);
			w->x->skipped++;
			continue;
		}
		if (rc && err)
			*err = why;
		if (rc || !n)
			break;
		rc = take(w, n, path, err);
		if (rc)
			break;
	}
	w->x->skipped += img_walk_twice(walk);
	img_walk_free(walk);
	return rc;
}

static void
writer_done(struct writer *w)
{
	if (w->a) {
		archive_write_fail(w->a);	/* nothing more is written; after a close it changes nothing */
		archive_write_free(w->a);
	}
	for (size_t i = 0; i < w->n_paths; i++)
		free(w->path[i]);
	free(w->path);
	idmap_done(&w->inodes);
	selection_done(&w->selection);
	free(w->buffer);
	free(w->block);
}

int
img_extract_archive(struct img_extract *x, struct img_out *out, const char *format, const char *filter,
		    struct img_err *err)
{
	struct writer w = { .x = x, .env = x->tree->env, .out = out };
	struct utf8_locale locale = utf8_locale_enter();
	int rc = selection_init(&w.selection, x->patterns, x->n_patterns, err);

	if (!rc)
		rc = begin(&w, format, filter, err);
	if (!rc)
		rc = walk_all(&w, err);
	if (!rc)
		rc = check(&w, archive_write_close(w.a), NULL, err);
	if (!rc && flush(&w)) {
		rc = w.rc;
		if (err)
			*err = w.why;
	}
	if (!rc)
		rc = img_out_resize(out, w.at, err);
	if (!rc)
		x->skipped += selection_unused(&w.selection, w.env);
	writer_done(&w);
	utf8_locale_leave(&locale);
	return rc;
}

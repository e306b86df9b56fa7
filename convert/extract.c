/* SPDX-License-Identifier: BSD-2-Clause */
/* Extraction is a conversion like any other.
 *
 *   walk ─▶ what has no data is made at once: folders, links, devices, empty files     (take)
 *        └▶ files with data gather in a window                                         (queue)
 *   window ─▶ sorted by place, laid end to end, one pass of the engine into the files  (flush)
 *        └▶ hard links to what then is there                                           (flush_links)
 *   end ─▶ modes and times of folders, the target's name                               (disk_commit)
 *
 * Memory: the walk's, a window of files, and 100 bytes for every folder made and every file with several names. */
#include "config.h"

#include "img/extract.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/disk.h"
#include "convert/engine.h"
#include "convert/files_sink.h"
#include "convert/select.h"
#include "core/idmap.h"
#include "core/memory.h"
#include "img/env.h"

/* Files in one window; about 400 bytes each.  Large, because all folders of a window are made before its files: ext4 looks for
 * a free inode from the folder's group on and passes over those freed in the last seconds one by one, for every file.  With
 * folders and files made in turns it lands among them: measured after removing 20,000 files, 10 s with windows of 4096
 * files, 3 s with all folders first (bsdtar, whose reader gives folders first, 5 s; tar 12 s). */
#define WINDOW_FILES 32768
#define WINDOW_NAMES (16 << 20)		/* bytes of names in one window */

/* A folder on the way down. */
struct level {
	struct img_node node;
	bool made, clash;
	uint32_t dir;		/* on the disk, once made */
};

/* The first name of a file that has several. */
struct first_name {
	uint32_t dir;
	bool failed;
	const char *name;
};

struct window {
	struct img_arena *arena;
	size_t names;		/* bytes */
	size_t n, n_links, room, room_links;
	struct out_node *v, *link;
};

struct extraction {
	struct img_extract *x;
	struct img_env *env;
	struct disk *disk;
	struct selection selection;
	struct level *level;
	size_t n_levels;
	struct window w;
	struct idmap inodes;	/* to first names */
	struct first_name *first;
	size_t n_first, room_first;
	struct img_arena *arena;	/* of the first names */
	uint64_t seq;
};

static int
named(int rc, const char *path, struct img_err *err)
{
	return rc && rc != IMG_E_CANCELLED && *path ? img_note(err, rc, "%s", path) : rc;
}

static int
on_target(int rc, const char *path, struct img_err *err)
{
	if (rc && err)
		err->side = IMG_SIDE_TARGET;
	return named(rc, path, err);
}

/* ---- folders ---- */

/* The folder at @depth of the way down, made now if it is not there.  DISK_CLASH: it cannot be, and was told. */
/* Attributes of folder @dir, which lies in @parent. */
static int
folder_xattrs(struct extraction *e, const struct img_node *n, uint32_t parent, uint32_t dir, const char *path,
	      struct img_err *err)
{
	struct out_node o = { .node = *n, .path = path, .dir = parent };
	int fd, rc;

	if (e->x->xattrs == IMG_XATTRS_DROP || !e->x->tree->ops->streams)
		return 0;
	if (dir == DISK_ROOT && e->x->xattrs != IMG_XATTRS_KEEP)	/* it has no folder for its "._" */
		return 0;
	rc = disk_folder_open(e->disk, dir, &fd, err);
	if (rc)
		return rc == IMG_E_UNKNOWN ? 0 : rc;
	rc = extract_xattrs(e->x, e->disk, &o, fd, err);
	close(fd);
	return rc;
}

static int
folder_at(struct extraction *e, size_t depth, const char *path, uint32_t *ret, struct img_err *err)
{
	int rc = 0;

	*ret = DISK_ROOT;
	for (size_t i = e->x->strip + 1; !rc && i <= depth; i++) {
		struct level *l = &e->level[i];

		if (l->clash)
			return DISK_CLASH;
		if (!l->made) {
			rc = disk_folder(e->disk, *ret, &l->node, &l->dir, err);
			if (!rc)
				rc = folder_xattrs(e, &l->node, *ret, l->dir, path, err);
			l->made = !rc;
			l->clash = rc == DISK_CLASH;
			e->x->folders += l->made;
		}
		if (!rc)
			*ret = l->dir;
	}
	return rc == DISK_CLASH ? rc : on_target(rc, path, err);
}

static int
go_down(struct extraction *e, const struct img_node *n, size_t depth, struct img_err *err)
{
	if (depth >= e->n_levels) {
		size_t room = e->n_levels ? e->n_levels * 2 : 32;
		struct level *v;

		if (room <= depth)
			room = depth + 1;
		v = realloc(e->level, room * sizeof *v);
		if (!v)
			return img_fail_nomem(err);
		e->level = v;
		e->n_levels = room;
	}
	e->level[depth] = (struct level) { .node = *n };
	return 0;
}

/* ---- the window ---- */

static void
window_done(struct window *w)
{
	for (size_t i = 0; i < w->n; i++)
		img_unref(w->v[i].content);
	free(w->v);
	free(w->link);
	img_arena_free(w->arena);
	*w = (struct window) { 0 };
}

/* Copy a node into the window, as a file or as a link to one. */
static int
window_add(struct extraction *e, const struct out_node *n, bool link, struct img_err *err)
{
	struct window *w = &e->w;
	struct out_node **v = link ? &w->link : &w->v, *o;
	size_t *count = link ? &w->n_links : &w->n, *room = link ? &w->room_links : &w->room;
	size_t len = strlen(n->path);

	if (!w->arena)
		w->arena = img_arena_new();
	if (!w->arena)
		return img_fail_nomem(err);
	if (*count == *room) {
		size_t more = *room ? *room * 2 : 64;

		o = realloc(*v, more * sizeof *o);
		if (!o)
			return img_fail_nomem(err);
		*v = o;
		*room = more;
	}
	o = &(*v)[*count];
	*o = *n;
	o->seq = e->seq++;
	o->fd = -1;
	o->node.link = NULL;
	o->path = img_arena_str(w->arena, n->path, len);
	if (!o->path)
		return img_fail_nomem(err);
	o->node.name = o->path + len - strlen(n->node.name);
	w->names += len;
	(*count)++;
	return 0;
}

struct part_of_all {
	struct img_extract *x;
	uint64_t before;
};

static void
tell(void *ctx, const struct img_progress *now)
{
	const struct part_of_all *part = ctx;
	uint64_t done = part->before + now->done;
	struct img_progress all = { "write", done, done > part->x->expect ? done : part->x->expect };

	part->x->progress(part->x->progress_ctx, &all);
}

/* Which of the unit's files could not be read?  Reads them again: only after a failure. */
static int
blame_file(const struct files_sink *k, const struct pass *p, struct img_err *err, int rc)
{
	img_autofree uint8_t *buf = malloc(1 << 20);
	size_t first = files_sink_at(k, p->failed_off);

	if (rc == IMG_E_CANCELLED || rc == IMG_E_NOMEM || !buf || (err && err->side == IMG_SIDE_TARGET))
		return rc;
	for (size_t i = first; i < k->n && k->v[i].off < p->failed_off + p->failed_len; i++) {
		const struct out_node *n = &k->v[i];
		uint64_t off = p->failed_off > n->off ? p->failed_off - n->off : 0;

		while (off < n->size && n->off + off < p->failed_off + p->failed_len) {
			size_t len = n->size - off < 1 << 20 ? (size_t)(n->size - off) : 1 << 20;

			if (img_source_read(n->content, off, buf, len, NULL))
				return named(rc, n->path, err);
			off += len;
		}
	}
	return named(rc, k->v[first].path, err);
}

/* What --ignore-errors filled with zeros, in terms of files. */
static void
tell_damage(struct extraction *e, const struct files_sink *k, const struct img_job *j)
{
	for (size_t i = 0; i < j->n_damage; i++) {
		const struct img_damage *d = &j->damage[i];

		for (size_t f = files_sink_at(k, d->off); f < k->n && k->v[f].off < d->off + d->len; f++) {
			const struct out_node *n = &k->v[f];
			uint64_t from = d->off > n->off ? d->off - n->off : 0;
			uint64_t to = d->off + d->len - n->off < n->size ? d->off + d->len - n->off : n->size;

			img_problem(e->env, IMG_ERROR, "zero-filled", "%s: %" PRIu64 " bytes at %" PRIu64
				    " were filled with zeros: %s", n->path, to - from, from, d->why);
		}
	}
	e->x->lost += j->lost;
}

static unsigned int
threads_for(const struct extraction *e, const struct files_sink *k)
{
	unsigned int n = e->x->threads ? e->x->threads : img_processors();

	if (n == 1 || k->source->flags & IMG_FORWARD)
		return 0;
	return k->n < 32 && k->source->size < 1 << 20 ? 0 : n;
}

static int
write_files(struct extraction *e, struct img_err *err)
{
	struct files_sink k = { .x = e->x, .disk = e->disk, .v = e->w.v, .n = e->w.n };
	struct part_of_all part = { e->x, e->x->bytes };
	struct img_job j = { .ignore_errors = e->x->ignore_errors };
	int rc = files_sink_begin(&k, e->env, err);

	if (rc)
		return rc;
	if (e->x->progress) {
		j.progress = tell;
		j.progress_ctx = &part;
	}
	j.source = k.source;
	j.sink = &k.sink;
	if (k.source->size) {
		struct pass p = { .job = &j, .source = k.source, .sink = &k.sink, .phase = "write" };

		p.plan = (struct plan) { .source = k.source, .sink = &k.sink };
		rc = pass_run(&p, threads_for(e, &k), err);
		if (rc)
			rc = blame_file(&k, &p, err, rc);
	}
	e->x->bytes += k.source->size;
	for (size_t i = 0; i < k.n; i++) {
		if (k.v[i].failed && k.v[i].node.inode)
			e->first[k.v[i].first_name].failed = true;
		e->x->files += !k.v[i].failed;
	}
	tell_damage(e, &k, &j);
	img_job_done(&j);
	files_sink_end(&k);
	return rc;
}

static int queue(struct extraction *e, struct out_node *o, struct img_err *err);

/* Hard links to files that are there now.  Where there can be none the file is written once more, in the next window. */
static int
flush(struct extraction *e, struct img_err *err)
{
	struct window w;
	int rc = e->w.n ? write_files(e, err) : 0;

	w = e->w;
	e->w = (struct window) { 0 };
	for (size_t i = 0; !rc && i < w.n_links; i++) {
		struct out_node *o = &w.link[i];
		const struct first_name *f = &e->first[o->first_name];

		rc = f->failed ? IMG_E_UNSUPPORTED : disk_link(e->disk, f->dir, f->name, o->dir, &o->node, err);
		if (rc == IMG_E_UNSUPPORTED) {
			o->node.inode = 0;
			rc = queue(e, o, err);
		} else if (rc == DISK_CLASH) {
			e->x->skipped++;
			rc = 0;
		} else {
			e->x->links += !rc;
			rc = on_target(rc, o->path, err);
		}
	}
	window_done(&w);
	return rc;
}

/* ---- nodes ---- */

static int
empty_file(struct extraction *e, struct out_node *o, struct img_err *err)
{
	int fd, rc = disk_file(e->disk, o->dir, &o->node, &fd, err);

	if (rc == DISK_CLASH) {
		e->x->skipped++;
		return 0;
	}
	if (!rc) {
		rc = extract_xattrs(e->x, e->disk, o, fd, err);
		if (rc)
			disk_file_drop(e->disk, o->dir, o->node.name, fd);
		else
			rc = disk_file_end(e->disk, o->dir, &o->node, fd, err);
	}
	e->x->files += !rc;
	return on_target(rc, o->path, err);
}

static int
left_out(struct extraction *e, const char *path, const char *code, const char *why)
{
	img_problem(e->env, IMG_WARNING, code, "%s: %s", path, why);
	e->x->skipped++;
	return 0;
}

/* A file into the window. */
static int
queue(struct extraction *e, struct out_node *o, struct img_err *err)
{
	int rc = img_tree_content(e->x->tree, o->node.id, NULL, &o->content, err);

	if (rc && e->x->ignore_errors && rc != IMG_E_NOMEM && rc != IMG_E_CANCELLED) {
		img_problem(e->env, IMG_ERROR, "file-lost", "%s: left out: %s", o->path, err ? err->msg : "damaged");
		e->x->skipped++;
		return 0;
	}
	if (rc)
		return named(rc, o->path, err);
	o->size = o->content->size;
	if (o->size == 0) {
		o->content = img_unref(o->content);
		return empty_file(e, o, err);
	}
	rc = window_add(e, o, false, err);
	if (rc)
		img_unref(o->content);
	return rc;
}

/* Is this another name of a file taken before?  If not, its name is remembered. */
static int
known_file(struct extraction *e, struct out_node *o, bool *ret_known, struct img_err *err)
{
	struct first_name *v;
	uint64_t i;
	int rc;

	*ret_known = false;
	if (!o->node.inode)
		return 0;
	rc = idmap_add(&e->inodes, o->node.inode, e->n_first, ret_known, err);
	if (rc)
		return rc;
	if (*ret_known) {
		idmap_find(&e->inodes, o->node.inode, &i);
		o->first_name = (size_t)i;
		return 0;
	}
	if (e->n_first == e->room_first) {
		size_t room = e->room_first ? e->room_first * 2 : 64;

		v = realloc(e->first, room * sizeof *v);
		if (!v)
			return img_fail_nomem(err);
		e->first = v;
		e->room_first = room;
	}
	o->first_name = e->n_first;
	e->first[e->n_first++] = (struct first_name) {
		.dir = o->dir, .name = img_arena_str(e->arena, o->node.name, strlen(o->node.name)),
	};
	return e->first[o->first_name].name ? 0 : img_fail_nomem(err);
}

static int
make_node(struct extraction *e, struct out_node *o, struct img_err *err)
{
	int rc = disk_node(e->disk, o->dir, &o->node, err);

	if (rc == DISK_CLASH)
		e->x->skipped++;
	if (rc && o->node.inode)
		e->first[o->first_name].failed = true;
	e->x->links += !rc && o->node.type == IMG_NODE_LINK;
	return rc == DISK_CLASH ? 0 : on_target(rc, o->path, err);
}

/* May it be made at all? */
static bool
allowed(struct extraction *e, const struct img_node *n, const char *path)
{
	static const char *const what[] = {
		[IMG_NODE_CHAR] = "a device", [IMG_NODE_BLOCK] = "a device", [IMG_NODE_FIFO] = "a FIFO",
	};

	switch (n->type) {
	case IMG_NODE_SOCKET:
		left_out(e, path, "socket", "a socket, left out");
		return false;
	case IMG_NODE_CHAR:
	case IMG_NODE_BLOCK:
	case IMG_NODE_FIFO:
		if (e->x->special)
			return true;
		img_problem(e->env, IMG_WARNING, "special-file", "%s: %s, left out (root makes it with --owner keep)", path,
			    what[n->type]);
		e->x->skipped++;
		return false;
	case IMG_NODE_FILE:
		if (n->mode & 06000 && !e->x->special)
			left_out(e, path, "set-id", "its set-id bits were left out (root keeps them with --owner keep)");
		return true;
	default:
		return true;
	}
}

static int
take_other(struct extraction *e, struct out_node *o, struct img_err *err)
{
	bool known;
	int rc;

	if (!allowed(e, &o->node, o->path))
		return 0;
	rc = known_file(e, o, &known, err);
	if (rc)
		return rc;
	if (known)
		return window_add(e, o, true, err);
	return o->node.type == IMG_NODE_FILE ? queue(e, o, err) : make_node(e, o, err);
}

static int
take(struct extraction *e, struct img_walk *walk, const struct img_node *n, const char *path, struct img_err *err)
{
	struct out_node o = { .node = *n, .path = path, .fd = -1 };
	size_t depth = *path ? 1 : 0;
	uint32_t dir;
	int rc = 0;

	for (const char *p = path; *p; p++)
		depth += *p == '/';
	if (n->type == IMG_NODE_DIR)
		rc = go_down(e, n, depth, err);
	if (rc || depth <= e->x->strip || !selection_has(&e->selection, path))
		return rc;
	rc = folder_at(e, n->type == IMG_NODE_DIR ? depth : depth - 1, path, &dir, err);
	if (rc == DISK_CLASH) {
		e->x->skipped++;
		if (n->type == IMG_NODE_DIR)
			img_walk_skip(walk);
		return 0;
	}
	if (rc || n->type == IMG_NODE_DIR)
		return rc;
	o.dir = dir;
	rc = take_other(e, &o, err);
	if (!rc && (e->w.n >= WINDOW_FILES || e->w.n_links >= WINDOW_FILES || e->w.names >= WINDOW_NAMES))
		rc = flush(e, err);
	return rc;
}

/* A folder that cannot be listed, under --ignore-errors. */
static bool
may_go_on(struct extraction *e, int rc, const struct img_err *err)
{
	if (!e->x->ignore_errors || rc == IMG_E_NOMEM || rc == IMG_E_CANCELLED)
		return false;
	img_problem(e->env, IMG_ERROR, "folder-lost", "%s", err->msg);
	e->x->skipped++;
	return true;
}

static int
walk_all(struct extraction *e, struct img_err *err)
{
	struct img_walk *walk;
	const struct img_node *n;
	const char *path;
	int rc = img_walk_new(e->x->tree, &walk, err);

	if (rc)
		return rc;
	for (;;) {
		struct img_err why = { 0 };

		if (img_env_cancelled(e->env)) {
			rc = img_fail(err, IMG_E_CANCELLED, "interrupted");
			break;
		}
		rc = img_walk_next(walk, &n, &path, &why);
		if (rc && may_go_on(e, rc, &why))
			continue;
		if (rc && err)
			*err = why;
		if (rc || !n)
			break;
		if (!*path && !e->x->strip && !e->selection.n)
			disk_root(e->disk, n);
		if (!*path && !e->x->strip && !e->selection.n)
			rc = folder_xattrs(e, n, DISK_ROOT, DISK_ROOT, path, err);
		if (!rc)
			rc = take(e, walk, n, path, err);
		if (rc)
			break;
	}
	e->x->skipped += img_walk_twice(walk);
	while (!rc && (e->w.n || e->w.n_links))
		rc = flush(e, err);
	img_walk_free(walk);
	return rc;
}

int
img_extract_folder(struct img_extract *x, const char *target, struct img_err *err)
{
	struct disk_options o = { .overwrite = x->overwrite, .owner = x->owner, .special = x->special };
	struct extraction e = { .x = x, .env = x->tree->env };
	int rc = selection_init(&e.selection, x->patterns, x->n_patterns, err);

	if (rc)
		return rc;
	e.arena = img_arena_new();
	rc = e.arena ? disk_new(target, &o, x->tree, &e.disk, err) : img_fail_nomem(err);
	if (!rc)
		rc = walk_all(&e, err);
	if (!rc)
		x->skipped += selection_unused(&e.selection, e.env);
	if (!rc)
		rc = disk_commit(e.disk, err);
	disk_free(e.disk);
	window_done(&e.w);
	idmap_done(&e.inodes);
	img_arena_free(e.arena);
	free(e.first);
	free(e.level);
	selection_done(&e.selection);
	return rc;
}

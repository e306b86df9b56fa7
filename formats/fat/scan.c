/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree's nodes, as far as FAT can hold them. */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "formats/fat/plan.h"
#include "img/env.h"

const char *
fat_node_path(const struct fat_node *n, char ret[FAT_PATH_ROOM])
{
	size_t at = FAT_PATH_ROOM - 1;

	ret[at] = '\0';
	for (; n->parent; n = n->parent) {
		size_t len = strlen(n->name), slash = ret[at] ? 1 : 0;

		if (len + slash + 3 > at)
			break;
		if (slash)
			ret[--at] = '/';
		at -= len;
		memcpy(ret + at, n->name, len);
	}
	if (n->parent) {		/* it did not fit */
		at -= 3;
		memcpy(ret + at, "...", 3);
	}
	memmove(ret, ret + at, FAT_PATH_ROOM - at);
	return ret;
}

int
fat_refuse(struct img_env *env, const struct fat_options *o, struct img_err *err, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (!o->lenient)
		return img_fail(err, IMG_E_UNSUPPORTED, "%s", text);
	img_problem(env, IMG_WARNING, "fat-left-out", "%s; it is left out", text);
	return 0;
}

/* Why FAT cannot hold the node; NULL: it can. */
static const char *
why_not(const struct img_node *n)
{
	static const char *const kinds[] = {
		[IMG_NODE_LINK] = "FAT has no symbolic links", [IMG_NODE_CHAR] = "FAT has no devices",
		[IMG_NODE_BLOCK] = "FAT has no devices", [IMG_NODE_FIFO] = "FAT has no named pipes",
		[IMG_NODE_SOCKET] = "FAT has no sockets",
	};

	if (n->type != IMG_NODE_FILE && n->type != IMG_NODE_DIR)
		return n->type < sizeof kinds / sizeof *kinds && kinds[n->type] ? kinds[n->type] : "it is no file";
	if (n->type == IMG_NODE_FILE && n->size > UINT32_MAX)
		return "FAT holds files up to 4 GiB less one byte";
	return NULL;
}

static struct img_time
clamp(const struct img_time *t, const struct fat_options *o)
{
	if (o->clamp && t->sec != IMG_NO_TIME && (t->sec > o->max_time || (t->sec == o->max_time && t->nsec)))
		return (struct img_time) { .sec = o->max_time };
	return *t;
}

static void
fill(struct fat_scan *s, const struct img_node *n, const struct fat_options *o, struct fat_node *ret)
{
	struct img_time t = clamp(&n->mtime, o);

	ret->id = n->id;
	ret->dir = n->type == IMG_NODE_DIR;
	ret->size = ret->dir ? 0 : (uint32_t)n->size;
	ret->attributes = ret->dir ? FAT_DIRECTORY : n->mode & 0222 ? FAT_ARCHIVE : FAT_ARCHIVE | FAT_READ_ONLY;
	ret->time = fat_time_put(&t);
	ret->held = 2;			/* "." and ".."; the root has its label */
	if (t.sec != IMG_NO_TIME && (s->newest.sec == IMG_NO_TIME || t.sec > s->newest.sec))
		s->newest = (struct img_time) { .sec = t.sec };
}

static void
append(struct fat_scan *s, struct fat_node *dir, struct fat_node *n)
{
	n->parent = dir;
	if (dir->last)
		dir->last->next = n;
	else
		dir->first = n;
	dir->last = n;
}

/* Folders and files as two lists, without what fat_shorten took out of its folder. */
static void
enlist(struct fat_scan *s, struct fat_node *dir)
{
	for (struct fat_node *n = dir->first; n; n = n->next)
		if (n->dir) {
			s->last_dir->all_next = n;
			s->last_dir = n;
			s->n_dirs++;
		} else {
			if (s->last_file)
				s->last_file->all_next = n;
			else
				s->files = n;
			s->last_file = n;
			s->n_files++;
		}
}

/* One step of the walk: *io_at is the folder of the node before, or that node; *io_depth its depth. */
struct place {
	struct fat_node *at;
	size_t depth;
};

static size_t
depth_of(const char *path)
{
	size_t n = 1;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

static int
take(struct fat_scan *s, const struct img_node *n, const char *path, const struct fat_options *o, struct place *p,
     bool *ret_skip, struct img_err *err)
{
	const char *why = why_not(n);
	uint16_t units[FAT_LONG_MAX];
	struct fat_node *new;
	size_t n_units;

	if (!why)
		why = fat_long_units(n->name, units, &n_units);
	if (why) {
		*ret_skip = true;
		return fat_refuse(s->tree->env, o, err, "%.300s: %s", path, why);
	}
	for (size_t depth = depth_of(path); p->depth >= depth; p->depth--)
		p->at = p->at->parent;
	new = img_arena_alloc(s->arena, sizeof *new);
	if (!new)
		return img_fail_nomem(err);
	fill(s, n, o, new);
	new->name = img_arena_str(s->arena, n->name, strlen(n->name));
	if (!new->name)
		return img_fail_nomem(err);
	append(s, p->at, new);
	if (new->dir) {
		p->at = new;
		p->depth++;
	}
	return 0;
}

static int
gather(struct fat_scan *s, struct img_walk *w, const struct fat_options *o, struct img_err *err)
{
	struct place p = { .at = &s->root };

	for (;;) {
		const struct img_node *n;
		const char *path;
		bool skip = false;
		int rc = img_walk_next(w, &n, &path, err);

		if (rc || !n)
			return rc;
		if (!*path) {
			fill(s, n, o, &s->root);
			continue;
		}
		rc = take(s, n, path, o, &p, &skip, err);
		if (rc)
			return rc;
		if (skip)
			img_walk_skip(w);
	}
}

static int
name_all(struct fat_scan *s, const struct fat_options *o, struct img_err *err)
{
	s->root.held = s->has_label;
	s->last_dir = &s->root;
	s->n_dirs = 1;
	for (struct fat_node *d = &s->root; d; d = d->all_next) {
		char path[FAT_PATH_ROOM];
		uint64_t held = d->held;
		int rc = fat_shorten(s->tree->env, d, o, err);

		if (rc)
			return rc;
		for (struct fat_node *n = d->first; n; n = n->next)
			held += n->slots;
		if (held > FAT_MAX_ENTRIES)
			return img_fail(err, IMG_E_UNSUPPORTED,
					"%s: the folder needs %" PRIu64 " directory entries, FAT allows %d",
					*fat_node_path(d, path) ? path : "the root", held, FAT_MAX_ENTRIES);
		d->held = (uint32_t)held;
		enlist(s, d);
	}
	return 0;
}

int
fat_scan(struct img_tree *tree, const struct fat_options *o, struct fat_scan *ret, struct img_err *err)
{
	struct fat_scan *s = ret;
	struct img_walk *w = NULL;
	int rc;

	*s = (struct fat_scan) { .tree = tree, .newest = { .sec = IMG_NO_TIME }, .has_label = o->label && *o->label };
	if (s->has_label) {
		const char *why = fat_label_put(o->label, s->label);

		if (why)
			return img_fail(err, IMG_E_USAGE, "\"%.40s\" cannot be a volume label: %s", o->label, why);
	}
	s->arena = img_arena_new();
	if (!s->arena)
		return img_fail_nomem(err);
	rc = img_walk_new(tree, &w, err);
	if (!rc)
		rc = gather(s, w, o, err);
	img_walk_free(w);
	if (!rc)
		rc = name_all(s, o, err);
	s->label_time = fat_time_put(&s->newest);
	if (rc)
		fat_scan_done(s);
	return rc;
}

void
fat_scan_done(struct fat_scan *s)
{
	s->arena = img_arena_free(s->arena);
}

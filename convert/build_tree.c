/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of a build command as one tree:
 *
 *   each source	a folder's contents, a bundle or file under its own name		(add_source)
 *   lists		what --files-from names, under the paths it has there			(add_list)
 *   grafts		SRC:DEST								(add_graft)
 *   links		that no source has							(add_link)
 *   one tree		laid over each other, without what --exclude names			(img_overlay)
 *
 * A single folder needs no overlay. */
#include "config.h"

#include "convert/build_tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/options.h"
#include "core/memory.h"
#include "img/env.h"
#include "img/source.h"
#include "trees/empty.h"
#include "trees/overlay.h"

#define MAX_LIST (64 << 20)	/* bytes of a list of files */
#define MAX_EXCLUDE 4096

struct build {
	const struct conv_options *o;
	struct img_env *env;
	struct img_tree *here, *top;	/* "." and "/", for lists; NULL: not needed yet */
	size_t n, room;
	struct overlay_layer *layer;	/* owns references to trees, and the paths */
	size_t n_exclude;
	const char *exclude[MAX_EXCLUDE];
	struct img_arena *arena;
	struct img_buf exclude_text, list_text;
};

/* ---- layers ---- */

/* @tree is taken in any case. */
static int
add_layer(struct build *b, struct img_tree *tree, const struct img_node *n, const char *at, bool bare, struct img_err *err)
{
	if (b->n == b->room) {
		size_t room = b->room ? b->room * 2 : 16;
		struct overlay_layer *v = realloc(b->layer, room * sizeof *v);

		if (!v) {
			img_tree_unref(tree);
			return img_fail_nomem(err);
		}
		b->layer = v;
		b->room = room;
	}
	b->layer[b->n++] = (struct overlay_layer) { .tree = tree, .node = *n, .at = at, .bare = bare };
	return 0;
}

/* A path of the image: without slashes at the ends, "." and empty parts; NULL for ".." or out of memory. */
static char *
clean_path(struct build *b, const char *path, struct img_err *err)
{
	char *p = img_arena_alloc(b->arena, strlen(path) + 1);
	size_t n = 0;

	if (!p) {
		img_fail_nomem(err);
		return NULL;
	}
	while (*(path += strspn(path, "/"))) {
		size_t k = strcspn(path, "/");

		if (k == 2 && !strncmp(path, "..", 2)) {
			img_fail(err, IMG_E_USAGE, "%s: \"..\" leads out of the image", path);
			return NULL;
		}
		if (k != 1 || *path != '.') {
			if (n)
				p[n++] = '/';
			memcpy(p + n, path, k);
			n += k;
		}
		path += k;
	}
	p[n] = '\0';
	return p;
}

static const char *
base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool
is_bundle(const char *name)
{
	static const char *const ends[] = { ".app", ".pkg", ".mpkg", ".framework", ".bundle", ".plugin", ".kext" };
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		size_t k = strlen(ends[i]);

		if (n > k && !strcasecmp(name + n - k, ends[i]))
			return true;
	}
	return false;
}

int
build_tree_host(struct img_env *env, const char *path, bool follow_links, struct img_tree **ret_tree,
		struct img_node *ret, struct img_err *err)
{
	img_autofree char *real = realpath(path, NULL);
	img_autotree struct img_tree *tree = NULL;
	struct img_node n;
	struct stat st;
	char *slash;
	int rc;

	if (!real || stat(real, &st))
		return img_fail_sys(err, errno, "%s: cannot open it", path);
	if (S_ISDIR(st.st_mode)) {
		rc = img_directory_of(env, path, follow_links, &tree, err);
		if (!rc)
			rc = img_tree_root(tree, &n, err);
	} else {
		slash = strrchr(real, '/');
		*slash = '\0';
		rc = img_directory(env, *real ? real : "/", &tree, err);
		if (!rc)
			rc = img_tree_find(tree, IMG_TREE_ROOT, slash + 1, &n, err);
	}
	if (rc)
		return img_note(err, rc, "%s", path);
	*ret_tree = img_steal(&tree);
	*ret = n;
	return 0;
}

/* The host's @path at @at of the image. */
static int
add_host(struct build *b, const char *path, const char *at, struct img_err *err)
{
	struct img_tree *tree;
	struct img_node n;
	int rc = build_tree_host(b->env, path, b->o->follow_links, &tree, &n, err);

	return rc ? rc : add_layer(b, tree, &n, at, false, err);
}

/* A source that is an archive, or standard input: what is in it.  1, or 0 when it is none. */
static int
add_archive(struct build *b, const char *path, struct img_err *err)
{
	const char *tmp = img_env_work_dir(b->env);
	img_autounref struct img_source *file = NULL;
	struct img_err why = { 0 };
	struct img_tree *tree;
	struct img_node n;
	int rc;

	rc = strcmp(path, "-") ? img_file(b->env, path, &file, err) :
	     img_file_fd(b->env, STDIN_FILENO, tmp, &file, NULL, err);
	if (rc)
		return img_note(err, rc, "%s", path);
	rc = img_archive(b->env, file, tmp, &tree, &why);
	if (rc == IMG_E_UNKNOWN)
		return 0;
	if (rc) {
		*err = why;
		return img_note(err, rc, "%s", path);
	}
	rc = img_tree_root(tree, &n, err);
	if (rc)
		img_tree_unref(tree);
	else
		rc = add_layer(b, tree, &n, "", false, err);
	return rc ? rc : 1;
}

static int
add_source(struct build *b, const char *path, struct img_err *err)
{
	img_autofree char *trimmed = strdup(path);
	const char *at = "";
	struct stat st;
	size_t n = strlen(path);
	int rc;

	if (!trimmed)
		return img_fail_nomem(err);
	while (n > 1 && trimmed[n - 1] == '/')
		trimmed[--n] = '\0';
	if (!strcmp(path, "-")) {
		rc = add_archive(b, path, err);
		return rc ? (rc > 0 ? 0 : rc) : img_fail(err, IMG_E_UNKNOWN, "standard input is no archive");
	}
	if (stat(path, &st))
		return img_fail_sys(err, errno, "%s: cannot open it", path);
	if (S_ISREG(st.st_mode) && b->o->n_sources == 1 && !b->o->keep_parent && (rc = add_archive(b, path, err)))
		return rc > 0 ? 0 : rc;
	if (!S_ISDIR(st.st_mode) || b->o->keep_parent || (!b->o->contents_only && is_bundle(base_of(trimmed)))) {
		img_autofree char *real = NULL;
		const char *name = base_of(trimmed);

		if (!strcmp(name, ".") || !strcmp(name, "..") || !*name) {
			real = realpath(trimmed, NULL);
			name = real ? base_of(real) : "";
		}
		at = clean_path(b, name, err);
		if (!at)
			return IMG_E_USAGE;
	}
	return add_host(b, path, at, err);
}

static int
add_graft(struct build *b, const struct conv_graft *graft, struct img_err *err)
{
	const char *to = graft->to, *at = clean_path(b, to, err);

	if (!at)
		return IMG_E_USAGE;
	if (*to && to[strlen(to) - 1] == '/') {		/* into that folder */
		char *into = img_arena_alloc(b->arena, strlen(at) + strlen(graft->from) + 2);
		struct stat st;

		if (!into)
			return img_fail_nomem(err);
		if (stat(graft->from, &st) || !S_ISDIR(st.st_mode)) {
			sprintf(into, "%s%s%s", at, *at ? "/" : "", base_of(graft->from));
			at = into;
		}
	}
	return add_host(b, graft->from, at, err);
}

/* A symbolic link that no tree has. */
static int
add_link(struct build *b, const struct conv_graft *link, struct img_err *err)
{
	const struct img_time never = { .sec = IMG_NO_TIME };
	struct img_node n = {
		.type = IMG_NODE_LINK, .mode = 0755, .nlink = 1, .size = strlen(link->from), .link = link->from, .mtime = never,
		.atime = never, .ctime = never, .btime = never, .id = 1,
	};
	const char *at = clean_path(b, link->to, err);
	struct img_tree *none;
	int rc = at ? img_empty_tree(b->env, &none, err) : IMG_E_USAGE;

	return rc ? rc : add_layer(b, none, &n, at, false, err);
}

/* ---- lists ---- */

static int
read_all(const char *path, struct img_buf *ret, struct img_err *err)
{
	FILE *f = !strcmp(path, "-") ? stdin : fopen(path, "re");
	char buf[4096];
	size_t n;
	int rc = 0;

	*ret = img_buf_new(MAX_LIST);
	if (!f)
		return img_fail_sys(err, errno, "%s: cannot open it", path);
	while (!rc && (n = fread(buf, 1, sizeof buf, f)))
		rc = img_buf_add(ret, buf, n, err);
	if (!rc && ferror(f))
		rc = img_fail_sys(err, errno, "%s: cannot read it", path);
	if (!rc)
		rc = img_buf_add(ret, "", 1, err);
	if (f != stdin)
		fclose(f);
	return rc;
}

/* One path of a list: a folder is only itself there, what it holds has lines of its own. */
static int
add_listed(struct build *b, const char *path, struct img_err *err)
{
	struct img_tree **tree = *path == '/' ? &b->top : &b->here;
	const char *at = clean_path(b, path, err);
	struct img_node n;
	int rc = 0;

	if (!at)
		return IMG_E_USAGE;
	if (!*tree)
		rc = img_directory(b->env, *path == '/' ? "/" : ".", tree, err);
	if (!rc)
		rc = img_tree_lookup(*tree, path, &n, err);
	if (rc)
		return img_note(err, rc, "%s", path);
	if (n.type == IMG_NODE_LINK) {		/* its target is only told by listing: take it alone */
		char target[4096];
		ssize_t len = readlink(path, target, sizeof target - 1);

		if (len < 0)
			return img_fail_sys(err, errno, "%s: cannot read the link", path);
		n.link = img_arena_str(b->arena, target, (size_t)len);
		if (!n.link)
			return img_fail_nomem(err);
	}
	return add_layer(b, img_tree_ref(*tree), &n, at, n.type == IMG_NODE_DIR, err);
}

static int
add_list(struct build *b, const char *list, struct img_err *err)
{
	char end = b->o->null_lists ? '\0' : '\n';
	char *p, *stop;
	int rc = read_all(list, &b->list_text, err);

	if (rc)
		return rc;
	p = (char *)b->list_text.p;
	stop = p + b->list_text.len - 1;
	while (!rc && p < stop) {
		char *e = memchr(p, end, (size_t)(stop - p));

		if (!e)
			e = stop;
		*e = '\0';
		if (*p)
			rc = add_listed(b, p, err);
		p = e + 1;
	}
	return rc;
}

static int
add_exclude(struct build *b, const char *pattern, struct img_err *err)
{
	size_t n = strlen(pattern);

	if (b->n_exclude == MAX_EXCLUDE)
		return img_fail(err, IMG_E_LIMIT, "more than %d patterns to exclude", MAX_EXCLUDE);
	while (n > 1 && pattern[n - 1] == '/')
		n--;
	b->exclude[b->n_exclude] = img_arena_str(b->arena, pattern, n);
	return b->exclude[b->n_exclude++] ? 0 : img_fail_nomem(err);
}

/* Patterns by lines; empty ones and those that begin with '#' say nothing. */
static int
add_exclude_file(struct build *b, const char *path, struct img_err *err)
{
	char *p, *save = NULL;
	int rc = read_all(path, &b->exclude_text, err);

	if (rc)
		return rc;
	for (p = strtok_r((char *)b->exclude_text.p, "\r\n", &save); !rc && p; p = strtok_r(NULL, "\r\n", &save))
		if (*p != '#')
			rc = add_exclude(b, p, err);
	return rc;
}

/* ---- all of it ---- */

static int
gather(struct build *b, struct img_tree *files, struct img_err *err)
{
	const struct conv_options *o = b->o;
	struct img_node root;
	int rc = 0;

	if (files) {
		rc = img_tree_root(files, &root, err);
		if (!rc)
			rc = add_layer(b, img_tree_ref(files), &root, "", false, err);
	}
	for (size_t i = 0; !rc && !files && i < o->n_sources; i++)
		rc = add_source(b, o->sources[i], err);
	if (!rc && o->files_from)
		rc = add_list(b, o->files_from, err);
	for (size_t i = 0; !rc && i < o->n_grafts; i++)
		rc = add_graft(b, &o->graft[i], err);
	for (size_t i = 0; !rc && i < o->n_links; i++)
		rc = add_link(b, &o->link[i], err);
	for (size_t i = 0; !rc && i < o->n_exclude; i++)
		rc = add_exclude(b, o->exclude[i], err);
	if (!rc && o->exclude_from)
		rc = add_exclude_file(b, o->exclude_from, err);
	return rc;
}

static int
make_tree(struct build *b, struct img_tree **ret, struct img_err *err)
{
	const struct overlay_layer *l = b->layer;

	if (b->n == 1 && !b->n_exclude && !*l->at && !l->bare && l->node.id == IMG_TREE_ROOT) {
		*ret = img_tree_ref(l->tree);
		return 0;
	}
	return img_overlay(b->env, b->layer, b->n, b->exclude, b->n_exclude, ret, err);
}

int
build_tree(const struct conv_options *o, struct img_env *env, struct img_tree *files, struct img_tree **ret,
	   struct img_err *err)
{
	img_autofree struct build *b = calloc(1, sizeof *b);	/* too large for a small stack */
	int rc;

	if (!b)
		return img_fail_nomem(err);
	b->o = o;
	b->env = env;
	b->arena = img_arena_new();
	rc = b->arena ? gather(b, files, err) : img_fail_nomem(err);
	if (!rc)
		rc = make_tree(b, ret, err);
	for (size_t i = 0; i < b->n; i++)
		img_tree_unref(b->layer[i].tree);
	free(b->layer);
	img_tree_unref(b->here);
	img_tree_unref(b->top);
	img_buf_done(&b->exclude_text);
	img_buf_done(&b->list_text);
	img_arena_free(b->arena);
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The image among the files of an archive, by their names:
 *
 *	images		a bundle's folder; what ends in .dmg, .img, .iso and the like, with .gz and so on behind it or cut
 *			into parts, of which the first counts
 *	a sheet		what lists the tracks of a disc: all files of its folder are its own
 *	beside them	__MACOSX, ._NAME, .DS_Store; README, texts, checksums, signatures, block maps; empty files
 *	others		all else: looked into when there is no image by its name */
#include "config.h"

#include "formats/archive/choose.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/memory.h"
#include "formats/sparsebundle/sparsebundle.h"
#include "formats/split/names.h"
#include "formats/split/split.h"

#define MAX_ASKED 1000	/* times that a folder is searched for parts */

static const char *const image_ends[] = {
	".dmg", ".smi", ".img", ".iso", ".raw", ".dd", ".cdr", ".toast", ".sparseimage", ".simg", ".image", ".udf", ".wic", ".ima",
	".vfd", ".hdd", ".qcow", ".qcow2", ".vmdk", ".vhd", ".vhdx", ".vdi", NULL
};
static const char *const sheet_ends[] = { ".cue", ".ccd", ".mds", ".toc", NULL };
static const char *const segment_ends[] = { ".dmg", ".dmgpart", NULL };
static const char *const stream_ends[] = { ".gz", ".bz2", ".xz", ".zst", ".lz4", ".lz", ".z", NULL };
static const char *const beside_ends[] = {
	".txt", ".md", ".rst", ".rtf", ".pdf", ".htm", ".html", ".nfo", ".url", ".webloc", ".log", ".json", ".xml", ".yml", ".yaml",
	".md5", ".sha1", ".sha256", ".sha512", ".sfv", ".sum", ".sums", ".asc", ".sig", ".gpg", ".minisig", ".bmap", ".dmgpart", NULL
};
static const char *const beside_names[] = {
	"readme", "license", "licence", "copying", "changelog", "changes", "news", "authors", "notice", "install", "md5sums", "sha1sums",
	"sha256sums", "sha512sums", "checksums", ".ds_store", "thumbs.db", "desktop.ini", NULL
};

/* Which of @ends do the @n bytes of @name end with?  Its length, or 0. */
static size_t
ends_with(const char *name, size_t n, const char *const *ends)
{
	for (; *ends; ends++) {
		size_t k = strlen(*ends);

		if (n > k && !strncasecmp(name + n - k, *ends, k))
			return k;
	}
	return 0;
}

static bool
is_beside(const struct img_node *n)
{
	if (!n->size || !strncmp(n->name, "._", 2) || ends_with(n->name, strlen(n->name), beside_ends))
		return true;
	for (size_t i = 0; beside_names[i]; i++)
		if (!strcasecmp(n->name, beside_names[i]))
			return true;
	return false;
}

static bool
is_sheet(const char *name)
{
	return ends_with(name, strlen(name), sheet_ends) != 0;
}

static bool
is_image_name(const char *name)
{
	struct split_name part;
	size_t n = strlen(name);

	if (is_sheet(name))	/* and no part of something that is called so */
		return true;
	if (split_name_parse(name, &part) && part.bare && !ends_with(name, n, image_ends))
		n = part.bare;
	n -= ends_with(name, n, stream_ends);
	return ends_with(name, n, image_ends) != 0;
}

static int
fill(struct candidate *c, const char *path, uint64_t dir, const struct img_node *n, bool bundle, struct img_err *err)
{
	const char *slash = strrchr(path, '/');

	*c = (struct candidate) { .dir = dir, .id = n->id, .bundle = bundle, .size = n->size, .path = strdup(path) };
	c->dir_path = bundle ? strdup(path) : slash ? strndup(path, (size_t)(slash - path)) : strdup("");
	if (!c->path || !c->dir_path) {
		candidate_done(c);
		return img_fail_nomem(err);
	}
	c->name = bundle ? SPARSEBUNDLE_PLIST : slash ? c->path + (slash - path) + 1 : c->path;
	return 0;
}

/* Is folder @id a bundle, by what is in it?  *ret is its property list then. */
static bool
is_bundle(struct img_tree *t, uint64_t id, struct img_node *ret)
{
	struct img_node bands;

	return !img_tree_find(t, id, SPARSEBUNDLE_PLIST, ret, NULL) && ret->type == IMG_NODE_FILE &&
	       !img_tree_find(t, id, "bands", &bands, NULL) && bands.type == IMG_NODE_DIR;
}

/* ---- all of them ---- */

static int
add(struct candidate *v, size_t *n, const char *path, uint64_t dir, const struct img_node *node, bool bundle, struct img_err *err)
{
	int rc = *n < CHOICE_MAX ? fill(&v[*n], path, dir, node, bundle, err) : 0;

	*n += !rc;
	return rc;
}

/* Numbered parts come right behind their first; a set of many is not searched again for each. */
static bool
follows(const struct choice *c, uint64_t dir, const char *name)
{
	const struct candidate *last = c->n && c->n <= CHOICE_MAX ? &c->v[c->n - 1] : NULL;
	struct split_name n;

	return last && last->dir == dir && split_name_parse(name, &n) && !n.letters && split_same_set(last->name, name);
}

/* The parts of a set go by its first. */
static int
sort_file(struct img_tree *t, struct choice *c, const char *path, uint64_t dir, const struct img_node *n, struct img_err *err)
{
	if (is_beside(n)) {
		c->n_beside++;
		return 0;
	}
	if (follows(c, dir, n->name) || (c->asked < MAX_ASKED && ++c->asked && split_is_later(t, dir, n->name)))
		return 0;
	if (is_image_name(n->name))
		return add(c->v, &c->n, path, dir, n, false, err);
	c->other_size += n->size;
	return add(c->other, &c->n_other, path, dir, n, false, err);
}

/* The folder that @path lies in. */
static int
folder_of(struct img_tree *t, const char *path, uint64_t *ret, struct img_err *err)
{
	const char *slash = strrchr(path, '/');
	img_autofree char *dir = slash ? strndup(path, (size_t)(slash - path)) : NULL;
	struct img_node n = { .id = IMG_TREE_ROOT };
	int rc = !slash ? 0 : dir ? img_tree_lookup(t, dir, &n, err) : img_fail_nomem(err);

	*ret = n.id;
	return rc;
}

static int
sort_node(struct img_tree *t, struct img_walk *w, struct choice *c, const char *path, const struct img_node *n,
	  struct img_err *err)
{
	struct img_node list;
	uint64_t dir;
	int rc;

	if (n->type == IMG_NODE_DIR) {
		if (!strcmp(n->name, "__MACOSX"))
			img_walk_skip(w);
		if (!is_bundle(t, n->id, &list))
			return 0;
		img_walk_skip(w);
		return add(c->v, &c->n, path, n->id, &list, true, err);
	}
	if (n->type != IMG_NODE_FILE)
		return 0;
	rc = folder_of(t, path, &dir, err);
	return rc ? rc : sort_file(t, c, path, dir, n, err);
}

/* Does @x lie in the folder of sheet @c, and is no sheet itself? */
static bool
belongs(const struct candidate *c, const struct candidate *x)
{
	return !x->bundle && x->dir == c->dir && !is_sheet(x->name);
}

/* If there is one sheet, what else lies in its folder are its tracks. */
static void
prefer_sheet(struct choice *c)
{
	struct candidate sheet = { 0 };
	size_t n = 0, kept = 0;

	if (c->n > CHOICE_MAX || c->n_other > CHOICE_MAX)
		return;
	for (size_t i = 0; i < c->n; i++)
		if (is_sheet(c->v[i].name) && !n++)
			sheet = c->v[i];
	if (n != 1)
		return;
	for (size_t i = 0; i < c->n; i++)
		if (belongs(&sheet, &c->v[i]))
			candidate_done(&c->v[i]);
		else
			c->v[kept++] = c->v[i];
	c->n = kept;
	for (size_t i = kept = 0; i < c->n_other; i++)
		if (belongs(&sheet, &c->other[i]))
			candidate_done(&c->other[i]);
		else
			c->other[kept++] = c->other[i];
	c->n_other = kept;
}

int
choice_make(struct img_tree *t, struct choice *ret, struct img_err *err)
{
	struct choice c = { 0 };
	const struct img_node *n;
	struct img_walk *w;
	const char *path;
	int rc = img_walk_new(t, &w, err);

	if (rc)
		return rc;
	/* beyond some files nobody takes it for an image with its texts */
	while (!(rc = img_walk_next(w, &n, &path, err)) && n && c.n + c.n_other <= 2 * CHOICE_MAX)
		if (*path && (rc = sort_node(t, w, &c, path, n, err)))
			break;
	img_walk_free(w);
	if (rc) {
		choice_done(&c);
		return rc;
	}
	prefer_sheet(&c);
	*ret = c;
	return 0;
}

int
choice_take(struct img_tree *t, const char *path, struct candidate *ret, struct img_err *err)
{
	struct img_node n, list;
	uint64_t dir;
	int rc = img_tree_lookup(t, path, &n, err);

	if (rc)
		return rc == IMG_E_UNKNOWN ? img_fail(err, IMG_E_USAGE, "there is no \"%s\" in the archive", path) : rc;
	if (n.type == IMG_NODE_DIR && is_bundle(t, n.id, &list))
		return fill(ret, path, n.id, &list, true, err);
	if (n.type != IMG_NODE_FILE)
		return img_fail(err, IMG_E_USAGE, "\"%s\" in the archive is no file and no sparse bundle", path);
	rc = folder_of(t, path, &dir, err);
	return rc ? rc : fill(ret, path, dir, &n, false, err);
}

/* ---- one of them ---- */

/* Paths of archives begin with "./" as often as not. */
static const char *
plain_path(const char *path)
{
	for (;;) {
		if (*path == '/')
			path++;
		else if (path[0] == '.' && path[1] == '/')
			path += 2;
		else
			return path;
	}
}

static bool
is_segment(const char *name)
{
	return ends_with(name, strlen(name), segment_ends) != 0;
}

bool
candidate_needs(const struct candidate *c, const char *path)
{
	size_t n = strlen(c->dir_path);

	path = plain_path(path);
	if (n && (strncmp(path, c->dir_path, n) || path[n] != '/'))
		return false;
	if (c->bundle)
		return true;
	path += n + !!n;
	if (strchr(path, '/'))
		return false;
	return !strcmp(path, c->name) || is_sheet(c->name) || split_same_set(c->name, path) || (is_segment(c->name) && is_segment(path));
}

void
candidate_done(struct candidate *c)
{
	free(c->path);
	free(c->dir_path);
	*c = (struct candidate) { 0 };
}

void
choice_done(struct choice *c)
{
	for (size_t i = 0; i < c->n && i < CHOICE_MAX; i++)
		candidate_done(&c->v[i]);
	for (size_t i = 0; i < c->n_other && i < CHOICE_MAX; i++)
		candidate_done(&c->other[i]);
	*c = (struct choice) { 0 };
}

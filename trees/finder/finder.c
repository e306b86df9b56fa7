/* SPDX-License-Identifier: BSD-2-Clause */
/* From what the user wants the window to look like to a tree that makes Finder show it so; see trees/finder/finder.h.
 *
 *   finder_dress	looks at the root, reads and judges the files, adds names and flags
 *   finder_settle	writes the settings again, with the numbers the author gave to folder and picture
 *
 * The settings refer to the picture by its number on the volume, which is known only when the volume is laid out, for which
 * in turn sizes must be known: so they are written twice, first with zeros for what is not known. */
#include "config.h"

#include "trees/finder/finder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/bytes.h"
#include "img/env.h"
#include "img/source.h"
#include "trees/finder/dressed.h"

#define MAX_PICTURE (256 << 20)
#define MAX_SETTINGS (64 << 20)

void
finder_options_default(struct finder_options *ret)
{
	*ret = (struct finder_options) { .x = FINDER_UNSET, .y = FINDER_UNSET, .width = FINDER_UNSET, .height = FINDER_UNSET };
}

static bool
wants_settings(const struct finder_options *o)
{
	return o->background || o->has_colour || o->x != FINDER_UNSET || o->width != FINDER_UNSET || o->icon_size ||
	       o->text_size || o->n_icons;
}

bool
finder_wanted(const struct finder_options *o)
{
	return wants_settings(o) || o->volume_icon || o->n_hidden || o->app_link == FINDER_LINK_YES;
}

/* ---- files of the host ---- */

static int
read_file(struct img_env *env, const char *path, struct img_buf *ret, struct img_err *err)
{
	img_autounref struct img_source *s = NULL;
	int rc = img_file(env, path, &s, err);

	*ret = img_buf_new(MAX_PICTURE);
	if (!rc && s->size > MAX_PICTURE)
		rc = img_fail(err, IMG_E_LIMIT, "larger than %d MiB", MAX_PICTURE >> 20);
	if (!rc) {
		img_autofree uint8_t *p = malloc((size_t)s->size + 1);

		rc = p ? img_source_read(s, 0, p, (size_t)s->size, err) : img_fail_nomem(err);
		if (!rc)
			rc = img_buf_add(ret, p, (size_t)s->size, err);
	}
	return rc;
}

/* "bg@2x.png" for "bg.png"; NULL: out of memory. */
static char *
dense_name(struct img_arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
	size_t n = dot ? (size_t)(dot - path) : strlen(path);
	char *p = img_arena_alloc(arena, strlen(path) + 4);

	if (p)
		sprintf(p, "%.*s@2x%s", (int)n, path, path + n);
	return p;
}

/* The picture, alone or together with that for dense screens, if one lies beside it. */
static int
read_picture(struct dressed *d, const char *path, struct img_err *err)
{
	struct img_buf *bytes = &d->extra[EXTRA_PICTURE].bytes;
	img_autobuf struct img_buf twice = { 0 };
	const char *dense = dense_name(d->arena, path);
	struct picture p;
	char name[32];
	int rc = dense ? read_file(d->tree.env, path, bytes, err) : img_fail_nomem(err);

	if (!rc)
		rc = picture_look(bytes->p, bytes->len, &d->picture, err);
	if (rc)
		return img_note(err, rc, "--background %s", path);
	if (!access(dense, F_OK)) {
		struct img_buf pair = img_buf_new(INT32_MAX);

		rc = read_file(d->tree.env, dense, &twice, err);
		if (!rc)
			rc = picture_look(twice.p, twice.len, &p, err);
		if (!rc && (strcmp(p.suffix, ".png") || strcmp(d->picture.suffix, ".png")))
			rc = img_fail(err, IMG_E_USAGE, "only PNG pictures can be paired with one for dense screens; a TIFF can hold both");
		if (!rc)
			rc = picture_pair(bytes->p, bytes->len, twice.p, twice.len, &pair, err);
		if (rc) {
			img_buf_done(&pair);
			return img_note(err, rc, "--background %s", dense);
		}
		img_buf_done(bytes);
		*bytes = pair;
		d->picture.suffix = ".tiff";
	}
	snprintf(name, sizeof name, "background%s", d->picture.suffix);
	d->extra[EXTRA_PICTURE].name = img_arena_str(d->arena, name, strlen(name));
	return d->extra[EXTRA_PICTURE].name ? 0 : img_fail_nomem(err);
}

/* An icon family: its letters and its length in front. */
static int
read_icon(struct dressed *d, const char *path, struct img_err *err)
{
	struct img_buf *b = &d->extra[EXTRA_ICON].bytes;
	int rc = read_file(d->tree.env, path, b, err);

	if (!rc && (b->len < 8 || memcmp(b->p, "icns", 4)))
		rc = img_fail(err, IMG_E_USAGE, "is no icon (.icns)");
	if (!rc && (load_be32(b->p + 4) > b->len || load_be32(b->p + 4) < 8))
		rc = img_fail(err, IMG_E_FORMAT, "the icon is cut off: %u bytes are expected, %zu are there", load_be32(b->p + 4),
			      b->len);
	d->extra[EXTRA_ICON].name = ".VolumeIcon.icns";
	return rc ? img_note(err, rc, "--volume-icon %s", path) : 0;
}

/* ---- the root ---- */

static bool
is_app(const struct img_node *n)
{
	size_t len = strlen(n->name);

	return n->type == IMG_NODE_DIR && len > 4 && !strcasecmp(n->name + len - 4, ".app");
}

static bool
has(const struct img_nodes *root, const char *name)
{
	for (size_t i = 0; i < root->n; i++)
		if (!strcasecmp(root->v[i].name, name))
			return true;
	return false;
}

/* Is there a way to /Applications already, under whatever name? */
static bool
has_link(const struct img_nodes *root)
{
	for (size_t i = 0; i < root->n; i++)
		if (root->v[i].link && !strncmp(root->v[i].link, "/Applications", 13))
			return true;
	return has(root, "Applications");
}

static void
link_applications(struct dressed *d, const struct img_nodes *root)
{
	size_t n = 0;

	for (size_t i = 0; i < root->n; i++)
		n += is_app(&root->v[i]);
	if (d->o.app_link == FINDER_LINK_NO || has_link(root) || (d->o.app_link == FINDER_LINK_AUTO && n != 1))
		return;
	d->extra[EXTRA_LINK].name = "Applications";
	if (d->o.app_link == FINDER_LINK_AUTO)
		img_problem(d->tree.env, IMG_NOTE, "app-link", "a link to /Applications was added; --no-app-link leaves it out");
}

/* A folder of our own for the picture. */
static int
name_folder(struct dressed *d, const struct img_nodes *root, struct img_err *err)
{
	char name[32] = ".background";
	size_t n;
	char *path;

	for (unsigned int i = 2; has(root, name); i++)
		snprintf(name, sizeof name, ".background-%u", i);
	n = strlen(name) + strlen(d->extra[EXTRA_PICTURE].name) + 2;
	d->extra[EXTRA_FOLDER].name = img_arena_str(d->arena, name, strlen(name));
	d->path = path = img_arena_alloc(d->arena, n);
	if (!d->extra[EXTRA_FOLDER].name || !path)
		return img_fail_nomem(err);
	snprintf(path, n, "%s/%s", name, d->extra[EXTRA_PICTURE].name);
	return dressed_flag(d, dressed_id(EXTRA_FOLDER), FLAG_INVISIBLE, err);
}

/* A name that an option means, in the dressed root. */
static int
find_name(struct dressed *d, const char *option, const char *name, struct img_node *ret, struct img_err *err)
{
	struct img_nodes root;
	char list[200] = "";
	size_t shown = 0;
	int rc = img_tree_find(&d->tree, IMG_TREE_ROOT, name, ret, NULL);

	if (rc != IMG_E_UNKNOWN)
		return rc ? img_fail(err, rc, "%s %s: cannot be looked up", option, name) : 0;
	rc = img_tree_list(&d->tree, IMG_TREE_ROOT, &root, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < root.n && shown < 4; i++)
		if (root.v[i].name[0] != '.') {
			size_t n = strlen(list);

			snprintf(list + n, sizeof list - n, "%s\"%.40s\"", shown++ ? ", " : "", root.v[i].name);
		}
	img_nodes_done(&root);
	return img_fail(err, IMG_E_USAGE, "%s %s: nothing in the image has that name at the top; there is %s", option, name,
			*list ? list : "nothing");
}

static int
check_names(struct dressed *d, struct img_err *err)
{
	struct img_node n;
	int rc = 0;

	for (size_t i = 0; !rc && i < d->o.n_icons; i++)
		if (d->o.icons[i].name[0] != '.')	/* hidden things are moved out of sight, should they be there */
			rc = find_name(d, "--icon", d->o.icons[i].name, &n, err);
	for (size_t i = 0; !rc && i < d->o.n_hidden; i++) {
		rc = find_name(d, "--hide-extension", d->o.hidden[i], &n, err);
		if (!rc)
			rc = dressed_flag(d, n.id, FLAG_HIDDEN_EXTENSION, err);
	}
	return rc;
}

/* ---- all of it ---- */

/* The names of @o outlive the call. */
static int
keep_options(struct dressed *d, const struct finder_options *o, struct img_err *err)
{
	struct finder_icon *icons = img_arena_alloc(d->arena, (o->n_icons + 1) * sizeof *icons);

	if (!icons)
		return img_fail_nomem(err);
	d->o = *o;
	for (size_t i = 0; i < o->n_icons; i++) {
		icons[i] = o->icons[i];
		icons[i].name = img_arena_str(d->arena, o->icons[i].name, strlen(o->icons[i].name));
		if (!icons[i].name)
			return img_fail_nomem(err);
	}
	d->o.icons = icons;
	return 0;
}

static int
write_settings(struct dressed *d, const struct finder_target *t, struct img_err *err)
{
	struct img_buf *b = &d->extra[EXTRA_SETTINGS].bytes;

	img_buf_done(b);
	*b = img_buf_new(MAX_SETTINGS);
	d->extra[EXTRA_SETTINGS].name = ".DS_Store";
	return finder_settings(d, t, b, err);
}

static int
dress_root(struct dressed *d, const struct img_nodes *root, struct img_err *err)
{
	int rc = 0;

	link_applications(d, root);
	if (d->o.background)
		rc = read_picture(d, d->o.background, err);
	if (!rc && d->o.background)
		rc = name_folder(d, root, err);
	if (!rc && d->o.volume_icon)
		rc = read_icon(d, d->o.volume_icon, err);
	if (!rc && d->o.volume_icon)
		rc = dressed_flag(d, dressed_id(EXTRA_ICON), FLAG_INVISIBLE, err);
	if (!rc && (d->o.volume_icon || has(root, ".VolumeIcon.icns")))
		rc = dressed_flag(d, IMG_TREE_ROOT, FLAG_CUSTOM_ICON, err);
	if (!rc && wants_settings(&d->o) && has(root, ".DS_Store"))
		img_problem(d->tree.env, IMG_NOTE, "settings-replaced", "its .DS_Store gives way to a new one");
	if (!rc && wants_settings(&d->o))
		d->extra[EXTRA_SETTINGS].name = ".DS_Store";
	return rc;
}

static int
settings_with(struct dressed *d, const char *volume, int64_t date, uint32_t folder_id, uint32_t file_id,
	       struct img_err *err)
{
	struct finder_target t = {
		.volume = volume, .folder = d->extra[EXTRA_FOLDER].name, .file = d->extra[EXTRA_PICTURE].name, .date = date,
		.folder_id = folder_id, .file_id = file_id,
	};

	return write_settings(d, d->path ? &t : NULL, err);
}

int
finder_dress(struct img_tree *below, const struct finder_options *o, const char *volume, struct img_tree **ret,
	     struct img_err *err)
{
	img_autotree struct img_tree *tree = NULL;
	struct img_nodes root = { 0 };
	struct dressed *d;
	int rc = dressed_new(below, &d, err);

	if (rc)
		return rc;
	tree = &d->tree;
	rc = keep_options(d, o, err);
	if (!rc)
		rc = img_tree_list(below, IMG_TREE_ROOT, &root, err);
	if (!rc)
		rc = dress_root(d, &root, err);
	img_nodes_done(&root);
	if (!rc)
		rc = check_names(d, err);
	if (!rc && wants_settings(&d->o))
		rc = settings_with(d, volume, 0, 0, 0, err);
	d->o.background = d->o.volume_icon = NULL;	/* borrowed until now */
	d->o.hidden = NULL;
	if (!rc)
		*ret = img_steal(&tree);
	return rc;
}

const char *
finder_background(const struct img_tree *dressed)
{
	return ((const struct dressed *)dressed)->path;
}

int
finder_settle(struct img_tree *dressed, const char *volume, int64_t date, uint32_t folder_id, uint32_t file_id,
	      struct img_err *err)
{
	struct dressed *d = (struct dressed *)dressed;
	size_t size = d->extra[EXTRA_SETTINGS].bytes.len;
	int rc = settings_with(d, volume, date, folder_id, file_id, err);

	if (!rc && d->extra[EXTRA_SETTINGS].bytes.len != size)
		rc = img_fail(err, IMG_E_USAGE, "the name of the volume changed while it was laid out");
	return rc;
}

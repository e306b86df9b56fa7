/* SPDX-License-Identifier: BSD-2-Clause */
/* appdmg.json, the specification that node-appdmg takes (its README and schema.json): an object with the title, pictures and
 * window of a DMG, and "contents", each an icon at x, y: a file, a link, or only the place of what is there.  Paths are
 * relative to the folder of the specification. */
#include "config.h"

#include "convert/layout.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "convert/options.h"
#include "convert/options_tables.h"
#include "core/memory.h"

struct layout {
	struct conv_options *o;
	const char *folder;		/* with its slash; "" */
	struct img_err *err;
};

static const char *
keep(struct layout *l, const char *s)
{
	return img_arena_str(l->o->arena, s, strlen(s));
}

/* A path of the specification as one of ours; NULL: out of memory. */
static const char *
path_of(struct layout *l, const char *path)
{
	char *p;

	if (*path == '/')
		return keep(l, path);
	p = img_arena_alloc(l->o->arena, strlen(l->folder) + strlen(path) + 1);
	if (p)
		sprintf(p, "%s%s", l->folder, path);
	return p;
}

static int
want_string(struct layout *l, const char *key, const json_t *v, const char **ret)
{
	if (!json_is_string(v) || !*json_string_value(v))
		return img_fail(l->err, IMG_E_USAGE, "\"%s\": a string is expected", key);
	*ret = json_string_value(v);
	return 0;
}

static int
want_int(struct layout *l, const char *key, const json_t *v, json_int_t least, int32_t *ret)
{
	if (!json_is_integer(v) || json_integer_value(v) < least || json_integer_value(v) > 100000)
		return img_fail(l->err, IMG_E_USAGE, "\"%s\": a whole number from %d on is expected", key, (int)least);
	*ret = (int32_t)json_integer_value(v);
	return 0;
}

/* ---- contents ---- */

static const char *
base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static int
add_entry(struct layout *l, const char *type, const char *path, const char *name)
{
	const char *from;

	if (strcmp(type, "link") == 0)
		return conv_add_link(l->o, path, name, l->err);
	if (strcmp(type, "position") == 0)
		return 0;
	if (strcmp(type, "file") != 0)
		return img_fail(l->err, IMG_E_USAGE, "\"type\": \"%.40s\" is none of file, link, position", type);
	from = path_of(l, path);
	return from ? conv_add_graft(l->o, from, name, l->err) : img_fail_nomem(l->err);
}

static int
read_entry(struct layout *l, const json_t *e)
{
	const char *type = NULL, *path = NULL, *name = NULL, *key;
	int32_t x = INT32_MIN, y = INT32_MIN;
	json_t *v;
	int rc = json_is_object(e) ? 0 : img_fail(l->err, IMG_E_USAGE, "an object is expected");

	if (rc)
		return rc;
	json_object_foreach((json_t *)e, key, v) {
		if (strcmp(key, "x") == 0)
			rc = want_int(l, key, v, -100000, &x);
		else if (strcmp(key, "y") == 0)
			rc = want_int(l, key, v, -100000, &y);
		else if (strcmp(key, "type") == 0)
			rc = want_string(l, key, v, &type);
		else if (strcmp(key, "path") == 0)
			rc = want_string(l, key, v, &path);
		else if (strcmp(key, "name") == 0)
			rc = want_string(l, key, v, &name);
		else
			rc = img_fail(l->err, IMG_E_USAGE, "\"%.40s\" is not known here", key);
		if (rc)
			return rc;
	}
	if (x == INT32_MIN || y == INT32_MIN || !type || !path)
		return img_fail(l->err, IMG_E_USAGE, "x, y, type and path are expected");
	path = keep(l, path);
	name = path && name ? keep(l, name) : path ? base_of(path) : NULL;
	if (!name)
		return img_fail_nomem(l->err);
	rc = add_entry(l, type, path, name);
	return rc ? rc : conv_add_icon(l->o, name, x, y, l->err);
}

static int
read_contents(struct layout *l, const json_t *list)
{
	if (!json_is_array(list))
		return img_fail(l->err, IMG_E_USAGE, "\"contents\": a list is expected");
	for (size_t i = 0; i < json_array_size(list); i++) {
		int rc = read_entry(l, json_array_get(list, i));

		if (rc)
			return img_note(l->err, rc, "\"contents\" %zu", i);
	}
	return 0;
}

/* ---- the rest ---- */

static int
read_pair(struct layout *l, const json_t *pair, const char *a, const char *b, json_int_t least, int32_t *ret_a, int32_t *ret_b)
{
	int32_t x, y;
	int rc = want_int(l, a, json_object_get(pair, a), least, &x);

	if (!rc)
		rc = want_int(l, b, json_object_get(pair, b), least, &y);
	if (!rc && *ret_a == FINDER_UNSET) {
		*ret_a = x;
		*ret_b = y;
	}
	return rc;
}

static int
read_window(struct layout *l, const json_t *w)
{
	struct finder_options *f = &l->o->finder;
	const json_t *place = json_object_get(w, "position"), *size = json_object_get(w, "size");
	int rc = place ? read_pair(l, place, "x", "y", 0, &f->x, &f->y) : 0;

	return rc || !size ? rc : read_pair(l, size, "width", "height", 1, &f->width, &f->height);
}

static int
read_file_name(struct layout *l, const char *key, const json_t *v, const char **ret)
{
	const char *s = NULL;
	int rc = want_string(l, key, v, &s);

	if (rc || *ret)
		return rc;
	*ret = path_of(l, s);
	return *ret ? 0 : img_fail_nomem(l->err);
}

static int
read_word(struct layout *l, const char *key, const json_t *v, const char **ret)
{
	const char *s = NULL;
	int rc = want_string(l, key, v, &s);

	if (rc || *ret)
		return rc;
	*ret = keep(l, s);
	return *ret ? 0 : img_fail_nomem(l->err);
}

static int
read_icon_size(struct layout *l, const char *key, const json_t *v)
{
	int32_t n = 0;
	int rc = want_int(l, key, v, 1, &n);

	if (!rc && !l->o->finder.icon_size)
		l->o->finder.icon_size = (unsigned int)n;
	return rc;
}

static int
read_colour(struct layout *l, const char *key, const json_t *v)
{
	const char *s = NULL;
	int rc = want_string(l, key, v, &s);

	return rc || l->o->finder.has_colour ? rc : conv_set_colour(key, s, l->o, l->err);
}

static int
read_file_system(struct layout *l, const char *key, const json_t *v)
{
	const char *s = NULL;
	int rc = want_string(l, key, v, &s);

	if (rc || strcasecmp(s, "HFS+") == 0)
		return rc;
	return img_fail(l->err, IMG_E_UNSUPPORTED, "\"%s\": this build makes HFS+ volumes, not %.20s", key, s);
}

static int
read_key(struct layout *l, const char *key, const json_t *v)
{
	struct conv_options *o = l->o;

	if (strcmp(key, "title") == 0)
		return read_word(l, key, v, &o->label);
	if (strcmp(key, "icon") == 0)
		return read_file_name(l, key, v, &o->finder.volume_icon);
	if (strcmp(key, "background") == 0)
		return read_file_name(l, key, v, &o->finder.background);
	if (strcmp(key, "background-color") == 0)
		return read_colour(l, key, v);
	if (strcmp(key, "icon-size") == 0)
		return read_icon_size(l, key, v);
	if (strcmp(key, "window") == 0)
		return read_window(l, v);
	if (strcmp(key, "format") == 0)
		return read_word(l, key, v, &o->to);
	if (strcmp(key, "filesystem") == 0)
		return read_file_system(l, key, v);
	if (strcmp(key, "contents") == 0)
		return read_contents(l, v);
	if (strcmp(key, "code-sign") == 0)
		return img_fail(l->err, IMG_E_UNSUPPORTED, "\"code-sign\": this program signs nothing; leave it out and sign the finished "
				"image");
	return img_fail(l->err, IMG_E_USAGE, "\"%.40s\" is not known", key);
}

static int
read_all(struct layout *l, const json_t *root)
{
	const char *key;
	json_t *v;

	if (!json_is_object(root))
		return img_fail(l->err, IMG_E_USAGE, "an object is expected");
	json_object_foreach((json_t *)root, key, v) {
		int rc = read_key(l, key, v);

		if (rc)
			return rc;
	}
	if (!json_object_get(root, "contents"))
		return img_fail(l->err, IMG_E_USAGE, "\"contents\" is missing");
	if (!l->o->finder.icon_size)
		l->o->finder.icon_size = 80;		/* node-appdmg's */
	if (l->o->finder.app_link == FINDER_LINK_AUTO)	/* it lists the links it wants */
		l->o->finder.app_link = FINDER_LINK_NO;
	return 0;
}

int
layout_read(struct conv_options *o, const char *path, struct img_err *err)
{
	const char *slash = strrchr(path, '/');
	struct layout l = { .o = o, .err = err };
	json_error_t where;
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
	int rc;

	o->layout = path;
	l.folder = slash ? img_arena_str(o->arena, path, (size_t)(slash - path) + 1) : "";
	if (!l.folder)
		rc = img_fail_nomem(err);
	else if (!root && where.line < 1)
		rc = img_fail(err, IMG_E_IO, "cannot be read");
	else if (!root)
		rc = img_fail(err, IMG_E_USAGE, "line %d is no JSON: %s", where.line, where.text);
	else
		rc = read_all(&l, root);
	json_decref(root);
	return rc ? img_note(err, rc, "--layout %s", path) : 0;
}

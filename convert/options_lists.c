/* SPDX-License-Identifier: BSD-2-Clause */
/* The lists of imgconv's options that may grow to any length: other tools' lists of files become them. */
#include "config.h"

#include <string.h>

#include "convert/options.h"
#include "core/memory.h"

/* Room for one more of @n elements of @size bytes at *@list: the room doubles whenever it is full, which is when @n is a
 * power of two. */
static int
grow(struct img_arena *arena, void *list, size_t n, size_t size, struct img_err *err)
{
	void *old, *wider;

	if (n & (n - 1))
		return 0;
	memcpy(&old, list, sizeof old);
	wider = img_arena_alloc(arena, (n ? 2 * n : 1) * size);
	if (!wider)
		return img_fail_nomem(err);
	if (n)
		memcpy(wider, old, n * size);
	memcpy(list, &wider, sizeof wider);
	return 0;
}

int
conv_add_exclude(struct conv_options *o, const char *glob, struct img_err *err)
{
	int rc = grow(o->arena, &o->exclude, o->n_exclude, sizeof *o->exclude, err);

	if (!rc)
		o->exclude[o->n_exclude++] = glob;
	return rc;
}

int
conv_add_graft(struct conv_options *o, const char *from, const char *to, struct img_err *err)
{
	int rc = grow(o->arena, &o->graft, o->n_grafts, sizeof *o->graft, err);

	if (!rc)
		o->graft[o->n_grafts++] = (struct conv_graft) { from, to };
	return rc;
}

int
conv_add_edit(struct conv_options *o, const struct conv_edit *edit, struct img_err *err)
{
	int rc = grow(o->arena, &o->edits, o->n_edits, sizeof *o->edits, err);

	if (!rc)
		o->edits[o->n_edits++] = *edit;
	return rc;
}

int
conv_add_key(struct conv_options *o, const char *key, const char *value, struct img_err *err)
{
	int rc;

	if (strcmp(key, CONV_KEY_ROUNDS) == 0) {	/* neither of an author nor of a format */
		o->key_rounds = value;
		return 0;
	}
	rc = grow(o->arena, &o->key, o->n_keys, sizeof *o->key, err);
	if (rc)
		return rc;
	if (strcmp(key, "implant-md5") == 0)
		o->implant_md5 = strcmp(value, "yes") == 0;
	o->key[o->n_keys++] = (struct img_author_key) { key, value };
	return 0;
}

int
conv_add_link(struct conv_options *o, const char *target, const char *to, struct img_err *err)
{
	int rc = grow(o->arena, &o->link, o->n_links, sizeof *o->link, err);

	if (!rc)
		o->link[o->n_links++] = (struct conv_graft) { target, to };
	return rc;
}

/* A later place for the same name counts. */
int
conv_add_icon(struct conv_options *o, const char *name, int32_t x, int32_t y, struct img_err *err)
{
	int rc = grow(o->arena, &o->icon, o->finder.n_icons, sizeof *o->icon, err);

	if (rc)
		return rc;
	o->icon[o->finder.n_icons++] = (struct finder_icon) { name, x, y };
	o->finder.icons = o->icon;
	return 0;
}

int
conv_add_hidden(struct conv_options *o, const char *name, struct img_err *err)
{
	int rc = grow(o->arena, &o->hidden, o->finder.n_hidden, sizeof *o->hidden, err);

	if (rc)
		return rc;
	o->hidden[o->finder.n_hidden++] = name;
	o->finder.hidden = o->hidden;
	return 0;
}

int
conv_add_licence(struct conv_options *o, const char *file, const char *language, struct img_err *err)
{
	int rc = grow(o->arena, &o->licence, o->n_licences, sizeof *o->licence, err);

	if (!rc)
		o->licence[o->n_licences++] = (struct conv_licence) { file, language };
	return rc;
}

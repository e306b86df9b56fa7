/* SPDX-License-Identifier: BSD-2-Clause */
/* From options to trees/finder and formats/udif/agreement.c; see convert/dress.h. */
#include "config.h"

#include "convert/dress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "convert/options.h"
#include "core/memory.h"
#include "formats/udif/agreement.h"
#include "img/format.h"
#include "img/tree.h"

#define MAX_LICENCE (16 << 20)
#define MAX_AUTHOR_KEYS 256

int
dress_look(const struct conv_options *o, bool is_dmg, bool makes_hfs, struct img_err *err)
{
	if (!is_dmg && o->n_licences)
		return img_fail(err, IMG_E_USAGE, "--license is for DMGs");
	if (!makes_hfs && finder_wanted(&o->finder))
		return img_fail(err, IMG_E_USAGE, "background, icons, window and links are for DMGs made of files");
	return 0;
}

int
dress_needless(const struct conv_options *o, struct img_err *err)
{
	if (!finder_wanted(&o->finder))
		return 0;
	if (err)
		err->side = IMG_SIDE_TARGET;
	return img_fail(err, IMG_E_USAGE, "background, icons, window and links are for DMGs made of files; --repack takes those of an image");
}

/* ---- laying out ---- */

static const char *
base_of(const char *path, size_t *ret_len)
{
	size_t n = strlen(path);
	const char *p;

	while (n > 1 && path[n - 1] == '/')
		n--;
	for (p = path + n; p > path && p[-1] != '/'; p--)
		;
	*ret_len = n - (size_t)(p - path);
	return p;
}

/* The name of the one bundle that is put in, else the target's, each without its suffix. */
static char *
default_label(const struct conv_options *o)
{
	size_t n;
	const char *p = o->n_sources == 1 ? base_of(o->sources[0], &n) : NULL;

	if (!p || n <= 4 || strncasecmp(p + n - 4, ".app", 4)) {
		p = base_of(o->dest, &n);
		if (n > 4 && p[n - 4] == '.')
			n -= 4;
		else if (!n || *p == '-')
			return NULL;
	} else {
		n -= 4;
	}
	return img_arena_str(o->arena, p, n);
}

static int
author_settled(const struct conv_options *o, const struct img_format *fs, struct img_tree *dressed,
	       struct img_author_options *a, struct img_source **ret, struct img_err *err)
{
	const char *picture = finder_background(dressed), *slash = picture ? strchr(picture, '/') : NULL;
	char *folder = slash ? img_arena_str(o->arena, picture, (size_t)(slash - picture)) : NULL;
	struct img_author_told told[2] = { { .path = folder }, { .path = picture } };
	int rc;

	if (slash && !folder)
		return img_fail_nomem(err);
	if (picture) {
		a->told = told;
		a->n_told = 2;
	}
	rc = fs->author(dressed, a, ret, err);
	if (rc || !picture)
		return rc;
	rc = finder_settle(dressed, a->label, told[1].date, (uint32_t)told[0].id, (uint32_t)told[1].id, err);
	if (rc)
		*ret = img_unref(*ret);
	return rc;
}

int
dress_author(const struct conv_options *o, const struct img_format *fs, struct img_tree *tree,
	     const struct img_author_options *given, struct img_source **ret, struct img_err *err)
{
	img_autotree struct img_tree *dressed = NULL;
	struct img_author_options a = *given;
	struct img_author_key keys[MAX_AUTHOR_KEYS];
	struct finder_options finder = o->finder;
	int rc;

	if (!a.label)
		a.label = default_label(o);
	if (!a.label || !*a.label)
		a.label = "untitled";
	if (o->repack && finder.app_link == FINDER_LINK_AUTO)	/* an image that is repacked stays what it was */
		finder.app_link = FINDER_LINK_NO;
	rc = finder_dress(tree, &finder, a.label, &dressed, err);
	if (rc)
		return rc;
	if (finder_wanted(&o->finder) && a.n_keys < MAX_AUTHOR_KEYS) {	/* who cares how it looks wants it seen */
		if (a.n_keys)
			memcpy(keys + 1, a.keys, a.n_keys * sizeof *keys);
		keys[0] = (struct img_author_key) { "open-window", "yes" };
		a.keys = keys;
		a.n_keys++;
	}
	return author_settled(o, fs, dressed, &a, ret, err);
}

/* ---- licences ---- */

static int
read_file(const char *path, struct img_buf *ret, struct img_err *err)
{
	FILE *f = fopen(path, "re");
	char buf[8192];
	size_t n;
	int rc = 0;

	if (!f)
		return img_fail_sys(err, errno, "cannot open it");
	while (!rc && (n = fread(buf, 1, sizeof buf, f)))
		rc = img_buf_add(ret, buf, n, err);
	if (!rc && ferror(f))
		rc = img_fail_sys(err, errno, "cannot read it");
	fclose(f);
	return rc;
}

int
dress_agreement(const struct conv_options *o, struct udif_agreement **ret, struct img_err *err)
{
	struct udif_agreement *a = o->n_licences ? udif_agreement_new() : NULL;
	int rc = !a && o->n_licences ? img_fail_nomem(err) : 0;

	for (size_t i = 0; !rc && i < o->n_licences; i++) {
		const struct conv_licence *l = &o->licence[i];
		img_autobuf struct img_buf text = img_buf_new(MAX_LICENCE);

		rc = read_file(l->file, &text, err);
		if (!rc)
			rc = udif_agreement_add(a, l->language, text.p, text.len, err);
		if (rc)
			img_note(err, rc, "--license %s%s%s", l->file, l->language ? ":" : "", l->language ? l->language : "");
	}
	if (rc)
		udif_agreement_free(a);
	else
		*ret = a;
	return rc;
}

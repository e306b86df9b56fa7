/* SPDX-License-Identifier: BSD-2-Clause */
/* Images inside archives: a zip, a 7z or a tar (by itself or inside a stream) that holds exactly one image stands for that
 * image.  What else may be in it, and which file is the image, is settled by names (choose.c); where they tell nothing, by
 * looking into the files.
 *
 *	1  the archive is listed, which reads headers only				img_archive_some, nothing wanted
 *	2  one candidate is left, or named by the caller (a.zip/b.dmg)			choose
 *	3  it is unpacked into a nameless work file, with its siblings; the files of
 *	   a plain tar are read where they lie						unpack
 *	4  the layers above find the siblings in its folder, as they would on the host
 *
 * No name of an entry is ever used on the host.  Checksums of archives are tested while they are unpacked (libarchive). */
#include "config.h"

#include "formats/archive/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "formats/archive/choose.h"
#include "formats/known/known.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"
#include "img/tree.h"

#define MAX_GUESS (UINT64_C(64) << 20)	/* unpacked only to find out whether one of them is an image */

struct archive_source {
	struct img_source src;		/* first */
	struct img_source *file;	/* the image's */
	const char *format;		/* "zip" */
	char *path;			/* in the archive */
	bool alone;
};

/* ---- the source ---- */

static int
archive_map(struct img_source *src, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	struct archive_source *s = (struct archive_source *)src;

	*ret = (struct img_extent) { .len = src->size, .kind = IMG_DATA, .from = s->file, .stored = src->size };
	return 0;
}

static int
archive_describe(struct img_source *src, struct img_rep *rep, struct img_err *err)
{
	const struct archive_source *s = (const struct archive_source *)src;

	img_rep_str(rep, "format", s->format);
	img_rep_str(rep, "entry", s->path);
	img_rep_uint(rep, "size", src->size);
	return 0;
}

static void
archive_destroy(struct img_source *src)
{
	struct archive_source *s = (struct archive_source *)src;

	img_unref(s->file);
	free(s->path);
	free(s);
}

static const struct img_source_ops archive_ops = {
	.map = archive_map, .describe = archive_describe, .destroy = archive_destroy,
};

bool
archive_is_alone(const struct img_source *s)
{
	return s->ops == &archive_ops && ((const struct archive_source *)s)->alone;
}

/* ---- the claim ---- */

/* Octal digits of the header's sum, which counts its own field as blanks (POSIX ustar). */
static bool
is_tar(const uint8_t *h)
{
	unsigned int sum = 0, told = 0;
	size_t i = 148;

	for (size_t k = 0; k < 512; k++)
		sum += k >= 148 && k < 156 ? ' ' : h[k];
	while (i < 156 && h[i] == ' ')
		i++;
	for (; i < 156 && h[i] >= '0' && h[i] <= '7'; i++)
		told = told * 8 + h[i] - '0';
	return !memcmp(h + 257, "ustar", 5) && sum == told;
}

static bool
head_of(const struct img_open *o, uint8_t head[512])
{
	const struct img_format *stream = img_format_by_name(o->below->layer);
	size_t n = o->below->size < 512 ? (size_t)o->below->size : 512;
	bool there, old;

	memset(head, 0, 512);
	if (o->closed || n < 32)
		return false;
	if (!img_source_read(o->below, 0, head, n, NULL))
		return true;
	if (!stream || !stream->wraps_anything)
		return false;
	old = img_env_look_closer(o->env, true);	/* of a compressed tar the first chunk may be all of it */
	there = !img_source_read(o->below, 0, head, n, NULL);
	img_env_look_closer(o->env, old);
	return there;
}

static enum img_match
zip_confirm(const struct img_open *o)
{
	uint8_t head[512];

	return head_of(o, head) && !memcmp(head, "PK\3\4", 4) && !known_is_aff4(head) ? IMG_MATCH_STRUCTURE : IMG_MATCH_NONE;
}

static enum img_match
sevenzip_confirm(const struct img_open *o)
{
	uint8_t head[512];

	return head_of(o, head) && !memcmp(head, "7z\xbc\xaf\x27\x1c", 6) ? IMG_MATCH_STRUCTURE : IMG_MATCH_NONE;
}

static enum img_match
tar_confirm(const struct img_open *o)
{
	uint8_t head[512];

	return head_of(o, head) && is_tar(head) ? IMG_MATCH_STRUCTURE : IMG_MATCH_NONE;
}

/* ---- which ---- */

struct wanted {
	const struct candidate *v;
	size_t n;
};

static bool
wants(void *ctx, const char *path)
{
	const struct wanted *w = ctx;

	for (size_t i = 0; i < w->n; i++)
		if (candidate_needs(&w->v[i], path))
			return true;
	return false;
}

/* The archive again, with the data of @n candidates.  Their places in the tree stay the same. */
static int
unpack(const struct img_open *o, const struct candidate *v, size_t n, struct img_tree **io, struct img_err *err)
{
	struct wanted w = { v, n };
	struct img_tree *t;
	int rc = img_archive_some(o->env, o->below, img_env_work_dir(o->env), wants, &w, &t, err);

	if (rc)
		return rc;
	img_tree_unref(*io);
	*io = t;
	return 0;
}

static bool
is_image(struct img_source *s)
{
	const struct img_format *f = NULL;

	if (!s->size || img_late_claim(s, &f, NULL) || f)
		return f != NULL;
	return img_volumes_any(s);
}

/* Files whose names tell nothing: the one that is an image becomes @c's only one. */
static int
look_inside(const struct img_open *o, struct choice *c, struct img_tree **io, struct img_err *err)
{
	int rc;

	if (!c->n_other || c->n_other > CHOICE_MAX || (c->n_other > 1 && c->other_size > MAX_GUESS))
		return 0;
	rc = unpack(o, c->other, c->n_other, io, err);
	for (size_t i = 0; !rc && i < c->n_other; i++) {
		img_autounref struct img_source *s = NULL;

		if (img_tree_content(*io, c->other[i].id, NULL, &s, NULL) || !is_image(s))
			continue;
		c->v[c->n++] = c->other[i];
		c->other[i] = (struct candidate) { 0 };
	}
	return rc;
}

static int
fail_several(const struct img_open *o, const struct img_tree *t, const struct choice *c, struct img_err *err)
{
	const char *name = o->name ? o->name : "FILE";
	char text[300] = "";
	size_t n = 0;

	for (size_t i = 0; i < c->n && i < CHOICE_MAX && n < sizeof text - 80; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%.60s", i ? ", " : "", c->v[i].path);
	return img_fail(err, IMG_E_UNKNOWN, "this %s holds more than one image: %s%s; %s/%s says which", img_archive_format(t), text,
			c->n > CHOICE_MAX ? ", …" : "", name, c->v[0].path);
}

/* The one that is meant; *io may come to have data. */
static int
choose(const struct img_open *o, struct img_tree **io, struct candidate *ret, bool *ret_alone, struct img_err *err)
{
	struct choice c;
	int rc;

	if (o->inner) {
		*ret_alone = true;
		return choice_take(*io, o->inner, ret, err);
	}
	rc = choice_make(*io, &c, err);
	if (rc)
		return rc;
	*ret_alone = !c.n_beside && c.n + c.n_other == 1;
	if (!c.n)
		rc = look_inside(o, &c, io, err);
	if (!rc && !c.n)
		rc = img_fail(err, IMG_E_UNKNOWN, "not a disk image (looks like a %s archive)", img_archive_format(*io));
	else if (!rc && c.n > 1)
		rc = fail_several(o, *io, &c, err);
	if (!rc) {
		*ret = c.v[0];
		c.v[0] = (struct candidate) { 0 };
	}
	choice_done(&c);
	return rc;
}

/* ---- opening ---- */

static int
make(struct img_tree *t, const struct candidate *c, bool alone, struct img_entered *ret, struct img_err *err)
{
	img_autounref struct img_source *src = NULL;
	struct archive_source *s = calloc(1, sizeof *s);
	img_autotree struct img_tree *folder = NULL;
	char *name;
	int rc;

	if (!s)
		return img_fail_nomem(err);
	src = &s->src;
	img_source_init(src, &archive_ops, t->env, "archive", 0, 512);
	s->format = img_archive_format(t);
	s->alone = alone;
	s->path = strdup(c->path);
	rc = s->path ? img_tree_content(t, c->id, NULL, &s->file, err) : img_fail_nomem(err);
	if (!rc)
		rc = img_subtree(t, c->dir, &folder, err);
	if (rc)
		return rc;
	src->size = s->file->size;
	name = strdup(c->name);
	if (!name)
		return img_fail_nomem(err);
	*ret = (struct img_entered) { img_steal(&src), img_steal(&folder), name };
	return 0;
}

static int
archive_enter(const struct img_open *o, struct img_entered *ret, struct img_err *err)
{
	img_autotree struct img_tree *t = NULL;
	struct candidate c = { 0 };
	struct img_source *have;
	bool alone;
	int rc;

	if (o->below->flags & IMG_HEAD_ONLY)	/* all of it is needed */
		return img_fail(err, IMG_E_LIMIT, "only the beginning of the archive was decoded");
	rc = img_archive_some(o->env, o->below, img_env_work_dir(o->env), NULL, NULL, &t, err);
	if (rc == IMG_E_UNKNOWN)
		return img_fail(err, IMG_E_FORMAT, "the archive is damaged, or of a kind this build cannot read");
	if (!rc)
		rc = choose(o, &t, &c, &alone, err);
	if (rc)
		return rc;
	if (!img_tree_content(t, c.id, NULL, &have, NULL))
		img_unref(have);
	else
		rc = img_archive_locked(t, c.id) ? 0 : unpack(o, &c, 1, &t, err);
	if (!rc)
		rc = make(t, &c, alone, ret, err);
	candidate_done(&c);
	return rc;
}

#define FORMAT(id, word, text, type)								\
const struct img_format img_format_##id = {							\
	.name = word, .title = text, .mime = type, .confirm = id##_confirm, .enter = archive_enter,	\
	.wraps_anything = true,									\
}
FORMAT(zip, "zip", "zip archive", "application/zip");
FORMAT(sevenzip, "7z", "7z archive", "application/x-7z-compressed");
FORMAT(tar, "tar", "tar archive", "application/x-tar");

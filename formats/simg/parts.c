/* SPDX-License-Identifier: BSD-2-Clause */
/* Images in several files: "super.img_sparsechunk.0", "super_1.img", "out.3".
 *
 * Each is a whole sparse image with the same blocks, most of them don't-care; together they have all.  Nothing in them says
 * so, only their names and that no block is stored twice.  "sparsechunk" and a number is certain.  Any other number at the end
 * of a name or in front of ".img" makes a set if files with other numbers are there, fit, and share no block; else the file is
 * an image by itself (android_10.img, android_11.img), unless it begins with don't-care: then the part before it is missing.
 *
 * Numbers begin with 0 or 1.  How many parts there should be is written nowhere: one that is missing at the end looks like
 * free space. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "formats/simg/parts.h"
#include "img/env.h"
#include "img/out.h"
#include "img/tree.h"

struct part {
	const char *name;
	uint32_t number;
	struct img_source *file;
	struct simg *simg;
};

struct search {
	const struct img_open *o;
	struct simg_part_name own;
	struct simg *file;
	struct img_nodes nodes;
	size_t n, room;
	struct part *v;
};

static void
search_done(struct search *f)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->v[i].simg)
			img_unref(&f->v[i].simg->src);
		img_unref(f->v[i].file);
	}
	free(f->v);
	img_nodes_done(&f->nodes);
}

static int
add_found(struct search *f, const struct part *p, struct img_err *err)
{
	int rc = img_room(&f->v, f->n, &f->room, sizeof *p, err);

	if (!rc)
		f->v[f->n++] = *p;
	return rc;
}

static bool
is_sibling(const struct search *f, const struct img_node *node, struct simg_part_name *ret)
{
	const char *own = f->o->name;

	return node->type == IMG_NODE_FILE && strcmp(node->name, own) && simg_name_parse(node->name, ret) &&
	       ret->stem == f->own.stem && !memcmp(node->name, own, ret->stem) && !strcmp(ret->tail, f->own.tail);
}

/* A file whose name would be that of a part.  One of another image is none, or an error where the name is certain. */
static int
try_file(struct search *f, const struct img_node *node, uint32_t number, struct img_err *err)
{
	const struct simg_header *own = &f->file->header;
	struct part p = { .name = node->name, .number = number };
	struct simg_header h;
	struct img_err why = { 0 };
	int rc = img_tree_content(f->o->folder, node->id, NULL, &p.file, &why);

	if (!rc)
		rc = simg_header_read(p.file, &h, &why);
	if (!rc && (h.block != own->block || h.n_blocks != own->n_blocks))
		rc = img_fail(&why, IMG_E_FORMAT, "has %" PRIu32 " blocks of %" PRIu32 " bytes, %s has %" PRIu32 " of %" PRIu32,
			      h.n_blocks, h.block, f->o->name, own->n_blocks, own->block);
	if (!rc)
		return add_found(f, &p, err);
	img_unref(p.file);
	if (rc != IMG_E_NOMEM && !f->own.certain)
		return 0;
	if (err)
		*err = why;
	return img_note(err, rc, "%s", node->name);
}

static int
by_number(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static int
search(struct search *f, struct img_err *err)
{
	struct part own = { f->o->name, f->own.number, img_ref(f->o->below), f->file };
	int rc;

	img_ref(&f->file->src);
	rc = add_found(f, &own, err);
	if (!rc)
		rc = img_tree_list(f->o->folder, IMG_TREE_ROOT, &f->nodes, err);
	for (size_t i = 0; !rc && i < f->nodes.n && f->n <= IMG_OUT_MAX_PARTS; i++) {
		struct simg_part_name name;

		if (is_sibling(f, &f->nodes.v[i], &name))
			rc = try_file(f, &f->nodes.v[i], name.number, err);
	}
	if (!rc)
		qsort(f->v, f->n, sizeof *f->v, by_number);
	return rc;
}

static int
fail_missing(const struct search *f, uint32_t number, struct img_err *err)
{
	return img_fail(err, IMG_E_FORMAT, "%.*s%0*" PRIu32 "%s is missing: this image is in several files", (int)f->own.stem,
			f->o->name, f->v[0].name[f->own.stem] == '0' ? (int)f->own.digits : 1, number, f->own.tail);
}

static bool
begins_with_hole(const struct simg *p)
{
	return !p->n || p->v[0].block;
}

/* Are all numbers there, from 0 or 1 on? */
static int
check_numbers(const struct search *f, struct img_err *err)
{
	uint32_t first = f->v[0].number;

	if (first > 1 || (first == 1 && begins_with_hole(f->v[0].simg)))
		return fail_missing(f, first - 1, err);
	for (size_t i = 1; i < f->n; i++) {
		if (f->v[i].number == f->v[i - 1].number)
			return img_fail(err, IMG_E_FORMAT, "%s and %s are both part %" PRIu32, f->v[i - 1].name, f->v[i].name,
					f->v[i].number);
		if (f->v[i].number != f->v[i - 1].number + 1)
			return fail_missing(f, f->v[i - 1].number + 1, err);
	}
	return 0;
}

static int
open_all(struct search *f, struct simg_set *t, struct img_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < f->n; i++) {
		if (!f->v[i].simg)
			rc = simg_file_open(f->v[i].file, &f->v[i].simg, err);
		if (!rc)
			rc = simg_set_add(t, f->v[i].simg, err);
		else
			img_note(err, rc, "%s", f->v[i].name);
	}
	return rc;
}

static void
note_end(const struct simg_set *t)
{
	const struct simg_share *last = t->n_shares ? &t->share[t->n_shares - 1] : NULL;
	uint64_t end = last ? (uint64_t)last->block + last->n_blocks : 0, all = t->part[0]->header.n_blocks;

	if (end < all)
		img_problem(t->src.env, IMG_NOTE, "simg-end", "no part has anything from block %" PRIu64 " of %" PRIu64
			    " on: free space, or parts are missing at the end", end, all);
}

/* All that were found make a set, or the image is one file and @s stays empty. */
static int
make_set(struct search *f, struct img_source **ret, struct img_err *err)
{
	img_autounref struct img_source *s = NULL;
	struct simg_set *t = simg_set_new(f->o->env, f->file->src.size);
	const struct simg_share *twice;
	int rc;

	if (!t)
		return img_fail_nomem(err);
	s = &t->src;
	rc = open_all(f, t, err);
	if (rc)
		return rc;
	twice = simg_set_overlap(t);
	if (twice && !f->own.certain)
		return 0;
	if (twice)
		return img_fail(err, IMG_E_FORMAT, "%s and %s both have block %" PRIu32 ": they are not of one image",
				f->v[twice[0].part].name, f->v[twice[1].part].name, twice[1].block);
	rc = check_numbers(f, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < t->n; i++)
		simg_note_stray(t->part[i]);
	note_end(t);
	*ret = img_steal(&s);
	return 0;
}

int
simg_parts_open(const struct img_open *o, struct simg *file, struct img_source **ret, struct img_err *err)
{
	struct search f = { .o = o, .file = file };
	int rc;

	if (!o->folder || !o->name || !simg_name_parse(o->name, &f.own))
		return 0;
	rc = search(&f, err);
	if (!rc && (f.n > 1 || f.own.certain))
		rc = make_set(&f, ret, err);
	else if (!rc && f.own.number && begins_with_hole(file) && file->n)
		rc = fail_missing(&f, f.own.number - 1, err);
	search_done(&f);
	return rc;
}

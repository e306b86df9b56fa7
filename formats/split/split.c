/* SPDX-License-Identifier: BSD-2-Clause */
/* Split images, the descriptor and the claim.
 *
 * Any image may be cut into files: x.001 x.002 …, x.aa x.ab …, x.part1 x.part2 ….  They have no header; joined in order they
 * are the image, which is then opened like any other.  Only their names say that they belong together:
 *
 *   names.c    what a part may be called, and what follows it
 *   set.c      the parts in the folder, and the one that is missing
 *
 * Any part may be opened, and the set is read from its first.  All parts but the last are of one length; a shorter one was
 * cut off, and is refused.
 *
 * The claim goes before all who claim the bytes (IMG_MATCH_PART): a first part has the signatures of the whole.  Names alone
 * do not make a set: files numbered by hand or by date may each be an image.  So nothing is claimed when the first one ends
 * as an image does, or when it and the second begin with the same kind of thing. */
#include "config.h"

#include "formats/split/split.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/env.h"
#include "core/limits.h"
#include "core/memory.h"
#include "formats/split/set.h"
#include "formats/simg/simg.h"
#include "formats/udif/udif.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"
#include "img/tree.h"

struct split {
	struct img_source src;		/* first */
	struct img_source *joined;
	size_t n;
	char **names;
	uint64_t first_len, last_len;
	uint64_t *end;			/* of part i in the whole */
};

/* ---- the source ---- */

static int
split_map(struct img_source *src, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	struct split *s = (struct split *)src;

	*ret = (struct img_extent) { .len = src->size, .kind = IMG_DATA, .from = s->joined, .stored = src->size };
	return 0;
}

static int
split_describe(struct img_source *src, struct img_rep *rep, struct img_err *err)
{
	const struct split *s = (const struct split *)src;

	img_rep_str(rep, "format", "split");
	img_rep_uint(rep, "parts", s->n);
	img_rep_str(rep, "first_part", s->names[0]);
	img_rep_uint(rep, "part_size", s->first_len);
	img_rep_uint(rep, "last_part_size", s->last_len);
	img_rep_uint(rep, "stored_size", src->size);
	return 0;
}

static void
split_where(struct img_source *src, uint64_t off, char *buf, size_t len)
{
	const struct split *s = (const struct split *)src;
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->end[mid] <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	snprintf(buf, len, "part %zu of %zu, \"%.200s\"", lo + 1, s->n, lo < s->n ? s->names[lo] : "");
}

static void
split_destroy(struct img_source *src)
{
	struct split *s = (struct split *)src;

	img_unref(s->joined);
	for (size_t i = 0; s->names && i < s->n; i++)
		free(s->names[i]);
	free(s->names);
	free(s->end);
	free(s);
}

static const struct img_source_ops split_ops = {
	.map = split_map, .describe = split_describe, .where = split_where, .destroy = split_destroy,
};

/* ---- the claim ---- */

/* Which container's signature does @s begin with?  Its title; NULL: none. */
static const char *
signature(struct img_source *s)
{
	uint8_t b[64];

	for (size_t i = 0; img_containers[i]; i++)
		for (const struct img_magic *m = img_containers[i]->magics; m && m->n; m++)
			if (m->where == IMG_FROM_START && m->n <= sizeof b && m->off + m->n <= s->size &&
			    !img_source_read(s, m->off, b, m->n, NULL) && !memcmp(b, m->bytes, m->n))
				return img_containers[i]->title;
	return NULL;
}

/* What begins in @s; NULL: nothing we know. */
static const char *
begins_with(struct img_source *s)
{
	const char *kind = signature(s);
	struct img_volumes v;

	if (kind || img_volumes(s, true, &v, NULL))
		return kind;
	if (v.n_tables)
		kind = v.table[0].scheme;
	else if (v.n && v.v[0].fs)
		kind = v.v[0].fs->name;
	img_volumes_done(&v);
	return kind;
}

/* Are the files images of their own, though numbered? */
static bool
are_apart(struct img_tree *folder, const struct split_set *set)
{
	img_autounref struct img_source *one = NULL, *two = NULL;
	const char *kind, *other;

	if (set->n < 2 || img_tree_content(folder, set->v[0]->id, NULL, &one, NULL) ||
	    img_tree_content(folder, set->v[1]->id, NULL, &two, NULL))
		return false;
	if (img_format_udif.confirm(&(struct img_open) { .below = one, .env = one->env }))	/* a DMG ends with its header */
		return true;
	kind = begins_with(two);
	other = kind ? begins_with(one) : NULL;
	return other && !strcmp(kind, other);
}

/* Parts of an Android image, each of which is one: its format joins them. */
static bool
is_sparse_part(struct img_tree *folder, const struct split_set *set)
{
	img_autounref struct img_source *one = NULL;

	return set->n && !img_tree_content(folder, set->v[0]->id, NULL, &one, NULL) && simg_is_whole(one);
}

static enum img_match
split_confirm(const struct img_open *o)
{
	int64_t budget = atomic_load(&o->env->budget);
	struct split_set set;
	bool sparse, apart;

	if (!o->folder || !o->name || split_set_find(o->folder, IMG_TREE_ROOT, o->name, &set, NULL))
		return IMG_MATCH_NONE;
	img_env_set_budget(o->env, IMG_NO_BUDGET);	/* its chunks are walked when it is opened anyway */
	sparse = is_sparse_part(o->folder, &set);
	/* what these two reads may cost is not taken from the others */
	img_env_set_budget(o->env, 2 * IMG_PROBE_BUDGET);
	apart = !sparse && are_apart(o->folder, &set);
	img_env_set_budget(o->env, budget);
	if (apart)
		img_problem(o->env, IMG_NOTE, "not-joined", "\"%s\" follows it by name, but is an image of its own; they were not "
			    "joined", set.v[1]->name);
	split_set_done(&set);
	return sparse || apart ? IMG_MATCH_NONE : IMG_MATCH_PART;
}

/* ---- opening ---- */

static int
check_lengths(const struct split_set *set, struct img_env *env, struct img_err *err)
{
	for (size_t i = 1; i < set->n; i++) {
		uint64_t before = set->v[i - 1]->size, now = set->v[i]->size;

		if (now > before)
			img_problem(env, IMG_WARNING, "parts-unequal", "part %zu, \"%s\", has %" PRIu64 " bytes, the one before it %"
				    PRIu64 ": are they of one set?", i + 1, set->v[i]->name, now, before);
		else if (now < before && i + 1 < set->n)
			return img_fail(err, IMG_E_FORMAT, "part %zu of %zu, \"%s\", has %" PRIu64 " bytes, the one before it %" PRIu64
					": it was cut off, or is of another set", i + 1, set->n, set->v[i]->name, now, before);
	}
	return 0;
}

static int
join(struct split *s, struct img_tree *folder, const struct split_set *set, struct img_err *err)
{
	img_autofree struct img_piece *pieces = NULL;
	uint64_t end = 0;
	size_t n = 0;
	int rc = img_array(set->n, sizeof *pieces, UINT64_MAX, "parts", &pieces, err);

	if (!rc)
		rc = img_array(set->n, sizeof *s->end, UINT64_MAX, "parts", &s->end, err);
	for (; !rc && n < set->n; n++) {
		struct img_source *file;

		rc = img_tree_content(folder, set->v[n]->id, NULL, &file, err);
		if (rc) {
			img_note(err, rc, "part %zu, \"%s\"", n + 1, set->v[n]->name);
			break;
		}
		pieces[n] = (struct img_piece) { file, 0, file->size };
		s->end[n] = end += file->size;
	}
	if (!rc)
		rc = img_concat(s->src.env, pieces, n, &s->joined, err);
	while (n)
		img_unref(pieces[--n].s);
	if (!rc)
		s->src.size = s->joined->size;
	return rc;
}

static int
make(const struct img_open *o, const struct split_set *set, struct img_source **ret, struct img_err *err)
{
	img_autounref struct img_source *src = NULL;
	struct split *s;
	int rc;

	if (set->missing)
		return img_fail(err, IMG_E_FORMAT, "part %zu, \"%s\", is missing; %zu more %s there", set->n + 1, set->missing,
				set->beyond, set->beyond == 1 ? "is" : "are");
	rc = check_lengths(set, o->env, err);
	if (rc)
		return rc;
	s = calloc(1, sizeof *s);
	if (!s)
		return img_fail_nomem(err);
	src = &s->src;
	img_source_init(src, &split_ops, o->env, "split", 0, 512);
	s->n = set->n;
	s->first_len = set->v[0]->size;
	s->last_len = set->v[set->n - 1]->size;
	rc = img_array(s->n, sizeof *s->names, UINT64_MAX, "parts", &s->names, err);
	for (size_t i = 0; !rc && i < s->n; i++)
		if (!(s->names[i] = strdup(set->v[i]->name)))
			rc = img_fail_nomem(err);
	if (!rc)
		rc = join(s, o->folder, set, err);
	if (!rc)
		*ret = img_steal(&src);
	return rc;
}

static int
split_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	struct split_set set;
	int rc;

	if (!o->folder || !o->name)
		return img_fail(err, IMG_E_USAGE, "the other parts are looked for by name, and this has none");
	rc = split_set_find(o->folder, IMG_TREE_ROOT, o->name, &set, err);
	if (rc)
		return rc;
	rc = make(o, &set, ret, err);
	split_set_done(&set);
	return rc;
}

const struct img_format img_format_split = {
	.name = "split",
	.title = "image in parts",
	.confirm = split_confirm,
	.open = split_open,
	.wraps_anything = true,
};

/* ---- for others ---- */

size_t
split_part_find(const struct img_source *src, const char *name)
{
	const struct split *s = (const struct split *)src;
	size_t i = 0;

	if (src->ops != &split_ops)
		return SIZE_MAX;
	while (i < s->n && strcmp(s->names[i], name))
		i++;
	return i < s->n ? i : SIZE_MAX;
}

int
split_part(struct img_source *src, size_t i, struct img_source **ret, struct img_err *err)
{
	const struct split *s = (const struct split *)src;
	uint64_t start = i ? s->end[i - 1] : 0;

	return img_slice(src, start, s->end[i] - start, ret, err);
}

bool
split_orphan(const struct img_open *o, char *buf, size_t len)
{
	char index[SPLIT_MAX_INDEX + 1];
	struct split_name n;
	bool first = false;

	if (!o->name || !split_name_parse(o->name, &n))
		return false;
	for (unsigned int i = 0; !first && i < 2 && split_index_first(&n, i, index); i++)
		first = !strcmp(index, n.index);
	if (!first && n.letters)
		return false;
	if (first)
		split_index_next(n.index, index);
	else
		split_index_first(&n, 1, index);
	snprintf(buf, len, first ? "by its name the first of several parts, and \"%.*s%s\" is not there" :
		 "by its name one of several parts, and the first, \"%.*s%s\", is not there", (int)n.stem, o->name, index);
	return true;
}

bool
split_is_later(struct img_tree *folder, uint64_t dir, const char *name)
{
	struct split_set set;
	bool later;

	if (split_set_find(folder, dir, name, &set, NULL))
		return false;
	later = set.opened != 0;
	split_set_done(&set);
	return later;
}

bool
split_same_set(const char *first, const char *name)
{
	struct split_name a, b;

	return split_name_parse(first, &a) && split_name_parse(name, &b) && a.stem == b.stem && a.letters == b.letters &&
	       !strncmp(first, name, a.stem);
}

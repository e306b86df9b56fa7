/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding a set: the first part by its name, then one after another, then what lies behind a gap.
 *
 * The folder is listed once and searched by halving.  That a file beyond a gap belongs to the set is only guessed by its
 * name, so it must be near: "x.gz" beside x.aa and x.ab is no part of theirs. */
#include "config.h"

#include "formats/split/set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

#define NEAR_LETTERS 26
#define NEAR_DIGITS 100

/* @name with another index; from malloc. */
static char *
with_index(const char *name, const struct split_name *n, const char *index)
{
	char *s = malloc(n->stem + SPLIT_MAX_INDEX + 1);

	if (s) {
		memcpy(s, name, n->stem);
		strcpy(s + n->stem, index);
	}
	return s;
}

/* ---- the first ---- */

/* The index of the first part, which must be there. */
static int
find_first(struct img_tree *folder, uint64_t dir, const char *name, const struct split_name *n, char *ret, struct img_err *err)
{
	char index[SPLIT_MAX_INDEX + 1];

	for (unsigned int i = 0; split_index_first(n, i, index); i++) {
		img_autofree char *path = with_index(name, n, index);
		struct img_node node;
		int rc = path ? img_tree_find(folder, dir, path, &node, NULL) : img_fail_nomem(err);

		if (!rc && node.type == IMG_NODE_FILE) {
			strcpy(ret, index);
			return 0;
		}
		if (!path)
			return rc;
	}
	return img_fail(err, IMG_E_UNKNOWN, "its first part is not there");
}

/* ---- the others ---- */

static const struct img_node *
look_up(const struct split_set *s, const char *name)
{
	size_t lo = 0, hi = s->all.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = strcmp(s->all.v[mid].name, name);

		if (!order)
			return s->all.v[mid].type == IMG_NODE_FILE ? &s->all.v[mid] : NULL;
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

static const struct img_node *
part_at(const struct split_set *s, const char *name, const struct split_name *n, const char *index)
{
	img_autofree char *path = with_index(name, n, index);

	return path ? look_up(s, path) : NULL;
}

/* Follow the indices from @index on, which is left at the last one. */
static int
follow(struct split_set *s, const char *name, const struct split_name *n, char *index, struct img_err *err)
{
	const struct img_node *part = part_at(s, name, n, index);
	char next[SPLIT_MAX_INDEX + 1];
	size_t room = 0;

	while (part) {
		int rc = img_room(&s->v, s->n, &room, sizeof *s->v, err);

		if (rc)
			return rc;
		if (s->n == SPLIT_MAX_PARTS)
			return img_fail(err, IMG_E_LIMIT, "more than %d parts", SPLIT_MAX_PARTS);
		if (!strcmp(part->name, name))
			s->opened = s->n;
		s->v[s->n++] = part;
		part = split_index_next(index, next) ? part_at(s, name, n, next) : NULL;
		if (!part && split_index_widen(index, next))
			part = part_at(s, name, n, next);
		if (part)
			strcpy(index, next);
	}
	return 0;
}

/* Is @node a part behind @last, by its name and not far away? */
static bool
is_beyond(const struct img_node *node, const char *name, const struct split_name *n, const char *last)
{
	const char *index = node->name + n->stem;
	size_t len = strlen(last), have;
	uint64_t from = split_index_value(last), to;

	if (node->type != IMG_NODE_FILE || strncmp(node->name, name, n->stem))
		return false;
	have = strspn(index, n->letters ? "abcdefghijklmnopqrstuvwxyz" : "0123456789");
	if (index[have] || have > SPLIT_MAX_INDEX || (have != len && (n->letters || have < len || index[0] == '0')))
		return false;
	to = split_index_value(index);
	return to > from && to - from <= (n->letters ? NEAR_LETTERS : NEAR_DIGITS);
}

static int
find_gap(struct split_set *s, const char *name, const struct split_name *n, const char *last, struct img_err *err)
{
	char next[SPLIT_MAX_INDEX + 1];

	for (size_t i = 0; i < s->all.n; i++)
		s->beyond += is_beyond(&s->all.v[i], name, n, last);
	if (!s->beyond || !split_index_next(last, next))
		return 0;
	s->missing = with_index(name, n, next);
	return s->missing ? 0 : img_fail_nomem(err);
}

/* Is the file that was asked for, and is not among those that follow each other, one behind the gap? */
static bool
is_lost(const struct split_set *s, const char *name, const struct split_name *n, const char *last)
{
	const struct img_node *node = s->missing ? look_up(s, name) : NULL;

	return node && is_beyond(node, name, n, last);
}

int
split_set_find(struct img_tree *folder, uint64_t dir, const char *name, struct split_set *ret, struct img_err *err)
{
	struct split_set s = { .opened = SIZE_MAX };
	char index[SPLIT_MAX_INDEX + 1];
	struct split_name n;
	int rc;

	if (!split_name_parse(name, &n))
		return img_fail(err, IMG_E_UNKNOWN, "its name is not that of a part");
	rc = find_first(folder, dir, name, &n, index, err);
	if (!rc)
		rc = img_tree_list(folder, dir, &s.all, err);
	if (rc)
		return rc;
	rc = follow(&s, name, &n, index, err);
	if (!rc)
		rc = find_gap(&s, name, &n, index, err);
	if (!rc && (s.n + s.beyond < 2 || (s.opened == SIZE_MAX && !is_lost(&s, name, &n, index))))
		rc = img_fail(err, IMG_E_UNKNOWN, "no other part is there");
	if (rc) {
		split_set_done(&s);
		return rc;
	}
	*ret = s;
	return 0;
}

void
split_set_done(struct split_set *s)
{
	img_nodes_done(&s->all);
	free(s->v);
	free(s->missing);
	*s = (struct split_set) { 0 };
}

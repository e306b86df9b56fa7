/* SPDX-License-Identifier: BSD-2-Clause */
/* Short names for the names of one folder.  What is a short name already keeps it; the others get a numeric tail,
 * in byte order of the long names: ~1 to ~9 behind six characters, ~10 to ~99 behind five, and so on.  The result
 * depends on the names alone. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "formats/fat/plan.h"

#define MAX_DIGITS 6

/* Keys are a short name and a number of digits: with 0 the name is taken, else the value is the last tail tried
 * behind the stem that the key gives. */
#define KEY_LEN (FAT_NAME_LEN + 1)

struct slot {
	uint8_t key[KEY_LEN];
	bool used;
	uint32_t value;
};

struct set {
	struct slot *v;
	size_t n, room;		/* @room: a power of two */
};

static uint32_t
hash(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint32_t h = 2166136261u;	/* FNV-1a */

	while (len--)
		h = (h ^ *p++) * 16777619u;
	return h ^ h >> 15;
}

static struct slot *
set_find(const struct set *s, const uint8_t *key)
{
	size_t i = hash(key, KEY_LEN) & (s->room - 1);

	while (s->v[i].used && memcmp(s->v[i].key, key, KEY_LEN))
		i = (i + 1) & (s->room - 1);
	return &s->v[i];
}

static int
set_grow(struct set *s, struct img_err *err)
{
	struct set more = { .n = s->n, .room = s->room ? s->room * 2 : 64 };

	more.v = calloc(more.room, sizeof *more.v);
	if (!more.v)
		return img_fail_nomem(err);
	for (size_t i = 0; i < s->room; i++)
		if (s->v[i].used)
			*set_find(&more, s->v[i].key) = s->v[i];
	free(s->v);
	*s = more;
	return 0;
}

/* The slot of @name and @digits, added if it is not there; *ret_old says whether it was. */
static int
set_add(struct set *s, const uint8_t *name, uint8_t digits, struct slot **ret, bool *ret_old, struct img_err *err)
{
	uint8_t key[KEY_LEN];
	int rc = s->n * 2 >= s->room ? set_grow(s, err) : 0;

	if (rc)
		return rc;
	memcpy(key, name, FAT_NAME_LEN);
	key[FAT_NAME_LEN] = digits;
	*ret = set_find(s, key);
	*ret_old = (*ret)->used;
	if (!(*ret)->used) {
		memcpy((*ret)->key, key, KEY_LEN);
		(*ret)->used = true;
		s->n++;
	}
	return 0;
}

/* ---- tails ---- */

/* @name with the first part cut so that "~" and @digits fit. */
static void
stem_of(const uint8_t *name, unsigned int digits, uint8_t *ret)
{
	memcpy(ret, name, FAT_NAME_LEN);
	memset(ret + 7 - digits, ' ', digits + 1);
}

/* The next tail of @digits that is free behind @n's stem; *ret_done says whether there was one. */
static int
try_digits(struct set *s, struct fat_node *n, unsigned int digits, uint32_t low, bool *ret_done, struct img_err *err)
{
	uint8_t stem[FAT_NAME_LEN], name[FAT_NAME_LEN];
	uint32_t next;
	struct slot *slot;
	bool old;
	int rc;

	stem_of(n->short_name, digits, stem);
	rc = set_add(s, stem, (uint8_t)digits, &slot, &old, err);
	if (rc)
		return rc;
	next = old ? slot->value : low;
	*ret_done = false;
	while (!*ret_done && next < low * 10) {
		memcpy(name, n->short_name, sizeof name);
		fat_short_tail(name, next++);
		rc = set_add(s, name, 0, &slot, &old, err);
		if (rc)
			return rc;
		*ret_done = !old;
	}
	if (*ret_done)
		memcpy(n->short_name, name, sizeof name);
	rc = set_add(s, stem, (uint8_t)digits, &slot, &old, err);	/* the table may have moved */
	if (!rc)
		slot->value = next;
	return rc;
}

static int
give_tail(struct set *s, struct fat_node *n, struct img_err *err)
{
	uint32_t low = 1;
	bool done = false;

	for (unsigned int digits = 1; !done && digits <= MAX_DIGITS; digits++, low *= 10) {
		int rc = try_digits(s, n, digits, low, &done, err);

		if (rc)
			return rc;
	}
	return done ? 0 : img_fail(err, IMG_E_UNSUPPORTED, "there is no short name left for \"%.100s\"", n->name);
}

/* ---- names that are the same to FAT ---- */

static size_t
fold(const char *name, uint16_t *ret)
{
	size_t n = 0;

	(void)fat_long_units(name, ret, &n);
	for (size_t i = 0; i < n; i++)
		ret[i] = fat_upcase(ret[i]);
	return n;
}

static struct fat_node **
folded_find(struct fat_node **table, size_t room, const char *name)
{
	uint16_t a[FAT_LONG_MAX], b[FAT_LONG_MAX];
	size_t n = fold(name, a), i = hash(a, n * sizeof *a) & (room - 1);

	while (table[i]) {
		if (fold(table[i]->name, b) == n && !memcmp(a, b, n * sizeof *a))
			break;
		i = (i + 1) & (room - 1);
	}
	return &table[i];
}

static int
drop_twins(struct img_env *env, struct fat_node *dir, const struct fat_options *o, struct img_err *err)
{
	img_autofree struct fat_node **table = NULL;
	struct fat_node **link = &dir->first;
	size_t room = 16, count = 0;
	char path[FAT_PATH_ROOM];

	for (struct fat_node *n = dir->first; n; n = n->next)
		count++;
	while (room < 2 * count)
		room *= 2;
	table = calloc(room, sizeof *table);
	if (!table)
		return img_fail_nomem(err);
	while (*link) {
		struct fat_node *n = *link, **twin = folded_find(table, room, n->name);

		if (*twin) {
			int rc = fat_refuse(env, o, err, "%s: to FAT it has the same name as \"%.100s\" beside it",
					    fat_node_path(n, path), (*twin)->name);

			if (rc)
				return rc;
			*link = n->next;
			continue;
		}
		*twin = n;
		link = &n->next;
	}
	return 0;
}

/* ---- a folder ---- */

static void
count_slots(struct fat_node *n)
{
	uint16_t units[FAT_LONG_MAX];
	size_t len = 0;

	n->slots = 1;
	if (n->alone)
		return;
	(void)fat_long_units(n->name, units, &len);
	n->slots += (uint32_t)((len + FAT_LONG_UNITS - 1) / FAT_LONG_UNITS);
}

int
fat_shorten(struct img_env *env, struct fat_node *dir, const struct fat_options *o, struct img_err *err)
{
	struct set set = { 0 };
	int rc = drop_twins(env, dir, o, err);

	for (struct fat_node *n = dir->first; !rc && n; n = n->next) {
		enum fat_fit fit = fat_short_make(n->name, n->short_name, &n->cases);
		struct slot *slot;
		bool old;

		n->alone = fit == FAT_FIT_ALONE;
		count_slots(n);
		n->wants_tail = fit == FAT_FIT_TAIL;
		if (!n->wants_tail)
			rc = set_add(&set, n->short_name, 0, &slot, &old, err);
	}
	for (struct fat_node *n = dir->first; !rc && n; n = n->next)
		if (n->wants_tail)
			rc = give_tail(&set, n, err);
	free(set.v);
	return rc;
}

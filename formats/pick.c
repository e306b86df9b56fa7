/* SPDX-License-Identifier: BSD-2-Clause */
/* -P: the volume that a number or a name means.  A number counts as the tools of the first table that is no protective
 * MBR do, and goes before a name that looks like one.  A name is compared without case, first with names of partitions, then with all other words: types and their
 * titles ("Apple_HFS" is understood for GPT and MBR too), GUIDs, file systems. */
#include "config.h"

#include "formats/parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "formats/gpt/types.h"

/* ---- what there is ---- */

static const struct img_parts *
numbered_table(const struct img_volumes *v)
{
	for (size_t i = 0; i < v->n_tables; i++)
		if (!v->table[i].protective)
			return &v->table[i];
	return NULL;
}

/* Append to a text that stops growing when it is full. */
static void __attribute__((format(printf, 4, 5)))
text_add(char *text, size_t room, size_t *used, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text + *used, room - *used, fmt, ap);
	va_end(ap);
	if (n > 0)
		*used = (size_t)n < room - *used ? *used + (size_t)n : room - 1;
}

static void
text_part(char *text, size_t room, size_t *used, const struct img_part *p)
{
	char name[160];

	text_add(text, room, used, "%s%" PRIu32, *used ? ", " : "", p->index);
	text_safe(name, sizeof name, p->name, true);
	if (name[0])
		text_add(text, room, used, " \"%s\"", name);
	text_safe(name, sizeof name, p->type_title ? p->type_title : p->type, true);
	text_add(text, room, used, " (%s)", name);
}

static int
not_found(const struct img_volumes *v, const char *which, struct img_err *err)
{
	const struct img_parts *t = numbered_table(v);
	char have[300] = "", name[80];
	size_t used = 0;

	text_safe(name, sizeof name, which, true);
	if (!t)
		return img_fail(err, IMG_E_USAGE, "partition %s not found; this disk has no partition table", name);
	for (size_t i = 0; i < t->n; i++) {
		if (used > sizeof have - 100) {
			text_add(have, sizeof have, &used, " and more");
			break;
		}
		if (!t->v[i].meta)
			text_part(have, sizeof have, &used, &t->v[i]);
	}
	if (!used)
		return img_fail(err, IMG_E_USAGE, "partition %s not found; this disk has no partitions", name);
	return img_fail(err, IMG_E_USAGE, "partition %s not found; this disk has: %s", name, have);
}

/* ---- matching ---- */

static const struct img_volume *
volume_of(const struct img_volumes *v, const struct img_part *p)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->v[i].off == p->start && v->v[i].len == p->len)
			return &v->v[i];
	return NULL;
}

static bool
equal(const char *a, const char *which)
{
	return a && a[0] && strcasecmp(a, which) == 0;
}

static bool
part_has_name(const struct img_part *p, const char *which)
{
	return equal(p->name, which);
}

static bool
part_has_type(const struct img_part *p, const char *which)
{
	const struct gpt_type *t = gpt_type_find(p->type);

	return equal(p->type, which) || equal(p->type_title, which) || equal(p->uuid, which) ||
	       (t && equal(t->word, which)) || (strcmp(p->type, "0xaf") == 0 && equal("Apple_HFS", which));
}

static bool
fs_matches(const struct img_volume *v, const char *which)
{
	return v->fs && (equal(v->fs->name, which) || equal(v->fs->title, which));
}

struct pick {
	const struct img_volume *first, *second;
};

static void
pick_add(struct pick *p, const struct img_volume *vol)
{
	if (!vol || vol == p->first)
		return;
	if (!p->first)
		p->first = vol;
	else if (!p->second)
		p->second = vol;
}

static void
pick_parts(const struct img_volumes *v, const char *which, bool (*fits)(const struct img_part *, const char *),
	   struct pick *ret)
{
	for (size_t t = 0; t < v->n_tables; t++)
		for (size_t i = 0; !v->table[t].protective && i < v->table[t].n; i++)
			if (!v->table[t].v[i].meta && fits(&v->table[t].v[i], which))
				pick_add(ret, volume_of(v, &v->table[t].v[i]));
}

/* @which as a number; false if it is none. */
static bool
number_parse(const char *which, uint32_t *ret)
{
	unsigned long long n;
	char *end;

	if (which[0] < '0' || which[0] > '9')
		return false;
	errno = 0;
	n = strtoull(which, &end, 10);
	if (*end || errno || n > UINT32_MAX)
		return false;
	*ret = (uint32_t)n;
	return true;
}

/* IMG_E_UNKNOWN: no partition has this number. */
static int
pick_number(const struct img_volumes *v, uint32_t index, const struct img_volume **ret, struct img_err *err)
{
	const struct img_parts *t = numbered_table(v);
	const struct img_part *found = NULL;
	const struct img_volume *vol;

	for (size_t i = 0; t && i < t->n; i++)
		if (t->v[i].index == index)
			found = &t->v[i];
	if (!found)
		return IMG_E_UNKNOWN;
	vol = found->meta ? NULL : volume_of(v, found);
	if (!vol)
		return img_fail(err, IMG_E_USAGE, "partition %" PRIu32 " (%s) holds no volume", index,
				found->type_title ? found->type_title : "part of the map");
	*ret = vol;
	return 0;
}

static void
pick_name(const struct img_volumes *v, const char *which, struct pick *ret)
{
	pick_parts(v, which, part_has_name, ret);
	if (!ret->first)
		pick_parts(v, which, part_has_type, ret);
	if (ret->first)
		return;
	for (size_t i = 0; i < v->n; i++)
		if (fs_matches(&v->v[i], which))
			pick_add(ret, &v->v[i]);
}

int
img_volumes_pick(const struct img_volumes *v, const char *which, const struct img_volume **ret, struct img_err *err)
{
	struct pick p = { 0 };
	char name[80];
	uint32_t index;

	if (number_parse(which, &index)) {
		int rc = pick_number(v, index, ret, err);

		if (rc != IMG_E_UNKNOWN)
			return rc;
	}
	pick_name(v, which, &p);
	if (!p.first)
		return not_found(v, which, err);
	if (p.second) {
		text_safe(name, sizeof name, which, true);
		return img_fail(err, IMG_E_USAGE,
				"\"%s\" fits more than one partition (those at byte %" PRIu64 " and %" PRIu64
				"); choose by number", name, p.first->off, p.second->off);
	}
	*ret = p.first;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Names that HFS+ can hold.  What it cannot is changed, in a way that depends on nothing but the names of the folder:
 *
 *   bytes that are no UTF-8	"%XX", as macOS shows them
 *   more than 255 units	cut, "~" and eight digits of the name's CRC-32, then the suffix
 *   equal to another's		"~2", "~3"... before the suffix; of equal names the first by bytes keeps its own
 *   nothing that counts	the same: without case some characters are invisible to the catalog
 *
 * Every change is a problem, so that --strict refuses it. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/hfsplus/making.h"
#include "formats/hfsplus/names.h"
#include "img/check.h"
#include "img/env.h"

#define UNITS_ROOM 4096		/* of a name before it is cut; the longest a host has is 765 */
#define MAX_SUFFIX 16		/* units of a suffix that is kept when a name is changed, its dot included */

/* Where the suffix begins; the end if there is none worth keeping. */
static size_t
suffix_at(const uint16_t *name, size_t n)
{
	for (size_t i = n; i > 1 && n - i < MAX_SUFFIX; i--)
		if (name[i - 1] == '.')
			return i - 1;
	return n;
}

/* @name with @mark before its suffix, cut to what fits. */
static size_t
marked(const uint16_t *name, size_t n, const char *mark, uint16_t *ret)
{
	uint16_t units[16];
	size_t n_mark = hfs_name_ascii(mark, units), at = suffix_at(name, n), n_suffix = n - at;
	size_t base = hfs_name_cut(name, at, HFS_NAME_UNITS - n_mark - n_suffix);

	memcpy(ret, name, base * sizeof *ret);
	memcpy(ret + base, units, n_mark * sizeof *ret);
	memcpy(ret + base + n_mark, name + at, n_suffix * sizeof *ret);
	return base + n_mark + n_suffix;
}

/* The name as it is on disk, changed for the @try-th time; *ret_why: what was wrong with it. */
static size_t
make_name(const char *name, uint32_t try, uint16_t ret[HFS_NAME_UNITS], const char **ret_why)
{
	uint16_t units[UNITS_ROOM];
	char mark[16];
	bool foreign;
	size_t n = hfs_name_units(name, units, UNITS_ROOM, &foreign);

	*ret_why = foreign ? "is not UTF-8" : NULL;
	if (n > HFS_NAME_UNITS) {
		snprintf(mark, sizeof mark, "~%08" PRIx32, (uint32_t)img_digest_crc32.piece(name, strlen(name)));
		n = marked(units, n < UNITS_ROOM ? n : UNITS_ROOM, mark, ret);
		memcpy(units, ret, n * sizeof *ret);
		*ret_why = "is longer than 255 characters on HFS+";
	}
	if (try) {
		snprintf(mark, sizeof mark, "~%" PRIu32, try + 1);
		n = marked(units, n, mark, ret);
	} else {
		memcpy(ret, units, n * sizeof *ret);
	}
	return n;
}

static int
set_name(struct hfs_author *a, struct mentry *e, struct img_err *err)
{
	uint16_t units[HFS_NAME_UNITS], *kept;
	const char *why;

	e->n = (uint16_t)make_name(e->node->name, e->try, units, &why);
	e->why = e->why ? e->why : why;
	kept = img_arena_alloc(a->arena, e->n * sizeof *kept);
	if (!kept)
		return img_fail_nomem(err);
	memcpy(kept, units, e->n * sizeof *kept);
	e->name = kept;
	return 0;
}

/* Names that the catalog itself needs, in the root. */
static bool
is_private(const struct hfs_author *a, uint32_t dir, const struct mentry *e)
{
	uint16_t units[32] = { 0 };
	size_t n = HFS_PRIVATE_PREFIX + hfs_name_ascii("HFS+ Private Data", units + HFS_PRIVATE_PREFIX);

	return dir == 0 && !hfs_compare_names(a, e->name, e->n, units, n);
}

static void
tell(struct hfs_author *a, uint32_t dir, const struct mentry *e)
{
	char buf[512], name[HFS_NAME_ROOM];
	const char *in = hfs_making_path(a, a->dir[dir].node, buf, sizeof buf);

	hfs_name_utf8(e->name, e->n, name);
	img_problem(a->src.env, IMG_WARNING, "hfs-name", "%s%s%s: the name %s; it became \"%s\"", in, *in ? "/" : "",
		    e->node->name, e->why, name);
	a->made.n_renamed++;
}

/* For qsort, which passes nothing on: the catalog's order needs to know of case. */
static int
by_fold(const void *x, const void *y)
{
	const struct mentry *a = x, *b = y;
	int c = hfs_compare_folded(a->name, a->n, b->name, b->n);

	if (c || a->try != b->try)
		return c ? c : a->try < b->try ? -1 : 1;
	return strcmp(a->node->name, b->node->name);
}

static int
by_units(const void *x, const void *y)
{
	const struct mentry *a = x, *b = y;
	int c = hfs_compare_binary(a->name, a->n, b->name, b->n);

	if (c || a->try != b->try)
		return c ? c : a->try < b->try ? -1 : 1;
	return strcmp(a->node->name, b->node->name);
}

/* Of names that are equal the first stays; the others get their next try.  *ret_more: there were any. */
static int
part_equals(struct hfs_author *a, struct mentry *v, size_t n, bool *ret_more, struct img_err *err)
{
	int rc = 0;

	*ret_more = false;
	for (size_t i = 0, k; !rc && i < n; i = k) {
		uint32_t more = 0;

		for (k = i + 1; !rc && k < n && !hfs_compare_names(a, v[i].name, v[i].n, v[k].name, v[k].n); k++)
			v[k].try += ++more;
		for (size_t j = i + 1; !rc && j < k; j++) {
			v[j].why = v[j].why ? v[j].why : a->o.case_sensitive ? "is stored like another one's in its folder" :
				   "is the same as another one's in its folder but for case";
			rc = set_name(a, &v[j], err);
		}
		*ret_more = *ret_more || more;
	}
	return rc;
}

int
hfs_name_entries(struct hfs_author *a, uint32_t dir, struct mentry *v, size_t n, struct img_err *err)
{
	int (*order)(const void *, const void *) = a->o.case_sensitive ? by_units : by_fold;
	bool more = true;
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++) {
		rc = set_name(a, &v[i], err);
		if (!rc && ((!a->o.case_sensitive && hfs_name_is_void(v[i].name, v[i].n)) || is_private(a, dir, &v[i]))) {
			v[i].try = 1;
			v[i].why = "cannot stand in the catalog";
			rc = set_name(a, &v[i], err);
		}
	}
	qsort(v, n, sizeof *v, order);
	while (!rc && more) {
		rc = part_equals(a, v, n, &more, err);
		if (!rc && more)
			qsort(v, n, sizeof *v, order);
	}
	for (size_t i = 0; !rc && i < n; i++)
		if (v[i].why)
			tell(a, dir, &v[i]);
	return rc;
}

int
hfs_name_label(struct hfs_author *a, struct img_err *err)
{
	uint16_t units[UNITS_ROOM];
	const char *label = a->o.label && *a->o.label ? a->o.label : "untitled";
	bool foreign;
	size_t n = hfs_name_units(label, units, UNITS_ROOM, &foreign);

	if (foreign)
		return img_fail(err, IMG_E_USAGE, "the label is not UTF-8");
	if (n > HFS_NAME_UNITS)
		return img_fail(err, IMG_E_USAGE, "the label \"%.60s\" has %zu characters on HFS+; at most %d fit", label, n,
				HFS_NAME_UNITS);
	if (hfs_name_is_void(units, n))
		return img_fail(err, IMG_E_USAGE, "the label has no visible character");
	memcpy(a->label, units, n * sizeof *units);
	a->n_label = (uint16_t)n;
	return 0;
}

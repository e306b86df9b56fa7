/* SPDX-License-Identifier: BSD-2-Clause */
/* What lies on the sectors: every partition table is asked, and their partitions become one list of volumes in which each
 * range stands once, with all who claim it.  A hybrid ISO has ISO 9660, MBR, GPT and APM at once; none is chosen silently.
 *
 * - A protective MBR and parts that are no volumes (maps, free space, extended partitions) stay in the tables only.
 * - Where no table has a volume, the whole source is one.
 * - Where there are some, the whole source is one more if it carries ISO 9660 or UDF itself.  Other signatures are not
 *   asked for there: what looks like a file system across a partitioned disk is a leftover. */
#include "config.h"

#include "formats/parts.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

void
img_volumes_done(struct img_volumes *v)
{
	for (size_t i = 0; i < v->n_tables; i++)
		img_parts_done(&v->table[i]);
	for (size_t i = 0; i < v->n; i++)
		free((char *)v->v[i].schemes);
	free(v->v);
	*v = (struct img_volumes) { 0 };
}

bool
img_volumes_any(struct img_source *s)
{
	struct img_volumes v;
	bool known = false;

	if (img_volumes(s, true, &v, NULL))
		return false;
	known = v.n_tables > 0;
	for (size_t i = 0; i < v.n; i++)
		known = known || v.v[i].fs;
	img_volumes_done(&v);
	return known;
}

#define AUTO_VOLUMES __attribute__((cleanup(img_volumes_done)))

/* ---- tables ---- */

static int
tables_find(struct img_source *s, struct img_volumes *v, struct img_err *err)
{
	size_t room = sizeof v->table / sizeof *v->table;

	for (size_t i = 0; img_partition_tables[i] && v->n_tables < room; i++) {
		const struct img_format *f = img_partition_tables[i];
		struct img_parts p = { 0 };
		struct img_err e = { 0 };
		int rc = f->parts(s, &p, &e);

		if (!rc) {
			v->table[v->n_tables++] = p;
			continue;
		}
		img_parts_done(&p);
		if (img_is_fatal(rc)) {
			if (err)
				*err = e;
			return rc;
		}
		if (rc == IMG_E_LIMIT)
			img_problem(s->env, IMG_NOTE, "not-examined", "partitions were not looked for: %s", e.msg);
		else if (rc != IMG_E_UNKNOWN)
			img_problem(s->env, IMG_ERROR, "unreadable", "partitions cannot be looked for: %s", e.msg);
	}
	return 0;
}

/* ---- volumes ---- */

/* A partition that is to become a volume, and the place of its table. */
struct claim {
	const struct img_part *part;
	size_t table;
};

static int
by_range(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	if (x->part->start != y->part->start)
		return x->part->start < y->part->start ? -1 : 1;
	if (x->part->len != y->part->len)
		return x->part->len > y->part->len ? -1 : 1;	/* what contains the other comes first */
	if (x->table != y->table)
		return x->table < y->table ? -1 : 1;
	return x->part->index < y->part->index ? -1 : x->part->index > y->part->index;
}

static int
claims_gather(const struct img_volumes *v, struct claim **ret, size_t *ret_n, struct img_err *err)
{
	struct claim *c;
	size_t n = 0;
	int rc;

	for (size_t t = 0; t < v->n_tables; t++)
		n += v->table[t].n;
	rc = img_array(n, sizeof *c, UINT64_MAX, "partitions", &c, err);
	if (rc)
		return rc;
	n = 0;
	for (size_t t = 0; t < v->n_tables; t++)
		for (size_t i = 0; !v->table[t].protective && i < v->table[t].n; i++)
			if (!v->table[t].v[i].meta && v->table[t].v[i].len)
				c[n++] = (struct claim) { &v->table[t].v[i], t };
	qsort(c, n, sizeof *c, by_range);
	*ret = c;
	*ret_n = n;
	return 0;
}

/* "gpt mbr": the schemes of @n claims to the same range, in the order of tables, each once. */
static char *
schemes_of(const struct img_volumes *v, const struct claim *c, size_t n)
{
	char words[64] = "";
	size_t used = 0;

	for (size_t i = 0; i < n; i++)
		if (!i || c[i].table != c[i - 1].table) {
			size_t len = strlen(v->table[c[i].table].scheme);

			if (used + len + 2 > sizeof words)
				break;
			if (used)
				words[used++] = ' ';
			memcpy(words + used, v->table[c[i].table].scheme, len + 1);
			used += len;
		}
	return strdup(words);
}

/* Room for one more volume than there are claims was made. */
static int
volume_add(struct img_volumes *v, const struct img_volume *vol, char *schemes, struct img_err *err)
{
	if (!schemes)
		return img_fail_nomem(err);
	v->v[v->n] = *vol;
	v->v[v->n++].schemes = schemes;
	return 0;
}

static int
claims_merge(struct img_volumes *v, const struct claim *c, size_t n, struct img_err *err)
{
	for (size_t i = 0, same; i < n; i += same) {
		struct img_volume vol = { .off = c[i].part->start, .len = c[i].part->len, .part = c[i].part };
		int rc;

		for (same = 1; i + same < n; same++)
			if (c[i + same].part->start != vol.off || c[i + same].part->len != vol.len)
				break;
		rc = volume_add(v, &vol, schemes_of(v, c + i, same), err);
		if (rc)
			return rc;
	}
	return 0;
}

/* ---- file systems ---- */

static int
volume_probe(struct img_source *s, struct img_volume *vol, struct img_err *err)
{
	img_autounref struct img_source *slice = NULL;
	int rc;

	if (vol->off == 0 && vol->len == s->size) {
		vol->fs = img_fs_probe(s);
		return 0;
	}
	rc = img_slice(s, vol->off, vol->len, &slice, err);
	if (!rc)
		vol->fs = img_fs_probe(slice);
	return rc;
}

/* The whole source as a volume beside partitions: before those that begin at 0 too, unless one of them is the whole. */
static int
whole_add(struct img_source *s, struct img_volumes *v, struct img_err *err)
{
	struct img_volume vol = { .len = s->size };
	int rc;

	if (v->n && v->v[0].off == 0 && v->v[0].len == s->size)
		return 0;
	if (v->n && !img_is_iso_or_udf(s))
		return 0;
	rc = volume_add(v, &vol, strdup(""), err);
	if (rc)
		return rc;
	vol = v->v[v->n - 1];	/* with its schemes */
	memmove(v->v + 1, v->v, (v->n - 1) * sizeof *v->v);
	v->v[0] = vol;
	return 0;
}

static int
volumes_fill(struct img_source *s, bool probe_fs, struct img_volumes *v, struct img_err *err)
{
	img_autofree struct claim *claims = NULL;
	size_t n = 0;
	int rc = claims_gather(v, &claims, &n, err);

	if (!rc)
		rc = img_array(n + 1, sizeof *v->v, UINT64_MAX, "volumes", &v->v, err);
	if (!rc)
		rc = claims_merge(v, claims, n, err);
	if (!rc && (!v->n || probe_fs))
		rc = whole_add(s, v, err);
	for (size_t i = 0; !rc && probe_fs && i < v->n; i++)
		rc = volume_probe(s, &v->v[i], err);
	return rc;
}

int
img_volumes(struct img_source *s, bool probe_fs, struct img_volumes *ret, struct img_err *err)
{
	AUTO_VOLUMES struct img_volumes v = { 0 };
	bool forward = (s->flags & IMG_FORWARD) != 0;
	int rc = forward ? 0 : tables_find(s, &v, err);

	if (!rc)
		rc = volumes_fill(s, probe_fs && !forward, &v, err);
	if (rc)
		return rc;
	*ret = v;
	v = (struct img_volumes) { 0 };
	return 0;
}

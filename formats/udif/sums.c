/* SPDX-License-Identifier: BSD-2-Clause */
/* The checksums an image carries: one for each block table over its decoded bytes, one for the stored bytes of each data
 * fork, and a master over the table checksums.
 *
 * Observed on 25 images: "ignore" runs are left out of a table's sum, zero runs are in it as zeros; the master covers the
 * values of all tables in the order of the property list, those of 0 too. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/memory.h"
#include "formats/udif/reader.h"
#include "img/check.h"
#include "img/env.h"

/* Words of the JSON contract for each kind of sum. */
static const struct {
	uint32_t type;
	const char *digest;	/* NULL: known by name only */
	const char *title;
	const char *table, *data, *master;
} kinds[] = {
	{ UDIF_SUM_CRC28, NULL, "CRC-28", NULL, NULL, NULL },
	{ UDIF_SUM_CRC32, "crc32", "CRC-32", "blkx-crc32", "koly-data-crc32", "koly-master-crc32" },
	{ UDIF_SUM_DC42, NULL, "DiskCopy 4.2", NULL, NULL, NULL },
	{ UDIF_SUM_MD5, "md5", "MD5", "blkx-md5", "koly-data-md5", "koly-master-md5" },
	{ UDIF_SUM_SHA, NULL, "SHA", NULL, NULL, NULL },
	{ UDIF_SUM_SHA1, "sha1", "SHA-1", "blkx-sha1", "koly-data-sha1", "koly-master-sha1" },
	{ UDIF_SUM_SHA256, "sha256", "SHA-256", "blkx-sha256", "koly-data-sha256", "koly-master-sha256" },
	{ UDIF_SUM_SHA384, "sha384", "SHA-384", "blkx-sha384", "koly-data-sha384", "koly-master-sha384" },
	{ UDIF_SUM_SHA512, "sha512", "SHA-512", "blkx-sha512", "koly-data-sha512", "koly-master-sha512" },
};

enum use { FOR_TABLE, FOR_DATA, FOR_MASTER };

/* Fill in digest, code and expected value of @c for @sum.  *ret_any is false when there is nothing to check. */
static int
prepare(struct img_env *env, const struct udif_sum *sum, enum use use, struct img_check *c, bool *ret_any,
	struct img_err *err)
{
	size_t i = 0;

	*ret_any = false;
	if (sum->type == UDIF_SUM_NONE)
		return 0;
	while (i < sizeof kinds / sizeof *kinds && kinds[i].type != sum->type)
		i++;
	if (i == sizeof kinds / sizeof *kinds)
		return img_fail(err, IMG_E_FORMAT, "%s: unknown checksum type %" PRIu32, c->name, sum->type);
	c->digest = kinds[i].digest ? img_digest_by_name(kinds[i].digest) : NULL;
	if (!c->digest) {
		img_problem(env, IMG_WARNING, "udif-sum-type", "%s: %s checksums cannot be computed here, not checked", c->name,
			    kinds[i].title);
		return 0;
	}
	if (sum->bits != c->digest->size * 8)
		return img_fail(err, IMG_E_FORMAT, "%s: a %s checksum of %" PRIu32 " bits, expected %zu", c->name,
				kinds[i].title, sum->bits, c->digest->size * 8);
	c->code = use == FOR_TABLE ? kinds[i].table : use == FOR_DATA ? kinds[i].data : kinds[i].master;
	memcpy(c->expect, sum->value, c->digest->size);
	*ret_any = true;
	return 0;
}

/* Append @c, whose over is owned by the caller until now. */
static int
add(struct img_checks *list, struct img_check *c, struct img_err *err)
{
	int rc = img_checks_add(list, c, err);

	if (rc)
		c->over = img_unref(c->over);
	return rc;
}

/* ---- block tables ---- */

/* The bytes of a table that are not left out, as pieces of the image; *ret_n of them.  @pieces NULL: only count. */
static void
gather(struct udif *u, const struct udif_table *t, struct img_piece *pieces, size_t *ret_n)
{
	const struct udif_extent *v = u->map.extents + t->first;
	uint64_t end = 0;
	size_t n = 0;

	for (size_t i = 0; i < t->n_extents; i++) {
		uint64_t at = v[i].start * UDIF_SECTOR, len = v[i].n_sectors * UDIF_SECTOR;

		if (v[i].type == UDIF_RUN_IGNORE)
			continue;
		if (n && at == end) {
			if (pieces)
				pieces[n - 1].len += len;
		} else {
			if (pieces)
				pieces[n] = (struct img_piece) { &u->src, at, len };
			n++;
		}
		end = at + len;
	}
	*ret_n = n;
}

static int
over_table(struct udif *u, const struct udif_table *t, struct img_source **ret, struct img_err *err)
{
	img_autofree struct img_piece *pieces = NULL;
	size_t n;
	int rc;

	gather(u, t, NULL, &n);
	if (!n)
		return img_memory(u->src.env, "", 0, false, ret, err);
	rc = img_array(n, sizeof *pieces, img_env_limits(u->src.env)->max_table, "pieces of a checksum", &pieces, err);
	if (rc)
		return rc;
	gather(u, t, pieces, &n);
	return img_concat(u->src.env, pieces, n, ret, err);
}

static int
add_tables(struct udif *u, struct img_checks *list, struct img_err *err)
{
	for (size_t i = 0; i < u->map.n_tables; i++) {
		struct img_check c = { 0 };
		bool any;
		int rc;

		udif_table_title(&u->map, i, c.name, sizeof c.name);
		rc = prepare(u->src.env, &u->map.tables[i].sum, FOR_TABLE, &c, &any, err);
		if (!rc && !any)
			continue;
		if (!rc)
			rc = over_table(u, &u->map.tables[i], &c.over, err);
		if (!rc)
			rc = add(list, &c, err);
		if (rc)
			return rc;
	}
	return 0;
}

/* ---- trailer ---- */

static int
add_data_fork(struct udif *u, size_t i, struct img_checks *list, struct img_err *err)
{
	const struct udif_segment *seg = &u->segments[i];
	const struct koly *k = &seg->trailer.koly;
	/* what each segment's sum covers was never observed */
	struct img_check c = { .advisory = u->n_segments > 1 };
	bool any;
	int rc;

	if (u->n_segments > 1)
		snprintf(c.name, sizeof c.name, "data fork of segment %zu", i + 1);
	else
		snprintf(c.name, sizeof c.name, "data fork");
	rc = prepare(u->src.env, &k->data_sum, FOR_DATA, &c, &any, err);
	if (rc || !any)
		return rc;
	rc = img_slice(seg->file, seg->trailer.base + k->data_off, k->data_len, &c.over, err);
	return rc ? rc : add(list, &c, err);
}

static int
add_master(struct udif *u, struct img_checks *list, struct img_err *err)
{
	struct img_check c = { .name = "master checksum" };
	img_autofree uint8_t *values = NULL;
	bool any = false;
	size_t n = 0;
	int rc = u->plain ? 0 : prepare(u->src.env, &u->segments[0].trailer.koly.master_sum, FOR_MASTER, &c, &any, err);

	if (rc || !any)
		return rc;
	rc = img_array(u->map.n_tables, sizeof u->map.tables[0].sum.value, img_env_limits(u->src.env)->max_table,
		       "table checksums", &values, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < u->map.n_tables; i++) {
		const struct udif_sum *sum = &u->map.tables[i].sum;
		size_t len = sum->bits / 8 < sizeof sum->value ? sum->bits / 8 : sizeof sum->value;

		memcpy(values + n, sum->value, len);
		n += len;
	}
	rc = img_memory(u->src.env, values, n, true, &c.over, err);
	return rc ? rc : add(list, &c, err);
}

int
udif_checks(struct img_source *s, struct img_checks *ret, struct img_err *err)
{
	struct udif *u = udif_of(s);
	int rc = add_tables(u, ret, err);

	for (size_t i = 0; !rc && i < u->n_segments; i++)
		rc = add_data_fork(u, i, ret, err);
	if (!rc)
		rc = add_master(u, ret, err);
	return rc ? rc : udif_signature_checks(u, ret, err);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The structure of a volume: every tree can be walked and its files lie in the volume, the path tables list exactly the
 * directories there are, both copies alike, and what boots is where the catalog says.  Faults are problems of the
 * environment, told as they are met; then the check fails with the first of those that lose something. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "formats/iso9660/census.h"
#include "formats/iso9660/eltorito.h"
#include "img/report.h"
#include "img/source.h"

/* Directories by where their records lie. */
struct dirs {
	size_t n, room;
	uint64_t *block;
};

static int
dirs_add(struct dirs *d, uint64_t block, struct img_err *err)
{
	int rc = img_room(&d->block, d->n, &d->room, sizeof *d->block, err);

	if (!rc)
		d->block[d->n++] = block;
	return rc;
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void
dirs_sort(struct dirs *d)
{
	if (d->n)
		qsort(d->block, d->n, sizeof *d->block, by_value);
}

/* Every directory of the tree that @iso shows; *ret_whole says whether all could be listed. */
static int
walk_dirs(struct iso *iso, struct dirs *ret, bool *ret_whole, struct img_err *err)
{
	const struct img_node *n = NULL;
	struct img_walk *w;
	const char *path;
	int rc = img_walk_new(&iso->tree, &w, err);

	*ret_whole = true;
	while (!rc) {
		uint64_t off, len;

		rc = img_walk_next(w, &n, &path, err);
		if (rc == IMG_E_FORMAT || rc == IMG_E_UNSUPPORTED) {
			*ret_whole = false;	/* the census says what is wrong */
			rc = 0;
			continue;
		}
		if (rc || !n)
			break;
		if (n->type == IMG_NODE_DIR && iso_dir_span(iso, n->id, &off, &len))
			rc = dirs_add(ret, off / iso->block, err);
	}
	img_walk_free(w);
	dirs_sort(ret);
	return rc;
}

/* ---- path tables ---- */

static int
read_table(const struct iso *iso, const struct iso_vd *vd, bool big, struct dirs *ret, struct img_err *err)
{
	uint64_t off = (uint64_t)(big ? vd->path_m : vd->path_l) * iso->block;
	img_autofree uint8_t *buf = NULL;
	struct img_cursor c;
	uint64_t count = 0;
	int rc;

	if (!span_ok(off, vd->path_len, iso->volume->size))
		return img_fail(err, IMG_E_FORMAT, "%" PRIu32 " bytes at %" PRIu64 " lie past the end (%" PRIu64 ")",
				vd->path_len, off, iso->volume->size);
	rc = img_array(vd->path_len + UINT64_C(1), 1, img_env_limits(iso->tree.env)->max_table, "path table", &buf, err);
	if (!rc)
		rc = img_source_read(iso->volume, off, buf, vd->path_len, err);
	if (rc)
		return rc;
	c = cur_over(buf, vd->path_len);
	while (cur_left(&c) >= 8) {
		struct iso_path r;

		iso_path_parse(&c, big, &r);
		count++;
		/* an odd last name may lack its padding */
		if (!r.n_name || !r.name)
			return img_fail(err, IMG_E_FORMAT, "record %" PRIu64 " is damaged", count);
		if (!r.parent || (count > 1 && r.parent >= count && r.parent != UINT16_MAX))
			return img_fail(err, IMG_E_FORMAT, "record %" PRIu64 " names parent %u", count, r.parent);
		rc = dirs_add(ret, (uint64_t)r.block + r.xar, err);
		if (rc)
			return rc;
	}
	dirs_sort(ret);
	return 0;
}

static void
compare_table(struct iso *iso, const char *which, const struct dirs *table, const struct dirs *tree)
{
	size_t i = 0, k = 0, extra = 0, missing = 0;

	while (i < table->n || k < tree->n) {
		if (k == tree->n || (i < table->n && table->block[i] < tree->block[k])) {
			extra++;
			i++;
		} else if (i == table->n || tree->block[k] < table->block[i]) {
			missing++;
			k++;
		} else {
			i++;
			k++;
		}
	}
	if (extra || missing)
		iso_warn(iso, "iso-path-table", "path table %s of the %s tree lists %zu directories that are not there and lacks"
			 " %zu", which, iso_view_words[iso->view], extra, missing);
}

static int
verify_table(struct iso *iso, bool big, const struct dirs *tree, struct img_err *err)
{
	const char *which = big ? "M" : "L";
	struct dirs table = { 0 };
	struct img_err why = { 0 };
	int rc = read_table(iso, iso_descriptor(iso, iso->view), big, &table, &why);

	if (!rc)
		compare_table(iso, which, &table, tree);
	else if (rc != IMG_E_NOMEM && rc != IMG_E_CANCELLED && rc != IMG_E_IO)
		iso_warn(iso, "iso-path-table", "path table %s of the %s tree: %s", which, iso_view_words[iso->view], why.msg);
	else if (err)
		*err = why;
	free(table.block);
	return rc == IMG_E_NOMEM || rc == IMG_E_CANCELLED || rc == IMG_E_IO ? rc : 0;
}

/* ---- trees ---- */

static int
verify_files(struct iso *iso, struct img_err *err)
{
	struct census c;
	int rc = census_take(iso, &c, err);

	if (rc)
		return rc;
	if (c.n_cut)
		img_problem(iso->tree.env, IMG_ERROR, "iso-files-cut", "%s tree: %" PRIu64 " file%s past the end, first \"%s\"",
			    iso_view_words[iso->view], c.n_cut, c.n_cut == 1 ? " has data" : "s have data", c.cut[0]);
	if (c.damaged)
		img_problem(iso->tree.env, IMG_ERROR, "iso-tree-damaged", "%s tree: not all of it can be listed",
			    iso_view_words[iso->view]);
	census_done(&c);
	return 0;
}

static int
verify_view(struct iso *iso, enum iso_view view, struct img_err *err)
{
	struct dirs tree = { 0 };
	struct iso *other;
	bool whole;
	int rc = iso_open_view(iso, view, &other, err);

	if (rc)
		return rc;
	rc = verify_files(other, err);
	/* the plain view of a Rock Ridge disc shows directories where they really lie, as the path tables do */
	if (!rc && view != ISO_ROCK_RIDGE) {
		rc = walk_dirs(other, &tree, &whole, err);
		if (!rc && whole)
			rc = verify_table(other, false, &tree, err);
		if (!rc && whole)
			rc = verify_table(other, true, &tree, err);
	}
	free(tree.block);
	img_tree_unref(&other->tree);
	return rc;
}

/* Of the problems so far, those that are damage: files, folders or boot images that cannot be reached or trusted.  All
 * others (odd names, a missing terminator, path tables, which hardly any reader asks) are only told. */
static int
judge(const struct iso *iso, struct img_err *err)
{
	static const char *const damage[] = {
		"iso-tree-damaged", "iso-files-cut", "iso-root-lost", "iso-bad-susp", "boot-catalog-lost",
		"boot-catalog-checksum", "boot-image-lost", "boot-info-table",
	};
	const struct img_problem *p, *first = NULL;
	size_t n = img_problems(iso->tree.env, &p, NULL), faults = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof damage / sizeof *damage; k++)
			if (!strcmp(p[i].code, damage[k])) {
				first = faults++ ? first : &p[i];
				break;
			}
	if (!faults)
		return 0;
	return img_fail(err, IMG_E_FORMAT, "the ISO 9660 structure has %zu fault%s; the first: %s", faults,
			faults == 1 ? "" : "s", first->message);
}

int
iso_verify(struct img_tree *t, struct img_rep *rep, struct img_err *err)
{
	struct img_report *scratch = img_report_new();
	struct iso *iso = iso_of(t);
	int rc = 0;

	for (size_t i = 0; !rc && i < ISO_N_VIEWS; i++)
		if (iso->has[i])
			rc = verify_view(iso, (enum iso_view)i, err);
	/* the problems of booting, without the words */
	if (!rc)
		rc = et_describe(iso, scratch ? img_report_root(scratch) : NULL, err);
	img_report_free(scratch);
	if (!rc)
		rc = judge(iso, err);
	/* nothing but padding may be lost; still it is not what was published */
	return rc ? rc : iso_check_size(iso, err);
}

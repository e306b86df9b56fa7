/* SPDX-License-Identifier: BSD-2-Clause */
/* A quick look at the roots of all trees when a volume is opened, so that a listing too says when another tree has
 * something else to show.  Reports and verify compare the trees as a whole. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "formats/iso9660/iso.h"

#define MAX_ROOT (256 << 10)	/* bytes of a root directory that is looked through: a listing must not get slower */
#define MAX_FILES 2048

/* Where the files of a root lie; sorted. */
struct root {
	size_t n;
	uint32_t block[MAX_FILES];
	bool whole;
};

static int
by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void
root_read(struct iso *iso, enum iso_view view, struct root *ret)
{
	enum iso_view was = iso->view;
	struct iso_record r;
	struct iso_dir d;
	uint64_t off;
	int rc;

	ret->n = 0;
	ret->whole = false;
	if (iso_descriptor(iso, view)->root.size > MAX_ROOT)
		return;
	iso->view = view;
	rc = iso_dir_open(iso, IMG_TREE_ROOT, &d, NULL);
	iso->view = was;
	if (rc)
		return;
	while (ret->n < MAX_FILES && (rc = iso_dir_next(&d, &r, &off, NULL)) > 0) {
		if (iso_is_dot(&r))
			continue;
		if (view == ISO_JOLIET && r.n_name % 2)
			iso_warn(iso, "iso-bad-name", "the Joliet name at %" PRIu64 " has an odd number of bytes", off);
		if (!(r.flags & (ISO_DIRECTORY | ISO_ASSOCIATED)) && r.size)
			ret->block[ret->n++] = r.block;
	}
	iso_dir_close(&d);
	ret->whole = rc == 0;
	if (ret->n)
		qsort(ret->block, ret->n, sizeof *ret->block, by_value);
}

/* Files of @a that @b has not. */
static size_t
missing(const struct root *a, const struct root *b)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		n += !bsearch(&a->block[i], b->block, b->n, sizeof *b->block, by_value);
	return n;
}

int
iso_roots_compare(struct iso *iso, struct img_err *err)
{
	img_autofree struct root *r = calloc(2, sizeof *r);

	if (!r)
		return img_fail_nomem(err);
	root_read(iso, iso->view, &r[0]);
	for (size_t i = 0; i < ISO_N_VIEWS; i++) {
		size_t here, there;

		/* Rock Ridge and plain names are of one tree */
		if (!iso->has[i] || i == (size_t)iso->view ||
		    iso_descriptor(iso, (enum iso_view)i) == iso_descriptor(iso, iso->view))
			continue;
		root_read(iso, (enum iso_view)i, &r[1]);
		if (!r[0].whole || !r[1].whole)
			continue;
		here = missing(&r[0], &r[1]);
		there = missing(&r[1], &r[0]);
		if (here || there)
			img_problem(iso->tree.env, IMG_NOTE, "iso-roots-differ", "the top folders show different files: %zu are"
				    " only in \"%s\", %zu only in \"%s\" (--view picks a tree)", here,
				    iso_view_words[iso->view], there, iso_view_words[i]);
	}
	return 0;
}

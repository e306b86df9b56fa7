/* SPDX-License-Identifier: BSD-2-Clause */
/* A source with some of its bytes replaced: boot tables, blanked checksum fields. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/memory.h"
#include "img/source.h"

/* Built from a concatenation: untouched slices of the source below and memory leaves between them. */

static int
by_offset(const void *a, const void *b)
{
	uint64_t x = ((const struct img_edit *)a)->off, y = ((const struct img_edit *)b)->off;

	return x < y ? -1 : x > y;
}

static int
lay_out(struct img_source *below, const struct img_edit *edits, size_t n, struct img_piece *pieces, size_t *ret_n,
	struct img_err *err)
{
	uint64_t at = 0;
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		struct img_source *bytes;
		int rc;

		if (edits[i].off < at || !span_ok(edits[i].off, edits[i].len, below->size))
			return img_fail(err, IMG_E_USAGE, "edit of %zu bytes at %" PRIu64 " overlaps another or lies outside",
					edits[i].len, edits[i].off);
		pieces[k++] = (struct img_piece) { img_ref(below), at, edits[i].off - at };
		*ret_n = k;
		rc = img_memory(below->env, edits[i].bytes, edits[i].len, true, &bytes, err);
		if (rc)
			return rc;
		pieces[k++] = (struct img_piece) { bytes, 0, edits[i].len };
		*ret_n = k;
		at = edits[i].off + edits[i].len;
	}
	pieces[k++] = (struct img_piece) { img_ref(below), at, below->size - at };
	*ret_n = k;
	return 0;
}

int
img_patched(struct img_source *below, const struct img_edit *edits, size_t n, struct img_source **ret,
	    struct img_err *err)
{
	img_autofree struct img_edit *sorted = malloc((n + 1) * sizeof *sorted);
	img_autofree struct img_piece *pieces = malloc((2 * n + 1) * sizeof *pieces);
	size_t n_pieces = 0;
	int rc;

	if (!sorted || !pieces)
		return img_fail_nomem(err);
	if (n) {
		memcpy(sorted, edits, n * sizeof *sorted);
		qsort(sorted, n, sizeof *sorted, by_offset);
	}
	rc = lay_out(below, sorted, n, pieces, &n_pieces, err);
	if (!rc)
		rc = img_concat(below->env, pieces, n_pieces, ret, err);
	if (!rc)
		(*ret)->sector_size = below->sector_size;
	for (size_t i = 0; i < n_pieces; i++)
		img_unref(pieces[i].s);
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Where everything goes in the partition: file set, entries in the order of inodes, each followed by the identifiers, link
 * targets or further descriptors that found no place in it, then the data of files. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "formats/udf/author_tree.h"
#include "img/env.h"

#define FILE_SET 2			/* blocks: the descriptor and its terminator */
#define MARK_STEP (64 << 10)
#define HOLE_MIN (64 << 10)		/* smaller ones are recorded */
#define MAX_RUNS 100000			/* of one file; in more pieces it is recorded whole */

/* ---- folders ---- */

static void
tell_renamed(struct udf_author *a, uint32_t inode, uint32_t node, const uint8_t *stored, size_t n)
{
	const char *name = a->node[node].name;
	char path[256], text[1024];
	const char *in = uda_path(a, inode, path, sizeof path);
	size_t len = 0;

	/* eight or sixteen bits a character: shown as far as it is ASCII */
	for (size_t i = stored[0] == 8 ? 1 : 2; i < n && len < sizeof text - 1; i += stored[0] == 8 ? 1 : 2)
		text[len++] = stored[i] >= 0x20 && stored[i] < 0x7f && (stored[0] == 8 || !stored[i - 1]) ? (char)stored[i] : '?';
	text[len] = '\0';
	a->n_renamed++;
	img_problem(a->src.env, IMG_WARNING, "udf-name", "%s%s%s: UDF cannot hold this name and calls it \"%s\"", in,
		    *in ? "/" : "", name, text);
}

static int
measure_dir(struct udf_author *a, uint32_t inode, struct img_err *err)
{
	struct uda_inode *d = &a->inode[inode];
	uint64_t pos = udf_fid_size(0, 0), marked = 0;
	uint8_t name[256];
	bool changed;

	for (uint32_t i = d->u.dir.first; i < d->u.dir.first + d->u.dir.n; i++) {
		size_t n;

		if (pos - marked >= MARK_STEP) {
			int rc = img_room(&a->mark, a->n_marks, &a->room_marks, sizeof *a->mark, err);

			if (rc)
				return rc;
			marked = pos;
			a->mark[a->n_marks++] = (struct uda_mark) { inode, i, pos };
		}
		n = uda_node_name(a, i, name, &changed);
		if (changed)
			tell_renamed(a, inode, i, name, n);
		pos += udf_fid_size((uint8_t)n, 0);
	}
	if (pos > UDF_MAX_AD)
		return img_fail(err, IMG_E_LIMIT, "a folder has %" PRIu64 " bytes of identifiers", pos);
	d->u.dir.len = (uint32_t)pos;
	d->embedded = pos <= uda_entry_room(d);
	d->more = d->embedded ? 0 : (uint32_t)uda_blocks(pos);
	return 0;
}

/* ---- files ---- */

static int
add_run(struct udf_author *a, uint32_t inode, uint64_t off, uint64_t len, struct img_err *err)
{
	int rc = img_room(&a->run, a->n_runs, &a->room_runs, sizeof *a->run, err);

	if (!rc && a->n_runs >= UINT32_MAX)
		rc = img_fail(err, IMG_E_LIMIT, "too many pieces of data");
	if (rc)
		return rc;
	a->run[a->n_runs++] = (struct uda_run) { .off = off, .len = len, .inode = inode };
	return 0;
}

/* Runs between the zeros that the source knows of; what cannot be mapped is told when it is read. */
static int
find_runs(struct udf_author *a, uint32_t inode, struct img_err *err)
{
	const struct uda_inode *n = &a->inode[inode];
	uint64_t size = n->u.file.size, from = 0;
	size_t first = a->n_runs;
	int rc = 0;

	for (uint64_t off = 0; !rc && off < size; ) {
		struct img_extent e;
		uint64_t begin, end;

		if (img_source_resolve(n->u.file.content, off, &e, NULL, NULL))
			break;
		end = e.off + e.len;
		begin = uda_blocks(off) * UDF_BLOCK;
		off = end;
		if (end < size)
			end = end / UDF_BLOCK * UDF_BLOCK;
		if ((e.kind != IMG_ZERO && e.kind != IMG_HOLE) || end < begin + HOLE_MIN)
			continue;
		if (begin > from)
			rc = add_run(a, inode, from, begin - from, err);
		from = end;
		if (a->n_runs - first > MAX_RUNS)
			break;
	}
	if (a->n_runs - first > MAX_RUNS) {
		a->n_runs = first;
		from = 0;
	}
	return rc || from >= size ? rc : add_run(a, inode, from, size - from, err);
}

static int
measure_file(struct udf_author *a, uint32_t inode, struct img_err *err)
{
	struct uda_inode *n = &a->inode[inode];
	uint64_t more;
	char path[256];
	int rc;

	n->embedded = a->embed && n->u.file.size <= uda_entry_room(n);
	if (n->embedded || !n->u.file.size)
		return 0;
	n->u.file.run = (uint32_t)a->n_runs;
	rc = a->sparse ? find_runs(a, inode, err) : add_run(a, inode, 0, n->u.file.size, err);
	if (rc)
		return rc;
	n->u.file.n_runs = (uint32_t)(a->n_runs - n->u.file.run);
	more = uda_ad_blocks(n, uda_count_ads(a, n));
	if (more > UINT32_MAX / 4)
		return img_fail(err, IMG_E_LIMIT, "%s: %" PRIu64 " bytes are more than UDF can address",
				uda_path(a, inode, path, sizeof path), n->u.file.size);
	n->more = (uint32_t)more;
	return 0;
}

/* ---- all of it ---- */

static int
place_entries(struct udf_author *a, struct img_err *err)
{
	uint64_t at = FILE_SET;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < a->n_inodes; i++) {
		struct uda_inode *n = &a->inode[i];

		if (n->type == UDF_FILE_DIR || n->type == UDF_FILE_STREAMS) {
			rc = measure_dir(a, i, err);
		} else if (n->type == UDF_FILE_BYTES) {
			rc = measure_file(a, i, err);
		} else if (n->type == UDF_FILE_LINK) {
			n->embedded = n->u.link.len <= uda_entry_room(n);
			n->more = n->embedded ? 0 : (uint32_t)uda_blocks(n->u.link.len);
		}
		n->at = (uint32_t)at;
		at += 1 + (uint64_t)n->more;
		if (!rc && at > UINT32_MAX / 2)
			rc = img_fail(err, IMG_E_LIMIT, "the entries of files alone take %" PRIu64 " blocks", at);
	}
	a->entries = (uint32_t)at;
	return rc;
}

int
uda_plan(struct udf_author *a, struct img_err *err)
{
	int rc = place_entries(a, err);
	uint64_t at = a->entries;

	for (size_t i = 0; !rc && i < a->n_runs; i++) {
		a->run[i].block = (uint32_t)at;
		at += uda_blocks(a->run[i].len);
		if (at > UINT32_MAX - 1024)
			rc = img_fail(err, IMG_E_LIMIT, "the files take more than the 8 TiB that UDF can address");
	}
	a->data_end = (uint32_t)at;
	return rc;
}

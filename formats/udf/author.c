/* SPDX-License-Identifier: BSD-2-Clause */
/* The author of pure UDF 2.01 volumes, finished and read-only:
 *
 *   16, 17, 18		BEA01, NSR03, TEA01
 *   32 … 47		volume descriptors, the main sequence
 *   64 … 67		integrity: closed
 *   256			the anchor
 *   257 …		the partition: file set, entries, data		author_plan.c
 *   N - 256		another anchor, then the reserve sequence
 *   N			the last block: another anchor
 *
 * Entries and identifiers are made from tables when they are read; the data of files are the tree's own sources, but for
 * small files, which lie in their entries.
 *
 * Keys: xattrs (yes: user.'s, foreign ones and access control lists; all) as named streams, embed (no: small files too have
 * blocks of their own), sparse (yes: zeros that the source knows of are not recorded, so that the image depends on how
 * its files are stored). */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "formats/udf/author_tree.h"
#include "formats/udf/names.h"
#include "img/env.h"
#include "img/report.h"

#define MAIN 32
#define INTEGRITY 64
#define INTEGRITY_BLOCKS 4		/* UDF 2.2.4.6: 8 KiB at least */
#define PART (UDF_ANCHOR + 1)
#define TAIL 257			/* blocks from the anchor at N - 256 to the last one */
#define REVISION 0x0201
#define MAX_LABEL 127			/* stored bytes of a logical volume's identifier */

/* ---- the source ---- */

static const struct uda_region *
region_at(const struct udf_author *a, uint64_t off)
{
	size_t i = a->n_regions - 1;

	while (i && a->region[i].off > off)
		i--;
	return &a->region[i];
}

/* The run whose blocks hold @off of the image. */
static const struct uda_run *
run_at(const struct udf_author *a, uint64_t off)
{
	uint64_t block = off / UDF_BLOCK - PART;
	size_t lo = 0, hi = a->n_runs;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		*(a->run[mid].block <= block ? &lo : &hi) = mid;
	}
	return &a->run[lo];
}

static void
map_run(const struct udf_author *a, uint64_t off, struct img_extent *ret)
{
	const struct uda_run *r = run_at(a, off);
	uint64_t at = ((uint64_t)r->block + PART) * UDF_BLOCK, end = at + r->len;

	if (off < end)
		*ret = (struct img_extent) {
			.off = at, .len = r->len, .kind = IMG_DATA, .from = a->inode[r->inode].u.file.content, .at = r->off,
			.stored = r->len,
		};
	else
		*ret = (struct img_extent) { .off = end, .len = (UDF_BLOCK - end % UDF_BLOCK) % UDF_BLOCK, .kind = IMG_ZERO };
}

static int
author_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct udf_author *a = udf_author_of(s);
	const struct uda_region *r = region_at(a, off);

	*ret = (struct img_extent) { .off = r->off, .len = r->len, .kind = r->kind == UDA_ZERO ? IMG_ZERO : IMG_OPAQUE };
	if (r->kind == UDA_DATA)
		map_run(a, off, ret);
	return 0;
}

static int
author_read(struct img_source *s, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	const struct udf_author *a = udf_author_of(s);
	const struct uda_region *r = region_at(a, off);

	if (r->kind == UDA_ENTRIES)
		return uda_entries_read(a, off - r->off, buf, len, err);
	memcpy(buf, r->bytes + (off - r->off), len);
	return 0;
}

static void
author_where(struct img_source *s, uint64_t off, char *buf, size_t len)
{
	const struct udf_author *a = udf_author_of(s);
	const struct uda_region *r = region_at(a, off);
	char path[256];

	if (r->kind == UDA_DATA)
		snprintf(buf, len, "%s", uda_path(a, run_at(a, off)->inode, path, sizeof path));
	else if (r->kind != UDA_ENTRIES)	/* those name the file themselves */
		snprintf(buf, len, "offset %" PRIu64 " of the image", off);
}

static int
author_describe(struct img_source *s, struct img_rep *rep, struct img_err *err)
{
	const struct udf_author *a = udf_author_of(s);

	img_rep_uint(rep, "files", a->n_files);
	img_rep_uint(rep, "directories", a->n_dirs - 1);
	img_rep_uint(rep, "links", a->n_links);
	img_rep_str(img_rep_arr(rep, "trees"), NULL, "udf");
	img_rep_uint(img_rep_obj(rep, "renamed"), "udf", a->n_renamed);
	if (a->n_streams)
		img_rep_uint(rep, "attributes", a->n_streams);
	return 0;
}

static void
author_destroy(struct img_source *s)
{
	struct udf_author *a = udf_author_of(s);

	for (size_t i = 0; i < a->n_inodes; i++)
		if (a->inode[i].type == UDF_FILE_BYTES)
			img_unref(a->inode[i].u.file.content);
	for (size_t i = 0; i < a->n_regions; i++)
		free(a->region[i].bytes);
	free(a->node);
	free(a->inode);
	free(a->run);
	free(a->mark);
	img_arena_free(a->arena);
	img_tree_unref(a->tree);
	free(a);
}

static const struct img_source_ops author_ops = {
	.map = author_map, .read = author_read, .describe = author_describe, .where = author_where, .destroy = author_destroy,
};

/* ---- the volume around the partition ---- */

/* The region up to block @end; fixed ones are filled by the caller. */
static uint8_t *
region(struct udf_author *a, uint32_t end, int kind)
{
	uint64_t off = a->n_regions ? a->region[a->n_regions - 1].off + a->region[a->n_regions - 1].len : 0;
	struct uda_region *r = &a->region[a->n_regions];

	if ((uint64_t)end * UDF_BLOCK <= off)
		return NULL;
	*r = (struct uda_region) { .off = off, .len = (uint64_t)end * UDF_BLOCK - off, .kind = kind };
	if (kind == UDA_FIXED)
		r->bytes = calloc(1, (size_t)r->len);
	a->n_regions++;
	return r->bytes;
}

static uint8_t *
fixed(struct udf_author *a, uint32_t block, uint32_t n)
{
	region(a, block, UDA_ZERO);
	return region(a, block + n, UDA_FIXED);
}

static uint64_t
identity(const struct udf_author *a)
{
	uint64_t h = udf_identity(0, a->o.label, strlen(a->o.label));
	uint8_t b[16];

	for (size_t i = 0; i < a->n_nodes; i++) {
		const struct uda_inode *n = &a->inode[a->node[i].inode];

		store_le64(b, n->type == UDF_FILE_BYTES ? n->u.file.size : 0);
		store_le64(b + 8, (uint64_t)n->mtime.sec);
		h = udf_identity(h, a->node[i].name, strlen(a->node[i].name) + 1);
		h = udf_identity(h, b, sizeof b);
	}
	return h;
}

static void
fill_plan(struct udf_author *a)
{
	uint32_t end = PART + a->data_end;

	end += (16 - (end + TAIL) % 16) % 16;		/* whole packets of 32 KiB in all */
	a->plan = (struct udf_plan) {
		.label = a->o.label, .revision = REVISION, .identity = identity(a),
		.time = a->o.has_date ? (struct img_time) { a->o.date, 0 } : (struct img_time) { a->newest.sec, 0 },
		.main = MAIN, .reserve = end + 1, .integrity = INTEGRITY, .integrity_blocks = INTEGRITY_BLOCKS, .part = PART,
		.part_len = a->data_end, .next_unique = 16 + (uint64_t)a->entries,
		.n_files = (uint32_t)(a->n_inodes - a->n_dirs - a->n_streams - a->n_stream_dirs), .n_dirs = (uint32_t)a->n_dirs,
		.root = uda_icb(a, 0),
	};
}

static int
lay_out(struct udf_author *a, struct img_err *err)
{
	const struct udf_plan *p = &a->plan;
	uint32_t last = p->reserve - 1 + TAIL - 1;
	uint8_t *recognition = fixed(a, 16, 3), *main = fixed(a, p->main, UDF_SEQUENCE);
	uint8_t *integrity = fixed(a, INTEGRITY, INTEGRITY_BLOCKS), *first = fixed(a, UDF_ANCHOR, 1), *second, *reserve, *third;

	region(a, PART + a->entries, UDA_ENTRIES);
	region(a, PART + a->data_end, UDA_DATA);
	second = fixed(a, p->reserve - 1, 1);
	reserve = fixed(a, p->reserve, UDF_SEQUENCE);
	third = fixed(a, last, 1);
	if (!recognition || !main || !integrity || !first || !second || !reserve || !third)
		return img_fail_nomem(err);
	udf_plan_recognition(p, recognition);
	udf_plan_sequence(p, p->main, main);
	udf_plan_integrity(p, integrity);
	udf_plan_anchor(p, UDF_ANCHOR, first);
	udf_plan_anchor(p, p->reserve - 1, second);
	udf_plan_sequence(p, p->reserve, reserve);
	udf_plan_anchor(p, last, third);
	a->src.size = ((uint64_t)last + 1) * UDF_BLOCK;
	return 0;
}

/* ---- options ---- */

static int
yes_no(const struct img_author_key *k, bool *ret, struct img_err *err)
{
	if (!k->value || !*k->value || !strcmp(k->value, "yes"))
		*ret = true;
	else if (!strcmp(k->value, "no"))
		*ret = false;
	else
		return img_fail(err, IMG_E_USAGE, "%s=%s: yes or no is expected", k->key, k->value);
	return 0;
}

static int
read_key(struct udf_author *a, const struct img_author_key *k, struct img_err *err)
{
	bool yes = false;
	int rc;

	if (!strcmp(k->key, "embed"))
		return yes_no(k, &a->embed, err);
	if (!strcmp(k->key, "sparse"))
		return yes_no(k, &a->sparse, err);
	if (strcmp(k->key, "xattrs"))
		return img_fail(err, IMG_E_USAGE, "UDF has no option \"%s\"", k->key);
	if (k->value && !strcmp(k->value, "all")) {
		a->xattrs = UDA_XATTRS_ALL;
		return 0;
	}
	rc = yes_no(k, &yes, err);
	a->xattrs = yes ? UDA_XATTRS_USER : UDA_XATTRS_NONE;
	return rc;
}

static int
settle_options(struct udf_author *a, struct img_err *err)
{
	const char *label = a->o.label ? a->o.label : "UDFIMAGE";
	uint8_t stored[MAX_LABEL];
	bool cut;
	int rc = 0;

	a->embed = true;
	a->xattrs = a->o.xattrs ? UDA_XATTRS_USER : UDA_XATTRS_NONE;
	a->o.label = img_arena_str(a->arena, label, strlen(label));
	if (!a->o.label)
		return img_fail_nomem(err);
	udf_cs0_encode(label, stored, sizeof stored, &cut);
	if (cut)
		return img_fail(err, IMG_E_USAGE, "the label \"%.60s\" is too long, or no UTF-8; 126 characters fit, or 63 beyond "
				"Latin-1", label);
	for (size_t i = 0; !rc && i < a->o.n_keys; i++)
		rc = read_key(a, &a->o.keys[i], err);
	return rc;
}

/* ---- all of it ---- */

/* 7-Zip 26.02 opens no volume in which it meets an entry that is neither file nor folder. */
static void
tell_others(const struct udf_author *a)
{
	uint64_t n = 0;

	for (size_t i = 0; i < a->n_inodes; i++)
		n += a->inode[i].type != UDF_FILE_BYTES && a->inode[i].type != UDF_FILE_DIR && a->inode[i].type != UDF_FILE_STREAMS;
	if (n)
		img_problem(a->src.env, IMG_NOTE, "udf-links", "%" PRIu64 " link%s or device%s: Linux has them whole, 7-Zip does not "
			    "open a UDF volume with any", n, n == 1 ? "" : "s", n == 1 ? "" : "s");
}

static int
make(struct udf_author *a, struct img_err *err)
{
	int rc = settle_options(a, err);

	if (!rc)
		rc = uda_scan(a, err);
	if (!rc)
		rc = uda_plan(a, err);
	if (rc)
		return rc;
	tell_others(a);
	fill_plan(a);
	return lay_out(a, err);
}

int
udf_author(struct img_tree *tree, const struct img_author_options *o, struct img_source **ret, struct img_err *err)
{
	struct udf_author *a = calloc(1, sizeof *a);
	int rc;

	if (!a)
		return img_fail_nomem(err);
	img_source_init(&a->src, &author_ops, tree->env, "udf", 0, UDF_BLOCK);
	a->tree = img_tree_ref(tree);
	a->o = *o;
	a->arena = img_arena_new();
	rc = a->arena ? make(a, err) : img_fail_nomem(err);
	a->o.keys = NULL;
	a->o.n_keys = 0;
	if (rc) {
		author_destroy(&a->src);
		return rc;
	}
	*ret = &a->src;
	return 0;
}

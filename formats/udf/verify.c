/* SPDX-License-Identifier: BSD-2-Clause */
/* The structure of a volume, all of it: both descriptor sequences, every file entry and record of a folder with its CRC,
 * every extent inside its partition, streams, what is in use against the space bitmap, what was found against the counts
 * the volume keeps.  Faults become problems; the first of them is also the error. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/checked.h"
#include "core/idmap.h"
#include "core/memory.h"
#include "formats/udf/names.h"
#include "formats/udf/tree.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"

struct bitmap {		/* of a physical partition; a set bit is a free block */
	uint8_t *bits;
	uint64_t n;
};

struct pending {
	struct udf_at at;
	bool streams;		/* a stream directory */
};

struct job {
	const struct udf_tree *t;
	const struct udf_volume *v;
	struct udf_window window;
	uint8_t *buf;			/* a block */
	struct bitmap bitmap[UDF_MAX_MAPS];
	struct idmap seen;		/* folders, and files with several names */
	struct pending *pending;	/* folders still to be looked at */
	size_t n_pending, room;
	uint64_t n_files, n_dirs, n_streams, n_further, n_faults, n_marked_free;
	struct img_err first;
};

/* Take note of a fault; only what stops everything is passed on. */
static int
fault(struct job *j, struct img_err *e, struct img_err *err)
{
	if (e->code == IMG_E_NOMEM || e->code == IMG_E_CANCELLED || (e->code == IMG_E_IO && e->sys_errno)) {
		if (err)
			*err = *e;
		return (int)e->code;
	}
	if (!j->n_faults++)
		j->first = *e;
	img_problem(j->v->env, IMG_ERROR, "udf-structure", "%s", e->msg);
	*e = (struct img_err) { 0 };
	return 0;
}

/* *ret_new: nobody led there before. */
static int
see(struct job *j, uint32_t part, uint32_t block, bool *ret_new, struct img_err *err)
{
	bool old;
	int rc = idmap_add(&j->seen, (uint64_t)part << 32 | block, 0, &old, err);

	*ret_new = !rc && !old;
	return rc;
}

/* ---- descriptor sequences ---- */

static int
sequence_verify(struct job *j, struct udf_extent at, const char *which, struct img_err *err)
{
	uint32_t n = at.len / j->v->bs;
	struct img_err e = { 0 };
	int rc = 0;

	for (uint32_t i = 0; !rc && i < n && i < 256; i++) {
		uint64_t block = (uint64_t)at.block + i, off = block * j->v->bs;
		struct udf_tag tag = { 0 };

		if (!span_ok(off, j->v->bs, j->v->below->size))
			rc = img_fail(&e, IMG_E_FORMAT, "it lies past the end of the volume");
		else
			rc = img_source_read(j->v->below, off, j->buf, j->v->bs, &e);
		if (!rc && !load_le16(j->buf))
			break;
		if (!rc)
			rc = udf_tag_check(j->buf, j->v->bs, 0, &tag, &e);
		if (!rc && tag.location != block)
			rc = img_fail(&e, IMG_E_FORMAT, "%s was written for block %" PRIu32, udf_tag_title(tag.id), tag.location);
		if (rc) {
			img_note(&e, rc, "the %s descriptor sequence: block %" PRIu64, which, block);
			rc = fault(j, &e, err);
		}
		if (tag.id == UDF_TD)
			break;
	}
	return rc;
}

/* ---- the space bitmap ---- */

/* Read a bitmap (4/14.12); without one, or with a strange one, nothing is compared. */
static void
bitmap_load(struct job *j, uint16_t part)
{
	const struct udf_part *p = &j->v->part[part];
	const struct udf_ad *at = &p->pd.free_bitmap;
	uint64_t off = ((uint64_t)p->start + at->block) * j->v->bs, n_bits;
	uint8_t *b;

	if (p->map.kind != UDF_MAP_PHYSICAL || at->len < UDF_TAG_LEN + 8 || at->type != UDF_RECORDED ||
	    !span_ok(off, at->len, j->v->below->size) || at->len > img_env_limits(j->v->env)->max_table)
		return;
	b = malloc(at->len);
	if (!b || img_source_read(j->v->below, off, b, at->len, NULL) || load_le16(b) != UDF_SBD) {
		free(b);
		return;
	}
	n_bits = load_le32(b + 16);
	if (n_bits > (uint64_t)(at->len - 24) * 8)
		n_bits = (uint64_t)(at->len - 24) * 8;
	memmove(b, b + 24, at->len - 24U);
	j->bitmap[part] = (struct bitmap) { b, n_bits };
}

static void
run_verify(struct job *j, const struct udf_run *r)
{
	const struct bitmap *m = r->part < j->v->n_parts ? &j->bitmap[r->part] : NULL;
	uint64_t n = (r->len + j->v->bs - 1) / j->v->bs;

	if (!m || !m->bits || r->type == UDF_UNALLOCATED)
		return;
	for (uint64_t i = r->block; i < (uint64_t)r->block + n && i < m->n; i++)
		if (m->bits[i / 8] >> i % 8 & 1)
			j->n_marked_free++;
}

static void
block_verify(struct job *j, struct udf_at at)
{
	run_verify(j, &(struct udf_run) { j->v->bs, at.block, at.part, UDF_RECORDED });
}

/* ---- files ---- */

static int
file_verify(struct job *j, const struct udf_fe *fe, struct udf_at at, struct img_err *err)
{
	struct img_source *data = NULL;
	struct udf_runs r = { 0 };
	int rc = udf_content_open(j->v, fe, at, &data, err);

	img_unref(data);
	block_verify(j, at);
	if (rc || (fe->flags & UDF_ICB_AD_MASK) == UDF_AD_EMBEDDED)
		return rc;
	rc = udf_runs_read(j->v, fe, at, &r, err);
	for (size_t i = 0; !rc && i < r.n; i++)
		run_verify(j, &r.v[i]);
	udf_runs_done(&r);
	return rc;
}

static int
pending_add(struct job *j, const struct udf_ad *icb, bool streams, struct img_err *err)
{
	if (j->n_pending == j->room) {
		size_t room = j->room ? j->room * 2 : 64;
		struct pending *p;

		if (room > img_env_limits(j->v->env)->max_table / sizeof *p)
			return img_fail(err, IMG_E_LIMIT, "more than %zu folders wait", j->n_pending);
		p = realloc(j->pending, room * sizeof *p);
		if (!p)
			return img_fail_nomem(err);
		j->pending = p;
		j->room = room;
	}
	j->pending[j->n_pending++] = (struct pending) { { icb->part, icb->block }, streams };
	return 0;
}

/* One file that a folder names. */
static int
entry_verify(struct job *j, const struct udf_fid *f, bool stream, struct img_err *err)
{
	struct udf_at at;
	struct udf_fe fe;
	bool dir, is_new = true;
	int rc = udf_icb_read(j->v, &j->window, (struct udf_at) { f->icb.part, f->icb.block }, j->buf, &fe, &at, err);

	if (rc)
		return rc;
	dir = fe.file_type == UDF_FILE_DIR && !stream;
	j->n_streams += stream;
	if (!stream && !dir && fe.links > 1)
		rc = see(j, f->icb.part, f->icb.block, &is_new, err);
	if (rc)
		return rc;
	j->n_files += !stream && !dir;
	j->n_further += !is_new;
	if (dir != !!(f->flags & UDF_FID_DIR))
		return img_fail(err, IMG_E_FORMAT, "its name says %s, its entry %s", dir ? "file" : "folder",
				dir ? "folder" : "file");
	if (dir)
		return pending_add(j, &f->icb, false, err);
	rc = file_verify(j, &fe, at, err);
	return !rc && fe.streams.len && !stream && is_new ? pending_add(j, &fe.streams, true, err) : rc;
}

static int
names_verify(struct job *j, struct udf_dir *d, bool streams, struct img_err *err)
{
	char name[UDF_NAME_MAX];
	struct udf_fid f;
	bool more = true;
	size_t len;
	int rc = 0;

	while (!rc) {
		struct img_err e = { 0 };

		if (img_env_cancelled(j->v->env))
			return img_fail(err, IMG_E_CANCELLED, "cancelled");
		rc = udf_dir_name(d, &f, name, &len, &more, err);
		if (rc || !more)
			break;
		rc = entry_verify(j, &f, streams, &e);
		if (rc) {
			img_note(&e, rc, "%s", name);
			rc = fault(j, &e, err);
		}
	}
	return rc;
}

static int
dir_verify(struct job *j, struct pending p, struct img_err *err)
{
	struct udf_dir d = { 0 };
	struct udf_at at = p.at;
	struct udf_fe fe;
	bool is_new = false;
	int rc = see(j, at.part, at.block, &is_new, err);

	if (!rc && !is_new)
		rc = img_fail(err, IMG_E_FORMAT, "the folder at block %" PRIu32 " of partition %" PRIu16
			      " has a second parent, or is its own", at.block, at.part);
	if (!rc)
		rc = udf_icb_read(j->v, &j->window, at, j->buf, &fe, &at, err);
	if (!rc)
		rc = file_verify(j, &fe, at, err);
	if (!rc)
		rc = udf_dir_open(j->v, &fe, at, &d, err);
	if (rc)
		return rc;
	j->n_dirs += !p.streams;
	if (fe.streams.len && !p.streams)
		rc = pending_add(j, &fe.streams, true, err);
	if (!rc)
		rc = names_verify(j, &d, p.streams, err);
	udf_dir_done(&d);
	return rc;
}

static int
tree_verify(struct job *j, struct img_err *err)
{
	struct udf_ad root = j->v->fsd.root, streams = j->v->fsd.streams;
	int rc = pending_add(j, &root, false, err);

	if (!rc && streams.len)
		rc = pending_add(j, &streams, true, err);
	while (!rc && j->n_pending) {
		struct img_err e = { 0 };

		rc = dir_verify(j, j->pending[--j->n_pending], &e);
		if (rc)
			rc = fault(j, &e, err);
	}
	return rc;
}

/* What the volume says of itself; nothing is lost when that is wrong.  Of a file with several names some count each, some
 * (Linux) one. */
static void
totals_compare(struct job *j)
{
	const struct udf_volume *v = j->v;
	uint64_t files = v->vat.counts ? v->vat.n_files : v->lvid.n_files;
	uint64_t dirs = v->vat.counts ? v->vat.n_dirs : v->lvid.n_dirs;

	if (j->n_marked_free)
		img_problem(v->env, IMG_WARNING, "udf-space-bitmap", "%" PRIu64 " blocks in use are marked free",
			    j->n_marked_free);
	if (v->has_lvid && !v->lvid.closed && !v->vat.present)
		img_problem(v->env, IMG_WARNING, "udf-open", "the volume was not closed when it was last written");
	if ((v->vat.counts || (v->has_lvid && v->lvid.closed && v->lvid.counts)) && !j->n_faults &&
	    ((files != j->n_files && files != j->n_files - j->n_further) || dirs != j->n_dirs))
		img_problem(v->env, IMG_NOTE, "udf-counts", "the volume counts %" PRIu64 " files and %" PRIu64
			    " folders; %" PRIu64 " and %" PRIu64 " are there", files, dirs, j->n_files, j->n_dirs);
}

static void
job_done(struct job *j)
{
	for (uint16_t i = 0; i < j->v->n_parts; i++)
		free(j->bitmap[i].bits);
	udf_window_done(&j->window);
	free(j->pending);
	idmap_done(&j->seen);
	free(j->buf);
}

int
udf_verify(struct img_tree *t, struct img_rep *rep, struct img_err *err)
{
	struct job j = { .t = (const struct udf_tree *)t };
	int rc;

	j.v = j.t->v;
	j.buf = malloc(j.v->bs);
	rc = j.buf ? sequence_verify(&j, j.v->avdp.main, "main", err) : img_fail_nomem(err);
	if (!rc)
		rc = sequence_verify(&j, j.v->avdp.reserve, "reserve", err);
	for (uint16_t i = 0; !rc && i < j.v->n_parts; i++)
		bitmap_load(&j, i);
	if (!rc)
		rc = tree_verify(&j, err);
	if (!rc) {
		totals_compare(&j);
		img_rep_uint(rep, "files_found", j.n_files);
		img_rep_uint(rep, "directories_found", j.n_dirs);
		img_rep_uint(rep, "streams_found", j.n_streams);
		img_rep_uint(rep, "faults", j.n_faults);
	}
	if (!rc && j.n_faults)
		rc = img_fail(err, j.first.code, "the UDF structure has %" PRIu64 " fault%s; the first: %s", j.n_faults,
			      j.n_faults == 1 ? "" : "s", j.first.msg);
	job_done(&j);
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders are files made of file identifiers (ECMA-167 4/14.4), one behind the other, across the borders of blocks. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "formats/udf/icb.h"
#include "formats/udf/names.h"
#include "img/env.h"
#include "img/source.h"

/* A folder of 10 million names of 60 characters has 1 GiB. */
#define MAX_FOLDER (UINT64_C(1) << 30)

/* in memory at a time: at least the longest record */
#define PIECE ((size_t)128 << 10)

int
udf_dir_open(const struct udf_volume *v, const struct udf_fe *fe, struct udf_at at, struct udf_dir *ret,
	     struct img_err *err)
{
	struct udf_dir d = { .v = v, .size = fe->size };
	int rc;

	if (fe->file_type != UDF_FILE_DIR && fe->file_type != UDF_FILE_STREAMS)
		return img_fail(err, IMG_E_FORMAT, "the file at block %" PRIu32 " of partition %" PRIu16
				" is no folder (type %u)", at.block, at.part, fe->file_type);
	if (fe->size > MAX_FOLDER)
		return img_fail(err, IMG_E_LIMIT, "a folder of %" PRIu64 " bytes", fe->size);
	rc = udf_content_open(v, fe, at, &d.data, err);
	if (rc)
		return img_note(err, rc, "the folder at block %" PRIu32 " of partition %" PRIu16, at.block, at.part);
	d.buf = malloc(d.size < PIECE ? (size_t)d.size + 1 : PIECE);
	if (!d.buf) {
		img_unref(d.data);
		return img_fail_nomem(err);
	}
	*ret = d;
	return 0;
}

/* Have the next record in the buffer, as far as the folder reaches. */
static int
fill(struct udf_dir *d, struct img_err *err)
{
	uint64_t left = d->size - d->pos;
	size_t have = (size_t)(d->buf_off + d->buf_len - d->pos), n;
	int rc;

	if (have >= UDF_FID_MAX || have == left)
		return 0;
	n = left < PIECE ? (size_t)left : PIECE;
	memmove(d->buf, d->buf + (d->buf_len - have), have);
	d->buf_off = d->pos;
	d->buf_len = have;
	rc = img_source_read(d->data, d->pos + have, d->buf + have, n - have, err);
	if (rc)
		return rc;
	d->buf_len = n;
	return 0;
}

int
udf_dir_next(struct udf_dir *d, struct udf_fid *ret, bool *ret_more, struct img_err *err)
{
	struct udf_tag tag;
	struct img_err e = { 0 };
	struct udf_fid f;
	const uint8_t *b;
	size_t len;
	int rc;

	*ret_more = d->pos < d->size;
	if (!*ret_more)
		return 0;
	rc = fill(d, err);
	if (rc)
		return rc;
	b = d->buf + (d->pos - d->buf_off);
	len = (size_t)(d->buf_off + d->buf_len - d->pos);
	rc = udf_tag_check(b, len, UDF_FID, &tag, &e);
	if (rc == IMG_E_CHECKSUM)	/* told, and taken: its lengths still lead to the next one */
		img_problem(d->v->env, IMG_WARNING, "udf-name-crc", "record %" PRIu64 " of a folder: %s", d->n, e.msg);
	else if (rc)
		return img_fail(err, IMG_E_FORMAT, "record %" PRIu64 " of a folder: %s", d->n, e.msg);
	rc = udf_fid_parse(b, len, &f, err);
	if (rc)
		return img_note(err, rc, "record %" PRIu64 " of a folder", d->n);
	d->pos += f.len;
	d->n++;
	*ret = f;
	return 0;
}

int
udf_dir_name(struct udf_dir *d, struct udf_fid *ret, char *name, size_t *ret_len, bool *ret_more, struct img_err *err)
{
	struct udf_fid f;
	int rc;

	for (;;) {
		rc = udf_dir_next(d, &f, ret_more, err);
		if (rc || !*ret_more)
			return rc;
		if (f.flags & (UDF_FID_DELETED | UDF_FID_PARENT))
			continue;
		if (f.name_len && f.icb.len)
			break;
		img_problem(d->v->env, IMG_WARNING, "udf-name-empty", "record %" PRIu64 " of a folder has no %s; it is skipped",
			    d->n - 1, f.name_len ? "file" : "name");
	}
	if (!udf_cs0_decode(f.name, f.name_len, name, UDF_NAME_MAX, ret_len) || !*ret_len)
		return img_fail(err, IMG_E_FORMAT, "record %" PRIu64 " of a folder has a name of an unknown form (%u)", d->n - 1,
				f.name[0]);
	if (udf_name_tame(name, *ret_len))
		img_problem(d->v->env, IMG_WARNING, "udf-name-changed", "a name that no path can hold was changed to \"%s\"",
			    name);
	*ret = f;
	return 0;
}

void
udf_dir_done(struct udf_dir *d)
{
	img_unref(d->data);
	free(d->buf);
	*d = (struct udf_dir) { 0 };
}

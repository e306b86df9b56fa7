/* SPDX-License-Identifier: BSD-2-Clause */
/* Files: their entries, what further attributes say, where their bytes lie. */
#ifndef FORMATS_UDF_ICB_H
#define FORMATS_UDF_ICB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/udf/layout.h"
#include "formats/udf/volume.h"

struct img_arena;
struct img_node;

/* The file entry that the ICB at @at leads to, through indirect entries and the chains of strategy 4096.  @buf holds a
 * block and is what ret->ea and ret->ads point into; *ret_at says where that block lies. */
int udf_icb_read(const struct udf_volume *v, struct udf_window *w, struct udf_at at, uint8_t *buf, struct udf_fe *ret,
		 struct udf_at *ret_at, struct img_err *err);

/* The stretches of a file whose entry lies at @at, up to its size; not for embedded data. */
int udf_runs_read(const struct udf_volume *v, const struct udf_fe *fe, struct udf_at at, struct udf_runs *ret,
		  struct img_err *err);

/* The bytes of a file as a source over the volume.  What was never recorded is zeros. */
int udf_content_open(const struct udf_volume *v, const struct udf_fe *fe, struct udf_at at, struct img_source **ret,
		     struct img_err *err);

/* What an entry says about its file: all but id, name and link. */
int udf_node_fill(const struct udf_volume *v, const struct udf_fe *fe, struct udf_at at, struct img_node *ret,
		  struct img_err *err);

/* The target of a symbolic link, in @arena.  *ret_len: its length. */
int udf_link_read(const struct udf_volume *v, const struct udf_fe *fe, struct udf_at at, struct img_arena *arena,
		  const char **ret, size_t *ret_len, struct img_err *err);

/* ---- folders (directory.c) ---- */

/* Goes through the records of a folder, with one piece of it in memory. */
struct udf_dir {
	const struct udf_volume *v;
	struct img_source *data;
	uint64_t size, pos;	/* of the folder; of the next record */
	uint8_t *buf;
	uint64_t buf_off;
	size_t buf_len;
	uint64_t n;		/* records so far */
};
int udf_dir_open(const struct udf_volume *v, const struct udf_fe *fe, struct udf_at at, struct udf_dir *ret,
		 struct img_err *err);
/* The next record, whatever its flags; *ret_more false at the end.  ret->name is valid until the next call. */
int udf_dir_next(struct udf_dir *d, struct udf_fid *ret, bool *ret_more, struct img_err *err);
/* The next one that names a file: neither deleted nor the way up.  @name takes UDF_NAME_MAX bytes. */
int udf_dir_name(struct udf_dir *d, struct udf_fid *ret, char *name, size_t *ret_len, bool *ret_more,
		 struct img_err *err);
void udf_dir_done(struct udf_dir *d);

#endif

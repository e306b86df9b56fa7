/* SPDX-License-Identifier: BSD-2-Clause */
/* The place the image goes to, looked at before anything is read or written. */
#ifndef CONVERT_TARGET_H
#define CONVERT_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"
#include "img/out.h"

struct stat;

struct target {
	const char *path;	/* "-": standard output */
	bool stream;		/* a pipe or device: written front to back */
	int fd;			/* of a stream, once open; -1 before and for a file */
	bool as_folder;		/* a sparse bundle: what is written is a folder itself */
	char *folder;		/* where the file will lie, or work files of a stream */
	uint64_t free;		/* bytes free there; UINT64_MAX: unknown or a stream */
};

/* @as_folder: the target is to be a folder, and an old one gives way only if it is such an image.
 * Refuse what must not be written: the source under any name, what exists (without @overwrite), folders, disks,
 * terminals.  @source may be NULL.  target_done may be called after failure. */
int target_look(const char *path, const struct stat *source, bool overwrite, bool as_folder, struct target *ret,
		struct img_err *err);
/* IMG_E_EXISTS if @path is there: for files beside the target. */
int target_absent(const char *path, struct img_err *err);
/* @parts: as a set of files that are called so; NULL: one file. */
int target_open(struct target *t, bool overwrite, img_out_part_name *parts, struct img_out **ret, struct img_err *err);
/* IMG_E_NOSPACE if @need bytes do not fit. */
int target_fits(const struct target *t, uint64_t need, struct img_err *err);
void target_done(struct target *t);

#endif

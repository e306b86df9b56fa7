/* SPDX-License-Identifier: BSD-2-Clause */
/* An image named on a command line, opened down to the sectors or the partition that is meant. */
#ifndef CORE_IMAGE_ARG_H
#define CORE_IMAGE_ARG_H

#include <stdbool.h>

#include "img/format.h"

struct img_checks;
struct img_tree;
struct stat;

struct image_arg {
	const char *path;		/* as typed; "-": standard input */
	char *real;			/* the file behind links, NULL for a stream */
	struct img_source *file;	/* the bytes of the file, also when opening it as an image failed */
	struct img_tree *folder;	/* where it lies */
	char *archive;			/* @path is one in this archive, */
	const char *inner;		/* namely this; else NULL */
	bool closed;			/* set by the caller: archives are not opened */
	bool bundle;			/* @path is a folder that is an image, and @file its property list */
	bool piped;			/* @file is the beginning of a stream: see core/pipe.h */
	bool spooled;			/* a stream, copied to a nameless file first */
	bool opened, listed;		/* what follows is filled in */
	struct img_image image;
	struct img_volumes volumes;
	struct img_source *sectors;	/* of the whole image, or of the partition asked for */
	const struct img_volume *only;	/* that partition, or NULL */
	bool track;			/* @sectors are one track of a disc, whatever holds it */
	const char *fs_volume, *snapshot;	/* set by the caller: as in struct img_tree_open */
	enum img_names names;
};

/* What the host knows of the file @path, or of standard input; false: nothing (errno). */
bool image_arg_stat(const char *path, struct stat *ret);
/* Open the file @path, the sparse bundle, or the file on a web server.  A pipe is copied into the work folder.  image_arg_done may and must be called after failure too. */
int image_arg_file(struct image_arg *a, struct img_env *env, const char *path, struct img_err *err);
/* The same, but only the beginning of a pipe is read.  _settle then copies it, closes what image_arg_open opened, and
 * lifts img_env_set_peek: open again, to read anywhere. */
int image_arg_look(struct image_arg *a, struct img_env *env, const char *path, struct img_err *err);
int image_arg_settle(struct image_arg *a, struct img_err *err);
/* Open what is in it; @from as in img_image_open.  After a failure a->opened says whether the image can be described. */
int image_arg_open(struct image_arg *a, const char *from, struct img_err *err);
/* List the volumes, once; with @probe_fs also their file systems. */
int image_arg_volumes(struct image_arg *a, bool probe_fs, struct img_err *err);
/* Restrict a->sectors to partition @which, or a disc to its track; NULL: everything. */
int image_arg_pick(struct image_arg *a, const char *which, struct img_err *err);
/* The same for those who want files: what no partition is called may be a volume of an APFS container. */
int image_arg_pick_files(struct image_arg *a, const char *which, struct img_err *err);
/* Is the folder @path a sparse bundle, to all appearance? */
bool image_arg_is_bundle(const char *path);
/* Do the sectors lie plain in their file, whatever describes them? */
bool image_arg_is_plain(const struct image_arg *a);
/* The checks of all layers, or of the one track. */
int image_arg_checks(struct image_arg *a, struct img_checks *ret, struct img_err *err);
void image_arg_done(struct image_arg *a);

#endif

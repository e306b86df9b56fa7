/* SPDX-License-Identifier: BSD-2-Clause */
/* Which file of an archive is the image. */
#ifndef FORMATS_ARCHIVE_CHOOSE_H
#define FORMATS_ARCHIVE_CHOOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/tree.h"

#define CHOICE_MAX 16	/* images that are told apart, or files that are looked into */

/* One that may be meant. */
struct candidate {
	uint64_t dir;		/* the folder it lies in; of a bundle the bundle itself */
	uint64_t id;		/* of a bundle its property list */
	bool bundle;
	uint64_t size;
	char *path, *dir_path;	/* in the archive, owned; of a bundle without "/Info.plist", and both the same */
	const char *name;	/* in @dir; points into @path, or static */
};

struct choice {
	size_t n;		/* images by their names; more than CHOICE_MAX are only counted */
	struct candidate v[CHOICE_MAX];
	size_t n_other;		/* files whose names tell nothing */
	uint64_t other_size;
	struct candidate other[CHOICE_MAX];
	unsigned int asked;	/* how often parts were looked for */
	size_t n_beside;	/* texts, checksums, what Finder leaves behind */
};

/* By names and sizes; nothing is read. */
int choice_make(struct img_tree *t, struct choice *ret, struct img_err *err);
/* What lies at @path, whatever it is called.  IMG_E_USAGE when there is nothing, or it is no file and no bundle. */
int choice_take(struct img_tree *t, const char *path, struct candidate *ret, struct img_err *err);
/* Is @path needed for @c: the file, the parts of its set, all of a bundle, whatever lies beside a sheet? */
bool candidate_needs(const struct candidate *c, const char *path);
void candidate_done(struct candidate *c);
void choice_done(struct choice *c);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The UDF reader as others see it. */
#ifndef FORMATS_UDF_UDF_H
#define FORMATS_UDF_UDF_H

#include <stdbool.h>
#include <stdint.h>

#include "img/format.h"

extern const struct img_format img_format_udf;

/* Does a recognition sequence say that @volume holds UDF?  A few reads near its beginning. */
bool udf_is_announced(struct img_source *volume);

/* What a short look at a tree shows, to choose between the file systems of a bridge disc. */
struct udf_survey {
	uint64_t n_files, n_dirs;	/* seen, without the root */
	uint64_t largest;		/* size of the largest file seen */
	bool complete;			/* all of the tree was seen */
	bool counts;			/* the volume itself says how many there are, as follows */
	uint32_t said_files, said_dirs;
};

/* Look at up to @max_nodes files, folders near the root first.  Damage ends the look; it is no failure.  @t must be a tree
 * that this format opened. */
int udf_survey(struct img_tree *t, unsigned int max_nodes, struct udf_survey *ret, struct img_err *err);

/* Is there a file of 4 GiB or more, which an ISO 9660 tree often cannot show?  Looks at the first 4096 files. */
int udf_has_large_files(struct img_tree *t, bool *ret, struct img_err *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting a tree, and comparing two trees of one volume by the data they show. */
#ifndef FORMATS_ISO9660_CENSUS_H
#define FORMATS_ISO9660_CENSUS_H

#include "formats/iso9660/iso.h"

#define CENSUS_CUT 10		/* paths of cut files that are kept */
#define CENSUS_KEYS (4 << 20)	/* files that are compared; 32 MiB */

struct census {
	uint64_t files, directories, links, others;
	uint64_t end;			/* of the last byte of any file */
	uint64_t n_cut;			/* files with data past the end of the volume */
	char *cut[CENSUS_CUT];
	size_t n_keys, room;
	uint64_t *keys;			/* block << 32 | size of files that have data; sorted, each once */
	bool complete;			/* everything was seen */
	bool damaged;			/* folders could not be listed */
};

/* Walk @iso in the view it has.  A folder that cannot be read is a problem of the environment, and the census then is not
 * complete; fails when memory or the budget runs out. */
int census_take(struct iso *iso, struct census *ret, struct img_err *err);
void census_done(struct census *c);
/* How many files each has that the other has not. */
void census_compare(const struct census *a, const struct census *b, size_t *ret_a_only, size_t *ret_b_only);

#endif

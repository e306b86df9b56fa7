/* SPDX-License-Identifier: BSD-2-Clause */
/* What Info.plist says of a sparse bundle. */
#ifndef FORMATS_SPARSEBUNDLE_INFO_H
#define FORMATS_SPARSEBUNDLE_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "img/error.h"
#include "img/source.h"

#define SPARSEBUNDLE_TYPE "com.apple.diskimage.sparsebundle"

struct bundle_info {
	bool is_bundle;			/* the type is SPARSEBUNDLE_TYPE */
	uint64_t band_size, size;
	uint64_t version;		/* of the backing store; 0: not told */
};

/* Values are checked as far as they can be without the bands. */
int bundle_info_read(struct img_source *plist, struct bundle_info *ret, struct img_err *err);

#endif

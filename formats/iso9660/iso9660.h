/* SPDX-License-Identifier: BSD-2-Clause */
/* ISO 9660 as a file system. */
#ifndef FORMATS_ISO9660_ISO9660_H
#define FORMATS_ISO9660_ISO9660_H

#include <stdbool.h>
#include <stdint.h>

#include "img/format.h"

extern const struct img_format img_format_iso9660;

struct img_source;

/* IMG_E_FORMAT when a disc claims more sectors than there are.  Whatever is no ISO 9660 disc is whole. */
int iso_check_whole(struct img_source *disc, struct img_err *err);

/* Is the plain tree only there to say that one should look at the UDF one: at most a readme in the root? */
bool iso_is_placeholder(struct img_tree *t);

#endif

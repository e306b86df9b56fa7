/* SPDX-License-Identifier: BSD-2-Clause */
/* Apple sparse bundles (.sparsebundle, .backupbundle): a folder that is an image. */
#ifndef FORMATS_SPARSEBUNDLE_SPARSEBUNDLE_H
#define FORMATS_SPARSEBUNDLE_SPARSEBUNDLE_H

#include <stdbool.h>

#include "img/format.h"
#include "img/sink.h"

#define SPARSEBUNDLE_PLIST "Info.plist"

extern const struct img_format img_format_sparsebundle;
extern const struct img_sink_ops sparsebundle_sink_ops;

/* Is this property list that of a bundle?  Then its folder is the image. */
bool sparsebundle_plist(struct img_source *plist);

#endif

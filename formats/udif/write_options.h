/* SPDX-License-Identifier: BSD-2-Clause */
/* The method of an image to be written. */
#ifndef FORMATS_UDIF_WRITE_OPTIONS_H
#define FORMATS_UDIF_WRITE_OPTIONS_H

#include "formats/udif/table.h"

struct img_sink_job;

/* The row of udif_kinds that -O, --compress and -c ask for; IMG_E_USAGE when they contradict each other or
 * --min-macos. */
int udif_write_method(const struct img_sink_job *job, const struct udif_kind_info **ret, struct img_err *err);
/* For img_sink_ops. */
int udif_write_options(const struct img_sink_job *job, struct img_err *err);

/* "UDZO" into @buf; returns it. */
const char *udif_variant_title(const struct udif_kind_info *kind, char buf[8]);

#endif

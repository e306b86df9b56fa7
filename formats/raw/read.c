/* SPDX-License-Identifier: BSD-2-Clause */
/* Raw sectors: no header, nothing to open.  img_image_open serves the file itself; this descriptor gives the format its
 * name, its suffixes and its sink.  It claims nothing in probing: raw is what is left when nobody claims a stream. */
#include "config.h"

#include "formats/raw/raw.h"

#include "img/sink.h"
#include "img/source.h"

static int
raw_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	*ret = img_ref(o->below);
	return 0;
}

static const char *const variants[] = { "img", "iso", "udf", "udto", "udrw", NULL };

const struct img_format img_format_raw = {
	.name = "raw",
	.title = "raw image",
	.suffixes = ".img .raw .dd .cdr",
	.open = raw_open,
	.sink = &img_sink_raw,
	.sink_variants = variants,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* --raw-plist: the property list as it stands in the image, a DMG's or a sparse bundle's. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "formats/udif/udif.h"
#include "img/env.h"
#include "img/source.h"
#include "inspect/inspect.h"

#define STEP 65536

static int
find(const struct inspection *in, struct img_source **ret, struct img_err *err)
{
	const struct img_image *im = &in->arg.image;

	if (in->arg.bundle) {
		*ret = img_ref(in->arg.file);
		return 0;
	}
	for (unsigned int i = 0; i < im->n; i++)
		if (im->layer[i].format == &img_format_udif)
			return udif_plist(im->layer[i].source, ret, err);
	return img_fail(err, IMG_E_IO, "has no property list: it is no DMG and no sparse bundle");
}

int
inspect_plist(struct inspection *in, struct img_err *err)
{
	img_autounref struct img_source *s = NULL;
	uint8_t buf[STEP];
	int rc = find(in, &s, err);

	for (uint64_t off = 0; !rc && off < s->size && !ferror(stdout); off += STEP) {
		size_t len = s->size - off < STEP ? (size_t)(s->size - off) : STEP;

		rc = img_env_cancelled(in->env) ? img_fail(err, IMG_E_CANCELLED, "cancelled")
						: img_source_read(s, off, buf, len, err);
		if (!rc)
			fwrite(buf, 1, len, stdout);
	}
	return rc;
}

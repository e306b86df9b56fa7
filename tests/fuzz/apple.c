/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers of encrypted images, sparse images and sparse bundles: byte 0 chooses one (0, 1, 2), the rest is the file.  What
 * opens is described, its map is walked, and the head of every run is read. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "formats/encrcdsa/encrcdsa.h"
#include "formats/sparsebundle/info.h"
#include "formats/sparseimage/sparseimage.h"
#include "img/env.h"
#include "img/report.h"
#include "tests/fuzz/extents.h"

#define MAX_SIZE (1 << 20)

/* No password: deriving keys would find nothing new and take long. */
static void
try_format(const struct img_format *f, const struct img_open *o)
{
	struct img_err err = { 0 };
	struct img_source *s;
	struct img_report *r;
	int rc;

	if (!f->confirm(o))
		return;
	rc = f->open(o, &s, &err);
	if (rc) {
		check(rc == (int)err.code && err.msg[0], "a failure without its message");
		return;
	}
	r = img_report_new();
	check(!s->ops->describe(s, img_report_root(r), &err), "an opened image cannot be described");
	img_report_free(r);
	fuzz_extents(s, false);
	img_unref(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct img_err err = { 0 };
	struct bundle_info info;
	struct img_source *file;
	struct img_env *env;
	struct img_open o = { 0 };
	int rc;

	if (!size || size > MAX_SIZE)
		return 0;
	check(!img_env_new(NULL, &env, NULL), "no environment");
	check(!img_memory(env, data + 1, size - 1, false, &file, &err), err.msg);
	o.below = file;
	o.env = env;
	if (data[0] % 3 == 2) {
		rc = bundle_info_read(file, &info, &err);
		check(!rc || (rc == (int)err.code && err.msg[0]), "a failure without its message");
		check(rc || (info.size && info.band_size), "sizes of nothing");
	} else {
		try_format(data[0] % 3 ? &img_format_sparseimage : &img_format_encrcdsa, &o);
	}
	img_unref(file);
	img_env_free(env);
	return 0;
}

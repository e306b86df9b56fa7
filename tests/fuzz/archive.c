/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as an archive with an image in it: listed, the image chosen, unpacked and opened; what opens is described and its
 * first bytes are read. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "img/env.h"
#include "img/format.h"
#include "img/report.h"
#include "img/source.h"

#define MAX_CHUNK (1 << 20)

static void
look(const struct img_image *im)
{
	struct img_report *r = img_report_new();
	struct img_err err = { 0 };
	uint8_t buf[4096];
	size_t n;

	check(im->n <= IMG_CHAIN_MAX, "more layers than there is room for");
	for (unsigned int i = 0; i < im->n; i++)
		if (im->layer[i].source->ops->describe)
			(void)im->layer[i].source->ops->describe(im->layer[i].source, img_report_root(r), &err);
	img_report_free(r);
	if (im->locked.code)
		return;
	n = im->top->size < sizeof buf ? (size_t)im->top->size : sizeof buf;
	err = (struct img_err) { 0 };
	if (n && img_source_read(im->top, 0, buf, n, &err))
		check(err.msg[0], "a failure without its message");
}

static void
open_it(struct img_source *file, const char *inner)
{
	const struct img_open o = { .name = "fuzz.zip", .inner = inner };
	struct img_err err = { 0 };
	struct img_image im;
	int rc = img_image_open_as(img_ref(file), NULL, &o, &im, &err);

	if (rc) {
		check(rc == (int)err.code && err.msg[0], "a failure without its message");
		img_unref(file);
		return;
	}
	look(&im);
	img_image_done(&im);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct img_limits limits;
	struct img_source *file = NULL;
	struct img_env *env;

	img_limits_default(&limits);
	limits.max_chunk = MAX_CHUNK;
	check(!img_env_new(&limits, &env, NULL), "no environment");
	check(!img_memory(env, data, size, false, &file, NULL), "cannot make the file");
	open_it(file, NULL);
	open_it(file, "a/x.dmg");
	img_unref(file);
	img_env_free(env);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Block maps: what is read makes sense, lists its checks over an image of its size, and maps that without gaps. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include "formats/bmap/bmap.h"
#include "img/check.h"
#include "img/env.h"
#include "img/source.h"

#define MAX_SIZE (1 << 20)

static void
use(struct bmap *b, struct img_source *file)
{
	struct img_checks checks = { 0 };
	struct img_err err = { 0 };
	struct img_source *image, *layer;
	struct img_extent e = { .len = 1 };
	uint64_t size = b->size, mapped = 0;

	check(!img_zeros(file->env, size, &image, &err), err.msg);
	check(!bmap_layer(b, file, "map", image, &layer, &err), err.msg);
	check(!layer->ops->checks(layer, &checks, &err), "a map cannot list its checks");
	for (uint64_t off = 0; off < size; off = e.off + e.len) {
		check(!img_source_map(layer, off, &e, &err), "a bad map");
		check(e.off <= off, "runs leave a gap");
		mapped += e.kind == IMG_DATA ? e.len : 0;
	}
	check(mapped <= size, "more is mapped than there is");
	img_checks_done(&checks);
	img_unref(layer);
	img_unref(image);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct img_err err = { 0 };
	struct img_source *file;
	struct img_env *env;
	struct bmap b;
	int rc;

	if (!size || size > MAX_SIZE)
		return 0;
	check(!img_env_new(NULL, &env, NULL), "no environment");
	check(!img_memory(env, data, size, false, &file, &err), err.msg);
	rc = bmap_read(file, &b, &err);
	if (!rc)
		use(&b, file);
	else
		check(rc == (int)err.code && err.msg[0], "a failure without its message");
	img_unref(file);
	img_env_free(env);
	return 0;
}

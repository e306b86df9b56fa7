/* SPDX-License-Identifier: BSD-2-Clause */
/* A range of another source: what a partition is. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/checked.h"
#include "img/source.h"

struct slice {
	struct img_source src;
	struct img_source *below;
	uint64_t start;
};

static int
slice_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct slice *sl = (const struct slice *)s;

	*ret = (struct img_extent) {
		.len = s->size, .kind = IMG_DATA,
		.from = sl->below, .at = sl->start, .stored = s->size,
	};
	return 0;
}

static void
slice_destroy(struct img_source *s)
{
	struct slice *sl = (struct slice *)s;

	img_unref(sl->below);
	free(sl);
}

static const struct img_source_ops slice_ops = { .map = slice_map, .destroy = slice_destroy };

int
img_slice(struct img_source *below, uint64_t start, uint64_t len, struct img_source **ret, struct img_err *err)
{
	struct slice *sl;

	if (!span_ok(start, len, below->size))
		return img_fail(err, IMG_E_FORMAT, "%" PRIu64 " bytes at %" PRIu64 " lie past the end (%" PRIu64 ")", len,
				start, below->size);
	sl = calloc(1, sizeof *sl);
	if (!sl)
		return img_fail_nomem(err);
	img_source_init(&sl->src, &slice_ops, below->env, "slice", len, below->sector_size);
	sl->src.flags = below->flags;
	sl->below = img_ref(below);
	sl->start = start;
	*ret = &sl->src;
	return 0;
}

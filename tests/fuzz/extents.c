/* SPDX-License-Identifier: BSD-2-Clause */
/* The map of an image, run by run. */
#include "config.h"

#include "tests/fuzz/extents.h"

#include "img/source.h"
#include "tests/fuzz/fuzz.h"

#define MAX_RUNS 2000		/* a million of them prove no more */

void
fuzz_extents(struct img_source *s, bool readable)
{
	struct img_err err = { 0 };
	struct img_extent e;
	uint64_t off = 0;
	uint8_t buf[600];
	char where[200];

	for (unsigned int i = 0; off < s->size && i < MAX_RUNS; i++, off = e.off + e.len) {
		check(!img_source_map(s, off, &e, &err), "an opened image has a bad map");
		check(e.off == off, "runs overlap or leave a gap");
		if (s->ops->where)
			s->ops->where(s, off, where, sizeof where);
		if (!img_source_read(s, off, buf, e.len < sizeof buf ? (size_t)e.len : sizeof buf, &err))
			continue;
		check(!readable, "an opened image cannot be read");
		check(err.msg[0], "a failure without its message");
	}
}

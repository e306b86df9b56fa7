/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes in memory, and zeros of any length. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "img/source.h"

struct memory {
	struct img_source src;
	const uint8_t *bytes;
	uint8_t copy[];
};

static int
memory_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	*ret = (struct img_extent) { .len = s->size, .kind = IMG_OPAQUE };
	return 0;
}

static int
memory_read(struct img_source *s, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	memcpy(buf, ((const struct memory *)s)->bytes + off, len);
	return 0;
}

static void
memory_destroy(struct img_source *s)
{
	free(s);
}

static const struct img_source_ops memory_ops = {
	.map = memory_map, .read = memory_read, .destroy = memory_destroy,
};

int
img_memory(struct img_env *env, const void *bytes, size_t len, bool copy, struct img_source **ret, struct img_err *err)
{
	struct memory *m = malloc(sizeof *m + (copy ? len : 0));

	if (!m)
		return img_fail_nomem(err);
	img_source_init(&m->src, &memory_ops, env, "memory", len, 512);
	m->bytes = bytes;
	if (copy) {
		if (len)
			memcpy(m->copy, bytes, len);
		m->bytes = m->copy;
	}
	*ret = &m->src;
	return 0;
}

static int
zeros_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	*ret = (struct img_extent) { .len = s->size, .kind = IMG_ZERO };
	return 0;
}

static const struct img_source_ops zeros_ops = { .map = zeros_map, .destroy = memory_destroy };

int
img_zeros(struct img_env *env, uint64_t len, struct img_source **ret, struct img_err *err)
{
	struct img_source *s = calloc(1, sizeof *s);

	if (!s)
		return img_fail_nomem(err);
	img_source_init(s, &zeros_ops, env, "zeros", len, 512);
	*ret = s;
	return 0;
}

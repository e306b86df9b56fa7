/* SPDX-License-Identifier: BSD-2-Clause */
/* Open addressing, linear probing, at most half full. */
#include "config.h"

#include "core/idmap.h"

#include <stdlib.h>

struct idmap_entry {
	uint64_t key, value;
};

/* The numbers come from images, which may choose them to collide: the worst is a slow walk over what one folder lists. */
static size_t
place(const struct idmap *m, uint64_t key)
{
	uint64_t h = (key ^ key >> 31) * UINT64_C(0x9E3779B97F4A7C15);
	size_t i = (size_t)(h >> 20) & (m->room - 1);

	while (m->v[i].key && m->v[i].key != key)
		i = (i + 1) & (m->room - 1);
	return i;
}

bool
idmap_find(const struct idmap *m, uint64_t key, uint64_t *ret_value)
{
	size_t i;

	if (!key) {
		if (m->has_zero && ret_value)
			*ret_value = m->zero_value;
		return m->has_zero;
	}
	if (!m->room)
		return false;
	i = place(m, key);
	if (m->v[i].key && ret_value)
		*ret_value = m->v[i].value;
	return m->v[i].key != 0;
}

static int
grow(struct idmap *m, struct img_err *err)
{
	struct idmap more = { .room = m->room ? m->room * 2 : 64, .n = m->n };

	more.v = more.room <= SIZE_MAX / 2 / sizeof *more.v ? calloc(more.room, sizeof *more.v) : NULL;
	if (!more.v)
		return img_fail_nomem(err);
	for (size_t i = 0; i < m->room; i++)
		if (m->v[i].key)
			more.v[place(&more, m->v[i].key)] = m->v[i];
	free(m->v);
	m->v = more.v;
	m->room = more.room;
	return 0;
}

int
idmap_add(struct idmap *m, uint64_t key, uint64_t value, bool *ret_old, struct img_err *err)
{
	size_t i;

	*ret_old = idmap_find(m, key, NULL);
	if (*ret_old)
		return 0;
	if (!key) {
		m->has_zero = true;
		m->zero_value = value;
		return 0;
	}
	if (m->n >= m->room / 2) {
		int rc = grow(m, err);

		if (rc)
			return rc;
	}
	i = place(m, key);
	m->v[i] = (struct idmap_entry) { key, value };
	m->n++;
	return 0;
}

void
idmap_done(struct idmap *m)
{
	free(m->v);
	*m = (struct idmap) { 0 };
}

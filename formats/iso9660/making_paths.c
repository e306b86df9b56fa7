/* SPDX-License-Identifier: BSD-2-Clause */
/* Path tables (ECMA-119 6.9): every folder by its depth, its parent's number and its name, which is what going through the
 * tree level by level gives when children come in the order of their records.  A parent's number has 16 bits.  Beyond
 * 65,535 folders the records whose parent has no number say 65,535; systems that walk folders do not notice. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "formats/iso9660/making.h"
#include "img/env.h"

#define MAX_PARENT 65535

static size_t
path_name(const struct iso_author *a, enum kind kind, uint32_t dir, uint8_t name[MAX_ISO_NAME + 4])
{
	if (dir)
		return making_name(a, kind, a->dir[dir].node, name);
	name[0] = 0;
	return 1;
}

static uint32_t
record_len(size_t n_name)
{
	return (uint32_t)(8 + n_name + n_name % 2);
}

int
making_paths(struct iso_author *a, enum kind kind, struct img_err *err)
{
	struct shape *s = &a->shape[kind];
	uint64_t len = 0;
	size_t n = 1;
	int rc = img_array(a->n_dirs, sizeof *s->paths, UINT64_MAX, "folders", &s->paths, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < n; i++) {
		struct mdir *d = &a->dir[s->paths[i]];
		uint8_t name[MAX_ISO_NAME + 4];
		uint32_t shown = d->n_shown[kind];

		d->number[kind] = (uint32_t)i + 1;
		len += record_len(path_name(a, kind, s->paths[i], name));
		for (uint32_t k = 0; d->n_subdirs && k < shown; k++) {
			const struct mnode *c = &a->node[s->order[d->first + k]];

			if (c->type == IMG_NODE_DIR)
				s->paths[n++] = c->u.dir;
		}
	}
	if (len > UINT32_MAX)
		return img_fail(err, IMG_E_LIMIT, "the path table would have %" PRIu64 " bytes", len);
	if (kind == KIND_PRIMARY && n > MAX_PARENT)
		img_problem(a->src.env, IMG_WARNING, "iso-path-table",
			    "%zu folders, but the path table can number %d parents; systems that need it may miss folders", n,
			    MAX_PARENT);
	s->path_len = (uint32_t)len;
	s->n_paths = n;
	return 0;
}

int
making_paths_read(const struct iso_author *a, const struct view *v, bool big, uint64_t off, uint8_t *buf, size_t len,
		  struct img_err *err)
{
	const struct shape *s = &a->shape[v->kind];
	struct window w = { off, len, buf };
	uint64_t at = 0;

	memset(buf, 0, len);
	for (size_t i = 0; i < s->n_paths && at < off + len; i++) {
		const struct mdir *d = &a->dir[s->paths[i]];
		uint32_t parent = a->dir[d->parent].number[v->kind];
		uint8_t name[MAX_ISO_NAME + 4], bytes[512];
		struct iso_path r = {
			.block = v->base + d->at[v->kind] - v->bias, .name = name,
			.parent = (uint16_t)(parent < MAX_PARENT ? parent : MAX_PARENT),
		};

		r.n_name = (uint8_t)path_name(a, v->kind, s->paths[i], name);
		window_put(&w, at, bytes, iso_path_emit(&r, big, bytes));
		at += record_len(r.n_name);
	}
	return 0;
}

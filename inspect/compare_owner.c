/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose byte is it: the partition, and the file whose content resolves to there. */
#include "config.h"

#include <stdbool.h>

#include "core/memory.h"
#include "img/report.h"
#include "img/source.h"
#include "img/tree.h"
#include "inspect/compare.h"
#include "inspect/inspect.h"
#include "inspect/volumes.h"

/* Does the way of some byte of @content lead over byte @off of @disk? */
static bool
leads_over(struct img_source *content, const struct img_source *disk, uint64_t off)
{
	for (uint64_t at = 0; at < content->size;) {
		struct img_trail way;
		struct img_extent e;

		if (img_source_resolve(content, at, &e, &way, NULL))
			return false;
		for (unsigned int i = 0; i < way.n; i++)
			if (way.step[i].s == disk && off >= way.step[i].off && off - way.step[i].off < e.len)
				return true;
		at = e.off + e.len;
	}
	return false;
}

static bool
find_file(struct img_tree *t, const struct img_source *disk, uint64_t off, struct img_rep *o)
{
	struct img_walk *w = NULL;
	const struct img_node *n;
	const char *path;
	bool found = false;

	if (img_walk_new(t, &w, NULL))
		return false;
	while (!found && !img_walk_next(w, &n, &path, NULL) && n) {
		img_autounref struct img_source *content = NULL;

		if (n->type != IMG_NODE_FILE || !n->size || img_tree_content(t, n->id, NULL, &content, NULL))
			continue;
		found = leads_over(content, disk, off);
		if (found)
			img_rep_str(o, "path", path);
	}
	img_walk_free(w);
	return found;
}

void
compare_owner(struct inspection *in, uint64_t off, struct img_rep *o)
{
	struct img_source *disk = in->arg.image.top;
	const struct img_volume *v = NULL;
	bool found = false;

	if (in->arg.only)
		off += in->arg.only->off;
	for (size_t i = 0; in->arg.listed && i < in->arg.volumes.n; i++)
		if (off >= in->arg.volumes.v[i].off && off - in->arg.volumes.v[i].off < in->arg.volumes.v[i].len)
			v = &in->arg.volumes.v[i];
	if (v && v->part)
		img_rep_uint(o, "partition", v->part->index);
	for (size_t i = 0; !found && i < in->n_vol; i++)
		if (in->vol[i].tree && in->vol[i].volume == v)
			found = find_file(in->vol[i].tree, disk, off, o);
	if (!found)
		img_rep_str(o, "in", !v ? "no partition" : !v->fs ? "the partition" : "no file's data");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a page draws of an image, gathered while the image is open: its blocks and its files.  Damage on the way is a
 * problem of the image, and what could be seen is drawn. */
#include "config.h"

#include <stdlib.h>

#include "img/env.h"
#include "img/source.h"
#include "inspect/inspect.h"
#include "inspect/page.h"
#include "inspect/volumes.h"

#define DISK_CELLS 240
#define PART_CELLS 60

static bool
is_fatal(int rc)
{
	return rc == IMG_E_NOMEM || rc == IMG_E_CANCELLED;
}

static int
look_at_blocks(struct inspection *in, struct img_err *err)
{
	struct img_err why = { 0 };
	int rc = 0;

	if (in->arg.image.locked.code || in->arg.sectors->flags & (IMG_FORWARD | IMG_LOCKED | IMG_HEAD_ONLY) ||
	    !in->arg.sectors->size)
		return 0;
	rc = map_gather(in, DISK_CELLS, PART_CELLS, &in->pictures->blocks, in->pictures->volume, &why);
	if (is_fatal(rc)) {
		*err = why;
		return rc;
	}
	if (rc)
		img_problem(in->env, IMG_WARNING, "map-cut", "the map of blocks ends early: %s", why.msg);
	return 0;
}

static int
look_at_files(struct inspection *in, struct img_err *err)
{
	struct pictures *p = in->pictures;

	for (size_t i = 0; i < in->n_vol && p->n_trees < PAGE_MAX_TREES; i++) {
		const struct img_volume *v = in->vol[i].volume;
		struct file_tree *t = &p->tree[p->n_trees].files;
		int rc;

		/* a bridge disc has the same files twice */
		if (!in->vol[i].tree || (p->n_trees && p->tree[p->n_trees - 1].volume == v))
			continue;
		rc = file_tree_new(in->vol[i].tree, t, err);
		if (rc)
			return rc;
		p->tree[p->n_trees++].volume = v;
		if (t->lost)
			img_problem(in->env, IMG_WARNING, "folders-lost", "%llu folder%s could not be read: %s",
				    (unsigned long long)t->lost, t->lost == 1 ? "" : "s", t->why);
	}
	return 0;
}

int
page_look(struct inspection *in, struct img_err *err)
{
	int rc;

	in->pictures = calloc(1, sizeof *in->pictures);
	if (!in->pictures)
		return img_fail_nomem(err);
	if (!in->arg.opened)
		return 0;
	rc = look_at_blocks(in, err);
	return rc ? rc : look_at_files(in, err);
}

void
page_looked(struct inspection *in)
{
	struct pictures *p = in->pictures;

	if (!p)
		return;
	for (size_t i = 0; i < p->n_trees; i++)
		file_tree_done(&p->tree[i].files);
	block_map_done(&p->blocks);
	free(p);
	in->pictures = NULL;
}

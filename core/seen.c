/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "core/seen.h"

#include <inttypes.h>

#include "core/limits.h"

/* Is the linked folder @n one of those above? */
static bool
is_in_itself(const struct seen_folders *s, const struct img_node *n, uint64_t up)
{
	uint64_t inode;

	while (idmap_find(&s->inode, up, &inode)) {
		if (inode == n->inode)
			return true;
		if (!idmap_find(&s->up, up, &up))
			break;
	}
	return false;
}

int
seen_come(struct seen_folders *s, const struct img_node *n, uint32_t own, uint32_t up, struct img_err *err)
{
	bool linked = n->linked || idmap_find(&s->up, up, NULL), old;
	int rc = idmap_add(&s->ids, n->id, 0, &old, err);

	if (rc || (!old && !linked))
		return rc;
	if (!linked || (n->linked && is_in_itself(s, n, up)))
		return img_fail(err, IMG_E_FORMAT, "this folder is in two places, or contains itself");
	if (old && ++s->n_repeats / IMG_MAX_REPEATS > s->ids.n)
		return img_fail(err, IMG_E_LIMIT, "folders below links to folders come by %" PRIu64 " times again, more than the "
				"limit of %d for each folder", s->n_repeats, IMG_MAX_REPEATS);
	rc = idmap_add(&s->up, own, up, &old, err);
	return rc ? rc : idmap_add(&s->inode, own, n->linked ? n->inode : 0, &old, err);
}

void
seen_list(const struct seen_folders *s, uint32_t own, struct img_nodes *list)
{
	if (idmap_find(&s->up, own, NULL))
		img_nodes_link(list);
}

void
seen_done(struct seen_folders *s)
{
	idmap_done(&s->ids);
	idmap_done(&s->up);
	idmap_done(&s->inode);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The author's tables: growing them, and the few questions that all parts ask of them. */
#include "config.h"

#include <string.h>

#include "formats/hfsplus/making.h"
#include "formats/hfsplus/names.h"

int
hfs_table_room(void *table, size_t n, size_t *room, size_t size, struct img_err *err)
{
	size_t more = *room ? *room + *room / 2 : 64;
	void *p;

	if (n < *room)
		return 0;
	p = realloc(*(void **)table, more * size);
	if (!p)
		return img_fail_nomem(err);
	*(void **)table = p;
	*room = more;
	return 0;
}

const char *
hfs_making_path(const struct hfs_author *a, uint32_t node, char *buf, size_t room)
{
	size_t at = room - 1;

	buf[at] = '\0';
	while (node) {
		char name[HFS_NAME_ROOM];
		size_t n;

		hfs_name_utf8(a->node[node].name, a->node[node].n, name);
		n = strlen(name);
		if (n + 1 > at) {
			if (at > 3)
				memcpy(buf + (at -= 3), "\xe2\x80\xa6", 3);
			break;
		}
		at -= n;
		memcpy(buf + at, name, n);
		node = a->dir[a->node[node].parent].node;
		if (node)
			buf[--at] = '/';
	}
	return buf + at;
}

int
hfs_fork_add(struct hfs_author *a, uint32_t node, struct img_source *from, uint64_t size, uint32_t *ret,
	     struct img_err *err)
{
	int rc = hfs_table_room(&a->fork, a->n_forks, &a->room_forks, sizeof *a->fork, err);

	if (rc)
		return rc;
	a->fork[a->n_forks] = (struct mfork) { .from = from ? img_ref(from) : NULL, .size = size, .node = node };
	*ret = (uint32_t)a->n_forks++;
	return 0;
}

int
hfs_extra_of(struct hfs_author *a, uint32_t node, struct mextra **ret, struct img_err *err)
{
	struct mnode *n = &a->node[node];
	int rc;

	if (n->extra == HFS_NONE) {
		rc = hfs_table_room(&a->extra, a->n_extras, &a->room_extras, sizeof *a->extra, err);
		if (rc)
			return rc;
		a->extra[a->n_extras] = (struct mextra) { .rsrc = HFS_NONE };
		n->extra = (uint32_t)a->n_extras++;
	}
	*ret = &a->extra[n->extra];
	return 0;
}

/* The root has one entry more than it was scanned with: the private folder. */
uint32_t
hfs_valence(const struct hfs_author *a, uint32_t dir)
{
	return a->dir[dir].n + (dir == 0 && a->private_dir != HFS_NONE);
}

uint32_t
hfs_child(const struct hfs_author *a, uint32_t dir, uint32_t k)
{
	const struct mdir *d = &a->dir[dir];

	if (a->private_dir != HFS_NONE) {
		if (dir == a->private_dir)
			return a->linked[k];
		if (dir == 0 && k == a->private_at)
			return a->dir[a->private_dir].node;
		if (dir == 0 && k > a->private_at)
			k--;
	}
	return d->first + k;
}

int
hfs_compare_names(const struct hfs_author *a, const uint16_t *x, size_t n_x, const uint16_t *y, size_t n_y)
{
	return a->o.case_sensitive ? hfs_compare_binary(x, n_x, y, n_y) : hfs_compare_folded(x, n_x, y, n_y);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Hard links (TN1150, "Hard Links"; the chain of links: observed on volumes of macOS).  The file itself goes to a folder
 * that nobody is shown, as "iNode" and its CNID; every name becomes a small file of type "hlnk" that leads to it.  The
 * links of one file form a list in both directions. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/hfsplus/making.h"
#include "formats/hfsplus/names.h"

/* A node's name from now on. */
static int
name_node(struct hfs_author *a, uint32_t node, unsigned int n_nuls, const char *text, struct img_err *err)
{
	uint16_t units[64], *kept;
	size_t n = hfs_name_ascii(text, units);

	kept = img_arena_alloc(a->arena, (n_nuls + n) * sizeof *kept);
	if (!kept)
		return img_fail_nomem(err);
	memcpy(kept + n_nuls, units, n * sizeof *kept);
	a->node[node].name = kept;
	a->node[node].n = (uint16_t)(n_nuls + n);
	return 0;
}

static int
add_node(struct hfs_author *a, const struct mnode *n, uint32_t *ret, struct img_err *err)
{
	struct mnode copy = *n;		/* which may lie in the table */
	int rc = hfs_table_room(&a->node, a->n_nodes, &a->room_nodes, sizeof *a->node, err);

	if (rc)
		return rc;
	*ret = (uint32_t)a->n_nodes;
	a->node[a->n_nodes++] = copy;
	return 0;
}

static int
add_private_folder(struct hfs_author *a, struct img_err *err)
{
	struct mnode n = {
		.type = IMG_NODE_DIR, .flags = M_PRIVATE, .created = a->date, .modified = a->date, .changed = a->date,
		.accessed = a->date, .uid = 0, .gid = 0, .special = 1, .extra = HFS_NONE, .u = (uint32_t)a->n_dirs,
	};
	const struct mdir *root = &a->dir[0];
	uint32_t node;
	int rc = hfs_table_room(&a->dir, a->n_dirs, &a->room_dirs, sizeof *a->dir, err);

	if (!rc)
		rc = add_node(a, &n, &node, err);
	if (!rc)
		rc = name_node(a, node, HFS_PRIVATE_PREFIX, "HFS+ Private Data", err);
	if (rc)
		return rc;
	while (a->private_at < root->n && hfs_compare_names(a, a->node[root->first + a->private_at].name,
							    a->node[root->first + a->private_at].n, a->node[node].name,
							    a->node[node].n) < 0)
		a->private_at++;
	a->private_dir = (uint32_t)a->n_dirs;
	a->dir[a->n_dirs++] = (struct mdir) { .node = node, .first = node + 1 };
	a->dir[0].n_folders++;
	return 0;
}

/* The file behind its first name moves; the name becomes the first of its links. */
static int
move_file(struct hfs_author *a, uint32_t first, struct img_err *err)
{
	char name[24];
	uint32_t node;
	int rc = add_node(a, &a->node[first], &node, err);

	if (rc)
		return rc;
	snprintf(name, sizeof name, "iNode%" PRIu32, cnid_of(node));
	rc = name_node(a, node, 0, name, err);
	a->node[node].parent = a->private_dir;
	a->node[node].flags |= M_LINKED;
	a->node[node].first_link = cnid_of(first);
	a->dir[a->private_dir].n++;
	a->node[first].flags = M_LINK;
	a->node[first].special = node;
	return rc;
}

/* A record of its own kind, that shows nothing of the file. */
static void
make_link(struct hfs_author *a, uint32_t node, uint32_t *last)
{
	struct mnode *n = &a->node[node];
	uint32_t file = n->special, *before = &last[file - a->dir[a->private_dir].first];

	n->mode = 0444;
	n->u = n->extra = HFS_NONE;
	n->created = n->modified = n->changed = n->accessed = a->date;
	n->special = cnid_of(file);
	n->uid = n->gid = 0;
	if (*before) {
		n->uid = cnid_of(*before);
		a->node[*before].gid = cnid_of(node);
	}
	*before = node;
}

/* iNode9 and iNode10 are in the order of their digits in the catalog. */
struct inode_name {
	char text[12];
	uint32_t node;
};

static int
by_text(const void *a, const void *b)
{
	return strcmp(((const struct inode_name *)a)->text, ((const struct inode_name *)b)->text);
}

static int
sort_linked(struct hfs_author *a, struct img_err *err)
{
	const struct mdir *d = &a->dir[a->private_dir];
	img_autofree struct inode_name *v = NULL;
	int rc = img_array(d->n, sizeof *v, UINT64_MAX, "links", &v, err);

	if (!rc)
		rc = img_array(d->n, sizeof *a->linked, UINT64_MAX, "links", &a->linked, err);
	if (rc)
		return rc;
	for (uint32_t i = 0; i < d->n; i++) {
		v[i].node = d->first + i;
		snprintf(v[i].text, sizeof v[i].text, "%" PRIu32, cnid_of(v[i].node));
	}
	qsort(v, d->n, sizeof *v, by_text);
	for (uint32_t i = 0; i < d->n; i++)
		a->linked[i] = v[i].node;
	return 0;
}

/* @first: the last of the nodes that came from the tree. */
static int
link_all(struct hfs_author *a, uint32_t n_scanned, struct img_err *err)
{
	img_autofree uint32_t *last = NULL;
	int rc = img_array(a->dir[a->private_dir].n, sizeof *last, UINT64_MAX, "links", &last, err);

	for (uint32_t i = 0; !rc && i < n_scanned; i++)
		if (a->node[i].flags & M_LINK) {
			make_link(a, i, last);
			a->made.n_links++;
		}
	/* attributes stay with the file */
	for (size_t i = 0; !rc && i < a->n_attrs; i++) {
		const struct mnode *n = &a->node[a->attr[i].node];

		if (n->flags & M_LINK)
			a->attr[i].node = n->special - HFS_FIRST_ID + 1;
	}
	return rc;
}

int
hfs_making_links(struct hfs_author *a, struct img_err *err)
{
	uint32_t n_scanned = (uint32_t)a->n_nodes;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < n_scanned; i++) {
		struct mnode *n = &a->node[i];

		if (n->type != IMG_NODE_FILE)
			continue;
		if (n->flags & M_LINK) {		/* its first name has moved already */
			n->special = a->node[n->special].special;
			continue;
		}
		if (n->special < 2)
			continue;
		if (a->private_dir == HFS_NONE)
			rc = add_private_folder(a, err);
		if (!rc)
			rc = move_file(a, i, err);
	}
	if (!rc && a->private_dir != HFS_NONE)
		rc = link_all(a, n_scanned, err);
	if (!rc && a->private_dir != HFS_NONE)
		rc = sort_linked(a, err);
	return rc;
}

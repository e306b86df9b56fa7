/* SPDX-License-Identifier: BSD-2-Clause */
/* Hard links: each leads to a file, the file knows how many lead to it, and those of one file form a list. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "formats/hfsplus/names.h"
#include "formats/hfsplus/verify.h"

/* Links are told from files of that type by their date: that of the private folder, or of the root. */
static bool
has_link_date(const struct hfs *f, const struct hfs_record *r)
{
	struct hfs_record folder;

	if (!hfs_record_by_cnid(f, f->links_folder, &folder, NULL) && folder.created == r->created)
		return true;
	return (!hfs_root_record(f, &folder, NULL, NULL) && folder.created == r->created) || f->h.created == r->created;
}

void
hfs_verify_link(struct hfs_verification *v, const struct hfs_record *r, const char *name)
{
	struct img_err why = { 0 };
	struct hfs_record to;

	if (hfs_link_follow(v->f, r, &to, NULL, &why)) {
		img_bad(&v->faults, "hfs-hard-link", "%s: %s", name, why.msg);
		return;
	}
	if (hfs_link_kind(r) != HFS_FILE_LINK)
		return;
	if (r->data.size || r->rsrc.size)
		img_odd(&v->faults, "hfs-hard-link", "%s: a hard link with data of its own", name);
	if (!has_link_date(v->f, r))
		img_odd(&v->faults, "hfs-hard-link", "%s: a hard link without the date of its folder", name);
	v->links_to += hfs_mix(r->special, 1, 1);
	if (!(r->flags & HFS_LINK_CHAIN))
		return;
	if (r->group)		/* owner and group say which links stand before and behind it */
		v->links_ahead += hfs_mix(r->id, r->group, r->special);
	if (r->owner)
		v->links_back += hfs_mix(r->owner, r->id, r->special);
	else
		v->first_links += hfs_mix(r->id, r->special, 0);
}

static void
check_linked(struct hfs_verification *v, const struct hfs_key *key, const struct hfs_record *r)
{
	char name[HFS_NAME_ROOM];
	unsigned long number;

	hfs_name_utf8(key->name, key->n, name);
	if (strncmp(name, "iNode", 5)) {
		if (strncmp(name, "temp", 4))		/* files that were deleted while they were open */
			img_odd(&v->faults, "hfs-hard-link", "%s: is no linked file, but lies among them", name);
		return;
	}
	number = strtoul(name + 5, NULL, 10);
	v->linked_count += r->special * hfs_mix(number, 1, 1);
	if (r->flags & HFS_LINK_CHAIN)
		v->linked_first += hfs_mix(r->valence, number, 0);
}

int
hfs_verify_linked(struct hfs_verification *v, struct img_err *err)
{
	struct hfs_key key = { .id = v->f->links_folder };
	struct hfs_cursor c;
	int rc = key.id ? hfs_cursor_seek(v->f->catalog, &key, &c, err) : 0;

	if (rc || !key.id)
		return rc;
	for (; !rc && !c.end && c.key.id == key.id; rc = hfs_cursor_next(&c, err)) {
		struct hfs_record r;

		if (c.key.n && !hfs_record_parse(c.data, c.len, &r, NULL) && r.type == HFS_FILE)
			check_linked(v, &c.key, &r);
	}
	hfs_cursor_done(&c);
	if (!rc && v->links_to != v->linked_count)
		img_odd(&v->faults, "hfs-hard-link", "there are more or fewer hard links than their files know of");
	if (!rc && (v->links_ahead != v->links_back || v->first_links != v->linked_first))
		img_odd(&v->faults, "hfs-hard-link", "links of one file do not name each other");
	return rc;
}

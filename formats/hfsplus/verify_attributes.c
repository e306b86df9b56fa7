/* SPDX-License-Identifier: BSD-2-Clause */
/* Extended attributes: those in forks of their own own blocks, and who has some is marked in the catalog. */
#include "config.h"

#include <inttypes.h>

#include "formats/hfsplus/names.h"
#include "formats/hfsplus/verify.h"

static bool
is_access_list(const struct hfs_key *k)
{
	uint16_t units[64];
	size_t n = hfs_name_ascii("com.apple.system.Security", units);

	return !hfs_compare_binary(k->name, k->n, units, n);
}

static void
check_fork(struct hfs_verification *v, uint32_t id, const struct hfs_fork *fork, bool whole)
{
	struct img_err why = { 0 };
	uint64_t n = 0;

	for (unsigned int i = 0; i < HFS_EXTENTS && fork->ext[i].count; i++) {
		n += fork->ext[i].count;
		if (hfs_verify_extent(v, fork->ext[i], &why)) {
			img_bad(&v->faults, "hfs-blocks", "an attribute of file %" PRIu32 ": %s", id, why.msg);
			return;
		}
	}
	if (whole && (n > fork->blocks || fork->size > (uint64_t)fork->blocks * v->f->h.block_size))
		img_odd(&v->faults, "hfs-fork",
			"an attribute of file %" PRIu32 " has %" PRIu64 " bytes in %" PRIu32 " blocks", id,
			fork->size, fork->blocks);
}

int
hfs_verify_attributes(struct hfs_verification *v, struct img_err *err)
{
	struct hfs_cursor c;
	uint32_t last = 0, last_list = 0;
	int rc = v->f->attributes ? hfs_cursor_seek(v->f->attributes, NULL, &c, err) : 0;

	for (; !rc && v->f->attributes && !c.end; rc = hfs_cursor_next(&c, err)) {
		struct img_err why = { 0 };
		struct hfs_attr a;

		if (hfs_attr_parse(c.data, c.len, &a, &why))
			img_bad(&v->faults, "hfs-attribute", "file %" PRIu32 ": %s", c.key.id, why.msg);
		else if (a.type != HFS_ATTR_INLINE)
			check_fork(v, c.key.id, &a.fork, a.type == HFS_ATTR_FORK);
		if (c.key.id != last)
			v->found_attrs += hfs_mix(c.key.id, 0, 0);
		if (c.key.id != last_list && is_access_list(&c.key)) {
			v->found_lists += hfs_mix(c.key.id, 0, 0);
			last_list = c.key.id;
		}
		last = c.key.id;
	}
	if (v->f->attributes && !rc)
		hfs_cursor_done(&c);
	if (rc)
		return rc;
	if (v->marked_attrs != v->found_attrs)
		img_odd(&v->faults, "hfs-attribute",
			"the files marked to have attributes are not those that have some");
	if (v->marked_lists != v->found_lists)
		img_odd(&v->faults, "hfs-attribute",
			"the files marked to have an access list are not those that have one");
	return 0;
}

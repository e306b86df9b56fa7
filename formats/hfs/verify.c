/* SPDX-License-Identifier: BSD-2-Clause */
/* The structure of a volume: both trees node by node, extents that lie inside and belong to one fork each, what the master
 * directory block and folders count, and that the bitmap knows of all blocks. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "formats/faults.h"
#include "formats/hfs/volume.h"
#include "img/env.h"
#include "img/report.h"

struct verify {
	const struct hfsc *f;
	uint8_t used[65536 / 8];	/* a bit a block, in the order of the bitmap */
	uint64_t n_nodes, n_files, n_folders;
	struct img_faults faults;
};

static int
mark(void *ctx, struct hfsc_extent e, struct img_err *err)
{
	struct verify *v = ctx;

	if ((uint32_t)e.start + e.count > v->f->m.n_blocks)
		return img_fail(err, IMG_E_FORMAT, "blocks %u to %u lie past the end of the volume", e.start, e.start + e.count);
	for (uint32_t i = e.start; i < (uint32_t)e.start + e.count; i++) {
		if (v->used[i / 8] & 0x80 >> i % 8)
			return img_fail(err, IMG_E_FORMAT, "block %" PRIu32 " belongs to another fork too", i);
		v->used[i / 8] |= (uint8_t)(0x80 >> i % 8);
	}
	return 0;
}

static void
mark_fork(struct verify *v, const struct hfsc_fork *fork, uint32_t id, uint8_t type, const char *name)
{
	struct img_err why = { 0 };

	if (hfsc_fork_extents(v->f, fork, id, type, mark, v, &why))
		img_bad(&v->faults, "hfs-blocks", "%s: %s", name, why.msg);
}

static int
count_entries(struct verify *v, const struct hfsc_record *r, const char *name, struct img_err *err)
{
	struct hfsc_key key = { .id = r->id };
	struct hfsc_cursor c;
	uint32_t n = 0;
	int rc = hfsc_cursor_seek(&v->f->catalog, &key, &c, err);

	while (!rc && !c.end && c.key.id == r->id) {
		n += c.key.n_name != 0;
		rc = hfsc_cursor_next(&c, err);
	}
	if (!rc && n != r->valence)
		img_odd(&v->faults, "hfs-count", "%s: folder %" PRIu32 " has %" PRIu32 " entries, its record says %u",
			name, r->id, n, r->valence);
	return rc;
}

static int
check_catalog(struct verify *v, struct img_err *err)
{
	struct hfsc_cursor c;
	int rc = hfsc_cursor_seek(&v->f->catalog, NULL, &c, err);

	while (!rc && !c.end) {
		char name[HFSC_NAME_ROOM];
		struct img_err why = { 0 };
		struct hfsc_record r;
		int parsed = hfsc_record_parse(c.data, c.len, &r, &why);

		hfsc_name_utf8(c.key.name, c.key.n_name, name);
		if (parsed && parsed != IMG_E_UNKNOWN)
			img_bad(&v->faults, "hfs-record", "%s: %s", name, why.msg);
		if (!parsed && r.type == HFSC_FOLDER) {
			v->n_folders += r.id != HFSC_ROOT;
			rc = count_entries(v, &r, name, err);
		} else if (!parsed) {
			v->n_files++;
			mark_fork(v, &r.data, r.id, HFSC_DATA, name);
			mark_fork(v, &r.rsrc, r.id, HFSC_RSRC, name);
		}
		if (!rc)
			rc = hfsc_cursor_next(&c, err);
	}
	return rc;
}

/* Blocks that the bitmap says are free. */
static int
check_bitmap(struct verify *v, struct img_err *err)
{
	const struct hfsc_mdb *m = &v->f->m;
	uint8_t b[sizeof v->used] = { 0 };
	unsigned int missing = 0, taken = 0;
	int rc = img_source_read(v->f->volume, m->bitmap * UINT64_C(512), b, (m->n_blocks + 7U) / 8, err);

	if (rc)
		return img_note(err, rc, "volume bitmap");
	for (size_t i = 0; i < (m->n_blocks + 7U) / 8; i++) {
		missing += (unsigned int)__builtin_popcount(v->used[i] & ~b[i] & 0xffU);
		taken += (unsigned int)__builtin_popcount(b[i]);
	}
	if (missing)
		img_odd(&v->faults, "hfs-allocation", "%u blocks of files are free in the volume bitmap", missing);
	if (taken + m->n_free != m->n_blocks)
		img_odd(&v->faults, "hfs-count", "%u blocks are in use and %u free, of %u", taken, m->n_free,
			m->n_blocks);
	return 0;
}

static int
check_tree(struct verify *v, const struct hfsc_btree *t, struct img_err *err)
{
	struct img_err why = { 0 };
	uint64_t n = 0;
	int rc = t->file ? hfsc_btree_verify(t, &n, &why) : 0;

	v->n_nodes += n;
	if (rc == IMG_E_FORMAT)
		img_bad(&v->faults, "hfs-tree", "%s", why.msg);
	else if (rc && err)
		*err = why;
	return rc == IMG_E_FORMAT ? 0 : rc;
}

static int
check_all(struct verify *v, struct img_err *err)
{
	const struct hfsc_mdb *m = &v->f->m;
	struct hfsc_fork extents = { m->extents_size, m->extents_size, { { 0 } } };
	struct hfsc_fork catalog = { m->catalog_size, m->catalog_size, { { 0 } } };
	int rc = check_tree(v, &v->f->extents, err);

	memcpy(extents.ext, m->extents, sizeof extents.ext);
	memcpy(catalog.ext, m->catalog, sizeof catalog.ext);
	mark_fork(v, &extents, HFSC_EXTENTS_FILE, HFSC_DATA, "the extents overflow file");
	mark_fork(v, &catalog, HFSC_CATALOG_FILE, HFSC_DATA, "the catalog");
	if (!rc)
		rc = check_tree(v, &v->f->catalog, err);
	if (!rc)
		rc = check_catalog(v, err);
	if (!rc && (v->n_files != m->n_files || v->n_folders != m->n_folders))
		img_odd(&v->faults, "hfs-count",
			"%" PRIu64 " files and %" PRIu64 " folders, the master directory block says %" PRIu32 " and %"
		    PRIu32, v->n_files, v->n_folders, m->n_files, m->n_folders);
	return rc ? rc : check_bitmap(v, err);
}

int
hfsc_verify(struct img_tree *t, struct img_rep *rep, struct img_err *err)
{
	struct verify v = { .f = hfsc_of(t), .faults.env = t->env };
	struct img_err why = { 0 };
	int rc = check_all(&v, &why);

	if (rc == IMG_E_FORMAT) {
		img_bad(&v.faults, "hfs-structure", "%s", why.msg);
	} else if (rc) {
		if (err)
			*err = why;
		return rc;
	}
	img_rep_uint(rep, "nodes", v.n_nodes);
	img_rep_uint(rep, "files_found", v.n_files);
	img_rep_uint(rep, "directories_found", v.n_folders);
	return img_faults_report(&v.faults, "HFS", rep, err);
}

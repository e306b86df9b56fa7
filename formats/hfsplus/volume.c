/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening a volume: the header, the journal, the three trees, the folders of hard links. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/checked.h"
#include "core/memory.h"
#include "formats/hfsplus/hfsplus.h"
#include "formats/hfsplus/names.h"
#include "formats/hfsplus/volume.h"
#include "img/env.h"

/* An HFS volume that is there only to hold this one (TN1150, "HFS Wrapper"). */
static bool
look_through(const uint8_t *b, uint64_t *ret_at, uint64_t *ret_len)
{
	uint64_t block = load_be32(b + 20), first = load_be16(b + 28);

	if (load_be16(b) != 0x4244 || (load_be16(b + 124) != 0x482b && load_be16(b + 124) != 0x4858))
		return false;
	*ret_at = first * 512 + load_be16(b + 126) * block;
	*ret_len = load_be16(b + 128) * block;
	return true;
}

int
hfs_find_header(struct img_source *s, struct hfs_header *ret, uint64_t *ret_at, uint64_t *ret_len, struct img_err *err)
{
	uint8_t b[HFS_HEADER_LEN];
	uint64_t at = 0, len = s->size;
	int rc;

	if (s->size < HFS_HEADER_AT + HFS_HEADER_LEN)
		return img_fail(err, IMG_E_FORMAT, "the volume ends before its header does");
	rc = img_source_read(s, HFS_HEADER_AT, b, sizeof b, err);
	if (!rc && look_through(b, &at, &len)) {
		if (!span_ok(at, HFS_HEADER_AT + HFS_HEADER_LEN, s->size))
			return img_fail(err, IMG_E_FORMAT, "the volume inside the HFS wrapper begins at %" PRIu64
					", past the end", at);
		if (!span_ok(at, len, s->size))
			len = s->size - at;
		rc = img_source_read(s, at + HFS_HEADER_AT, b, sizeof b, err);
	}
	if (!rc)
		rc = hfs_header_parse(b, ret, err);
	if (rc)
		return rc;
	*ret_at = at;
	*ret_len = len;
	return 0;
}

static int
tree_open(struct hfs *f, enum hfs_tree_kind kind, const struct hfs_fork *fork, uint32_t id, struct hfs_btree **ret,
	  struct img_err *err)
{
	img_autounref struct img_source *file = NULL;
	int rc = hfs_fork_open(f, fork, id, HFS_DATA, &file, err);

	if (rc)
		return img_note(err, rc, "file %" PRIu32, id);
	return hfs_btree_open(kind, file, f->h.x, ret, err);
}

/* A tree that not all files need. */
static void
tree_try(struct hfs *f, enum hfs_tree_kind kind, const struct hfs_fork *fork, uint32_t id, struct hfs_btree **ret)
{
	struct img_err why = { 0 };

	if (fork->size && tree_open(f, kind, fork, id, ret, &why))
		img_problem(f->tree.env, IMG_WARNING, "hfs-tree", "%s", why.msg);
}

static uint32_t
private_folder(const struct hfs *f, unsigned int n_zeros, const char *name)
{
	uint16_t units[64] = { 0 };
	struct hfs_record r;
	size_t n = hfs_name_ascii(name, units + n_zeros) + n_zeros;

	if (hfs_record_find(f, HFS_ROOT_FOLDER, units, n, &r, NULL, NULL) || r.type != HFS_FOLDER)
		return 0;
	return r.id;
}

static void
check_size(struct hfs *f)
{
	uint64_t size = (uint64_t)f->h.n_blocks * f->h.block_size;

	if (size > f->volume->size)
		img_problem(f->tree.env, IMG_WARNING, "hfs-cut", "the HFS+ volume has %" PRIu64 " bytes, of which %" PRIu64
			    " are there", size, f->volume->size);
	if (f->h.attributes & HFS_INCONSISTENT)
		img_problem(f->tree.env, IMG_WARNING, "hfs-inconsistent", "the volume header says the volume is inconsistent");
}

static int
volume_open(struct hfs *f, struct img_source *whole, struct img_err *err)
{
	uint64_t at, len;
	int rc = hfs_find_header(whole, &f->h, &at, &len, err);

	if (rc)
		return rc;
	f->wrapped = at != 0;
	if (f->wrapped)
		rc = img_slice(whole, at, len, &f->volume, err);
	else
		f->volume = img_ref(whole);
	if (rc)
		return rc;
	check_size(f);
	rc = hfs_journal_replay(&f->h, &f->volume, &f->dirty, err);
	if (!rc && f->dirty)
		rc = hfs_find_header(f->volume, &f->h, &at, &len, err);
	if (rc)
		return rc;
	tree_try(f, HFS_TREE_EXTENTS, &f->h.extents, HFS_EXTENTS_FILE, &f->extents);
	rc = tree_open(f, HFS_TREE_CATALOG, &f->h.catalog, HFS_CATALOG_FILE, &f->catalog, err);
	if (rc)
		return rc;
	tree_try(f, HFS_TREE_ATTRIBUTES, &f->h.attributes_file, HFS_ATTRIBUTES_FILE, &f->attributes);
	f->links_folder = private_folder(f, 4, "HFS+ Private Data");
	f->folder_links_folder = private_folder(f, 0, ".HFS+ Private Directory Data\r");
	return 0;
}

int
hfs_open(const struct img_tree_open *o, struct hfs **ret, struct img_err *err)
{
	struct hfs *f = calloc(1, sizeof *f);
	int rc;

	if (!f)
		return img_fail_nomem(err);
	f->tree.env = o->volume->env;
	rc = volume_open(f, o->volume, err);
	if (rc) {
		hfs_close(f);
		return rc;
	}
	*ret = f;
	return 0;
}

void
hfs_close(struct hfs *f)
{
	hfs_btree_close(f->extents);
	hfs_btree_close(f->catalog);
	hfs_btree_close(f->attributes);
	img_unref(f->volume);
	free(f);
}

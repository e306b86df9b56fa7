/* SPDX-License-Identifier: BSD-2-Clause */
/* The structure of a FAT volume: every chain leads where it should, no cluster is in two of them, none is lost, and the
 * copies of the table agree. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/memory.h"
#include "formats/fat/volume.h"
#include "img/env.h"
#include "img/report.h"

struct verify {
	const struct fat *fat;
	uint8_t *used;			/* a bit a cluster */
	uint64_t n_used, n_files;
	struct fat_chain look;
};

/* Follow the chain of the node at @path; *ret: clusters in it.  False when a cluster has another owner. */
static bool
mark_chain(struct verify *v, uint32_t first, const char *path, uint32_t *ret)
{
	const struct fat *f = v->fat;
	struct img_err why = { 0 };
	struct fat_chain c;
	uint32_t at, n;
	int rc;

	*ret = 0;
	fat_chain_start(&c, f, first, f->geo.n_clusters);
	while (!(rc = fat_chain_next(&c, &at, &n, &why)) && n) {
		for (uint32_t i = at - 2; i < at - 2 + n; i++) {
			if (v->used[i / 8] & 1 << i % 8) {
				img_problem(f->tree.env, IMG_ERROR, "fat-cross-link", "%s: cluster %" PRIu32
					    " belongs to another file too", path, i + 2);
				return false;
			}
			v->used[i / 8] |= (uint8_t)(1 << i % 8);
			v->n_used++;
		}
		*ret += n;
	}
	if (rc)
		img_problem(f->tree.env, IMG_ERROR, "fat-chain", "%s: %s", path, why.msg);
	return !rc;
}

static int
verify_node(struct verify *v, const struct img_node *n, const char *path, struct img_err *err)
{
	const struct fat *f = v->fat;
	uint8_t buf[FAT_ENTRY_LEN];
	struct img_cursor c = cur_over(buf, sizeof buf);
	uint32_t first, count, want;
	struct fat_entry e;
	int rc;

	if (n->type == IMG_NODE_DIR) {
		first = n->id == IMG_TREE_ROOT ? f->boot.root_cluster : (uint32_t)n->id;
		if (n->id != IMG_TREE_ROOT || f->geo.bits == 32)
			mark_chain(v, first, *path ? path : "the root directory", &count);
		return 0;
	}
	v->n_files++;
	rc = img_source_read(f->volume, n->id, buf, sizeof buf, err);
	if (!rc)
		rc = fat_entry_parse(&c, f->boot.fat32, &e, err);
	if (rc || (!e.cluster && !e.size))
		return rc;
	want = (uint32_t)(((uint64_t)e.size + f->geo.cluster_size - 1) / f->geo.cluster_size);
	if (mark_chain(v, e.cluster, path, &count) && count != want)
		img_problem(f->tree.env, IMG_ERROR, "fat-chain",
			    "%s: %" PRIu32 " clusters for %" PRIu32 " bytes, expected %" PRIu32, path, count, e.size,
			    want);
	return 0;
}

static int
verify_files(struct verify *v, struct img_tree *t, struct img_err *err)
{
	const struct img_node *n = NULL;
	const char *path;
	struct img_walk *w;
	int rc = img_walk_new(t, &w, err);

	if (rc)
		return rc;
	for (;;) {
		struct img_err why = { 0 };

		rc = img_walk_next(w, &n, &path, &why);
		if (!rc && !n)
			break;
		if (!rc)
			rc = verify_node(v, n, path, &why);
		if (rc == IMG_E_FORMAT) {		/* the walk goes on behind it */
			img_problem(t->env, IMG_ERROR, "fat-directory", "%s", why.msg);
			continue;
		}
		if (rc) {
			if (err)
				*err = why;
			break;
		}
	}
	img_walk_free(w);
	return rc;
}

/* Clusters that are taken but in no chain. */
static int
verify_lost(struct verify *v, uint64_t *ret, struct img_err *err)
{
	const struct fat *f = v->fat;
	uint64_t lost = 0;

	for (uint32_t i = 0; i < f->geo.n_clusters; i++) {
		uint32_t value;
		int rc;

		if (v->used[i / 8] & 1 << i % 8)
			continue;
		rc = fat_chain_look(&v->look, i + 2, &value, err);
		if (rc)
			return rc;
		lost += value != FAT_FREE && value != FAT_BAD(f->geo.bits);
	}
	if (lost)
		img_problem(f->tree.env, IMG_WARNING, "fat-lost", "%" PRIu64 " clusters belong to no file", lost);
	*ret = lost;
	return 0;
}

static int
verify_copy(const struct fat *f, struct img_err *err)
{
	uint8_t a[4096], b[4096];

	if (f->geo.n_fats < 2 || (f->boot.fat32 && f->boot.ext_flags & 0x80))
		return 0;
	for (uint64_t off = 0; off < f->geo.fat_len; ) {
		size_t n = f->geo.fat_len - off < sizeof a ? (size_t)(f->geo.fat_len - off) : sizeof a;
		int rc = img_source_read(f->volume, f->geo.fat_off + off, a, n, err);

		if (!rc)
			rc = img_source_read(f->volume, f->geo.fat_off + f->geo.fat_len + off, b, n, err);
		if (rc)
			return rc;
		if (memcmp(a, b, n)) {
			img_problem(f->tree.env, IMG_WARNING, "fat-tables-differ", "the two allocation tables differ");
			return 0;
		}
		off += n;
	}
	return 0;
}

int
fat_verify(struct img_tree *t, struct img_rep *rep, struct img_err *err)
{
	struct fat *f = fat_of(t);
	struct verify v = { .fat = f };
	img_autofree uint8_t *used = NULL;
	uint64_t lost = 0;
	int rc = img_array(f->geo.n_clusters / 8 + 1, 1, img_env_limits(t->env)->max_table, "clusters", &used, err);

	if (rc)
		return rc;
	v.used = used;
	fat_chain_start(&v.look, f, 2, 0);
	rc = verify_files(&v, t, err);
	if (!rc)
		rc = verify_lost(&v, &lost, err);
	if (!rc)
		rc = verify_copy(f, err);
	if (rc)
		return rc;
	img_rep_uint(rep, "files", v.n_files);
	img_rep_uint(rep, "clusters_used", v.n_used);
	img_rep_uint(rep, "clusters_lost", lost);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* An open FAT volume, for the files of this folder. */
#ifndef FORMATS_FAT_VOLUME_H
#define FORMATS_FAT_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/fat/layout.h"
#include "formats/fat/names.h"
#include "img/format.h"
#include "img/source.h"
#include "img/tree.h"

struct fat {
	struct img_tree tree;
	struct img_source *volume;
	struct fat_boot boot;
	struct fat_geometry geo;
	uint64_t table_off;		/* the table that counts */
};

static inline struct fat *
fat_of(struct img_tree *t)
{
	return (struct fat *)t;
}

/* Read and check the boot sector of @volume. */
int fat_boot_read(struct img_source *volume, struct fat_boot *ret, struct fat_geometry *ret_geo, struct img_err *err);
/* All of *ret but for its ops; damage that leaves something to show is a problem of the environment. */
int fat_open(const struct img_tree_open *o, struct fat **ret, struct img_err *err);
/* The same as a tree. */
int fat_tree(const struct img_tree_open *o, struct img_tree **ret, struct img_err *err);

/* Windows limits a directory to 2 MiB, and so does Linux.  A chain beyond it goes in circles or is no directory. */
#define FAT_MAX_DIR (FAT_MAX_ENTRIES * FAT_ENTRY_LEN)

/* ---- chain.c: clusters one after another, as runs ---- */

struct fat_chain {
	const struct fat *fat;
	uint32_t next;			/* cluster the next run begins with */
	uint32_t left;			/* clusters that may still come */
	/* Brent: the place that a circle comes back to */
	uint32_t mark, step, power;
	/* a window of the table */
	uint64_t window_off;
	uint32_t window_len;
	uint8_t window[2048];
};

/* A chain that begins with @first and may have @max clusters. */
void fat_chain_start(struct fat_chain *c, const struct fat *f, uint32_t first, uint32_t max);
/* The next clusters that lie side by side: *ret_n of them, 0 at the end of the chain or after @max clusters.
 * IMG_E_FORMAT: the chain leads outside the volume, to a free or a bad cluster, or in a circle. */
int fat_chain_next(struct fat_chain *c, uint32_t *ret_first, uint32_t *ret_n, struct img_err *err);
/* The table's entry of @cluster, which is on the volume. */
int fat_chain_look(struct fat_chain *c, uint32_t cluster, uint32_t *ret, struct img_err *err);

static inline bool
fat_on_volume(const struct fat *f, uint32_t cluster)
{
	return cluster >= 2 && cluster - 2 < f->geo.n_clusters;
}

static inline uint64_t
fat_cluster_off(const struct fat *f, uint32_t cluster)
{
	return f->geo.data_off + (uint64_t)(cluster - 2) * f->geo.cluster_size;
}

/* ---- directory.c: entries one after another, with their long names ---- */

/* A node's number: for files the place of the entry on the volume, for folders their first cluster with this bit.  A
 * folder that begins where another does has its number, so that a walk sees the loop. */
#define FAT_DIR_ID (UINT64_C(1) << 63)
uint64_t fat_dir_id(const struct fat *f, uint32_t cluster);

struct fat_dir;
int fat_dir_open(const struct fat *f, uint64_t id, struct fat_dir **ret, struct img_err *err);
struct fat_dir *fat_dir_close(struct fat_dir *d);	/* NULL accepted; returns NULL */

struct fat_found {
	struct fat_entry entry;
	uint64_t off;			/* of the entry, on the volume */
	bool label;			/* the volume's label, not a file */
	const char *name;		/* UTF-8; valid until the next call */
};
/* The next entry that is neither free nor "." nor "..".  *ret_more is false at the end. */
int fat_dir_next(struct fat_dir *d, struct fat_found *ret, bool *ret_more, struct img_err *err);

/* ---- describe.c, verify.c ---- */
int fat_describe(struct img_tree *t, struct img_rep *rep, struct img_err *err);
int fat_verify(struct img_tree *t, struct img_rep *rep, struct img_err *err);

#endif

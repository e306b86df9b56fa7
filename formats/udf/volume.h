/* SPDX-License-Identifier: BSD-2-Clause */
/* A UDF volume found on a source: its descriptors, and the way from "block B of partition P" to bytes.  Immutable once
 * open; every function here may be called from any thread. */
#ifndef FORMATS_UDF_VOLUME_H
#define FORMATS_UDF_VOLUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/udf/layout.h"
#include "img/error.h"

struct img_env;
struct img_source;

/* A block of a partition, which is named by its place among the maps. */
struct udf_at {
	uint16_t part;
	uint32_t block;
};

/* A stretch of a file or of a partition that lies in one piece. */
struct udf_run {
	uint64_t len;		/* bytes */
	uint32_t block;
	uint16_t part;
	uint8_t type;		/* enum udf_ad_type, never UDF_CONTINUED */
};

struct udf_runs {
	size_t n, room;
	struct udf_run *v;
	uint64_t total;		/* bytes of all */
};
void udf_runs_done(struct udf_runs *r);

struct udf_spare {
	uint32_t from, to;	/* first block of a packet in the partition; where it went, absolute */
};

/* The blocks of a metadata partition are the blocks of a file in the physical one. */
struct udf_meta {
	struct udf_runs runs;
	uint64_t *first;	/* block of the file at which each run begins */
};

struct udf_part {
	struct udf_map map;
	uint16_t base;		/* virtual, metadata: the physical (or sparable) partition below */
	uint32_t start, len;	/* physical, sparable: blocks of the volume */
	struct udf_pd pd;	/* the descriptor that the map names */
	uint32_t *vat;		/* virtual */
	uint32_t n_vat;
	struct udf_spare *spare;	/* sparable: by .from */
	uint32_t n_spare;
	struct udf_meta meta, mirror;	/* metadata; the mirror only where it has its own data */
};

/* What the virtual allocation table says beside its entries (UDF 2.2.11). */
struct udf_vat_head {
	bool present, counts;	/* @counts: the 2.00 form, with what follows */
	char label[256];
	uint32_t n_files, n_dirs;
	uint16_t min_read, min_write, max_write;
};

struct udf_volume {
	struct img_env *env;
	struct img_source *below;	/* owned */
	uint32_t bs;			/* bytes of a block */
	uint64_t anchor;		/* block of the anchor used */
	unsigned int n_anchors;		/* sound ones, of those looked for */
	uint16_t nsr;			/* 2 or 3 as in NSR02; 0: not announced */
	bool bridge;			/* ISO 9660 is announced too */
	bool reserve_used;
	struct udf_avdp avdp;
	bool has_pvd, has_iuvd, has_lvid;
	struct udf_pvd pvd;
	struct udf_iuvd iuvd;
	struct udf_lvd lvd;
	struct udf_lvid lvid;
	struct udf_fsd fsd;
	struct udf_vat_head vat;
	uint16_t n_parts;
	struct udf_part part[UDF_MAX_MAPS];
};

/* Find UDF on @below.  Only the anchor is looked at where @ret_anchored is asked for; IMG_E_UNKNOWN when nothing says UDF. */
int udf_probe(struct img_source *below, bool *ret_announced, bool *ret_anchored);
int udf_volume_open(struct img_source *below, struct udf_volume **ret, struct img_err *err);
struct udf_volume *udf_volume_close(struct udf_volume *v);	/* NULL accepted; returns NULL */

/* Where @n blocks at @at lie: *ret_off in the volume, *ret_n of them in one piece (at least 1).  @copy 1: in the mirror
 * of a metadata partition. */
int udf_map(const struct udf_volume *v, struct udf_at at, uint64_t n, unsigned int copy, uint64_t *ret_off,
	    uint64_t *ret_n, struct img_err *err);

/* Read-ahead for one caller that goes through many blocks: blocks that lie close together cost one read. */
struct udf_window {
	uint64_t off;
	size_t len, room;
	uint8_t *p;
	uint64_t last;
};
void udf_window_done(struct udf_window *w);

/* One block; @w may be NULL. */
int udf_block_read(const struct udf_volume *v, struct udf_window *w, struct udf_at at, unsigned int copy, uint8_t *buf,
		   struct img_err *err);
/* A block that must hold a descriptor of kind @id (0: any), proved; from the mirror where the first copy is damaged.
 * A tag that names another block than its own is a problem, not an error. */
int udf_desc_read(const struct udf_volume *v, struct udf_window *w, struct udf_at at, uint16_t id, uint8_t *buf,
		  struct udf_tag *ret, struct img_err *err);

/* ---- the parts of opening, in their order ---- */

int udf_anchor_find(struct udf_volume *v, struct img_err *err);		/* anchor.c */
int udf_sequence_read(struct udf_volume *v, uint8_t *lvd_block, struct udf_pd *pds, unsigned int *ret_n_pds,
		      struct img_err *err);				/* sequence.c */
int udf_parts_open(struct udf_volume *v, const struct udf_pd *pds, unsigned int n_pds, struct img_err *err);	/* partition.c */
void udf_part_done(struct udf_part *p);
int udf_vat_load(struct udf_volume *v, struct udf_part *p, struct img_err *err);	/* vat.c */
int udf_sparing_load(struct udf_volume *v, struct udf_part *p, struct img_err *err);	/* sparing.c */
int udf_metadata_load(struct udf_volume *v, struct udf_part *p, struct img_err *err);	/* metadata.c */

#endif

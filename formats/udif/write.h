/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the UDIF sink share: regions, their runs, and the property list made of them. */
#ifndef FORMATS_UDIF_WRITE_H
#define FORMATS_UDIF_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/memory.h"
#include "formats/udif/layout.h"
#include "img/error.h"

struct img_out;
struct img_resource;
struct img_sink;
struct img_sink_job;
struct img_source;
struct img_volumes;

/* One block table to be: a range of the disk.  Regions tile it. */
struct udif_region {
	uint64_t off, len;	/* bytes; off is a multiple of 512, len too but for the last */
	char *name;		/* "disk image (Apple_HFS : 4)", UTF-8; owned */
	bool free;		/* the map says that nobody uses it: zeros here are "ignore" */
	/* filled in while the image is written */
	uint32_t crc;		/* over the decoded bytes but for "ignore" runs */
	uint64_t payload;	/* place of its first stored byte */
	uint64_t first, n;	/* packed runs */
	uint32_t n_runs;	/* of the table, without the terminator: neighbours merged */
	uint32_t most;		/* longest compressed run; 0: there is none */
};

struct udif_regions {
	size_t n;
	struct udif_region *v;
	int32_t first_id;	/* of the "blkx" resources */
	uint32_t first_index;	/* of the tables */
	uint32_t variant;	/* of the trailer: 1 a device, 2 a bare volume */
};

/* The regions of @disk as hdiutil would list them.  @volumes may be NULL. */
int udif_regions_make(struct img_source *disk, const struct img_volumes *volumes, struct udif_regions *ret,
		      struct img_err *err);
void udif_regions_done(struct udif_regions *r);

/* A run while the image is written: 8 bytes, because a 1 TB image has a million.  Start and place follow from those
 * before it. */
struct udif_packed {
	uint32_t kind_sectors;	/* 2 bits, 30 bits */
	uint32_t stored;
};
#define PACKED_MAX_SECTORS ((UINT32_C(1) << 30) - 1)
enum packed_kind { PACKED_ZERO, PACKED_RAW, PACKED_IGNORE, PACKED_CODED };

static inline enum packed_kind
packed_kind(const struct udif_packed *p)
{
	return (enum packed_kind)(p->kind_sectors >> 30);
}

static inline uint32_t
packed_sectors(const struct udif_packed *p)
{
	return p->kind_sectors & PACKED_MAX_SECTORS;
}

/* What the property list is made of. */
struct udif_tables {
	const struct udif_regions *regions;
	const struct udif_packed *runs;
	uint32_t type;		/* of compressed runs */
	const struct img_resource *resources;	/* by type, which is no lower-case word before "blkx" */
	size_t n_resources;
};

/* Checksums of what each file of a split image holds. */
struct udif_part_sums {
	size_t n;
	uint32_t *v;
};

/* Cut @k's out, a set of parts, so that the first keeps room for the property list. */
int udif_parts_begin(const struct img_sink *k, const struct udif_regions *regions, const struct img_sink_job *job,
		     struct img_err *err);
int udif_parts_sum(struct udif_part_sums *s, const struct img_out *out, uint64_t off, const uint8_t *bytes, size_t len,
		   struct img_err *err);
int udif_parts_finish(const struct udif_part_sums *s, struct img_out *out, const struct koly *koly, struct img_err *err);

/* Write the property list at @off; *ret_len becomes its length. */
int udif_plist_write(const struct udif_tables *t, struct img_out *out, uint64_t off, uint64_t *ret_len,
		     struct img_err *err);

#endif

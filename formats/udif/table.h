/* SPDX-License-Identifier: BSD-2-Clause */
/* The block tables of an image as one sorted array of extents: what every question about an offset is answered from. */
#ifndef FORMATS_UDIF_TABLE_H
#define FORMATS_UDIF_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "formats/udif/layout.h"
#include "img/error.h"
#include "img/source.h"

struct img_codec;
struct udif_resources;

/* One run.  48 bytes, because a 1 TB image has a million of them. */
struct udif_extent {
	uint64_t start, n_sectors;	/* of the decoded image */
	uint64_t at, stored;		/* bytes in the source of the data fork */
	uint32_t type;			/* enum udif_run_type */
	uint32_t table, run;		/* indices, for messages */
};

struct udif_table {
	char *name;			/* as found; never NULL */
	int32_t id;
	uint64_t start, n_sectors;
	struct udif_sum sum;
	uint32_t n_runs;
	size_t first, n_extents;	/* its part of the extents */
};

/* How many runs of each kind, in the order of udif_run_names. */
enum udif_kind {
	UDIF_KIND_ZERO, UDIF_KIND_RAW, UDIF_KIND_IGNORE, UDIF_KIND_ADC, UDIF_KIND_ZLIB, UDIF_KIND_BZIP2, UDIF_KIND_LZFSE,
	UDIF_KIND_LZMA, UDIF_N_KINDS,
};

struct udif_kind_info {
	uint32_t type;
	const char *name;		/* in reports: "zlib" */
	const char *variant;		/* hdiutil's word in lower case; NULL: not a compression */
	const char *since;		/* first system that opens it */
	unsigned int rank;		/* of @since: the highest decides */
	const struct img_codec *codec;	/* NULL: none */
};
/* The row of a run type; NULL if there is none. */
const struct udif_kind_info *udif_kind_of(uint32_t type);
extern const struct udif_kind_info udif_kinds[UDIF_N_KINDS];

struct udif_map {
	size_t n_tables;
	struct udif_table *tables;	/* in the order of the property list */
	size_t n_extents;
	struct udif_extent *extents;	/* by start; they never overlap */
	uint64_t end;			/* sectors up to the end of the last table */
	uint64_t n_runs[UDIF_N_KINDS];
	uint64_t max_chunk;		/* decoded bytes of the largest compressed run */
};

/* Where stored bytes are. */
struct udif_place {
	struct img_source *from;
	uint64_t data_off;		/* of the data fork in @from */
};

/* Build the map from the "blkx" resources.  Messages name table and run. */
int udif_map_build(const struct udif_resources *list, const struct udif_place *place, struct udif_map *ret,
		   struct img_err *err);
void udif_map_done(struct udif_map *m);

/* The first extent that ends after @sector; m->n_extents if there is none. */
size_t udif_map_find(const struct udif_map *m, uint64_t sector);

/* "block table 4 \"disk image (Apple_HFS : 4)\"" into @buf; returns it. */
char *udif_table_title(const struct udif_map *m, size_t table, char *buf, size_t len);

#endif

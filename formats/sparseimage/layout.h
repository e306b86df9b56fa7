/* SPDX-License-Identifier: BSD-2-Clause */
/* The index nodes of a sparse image. */
#ifndef FORMATS_SPARSEIMAGE_LAYOUT_H
#define FORMATS_SPARSEIMAGE_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/cursor.h"
#include "img/error.h"

#define SPRS_NODE 4096
#define SPRS_FIRST 1008		/* entries of node 0 */
#define SPRS_NEXT 1010		/* of every other node */
#define SPRS_SECTOR 512

#define SPRS_HEADER 64		/* bytes before the entries of node 0 */
#define SPRS_NODE_HEADER 56	/* and of every other one */

struct sprs_header {
	uint32_t version, band_sectors, flags;
	uint32_t n_sectors_low;		/* of n_sectors */
	uint64_t next_node;		/* where it lies; 0: there is none */
	uint64_t n_sectors;		/* 0: not told */
};

/* What stands before the entries of any other node. */
struct sprs_node {
	uint32_t number;		/* the first of these is 0 */
	uint32_t flags;
	uint64_t next_node;
};

int sprs_header_parse(struct img_cursor *c, struct sprs_header *ret, struct img_err *err);
void sprs_header_emit(const struct sprs_header *h, uint8_t ret[SPRS_HEADER]);
void sprs_node_emit(const struct sprs_node *n, uint8_t ret[SPRS_NODE_HEADER]);

/* The first entry of node @j, counted over all nodes, and the node that has the entry of band @i of the file. */
uint64_t sprs_node_first(uint64_t j);
uint64_t sprs_node_of(uint64_t i);
/* Where node @j of the file lies, and band @i of it, when one band has @band bytes.  False: past 2^64. */
bool sprs_node_off(uint64_t j, uint64_t band, uint64_t *ret);
bool sprs_band_off(uint64_t i, uint64_t band, uint64_t *ret);

#endif

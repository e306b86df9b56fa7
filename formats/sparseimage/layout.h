/* SPDX-License-Identifier: BSD-2-Clause */
/* The index nodes of a sparse image. */
#ifndef FORMATS_SPARSEIMAGE_LAYOUT_H
#define FORMATS_SPARSEIMAGE_LAYOUT_H

#include <stdint.h>

#include "core/cursor.h"
#include "img/error.h"

#define SPRS_NODE 4096
#define SPRS_FIRST 1008		/* entries of node 0, behind 64 bytes of header */
#define SPRS_NEXT 1010		/* of every other node, behind 56 */
#define SPRS_SECTOR 512

struct sprs_header {
	uint32_t version, band_sectors, flags, n_sectors, n_sectors_again;
};

int sprs_header_parse(struct img_cursor *c, struct sprs_header *ret, struct img_err *err);
/* The 64 bytes before the entries. */
void sprs_header_emit(const struct sprs_header *h, uint8_t ret[64]);

#endif

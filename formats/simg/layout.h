/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers of Android sparse images, little-endian. */
#ifndef FORMATS_SIMG_LAYOUT_H
#define FORMATS_SIMG_LAYOUT_H

#include <stdint.h>

#include "core/cursor.h"
#include "img/error.h"

#define SIMG_HEADER 28
#define SIMG_CHUNK 12
#define SIMG_BLOCK 4096			/* what everybody writes */
#define SIMG_MAX_BLOCK (64 << 20)	/* larger ones exist in hostile files only; the image's size stays below 2^58 */

enum simg_type { SIMG_RAW = 0xcac1, SIMG_FILL = 0xcac2, SIMG_SKIP = 0xcac3, SIMG_CRC = 0xcac4 };

struct simg_header {
	uint16_t major, minor;
	uint16_t header_size, chunk_size;	/* of the headers: larger ones hold what we do not know */
	uint32_t block, n_blocks, n_chunks, crc;
};

struct simg_chunk {
	uint16_t type;
	uint32_t n_blocks;
	uint32_t total;			/* bytes in the file, this header included */
};

/* IMG_E_FORMAT, or IMG_E_UNSUPPORTED for a major version that is not 1. */
int simg_header_parse(struct img_cursor *c, struct simg_header *ret, struct img_err *err);
void simg_header_emit(const struct simg_header *h, uint8_t ret[SIMG_HEADER]);
int simg_chunk_parse(struct img_cursor *c, struct simg_chunk *ret, struct img_err *err);
void simg_chunk_emit(const struct simg_chunk *k, uint8_t ret[SIMG_CHUNK]);

#endif

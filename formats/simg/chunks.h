/* SPDX-License-Identifier: BSD-2-Clause */
/* One file of chunks being written. */
#ifndef FORMATS_SIMG_CHUNKS_H
#define FORMATS_SIMG_CHUNKS_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/simg/layout.h"
#include "img/error.h"

struct img_out;

/* The chunk at hand: neighbours of one kind become one. */
struct simg_open_chunk {
	uint16_t type;			/* 0: none */
	uint32_t n_blocks, pattern;
	uint64_t at;			/* of its header */
};

struct simg_chunks {
	struct img_out *out;		/* borrowed; must seek */
	uint32_t block, n_blocks;	/* of the whole image */
	uint32_t at;			/* the next block, don't-care that waits included */
	uint32_t waiting;		/* blocks of don't-care before it that are not written yet */
	uint32_t n;			/* chunks */
	uint64_t pos;			/* bytes so far */
	struct simg_open_chunk open;
	uint8_t *buf;			/* what is not written yet: small pieces */
	uint64_t buf_off;
	size_t n_buf;
};

/* Begin a file whose first @at blocks are don't-care. */
int simg_chunks_begin(struct simg_chunks *c, struct img_out *out, uint32_t block, uint32_t n_blocks, uint32_t at,
		      struct img_err *err);
/* Blocks that nobody cares for. */
void simg_chunks_skip(struct simg_chunks *c, uint32_t n_blocks);
/* @pattern as loaded little-endian. */
int simg_chunks_fill(struct simg_chunks *c, uint32_t pattern, uint32_t n_blocks, struct img_err *err);
int simg_chunks_raw(struct simg_chunks *c, const void *bytes, uint32_t n_blocks, struct img_err *err);
/* How many blocks of the kind may come next so that the file, when it ends then, has at most @limit bytes? */
uint64_t simg_chunks_room(const struct simg_chunks *c, uint16_t type, uint32_t pattern, uint64_t limit);
/* What remains is don't-care; write the header.  @crc: of the whole image; NULL: none is stored. */
int simg_chunks_finish(struct simg_chunks *c, const uint32_t *crc, struct img_err *err);
void simg_chunks_done(struct simg_chunks *c);

#endif

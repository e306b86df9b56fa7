/* SPDX-License-Identifier: BSD-2-Clause */
/* One file of an Android sparse image, and the sets that several make. */
#ifndef FORMATS_SIMG_READER_H
#define FORMATS_SIMG_READER_H

#include <stdbool.h>

#include "formats/simg/layout.h"
#include "img/format.h"
#include "img/source.h"

/* Blocks that are stored; between two of them nobody cares (IMG_HOLE). */
struct simg_run {
	uint32_t block, n_blocks;
	uint64_t at;		/* of the bytes, or of the pattern */
	enum { RUN_RAW, RUN_FILL, RUN_ZERO } kind;
};

/* A stored CRC-32 of everything before block @n_blocks. */
struct simg_sum {
	uint64_t n_blocks;
	uint32_t crc;
	bool doubtful;		/* libsparse sums such bytes in its own way */
};
#define SIMG_MAX_SUMS 256	/* of more every second is dropped: a proof costs 400 bytes */

struct simg {
	struct img_source src;
	struct img_source *below;
	struct simg_header header;
	size_t n, room;
	struct simg_run *v;		/* by block, never overlapping */
	size_t n_sums;
	struct simg_sum sum[SIMG_MAX_SUMS];
	uint64_t n_raw, n_fill, n_skip;	/* blocks of each kind */
	uint64_t stray;			/* bytes behind the last chunk */
	bool doubtful;			/* as in the sums, of the whole */
};

int simg_header_read(struct img_source *file, struct simg_header *ret, struct img_err *err);
/* A file by itself, whether it is a part of a set or not. */
int simg_file_open(struct img_source *file, struct simg **ret, struct img_err *err);
/* Of a file that is not only tried: the problem that something follows its chunks. */
void simg_note_stray(const struct simg *p);
/* The checks of one file. */
int simg_checks(struct img_source *s, struct img_checks *ret, struct img_err *err);

/* Is @file, called o->name, one of several in o->folder that make an image together?  Then *ret is that image; else NULL, and
 * @file is all there is. */
int simg_parts_open(const struct img_open *o, struct simg *file, struct img_source **ret, struct img_err *err);

#endif

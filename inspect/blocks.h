/* SPDX-License-Identifier: BSD-2-Clause */
/* What a disk is made of, by regions: the resolved map summed up in cells, so that memory depends on the picture that is
 * drawn and never on the number of runs. */
#ifndef INSPECT_BLOCKS_H
#define INSPECT_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/source.h"

/* As the owner of the image sees it: bytes of a file lie there as they are, although the file's leaf makes them. */
enum block_kind {
	BLOCK_PLAIN,	/* stored as it is */
	BLOCK_PACKED,	/* stored through a codec */
	BLOCK_MADE,	/* made when read: a cipher, a record */
	BLOCK_ZERO, BLOCK_HOLE,
	BLOCK_KINDS,
};
extern const char *const block_kind_words[BLOCK_KINDS];		/* "data", "data", "opaque", "zero", "hole": as in JSON */
extern const char *const block_kind_titles[BLOCK_KINDS];	/* "data", "compressed", ... for people */

enum block_kind block_kind(const struct img_extent *e);
/* What @e takes where it is stored: its share of the chunk it is part of. */
uint64_t block_stored(const struct img_extent *e);

/* Every run of @s in order, neighbours that continue each other joined.  Ends early when @fn returns false.  On failure
 * the runs before the damage have been told. */
typedef bool block_fn(void *ctx, const struct img_extent *e);
int blocks_walk(struct img_source *s, block_fn *fn, void *ctx, struct img_err *err);

struct block_cell {
	uint64_t bytes[BLOCK_KINDS];
	uint64_t stored;
};
/* Bytes on record, and how many of them are neither zeros nor holes. */
uint64_t block_known(const struct block_cell *c);
uint64_t block_data(const struct block_cell *c);

/* A part of the disk, cut into cells of equal size (to a byte). */
struct block_range {
	uint64_t off, len;
	size_t n_cells;			/* never more than bytes */
	struct block_cell *cell;
	struct block_cell sum;
};

/* Where cell @i begins in the range, which is as near to an even cut as bytes allow; @i may be n_cells. */
uint64_t block_cell_start(const struct block_range *r, size_t i);

/* Everything of one kind and codec. */
struct block_total {
	enum block_kind kind;
	const struct img_codec *codec;
	uint64_t bytes, stored, runs;
};
#define BLOCK_MAX_TOTALS 32

struct block_map {
	size_t n;
	struct block_range *range;	/* the first is the whole disk */
	uint64_t runs;
	size_t n_totals;
	struct block_total total[BLOCK_MAX_TOTALS];	/* in the order of kinds */
};

/* An empty map over all of @s, in @n_cells cells; more ranges may be added before it is filled in. */
int block_map_new(struct img_source *s, size_t n_cells, struct block_map *ret, struct img_err *err);
int block_map_add(struct block_map *m, uint64_t off, uint64_t len, size_t n_cells, struct img_err *err);
/* Walk @s once.  On failure the map holds what lies before the damage. */
int block_map_fill(struct block_map *m, struct img_source *s, struct img_err *err);
void block_map_done(struct block_map *m);

#endif

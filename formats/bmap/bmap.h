/* SPDX-License-Identifier: BSD-2-Clause */
/* Block maps (bmap): which blocks of an image carry data, and the checksums of these ranges. */
#ifndef FORMATS_BMAP_BMAP_H
#define FORMATS_BMAP_BMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/memory.h"
#include "img/error.h"
#include "img/format.h"

struct img_check;
struct img_checks;
struct img_digest;
struct img_env;
struct img_source;

#define BMAP_BLOCK 4096		/* what everybody writes */
#define BMAP_NO_SUM SIZE_MAX

struct bmap_range {
	uint64_t first, last;	/* blocks; both belong to it */
	size_t sum;		/* place of its digest in @sums, or BMAP_NO_SUM */
};

struct bmap {
	unsigned int major, minor;
	uint64_t size;		/* of the image */
	uint64_t block, n_blocks, n_mapped;
	const struct img_digest *digest;	/* NULL: the map has no checksums */
	size_t n, room;
	struct bmap_range *v;	/* ascending */
	struct img_buf sums;
	bool has_own;		/* the map has a checksum of itself: */
	uint64_t own_at;	/* where its digits stand in the file */
	uint8_t own[64];
};

/* Read the map that is all of @file.  IMG_E_FORMAT, IMG_E_UNSUPPORTED for a major version beyond 2, IMG_E_LIMIT. */
int bmap_read(struct img_source *file, struct bmap *ret, struct img_err *err);
/* One more range, with the digest @sum of its bytes; NULL: it has none. */
int bmap_add(struct bmap *b, uint64_t first, uint64_t last, const uint8_t *sum, struct img_err *err);
/* The ranges as they follow each other. */
void bmap_sort(struct bmap *b);
void bmap_done(struct bmap *b);

/* The text of version 2.0 with its own checksum; @b->digest and sums must be there. */
int bmap_emit(const struct bmap *b, struct img_buf *ret, struct img_err *err);

/* Add to @ret what @b proves of @image, and what the map @file, called @name, of itself. */
int bmap_checks(const struct bmap *b, struct img_source *file, const char *name, struct img_source *image,
		struct img_checks *ret, struct img_err *err);

/* @image seen through @b, which is taken on success: what is not mapped is free space.  Its checks are those above.  IMG_E_FORMAT
 * when the sizes differ. */
int bmap_layer(struct bmap *b, struct img_source *file, const char *name, struct img_source *image, struct img_source **ret,
	       struct img_err *err);
extern const struct img_format img_format_bmap;	/* what the layer is called in reports; claims nothing */

/* The map beside @image_path: FILE.bmap, then with one suffix less and so on; NULL: there is none.  From malloc. */
char *bmap_beside(const char *image_path);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding the trailer of an image, and what its offsets count from. */
#ifndef FORMATS_UDIF_TRAILER_H
#define FORMATS_UDIF_TRAILER_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/udif/layout.h"
#include "img/error.h"
#include "img/source.h"

struct udif_trailer {
	struct koly koly;
	uint64_t pos;		/* of the trailer in the file */
	uint64_t base;		/* add it to every offset of the trailer: bytes that stand in front of the image */
	bool placed;		/* there are none: what it names lies where it says */
};

/* Look where a trailer belongs: at the end, a little before it, at the head, in a MacBinary wrapper.  Reads some 5 KiB.
 * IMG_E_UNKNOWN: there is none; IMG_E_FORMAT: it begins but is cut. */
int udif_trailer_find(struct img_source *file, struct udif_trailer *ret, struct img_err *err);

/* Look for a trailer anywhere in the last MiB.  For files that nobody claims. */
int udif_trailer_search(struct img_source *file, struct udif_trailer *ret, struct img_err *err);

/* Does the end of the file look like a trailer with a damaged signature?  Then says so in @err and returns
 * IMG_E_FORMAT, else 0. */
int udif_trailer_damaged(struct img_source *file, struct img_err *err);

/* Do the spans the trailer names lie inside the file? */
bool udif_trailer_fits(const struct img_source *file, const struct udif_trailer *t);

#endif

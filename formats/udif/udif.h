/* SPDX-License-Identifier: BSD-2-Clause */
/* UDIF, Apple's compressed disk image (.dmg). */
#ifndef FORMATS_UDIF_UDIF_H
#define FORMATS_UDIF_UDIF_H

#include <stdbool.h>

#include "img/error.h"
#include "img/format.h"
#include "img/source.h"

extern const struct img_format img_format_udif;
extern const struct img_sink_ops udif_sink_ops;
/* "App.002.dmgpart" for "App.dmg" and 1; from malloc, NULL: out of memory. */
char *udif_part_name(const char *path, size_t i);

/* The XML property list of an opened image, as it stands there; IMG_E_IO when it has none. */
int udif_plist(struct img_source *image, struct img_source **ret, struct img_err *err);

/* The last resort for a file that nobody claims: look for a displaced trailer in its last MiB, and open that image.
 * IMG_E_UNKNOWN: there is none.  IMG_E_FORMAT: there is one, but damaged. */
int udif_open_displaced(const struct img_open *o, struct img_source **ret, struct img_err *err);

/* The code signature of an opened image, for whoever wants to know whose it is.  *ret_found is false when there is none;
 * IMG_E_FORMAT says what is wrong with it. */
struct codesign;
struct udif_signed {
	struct img_source *file;	/* where its blobs lie; borrowed */
	bool whole;			/* its hashes, if they hold, leave no byte of the image out */
};
int udif_codesign(struct img_source *s, struct codesign *ret, bool *ret_found, struct udif_signed *ret_of,
		  struct img_err *err);

/* Does an unclaimed file begin like the compressed chunks of an image, so that its end is probably missing? */
bool udif_looks_cut(struct img_source *file);

#endif

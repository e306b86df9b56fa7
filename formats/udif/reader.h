/* SPDX-License-Identifier: BSD-2-Clause */
/* The opened image: what the files of this folder share.  Immutable after open. */
#ifndef FORMATS_UDIF_READER_H
#define FORMATS_UDIF_READER_H

#include "formats/udif/resources.h"
#include "formats/udif/table.h"
#include "formats/udif/trailer.h"
#include "img/source.h"

struct img_checks;
struct img_open;
struct img_rep;

/* One file of the image. */
struct udif_segment {
	struct img_source *file;	/* a reference */
	struct udif_trailer trailer;
};

/* What a licence says. */
struct udif_licence {
	bool present;
	unsigned int n_languages;
	char *text;			/* of the default language as UTF-8; NULL: none that can be shown */
	bool rtf;			/* the text is rich text format */
};

struct udif {
	struct img_source src;
	size_t n_segments;		/* at least 1 */
	struct udif_segment *segments;	/* by number; the first one has the resources */
	struct img_source *data;	/* what the extents point into; a reference */
	bool plain;			/* no block map: the data fork is the disk */
	bool from_rsrc;			/* the block map came from a resource fork */
	struct udif_map map;
	struct udif_licence licence;
	bool has_attribution;
};

static inline struct udif *
udif_of(struct img_source *s)
{
	return (struct udif *)s;
}

/* Gather the files of a segmented image, starting with the one that was opened, into u->segments, and their data forks
 * into u->data. */
int udif_segments_open(struct udif *u, const struct img_open *o, const struct udif_trailer *first, struct img_err *err);

int udif_open_at(const struct img_open *o, const struct udif_trailer *t, struct img_source **ret, struct img_err *err);

/* Read the licence out of the resources.  IMG_E_NOMEM at most. */
int udif_licence_read(const struct udif_resources *list, struct udif_licence *ret, struct img_err *err);

/* ops of the source */
int udif_describe(struct img_source *s, struct img_rep *rep, struct img_err *err);
int udif_checks(struct img_source *s, struct img_checks *ret, struct img_err *err);

/* The code signature's share of them. */
int udif_signature_describe(const struct udif *u, struct img_rep *rep, struct img_err *err);
int udif_signature_checks(const struct udif *u, struct img_checks *ret, struct img_err *err);

#endif

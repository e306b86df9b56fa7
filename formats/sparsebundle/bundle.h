/* SPDX-License-Identifier: BSD-2-Clause */
/* A sparse bundle once opened; formats/sparsebundle/sparsebundle.c is the place to start. */
#ifndef FORMATS_SPARSEBUNDLE_BUNDLE_H
#define FORMATS_SPARSEBUNDLE_BUNDLE_H

#include <stddef.h>

#include "formats/encrcdsa/encrcdsa.h"
#include "formats/sparsebundle/info.h"
#include "img/format.h"
#include "img/source.h"

struct bundle_band {
	uint64_t number;
	struct img_source *file;
	struct img_source *plain;	/* what the file holds; the file itself if nothing is encrypted */
};

enum bundle_numbering { NUMBERS_NONE, NUMBERS_RESTART, NUMBERS_ACROSS };

struct bundle {
	struct img_source src;
	struct bundle_info info;
	struct bundle_band *bands;	/* those that exist, by number */
	size_t n_bands, room;
	uint64_t stored;		/* bytes of all of them */
	struct enc_lock *lock;		/* NULL: not encrypted */
	struct img_source *locked;	/* fails to be read; NULL: not locked */
	enum bundle_numbering numbering;
	bool numbering_proven;
};

/* List the folder "bands" of @o. */
int bundle_bands_list(struct bundle *b, const struct img_open *o, struct img_err *err);
/* Set every band's ->plain. */
int bundle_bands_open(struct bundle *b, struct img_err *err);
/* Bytes of the disk that band @number covers. */
uint64_t bundle_band_len(const struct bundle *b, uint64_t number);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A volume put into a partition map of its own: what stands in front of it and behind it is made, the volume stays as it
 * is. */
#ifndef FORMATS_WRAP_H
#define FORMATS_WRAP_H

#include <stdint.h>

#include "img/error.h"

struct img_source;

enum wrap_map { WRAP_NONE, WRAP_GPT, WRAP_APM, WRAP_MBR };

struct wrap_options {
	enum wrap_map map;
	const char *name;		/* of the partition in GPT and APM; ASCII, up to 31 characters */
	const char *gpt_type;		/* GUID as text */
	const char *apm_type;		/* "Apple_HFS" */
	uint8_t mbr_type;
	uint64_t size;			/* of the whole, bytes; 0: as much as it takes */
};

/* Bytes that @map takes beside the volume. */
uint64_t wrap_overhead(enum wrap_map map);

/* Sectors in front of it. */
uint64_t wrap_first(enum wrap_map map);

/* @volume as the one partition of a disk; GPT and APM as hdiutil makes them.  Takes its own reference.  GUIDs and the like
 * are made from the first bytes of the volume and its length: the same volume gets the same ones.  IMG_E_NOSPACE when it
 * does not fit o->size, IMG_E_UNSUPPORTED when the map cannot count so many sectors. */
int wrap_volume(struct img_source *volume, const struct wrap_options *o, struct img_source **ret, struct img_err *err);

#endif

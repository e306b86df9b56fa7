/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the classic Mac OS have two forks.  What carried both through other systems: MacBinary, AppleSingle, AppleDouble. */
#ifndef FORMATS_MACFILE_FORKS_H
#define FORMATS_MACFILE_FORKS_H

#include <stdbool.h>
#include <stdint.h>

#include "img/error.h"
#include "img/format.h"

struct img_source;

struct mac_forks {
	const char *wrapper;		/* "MacBinary II", "AppleSingle", "AppleDouble", "the file system"; static */
	char name[200];			/* of the file on a Mac, UTF-8; "" if not told */
	char type[5], creator[5];	/* "" if not told */
	struct img_source *data, *rsrc;	/* references; NULL where there is none */
	unsigned int binary;		/* MacBinary: 1 to 3 */
};

/* The header of a MacBinary file, 128 bytes. */
struct macbinary {
	uint8_t name_len, name[63], type[4], creator[4];
	unsigned int version;		/* 1 to 3 */
	uint32_t data_len, rsrc_len, second_len;
	uint16_t crc, crc_found;	/* of versions 2 and 3 */
};
#define MACBINARY_HEADER 128

/* Could these bytes, in a file of @size bytes, be such a header?  Fills in @ret. */
bool macbinary_parse(const uint8_t *b, uint64_t size, struct macbinary *ret);
/* Does @s begin with one? */
bool macbinary_read(struct img_source *s, struct macbinary *ret);

/* Is @s one of the three?  IMG_E_UNKNOWN if not.  Data that AppleDouble keeps in a file beside it are looked for in @o. */
int mac_forks_open(const struct img_open *o, struct mac_forks *ret, struct img_err *err);

/* The forks of @o wherever they are: in its file, beside it as "._NAME", with the file system.  IMG_E_UNKNOWN: it has but one. */
int mac_forks_find(const struct img_open *o, struct mac_forks *ret, struct img_err *err);
void mac_forks_done(struct mac_forks *f);

extern const struct img_format img_format_macbinary;
extern const struct img_format img_format_applesingle;
extern const struct img_format img_format_diskcopy;
extern const struct img_format img_format_ndif;

#endif

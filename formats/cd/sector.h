/* SPDX-License-Identifier: BSD-2-Clause */
/* Raw sectors of a CD: what is in their 2352 bytes, and the two codes that guard it (ECMA-130 14, annex A). */
#ifndef FORMATS_CD_SECTOR_H
#define FORMATS_CD_SECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CD_RAW = 2352,		/* bytes of a sector */
	CD_USER = 2048,		/* of which a file system sees so many */
	CD_XA = 2336,		/* a sector of mode 2 without synchronisation and header */
	CD_XA_USER = 2324,	/* user bytes of form 2 */
	CD_HEAD = 16,		/* synchronisation and header */
	CD_FRAMES = 75,		/* sectors of a second */
	CD_LEAD = 150,		/* sectors between address 00:00:00 and sector 0 */
	CD_MAX_SECTORS = 100 * 60 * CD_FRAMES - CD_LEAD,	/* what the addresses in headers can count */
};

extern const uint8_t cd_sync[12];

/* What a sector holds, by its own header. */
enum cd_form { CD_MODE0, CD_MODE1, CD_MODE2, CD_FORM1, CD_FORM2 };

/* @s: 2352 bytes.  @mode: that of the track, for a sector without a header. */
enum cd_form cd_form_of(const uint8_t *s, unsigned int mode);
/* The same for 2336 bytes of mode 2. */
enum cd_form cd_form_of_xa(const uint8_t *s);

/* The address in the header as a sector number, which may be negative; false if it is none. */
bool cd_address(const uint8_t *s, int64_t *ret);

/* The error detection code of @len bytes. */
uint32_t cd_edc(const void *bytes, size_t len);

/* Does the sector's EDC hold?  Those without one do. */
bool cd_sector_ok(const uint8_t *s, enum cd_form form);

/* Fill in the P and Q parity of mode 1 or form 1. */
void cd_ecc(uint8_t *s, enum cd_form form);

/* Correct the sector by its parity; true if its EDC holds then.  It is untouched otherwise. */
bool cd_repair(uint8_t *s, enum cd_form form);

/* A sector of mode 1 from its user data; NULL: zeros. */
void cd_make(uint8_t *ret, uint32_t lba, const uint8_t *user);

#endif

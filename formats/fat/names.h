/* SPDX-License-Identifier: BSD-2-Clause */
/* FAT's names: long ones in UTF-16, short ones of eight and three bytes in the code page of an old PC. */
#ifndef FORMATS_FAT_NAMES_H
#define FORMATS_FAT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/fat/layout.h"

/* ---- reading ---- */

#define FAT_NAME_ROOM (4 * FAT_LONG_MAX + 1)	/* UTF-8 of any name, with a NUL */

/* A short name or (eleven characters, no dot) a label as UTF-8, code page 437; @cases: FAT_CASE_*.  What no path
 * may hold becomes '_'; the answer says whether something did.  @ret: FAT_NAME_ROOM bytes; "" for blanks only. */
bool fat_short_text(const uint8_t *name, uint8_t cases, char *ret);
void fat_label_text(const char *label, char *ret);

/* ---- writing ---- */

/* The name in UTF-16.  NULL when FAT holds it, else why not: "it ends with a dot". */
const char *fat_long_units(const char *name, uint16_t ret[FAT_LONG_MAX], size_t *ret_n);

/* One letter for all its cases: names that differ in nothing else are the same to FAT. */
uint16_t fat_upcase(uint16_t unit);

/* The eleven bytes of a volume label, capital letters.  NULL when they are one, else why not. */
const char *fat_label_put(const char *text, uint8_t ret[FAT_NAME_LEN]);

/* How a name becomes a short one. */
enum fat_fit {
	FAT_FIT_ALONE,		/* the short name and its case flags say it all: no long name is needed */
	FAT_FIT_CASE,		/* it is short, but in mixed case */
	FAT_FIT_TAIL,		/* something was lost: it gets a numeric tail */
};
/* The short name of @name without a tail. */
enum fat_fit fat_short_make(const char *name, uint8_t ret[FAT_NAME_LEN], uint8_t *ret_cases);
/* The same with ~@number at the end of the first part, which is cut for it.  @number: 1 to 999999. */
void fat_short_tail(uint8_t name[FAT_NAME_LEN], uint32_t number);

#endif

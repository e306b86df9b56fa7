/* SPDX-License-Identifier: BSD-2-Clause */
/* Names: how they compare on disk, and how they read in UTF-8. */
#ifndef FORMATS_HFSPLUS_NAMES_H
#define FORMATS_HFSPLUS_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HFS_NAME_ROOM = 255 * 3 + 1 };

/* Below, equal to or above zero, as by TN1150: case and invisible characters do not count. */
int hfs_compare_folded(const uint16_t *a, size_t n_a, const uint16_t *b, size_t n_b);
/* By code units: HFSX with case, attributes. */
int hfs_compare_binary(const uint16_t *a, size_t n_a, const uint16_t *b, size_t n_b);

/* The name as Unix tools know it: composed (NFC) where HFS+ had taken it apart, ':' for a '/' on disk, U+2400 for NUL,
 * U+FFFD for half a surrogate pair.  @ret has room for HFS_NAME_ROOM bytes. */
void hfs_name_utf8(const uint16_t *name, size_t n, char *ret);
/* The same, or as it is taken apart. */
void hfs_name_utf8_as(const uint16_t *name, size_t n, bool composed, char *ret);
/* The same for the name of an attribute, which only goes from one encoding to the other. */
void hfs_attr_name_utf8(const uint16_t *name, size_t n, char *ret);
/* The way back: UTF-8 to code units, taken apart and put in order as HFS+ wants it, '/' for ':'.  Bytes that are no UTF-8
 * become "%XX", as macOS does it, and *ret_foreign says so.  At most @room units are stored; how many there are is
 * returned. */
size_t hfs_name_units(const char *s, uint16_t *ret, size_t room, bool *ret_foreign);
/* Does nothing of the name count when names are compared without case? */
bool hfs_name_is_void(const uint16_t *name, size_t n);
/* The most of @n units that can be kept in @room without tearing a character from its marks. */
size_t hfs_name_cut(const uint16_t *name, size_t n, size_t room);
/* ASCII to code units; returns how many. */
size_t hfs_name_ascii(const char *s, uint16_t *ret);
/* UTF-8 to code units; returns how many, 0 if they are more than @room. */
size_t hfs_attr_name_units(const char *s, uint16_t *ret, size_t room);

/* ---- name_tables.c ---- */

struct hfs_fold {
	uint16_t first, last;
	int16_t add;
	uint16_t step;
};
struct hfs_pair {
	uint16_t a, b, both;
};
struct hfs_split {
	uint16_t whole, a, b;		/* b 0: only another character */
};
struct hfs_class {
	uint16_t first, last;
	uint8_t combining;
};
extern const struct hfs_fold hfs_folds[];
extern const struct hfs_pair hfs_pairs[];
extern const struct hfs_split hfs_splits[];
extern const struct hfs_class hfs_classes[];
extern const size_t hfs_n_folds, hfs_n_pairs, hfs_n_splits, hfs_n_classes;

#endif

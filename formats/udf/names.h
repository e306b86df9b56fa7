/* SPDX-License-Identifier: BSD-2-Clause */
/* Names: OSTA compressed Unicode (UDF 2.1.1) to and from UTF-8, and what may not stand in a name. */
#ifndef FORMATS_UDF_NAMES_H
#define FORMATS_UDF_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UDF_NAME_MAX (254 * 2 + 8)	/* a name of 255 stored bytes as UTF-8, with its NUL and slack */

/* @n stored bytes, the first of which tells the width, as UTF-8 with a NUL.  False when the width is unknown or @room is
 * too small.  A surrogate without its partner becomes U+FFFD. */
bool udf_cs0_decode(const uint8_t *b, size_t n, char *ret, size_t room, size_t *ret_len);

/* The stored form of @text in at most @room bytes, one byte a character where all fit.  Returns its length, 0 for "".
 * *ret_cut (may be NULL) says that it did not fit whole, or is no UTF-8. */
size_t udf_cs0_encode(const char *text, uint8_t *b, size_t room, bool *ret_cut);

/* Make a decoded name fit for a path, in place: '/' and NUL become '_' (UDF 4.2.2.1.5), and so do the dots of "." and
 * "..".  True when something had to change. */
bool udf_name_tame(char *name, size_t len);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Text of images, turned into UTF-8. */
#ifndef CORE_UNICODE_H
#define CORE_UNICODE_H

#include <stddef.h>
#include <stdint.h>

#define IMG_UTF8_MAX 4	/* bytes of the longest character */
#define IMG_UNKNOWN_CHAR UINT32_C(0xfffd)

/* Append @c to @ret, which has room for IMG_UTF8_MAX bytes; returns the bytes used.  What is no character becomes
 * U+FFFD. */
size_t img_utf8_put(uint32_t c, char *ret);

/* @n units of UTF-16, up to a NUL, as UTF-8 with a NUL in @room bytes; what does not fit is left out, whole characters
 * only.  Control characters stay.  Returns how many lone surrogates became U+FFFD. */
size_t img_utf16_to_utf8(const uint16_t *units, size_t n, char *ret, size_t room);

/* @len bytes, up to a NUL, as UTF-8 with a NUL in @room bytes: bytes that are no UTF-8 become U+FFFD, and their number
 * is returned. */
size_t img_bytes_to_utf8(const char *bytes, size_t len, char *ret, size_t room);

/* The character that a byte of MacRoman stands for; none needs more than three bytes of UTF-8. */
uint32_t img_macroman(uint8_t byte);

#endif

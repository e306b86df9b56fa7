/* SPDX-License-Identifier: BSD-2-Clause */
/* Text for people: names made safe for terminals, sizes and times in words. */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Does the locale (LC_ALL, LC_CTYPE, LANG) say UTF-8?  Looks at the environment only: no setlocale. */
bool text_locale_utf8(void);

/* Length of the well-formed UTF-8 sequence at @s (1 to 4) and its code point, or 0 if the first byte begins none.
 * @n bytes are there. */
size_t text_utf8(const char *s, size_t n, uint32_t *ret_code);
bool text_is_utf8(const char *s);

/* Would @code, printed as it is, drive or mislead a terminal: control characters, direction overrides, line
 * separators, invisible marks? */
bool text_unsafe(uint32_t code);

/* Write @s so that it shows on one line and drives no terminal: control bytes, C1, direction overrides and bytes that
 * are not UTF-8 become \xNN, \u{NNNN} for what is valid but unsafe.  Without @utf8 so does everything beyond ASCII. */
void text_put(FILE *f, const char *s, bool utf8);
/* The same into a buffer, cut at a whole character, always NUL-terminated; returns @dst. */
char *text_safe(char *dst, size_t room, const char *s, bool utf8);

#define TEXT_SIZE_MAX 32
/* "512 bytes", "256 KiB", "2.1 GiB", "412 MiB": two digits, the whole number where it is exact. */
const char *text_size(char buf[TEXT_SIZE_MAX], uint64_t bytes);
/* "4.45 MiB", "31.2 MiB": three digits, for messages that compare sizes. */
const char *text_size_exact(char buf[TEXT_SIZE_MAX], uint64_t bytes);
/* "1.3 of 3.1 GiB", both in the unit of the second. */
const char *text_of(char buf[2 * TEXT_SIZE_MAX], uint64_t part, uint64_t whole);
/* "0.04 s", "8.1 s", "2:05", "1:02:05". */
const char *text_seconds(char buf[TEXT_SIZE_MAX], double seconds);
/* "0:04", "2:05", "1:02:05". */
const char *text_clock(char buf[TEXT_SIZE_MAX], double seconds);
/* Lower-case hex of @n bytes; @buf has room for 2 * @n + 1. */
const char *text_hex(char *buf, const uint8_t *bytes, size_t n);
/* @s in capitals (of ASCII), cut to @room; returns @dst. */
char *text_upper(char *dst, size_t room, const char *s);

#endif

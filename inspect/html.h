/* SPDX-License-Identifier: BSD-2-Clause */
/* A writer of HTML: what we say goes out as it is, what an image says only through _text and _attr, which leave nothing
 * that a browser, a terminal or a reader could take for something else.  Errors stick: the first one stays in ->rc. */
#ifndef INSPECT_HTML_H
#define INSPECT_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "img/error.h"

struct img_out;

struct html {
	struct img_out *out;	/* borrowed */
	struct img_err *err;
	int rc;
	uint64_t at;		/* bytes that went out */
	unsigned int ids;	/* how many elements have a number for an id */
	FILE *words;		/* between html_words and _words_end */
	char *line;
	size_t line_len;
	size_t n;
	char buf[16384];
};

/* Markup and words of ours. */
void html_raw(struct html *h, const char *markup);
/* The same with numbers and words of ours in it: never a string from an image. */
void html_fmt(struct html *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Bytes of whatever origin, as text of an element.  What was not fit to show is marked. */
void html_text(struct html *h, const char *s);
/* The same without marks, for titles: no element may stand there. */
void html_plain(struct html *h, const char *s);
/* ` NAME="S"`, for a string of whatever origin. */
void html_attr(struct html *h, const char *name, const char *s);
/* <TAG>S</TAG>; @attributes (of ours, or NULL) go into the tag. */
void html_element(struct html *h, const char *tag, const char *attributes, const char *s);
/* A stream for printers of text; what they print becomes text of an element at _words_end.  NULL: out of memory. */
FILE *html_words(struct html *h);
void html_words_end(struct html *h);
/* The page lacks something for want of memory: ->rc says so. */
void html_nomem(struct html *h);
/* Everything out; returns ->rc. */
int html_flush(struct html *h);

/* One character of @s (@n bytes) into @ret: itself, an entity, or where it is control, invisible, turning the direction
 * of text or not UTF-8, its number as \u{202e} or \xff; then *ret_odd.  Returns how many bytes of @s it took. */
#define HTML_CHAR_MAX 24
size_t html_escape(char ret[HTML_CHAR_MAX], const char *s, size_t n, bool *ret_odd);

#endif

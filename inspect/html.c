/* SPDX-License-Identifier: BSD-2-Clause */
/* A writer of HTML; see inspect/html.h. */
#include "config.h"

#include "inspect/html.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "img/out.h"

int
html_flush(struct html *h)
{
	if (!h->rc && h->n) {
		h->rc = img_out_write(h->out, h->at, h->buf, h->n, h->err);
		h->at += h->n;
	}
	h->n = 0;
	return h->rc;
}

static void
put(struct html *h, const char *s, size_t n)
{
	while (n) {
		size_t some = n < sizeof h->buf - h->n ? n : sizeof h->buf - h->n;

		memcpy(h->buf + h->n, s, some);
		h->n += some;
		s += some;
		n -= some;
		if (h->n == sizeof h->buf)
			html_flush(h);
	}
}

void
html_raw(struct html *h, const char *markup)
{
	put(h, markup, strlen(markup));
}

void
html_fmt(struct html *h, const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	if (n > 0)
		put(h, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

static void
put_escaped(struct html *h, const char *s, bool mark)
{
	size_t n = strlen(s);
	bool odd = false, was = false;
	char one[HTML_CHAR_MAX];

	while (n) {
		size_t took = html_escape(one, s, n, &odd);

		if (mark && odd != was)
			html_raw(h, odd ? "<i class=\"odd\">" : "</i>");
		html_raw(h, one);
		was = odd;
		s += took;
		n -= took;
	}
	if (mark && was)
		html_raw(h, "</i>");
}

void
html_text(struct html *h, const char *s)
{
	put_escaped(h, s, true);
}

void
html_plain(struct html *h, const char *s)
{
	put_escaped(h, s, false);
}

void
html_element(struct html *h, const char *tag, const char *attributes, const char *s)
{
	html_fmt(h, "<%s%s%s>", tag, attributes ? " " : "", attributes ? attributes : "");
	html_text(h, s);
	html_fmt(h, "</%s>", tag);
}

void
html_attr(struct html *h, const char *name, const char *s)
{
	html_fmt(h, " %s=\"", name);
	put_escaped(h, s, false);
	put(h, "\"", 1);
}

void
html_nomem(struct html *h)
{
	if (!h->rc)
		h->rc = img_fail_nomem(h->err);
}

FILE *
html_words(struct html *h)
{
	h->line = NULL;
	h->words = open_memstream(&h->line, &h->line_len);
	if (!h->words)
		html_nomem(h);
	return h->words;
}

void
html_words_end(struct html *h)
{
	bool bad = ferror(h->words);

	if (fclose(h->words) || bad || !h->line)
		html_nomem(h);
	else
		html_text(h, h->line);
	free(h->line);
	h->line = NULL;
	h->words = NULL;
}

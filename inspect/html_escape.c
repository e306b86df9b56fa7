/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes of images made fit for a page.  The page is well-formed XML and valid HTML at once, whatever they are: five
 * characters become entities, which holds in text and in quoted attributes alike; no byte below space, no character that
 * XML 1.0 or HTML forbids (2.2 Characters; "noncharacter-in-input-stream") and none that hides or reorders text goes out. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "inspect/html.h"

static const char *
entity(uint32_t code)
{
	switch (code) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* U+FDD0 to U+FDEF, and the last two of every plane. */
static bool
is_noncharacter(uint32_t code)
{
	return (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) == 0xfffe;
}

size_t
html_escape(char ret[HTML_CHAR_MAX], const char *s, size_t n, bool *ret_odd)
{
	uint32_t code;
	size_t len = text_utf8(s, n, &code);

	*ret_odd = !len || text_unsafe(code) || is_noncharacter(code);
	if (!len)
		snprintf(ret, HTML_CHAR_MAX, "\\x%02x", (unsigned char)*s);
	else if (*ret_odd)
		snprintf(ret, HTML_CHAR_MAX, code < 0x80 ? "\\x%02x" : "\\u{%x}", (unsigned int)code);
	else if (entity(code))
		snprintf(ret, HTML_CHAR_MAX, "%s", entity(code));
	else
		snprintf(ret, HTML_CHAR_MAX, "%.*s", (int)len, s);
	return len ? len : 1;
}

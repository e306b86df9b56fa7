/* SPDX-License-Identifier: BSD-2-Clause */
/* See core/xml_push.h.  64 KiB are fed at a time; how much text may wait for the end of a tag is capped here, since libxml2's own
 * limits are lifted where text is long. */
#include "config.h"

#include "core/xml_push.h"

#include <libxml/xmlerror.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "img/source.h"

#define PIECE (64 << 10)
#define MAX_WAITING (4 * PIECE)	/* text libxml2 may hold back: the longest tag, comment or instruction */

void
xml_push_stop(struct xml_push *p, int rc)
{
	if (!rc)
		return;
	if (!p->rc)
		p->rc = rc;
	xmlStopParser(p->xml);
}

long
xml_push_line(const struct xml_push *p)
{
	return p->xml->input ? p->xml->input->line : 0;
}

void
xml_push_reference(void *ctx, const xmlChar *name)
{
	struct xml_push *p = ctx;

	if (!p->rc)
		xml_push_stop(p, img_fail(p->err, IMG_E_FORMAT, "line %ld: reference to the unknown entity \"%.40s\"",
					  xml_push_line(p), (const char *)name));
}

#if LIBXML_VERSION >= 21200
void
xml_push_error(void *ctx, const xmlError *e)
{
}
#else
void
xml_push_error(void *ctx, xmlErrorPtr e)
{
}
#endif

static int
complain(const struct xml_push *p)
{
	const xmlError *e = xmlCtxtGetLastError(p->xml);
	const char *text = e && e->message ? e->message : "not well-formed XML";
	int n = (int)strcspn(text, "\n");

	return img_fail(p->err, IMG_E_FORMAT, "line %d: %.*s", e ? e->line : 0, n > 160 ? 160 : n, text);
}

static int
feed(struct xml_push *p, const char *text, size_t len, bool last)
{
	int bad = xmlParseChunk(p->xml, text, (int)len, last);

	if (p->rc || p->done)
		return p->rc;
	if (bad || !p->xml->wellFormed)
		return complain(p);
	if (p->xml->input && p->xml->input->end - p->xml->input->cur > MAX_WAITING)
		return img_fail(p->err, IMG_E_LIMIT, "line %ld: a tag or comment of more than %d KiB", xml_push_line(p),
				MAX_WAITING >> 10);
	return 0;
}

int
xml_push_run(struct xml_push *p, const xmlSAXHandler *handler, int options, bool whole, struct img_source *s, uint64_t off,
	     uint64_t len)
{
	img_autofree char *piece = malloc(PIECE);
	xmlSAXHandler sax = *handler;
	int rc = 0;

	p->xml = piece ? xmlCreatePushParserCtxt(&sax, p, NULL, 0, NULL) : NULL;
	if (!p->xml)
		return img_fail_nomem(p->err);
	xmlCtxtUseOptions(p->xml, options | XML_PARSE_NONET | XML_PARSE_NOWARNING | XML_PARSE_NOERROR);
	for (uint64_t at = 0; at < len && !p->done && !rc;) {
		size_t n = len - at < PIECE ? (size_t)(len - at) : PIECE;

		rc = img_source_read(s, off + at, piece, n, p->err);
		at += n;
		if (!rc)
			rc = feed(p, piece, n, whole && at == len);
	}
	return rc;
}

void
xml_push_end(struct xml_push *p)
{
	if (!p->xml)
		return;
	xmlFreeDoc(p->xml->myDoc);
	xmlFreeParserCtxt(p->xml);
}

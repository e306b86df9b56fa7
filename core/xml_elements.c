/* SPDX-License-Identifier: BSD-2-Clause */
/* XML documents as elements with attributes and text, through libxml2's push parser as core/xml.c, which has property lists.
 * A document type is refused as soon as it begins, so that no entity beyond the five of XML exists. */
#include "config.h"

#include "core/xml.h"

#include <inttypes.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <string.h>

#include "img/env.h"

#define PIECE (64 << 10)
#define MAX_WAITING (4 * PIECE)	/* text libxml2 may hold back: the longest tag, comment or instruction */
#define MAX_TEXT (1 << 20)	/* of one element */

struct reader {
	const struct img_xml_ops *ops;
	void *ctx;
	xmlParserCtxtPtr xml;
	int rc;				/* first failure; nothing is called after it */
	struct img_err *err;
	unsigned int depth;		/* elements that are open */
	struct img_buf text;
};

static void
stop(struct reader *r, int rc)
{
	if (!r->rc && rc) {
		r->rc = rc;
		xmlStopParser(r->xml);
	}
}

static long
line_of(const struct reader *r)
{
	return r->xml->input ? r->xml->input->line : 0;
}

static int
begin_element(struct reader *r, const char *name, int n_attr, const xmlChar **attr)
{
	struct img_xml_attr v[IMG_XML_MAX_ATTRS];

	if (r->depth >= IMG_MAX_XML_DEPTH)
		return img_fail(r->err, IMG_E_LIMIT, "line %ld: more than %d levels of elements", line_of(r), IMG_MAX_XML_DEPTH);
	if (n_attr > IMG_XML_MAX_ATTRS)
		return img_fail(r->err, IMG_E_LIMIT, "line %ld: more than %d attributes", line_of(r), IMG_XML_MAX_ATTRS);
	for (int i = 0; i < n_attr; i++) {	/* name, prefix, URI, value, its end */
		const xmlChar **a = attr + 5 * i;

		v[i] = (struct img_xml_attr) { (const char *)a[0], (const char *)a[3], (size_t)(a[4] - a[3]) };
	}
	r->text.len = 0;
	return r->ops->begin(r->ctx, r->depth++, name, v, (size_t)n_attr, r->err);
}

static void
on_start(void *ctx, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri, int n_ns, const xmlChar **ns,
	 int n_attr, int n_default, const xmlChar **attr)
{
	struct reader *r = ctx;

	if (!r->rc)
		stop(r, begin_element(r, (const char *)local, n_attr, attr));
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int
end_element(struct reader *r, const char *name)
{
	const char *text;
	int rc;

	while (r->text.len && is_blank(r->text.p[r->text.len - 1]))
		r->text.len--;
	rc = img_buf_add(&r->text, "", 1, r->err);
	if (rc)
		return rc;
	text = (const char *)r->text.p;
	while (is_blank((uint8_t)*text))
		text++;
	rc = r->ops->end(r->ctx, --r->depth, name, text, r->err);
	r->text.len = 0;
	return rc;
}

static void
on_end(void *ctx, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
	struct reader *r = ctx;

	if (!r->rc)
		stop(r, end_element(r, (const char *)local));
}

static void
on_text(void *ctx, const xmlChar *text, int len)
{
	struct reader *r = ctx;

	if (!r->rc)
		stop(r, img_buf_add(&r->text, text, (size_t)len, r->err));
}

static void
on_type(void *ctx, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	struct reader *r = ctx;

	if (!r->rc)
		stop(r, img_fail(r->err, IMG_E_FORMAT, "line %ld: a document type, which has no place here", line_of(r)));
}

static void
on_reference(void *ctx, const xmlChar *name)
{
	struct reader *r = ctx;

	if (!r->rc)
		stop(r, img_fail(r->err, IMG_E_FORMAT, "line %ld: reference to the unknown entity \"%.40s\"", line_of(r),
				 (const char *)name));
}

/* libxml2's own complaints are fetched afterwards; this keeps it from printing. */
#if LIBXML_VERSION >= 21200
static void
on_error(void *ctx, const xmlError *e)
{
}
#else
static void
on_error(void *ctx, xmlErrorPtr e)
{
}
#endif

static const xmlSAXHandler handler = {
	.initialized = XML_SAX2_MAGIC,
	.startElementNs = on_start,
	.endElementNs = on_end,
	.characters = on_text,
	.ignorableWhitespace = on_text,
	.cdataBlock = on_text,
	.internalSubset = on_type,
	.reference = on_reference,
	.serror = on_error,
};

static int
complain(struct reader *r)
{
	const xmlError *e = xmlCtxtGetLastError(r->xml);
	const char *text = e && e->message ? e->message : "not well-formed XML";
	int n = (int)strcspn(text, "\n");

	return img_fail(r->err, IMG_E_FORMAT, "line %d: %.*s", e ? e->line : 0, n > 160 ? 160 : n, text);
}

static int
feed(struct reader *r, const char *text, size_t len, bool last)
{
	int bad = xmlParseChunk(r->xml, text, (int)len, last);

	if (r->rc)
		return r->rc;
	if (bad || !r->xml->wellFormed)
		return complain(r);
	if (r->xml->input && r->xml->input->end - r->xml->input->cur > MAX_WAITING)
		return img_fail(r->err, IMG_E_LIMIT, "line %ld: a tag or comment of more than %d KiB", line_of(r),
				MAX_WAITING >> 10);
	return 0;
}

static int
feed_all(struct reader *r, struct img_source *s)
{
	img_autofree char *piece = malloc(PIECE);
	int rc = piece ? 0 : img_fail_nomem(r->err);

	for (uint64_t at = 0; !rc && at < s->size;) {
		size_t n = s->size - at < PIECE ? (size_t)(s->size - at) : PIECE;

		rc = img_source_read(s, at, piece, n, r->err);
		at += n;
		if (!rc)
			rc = feed(r, piece, n, at == s->size);
	}
	return rc;
}

int
img_xml_read(struct img_source *s, const struct img_xml_ops *ops, void *ctx, struct img_err *err)
{
	struct reader r = { .ops = ops, .ctx = ctx, .err = err, .text = img_buf_new(MAX_TEXT) };
	uint64_t most = img_env_limits(s->env)->max_plist;
	xmlSAXHandler sax = handler;
	int rc;

	if (s->size > most)
		return img_fail(err, IMG_E_LIMIT, "a document of %" PRIu64 " bytes is over the limit of %" PRIu64, s->size, most);
	if (!s->size)
		return img_fail(err, IMG_E_FORMAT, "the document is empty");
	r.xml = xmlCreatePushParserCtxt(&sax, &r, NULL, 0, NULL);
	if (!r.xml)
		return img_fail_nomem(err);
	xmlCtxtUseOptions(r.xml, XML_PARSE_NONET | XML_PARSE_NOWARNING | XML_PARSE_NOERROR);
	rc = feed_all(&r, s);
	img_buf_done(&r.text);
	xmlFreeDoc(r.xml->myDoc);
	xmlFreeParserCtxt(r.xml);
	return rc;
}

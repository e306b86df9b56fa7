/* SPDX-License-Identifier: BSD-2-Clause */
/* XML documents as elements with attributes and text, through libxml2 (core/xml_push.h).
 * A document type is refused as soon as it begins, so that no entity beyond the five of XML exists. */
#include "config.h"

#include "core/xml.h"

#include <inttypes.h>

#include "core/xml_push.h"
#include "img/env.h"

#define MAX_TEXT (1 << 20)	/* of one element */

struct reader {
	struct xml_push push;		/* first */
	const struct img_xml_ops *ops;
	void *ctx;
	unsigned int depth;		/* elements that are open */
	struct img_buf text;
};

static int
begin_element(struct reader *r, const char *name, int n_attr, const xmlChar **attr)
{
	struct img_xml_attr v[IMG_XML_MAX_ATTRS];

	if (r->depth >= IMG_MAX_XML_DEPTH)
		return img_fail(r->push.err, IMG_E_LIMIT, "line %ld: more than %d levels of elements", xml_push_line(&r->push),
				IMG_MAX_XML_DEPTH);
	if (n_attr > IMG_XML_MAX_ATTRS)
		return img_fail(r->push.err, IMG_E_LIMIT, "line %ld: more than %d attributes", xml_push_line(&r->push), IMG_XML_MAX_ATTRS);
	for (int i = 0; i < n_attr; i++) {	/* name, prefix, URI, value, its end */
		const xmlChar **a = attr + 5 * i;

		v[i] = (struct img_xml_attr) { (const char *)a[0], (const char *)a[3], (size_t)(a[4] - a[3]) };
	}
	r->text.len = 0;
	return r->ops->begin(r->ctx, r->depth++, name, v, (size_t)n_attr, r->push.err);
}

static void
on_start(void *ctx, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri, int n_ns, const xmlChar **ns,
	 int n_attr, int n_default, const xmlChar **attr)
{
	struct reader *r = ctx;

	if (!r->push.rc)
		xml_push_stop(&r->push, begin_element(r, (const char *)local, n_attr, attr));
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
	rc = img_buf_add(&r->text, "", 1, r->push.err);
	if (rc)
		return rc;
	text = (const char *)r->text.p;
	while (is_blank((uint8_t)*text))
		text++;
	rc = r->ops->end(r->ctx, --r->depth, name, text, r->push.err);
	r->text.len = 0;
	return rc;
}

static void
on_end(void *ctx, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
	struct reader *r = ctx;

	if (!r->push.rc)
		xml_push_stop(&r->push, end_element(r, (const char *)local));
}

static void
on_text(void *ctx, const xmlChar *text, int len)
{
	struct reader *r = ctx;

	if (!r->push.rc)
		xml_push_stop(&r->push, img_buf_add(&r->text, text, (size_t)len, r->push.err));
}

static void
on_type(void *ctx, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	struct reader *r = ctx;

	if (!r->push.rc)
		xml_push_stop(&r->push, img_fail(r->push.err, IMG_E_FORMAT, "line %ld: a document type, which has no place here",
						xml_push_line(&r->push)));
}

static const xmlSAXHandler handler = {
	.initialized = XML_SAX2_MAGIC,
	.startElementNs = on_start,
	.endElementNs = on_end,
	.characters = on_text,
	.ignorableWhitespace = on_text,
	.cdataBlock = on_text,
	.internalSubset = on_type,
	.reference = xml_push_reference,
	.serror = xml_push_error,
};

int
img_xml_read(struct img_source *s, const struct img_xml_ops *ops, void *ctx, struct img_err *err)
{
	struct reader r = { .push.err = err, .ops = ops, .ctx = ctx, .text = img_buf_new(MAX_TEXT) };
	uint64_t most = img_env_limits(s->env)->max_plist;
	int rc;

	if (s->size > most)
		return img_fail(err, IMG_E_LIMIT, "a document of %" PRIu64 " bytes is over the limit of %" PRIu64, s->size, most);
	if (!s->size)
		return img_fail(err, IMG_E_FORMAT, "the document is empty");
	rc = xml_push_run(&r.push, &handler, 0, true, s, 0, s->size);
	xml_push_end(&r.push);
	img_buf_done(&r.text);
	return rc;
}

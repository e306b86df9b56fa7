/* SPDX-License-Identifier: BSD-2-Clause */
/* Property lists through libxml2: the only file that knows it.
 *
 * libxml2's push parser is fed 64 KiB at a time and calls back per tag and per piece of text.  An element is pushed on
 * a small stack here, its text gathered in one buffer (Base64 decoded on the way), and its end told to the caller.
 *
 * Hostile lists: a document type with declarations of its own is refused before an entity could be used, so that no
 * expansion exists; libxml2's own limits on text (10 MB; a 1 TB image needs more) are lifted and replaced by ours: the
 * size of the list, the depth of the stack, the length of strings, and how much text may wait for the end of a tag. */
#include "config.h"

#include "core/xml.h"

#include <inttypes.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <stdarg.h>
#include <string.h>

#include "core/base64.h"
#include "img/env.h"

#define PIECE (64 << 10)
#define MAX_WAITING (4 * PIECE)	/* text libxml2 may hold back: the longest tag, comment or instruction */
#define MAX_STRING (1 << 20)	/* one string or key; real ones have at most a few hundred bytes */

enum { ELEM_KEY = IMG_PLIST_DATA + 1, ELEM_PLIST };

static const struct {
	const char *name;
	int type;
} elements[] = {
	{ "dict", IMG_PLIST_DICT },	{ "array", IMG_PLIST_ARRAY },	{ "key", ELEM_KEY },
	{ "string", IMG_PLIST_STRING },	{ "data", IMG_PLIST_DATA },	{ "integer", IMG_PLIST_INTEGER },
	{ "true", IMG_PLIST_BOOL },	{ "false", IMG_PLIST_BOOL },	{ "real", IMG_PLIST_REAL },
	{ "date", IMG_PLIST_DATE },	{ "plist", ELEM_PLIST },
};

struct reader {
	const struct img_plist_ops *ops;
	void *ctx;
	xmlParserCtxtPtr xml;
	int rc;				/* first failure; nothing is called after it */
	struct img_err *err;

	size_t max_data;		/* bytes of one data element */
	bool in_plist, have_value, done;
	int leaf;			/* element whose text is gathered, or -1 */
	unsigned int n_open;		/* dicts and arrays that are open */
	enum img_plist_type open[IMG_MAX_XML_DEPTH];
	uint64_t n_values[IMG_MAX_XML_DEPTH];	/* in open[i] */
	char *key[IMG_MAX_XML_DEPTH];	/* of the next value in open[i]; owned */
	struct img_plist_at at;
	struct img_buf text;		/* of the leaf */
	struct img_base64 b64;
};

/* ---- failing ---- */

static void
stop(struct reader *r, int rc)
{
	if (!r->rc)
		r->rc = rc;
	xmlStopParser(r->xml);
}

static long
line_of(const struct reader *r)
{
	return r->xml->input ? r->xml->input->line : 0;
}

#define REFUSE(r, code, ...) stop(r, (r)->rc ? (r)->rc : img_fail((r)->err, code, __VA_ARGS__))

/* ---- the stack ---- */

static void
set_text(struct reader *r, size_t max)
{
	img_buf_done(&r->text);
	r->text = img_buf_new(max);
	r->b64 = (struct img_base64) { 0 };
}

/* A value begins: fill in where it stands.  False when it may not stand here. */
static bool
enter_value(struct reader *r)
{
	unsigned int d = r->n_open;

	if (!d) {
		if (r->have_value) {
			REFUSE(r, IMG_E_FORMAT, "line %ld: a second value after the first", line_of(r));
			return false;
		}
		r->at.key[0] = NULL;
		r->at.index[0] = 0;
	} else {
		if (r->open[d - 1] == IMG_PLIST_DICT && !r->key[d - 1]) {
			REFUSE(r, IMG_E_FORMAT, "line %ld: a value without a key", line_of(r));
			return false;
		}
		if (d >= IMG_MAX_XML_DEPTH) {
			REFUSE(r, IMG_E_LIMIT, "line %ld: more than %d levels of elements", line_of(r), IMG_MAX_XML_DEPTH);
			return false;
		}
		r->at.key[d] = r->open[d - 1] == IMG_PLIST_DICT ? r->key[d - 1] : NULL;
		r->at.index[d] = r->n_values[d - 1]++;
	}
	r->at.depth = d;
	return true;
}

/* A value is over, and its key used up. */
static void
leave_value(struct reader *r)
{
	unsigned int d = r->n_open;

	if (!d) {
		r->have_value = true;
	} else {
		free(r->key[d - 1]);
		r->key[d - 1] = NULL;
	}
}

static void
open_container(struct reader *r, enum img_plist_type type)
{
	int rc;

	if (!enter_value(r))
		return;
	rc = r->ops->begin ? r->ops->begin(r->ctx, &r->at, type, r->err) : 0;
	if (rc) {
		stop(r, rc);
		return;
	}
	r->open[r->n_open] = type;
	r->n_values[r->n_open] = 0;
	r->key[r->n_open++] = NULL;
}

static void
close_container(struct reader *r, enum img_plist_type type)
{
	unsigned int d = r->n_open - 1;
	int rc;

	if (r->key[d]) {
		REFUSE(r, IMG_E_FORMAT, "line %ld: a key without a value", line_of(r));
		return;
	}
	r->n_open = d;
	r->at.depth = d;
	rc = r->ops->end ? r->ops->end(r->ctx, &r->at, type, r->err) : 0;
	if (rc)
		stop(r, rc);
	else
		leave_value(r);
}

static void
close_key(struct reader *r)
{
	unsigned int d = r->n_open;

	if (!d || r->open[d - 1] != IMG_PLIST_DICT || r->key[d - 1]) {
		REFUSE(r, IMG_E_FORMAT, "line %ld: misplaced key", line_of(r));
		return;
	}
	r->key[d - 1] = (char *)r->text.p;
	r->text.p = NULL;
}

/* The text of a leaf is complete. */
static int
end_text(struct reader *r, const char *name)
{
	int rc = 0;

	if (r->leaf == IMG_PLIST_DATA)
		rc = img_base64_end(&r->b64, &r->text, r->err);
	else if (r->leaf == IMG_PLIST_BOOL && !r->text.len)
		rc = img_buf_add(&r->text, name, strlen(name), r->err);
	if (rc)
		return img_note(r->err, rc, "line %ld: element <%s>", line_of(r), name);
	r->text.max++;		/* begun with one byte less than there is room for */
	rc = img_buf_add(&r->text, "", 1, r->err);
	r->text.len--;
	return rc;
}

static void
close_leaf(struct reader *r, const char *name)
{
	int type = r->leaf, rc = end_text(r, name);

	r->leaf = -1;
	if (rc) {
		stop(r, rc);
	} else if (type == ELEM_KEY) {
		close_key(r);
	} else {
		rc = r->ops->value ? r->ops->value(r->ctx, &r->at, (enum img_plist_type)type, &r->text, r->err) : 0;
		if (rc)
			stop(r, rc);
		else
			leave_value(r);
	}
	img_buf_done(&r->text);
}

/* ---- what libxml2 calls ---- */

static int
element_type(const char *name)
{
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
		if (strcmp(elements[i].name, name) == 0)
			return elements[i].type;
	return -1;
}

static void
on_start(void *ctx, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri, int n_ns, const xmlChar **ns,
	 int n_attr, int n_default, const xmlChar **attr)
{
	struct reader *r = ctx;
	const char *name = (const char *)local;
	int type = element_type(name);

	if (r->rc || r->done)
		return;
	if (type < 0 || prefix || (type == ELEM_PLIST) == r->in_plist || r->leaf >= 0) {
		REFUSE(r, IMG_E_FORMAT, "line %ld: unexpected element <%.40s>", line_of(r), name);
	} else if (type == ELEM_PLIST) {
		r->in_plist = true;
	} else if (n_attr || n_ns) {
		REFUSE(r, IMG_E_FORMAT, "line %ld: element <%s> has attributes", line_of(r), name);
	} else if (type == IMG_PLIST_DICT || type == IMG_PLIST_ARRAY) {
		open_container(r, (enum img_plist_type)type);
	} else if (type == ELEM_KEY || enter_value(r)) {
		r->leaf = type;
		set_text(r, type == IMG_PLIST_DATA ? r->max_data : MAX_STRING);
	}
}

static void
on_end(void *ctx, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
	struct reader *r = ctx;
	int type = element_type((const char *)local);

	if (r->rc || r->done)
		return;
	if (r->leaf >= 0)
		close_leaf(r, (const char *)local);
	else if (type != ELEM_PLIST)
		close_container(r, (enum img_plist_type)type);
	else if (r->have_value)
		r->done = true;
	else
		REFUSE(r, IMG_E_FORMAT, "line %ld: the list is empty", line_of(r));
}

static void
on_text(void *ctx, const xmlChar *text, int len)
{
	struct reader *r = ctx;
	int rc;

	if (r->rc || r->done)
		return;
	if (r->leaf >= 0) {
		if (r->leaf == IMG_PLIST_DATA)
			rc = img_base64_add(&r->b64, (const char *)text, (size_t)len, &r->text, r->err);
		else
			rc = img_buf_add(&r->text, text, (size_t)len, r->err);
		if (rc)
			stop(r, img_note(r->err, rc, "line %ld", line_of(r)));
		return;
	}
	for (int i = 0; i < len; i++) {
		if (!strchr(" \t\r\n", text[i]) || !text[i]) {
			REFUSE(r, IMG_E_FORMAT, "line %ld: text between the elements", line_of(r));
			return;
		}
	}
}

/* Declarations inside the document: the ordinary DOCTYPE line of Apple has none. */
static void
refuse_declaration(struct reader *r)
{
	REFUSE(r, IMG_E_FORMAT, "line %ld: the document type declares entities or elements of its own, which no property "
	       "list does", line_of(r));
}

static void
on_entity(void *ctx, const xmlChar *name, int type, const xmlChar *public_id, const xmlChar *system_id,
	  xmlChar *content)
{
	refuse_declaration(ctx);
}

static void
on_element_decl(void *ctx, const xmlChar *name, int type, xmlElementContentPtr content)
{
	refuse_declaration(ctx);
}

static void
on_attribute_decl(void *ctx, const xmlChar *elem, const xmlChar *fullname, int type, int def,
		  const xmlChar *default_value, xmlEnumerationPtr tree)
{
	xmlFreeEnumeration(tree);
	refuse_declaration(ctx);
}

static void
on_notation(void *ctx, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
	refuse_declaration(ctx);
}

static void
on_unparsed_entity(void *ctx, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id,
		   const xmlChar *notation)
{
	refuse_declaration(ctx);
}

static void
on_reference(void *ctx, const xmlChar *name)
{
	struct reader *r = ctx;

	REFUSE(r, IMG_E_FORMAT, "line %ld: reference to the unknown entity \"%.40s\"", line_of(r), (const char *)name);
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
	.entityDecl = on_entity,
	.elementDecl = on_element_decl,
	.attributeDecl = on_attribute_decl,
	.notationDecl = on_notation,
	.unparsedEntityDecl = on_unparsed_entity,
	.reference = on_reference,
	.serror = on_error,
};

/* ---- feeding ---- */

static int
xml_complaint(struct reader *r)
{
	const xmlError *e = xmlCtxtGetLastError(r->xml);
	const char *text = e && e->message ? e->message : "not well-formed XML";
	int n = (int)strcspn(text, "\n");

	return img_fail(r->err, IMG_E_FORMAT, "line %d: %.*s", e ? e->line : 0, n > 160 ? 160 : n, text);
}

/* One piece of text. */
static int
feed(struct reader *r, const char *text, size_t len)
{
	int bad = xmlParseChunk(r->xml, text, (int)len, 0);

	if (r->rc || r->done)
		return r->rc;
	if (bad || !r->xml->wellFormed)
		return xml_complaint(r);
	if (r->xml->input && r->xml->input->end - r->xml->input->cur > MAX_WAITING)
		return img_fail(r->err, IMG_E_LIMIT, "line %ld: a tag or comment of more than %d KiB", line_of(r),
				MAX_WAITING >> 10);
	return 0;
}

static int
feed_all(struct reader *r, struct img_source *s, uint64_t off, uint64_t len)
{
	img_autofree char *piece = malloc(PIECE);
	int rc = 0;

	if (!piece)
		return img_fail_nomem(r->err);
	for (uint64_t at = 0; at < len && !r->done && !rc;) {
		size_t n = len - at < PIECE ? (size_t)(len - at) : PIECE;

		rc = img_source_read(s, off + at, piece, n, r->err);
		if (!rc && !at && n >= 6 && memcmp(piece, "bplist", 6) == 0)
			return img_fail(r->err, IMG_E_UNSUPPORTED, "a binary property list; only the XML form is in use here");
		at += n;
		if (!rc)
			rc = feed(r, piece, n);
	}
	if (!rc && !r->done)
		rc = img_fail(r->err, IMG_E_FORMAT, "the list is cut: it ends in line %ld, before its outermost element does",
			      line_of(r));
	return rc;
}

static void
reader_done(struct reader *r)
{
	for (unsigned int i = 0; i < IMG_MAX_XML_DEPTH; i++)
		free(r->key[i]);
	img_buf_done(&r->text);
	if (r->xml) {
		xmlFreeDoc(r->xml->myDoc);
		xmlFreeParserCtxt(r->xml);
	}
}

int
img_plist_read(struct img_source *s, uint64_t off, uint64_t len, const struct img_plist_ops *ops, void *ctx,
	       struct img_err *err)
{
	const struct img_limits *limits = img_env_limits(s->env);
	struct reader r = { .ops = ops, .ctx = ctx, .err = err, .leaf = -1, .max_data = (size_t)limits->max_plist };
	xmlSAXHandler sax = handler;
	int rc;

	if (len > limits->max_plist)
		return img_fail(err, IMG_E_LIMIT, "a property list of %" PRIu64 " bytes is over the limit of %" PRIu64, len,
				limits->max_plist);
	if (!len)
		return img_fail(err, IMG_E_FORMAT, "the property list is empty");
	r.xml = xmlCreatePushParserCtxt(&sax, &r, NULL, 0, NULL);
	if (!r.xml)
		return img_fail_nomem(err);
	r.xml->_private = s->env;
	xmlCtxtUseOptions(r.xml, XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOWARNING | XML_PARSE_NOERROR);
	rc = feed_all(&r, s, off, len);
	reader_done(&r);
	return rc;
}

bool
img_plist_at(const struct img_plist_at *at, unsigned int depth, ...)
{
	bool fits = at->depth == depth;
	va_list ap;

	va_start(ap, depth);
	for (unsigned int i = 1; fits && i <= depth; i++) {
		const char *want = va_arg(ap, const char *);

		if (strcmp(want, "*") != 0)
			fits = at->key[i] && strcmp(at->key[i], want) == 0;
	}
	va_end(ap);
	return fits;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Property lists through libxml2 (core/xml_push.h).
 *
 * The push parser calls back per tag and per piece of text.  An element is pushed on a small stack here, its text gathered in
 * one buffer (Base64 decoded on the way), and its end told to the caller.
 *
 * Hostile lists: a document type with declarations of its own is refused before an entity could be used, so that no
 * expansion exists; libxml2's own limits on text (10 MB; a 1 TB image needs more) are lifted and replaced by ours: the
 * size of the list, the depth of the stack, the length of strings, and how much text may wait for the end of a tag. */
#include "config.h"

#include "core/xml.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "core/base64.h"
#include "core/xml_push.h"
#include "img/env.h"

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
	struct xml_push push;		/* first */
	const struct img_plist_ops *ops;
	void *ctx;

	size_t max_data;		/* bytes of one data element */
	bool in_plist, have_value;
	int leaf;			/* element whose text is gathered, or -1 */
	unsigned int n_open;		/* dicts and arrays that are open */
	enum img_plist_type open[IMG_MAX_XML_DEPTH];
	uint64_t n_values[IMG_MAX_XML_DEPTH];	/* in open[i] */
	char *key[IMG_MAX_XML_DEPTH];	/* of the next value in open[i]; owned */
	struct img_plist_at at;
	struct img_buf text;		/* of the leaf */
	struct img_base64 b64;
};

#define REFUSE(r, code, ...)									\
	do {											\
		if (!(r)->push.rc)								\
			xml_push_stop(&(r)->push, img_fail((r)->push.err, code, __VA_ARGS__));	\
	} while (0)

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
			REFUSE(r, IMG_E_FORMAT, "line %ld: a second value after the first", xml_push_line(&r->push));
			return false;
		}
		r->at.key[0] = NULL;
		r->at.index[0] = 0;
	} else {
		if (r->open[d - 1] == IMG_PLIST_DICT && !r->key[d - 1]) {
			REFUSE(r, IMG_E_FORMAT, "line %ld: a value without a key", xml_push_line(&r->push));
			return false;
		}
		if (d >= IMG_MAX_XML_DEPTH) {
			REFUSE(r, IMG_E_LIMIT, "line %ld: more than %d levels of elements", xml_push_line(&r->push), IMG_MAX_XML_DEPTH);
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
	rc = r->ops->begin ? r->ops->begin(r->ctx, &r->at, type, r->push.err) : 0;
	if (rc) {
		xml_push_stop(&r->push, rc);
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
		REFUSE(r, IMG_E_FORMAT, "line %ld: a key without a value", xml_push_line(&r->push));
		return;
	}
	r->n_open = d;
	r->at.depth = d;
	rc = r->ops->end ? r->ops->end(r->ctx, &r->at, type, r->push.err) : 0;
	if (rc)
		xml_push_stop(&r->push, rc);
	else
		leave_value(r);
}

static void
close_key(struct reader *r)
{
	unsigned int d = r->n_open;

	if (!d || r->open[d - 1] != IMG_PLIST_DICT || r->key[d - 1]) {
		REFUSE(r, IMG_E_FORMAT, "line %ld: misplaced key", xml_push_line(&r->push));
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
		rc = img_base64_end(&r->b64, &r->text, r->push.err);
	else if (r->leaf == IMG_PLIST_BOOL && !r->text.len)
		rc = img_buf_add(&r->text, name, strlen(name), r->push.err);
	if (rc)
		return img_note(r->push.err, rc, "line %ld: element <%s>", xml_push_line(&r->push), name);
	r->text.max++;		/* begun with one byte less than there is room for */
	rc = img_buf_add(&r->text, "", 1, r->push.err);
	r->text.len--;
	return rc;
}

static void
close_leaf(struct reader *r, const char *name)
{
	int type = r->leaf, rc = end_text(r, name);

	r->leaf = -1;
	if (rc) {
		xml_push_stop(&r->push, rc);
	} else if (type == ELEM_KEY) {
		close_key(r);
	} else {
		rc = r->ops->value ? r->ops->value(r->ctx, &r->at, (enum img_plist_type)type, &r->text, r->push.err) : 0;
		if (rc)
			xml_push_stop(&r->push, rc);
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

	if (r->push.rc || r->push.done)
		return;
	if (type < 0 || prefix || (type == ELEM_PLIST) == r->in_plist || r->leaf >= 0) {
		REFUSE(r, IMG_E_FORMAT, "line %ld: unexpected element <%.40s>", xml_push_line(&r->push), name);
	} else if (type == ELEM_PLIST) {
		r->in_plist = true;
	} else if (n_attr || n_ns) {
		REFUSE(r, IMG_E_FORMAT, "line %ld: element <%s> has attributes", xml_push_line(&r->push), name);
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

	if (r->push.rc || r->push.done)
		return;
	if (r->leaf >= 0)
		close_leaf(r, (const char *)local);
	else if (type != ELEM_PLIST)
		close_container(r, (enum img_plist_type)type);
	else if (r->have_value)
		r->push.done = true;
	else
		REFUSE(r, IMG_E_FORMAT, "line %ld: the list is empty", xml_push_line(&r->push));
}

static void
on_text(void *ctx, const xmlChar *text, int len)
{
	struct reader *r = ctx;
	int rc;

	if (r->push.rc || r->push.done)
		return;
	if (r->leaf >= 0) {
		if (r->leaf == IMG_PLIST_DATA)
			rc = img_base64_add(&r->b64, (const char *)text, (size_t)len, &r->text, r->push.err);
		else
			rc = img_buf_add(&r->text, text, (size_t)len, r->push.err);
		if (rc)
			xml_push_stop(&r->push, img_note(r->push.err, rc, "line %ld", xml_push_line(&r->push)));
		return;
	}
	for (int i = 0; i < len; i++) {
		if (!strchr(" \t\r\n", text[i]) || !text[i]) {
			REFUSE(r, IMG_E_FORMAT, "line %ld: text between the elements", xml_push_line(&r->push));
			return;
		}
	}
}

/* Declarations inside the document: the ordinary DOCTYPE line of Apple has none. */
static void
refuse_declaration(struct reader *r)
{
	REFUSE(r, IMG_E_FORMAT, "line %ld: the document type declares entities or elements of its own, which no property "
	       "list does", xml_push_line(&r->push));
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
	.reference = xml_push_reference,
	.serror = xml_push_error,
};

/* ---- all of it ---- */

static bool
is_binary(struct img_source *s, uint64_t off, uint64_t len)
{
	uint8_t head[6];

	return len >= sizeof head && !img_source_read(s, off, head, sizeof head, NULL) && !memcmp(head, "bplist", sizeof head);
}

int
img_plist_read(struct img_source *s, uint64_t off, uint64_t len, const struct img_plist_ops *ops, void *ctx,
	       struct img_err *err)
{
	const struct img_limits *limits = img_env_limits(s->env);
	struct reader r = { .push.err = err, .ops = ops, .ctx = ctx, .leaf = -1, .max_data = (size_t)limits->max_plist };
	int rc;

	if (len > limits->max_plist)
		return img_fail(err, IMG_E_LIMIT, "a property list of %" PRIu64 " bytes is over the limit of %" PRIu64, len,
				limits->max_plist);
	if (!len)
		return img_fail(err, IMG_E_FORMAT, "the property list is empty");
	rc = xml_push_run(&r.push, &handler, XML_PARSE_HUGE, false, s, off, len);
	if (!rc && !r.push.done)
		rc = img_fail(err, IMG_E_FORMAT, "the list is cut: it ends in line %ld, before its outermost element does",
			      xml_push_line(&r.push));
	xml_push_end(&r.push);
	if (rc == IMG_E_FORMAT && is_binary(s, off, len))
		rc = img_fail(err, IMG_E_UNSUPPORTED, "a binary property list; only the XML form is in use here");
	for (unsigned int i = 0; i < IMG_MAX_XML_DEPTH; i++)
		free(r.key[i]);
	img_buf_done(&r.text);
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

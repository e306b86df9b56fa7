/* SPDX-License-Identifier: BSD-2-Clause */
/* libxml2's push parser over a source, for core/xml.c and core/xml_elements.c: nobody else sees libxml2. */
#ifndef CORE_XML_PUSH_H
#define CORE_XML_PUSH_H

#include <libxml/parser.h>
#include <stdbool.h>
#include <stdint.h>

#include "img/error.h"

struct img_source;

/* First member of the reader, which is the context of all SAX calls. */
struct xml_push {
	xmlParserCtxtPtr xml;
	int rc;				/* first failure; nothing should be done after it */
	bool done;			/* set by the reader: what follows is not looked at */
	struct img_err *err;
};

/* Fail with @rc, unless something failed before; 0 is passed over. */
void xml_push_stop(struct xml_push *p, int rc);
/* Where the parser is. */
long xml_push_line(const struct xml_push *p);

/* For the handler: a reference to an entity that XML itself does not have; libxml2's own complaints, which are fetched
 * afterwards. */
void xml_push_reference(void *p, const xmlChar *name);
#if LIBXML_VERSION >= 21200
void xml_push_error(void *p, const xmlError *e);
#else
void xml_push_error(void *p, xmlErrorPtr e);
#endif

/* Parse [off, off + len) of @s, piece by piece, until p->done.  @options: beside those that keep it off the network and
 * silent.  @whole: the document must end where the range does.  IMG_E_FORMAT for what is not well formed. */
int xml_push_run(struct xml_push *p, const xmlSAXHandler *handler, int options, bool whole, struct img_source *s, uint64_t off,
		 uint64_t len);
/* After a run, whatever came of it. */
void xml_push_end(struct xml_push *p);

#endif

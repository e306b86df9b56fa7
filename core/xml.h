/* SPDX-License-Identifier: BSD-2-Clause */
/* XML property lists, read as a stream of values from a range of a source.  Neither the text nor a tree of it ever stands
 * in memory; nothing is fetched, no entity is expanded, depth and size are capped. */
#ifndef CORE_XML_H
#define CORE_XML_H

#include <stdbool.h>
#include <stdint.h>

#include "core/limits.h"
#include "core/memory.h"
#include "img/error.h"

enum img_plist_type {
	IMG_PLIST_DICT, IMG_PLIST_ARRAY,
	IMG_PLIST_STRING, IMG_PLIST_INTEGER, IMG_PLIST_REAL, IMG_PLIST_DATE, IMG_PLIST_BOOL, IMG_PLIST_DATA,
};

/* Where a value stands: key[i] is its or its ancestor's key in the dict it belongs to.  Depth 0 is the list's own value
 * (as a rule a dict), key[1] a key of that dict. */
struct img_plist_at {
	unsigned int depth;
	const char *key[IMG_MAX_XML_DEPTH];	/* NULL in an array and for depth 0 */
	uint64_t index[IMG_MAX_XML_DEPTH];	/* how many values came before it in its dict or array */
};

/* What the caller hears, in document order.  Any non-zero answer ends the reading and is returned with its error. */
struct img_plist_ops {
	/* A dict or array begins or ends.  May be NULL. */
	int (*begin)(void *ctx, const struct img_plist_at *at, enum img_plist_type type, struct img_err *err);
	int (*end)(void *ctx, const struct img_plist_at *at, enum img_plist_type type, struct img_err *err);
	/* Anything else.  @value: the text ("true" and "false" for a BOOL), for DATA the decoded bytes; one NUL follows
	 * that len does not count.  The callee may take value->p and put NULL there. */
	int (*value)(void *ctx, const struct img_plist_at *at, enum img_plist_type type, struct img_buf *value,
		     struct img_err *err);
};

/* Does the value stand under exactly these keys?  As many as at->depth; "*" fits any key or array index. */
bool img_plist_at(const struct img_plist_at *at, unsigned int depth, ...);

/* Read [off, off + len) of @s as a property list.  IMG_E_FORMAT: not well formed, or not a property list; IMG_E_LIMIT:
 * over a cap; IMG_E_UNSUPPORTED: a binary one.  What follows the list's end is not looked at. */
int img_plist_read(struct img_source *s, uint64_t off, uint64_t len, const struct img_plist_ops *ops, void *ctx,
		   struct img_err *err);

/* ---- other documents ---- */

struct img_xml_attr {
	const char *name;
	const char *value;	/* @len bytes, no NUL follows */
	size_t len;
};
#define IMG_XML_MAX_ATTRS 16

/* What the caller hears of a document that is no property list, in its order; depth 0 is the outermost element.  Any non-zero
 * answer ends the reading and is returned with its error. */
struct img_xml_ops {
	int (*begin)(void *ctx, unsigned int depth, const char *name, const struct img_xml_attr *attrs, size_t n,
		     struct img_err *err);
	/* @text: what stands in it behind its last child, blanks around it cut off, NUL-terminated. */
	int (*end)(void *ctx, unsigned int depth, const char *name, const char *text, struct img_err *err);
};

/* Read all of @s (core/xml_elements.c).  No document type is accepted, so there are no entities.  Errors as above. */
int img_xml_read(struct img_source *s, const struct img_xml_ops *ops, void *ctx, struct img_err *err);

#endif

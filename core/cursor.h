/* SPDX-License-Identifier: BSD-2-Clause */
/* A cursor over bytes of a file, read in the order of the spec.  Overrun is sticky: values read as zero from then on,
 * and cur_ok says so once, at the end.  So is disagreement between the halves of ISO 9660's both-endian numbers: the
 * little-endian half counts, @uneven says that the other one differs. */
#ifndef CORE_CURSOR_H
#define CORE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/bytes.h"

struct img_cursor {
	const uint8_t *p, *end;
	bool bad, uneven;
};

static inline struct img_cursor
cur_over(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	return (struct img_cursor) { .p = p, .end = len ? p + len : p };	/* no bytes may lie at NULL */
}

static inline bool
cur_ok(const struct img_cursor *c)
{
	return !c->bad;
}

static inline size_t
cur_left(const struct img_cursor *c)
{
	return (size_t)(c->end - c->p);
}

/* The next @n bytes, or NULL. */
static inline const uint8_t *
cur_bytes(struct img_cursor *c, size_t n)
{
	const uint8_t *p = c->p;

	if (c->bad || cur_left(c) < n) {
		c->bad = true;
		return NULL;
	}
	c->p += n;
	return p;
}

static inline void
cur_skip(struct img_cursor *c, size_t n)
{
	(void)cur_bytes(c, n);
}

static inline void
cur_copy(struct img_cursor *c, void *dst, size_t n)
{
	const uint8_t *p = cur_bytes(c, n);

	if (p)
		memcpy(dst, p, n);
	else
		memset(dst, 0, n);
}

/* The next bytes must be @tag (without its NUL). */
static inline void
cur_tag(struct img_cursor *c, const char *tag)
{
	size_t n = strlen(tag);
	const uint8_t *p = cur_bytes(c, n);

	if (p && memcmp(p, tag, n) != 0)
		c->bad = true;
}

#define CUR_INT(name, type, n, load)			\
static inline type					\
name(struct img_cursor *c)				\
{							\
	const uint8_t *p = cur_bytes(c, n);		\
							\
	return p ? load(p) : 0;				\
}

static inline uint8_t
cur_u8(struct img_cursor *c)
{
	const uint8_t *p = cur_bytes(c, 1);

	return p ? *p : 0;
}

CUR_INT(cur_be16, uint16_t, 2, load_be16)
CUR_INT(cur_be32, uint32_t, 4, load_be32)
CUR_INT(cur_be64, uint64_t, 8, load_be64)
CUR_INT(cur_le16, uint16_t, 2, load_le16)
CUR_INT(cur_le32, uint32_t, 4, load_le32)
CUR_INT(cur_le64, uint64_t, 8, load_le64)
#undef CUR_INT

/* The same number little-endian, then big-endian (ECMA-119 7.2.3, 7.3.3). */
static inline uint16_t
cur_both16(struct img_cursor *c)
{
	uint16_t le = cur_le16(c), be = cur_be16(c);

	c->uneven |= le != be;
	return le;
}

static inline uint32_t
cur_both32(struct img_cursor *c)
{
	uint32_t le = cur_le32(c), be = cur_be32(c);

	c->uneven |= le != be;
	return le;
}

#endif

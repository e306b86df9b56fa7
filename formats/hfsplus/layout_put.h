/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves of the layout share: writing one field after another, and forks. */
#ifndef FORMATS_HFSPLUS_LAYOUT_PUT_H
#define FORMATS_HFSPLUS_LAYOUT_PUT_H

#include <string.h>

#include "core/cursor.h"
#include "formats/hfsplus/layout.h"

static inline uint8_t *
put_be16(uint8_t *p, uint16_t v)
{
	store_be16(p, v);
	return p + 2;
}

static inline uint8_t *
put_be32(uint8_t *p, uint32_t v)
{
	store_be32(p, v);
	return p + 4;
}

static inline uint8_t *
put_be64(uint8_t *p, uint64_t v)
{
	store_be64(p, v);
	return p + 8;
}

static inline uint8_t *
put_bytes(uint8_t *p, const void *bytes, size_t n)
{
	memcpy(p, bytes, n);
	return p + n;
}

void hfs_fork_parse(struct img_cursor *c, struct hfs_fork *ret);
uint8_t *hfs_fork_put(uint8_t *p, const struct hfs_fork *f);

#endif

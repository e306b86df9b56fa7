/* SPDX-License-Identifier: BSD-2-Clause */
/* The header of node 0, big-endian. */
#include "config.h"

#include "formats/sparseimage/layout.h"

#include <inttypes.h>
#include <string.h>

#include "core/bytes.h"

int
sprs_header_parse(struct img_cursor *c, struct sprs_header *ret, struct img_err *err)
{
	struct sprs_header h;

	cur_tag(c, "sprs");			/*  0 */
	h.version = cur_be32(c);		/*  4 */
	h.band_sectors = cur_be32(c);		/*  8 */
	h.flags = cur_be32(c);			/* 12 */
	h.n_sectors = cur_be32(c);		/* 16 */
	cur_skip(c, 12);			/* 20 */
	h.n_sectors_again = cur_be32(c);	/* 32: 0 in some images of other writers */
	cur_skip(c, 28);			/* 36 */
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "the header is truncated or lacks its signature");
	if (h.version < 1 || h.version > 3)
		return img_fail(err, IMG_E_UNSUPPORTED, "the header has version %" PRIu32 "; versions up to 3 are known",
				h.version);
	if (!h.band_sectors)
		return img_fail(err, IMG_E_FORMAT, "the header says bands of 0 sectors");
	if (!h.n_sectors)
		return img_fail(err, IMG_E_FORMAT, "the header says that the disk has 0 sectors");
	*ret = h;
	return 0;
}

void
sprs_header_emit(const struct sprs_header *h, uint8_t ret[64])
{
	memset(ret, 0, 64);
	memcpy(ret, "sprs", 4);
	store_be32(ret + 4, h->version);
	store_be32(ret + 8, h->band_sectors);
	store_be32(ret + 12, h->flags);
	store_be32(ret + 16, h->n_sectors);
	store_be32(ret + 32, h->n_sectors_again);
}

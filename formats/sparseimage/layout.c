/* SPDX-License-Identifier: BSD-2-Clause */
/* The heads of the index nodes, big-endian, and where nodes and bands lie.  What other nodes have before their entries is
 * known from a program that writes them and one that reads them; they agree. */
#include "config.h"

#include "formats/sparseimage/layout.h"

#include <inttypes.h>
#include <string.h>

#include "core/bytes.h"
#include "core/checked.h"

int
sprs_header_parse(struct img_cursor *c, struct sprs_header *ret, struct img_err *err)
{
	struct sprs_header h;

	cur_tag(c, "sprs");			/*  0 */
	h.version = cur_be32(c);		/*  4 */
	h.band_sectors = cur_be32(c);		/*  8 */
	h.flags = cur_be32(c);			/* 12 */
	h.n_sectors_low = cur_be32(c);		/* 16 */
	h.next_node = cur_be64(c);		/* 20 */
	h.n_sectors = cur_be64(c);		/* 28: 0 in some images of other writers */
	cur_skip(c, 28);			/* 36 */
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "the header is truncated or lacks its signature");
	if (h.version < 1 || h.version > 3)
		return img_fail(err, IMG_E_UNSUPPORTED, "the header has version %" PRIu32 "; versions up to 3 are known",
				h.version);
	if (!h.band_sectors)
		return img_fail(err, IMG_E_FORMAT, "the header says bands of 0 sectors");
	if (!h.n_sectors_low && !(h.n_sectors >> 32))
		return img_fail(err, IMG_E_FORMAT, "the header says that the disk has 0 sectors");
	*ret = h;
	return 0;
}

void
sprs_header_emit(const struct sprs_header *h, uint8_t ret[SPRS_HEADER])
{
	memset(ret, 0, SPRS_HEADER);
	memcpy(ret, "sprs", 4);
	store_be32(ret + 4, h->version);
	store_be32(ret + 8, h->band_sectors);
	store_be32(ret + 12, h->flags);
	store_be32(ret + 16, h->n_sectors_low);
	store_be64(ret + 20, h->next_node);
	store_be64(ret + 28, h->n_sectors);
}

void
sprs_node_emit(const struct sprs_node *n, uint8_t ret[SPRS_NODE_HEADER])
{
	memset(ret, 0, SPRS_NODE_HEADER);
	memcpy(ret, "sprs", 4);
	store_be32(ret + 4, n->number);
	store_be32(ret + 8, n->flags);
	store_be64(ret + 12, n->next_node);
}

/* ---- places ---- */

uint64_t
sprs_node_first(uint64_t j)
{
	return j ? SPRS_FIRST + (j - 1) * SPRS_NEXT : 0;
}

uint64_t
sprs_node_of(uint64_t i)
{
	return i < SPRS_FIRST ? 0 : 1 + (i - SPRS_FIRST) / SPRS_NEXT;
}

bool
sprs_node_off(uint64_t j, uint64_t band, uint64_t *ret)
{
	uint64_t bands;

	return u64_mul(sprs_node_first(j), band, &bands) && u64_add(bands, j * SPRS_NODE, ret);
}

bool
sprs_band_off(uint64_t i, uint64_t band, uint64_t *ret)
{
	uint64_t node = sprs_node_of(i), at, before;

	return sprs_node_off(node, band, &at) && u64_mul(i - sprs_node_first(node), band, &before) &&
	       u64_add(at, before + SPRS_NODE, ret);
}

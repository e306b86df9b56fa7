/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers of Android sparse images: parse and emit.  Layout: docs/formats/simg.md §1. */
#include "config.h"

#include "formats/simg/layout.h"

#include <inttypes.h>
#include <string.h>

#include "core/bytes.h"

static int
check_header(const struct simg_header *h, struct img_err *err)
{
	if (h->major != 1)
		return img_fail(err, IMG_E_UNSUPPORTED, "the header has version %u.%u; 1 is known", h->major, h->minor);
	if (h->header_size < SIMG_HEADER)
		return img_fail(err, IMG_E_FORMAT, "the header says that it has %u bytes, less than %d", h->header_size,
				SIMG_HEADER);
	if (h->chunk_size < SIMG_CHUNK)
		return img_fail(err, IMG_E_FORMAT, "the header says chunk headers of %u bytes, less than %d", h->chunk_size,
				SIMG_CHUNK);
	if (!h->block || h->block % 4)
		return img_fail(err, IMG_E_FORMAT, "the header says blocks of %" PRIu32 " bytes, no multiple of 4", h->block);
	if (h->block > SIMG_MAX_BLOCK)
		return img_fail(err, IMG_E_LIMIT, "the header says blocks of %" PRIu32 " bytes, more than %d MiB", h->block,
				SIMG_MAX_BLOCK >> 20);
	if (!h->n_blocks)
		return img_fail(err, IMG_E_FORMAT, "the header says that the image has 0 blocks");
	return 0;
}

int
simg_header_parse(struct img_cursor *c, struct simg_header *ret, struct img_err *err)
{
	struct simg_header h;
	int rc;

	cur_tag(c, "\x3a\xff\x26\xed");		/*  0 */
	h.major = cur_le16(c);			/*  4 */
	h.minor = cur_le16(c);			/*  6 */
	h.header_size = cur_le16(c);		/*  8 */
	h.chunk_size = cur_le16(c);		/* 10 */
	h.block = cur_le32(c);			/* 12 */
	h.n_blocks = cur_le32(c);		/* 16 */
	h.n_chunks = cur_le32(c);		/* 20 */
	h.crc = cur_le32(c);			/* 24 */
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "the header is truncated or lacks its signature");
	rc = check_header(&h, err);
	if (rc)
		return rc;
	*ret = h;
	return 0;
}

void
simg_header_emit(const struct simg_header *h, uint8_t ret[SIMG_HEADER])
{
	memcpy(ret, "\x3a\xff\x26\xed", 4);
	store_le16(ret + 4, h->major);
	store_le16(ret + 6, h->minor);
	store_le16(ret + 8, h->header_size);
	store_le16(ret + 10, h->chunk_size);
	store_le32(ret + 12, h->block);
	store_le32(ret + 16, h->n_blocks);
	store_le32(ret + 20, h->n_chunks);
	store_le32(ret + 24, h->crc);
}

int
simg_chunk_parse(struct img_cursor *c, struct simg_chunk *ret, struct img_err *err)
{
	struct simg_chunk k;

	k.type = cur_le16(c);			/*  0 */
	cur_skip(c, 2);				/*  2: reserved */
	k.n_blocks = cur_le32(c);		/*  4 */
	k.total = cur_le32(c);			/*  8 */
	if (!cur_ok(c))
		return img_fail(err, IMG_E_FORMAT, "truncated: the file ends inside its header");
	*ret = k;
	return 0;
}

void
simg_chunk_emit(const struct simg_chunk *k, uint8_t ret[SIMG_CHUNK])
{
	store_le16(ret, k->type);
	store_le16(ret + 2, 0);
	store_le32(ret + 4, k->n_blocks);
	store_le32(ret + 8, k->total);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing a block map of version 2.0. */
#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "formats/bmap/bmap.h"
#include "img/check.h"

static int __attribute__((format(printf, 3, 4)))
put(struct img_buf *b, struct img_err *err, const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	return img_buf_add(b, line, (size_t)n, err);
}

static int
put_ranges(const struct bmap *b, struct img_buf *out, struct img_err *err)
{
	char hex[2 * IMG_DIGEST_MAX + 1];
	int rc = 0;

	for (size_t i = 0; !rc && i < b->n; i++) {
		const struct bmap_range *r = &b->v[i];

		text_hex(hex, b->sums.p + r->sum, b->digest->size);
		if (r->first == r->last)
			rc = put(out, err, "        <Range chksum=\"%s\"> %" PRIu64 " </Range>\n", hex, r->first);
		else
			rc = put(out, err, "        <Range chksum=\"%s\"> %" PRIu64 "-%" PRIu64 " </Range>\n", hex, r->first, r->last);
	}
	return rc;
}

/* The digest of all, into the place of its digits at @at. */
static int
sign(const struct img_digest *d, struct img_buf *out, size_t at, struct img_err *err)
{
	uint8_t sum[IMG_DIGEST_MAX];
	char hex[2 * IMG_DIGEST_MAX + 1];
	int rc = img_digest_bytes(d, out->p, out->len, sum, err);

	if (rc)
		return rc;
	text_hex(hex, sum, d->size);
	memcpy(out->p + at, hex, 2 * d->size);
	return 0;
}

int
bmap_emit(const struct bmap *b, struct img_buf *ret, struct img_err *err)
{
	char zeros[2 * IMG_DIGEST_MAX + 1];
	size_t at;
	int rc;

	memset(zeros, '0', sizeof zeros);
	zeros[2 * b->digest->size] = '\0';
	rc = put(ret, err, "<?xml version=\"1.0\" ?>\n<bmap version=\"2.0\">\n"
		 "    <ImageSize> %" PRIu64 " </ImageSize>\n    <BlockSize> %" PRIu64 " </BlockSize>\n"
		 "    <BlocksCount> %" PRIu64 " </BlocksCount>\n    <MappedBlocksCount> %" PRIu64 " </MappedBlocksCount>\n"
		 "    <ChecksumType> %s </ChecksumType>\n    <BmapFileChecksum> ",
		 b->size, b->block, b->n_blocks, b->n_mapped, b->digest->name);
	at = ret->len;
	if (!rc)
		rc = put(ret, err, "%s </BmapFileChecksum>\n    <BlockMap>\n", zeros);
	if (!rc)
		rc = put_ranges(b, ret, err);
	if (!rc)
		rc = put(ret, err, "    </BlockMap>\n</bmap>\n");
	return rc ? rc : sign(b->digest, ret, at, err);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* ASIF, the sparse images of macOS 26.  The header is understood, and told; what its tables say of places is known from one
 * reader only and no image to try it on, so that the disk is not read: an image half understood would be a wrong disk. */
#include "config.h"

#include <inttypes.h>

#include "core/cursor.h"
#include "core/text.h"
#include "formats/macfile/forks.h"
#include "img/source.h"

static int
asif_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	uint8_t b[96];
	struct img_cursor c = cur_over(b, sizeof b);
	uint32_t version, chunk, block;
	uint64_t sectors, size;
	char text[TEXT_SIZE_MAX];
	int rc = o->below->size < sizeof b ? img_fail(err, IMG_E_FORMAT, "truncated: the header has %zu bytes, the file %" PRIu64, sizeof b,
						      o->below->size) : img_source_read(o->below, 0, b, sizeof b, err);

	if (rc)
		return rc;
	cur_tag(&c, "shdw");		/*  0 */
	version = cur_be32(&c);		/*  4 */
	cur_skip(&c, 40);
	sectors = cur_be64(&c);		/* 48 */
	cur_skip(&c, 8);
	chunk = cur_be32(&c);		/* 64 */
	block = cur_be16(&c);		/* 68 */
	if (!cur_ok(&c) || !block || sectors > UINT64_MAX / block)
		return img_fail(err, IMG_E_FORMAT, "the header of ASIF makes no sense");
	size = sectors * block;
	return img_fail(err, IMG_E_UNSUPPORTED, "an Apple sparse image of macOS 26 (ASIF, version %" PRIu32 "), a disk of %s in chunks of %"
			PRIu32 " bytes: this build cannot read it yet", version, text_size(text, size), chunk);
}

const struct img_format img_format_asif = {
	.name = "asif",
	.title = "Apple sparse image (ASIF)",
	.suffixes = ".asif",
	.magics = (const struct img_magic[]) { { "shdw", 4, IMG_FROM_START, 0 }, { 0 } },
	.open = asif_open,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Stored CRC-32s as checks.
 *
 * A CRC chunk sums all blocks before it.  Of several, each is turned into the sum of what lies between it and the one before,
 * so that every byte is summed once and a failure says where; CRC-32 can be taken apart: that of A and B is that of A, moved
 * by the length of B, xor that of B.
 *
 * By the format's definition don't-care blocks count as zeros and a fill counts in full.  libsparse's writer feeds one block
 * of a fill and nothing of don't-care (observed: its source): where that makes a difference a mismatch only warns. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/bytes.h"
#include "formats/simg/reader.h"
#include "img/check.h"

static int
add_check(struct simg *p, struct img_check *c, uint64_t from, uint64_t to, uint32_t crc, struct img_checks *ret,
	  struct img_err *err)
{
	uint64_t block = p->header.block;
	int rc = img_slice(&p->src, from * block, (to - from) * block, &c->over, err);

	if (rc)
		return rc;
	c->digest = &img_digest_crc32;
	store_be32(c->expect, crc);
	rc = img_checks_add(ret, c, err);
	if (rc)
		img_unref(c->over);
	return rc;
}

int
simg_checks(struct img_source *s, struct img_checks *ret, struct img_err *err)
{
	struct simg *p = (struct simg *)s;
	uint64_t from = 0;
	uint32_t before = 0;
	int rc = 0;

	for (size_t i = 0; !rc && i < p->n_sums; i++) {
		const struct simg_sum *m = &p->sum[i];
		uint64_t len = (m->n_blocks - from) * p->header.block;
		uint32_t own = m->crc ^ (uint32_t)img_digest_crc32.combine(before, 0, len);
		struct img_check c = { .code = "simg-crc-chunk", .advisory = m->doubtful };

		if (len)
			snprintf(c.name, sizeof c.name, "blocks %" PRIu64 " to %" PRIu64, from, m->n_blocks - 1);
		else
			snprintf(c.name, sizeof c.name, "the CRC chunk before block %" PRIu64, m->n_blocks);
		if (len || own)
			rc = add_check(p, &c, from, m->n_blocks, own, ret, err);
		from = m->n_blocks;
		before = m->crc;
	}
	if (!rc && p->header.crc) {
		struct img_check c = { .code = "simg-header-crc", .name = "the image", .advisory = p->doubtful };

		rc = add_check(p, &c, 0, p->header.n_blocks, p->header.crc, ret, err);
	}
	return rc;
}

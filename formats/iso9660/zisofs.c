/* SPDX-License-Identifier: BSD-2-Clause */
/* zisofs: files that their writer compressed, block by block.  Whoever reads the disc gets them back plain: every block is
 * a chunk of the stored file, so the engine decodes them on all processors.
 *
 *   v1, 16 bytes: 37 e4 53 96 c9 db d6 07, le32 size, header / 4, log2 of the block size, two zeros
 *   v2, 24 bytes: ef 22 55 a1 bc 1b 95 a0, version 0, header / 4, algorithm, log2 of the block size, le64 size, 4 zeros
 *
 * Then one pointer for every block and one more: le32, in v2 le64, from the start of the file.  Equal neighbours: a block
 * of zeros.  That a file is stored so is said by its ZF entry; the magic alone proves nothing, any file may hold it. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "formats/iso9660/iso.h"
#include "img/codec.h"
#include "img/source.h"

#define MIN_BITS 15
#define MAX_BITS 20		/* v1 stops at 17 (Linux), v2 at 20 (libisofs) */

struct head {
	size_t len, ptr_len;	/* of the header, of a pointer */
	uint8_t bits, method;
	uint64_t size;
};

struct zisofs {
	struct img_source src;
	struct img_source *stored;
	const struct img_codec *codec;
	uint8_t bits;
	uint64_t *ptr;		/* blocks + 1 */
};

static int
zisofs_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct zisofs *z = (const struct zisofs *)s;
	uint64_t i = off >> z->bits, at = i << z->bits, len = UINT64_C(1) << z->bits;

	if (len > s->size - at)
		len = s->size - at;
	*ret = (struct img_extent) { .off = at, .len = len, .kind = IMG_ZERO };
	if (z->ptr[i] == z->ptr[i + 1])
		return 0;
	ret->kind = IMG_DATA;
	ret->from = z->stored;
	ret->at = z->ptr[i];
	ret->stored = z->ptr[i + 1] - z->ptr[i];
	ret->codec = z->codec;
	ret->whole = len;
	return 0;
}

static void
zisofs_destroy(struct img_source *s)
{
	struct zisofs *z = (struct zisofs *)s;

	img_unref(z->stored);
	free(z->ptr);
	free(z);
}

static const struct img_source_ops zisofs_ops = { .map = zisofs_map, .destroy = zisofs_destroy };

bool
iso_zisofs_look(struct img_source *s, struct img_source **ret_stored, uint8_t *ret_bits)
{
	const struct zisofs *z = (const struct zisofs *)s;

	/* the directory record of version 2 says more than ours can */
	if (s->ops != &zisofs_ops || z->codec != &img_codec_zlib || s->size > UINT32_MAX)
		return false;
	*ret_stored = z->stored;
	*ret_bits = z->bits;
	return true;
}

static int
parse_head(const uint8_t p[24], struct head *ret, struct img_err *err)
{
	static const uint8_t v1[8] = { 0x37, 0xe4, 0x53, 0x96, 0xc9, 0xdb, 0xd6, 0x07 };
	static const uint8_t v2[8] = { 0xef, 0x22, 0x55, 0xa1, 0xbc, 0x1b, 0x95, 0xa0 };
	struct head h = { 0 };

	if (!memcmp(p, v1, 8))
		h = (struct head) { .len = 4 * (size_t)p[12], .ptr_len = 4, .bits = p[13], .method = 1,
				    .size = load_le32(p + 8) };
	else if (!memcmp(p, v2, 8) && !p[8])
		h = (struct head) { .len = 4 * (size_t)p[9], .ptr_len = 8, .bits = p[11], .method = p[10],
				    .size = load_le64(p + 12) };
	else
		return img_fail(err, IMG_E_FORMAT, "zisofs: the file has no zisofs header");
	if (h.len < (h.ptr_len == 4 ? 16 : 24))
		return img_fail(err, IMG_E_FORMAT, "zisofs: a header of %zu bytes", h.len);
	if (h.bits < MIN_BITS || h.bits > MAX_BITS)
		return img_fail(err, IMG_E_FORMAT, "zisofs: blocks of 2^%u bytes; 2^%d to 2^%d expected", h.bits, MIN_BITS,
				MAX_BITS);
	*ret = h;
	return 0;
}

static int
find_codec(uint8_t method, const struct img_codec **ret, struct img_err *err)
{
	static const char *const names[] = { "?", "zlib", "xz", "lz4", "zstd", "bzip2" };

	switch (method) {
	case 1: *ret = &img_codec_zlib; return 0;
	case 2: *ret = &img_codec_xz; return 0;
	case 5: *ret = &img_codec_bzip2; return 0;
	default:
		return img_fail(err, IMG_E_UNSUPPORTED, "zisofs: compressed by method %u (%s), which this build cannot read",
				method, method < 6 ? names[method] : "?");
	}
}

/* Pointers may only grow and stay in the file. */
static int
read_pointers(struct img_source *stored, const struct head *h, uint64_t n, uint64_t *ptr, struct img_err *err)
{
	size_t len = (size_t)(n * h->ptr_len);
	img_autofree uint8_t *raw = malloc(len);
	int rc;

	if (!raw)
		return img_fail_nomem(err);
	rc = img_source_read(stored, h->len, raw, len, err);
	if (rc)
		return rc;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t low = i ? ptr[i - 1] : h->len + len;

		ptr[i] = h->ptr_len == 4 ? load_le32(raw + 4 * i) : load_le64(raw + 8 * i);
		if (ptr[i] < low || ptr[i] > stored->size)
			return img_fail(err, IMG_E_FORMAT, "zisofs: block %" PRIu64 " begins at %" PRIu64
					", outside %" PRIu64 " to %" PRIu64, i, ptr[i], low, stored->size);
	}
	return 0;
}

static int
load(struct zisofs *z, const struct head *h, struct img_err *err)
{
	uint64_t n = (h->size >> h->bits) + ((h->size & ((UINT64_C(1) << h->bits) - 1)) != 0) + 1;
	int rc;

	if (!span_ok(h->len, 0, z->stored->size) || n > (z->stored->size - h->len) / h->ptr_len)
		return img_fail(err, IMG_E_FORMAT, "zisofs: the table of %" PRIu64 " block pointers does not fit into the %"
				PRIu64 " bytes stored", n, z->stored->size);
	rc = img_array(n, sizeof *z->ptr, img_env_limits(z->src.env)->max_table, "zisofs block pointers", &z->ptr, err);
	return rc ? rc : read_pointers(z->stored, h, n, z->ptr, err);
}

int
iso_zisofs(struct img_source *stored, const struct iso_zf *zf, struct img_source **ret, struct img_err *err)
{
	const struct img_codec *codec = NULL;
	uint8_t buf[24] = { 0 };
	struct zisofs *z;
	struct head h = { 0 };
	int rc;

	if (stored->size < 16)
		return img_fail(err, IMG_E_FORMAT, "zisofs: %" PRIu64 " bytes are less than a header", stored->size);
	rc = img_source_read(stored, 0, buf, stored->size < sizeof buf ? (size_t)stored->size : sizeof buf, err);
	if (!rc)
		rc = parse_head(buf, &h, err);
	if (!rc)
		rc = find_codec(h.method, &codec, err);
	if (rc)
		return rc;
	if (h.size != zf->size)
		return img_fail(err, IMG_E_FORMAT, "zisofs: the file's header says %" PRIu64 " bytes, its directory record %"
				PRIu64, h.size, zf->size);
	z = calloc(1, sizeof *z);
	if (!z)
		return img_fail_nomem(err);
	img_source_init(&z->src, &zisofs_ops, stored->env, "zisofs", h.size, stored->sector_size);
	z->stored = img_ref(stored);
	z->codec = codec;
	z->bits = h.bits;
	rc = load(z, &h, err);
	if (rc) {
		zisofs_destroy(&z->src);
		return rc;
	}
	*ret = &z->src;
	return 0;
}

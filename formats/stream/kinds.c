/* SPDX-License-Identifier: BSD-2-Clause */
/* The decoders that libraries have: zlib, bzip2, liblzma, libzstd.  Each tests the checksums that its streams carry. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#include <zstd_errors.h>
#endif

#include "core/bytes.h"
#include "formats/stream/stream.h"
#include "img/source.h"

/* ---- gzip, RFC 1952 ---- */

static int
gzip_begin(uint64_t max_memory, void **ret, struct img_err *err)
{
	z_stream *z = calloc(1, sizeof *z);

	if (!z || inflateInit2(z, 15 + 16) != Z_OK) {
		free(z);
		return img_fail_nomem(err);
	}
	*ret = z;
	return 0;
}

static int
gzip_step(void *state, struct stream_step *s, struct img_err *err)
{
	z_stream *z = state;
	int rc;

	z->next_in = (Bytef *)(uintptr_t)s->in;
	z->avail_in = (uInt)s->n_in;
	z->next_out = s->out;
	z->avail_out = (uInt)s->n_out;
	rc = inflate(z, Z_NO_FLUSH);
	s->in = z->next_in;
	s->n_in = z->avail_in;
	s->out = z->next_out;
	s->n_out = z->avail_out;
	s->ended = rc == Z_STREAM_END;
	if (rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR)
		return 0;
	if (rc == Z_MEM_ERROR)
		return img_fail_nomem(err);
	if (z->msg && !strcmp(z->msg, "incorrect data check"))
		return img_fail(err, IMG_E_CHECKSUM, "the gzip stream fails its CRC-32");
	if (z->msg && !strcmp(z->msg, "incorrect length check"))
		return img_fail(err, IMG_E_CHECKSUM, "the gzip stream does not have the length it tells");
	return img_fail(err, IMG_E_FORMAT, "the gzip stream is damaged (%s)", z->msg ? z->msg : "inflate");
}

static void
gzip_end(void *state)
{
	inflateEnd(state);
	free(state);
}

static bool
gzip_begins(const uint8_t *p, size_t n)
{
	return n >= 3 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8;
}

const struct stream_kind stream_gzip = {
	.name = "gzip", .codec = "deflate", .sum = "crc32", .padding = true,
	.begin = gzip_begin, .step = gzip_step, .end = gzip_end, .begins = gzip_begins,
};

/* ---- bzip2 ---- */

static int
bzip2_begin(uint64_t max_memory, void **ret, struct img_err *err)
{
	bz_stream *z = calloc(1, sizeof *z);

	if (!z || BZ2_bzDecompressInit(z, 0, 0) != BZ_OK) {
		free(z);
		return img_fail_nomem(err);
	}
	*ret = z;
	return 0;
}

static int
bzip2_step(void *state, struct stream_step *s, struct img_err *err)
{
	bz_stream *z = state;
	int rc;

	z->next_in = (char *)(uintptr_t)s->in;
	z->avail_in = (unsigned int)s->n_in;
	z->next_out = (char *)s->out;
	z->avail_out = (unsigned int)s->n_out;
	rc = BZ2_bzDecompress(z);
	s->in = (const uint8_t *)z->next_in;
	s->n_in = z->avail_in;
	s->out = (uint8_t *)z->next_out;
	s->n_out = z->avail_out;
	s->ended = rc == BZ_STREAM_END;
	if (rc == BZ_OK || rc == BZ_STREAM_END)
		return 0;
	return rc == BZ_MEM_ERROR ? img_fail_nomem(err) :
	       img_fail(err, IMG_E_FORMAT, "the bzip2 stream is damaged, or fails its CRC");
}

static void
bzip2_end(void *state)
{
	BZ2_bzDecompressEnd(state);
	free(state);
}

static bool
bzip2_begins(const uint8_t *p, size_t n)
{
	return n >= 4 && !memcmp(p, "BZh", 3) && p[3] >= '1' && p[3] <= '9';
}

const struct stream_kind stream_bzip2 = {
	.name = "bzip2", .codec = "bzip2", .sum = "crc32",
	.begin = bzip2_begin, .step = bzip2_step, .end = bzip2_end, .begins = bzip2_begins,
};

/* ---- xz and lzip ---- */

static int
lzma_begin(bool lzip, uint64_t max_memory, void **ret, struct img_err *err)
{
	lzma_stream *z = calloc(1, sizeof *z);
	lzma_ret rc = LZMA_MEM_ERROR;

	if (z) {
		*z = (lzma_stream)LZMA_STREAM_INIT;
#ifdef HAVE_LZMA_LZIP_DECODER
		rc = lzip ? lzma_lzip_decoder(z, max_memory, 0) : lzma_stream_decoder(z, max_memory, 0);
#else
		rc = lzip ? LZMA_OPTIONS_ERROR : lzma_stream_decoder(z, max_memory, 0);
#endif
	}
	if (rc == LZMA_OK) {
		*ret = z;
		return 0;
	}
	free(z);
	return rc == LZMA_MEM_ERROR ? img_fail_nomem(err) :
	       img_fail(err, IMG_E_UNSUPPORTED, "this liblzma is too old to read lzip");
}

static int
xz_begin(uint64_t max_memory, void **ret, struct img_err *err)
{
	return lzma_begin(false, max_memory, ret, err);
}

static int
lzip_begin(uint64_t max_memory, void **ret, struct img_err *err)
{
	return lzma_begin(true, max_memory, ret, err);
}

static int
lzma_step(void *state, struct stream_step *s, struct img_err *err)
{
	lzma_stream *z = state;
	lzma_ret rc;

	z->next_in = s->in;
	z->avail_in = s->n_in;
	z->next_out = s->out;
	z->avail_out = s->n_out;
	rc = lzma_code(z, LZMA_RUN);
	s->in = z->next_in;
	s->n_in = z->avail_in;
	s->out = z->next_out;
	s->n_out = z->avail_out;
	s->ended = rc == LZMA_STREAM_END;
	switch (rc) {
	case LZMA_OK:
	case LZMA_STREAM_END:
	case LZMA_BUF_ERROR:		/* no input left: the caller sees that */
		return 0;
	case LZMA_MEM_ERROR:
		return img_fail_nomem(err);
	case LZMA_MEMLIMIT_ERROR:
		return img_fail(err, IMG_E_LIMIT, "the stream asks for %" PRIu64 " bytes of memory", lzma_memusage(z));
	case LZMA_OPTIONS_ERROR:
		return img_fail(err, IMG_E_UNSUPPORTED, "the stream uses options that liblzma does not know");
	default:
		return img_fail(err, IMG_E_FORMAT, "the LZMA stream is damaged, or fails its checksum");
	}
}

static void
lzma_finish(void *state)
{
	lzma_end(state);
	free(state);
}

static bool
xz_begins(const uint8_t *p, size_t n)
{
	return n >= 6 && !memcmp(p, "\xfd" "7zXZ", 6);
}

static bool
lzip_begins(const uint8_t *p, size_t n)
{
	return n >= 5 && !memcmp(p, "LZIP", 4) && p[4] <= 1;
}

const struct stream_kind stream_xz = {
	.name = "xz", .codec = "xz", .sum = "crc64", .padding = true,
	.begin = xz_begin, .step = lzma_step, .end = lzma_finish, .begins = xz_begins, .size = xz_index_size,
};
const struct stream_kind stream_lzip = {
	.name = "lzip", .codec = "lzma", .sum = "crc32",
	.begin = lzip_begin, .step = lzma_step, .end = lzma_finish, .begins = lzip_begins,
};

/* ---- zstd, RFC 8878 ---- */

#ifdef HAVE_ZSTD
static int
zstd_begin(uint64_t max_memory, void **ret, struct img_err *err)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	int log = 27;		/* windows of 128 MiB, as zstd --ultra and --long=27 make them */

	if (!z)
		return img_fail_nomem(err);
	while (log > 10 && (UINT64_C(1) << log) > max_memory)
		log--;
	ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, log);
	*ret = z;
	return 0;
}

static int
zstd_step(void *state, struct stream_step *s, struct img_err *err)
{
	ZSTD_inBuffer in = { s->in, s->n_in, 0 };
	ZSTD_outBuffer out = { s->out, s->n_out, 0 };
	size_t rc = ZSTD_decompressStream(state, &out, &in);

	s->in += in.pos;
	s->n_in -= in.pos;
	s->out += out.pos;
	s->n_out -= out.pos;
	s->ended = rc == 0;
	if (!ZSTD_isError(rc))
		return 0;
	switch (ZSTD_getErrorCode(rc)) {
	case ZSTD_error_memory_allocation:
		return img_fail_nomem(err);
	case ZSTD_error_frameParameter_windowTooLarge:
		return img_fail(err, IMG_E_LIMIT, "the zstd stream asks for a window over the limit");
	case ZSTD_error_checksum_wrong:
		return img_fail(err, IMG_E_CHECKSUM, "the zstd stream fails its checksum");
	default:
		return img_fail(err, IMG_E_FORMAT, "the zstd stream is damaged (%s)", ZSTD_getErrorName(rc));
	}
}

static void
zstd_end(void *state)
{
	ZSTD_freeDStream(state);
}

static bool
zstd_begins(const uint8_t *p, size_t n)
{
	/* skippable frames too */
	return n >= 4 && (load_le32(p) == UINT32_C(0xfd2fb528) || (load_le32(p) & ~UINT32_C(15)) == UINT32_C(0x184d2a50));
}

const struct stream_kind stream_zstd = {
	.name = "zstd", .codec = "zstd", .sum = "xxh64",
	.begin = zstd_begin, .step = zstd_step, .end = zstd_end, .begins = zstd_begins,
};
#endif

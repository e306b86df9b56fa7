/* SPDX-License-Identifier: BSD-2-Clause */
/* .xz files of several blocks, as xz -T writes them.
 *
 *	stream header, block, block, …, index, stream footer; zeros; perhaps another stream
 *
 * The index at the end tells where each block lies and how much it decodes to; a block decodes alone.  So the file is a map
 * of chunks: read anywhere, decoded on all processors.  What a block's header does not tell is the kind of check that
 * follows it: that stands in the stream's header, and so there is a codec for each kind. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <lzma.h>

#include "core/limits.h"
#include "core/memory.h"
#include "formats/stream/chunks.h"
#include "img/codec.h"
#include "img/env.h"
#include "img/source.h"

#define INDEX_MEMORY (UINT64_C(128) << 20)

/* ---- the codecs ---- */

struct block_state {
	uint64_t max_memory;
};

static void *
block_state_new(uint64_t max_memory)
{
	struct block_state *s = calloc(1, sizeof *s);

	if (s)
		s->max_memory = max_memory ? max_memory : UINT64_MAX;
	return s;
}

static void
filters_done(lzma_filter *f)
{
	for (size_t i = 0; i <= LZMA_FILTERS_MAX && f[i].id != LZMA_VLI_UNKNOWN; i++)
		free(f[i].options);
}

static int
block_fail(lzma_ret rc, struct img_err *err)
{
	switch (rc) {
	case LZMA_MEM_ERROR:
		return img_fail_nomem(err);
	case LZMA_OPTIONS_ERROR:
		return img_fail(err, IMG_E_UNSUPPORTED, "the xz block uses options that liblzma does not know");
	default:
		return img_fail(err, IMG_E_FORMAT, "the xz block is damaged, or fails its checksum");
	}
}

/* Read the header of the block at @src; @ret->filters is then owned. */
static int
block_begin(const struct block_state *s, lzma_check check, const uint8_t *src, size_t n_src, lzma_block *ret,
	    struct img_err *err)
{
	lzma_ret rc;

	ret->version = 1;
	ret->check = check;
	ret->filters[0].id = LZMA_VLI_UNKNOWN;
	if (!n_src || !*src)
		return img_fail(err, IMG_E_FORMAT, "the index names a block where there is none");
	ret->header_size = lzma_block_header_size_decode(*src);
	if (ret->header_size > n_src)
		return img_fail(err, IMG_E_FORMAT, "the xz block is shorter than its header");
	rc = lzma_block_header_decode(ret, NULL, src);
	if (rc != LZMA_OK)
		return block_fail(rc, err);
	if (lzma_raw_decoder_memusage(ret->filters) <= s->max_memory)
		return 0;
	filters_done(ret->filters);
	return img_fail(err, IMG_E_LIMIT, "the xz block asks for a dictionary over the limit");
}

static int
block_decode(struct block_state *s, lzma_check check, const uint8_t *src, size_t n_src, uint8_t *dst, size_t n_dst,
	     struct img_err *err)
{
	lzma_filter filters[LZMA_FILTERS_MAX + 1];
	lzma_block b = { .filters = filters };
	int rc = block_begin(s, check, src, n_src, &b, err);
	size_t in = b.header_size, out = 0;
	lzma_ret ret;

	if (rc)
		return rc;
	ret = lzma_block_buffer_decode(&b, NULL, src, &in, n_src, dst, &out, n_dst);
	filters_done(filters);
	if (ret != LZMA_OK)
		return block_fail(ret, err);
	if (out != n_dst || in > n_src || n_src - in > 3)
		return img_fail(err, IMG_E_FORMAT, "the xz block decodes to %zu bytes, the index says %zu", out, n_dst);
	return 0;
}

static int
block_head(struct block_state *s, lzma_check check, const uint8_t *src, size_t n_src, uint8_t *dst, size_t n_dst,
	   size_t *ret_done, struct img_err *err)
{
	lzma_filter filters[LZMA_FILTERS_MAX + 1];
	lzma_block b = { .filters = filters };
	lzma_stream z = LZMA_STREAM_INIT;
	int rc = block_begin(s, check, src, n_src, &b, err);
	lzma_ret ret;

	if (rc)
		return rc;
	ret = lzma_block_decoder(&z, &b);
	z.next_in = src + b.header_size;
	z.avail_in = n_src - b.header_size;
	z.next_out = dst;
	z.avail_out = n_dst;
	while (ret == LZMA_OK && z.avail_out)
		ret = lzma_code(&z, LZMA_RUN);
	*ret_done = n_dst - z.avail_out;
	lzma_end(&z);
	filters_done(filters);
	return ret == LZMA_OK || ret == LZMA_STREAM_END || ret == LZMA_BUF_ERROR ? 0 : block_fail(ret, err);
}

#define CODEC(id, check)											\
static int													\
id##_decode(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, struct img_err *err)		\
{														\
	return block_decode(state, check, src, n_src, dst, n_dst, err);						\
}														\
static int													\
id##_head(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, size_t *ret, struct img_err *err)	\
{														\
	return block_head(state, check, src, n_src, dst, n_dst, ret, err);					\
}														\
static const struct img_codec codec_##id = {									\
	.name = "xz", .state_new = block_state_new, .state_free = free, .decode = id##_decode,			\
	.decode_head = id##_head,										\
}
CODEC(none, LZMA_CHECK_NONE);
CODEC(crc32, LZMA_CHECK_CRC32);
CODEC(crc64, LZMA_CHECK_CRC64);
CODEC(sha256, LZMA_CHECK_SHA256);

static const struct img_codec *
codec_for(lzma_check check)
{
	switch (check) {
	case LZMA_CHECK_NONE:
		return &codec_none;
	case LZMA_CHECK_CRC32:
		return &codec_crc32;
	case LZMA_CHECK_CRC64:
		return &codec_crc64;
	case LZMA_CHECK_SHA256:
		return &codec_sha256;
	default:
		return NULL;
	}
}

/* ---- the index ---- */

#ifdef HAVE_LZMA_FILE_INFO_DECODER
/* liblzma reads it itself, and says where it wants to go on. */
static lzma_index *
read_index(struct img_source *below)
{
	img_autofree uint8_t *buf = malloc(65536);
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_index *index = NULL;
	lzma_ret rc = LZMA_OK;
	uint64_t at = 0;

	if (!buf || lzma_file_info_decoder(&z, &index, INDEX_MEMORY, below->size) != LZMA_OK)
		return NULL;
	while (rc == LZMA_OK) {
		if (!z.avail_in && at < below->size) {
			size_t n = below->size - at < 65536 ? (size_t)(below->size - at) : 65536;

			if (img_source_read(below, at, buf, n, NULL))
				break;
			at += n;
			z.next_in = buf;
			z.avail_in = n;
		}
		rc = lzma_code(&z, LZMA_RUN);
		if (rc == LZMA_SEEK_NEEDED && z.seek_pos <= below->size) {
			at = z.seek_pos;
			z.avail_in = 0;
			rc = LZMA_OK;
		}
	}
	lzma_end(&z);
	if (rc != LZMA_STREAM_END) {
		lzma_index_end(index, NULL);
		return NULL;
	}
	return index;
}
#else
static lzma_index *
read_index(struct img_source *below)
{
	return NULL;
}
#endif

uint64_t
xz_index_size(struct img_source *below)
{
	lzma_index *index = read_index(below);
	uint64_t size = index ? lzma_index_uncompressed_size(index) : 0;

	lzma_index_end(index, NULL);
	return size < IMG_MAX_SIZE ? size : 0;
}

/* ---- the map ---- */

/* IMG_E_UNKNOWN unless all blocks are of a size that can be had apart. */
static int
take_blocks(const lzma_index *index, struct stream_chunks *c, struct img_err *err)
{
	lzma_index_iter it;
	int rc = 0;

	lzma_index_iter_init(&it, index);
	while (!rc && !lzma_index_iter_next(&it, LZMA_INDEX_ITER_NONEMPTY_BLOCK)) {
		const struct img_codec *codec = it.stream.flags ? codec_for(it.stream.flags->check) : NULL;

		rc = !codec ? IMG_E_UNKNOWN :
		     stream_chunks_add(c, it.block.compressed_file_offset, it.block.total_size, it.block.uncompressed_size, codec,
				       xz_sum_name(it.stream.flags->check), err);
	}
	return rc;
}

int
xz_blocks_open(struct img_source *below, struct img_source **ret, struct img_err *err)
{
	lzma_index *index = below->flags & (IMG_HEAD_ONLY | IMG_FORWARD) ? NULL : read_index(below);
	struct stream_chunks *c;
	size_t n_streams;
	int rc;

	if (!index)
		return IMG_E_UNKNOWN;
	n_streams = lzma_index_stream_count(index);
	rc = stream_chunks_new(&stream_xz, below, "block", &c, err);
	if (!rc) {
		rc = take_blocks(index, c, err);
		if (rc)
			stream_chunks_free(c);
		else
			rc = stream_chunks_source(c, n_streams, ret, err);
	}
	lzma_index_end(index, NULL);
	return rc;
}

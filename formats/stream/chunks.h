/* SPDX-License-Identifier: BSD-2-Clause */
/* A stream whose pieces are known and decode apart, as a map of chunks: read anywhere, decoded on all processors. */
#ifndef FORMATS_STREAM_CHUNKS_H
#define FORMATS_STREAM_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/stream/stream.h"

struct img_codec;

/* Larger pieces are as good as one stream: chunks in flight are counted in bytes. */
#define STREAM_MAX_CHUNK (UINT64_C(48) << 20)

struct stream_chunks;

/* May @below be read in many small steps?  Not what comes by, nor what lies on a server. */
bool stream_may_walk(const struct img_source *below);

/* @word: what the pieces are called in reports and messages ("block"); static. */
int stream_chunks_new(const struct stream_kind *k, struct img_source *below, const char *word, struct stream_chunks **ret,
		      struct img_err *err);
/* The next piece: @stored bytes at @at that decode to @whole.  Empty ones are left out.  @sum: the checksum that it carries
 * and that @codec tests, "crc32"; static; NULL: none.  IMG_E_UNKNOWN when a map of such pieces is not worth having, or would be
 * too large. */
int stream_chunks_add(struct stream_chunks *c, uint64_t at, uint64_t stored, uint64_t whole, const struct img_codec *codec,
		      const char *sum, struct img_err *err);
/* All were added; @c is gone, whatever the answer.  IMG_E_UNKNOWN when there is none. */
int stream_chunks_source(struct stream_chunks *c, size_t n_streams, struct img_source **ret, struct img_err *err);
void stream_chunks_free(struct stream_chunks *c);	/* NULL is nothing */

/* A codec's decode_head, for a piece that is a stream of kind @k. */
int stream_head(const struct stream_kind *k, const void *src, size_t n_src, void *dst, size_t n_dst, size_t *ret_done,
		struct img_err *err);

#endif

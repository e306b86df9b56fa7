/* SPDX-License-Identifier: BSD-2-Clause */
/* A codec turns the stored bytes of one chunk into its decoded bytes.  It knows nothing of files or formats. */
#ifndef IMG_CODEC_H
#define IMG_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_codec {
	const char *name;	/* "zlib": lower case, as in reports */
	/* State that one thread reuses from chunk to chunk (decoder tables, streams).  @max_memory: bytes a decoder may
	 * ask for by what its stream says (the dictionary of xz); 0 means no bound.  NULL both: the codec needs none. */
	void *(*state_new)(uint64_t max_memory);
	void (*state_free)(void *state);
	/* Decode all of @src into exactly @n_dst bytes.  Shorter, longer or unused input that the format forbids:
	 * IMG_E_FORMAT with a message that begins with the codec's own words ("the zlib stream is damaged"), IMG_E_LIMIT
	 * over max_memory.  Pure but for @state.  @src and @dst never overlap and have no slack around them. */
	int (*decode)(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, struct img_err *err);
	uint32_t block;		/* nothing comes out before a block of up to so many bytes is through (bzip2); 0: it flows */
	/* Decode only the first @n_dst bytes of a chunk, from the first @n_src of its stored bytes.  *ret_done says how many
	 * bytes came out, fewer when the input did not reach.  NULL where the codec cannot. */
	int (*decode_head)(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, size_t *ret_done,
			   struct img_err *err);
	/* Decode @n_dst bytes from @skip of the chunk on, without what is before them and at no more cost: such a chunk may be
	 * of any size and is never decoded whole to get a part.  NULL where the codec cannot. */
	int (*decode_at)(const void *src, size_t n_src, uint64_t skip, void *dst, size_t n_dst, struct img_err *err);
	/* What one thread reuses from chunk to chunk to encode; no decoder's state carries it.  img_env_encoder_get lends
	 * it.  NULL both: the codec needs none. */
	void *(*encoder_new)(void);
	void (*encoder_free)(void *encoder);
	/* Levels that encode takes, lowest and highest; both 0: there is one way only. */
	int min_level, max_level;
	/* Encode @n_src bytes into at most *io_dst bytes; *io_dst becomes the size.  @level < 0: the codec's own choice.
	 * IMG_E_LIMIT when it does not fit (the chunk is then stored raw), for zlib already when it fits with less than
	 * nine bytes to spare; IMG_E_USAGE for a level that is none.  The bytes depend on @level and @src only.
	 * NULL: this build cannot write it. */
	int (*encode)(void *encoder, int level, const void *src, size_t n_src, void *dst, size_t *io_dst,
		      struct img_err *err);
};

extern const struct img_codec img_codec_zlib;	/* RFC 1950 */
extern const struct img_codec img_codec_bzip2;	/* concatenated streams accepted */
extern const struct img_codec img_codec_xz;	/* one .xz container stream */
extern const struct img_codec img_codec_lzfse;	/* bvx-, bvx1, bvx2, bvxn, bvx$ */
extern const struct img_codec img_codec_lzvn;	/* bare LZVN opcodes, as in decmpfs */
extern const struct img_codec img_codec_adc;

/* All codecs of this build, in the order reports list them; ends with NULL. */
extern const struct img_codec *const img_codecs[];

#endif

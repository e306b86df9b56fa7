/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed streams around any image: gzip, bzip2, xz, lzip, zstd, lz4, compress. */
#ifndef FORMATS_STREAM_STREAM_H
#define FORMATS_STREAM_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"
#include "img/format.h"

struct img_source;

/* One call of a decoder: what is there, what there is room for; both move on. */
struct stream_step {
	const uint8_t *in;
	size_t n_in;
	uint8_t *out;
	size_t n_out;
	bool ended;		/* set at the end of a stream; another may follow */
};

/* Compressed bytes, front to back. */
struct stream_in {
	struct img_source *s;
	uint64_t at;		/* read so far */
	bool end;		/* and there are no more */
};
/* The next bytes: up to @room, fewer only at the end or where the source makes a step.  None: the end. */
int stream_in_read(struct stream_in *in, uint8_t *buf, size_t room, size_t *ret_n, struct img_err *err);

/* Where decoded bytes go. */
struct stream_out {
	/* Room for one byte at least. */
	int (*room)(struct stream_out *o, uint8_t **ret, size_t *ret_n, struct img_err *err);
	/* So many were put there: 0 to go on, 1 for enough, or an error. */
	int (*came)(struct stream_out *o, size_t n, struct img_err *err);
};
/* Bytes that lie elsewhere; answers as came. */
int stream_out_give(struct stream_out *o, const void *bytes, size_t n, struct img_err *err);

/* What decoding told. */
struct stream_facts {
	unsigned int n_streams;
	unsigned int n_sums;	/* checksums that were there, and hold */
	unsigned int n_bare;	/* streams that have none */
	const char *sum;	/* what they are, "crc32": the last one; static */
};

#define STREAM_NEEDS_NO_SUM ""

/* How one kind is decoded front to back.  Checksums in the stream are tested by @step. */
struct stream_kind {
	const char *name;	/* "gzip": also the layer's name */
	const char *codec;	/* "deflate": for the report */
	const char *sum;	/* "crc32": what it carries as a rule; NULL: nothing */
	bool padding;		/* zeros may stand between streams and behind the last */
	int (*begin)(uint64_t max_memory, void **ret, struct img_err *err);
	int (*step)(void *state, struct stream_step *s, struct img_err *err);	/* IMG_E_FORMAT: damaged */
	void (*end)(void *state);
	/* Does another stream begin with these bytes? */
	bool (*begins)(const uint8_t *p, size_t n);
	/* May a chunk of a DMG begin like this?  Then only the end of the file tells (@ends; NULL: it does not tell). */
	bool like_chunk;
	bool (*ends)(struct img_source *s);
	/* At the end of a stream: the checksum that it carried, NULL for none; STREAM_NEEDS_NO_SUM where there is nothing
	 * to sum.  NULL: as @sum says. */
	const char *(*summed)(const void *state);
	/* Bytes it decodes to, where the file says so for certain; 0: it does not.  NULL: it never does. */
	uint64_t (*size)(struct img_source *below);
	/* All of it in another way than by steps. */
	int (*all)(const struct stream_kind *k, struct stream_in *in, struct stream_out *out, struct stream_facts *facts,
		   struct img_err *err);
};

extern const struct stream_kind stream_gzip, stream_bzip2, stream_xz, stream_lzip, stream_zstd, stream_lz4, stream_compress;

/* Decode all that @in gives, stream after stream, or until @out has enough. */
int stream_decode(const struct stream_kind *k, struct stream_in *in, struct stream_out *out, struct stream_facts *facts,
		  struct img_err *err);

/* What lies from byte @from on belongs to nobody: say so, once how much it is is known. */
int stream_left_over(const struct stream_kind *k, struct stream_in *in, uint64_t from, struct img_err *err);

/* Decode all of @below into the work folder, or while the environment peeks only its beginning; the result is a source. */
int stream_open(const struct stream_kind *kind, struct img_source *below, struct img_source **ret, struct img_err *err);

/* An .xz file of several blocks as chunks that decode apart.  IMG_E_UNKNOWN when it has no blocks worth it. */
int xz_blocks_open(struct img_source *below, struct img_source **ret, struct img_err *err);
/* A .gz whose members tell their sizes, and a .zst of several frames that do, as chunks; IMG_E_UNKNOWN as above. */
int gzip_members_open(struct img_source *below, struct img_source **ret, struct img_err *err);
int zstd_frames_open(struct img_source *below, struct img_source **ret, struct img_err *err);
/* Of an lzma_check: "crc64"; NULL: none that is tested. */
const char *xz_sum_name(int check);
/* The size in the index of an .xz file; 0 if it has none. */
uint64_t xz_index_size(struct img_source *below);

extern const struct img_format img_format_gzip, img_format_bzip2, img_format_xz, img_format_lzip, img_format_zstd,
	img_format_lz4, img_format_compress;

#endif

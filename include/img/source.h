/* SPDX-License-Identifier: BSD-2-Clause */
/* The sector stream: a source answers one question, "which bytes, stored where, through which codec, make up offset X?"
 * A reader parses its metadata once, in open; everything after that is immutable and may be used by any thread. */
#ifndef IMG_SOURCE_H
#define IMG_SOURCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_checks;
struct img_codec;
struct img_env;
struct img_rep;
struct img_source;

enum img_kind {
	IMG_HOLE,	/* the format says nobody cares (free space); reads as zeros */
	IMG_ZERO,	/* zeros, however recorded.  Holes of host files are this: output never depends on them */
	IMG_DATA,	/* stored in @from, see struct img_extent */
	IMG_OPAQUE,	/* ops->read makes these bytes: leaves, ciphers, forward streams, authored records */
};

/* What the bytes at some offset are made of.  The chunk is the smallest piece worth decoding; a run may show part of one
 * (a partition that cuts it, the short last cluster of a disk, a small file inside a big block). */
struct img_extent {
	uint64_t off, len;		/* run in this stream; contains the offset asked for; len > 0 */
	enum img_kind kind;
	struct img_source *from;	/* borrowed from the stream that answered; IMG_DATA, and IMG_OPAQUE once resolved */
	uint64_t at, stored;		/* where in @from, and how many bytes there */
	const struct img_codec *codec;	/* NULL: stored as is, and then stored == len */
	uint64_t whole, skip;		/* with a codec: the chunk decodes to @whole bytes, the run begins @skip bytes in */
};

enum img_source_flags {
	IMG_FORWARD = 1 << 0,	/* pipe, .gz: every byte is read once, in order, by one thread; inherited by slices */
	IMG_LOCKED = 1 << 1,	/* to be described only: a password is missing or wrong (every read fails with IMG_E_KEY), or
				 * this build only recognises the format (IMG_E_UNSUPPORTED, or IMG_E_FORMAT: and it is cut) */
	IMG_HEAD_ONLY = 1 << 2,	/* a stream that was only looked at: what lies behind its beginning fails with IMG_E_LIMIT, and
				 * its size may be IMG_MAX_SIZE because nobody knows it */
};

#define IMG_SIZE_UNKNOWN UINT64_MAX	/* size of a source; only with IMG_FORWARD */

/* What a format implements.  Only core/source.c calls these. */
struct img_source_ops {
	/* Describe the run that contains @off: one step, no data read.  Thread-safe.  The answer is checked by
	 * core/source.c; @ret is zeroed before the call. */
	int (*map)(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err);
	/* Only for IMG_OPAQUE runs; all of @len or an error.  Thread-safe unless the source is IMG_FORWARD. */
	int (*read)(struct img_source *s, uint64_t off, void *buf, size_t len, struct img_err *err);
	/* Add what is known about this layer to its report object.  Optional. */
	int (*describe)(struct img_source *s, struct img_rep *rep, struct img_err *err);
	/* Add this layer's stored proofs to @ret (img_checks_add).  Optional. */
	int (*checks)(struct img_source *s, struct img_checks *ret, struct img_err *err);
	/* Say where @off lies in words of the format ("block table 4 \"disk image\": run 212"), for messages.  Optional. */
	void (*where)(struct img_source *s, uint64_t off, char *buf, size_t len);
	/* IMG_HEAD_ONLY: all of what was only looked at, once and front to back.  Optional; see img_source_flow. */
	int (*flow)(struct img_source *s, struct img_source **ret, struct img_err *err);
	/* The disc's track @number, which may be no part of this stream: sound as it is, little-endian, else the user data of its
	 * sectors.  IMG_E_USAGE when there is none.  Optional. */
	int (*track)(struct img_source *s, const char *number, struct img_source **ret, struct img_err *err);
	void (*destroy)(struct img_source *s);
};

/* First member of every format's own struct. */
struct img_source {
	const struct img_source_ops *ops;
	struct img_env *env;	/* what a run shares; outlives every source */
	const char *layer;	/* "udif": static; shown in messages and chains */
	uint64_t size;		/* bytes, never sectors; IMG_SIZE_UNKNOWN only with IMG_FORWARD */
	uint32_t sector_size;	/* a property: 512, 2048, 4096 */
	uint32_t flags;		/* enum img_source_flags */
	atomic_uint refs;
	uint64_t id;		/* never used twice in one env: names the source in caches */
};

/* Fill in the common part of a new source with one reference; the rest of the struct is the format's. */
void img_source_init(struct img_source *s, const struct img_source_ops *ops, struct img_env *env, const char *layer,
		     uint64_t size, uint32_t sector_size);

/* Take another reference and return @s.  Thread-safe. */
struct img_source *img_ref(struct img_source *s);

/* Give one reference back and return NULL; the last one destroys.  NULL is accepted.  Thread-safe. */
struct img_source *img_unref(struct img_source *s);

/* One step of the map, checked: the run is not empty, contains @off and lies inside the stream; its data lie inside
 * @from, the run inside its chunk, the chunk inside the limits.  Thread-safe.  IMG_E_FORMAT when the answer breaks a
 * rule (the file caused it), IMG_E_LIMIT for an outsize chunk, IMG_E_USAGE when @off is at or past the end. */
int img_source_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err);

/* The way a byte takes through the layers: byte ret->off + k of the source asked is byte step[i].off + k of step[i].s.
 * step[0] is the source asked.  A codec ends the way: stored bytes are at ret->at of ret->from. */
#define IMG_TRAIL_MAX 16
struct img_trail {
	unsigned int n;
	struct {
		struct img_source *s;	/* borrowed */
		uint64_t off;
	} step[IMG_TRAIL_MAX];
};

/* Follow plain data down through slices, concatenations and files to the chunk, the zeros, or the source that makes the
 * bytes (then kind is IMG_OPAQUE and from/at name it).  off and len are in the caller's terms.  @trail may be NULL.
 * Runs with the same from, at, codec and skip are equal without reading a byte.  Thread-safe. */
int img_source_resolve(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_trail *trail,
		       struct img_err *err);

/* Read @len bytes at @off, whatever they are made of: the one generic read.  A read that covers a whole chunk decodes
 * straight into @buf; smaller ones go through the chunk cache of the environment, except that the head of a chunk is
 * decoded alone where its codec can.  All of @len or an error.  Thread-safe unless IMG_FORWARD. */
int img_source_read(struct img_source *s, uint64_t off, void *buf, size_t len, struct img_err *err);

/* All of a stream that was only looked at (IMG_HEAD_ONLY), as a source that is IMG_FORWARD and of unknown size; made by
 * core/flow.h.  IMG_E_UNSUPPORTED where what lies below cannot be had so. */
int img_source_flow(struct img_source *s, struct img_source **ret, struct img_err *err);

/* Track @number of a disc whose description or raw sectors @s was opened from.  IMG_E_UNKNOWN where @s is none, or @number no
 * number. */
int img_source_track(struct img_source *s, const char *number, struct img_source **ret, struct img_err *err);

/* Put what the innermost layer with a `where` says of @off in front of @err's message; returns @rc. */
int img_source_note_where(struct img_source *s, uint64_t off, struct img_err *err, int rc);

/* Decode the chunk of @e (from, at, stored, codec, whole) into @buf, which has room for e->whole bytes.  @stored is
 * scratch of at least e->stored bytes, and holds the stored bytes afterwards.  Thread-safe. */
int img_chunk_decode(const struct img_extent *e, void *buf, void *stored, struct img_err *err);

/* The same from the cache of the environment, if a small read has left the chunk there; false: it is not.  Thread-safe. */
bool img_chunk_kept(const struct img_extent *e, void *buf);

/* ---- leaves ---- */

/* @len bytes of @below from @start on.  Takes its own reference.  IMG_E_FORMAT if it does not fit. */
int img_slice(struct img_source *below, uint64_t start, uint64_t len, struct img_source **ret, struct img_err *err);

/* Bytes in memory.  @copy: the leaf keeps a copy; otherwise @bytes must outlive it. */
int img_memory(struct img_env *env, const void *bytes, size_t len, bool copy, struct img_source **ret,
	       struct img_err *err);

/* @len bytes of zeros (IMG_ZERO). */
int img_zeros(struct img_env *env, uint64_t len, struct img_source **ret, struct img_err *err);

/* One piece of a concatenation or of a view: @len bytes of @s from @at on. */
struct img_piece {
	struct img_source *s;	/* borrowed; the result takes its own reference */
	uint64_t at, len;
};

/* The pieces one after another.  Neighbours that continue each other are merged.  All pieces share one env. */
int img_concat(struct img_env *env, const struct img_piece *pieces, size_t n, struct img_source **ret,
	       struct img_err *err);

/* @below with some bytes replaced: every edit @len bytes at @off.  Edits are copied; they may not overlap. */
struct img_edit {
	uint64_t off;
	const void *bytes;
	size_t len;
};
int img_patched(struct img_source *below, const struct img_edit *edits, size_t n, struct img_source **ret,
		struct img_err *err);

/* A regular file or block device of the host.  A regular file is opened again when needed and never held for long; it
 * fails to be read once its size or time differ from now.  Holes are IMG_ZERO. */
int img_file(struct img_env *env, const char *path, struct img_source **ret, struct img_err *err);

/* The same for a name in an open folder, not following a link: for file trees.  @dir_path is for messages and for opening
 * again; it is copied. */
int img_file_at(struct img_env *env, const char *dir_path, const char *name, struct img_source **ret,
		struct img_err *err);

/* What an open descriptor gives.  A regular file or block device is read in place (the descriptor is duplicated); what
 * cannot seek is copied first, into a nameless file in the folder @spool_dir.  *ret_spooled (may be NULL) says so. */
int img_file_fd(struct img_env *env, int fd, const char *spool_dir, struct img_source **ret, bool *ret_spooled,
		struct img_err *err);

/* Is @path the address of a file on a web server (http or https)? */
bool img_is_url(const char *path);

/* That file, read by ranges: what is asked for is fetched when it is asked for, with a small cache of blocks.  Thread-safe.
 * IMG_E_UNSUPPORTED: built without libcurl, or a server that sends no ranges. */
int img_url(struct img_env *env, const char *url, struct img_source **ret, struct img_err *err);

/* The host's own descriptor of the file that @s is, for copies in the kernel; -1 if it is no file.  Valid until
 * img_file_release. */
int img_file_borrow(struct img_source *s, struct img_err *err);
void img_file_release(struct img_source *s, int fd);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* zstd, RFC 8878.
 *
 *	frame, frame, …		magic, descriptor, [window] [dictionary] [content size], blocks, [XXH64, low 32 bits]
 *				or skippable: one of sixteen magics, LE 32 length, anything
 *
 * Frames decode apart.  The seekable format (contrib/seekable_format of zstd) ends with a skippable frame that lists them:
 *
 *	entries (LE 32 stored, LE 32 decoded [, LE 32 checksum]), LE 32 how many, descriptor, LE 32 magic
 *
 * Without it frames are walked by the headers of their blocks, where the first ones tell a content size that is worth a map. */
#include "config.h"

#ifdef HAVE_ZSTD

#include <stdlib.h>
#include <string.h>

#include <zstd.h>
#include <zstd_errors.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "formats/stream/chunks.h"
#include "img/codec.h"
#include "img/env.h"
#include "img/source.h"

#define MAGIC UINT32_C(0xfd2fb528)
#define MAGIC_SKIP UINT32_C(0x184d2a50)		/* and fifteen more */
#define MAGIC_SEEK UINT32_C(0x8f92eab1)
#define HAS_SUM 4				/* in the descriptor */

static bool
is_skippable(const uint8_t *p)
{
	return (load_le32(p) & ~UINT32_C(15)) == MAGIC_SKIP;
}

/* ---- front to back ---- */

struct zstd {
	ZSTD_DStream *z;
	uint8_t head[5];	/* of the frame, so much of it */
	size_t n_head;
};

static int
zstd_begin(uint64_t max_memory, void **ret, struct img_err *err)
{
	struct zstd *s = calloc(1, sizeof *s);
	int log = 27;		/* windows of 128 MiB, as zstd --ultra and --long=27 make them */

	if (s)
		s->z = ZSTD_createDStream();
	if (!s || !s->z) {
		free(s);
		return img_fail_nomem(err);
	}
	while (log > 10 && (UINT64_C(1) << log) > max_memory)
		log--;
	ZSTD_DCtx_setParameter(s->z, ZSTD_d_windowLogMax, log);
	*ret = s;
	return 0;
}

static int
zstd_fail(size_t rc, struct img_err *err)
{
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

static int
zstd_step(void *state, struct stream_step *s, struct img_err *err)
{
	struct zstd *f = state;
	ZSTD_inBuffer in = { s->in, s->n_in, 0 };
	ZSTD_outBuffer out = { s->out, s->n_out, 0 };
	size_t n = sizeof f->head - f->n_head, rc = ZSTD_decompressStream(f->z, &out, &in);

	if (n > in.pos)
		n = in.pos;
	memcpy(f->head + f->n_head, s->in, n);
	f->n_head += n;
	s->in += in.pos;
	s->n_in -= in.pos;
	s->out += out.pos;
	s->n_out -= out.pos;
	s->ended = rc == 0;
	return ZSTD_isError(rc) ? zstd_fail(rc, err) : 0;
}

static void
zstd_end(void *state)
{
	ZSTD_freeDStream(((struct zstd *)state)->z);
	free(state);
}

static bool
zstd_begins(const uint8_t *p, size_t n)
{
	return n >= 4 && (load_le32(p) == MAGIC || is_skippable(p));
}

static const char *
zstd_summed(const void *state)
{
	const struct zstd *f = state;

	if (f->n_head == sizeof f->head && is_skippable(f->head))
		return STREAM_NEEDS_NO_SUM;
	return f->n_head == sizeof f->head && (f->head[4] & HAS_SUM) ? "xxh64" : NULL;
}

/* ---- frames ---- */

struct frame {
	uint64_t stored, whole;
	size_t head;		/* bytes of the header */
	bool skippable, sum;
	bool sized;		/* @whole is told */
};

#define HEAD_MAX 18
#define ALONE (UINT64_C(4) << 20)

/* What the header of a frame tells; @stored of a skippable one.  False: it is none. */
static bool
frame_parse(const uint8_t *p, size_t n, struct frame *ret)
{
	static const uint8_t dict[] = { 0, 1, 2, 4 }, size[] = { 0, 2, 4, 8 };
	uint8_t d;
	size_t at, n_size;

	*ret = (struct frame) { 0 };
	if (n < 8 || !zstd_begins(p, n))
		return false;
	if (is_skippable(p)) {
		ret->skippable = true;
		ret->stored = UINT64_C(8) + load_le32(p + 4);
		return true;
	}
	d = p[4];			/* RFC 8878 3.1.1.1.1 */
	n_size = d >> 6 ? size[d >> 6] : (d & 32) != 0;
	at = 5 + !(d & 32) + dict[d & 3];
	if (at + n_size > n)
		return false;
	ret->sum = d & HAS_SUM;
	ret->head = at + n_size;
	ret->sized = n_size > 0;
	for (size_t i = 0; i < n_size; i++)
		ret->whole |= (uint64_t)p[at + i] << (8 * i);
	if (n_size == 2)
		ret->whole += 256;
	return true;
}

static int
frame_head(struct img_source *below, uint64_t at, struct frame *ret, struct img_err *err)
{
	uint8_t buf[HEAD_MAX];
	size_t n = below->size - at < sizeof buf ? (size_t)(below->size - at) : sizeof buf;
	int rc = img_source_read(below, at, buf, n, err);

	return rc ? rc : frame_parse(buf, n, ret) ? 0 : IMG_E_UNKNOWN;
}

static void *
state_new(uint64_t max_memory)
{
	return ZSTD_createDCtx();
}

static void
state_free(void *state)
{
	ZSTD_freeDCtx(state);
}

static int
frame_decode(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, struct img_err *err)
{
	size_t n = ZSTD_decompressDCtx(state, dst, n_dst, src, n_src);

	if (ZSTD_isError(n))
		return zstd_fail(n, err);
	return n == n_dst ? 0 : img_fail(err, IMG_E_FORMAT, "the zstd frame decodes to %zu bytes, not %zu", n, n_dst);
}

static int
frame_decode_head(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, size_t *ret_done,
		  struct img_err *err)
{
	return stream_head(&stream_zstd, src, n_src, dst, n_dst, ret_done, err);
}

static const struct img_codec codec_frame = {
	.name = "zstd", .state_new = state_new, .state_free = state_free, .decode = frame_decode,
	.decode_head = frame_decode_head,
};

/* ---- the seek table ---- */

#define FOOT 9

static int
add_entry(struct img_source *below, struct stream_chunks *c, uint64_t *io_at, uint64_t stored, uint64_t whole, size_t *n,
	  struct img_err *err)
{
	struct frame f;
	int rc;

	if (stored > below->size - *io_at)
		return IMG_E_UNKNOWN;
	rc = stored ? frame_head(below, *io_at, &f, err) : 0;
	if (!rc && stored && !f.skippable)
		rc = stream_chunks_add(c, *io_at, stored, whole, &codec_frame, f.sum ? "xxh64" : NULL, err);
	*io_at += stored;
	++*n;
	return rc;
}

static int
read_table(struct img_source *below, struct stream_chunks *c, size_t *ret_n, struct img_err *err)
{
	img_autofree uint8_t *table = NULL;
	uint8_t foot[FOOT], head[8];
	uint64_t n, len, at = 0;
	size_t entry;
	int rc;

	if (below->size < FOOT + 8)
		return IMG_E_UNKNOWN;
	rc = img_source_read(below, below->size - FOOT, foot, FOOT, err);
	if (rc || load_le32(foot + 5) != MAGIC_SEEK || (foot[4] & 0x7c))
		return rc ? rc : IMG_E_UNKNOWN;
	entry = foot[4] & 0x80 ? 12 : 8;
	n = load_le32(foot);
	len = n * entry;
	if (len + FOOT + 8 > below->size)
		return IMG_E_UNKNOWN;
	rc = img_source_read(below, below->size - FOOT - len - 8, head, 8, err);
	if (rc || load_le32(head) != MAGIC_SKIP + 14 || load_le32(head + 4) != len + FOOT)
		return rc ? rc : IMG_E_UNKNOWN;
	rc = img_array(len ? len : 1, 1, img_env_limits(below->env)->max_table, "seek table", &table, err);
	if (!rc)
		rc = img_source_read(below, below->size - FOOT - len, table, (size_t)len, err);
	for (uint64_t i = 0; !rc && i < n; i++)
		rc = add_entry(below, c, &at, load_le32(table + i * entry), load_le32(table + i * entry + 4), ret_n, err);
	return rc ? rc : at == below->size - FOOT - len - 8 ? 0 : IMG_E_UNKNOWN;
}

/* ---- frames without a table ---- */

/* Where the frame at @at ends: past its last block. */
static int
walk_blocks(struct img_source *below, uint64_t at, struct frame *f, struct img_err *err)
{
	uint64_t off = at + f->head;
	uint8_t b[3];
	bool last = false;

	while (!last) {
		uint32_t h;
		int rc;

		if (off > below->size || below->size - off < sizeof b)
			return IMG_E_UNKNOWN;
		rc = img_source_read(below, off, b, sizeof b, err);
		if (rc)
			return rc;
		h = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16;
		last = h & 1;
		off += 3 + ((h >> 1 & 3) == 1 ? 1 : h >> 3);	/* of an RLE block one byte is stored */
	}
	f->stored = off - at + (f->sum ? 4 : 0);
	return 0;
}

static int
walk(struct img_source *below, struct stream_chunks *c, size_t *ret_n, struct img_err *err)
{
	uint64_t at = 0, whole = 0;
	int rc = 0;

	while (!rc && at < below->size) {
		struct frame f = { 0 };

		rc = frame_head(below, at, &f, err);
		if (!rc && !f.skippable)
			rc = f.sized && f.whole <= STREAM_MAX_CHUNK ? walk_blocks(below, at, &f, err) : IMG_E_UNKNOWN;
		if (!rc && f.stored > below->size - at)
			rc = IMG_E_UNKNOWN;
		if (!rc && !f.skippable)
			rc = stream_chunks_add(c, at, f.stored, f.whole, &codec_frame, f.sum ? "xxh64" : NULL, err);
		*ret_n += !rc && !f.skippable;
		at += rc ? 0 : f.stored;
		whole += f.whole;
	}
	/* one frame is better decoded as it flows */
	return !rc && *ret_n == 1 && whole > ALONE ? IMG_E_UNKNOWN : rc;
}

static int
open_by(int (*read)(struct img_source *below, struct stream_chunks *c, size_t *ret_n, struct img_err *err),
	struct img_source *below, struct img_source **ret, struct img_err *err)
{
	struct stream_chunks *c;
	size_t n = 0;
	int rc = stream_chunks_new(&stream_zstd, below, "frame", &c, err);

	if (!rc) {
		rc = read(below, c, &n, err);
		if (!rc)
			return stream_chunks_source(c, n, ret, err);
		stream_chunks_free(c);
	}
	return rc;
}

int
zstd_frames_open(struct img_source *below, struct img_source **ret, struct img_err *err)
{
	int rc;

	if (!stream_may_walk(below))
		return IMG_E_UNKNOWN;
	rc = open_by(read_table, below, ret, err);
	return rc == IMG_E_UNKNOWN ? open_by(walk, below, ret, err) : rc;
}

/* The content size of the only frame. */
static uint64_t
zstd_size(struct img_source *below)
{
	struct frame f;

	if (!stream_may_walk(below) || frame_head(below, 0, &f, NULL) || f.skippable || !f.sized ||
	    f.whole <= STREAM_MAX_CHUNK || walk_blocks(below, 0, &f, NULL) || f.stored != below->size)
		return 0;
	return f.whole;
}

const struct stream_kind stream_zstd = {
	.name = "zstd", .codec = "zstd", .sum = "xxh64",
	.begin = zstd_begin, .step = zstd_step, .end = zstd_end, .begins = zstd_begins, .summed = zstd_summed, .size = zstd_size,
};
#endif

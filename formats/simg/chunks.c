/* SPDX-License-Identifier: BSD-2-Clause */
/* Chunks as they are written: kinds are merged, headers are put in once a chunk ends, don't-care waits for what comes after
 * it, so that a file that is cut there needs none. */
#include "config.h"

#include "formats/simg/chunks.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "img/out.h"

#define ROOM (256 << 10)	/* of the buffer */
#define DIRECT (64 << 10)	/* larger pieces go past it */
#define MAX_RAW (64 << 20)	/* bytes of a raw chunk, as libsparse writes them: boot loaders have small buffers */

/* ---- bytes ---- */

static int
flush(struct simg_chunks *c, struct img_err *err)
{
	int rc = c->n_buf ? img_out_write(c->out, c->buf_off, c->buf, c->n_buf, err) : 0;

	c->buf_off = c->pos;
	c->n_buf = 0;
	return rc;
}

static int
put(struct simg_chunks *c, const void *bytes, size_t len, struct img_err *err)
{
	int rc = 0;

	if (len >= DIRECT || c->n_buf + len > ROOM)
		rc = flush(c, err);
	if (!rc && len >= DIRECT) {
		rc = img_out_write(c->out, c->pos, bytes, len, err);
		c->buf_off = c->pos + len;
	} else if (!rc) {
		memcpy(c->buf + c->n_buf, bytes, len);
		c->n_buf += len;
	}
	c->pos += len;
	return rc;
}

/* Bytes that were put before, in other words. */
static int
put_again(struct simg_chunks *c, uint64_t off, const void *bytes, size_t len, struct img_err *err)
{
	if (off < c->buf_off)	/* what is put in one piece is flushed in one piece */
		return img_out_write(c->out, off, bytes, len, err);
	memcpy(c->buf + (off - c->buf_off), bytes, len);
	return 0;
}

/* ---- chunks ---- */

static uint32_t
most_raw(const struct simg_chunks *c)
{
	return MAX_RAW / c->block;
}

static int
end_chunk(struct simg_chunks *c, struct img_err *err)
{
	struct simg_chunk k = { c->open.type, c->open.n_blocks, (uint32_t)(c->pos - c->open.at) };
	uint8_t b[SIMG_CHUNK];

	if (!c->open.type)
		return 0;
	simg_chunk_emit(&k, b);
	c->n++;
	c->open.type = 0;
	return put_again(c, c->open.at, b, sizeof b, err);
}

static int
begin_chunk(struct simg_chunks *c, uint16_t type, uint32_t pattern, struct img_err *err)
{
	uint8_t b[SIMG_CHUNK + 4] = { 0 };
	int rc = end_chunk(c, err);

	if (rc)
		return rc;
	c->open = (struct simg_open_chunk) { type, 0, pattern, c->pos };
	store_le32(b + SIMG_CHUNK, pattern);
	return put(c, b, type == SIMG_FILL || type == SIMG_CRC ? sizeof b : SIMG_CHUNK, err);
}

/* May a block of this kind join the chunk at hand? */
static bool
joins(const struct simg_chunks *c, uint16_t type, uint32_t pattern)
{
	return !c->waiting && c->open.type == type && c->open.pattern == pattern &&
	       (type != SIMG_RAW || c->open.n_blocks < most_raw(c));
}

static int
write_waiting(struct simg_chunks *c, struct img_err *err)
{
	int rc = c->waiting ? begin_chunk(c, SIMG_SKIP, 0, err) : 0;

	if (!rc && c->waiting)
		c->open.n_blocks = c->waiting;
	c->waiting = 0;
	return rc;
}

/* The chunk at hand is of this kind afterwards. */
static int
ensure(struct simg_chunks *c, uint16_t type, uint32_t pattern, struct img_err *err)
{
	int rc;

	if (joins(c, type, pattern))
		return 0;
	rc = write_waiting(c, err);
	return rc ? rc : begin_chunk(c, type, pattern, err);
}

void
simg_chunks_skip(struct simg_chunks *c, uint32_t n_blocks)
{
	c->waiting += n_blocks;
	c->at += n_blocks;
}

int
simg_chunks_fill(struct simg_chunks *c, uint32_t pattern, uint32_t n_blocks, struct img_err *err)
{
	int rc = n_blocks ? ensure(c, SIMG_FILL, pattern, err) : 0;

	c->open.n_blocks += n_blocks;
	c->at += n_blocks;
	return rc;
}

int
simg_chunks_raw(struct simg_chunks *c, const void *bytes, uint32_t n_blocks, struct img_err *err)
{
	const uint8_t *p = bytes;
	int rc = 0;

	while (!rc && n_blocks) {
		uint32_t n;

		rc = ensure(c, SIMG_RAW, 0, err);
		if (rc)
			return rc;
		n = most_raw(c) - c->open.n_blocks;
		if (n > n_blocks)
			n = n_blocks;
		rc = put(c, p, (size_t)n * c->block, err);
		c->open.n_blocks += n;
		c->at += n;
		p += (size_t)n * c->block;
		n_blocks -= n;
	}
	return rc;
}

uint64_t
simg_chunks_room(const struct simg_chunks *c, uint16_t type, uint32_t pattern, uint64_t limit)
{
	uint64_t used = c->pos + SIMG_CHUNK;	/* don't-care up to the end of the image */

	if (!joins(c, type, pattern))
		used += (c->waiting ? 2 * SIMG_CHUNK : SIMG_CHUNK) + (type == SIMG_FILL ? 4 : 0);
	if (used > limit)
		return 0;
	return type == SIMG_FILL ? UINT32_MAX : (limit - used) / c->block;
}

/* ---- the file ---- */

int
simg_chunks_begin(struct simg_chunks *c, struct img_out *out, uint32_t block, uint32_t n_blocks, uint32_t at,
		  struct img_err *err)
{
	static const uint8_t head[SIMG_HEADER];
	uint8_t *buf = c->buf ? c->buf : malloc(ROOM);

	if (!buf)
		return img_fail_nomem(err);
	*c = (struct simg_chunks) { .out = out, .block = block, .n_blocks = n_blocks, .at = at, .waiting = at, .buf = buf };
	return put(c, head, sizeof head, err);
}

int
simg_chunks_finish(struct simg_chunks *c, const uint32_t *crc, struct img_err *err)
{
	struct simg_header h = {
		.major = 1, .header_size = SIMG_HEADER, .chunk_size = SIMG_CHUNK, .block = c->block, .n_blocks = c->n_blocks,
		.crc = crc ? *crc : 0,
	};
	uint8_t b[SIMG_HEADER];
	int rc;

	simg_chunks_skip(c, c->n_blocks - c->at);
	rc = write_waiting(c, err);
	if (!rc && crc)
		rc = begin_chunk(c, SIMG_CRC, *crc, err);
	if (!rc)
		rc = end_chunk(c, err);
	h.n_chunks = c->n;
	simg_header_emit(&h, b);
	if (!rc)
		rc = put_again(c, 0, b, sizeof b, err);
	if (!rc)
		rc = flush(c, err);
	return rc ? rc : img_out_resize(c->out, c->pos, err);
}

void
simg_chunks_done(struct simg_chunks *c)
{
	free(c->buf);
	c->buf = NULL;
}

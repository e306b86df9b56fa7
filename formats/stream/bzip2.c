/* SPDX-License-Identifier: BSD-2-Clause */
/* bzip2 on all processors.
 *
 *	"BZh", level	block, block, …	end: 48 bits 177245385090, CRC-32 of the stream, up to the next byte; another stream
 *	block		48 bits 314159265359, CRC-32, coded data: bits, which begin anywhere in a byte
 *
 * Nothing tells where a block ends, but its first bits are found again: a scan (the caller's thread) cuts the bits at every
 * mark, threads make each piece a stream of its own and decode it with libbz2, which tests its CRC, and the caller takes them in
 * order:
 *
 *	cut (caller) → waits → taken (a thread) → done → put out (caller) → cut …
 *
 * Corners:
 *  1. The bits of a mark may occur by chance within a block (once in 32 TB).  A piece that fails is tried again together with
 *     the next.
 *  2. A block of 900,000 bytes may hold runs: 46 MB of zeros.  Of such a one a thread decodes only the first megabytes, and
 *     the caller all of it once more, as it flows.
 *  3. The CRC of the stream is made of those of its blocks. */
#include "config.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <bzlib.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "core/thread.h"
#include "formats/stream/stream.h"
#include "img/env.h"
#include "img/job.h"
#include "img/source.h"

#define MARK_BLOCK UINT64_C(0x314159265359)
#define MARK_END UINT64_C(0x177245385090)
#define MARK_BITS 48
#define HEAD_BITS (MARK_BITS + 32)	/* and a CRC */

#define READ ((size_t)1 << 20)
#define MOST ((size_t)3 << 20)		/* a coded block: 900,000 symbols of up to 20 bits, and tables */
#define OUT ((size_t)2 << 20)		/* decoded by a thread; more is corner 2 */
#define MAX_THREADS 64

enum stage { FREE, WAITS, TAKEN, DONE };
enum result { WHOLE, LONG, BAD, NO_MEMORY };

struct piece {
	enum stage stage;
	enum result result;
	uint8_t *in, *out;		/* a stream of one block; what it decodes to */
	size_t n_in, n_out, room_in;
	uint64_t n_bits;		/* from the mark on, within @in */
	uint64_t at;			/* in the file, for messages */
	uint32_t crc;
	bool first, last;		/* of a stream */
	uint32_t stream_crc;		/* what the end says; where @last */
};

struct bz {
	struct stream_in *in;
	struct stream_out *put;
	struct stream_facts *facts;
	/* the scan */
	uint8_t *buf;			/* READ + MOST bytes */
	size_t n;
	uint64_t base;			/* of buf, in the file */
	bool hint[256];			/* bytes that are worth a closer look */
	uint8_t level;
	bool first;
	/* the ring */
	struct piece *ring;
	size_t room;
	uint64_t cut, take, head;	/* pieces, counted from the start */
	uint32_t crc;			/* of the blocks of the stream so far */
	unsigned int n_threads;
	pthread_t thread[MAX_THREADS];
	pthread_mutex_t lock;
	pthread_cond_t waits, done;
	bool over;
};

/* ---- bits ---- */

/* @n ≤ 57 bits at bit @at. */
static uint64_t
bits_at(const uint8_t *p, uint64_t at, unsigned int n)
{
	uint64_t v = 0;

	for (unsigned int i = 0; i < 8; i++)
		v = v << 8 | p[at / 8 + i];
	v <<= at % 8;
	return v >> (64 - n);
}

/* Append @n bits of @src from bit @from on behind the @at bits of @dst, whose rest is zeros. */
static void
bits_append(uint8_t *dst, uint64_t at, const uint8_t *src, uint64_t from, uint64_t n)
{
	unsigned int shift = (unsigned int)(from % 8), to = (unsigned int)(at % 8);
	const uint8_t *s = src + from / 8;
	uint8_t *d = dst + at / 8;

	for (uint64_t done = 0; done < n; done += 8, s++, d++) {
		unsigned int k = n - done < 8 ? (unsigned int)(n - done) : 8;
		uint8_t b = (uint8_t)(s[0] << shift);

		if (shift && shift + k > 8)
			b |= (uint8_t)(s[1] >> (8 - shift));
		b &= (uint8_t)(0xff00 >> k);
		d[0] |= (uint8_t)(b >> to);
		if (to && k + to > 8)
			d[1] = (uint8_t)(b << (8 - to));
		else if (k + to >= 8)
			d[1] = 0;
	}
}

static void
bits_put(uint8_t *dst, uint64_t at, uint64_t v, unsigned int n)
{
	uint8_t b[8];

	store_be64(b, v << (64 - n));
	bits_append(dst, at, b, 0, n);
}

/* ---- one piece ---- */

/* Close the stream that the piece is: its end, with the CRC of its only block. */
static void
piece_close(struct piece *p)
{
	uint64_t at = 32 + p->n_bits;

	bits_put(p->in, at, MARK_END, MARK_BITS);
	bits_put(p->in, at + MARK_BITS, p->crc, 32);
	p->n_in = (size_t)((at + HEAD_BITS + 7) / 8);
}

static void
piece_decode(struct piece *p)
{
	bz_stream z = { .next_in = (char *)p->in, .avail_in = (unsigned int)p->n_in, .next_out = (char *)p->out,
			.avail_out = (unsigned int)OUT };
	int rc = BZ2_bzDecompressInit(&z, 0, 0);

	if (rc != BZ_OK) {
		p->result = NO_MEMORY;
		return;
	}
	rc = BZ2_bzDecompress(&z);
	p->n_out = OUT - z.avail_out;
	p->result = rc == BZ_STREAM_END ? WHOLE : rc == BZ_OK && !z.avail_out ? LONG : rc == BZ_MEM_ERROR ? NO_MEMORY : BAD;
	BZ2_bzDecompressEnd(&z);
}

static void *
work(void *arg)
{
	struct bz *b = arg;

	pthread_mutex_lock(&b->lock);
	for (;;) {
		struct piece *p;

		while (!b->over && b->ring[b->take % b->room].stage != WAITS)
			pthread_cond_wait(&b->waits, &b->lock);
		p = &b->ring[b->take % b->room];
		if (b->over)
			break;
		b->take++;
		p->stage = TAKEN;
		pthread_mutex_unlock(&b->lock);
		piece_decode(p);
		pthread_mutex_lock(&b->lock);
		p->stage = DONE;
		pthread_cond_signal(&b->done);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

/* ---- put out, in order ---- */

static int
bad(const struct piece *p, struct img_err *err)
{
	return p->result == NO_MEMORY ? img_fail_nomem(err) :
	       img_fail(err, IMG_E_FORMAT, "the block at %" PRIu64 " of the bzip2 stream is damaged, or fails its CRC-32", p->at);
}

/* All of a piece, as it flows. */
static int
put_long(struct bz *b, struct piece *p, struct img_err *err)
{
	bz_stream z = { .next_in = (char *)p->in, .avail_in = (unsigned int)p->n_in };
	int rc = BZ2_bzDecompressInit(&z, 0, 0), bz = BZ_OK;

	if (rc != BZ_OK)
		return img_fail_nomem(err);
	rc = 0;
	while (!rc && bz == BZ_OK) {
		uint8_t *to;
		size_t n;

		rc = b->put->room(b->put, &to, &n, err);
		if (rc)
			break;
		z.next_out = (char *)to;
		z.avail_out = n < UINT32_MAX ? (unsigned int)n : UINT32_MAX;
		n = z.avail_out;
		bz = BZ2_bzDecompress(&z);
		n -= z.avail_out;
		if ((bz != BZ_OK && bz != BZ_STREAM_END) || (bz == BZ_OK && !n))
			rc = bad(p, err);
		else if (n)
			rc = b->put->came(b->put, n, err);
	}
	BZ2_bzDecompressEnd(&z);
	return rc;
}

static void
wait_done(struct bz *b, struct piece *p)
{
	pthread_mutex_lock(&b->lock);
	while (p->stage != DONE)
		pthread_cond_wait(&b->done, &b->lock);
	pthread_mutex_unlock(&b->lock);
}

static void
give_back(struct bz *b, struct piece *p)
{
	pthread_mutex_lock(&b->lock);
	p->stage = FREE;
	pthread_mutex_unlock(&b->lock);
	b->head++;
}

/* Corner 1: the piece and the next are one block.  The next takes the place of both. */
static int
join_next(struct bz *b, struct piece *p, struct img_err *err)
{
	struct piece *next = &b->ring[(b->head + 1) % b->room];
	uint8_t *both;

	if (p->last || b->head + 1 >= b->cut)
		return bad(p, err);
	wait_done(b, next);
	both = calloc(1, p->n_in + next->n_in + 16);
	if (!both)
		return img_fail_nomem(err);
	bits_append(both, 0, p->in, 0, 32 + p->n_bits);
	bits_append(both, 32 + p->n_bits, next->in, 32, next->n_bits);
	free(next->in);
	next->in = both;
	next->room_in = p->n_in + next->n_in + 16;
	next->n_bits += p->n_bits;
	next->crc = p->crc;
	next->at = p->at;
	next->first = p->first;
	piece_close(next);
	piece_decode(next);
	if (next->result == BAD)
		return bad(p, err);
	give_back(b, p);
	return 0;
}

static int
stream_over(struct bz *b, const struct piece *p, struct img_err *err)
{
	if (b->crc != p->stream_crc)
		return img_fail(err, IMG_E_CHECKSUM, "the bzip2 stream fails its CRC-32 (stored %08" PRIx32 ", found %08" PRIx32 ")",
				p->stream_crc, b->crc);
	b->facts->n_streams++;
	b->facts->n_sums++;
	b->facts->sum = "crc32";
	return 0;
}

/* Put out the piece whose turn it is, waiting for it. */
static int
put_head(struct bz *b, struct img_err *err)
{
	struct piece *p = &b->ring[b->head % b->room];
	int rc = 0;

	wait_done(b, p);
	if (p->result == BAD) {
		rc = join_next(b, p, err);
		if (rc)
			return rc;
		p = &b->ring[b->head % b->room];
	}
	if (p->first)
		b->crc = 0;
	b->crc = (b->crc << 1 | b->crc >> 31) ^ p->crc;
	if (p->result == WHOLE)
		rc = stream_out_give(b->put, p->out, p->n_out, err);
	else
		rc = p->result == LONG ? put_long(b, p, err) : bad(p, err);
	if (!rc && p->last)
		rc = stream_over(b, p, err);
	give_back(b, p);
	return rc;
}

static int
put_all(struct bz *b, struct img_err *err)
{
	int rc = 0;

	while (!rc && b->head < b->cut)
		rc = put_head(b, err);
	return rc;
}

/* What is ready, without waiting. */
static int
put_ready(struct bz *b, struct img_err *err)
{
	int rc = 0;

	while (!rc && b->head < b->cut) {
		const struct piece *p = &b->ring[b->head % b->room];
		bool ready;

		pthread_mutex_lock(&b->lock);
		ready = p->stage == DONE && p->result != BAD;
		pthread_mutex_unlock(&b->lock);
		if (!ready)
			break;
		rc = put_head(b, err);
	}
	return rc;
}

/* ---- the scan ---- */

/* Have @n bytes from byte @from of the buffer on, or all that are left; what lies before is dropped if need be.  *io_from moves
 * then.  Eight bytes of zeros follow what is there. */
static int
have(struct bz *b, size_t *io_from, size_t n, struct img_err *err)
{
	int rc = 0;

	while (!rc && b->n - *io_from < n && !b->in->end) {
		size_t got = 0;

		if (b->n + READ > READ + MOST) {
			memmove(b->buf, b->buf + *io_from, b->n - *io_from);
			b->base += *io_from;
			b->n -= *io_from;
			*io_from = 0;
		}
		rc = stream_in_read(b->in, b->buf + b->n, READ < READ + MOST - b->n ? READ : READ + MOST - b->n, &got, err);
		b->n += got;
		memset(b->buf + b->n, 0, 8);
	}
	return rc;
}

/* What the third byte of a mark may be, by the bit of the first where it begins. */
static void
hints(bool *ret)
{
	memset(ret, 0, 256);
	for (unsigned int shift = 0; shift < 8; shift++) {
		ret[MARK_BLOCK >> (24 + shift) & 255] = true;
		ret[MARK_END >> (24 + shift) & 255] = true;
	}
}

/* The next mark from bit @from on, in @n bytes; UINT64_MAX: none. */
static uint64_t
find_mark(const uint8_t *p, size_t n, uint64_t from, const bool *hint)
{
	for (size_t i = (size_t)(from / 8); i + 6 < n; i++) {
		if (!hint[p[i + 2]])
			continue;
		for (uint64_t at = (uint64_t)i * 8; at < (uint64_t)i * 8 + 8; at++) {
			uint64_t v = bits_at(p, at, MARK_BITS);

			if (at >= from && (v == MARK_BLOCK || v == MARK_END))
				return at;
		}
	}
	return UINT64_MAX;
}

static int
truncated(const struct bz *b, struct img_err *err)
{
	return img_fail(err, IMG_E_FORMAT, "truncated: the bzip2 stream ends in the middle, at %" PRIu64, b->in->at);
}

/* Cut out the block from bit @from to bit @to. */
static int
cut(struct bz *b, uint64_t from, uint64_t to, struct piece **ret, struct img_err *err)
{
	struct piece *p;
	size_t need = (size_t)((to - from) / 8) + 32;
	int rc = b->cut - b->head == b->room ? put_head(b, err) : 0;

	if (rc)
		return rc;
	p = &b->ring[b->cut % b->room];
	if (p->room_in < need) {
		free(p->in);
		p->in = malloc(need);
		p->room_in = p->in ? need : 0;
	}
	if (!p->out)
		p->out = malloc(OUT);
	if (!p->in || !p->out)
		return img_fail_nomem(err);
	memset(p->in, 0, 8);
	memcpy(p->in, "BZh", 3);
	p->in[3] = b->level;
	p->in[4] = 0;
	p->n_bits = to - from;
	p->crc = (uint32_t)bits_at(b->buf, from + MARK_BITS, 32);
	p->at = b->base + from / 8;
	p->first = b->first;
	p->last = false;
	b->first = false;
	bits_append(p->in, 32, b->buf, from, to - from);
	piece_close(p);
	*ret = p;
	return 0;
}

static void
hand_over(struct bz *b, struct piece *p)
{
	pthread_mutex_lock(&b->lock);
	p->stage = WAITS;
	b->cut++;
	pthread_cond_signal(&b->waits);
	pthread_mutex_unlock(&b->lock);
}

/* Of a stream without blocks. */
static int
empty_stream(struct bz *b, uint32_t crc, struct img_err *err)
{
	const struct piece none = { .stream_crc = crc };
	int rc = put_all(b, err);

	b->crc = 0;
	return rc ? rc : stream_over(b, &none, err);
}

/* Where the block ends that begins at bit @bit of byte *io_at: *ret is the bit of the next mark, from there. */
static int
find_end(struct bz *b, size_t *io_at, uint64_t bit, uint64_t *ret, struct img_err *err)
{
	size_t look = 0;	/* bytes searched */
	uint64_t to = UINT64_MAX;

	while (to == UINT64_MAX) {
		int rc = have(b, io_at, look + READ < MOST ? look + READ : MOST, err);

		if (rc)
			return rc;
		to = find_mark(b->buf + *io_at, b->n - *io_at, look > 16 ? (look - 8) * 8 : bit + HEAD_BITS, b->hint);
		look = b->n - *io_at;
		if (to == UINT64_MAX && b->in->end)
			return truncated(b, err);
		if (to == UINT64_MAX && look >= MOST)
			return img_fail(err, IMG_E_FORMAT, "the block at %" PRIu64 " of the bzip2 stream has no end",
					b->base + *io_at);
	}
	*ret = to;
	return have(b, io_at, (size_t)(to / 8) + 16, err);
}

/* Is the mark at bit @bit of byte @at the end of the stream?  Then its CRC, and *io_at is what follows. */
static bool
at_end(const struct bz *b, size_t *io_at, uint64_t bit, uint32_t *ret_crc)
{
	const uint8_t *p = b->buf + *io_at;

	if (bits_at(p, bit, MARK_BITS) != MARK_END)
		return false;
	*ret_crc = (uint32_t)bits_at(p, bit + MARK_BITS, 32);
	*io_at += (size_t)((bit + HEAD_BITS + 7) / 8);
	return true;
}

/* The block at bit *io_bit of byte *io_at; both move behind it.  *ret_over: it was the last. */
static int
one_block(struct bz *b, size_t *io_at, uint64_t *io_bit, bool *ret_over, struct img_err *err)
{
	struct piece *p = NULL;
	uint64_t to = 0;
	int rc;

	if (bits_at(b->buf + *io_at, *io_bit, MARK_BITS) != MARK_BLOCK)
		return img_fail(err, IMG_E_FORMAT, "the bzip2 stream is damaged at %" PRIu64 ": no block begins there",
				b->base + *io_at);
	rc = find_end(b, io_at, *io_bit, &to, err);
	if (!rc)
		rc = cut(b, (uint64_t)*io_at * 8 + *io_bit, (uint64_t)*io_at * 8 + to, &p, err);
	if (rc)
		return rc;
	*io_at += (size_t)(to / 8);
	*io_bit = to % 8;
	p->last = *ret_over = at_end(b, io_at, *io_bit, &p->stream_crc);
	hand_over(b, p);
	if (*io_at > b->n)
		return truncated(b, err);
	return put_ready(b, err);
}

/* All blocks of the stream whose head is at byte *io_at of the buffer; it moves behind. */
static int
one_stream(struct bz *b, size_t *io_at, struct img_err *err)
{
	uint64_t bit = 0;
	bool over = false;
	uint32_t crc;
	int rc = 0;

	b->level = b->buf[*io_at + 3];
	b->first = true;
	*io_at += 4;
	while (!rc && !over) {
		rc = have(b, io_at, 16, err);
		if (rc)
			return rc;
		if (b->n - *io_at < 10)
			return truncated(b, err);
		if (b->first && at_end(b, io_at, bit, &crc))
			return empty_stream(b, crc, err);
		rc = one_block(b, io_at, &bit, &over, err);
	}
	return rc;
}

static bool
begins(const uint8_t *p, size_t n)
{
	return n >= 4 && !memcmp(p, "BZh", 3) && p[3] >= '1' && p[3] <= '9';
}

static int
all_streams(struct bz *b, struct img_err *err)
{
	size_t at = 0;
	int rc = have(b, &at, 16, err);

	hints(b->hint);
	while (!rc && b->n - at >= 4 && begins(b->buf + at, b->n - at)) {
		rc = one_stream(b, &at, err);
		if (!rc)
			rc = have(b, &at, 16, err);
	}
	if (!rc)
		rc = put_all(b, err);
	if (rc || b->n == at)
		return rc;
	if (!b->facts->n_streams)
		return img_fail(err, IMG_E_FORMAT, "the bzip2 stream is damaged: it has no head");
	return stream_left_over(&stream_bzip2, b->in, b->base + at, err);
}

/* ---- begin and end ---- */

static void
finish(struct bz *b)
{
	pthread_mutex_lock(&b->lock);
	b->over = true;
	pthread_cond_broadcast(&b->waits);
	pthread_mutex_unlock(&b->lock);
	for (unsigned int i = 0; i < b->n_threads; i++)
		pthread_join(b->thread[i], NULL);
	for (size_t i = 0; b->ring && i < b->room; i++) {
		free(b->ring[i].in);
		free(b->ring[i].out);
	}
	pthread_cond_destroy(&b->done);
	pthread_cond_destroy(&b->waits);
	pthread_mutex_destroy(&b->lock);
	free(b->ring);
	free(b->buf);
}

static int
decode_all(const struct stream_kind *k, struct stream_in *in, struct stream_out *out, struct stream_facts *facts,
	   struct img_err *err)
{
	struct bz b = { .in = in, .put = out, .facts = facts };
	unsigned int threads = img_processors();
	int rc;

	if (threads > MAX_THREADS)
		threads = MAX_THREADS;
	b.room = 2 * (size_t)threads + 1;
	pthread_mutex_init(&b.lock, NULL);
	pthread_cond_init(&b.waits, NULL);
	pthread_cond_init(&b.done, NULL);
	b.ring = calloc(b.room, sizeof *b.ring);
	b.buf = malloc(READ + MOST + 8);
	while (b.ring && b.buf && b.n_threads < threads && !img_thread(&b.thread[b.n_threads], work, &b))
		b.n_threads++;
	rc = b.n_threads ? all_streams(&b, err) : img_fail_nomem(err);
	finish(&b);
	return rc < 0 ? rc : 0;
}

const struct stream_kind stream_bzip2 = {
	.name = "bzip2", .codec = "bzip2", .sum = "crc32", .begins = begins, .like_chunk = true, .all = decode_all,
};

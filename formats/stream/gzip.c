/* SPDX-License-Identifier: BSD-2-Clause */
/* gzip, RFC 1952.
 *
 *	member, member, …	header [extra field] [name] [comment] [CRC-16], deflate data, CRC-32, length (both LE 32)
 *
 * Front to back, zlib inflates and libdeflate sums: it is many times faster at that.  Two subfields of the extra field tell how
 * long the member is, and then, as it ends with what it decodes to, the members are a map without decoding:
 *
 *	"BC"	BGZF (SAM specification 4.1; bgzip): LE 16, size of the member less one; members of up to 64 KiB
 *	"IG"	indexed gzip (mgzip, pgzip; and what we write): LE 32, size of the member */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>
#include <zlib.h>

#include "core/bytes.h"
#include "formats/stream/chunks.h"
#include "img/codec.h"
#include "img/source.h"

enum { HCRC = 2, EXTRA = 4, NAME = 8, COMMENT = 16, RESERVED = 0xe0 };	/* flags, RFC 1952 2.3.1 */

/* ---- front to back ---- */

enum stage { AT_FIXED, AT_EXTRA_LEN, AT_EXTRA, AT_NAME, AT_COMMENT, AT_HCRC, AT_DATA, AT_SUMS };

struct gzip {
	z_stream z;
	enum stage stage;
	uint8_t flags;
	uint8_t field[10];		/* of the stage, so much of it: */
	size_t n_field;
	size_t skip;			/* left of the extra field */
	uint32_t head_crc, crc;
	uint32_t size;			/* decoded, modulo 2^32 */
};

static int
gzip_begin(uint64_t max_memory, void **ret, struct img_err *err)
{
	struct gzip *g = calloc(1, sizeof *g);

	if (!g || inflateInit2(&g->z, -15) != Z_OK) {
		free(g);
		return img_fail_nomem(err);
	}
	*ret = g;
	return 0;
}

static void
gzip_end(void *state)
{
	inflateEnd(&((struct gzip *)state)->z);
	free(state);
}

/* The stage is over; the next is the first one that the flags ask for. */
static void
go_on(struct gzip *g)
{
	static const uint8_t needs[] = { 0, EXTRA, EXTRA, NAME, COMMENT, HCRC };

	g->n_field = 0;
	do
		g->stage++;
	while (g->stage < AT_DATA && !(g->flags & needs[g->stage]));
}

/* Take bytes into the field until it has @n.  True once it does. */
static bool
take_field(struct gzip *g, struct stream_step *s, size_t n)
{
	while (g->n_field < n && s->n_in) {
		g->field[g->n_field++] = *s->in++;
		s->n_in--;
	}
	return g->n_field == n;
}

static int
take_fixed(struct gzip *g, struct stream_step *s, struct img_err *err)
{
	if (!take_field(g, s, 10))
		return 0;
	if (g->field[0] != 0x1f || g->field[1] != 0x8b || g->field[2] != 8 || (g->field[3] & RESERVED))
		return img_fail(err, IMG_E_FORMAT, "the gzip header is damaged");
	g->flags = g->field[3];
	go_on(g);
	return 0;
}

static int
take_sums(struct gzip *g, struct stream_step *s, struct img_err *err)
{
	if (!take_field(g, s, 8))
		return 0;
	if (load_le32(g->field) != g->crc)
		return img_fail(err, IMG_E_CHECKSUM, "the gzip stream fails its CRC-32 (stored %08x, found %08x)",
				load_le32(g->field), g->crc);
	if (load_le32(g->field + 4) != g->size)
		return img_fail(err, IMG_E_CHECKSUM, "the gzip stream does not have the length it tells");
	s->ended = true;
	return 0;
}

static int
inflate_some(struct gzip *g, struct stream_step *s, struct img_err *err)
{
	const uint8_t *out = s->out;
	int rc;

	g->z.next_in = (Bytef *)(uintptr_t)s->in;
	g->z.avail_in = (uInt)s->n_in;
	g->z.next_out = s->out;
	g->z.avail_out = (uInt)s->n_out;
	rc = inflate(&g->z, Z_NO_FLUSH);
	s->in = g->z.next_in;
	s->n_in = g->z.avail_in;
	s->out = g->z.next_out;
	s->n_out = g->z.avail_out;
	g->crc = libdeflate_crc32(g->crc, out, (size_t)(s->out - out));
	g->size += (uint32_t)(s->out - out);
	if (rc == Z_STREAM_END)
		go_on(g);
	if (rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR)
		return 0;
	return rc == Z_MEM_ERROR ? img_fail_nomem(err) :
	       img_fail(err, IMG_E_FORMAT, "the gzip stream is damaged (%s)", g->z.msg ? g->z.msg : "inflate");
}

/* One step through the header's optional parts. */
static int
take_option(struct gzip *g, struct stream_step *s, struct img_err *err)
{
	size_t n;

	switch (g->stage) {
	case AT_EXTRA_LEN:
		if (take_field(g, s, 2)) {
			g->skip = load_le16(g->field);
			go_on(g);
		}
		return 0;
	case AT_EXTRA:
		n = g->skip < s->n_in ? g->skip : s->n_in;
		s->in += n;
		s->n_in -= n;
		g->skip -= n;
		if (!g->skip)
			go_on(g);
		return 0;
	case AT_NAME:
	case AT_COMMENT:
		s->n_in--;
		if (!*s->in++)
			go_on(g);
		return 0;
	default:	/* AT_HCRC */
		if (!take_field(g, s, 2))
			return 0;
		if (load_le16(g->field) != (g->head_crc & 0xffff))
			return img_fail(err, IMG_E_CHECKSUM, "the gzip header fails its CRC-16");
		go_on(g);
		return 0;
	}
}

static int
gzip_step(void *state, struct stream_step *s, struct img_err *err)
{
	struct gzip *g = state;
	int rc = 0;

	s->ended = false;
	while (!rc && s->n_in && g->stage < AT_DATA) {
		const uint8_t *in = s->in;
		bool sums = g->stage != AT_HCRC;

		rc = g->stage == AT_FIXED ? take_fixed(g, s, err) : take_option(g, s, err);
		if (sums)
			g->head_crc = libdeflate_crc32(g->head_crc, in, (size_t)(s->in - in));
	}
	if (!rc && g->stage == AT_DATA)
		rc = inflate_some(g, s, err);
	if (!rc && g->stage == AT_SUMS)
		rc = take_sums(g, s, err);
	return rc;
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

/* ---- members as chunks ---- */

static void *
member_new(uint64_t max_memory)
{
	return libdeflate_alloc_decompressor();
}

static void
member_free(void *state)
{
	libdeflate_free_decompressor(state);
}

static int
member_decode(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, struct img_err *err)
{
	size_t used = 0;

	if (libdeflate_gzip_decompress_ex(state, src, n_src, dst, n_dst, &used, NULL) != LIBDEFLATE_SUCCESS)
		return img_fail(err, IMG_E_FORMAT, "the gzip member is damaged, or fails its CRC-32");
	return used == n_src ? 0 : img_fail(err, IMG_E_FORMAT, "the gzip member is shorter than it tells");
}

static int
member_head(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, size_t *ret_done, struct img_err *err)
{
	return stream_head(&stream_gzip, src, n_src, dst, n_dst, ret_done, err);
}

static const struct img_codec codec_member = {
	.name = "deflate", .state_new = member_new, .state_free = member_free, .decode = member_decode,
	.decode_head = member_head,
};

#define LOOK 64		/* fixed header, and the subfield, which comes first in what is written in this way */
#define LEAST 28	/* header with the shortest of them, an empty block, sums */

/* How long is the member that begins with these @n bytes?  0: it does not tell. */
static uint64_t
member_size(const uint8_t *p, size_t n)
{
	size_t end, at = 12;

	if (n < 20 || !gzip_begins(p, n) || (p[3] & RESERVED) || !(p[3] & EXTRA))
		return 0;
	end = at + load_le16(p + 10);
	if (end > n)
		end = n;
	while (at + 4 <= end) {
		size_t len = load_le16(p + at + 2);

		if (at + 4 + len > end)
			break;
		if (!memcmp(p + at, "BC", 2) && len == 2)
			return UINT64_C(1) + load_le16(p + at + 4);
		if (!memcmp(p + at, "IG", 2) && len == 4)
			return load_le32(p + at + 4);
		at += 4 + len;
	}
	return 0;
}

/* Walk the members.  Those who do not fill the file to its end, or claim what deflate cannot hold, are no map. */
static int
walk(struct img_source *below, struct stream_chunks *c, size_t *ret_n, struct img_err *err)
{
	uint8_t buf[4 + LOOK];		/* the length of the last member, the head of the next */
	size_t n = below->size < LOOK ? (size_t)below->size : LOOK;
	uint64_t at = 0;
	int rc = img_source_read(below, 0, buf + 4, n, err);

	while (!rc && at < below->size) {
		uint64_t size = member_size(buf + 4, n), whole;

		if (size < LEAST || size > below->size - at)
			return IMG_E_UNKNOWN;
		n = below->size - at - size < LOOK ? (size_t)(below->size - at - size) : LOOK;
		rc = img_source_read(below, at + size - 4, buf, 4 + n, err);
		whole = rc ? 0 : load_le32(buf);
		if (whole > size * 1032)	/* deflate does no better */
			return IMG_E_UNKNOWN;
		if (!rc)
			rc = stream_chunks_add(c, at, size, whole, &codec_member, "crc32", err);
		at += size;
		++*ret_n;
	}
	return rc;
}

int
gzip_members_open(struct img_source *below, struct img_source **ret, struct img_err *err)
{
	struct stream_chunks *c;
	size_t n = 0;
	int rc;

	if (!stream_may_walk(below))
		return IMG_E_UNKNOWN;
	rc = stream_chunks_new(&stream_gzip, below, "member", &c, err);
	if (rc)
		return rc;
	rc = walk(below, c, &n, err);
	if (!rc)
		return stream_chunks_source(c, n, ret, err);
	stream_chunks_free(c);
	return rc;
}

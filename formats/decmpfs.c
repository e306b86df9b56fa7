/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that macOS compressed: their data fork is empty, an attribute says how to make it.
 *
 *   com.apple.decmpfs    "fpmc", le32 type, le64 size, and in types with odd numbers (and 1) the file itself
 *   resource fork        type 4: a real one, with one resource: le32 number of chunks, then le32 offset and size of each;
 *                        8, 10, 12: le32 offsets from the start of the fork, one more than there are chunks
 *
 * A chunk makes 64 KiB.  Where compression did not pay a marker byte is followed by the bytes as they are.  Every chunk is
 * an extent with a codec, so that the engine decodes them on all processors. */
#include "config.h"

#include "formats/decmpfs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/checked.h"
#include "core/memory.h"
#include "img/codec.h"
#include "img/env.h"
#include "img/source.h"

#define CHUNK UINT64_C(65536)
#define HEAD DECMPFS_HEAD

enum marker { NO_MARKER, ALWAYS, ZLIB_MARKER, LZVN_MARKER, LZFSE_MARKER };

struct method {
	uint32_t type;
	bool in_fork;
	enum marker marker;
	const struct img_codec *codec;
};

static const struct method methods[] = {
	{ 1, false, NO_MARKER, NULL },
	{ 3, false, ZLIB_MARKER, &img_codec_zlib },
	{ 4, true, ZLIB_MARKER, &img_codec_zlib },
	{ 5, false, NO_MARKER, NULL },
	{ 7, false, LZVN_MARKER, &img_codec_lzvn },
	{ 8, true, LZVN_MARKER, &img_codec_lzvn },
	{ 9, false, ALWAYS, NULL },
	{ 10, true, ALWAYS, NULL },
	{ 11, false, LZFSE_MARKER, &img_codec_lzfse },
	{ 12, true, LZFSE_MARKER, &img_codec_lzfse },
};

struct chunk {
	uint64_t at, len;
	bool raw;
};

struct decmpfs {
	struct img_source src;
	struct img_source *stored;
	const struct img_codec *codec;
	uint64_t chunk_size;
	struct chunk *chunk;
};

static int
decmpfs_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct decmpfs *d = (const struct decmpfs *)s;
	uint64_t i = off / d->chunk_size, at = i * d->chunk_size;
	uint64_t len = s->size - at < d->chunk_size ? s->size - at : d->chunk_size;
	const struct chunk *c = &d->chunk[i];

	*ret = (struct img_extent) { .off = at, .len = len, .kind = IMG_DATA, .from = d->stored, .at = c->at,
				     .stored = c->len };
	if (!c->raw) {
		ret->codec = d->codec;
		ret->whole = len;
	}
	return 0;
}

static void
decmpfs_destroy(struct img_source *s)
{
	struct decmpfs *d = (struct decmpfs *)s;

	img_unref(d->stored);
	free(d->chunk);
	free(d);
}

static const struct img_source_ops decmpfs_ops = { .map = decmpfs_map, .destroy = decmpfs_destroy };

/* ---- the attribute ---- */

static int
find_method(uint32_t type, const struct method **ret, struct img_err *err)
{
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
		if (methods[i].type == type) {
			*ret = &methods[i];
			return 0;
		}
	if (type == 13 || type == 14)
		return img_fail(err, IMG_E_UNSUPPORTED, "compressed with LZBITMAP (decmpfs type %" PRIu32
				"), which this build cannot read", type);
	return img_fail(err, IMG_E_UNSUPPORTED, "compressed by decmpfs type %" PRIu32 ", which nobody knows", type);
}

int
decmpfs_head_parse(const uint8_t *b, uint64_t size, struct decmpfs_head *ret, struct img_err *err)
{
	struct decmpfs_head h;

	if (size < HEAD)
		return img_fail(err, IMG_E_FORMAT, "%s has %" PRIu64 " bytes, expected %d or more", DECMPFS_ATTR, size, HEAD);
	if (memcmp(b, "fpmc", 4))
		return img_fail(err, IMG_E_FORMAT, "%s does not begin with \"fpmc\"", DECMPFS_ATTR);
	h = (struct decmpfs_head) { .type = load_le32(b + 4), .size = load_le64(b + 8) };
	h.in_fork = h.type == 4 || (h.type >= 8 && h.type <= 14 && h.type % 2 == 0);
	*ret = h;
	return 0;
}

int
decmpfs_head_read(struct img_source *attr, struct decmpfs_head *ret, struct img_err *err)
{
	uint8_t b[HEAD] = { 0 };
	int rc = attr->size < HEAD ? 0 : img_source_read(attr, 0, b, sizeof b, err);

	return rc ? rc : decmpfs_head_parse(b, attr->size, ret, err);
}

/* ---- chunks ---- */

static bool
is_raw(enum marker m, uint8_t first)
{
	switch (m) {
	case ALWAYS:
		return true;
	case ZLIB_MARKER:
		return (first & 0x0f) == 0x0f;
	case LZVN_MARKER:
		return first == 0x06;
	case LZFSE_MARKER:		/* a block of LZFSE begins with 'b' */
		return first == 0xff || first == 0x06;
	default:
		return false;
	}
}

/* Look whether a chunk that makes @want bytes holds them as they are.  Only one that is a byte longer has a marker to look
 * at, so that nearly nothing is read. */
static int
chunk_look(const struct decmpfs *d, const struct method *m, uint64_t i, uint64_t want, struct img_err *err)
{
	struct chunk *c = &d->chunk[i];
	uint8_t first = 0;
	int rc;

	if (m->marker == NO_MARKER) {
		c->raw = c->len == want;
	} else if (c->len == want + 1) {
		rc = img_source_read(d->stored, c->at, &first, 1, err);
		if (rc)
			return rc;
		c->raw = is_raw(m->marker, first);
		c->at += c->raw;
		c->len -= c->raw;
	}
	if (!c->len || (!c->raw && !d->codec))
		return img_fail(err, IMG_E_FORMAT, "chunk %" PRIu64 " has %" PRIu64 " bytes and makes %" PRIu64, i, c->len, want);
	return 0;
}

/* The table of type 4, in the only resource of the fork. */
static int
table_of_resource(struct decmpfs *d, uint64_t n, struct img_err *err)
{
	uint64_t size = d->stored->size, base;
	img_autofree uint8_t *t = NULL;
	uint8_t b[8];
	int rc = size < 16 ? img_fail(err, IMG_E_FORMAT, "a resource fork of %" PRIu64 " bytes", size)
			   : img_source_read(d->stored, 0, b, 4, err);

	if (rc)
		return rc;
	base = (uint64_t)load_be32(b) + 4;
	if (!span_ok(base, 4 + n * 8, size))
		return img_fail(err, IMG_E_FORMAT, "the table of %" PRIu64 " chunks lies outside the resource fork of %" PRIu64
				" bytes", n, size);
	rc = img_source_read(d->stored, base, b, 4, err);
	if (!rc && load_le32(b) != n)
		rc = img_fail(err, IMG_E_FORMAT, "a table of %" PRIu32 " chunks, expected %" PRIu64, load_le32(b), n);
	if (!rc)
		rc = img_array(n, 8, img_env_limits(d->src.env)->max_table, "chunks", &t, err);
	if (!rc)
		rc = img_source_read(d->stored, base + 4, t, (size_t)n * 8, err);
	for (uint64_t i = 0; !rc && i < n; i++) {
		d->chunk[i] = (struct chunk) { .at = base + load_le32(t + 8 * i), .len = load_le32(t + 8 * i + 4) };
		if (!span_ok(d->chunk[i].at, d->chunk[i].len, size))
			rc = img_fail(err, IMG_E_FORMAT, "chunk %" PRIu64 " lies outside the resource fork", i);
	}
	return rc;
}

/* The table of the later types: where chunks begin, and where the last one ends. */
static int
table_of_fork(struct decmpfs *d, uint64_t n, struct img_err *err)
{
	uint64_t size = d->stored->size;
	img_autofree uint8_t *t = NULL;
	int rc;

	if (!span_ok(0, 4 * (n + 1), size))
		return img_fail(err, IMG_E_FORMAT, "the table of %" PRIu64 " chunks is longer than the resource fork of %" PRIu64
				" bytes", n, size);
	rc = img_array(n + 1, 4, img_env_limits(d->src.env)->max_table, "chunks", &t, err);
	if (!rc)
		rc = img_source_read(d->stored, 0, t, (size_t)(n + 1) * 4, err);
	for (uint64_t i = 0; !rc && i < n; i++) {
		uint32_t at = load_le32(t + 4 * i), end = load_le32(t + 4 * i + 4);

		if (at < 4 * (n + 1) || end < at || end > size)
			rc = img_fail(err, IMG_E_FORMAT, "chunk %" PRIu64 " from %" PRIu32 " to %" PRIu32
				      " lies outside the resource fork", i, at, end);
		else
			d->chunk[i] = (struct chunk) { .at = at, .len = end - at };
	}
	return rc;
}

static int
load(struct decmpfs *d, const struct method *m, struct img_err *err)
{
	uint64_t size = d->src.size, n;
	int rc;

	if (!m->in_fork && size > img_env_limits(d->src.env)->max_chunk)
		return img_fail(err, IMG_E_LIMIT, "%" PRIu64 " bytes are said to be in an attribute of %" PRIu64, size,
				d->stored->size);
	d->chunk_size = m->in_fork ? CHUNK : size;
	n = (size - 1) / d->chunk_size + 1;
	/* a chunk has an entry of four bytes at least */
	if (m->in_fork && n > d->stored->size / 4)
		return img_fail(err, IMG_E_FORMAT, "%" PRIu64 " chunks in a resource fork of %" PRIu64 " bytes", n,
				d->stored->size);
	rc = img_array(n, sizeof *d->chunk, img_env_limits(d->src.env)->max_table, "chunks", &d->chunk, err);
	if (rc)
		return rc;
	if (m->type == 4)
		rc = table_of_resource(d, n, err);
	else if (m->in_fork)
		rc = table_of_fork(d, n, err);
	else
		d->chunk[0] = (struct chunk) { .at = HEAD, .len = d->stored->size - HEAD };
	for (uint64_t i = 0; !rc && i < n; i++)
		rc = chunk_look(d, m, i, i + 1 < n ? d->chunk_size : size - i * d->chunk_size, err);
	return rc;
}

int
decmpfs_open(struct img_source *attr, decmpfs_fork_fn *fork, void *ctx, struct img_source **ret, struct img_err *err)
{
	const struct method *m = NULL;
	struct decmpfs_head head;
	struct decmpfs *d;
	int rc = decmpfs_head_read(attr, &head, err);

	if (!rc)
		rc = find_method(head.type, &m, err);
	if (rc)
		return rc;
	if (!head.size || m->type == 5)
		return img_zeros(attr->env, head.size, ret, err);
	d = calloc(1, sizeof *d);
	if (!d)
		return img_fail_nomem(err);
	img_source_init(&d->src, &decmpfs_ops, attr->env, "decmpfs", head.size, attr->sector_size);
	d->codec = m->codec;
	if (m->in_fork)
		rc = fork(ctx, &d->stored, err);
	else
		d->stored = img_ref(attr);
	if (!rc)
		rc = load(d, m, err);
	if (rc) {
		decmpfs_destroy(&d->src);
		return img_note(err, rc, "decmpfs type %" PRIu32, head.type);
	}
	*ret = &d->src;
	return 0;
}

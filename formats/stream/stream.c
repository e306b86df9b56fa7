/* SPDX-License-Identifier: BSD-2-Clause */
/* Compressed streams around any image.  Read this file first.
 *
 * A stream is a container like any other: its bytes are the image's.  Where a file tells of its pieces, it is a map of chunks
 * (chunks.c: xz_blocks.c, gzip.c, zstd.c).  The rest decodes only front to back (decode.c), and is looked at, moved in one
 * pass, or spooled (spooled.c).  That something is a stream does not make it an image: what it holds must be one
 * (wraps_anything). */
#include "config.h"

#include "formats/stream/stream.h"

#include "img/source.h"

static enum img_match
confirm(const struct stream_kind *k, const struct img_open *o)
{
	uint8_t head[16];
	size_t n = o->below->size < sizeof head ? (size_t)o->below->size : sizeof head;

	if (img_source_read(o->below, 0, head, n, NULL) || !k->begins(head, n))
		return IMG_MATCH_NONE;
	/* the data of a DMG begin as its first chunk does; and a compressor stores what does not shrink as it is, the trailer of a
	 * DMG as well */
	return !k->like_chunk || (k->ends && k->ends(o->below)) ? IMG_MATCH_STRUCTURE : IMG_MATCH_MAGIC;
}

static int
xz_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	int rc = xz_blocks_open(o->below, ret, err);

	return rc == IMG_E_UNKNOWN ? stream_open(&stream_xz, o->below, ret, err) : rc;
}

static int
gzip_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	int rc = gzip_members_open(o->below, ret, err);

	return rc == IMG_E_UNKNOWN ? stream_open(&stream_gzip, o->below, ret, err) : rc;
}

#define FORMAT(id, text, ends, type, bytes, opener)						\
static enum img_match										\
id##_confirm(const struct img_open *o)								\
{												\
	return confirm(&stream_##id, o);							\
}												\
const struct img_format img_format_##id = {							\
	.name = #id, .title = text, .suffixes = ends, .mime = type,				\
	.magics = (const struct img_magic[]) { { bytes, sizeof (bytes) - 1, IMG_FROM_START, 0 }, { 0 } },	\
	.confirm = id##_confirm, .open = opener, .wraps_anything = true,			\
}
#define OPEN(id)										\
static int											\
id##_open(const struct img_open *o, struct img_source **ret, struct img_err *err)		\
{												\
	return stream_open(&stream_##id, o->below, ret, err);					\
}

FORMAT(gzip, "gzip stream", ".gz", "application/gzip", "\x1f\x8b", gzip_open);
OPEN(bzip2)
FORMAT(bzip2, "bzip2 stream", ".bz2", "application/x-bzip2", "BZh", bzip2_open);
FORMAT(xz, "xz stream", ".xz", "application/x-xz", "\xfd" "7zXZ", xz_open);
OPEN(lzip)
FORMAT(lzip, "lzip stream", ".lz", "application/x-lzip", "LZIP", lzip_open);
OPEN(lz4)
FORMAT(lz4, "lz4 stream", ".lz4", "application/x-lz4", "\x04\x22\x4d\x18", lz4_open);
OPEN(compress)
FORMAT(compress, "compress stream", ".Z", "application/x-compress", "\x1f\x9d", compress_open);

#ifdef HAVE_ZSTD
static int
zstd_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	int rc = zstd_frames_open(o->below, ret, err);

	return rc == IMG_E_UNKNOWN ? stream_open(&stream_zstd, o->below, ret, err) : rc;
}

static enum img_match
zstd_confirm(const struct img_open *o)
{
	return confirm(&stream_zstd, o);
}
/* A skippable frame may come first, whose signatures differ in four bits. */
#define SKIPS(c) { c "\x2a\x4d\x18", 4, IMG_FROM_START, 0 }
static const struct img_magic zstd_magics[] = {
	{ "\x28\xb5\x2f\xfd", 4, IMG_FROM_START, 0 },
	SKIPS("\x50"), SKIPS("\x51"), SKIPS("\x52"), SKIPS("\x53"), SKIPS("\x54"), SKIPS("\x55"), SKIPS("\x56"), SKIPS("\x57"),
	SKIPS("\x58"), SKIPS("\x59"), SKIPS("\x5a"), SKIPS("\x5b"), SKIPS("\x5c"), SKIPS("\x5d"), SKIPS("\x5e"), SKIPS("\x5f"),
	{ 0 }
};
const struct img_format img_format_zstd = {
	.name = "zstd", .title = "zstd stream", .suffixes = ".zst", .mime = "application/zstd", .magics = zstd_magics,
	.confirm = zstd_confirm, .open = zstd_open, .wraps_anything = true,
};
#endif

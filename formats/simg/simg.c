/* SPDX-License-Identifier: BSD-2-Clause */
/* Android sparse images (simg, libsparse), as fastboot takes them.
 *
 * A header of 28 bytes gives the size of a block (4096 as a rule), the number of blocks of the whole image and the number of
 * chunks.  The chunks follow one after another, each with a header of 12 bytes: its type, how many blocks it makes, how many
 * bytes it takes.  Raw chunks hold their blocks; a fill chunk holds four bytes that are repeated; of a don't-care chunk nobody
 * cares what comes out; a CRC chunk makes nothing and holds the CRC-32 of all before it.  There is no index: open walks the
 * chunks once (read.c) and keeps what is stored as a sorted table.  Don't-care is what lies between (IMG_HOLE).
 *
 * What is too large for a phone's memory comes in several files, each a whole image in which the others' blocks are
 * don't-care.  They are known by their names and joined (parts.c).
 *
 * Corners that bite: header sizes are fields and may be larger; the product of blocks and their size needs 64 bits; the
 * length of the original is not kept, the image ends with a whole block; a file of 40 bytes may stand for 16 TiB of a pattern;
 * libsparse's own checksums do not follow the definition (sums.c).
 *
 * Writing (write.c) goes front to back too, but the header counts the chunks: what cannot seek is spooled. */
#include "config.h"

#include "formats/simg/simg.h"

#include "core/memory.h"
#include "formats/simg/reader.h"

static int
simg_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	img_autounref struct img_source *own = NULL;
	struct img_source *whole = NULL;
	struct simg *file;
	int rc = simg_file_open(o->below, &file, err);

	if (rc)
		return rc;
	own = &file->src;
	simg_note_stray(file);
	rc = simg_parts_open(o, file, &whole, err);
	if (rc)
		return rc;
	*ret = whole ? whole : img_steal(&own);
	return 0;
}

bool
simg_is_whole(struct img_source *file)
{
	struct simg *s;
	bool whole;

	if (simg_file_open(file, &s, NULL))
		return false;
	whole = !s->stray;
	img_unref(&s->src);
	return whole;
}

static enum img_match
simg_confirm(const struct img_open *o)
{
	struct simg_header h;

	return simg_header_read(o->below, &h, NULL) ? IMG_MATCH_MAGIC : IMG_MATCH_STRUCTURE;
}

static const struct img_magic magics[] = {
	{ "\x3a\xff\x26\xed", 4, IMG_FROM_START, 0 },
	{ 0 }
};

const struct img_format img_format_simg = {
	.name = "simg",
	.title = "Android sparse image",
	.suffixes = ".simg",
	.magics = magics,
	.confirm = simg_confirm,
	.open = simg_open,
	.sink = &simg_sink_ops,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* UDIF (.dmg), the descriptor.  Read this file first.
 *
 * An image is a data fork (the stored bytes of all runs, in any order), a property list with the block tables, maybe a
 * resource fork with the same tables, maybe a code signature, and a trailer of 512 bytes ("koly") that says where all this
 * is.  A block table ("mish") covers a range of sectors, as a rule one partition; its runs say for every piece of the
 * range where it is stored and how: raw, in one of five compressions, as zeros, or not at all.
 *
 *   trailer.c     find the trailer and what its offsets count from
 *   segments.c    the files of a split image, joined
 *   plist.c, rsrc.c, resources.c    the resources, from either form
 *   table.c       resources to one sorted array of extents; all rules about runs
 *   read.c        opening, and the map that answers from the array
 *   sums.c        stored checksums; signature.c the code signature; licence.c, describe.c what reports show
 *   layout.c      the records on disk
 *   write.c       the sink: cells, their compression, the data fork, the trailer
 *   write_regions.c, write_plist.c, write_options.c    which tables there are, how they are written, by which method
 *
 * Corners that bite: payloads lie in any order (macOS 11 and later compress in parallel); a table adds an offset of its own
 * to its runs (10.2); the size in the trailer may be 0; "ignore" runs do not count in a table's checksum, zeros do; names
 * are localised and say nothing reliable. */
#include "config.h"

#include "formats/udif/udif.h"

#include <inttypes.h>
#include <string.h>

#include "formats/udif/reader.h"
#include "img/env.h"

/* A compressor or an archive stores what does not shrink as it is, trailer and all, but behind a head of its own: whoever
 * knows that head is surer than a trailer that speaks of something elsewhere. */
static enum img_match
udif_confirm(const struct img_open *o)
{
	struct udif_trailer t;
	int rc = udif_trailer_find(o->below, &t, NULL);

	if (rc)
		return rc == IMG_E_FORMAT ? IMG_MATCH_MAGIC : IMG_MATCH_NONE;
	return t.placed && udif_trailer_fits(o->below, &t) ? IMG_MATCH_STRUCTURE : IMG_MATCH_MAGIC;
}

static int
udif_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	struct udif_trailer t;
	int rc = udif_trailer_find(o->below, &t, err);

	return rc ? rc : udif_open_at(o, &t, ret, err);
}

int
udif_open_displaced(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	struct udif_trailer t;
	int rc = udif_trailer_search(o->below, &t, err);

	if (rc == IMG_E_UNKNOWN) {
		int damaged = udif_trailer_damaged(o->below, err);

		return damaged ? damaged : rc;
	}
	if (rc)
		return rc;
	img_problem(o->env, IMG_WARNING, "udif-displaced", "%" PRIu64 " bytes that do not belong to the image follow its trailer",
		    o->below->size - t.pos - KOLY_SIZE);
	return udif_open_at(o, &t, ret, err);
}

bool
udif_looks_cut(struct img_source *file)
{
	static const struct {
		const char *bytes;
		size_t n;
	} heads[] = {
		{ "\x78\x01", 2 }, { "\x78\x5e", 2 }, { "\x78\x9c", 2 }, { "\x78\xda", 2 },	/* zlib */
		{ "BZh1", 4 },				/* of a chunk of one sector; whole files say 9 */
		{ "bvx", 3 },				/* LZFSE */
		{ "\xfd" "7zXZ\0\0\0", 8 },		/* xz without a check: what hdiutil writes */
	};
	uint8_t head[8];

	if (file->size == IMG_SIZE_UNKNOWN || file->size < sizeof head ||
	    img_source_read(file, 0, head, sizeof head, NULL))
		return false;
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		if (memcmp(head, heads[i].bytes, heads[i].n) == 0)
			return true;
	return false;
}

static const char *const variants[] = { "udzo", "udbz", "ulfo", "ulmo", "udco", "udro", "udif", NULL };

/* No magics: the trailer may stand behind padding, so confirm looks itself. */
const struct img_format img_format_udif = {
	.name = "dmg",
	.title = "Apple disk image (UDIF)",
	.suffixes = ".dmg .smi .dmgpart",
	.mime = "application/x-apple-diskimage",
	.confirm = udif_confirm,
	.open = udif_open,
	.sink = &udif_sink_ops,
	.sink_variants = variants,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions in a file.  All addresses count from the start of the disc; only the descriptors move: those of a session that
 * begins at sector S are at S + 16.  Two ways to grow an image:
 *
 *   - appended, as on a CD: every session keeps its descriptors, the first stays at sector 16.  A session begins where
 *     the one before ends (genisoimage -M), or soon after.
 *   - overwritten, as on a DVD+RW: sector 16 is rewritten and describes the newest session; the sessions themselves begin
 *     at multiples of 32, the first one at 32 (xorriso --emul-toc).
 *
 * So the newest is the last of the chain that starts at 0 or, when the descriptors at 16 repeat those of some session at
 * a multiple of 32, that session. */
#include "config.h"

#include <string.h>

#include "core/checked.h"
#include "formats/iso9660/iso.h"
#include "img/source.h"

#define GRID 32			/* sessions on overwritten media begin at multiples */
#define NEAR 160		/* sectors behind the end of a session that are looked at one by one: padding is 150 */

static bool
read_primary(struct img_source *volume, uint64_t session, struct iso_vd *ret)
{
	uint8_t buf[ISO_SECTOR];
	uint64_t at = (session + ISO_VD_BLOCK) * ISO_SECTOR;

	return span_ok(at, ISO_SECTOR, volume->size) && !img_source_read(volume, at, buf, sizeof buf, NULL) &&
	       iso_vd_type(buf) == ISO_VD_PRIMARY && !iso_vd_parse(buf, ret, NULL) && ret->block_size == ISO_SECTOR;
}

static bool
signature_at(struct img_source *volume, uint64_t session)
{
	uint64_t at = (session + ISO_VD_BLOCK) * ISO_SECTOR;
	uint8_t b[8];

	return span_ok(at, ISO_SECTOR, volume->size) && !img_source_read(volume, at, b, sizeof b, NULL) && b[0] == 1 &&
	       !memcmp(b + 1, "CD001", 5);
}

/* A session's own directories lie behind its descriptors; elsewhere the sector is a copy or part of a file. */
static bool
is_session(struct img_source *volume, uint64_t session, struct iso_vd *ret)
{
	return read_primary(volume, session, ret) && ret->root.block > session + ISO_VD_BLOCK;
}

/* The session that follows the one at @start, which @vd describes; 0: none. */
static uint64_t
next_session(struct img_source *volume, uint64_t start, const struct iso_vd *vd, bool grid)
{
	/* genisoimage counts the size from the session's start, libisofs too; on a grown disc it reaches from zero */
	uint64_t end[2] = { start + vd->blocks, vd->blocks };
	struct iso_vd next;

	for (size_t i = 0; i < (start ? 2 : 1); i++) {
		if (end[i] <= start)
			continue;
		for (uint64_t at = end[i]; at < end[i] + NEAR; at++) {
			if (grid && at % GRID)
				continue;
			if (!span_ok((at + ISO_VD_BLOCK) * ISO_SECTOR, ISO_SECTOR, volume->size))
				break;
			if (signature_at(volume, at) && is_session(volume, at, &next))
				return at;
		}
	}
	return 0;
}

static unsigned int
chain(struct img_source *volume, uint64_t start, bool grid, uint64_t *ret)
{
	struct iso_vd vd;
	unsigned int n = 0;

	if (!read_primary(volume, start, &vd))
		return 0;
	do {
		ret[n++] = start;
		start = next_session(volume, start, &vd, grid);
	} while (start && n < ISO_MAX_SESSIONS && read_primary(volume, start, &vd));
	return n;
}

/* Every multiple of 32: older sessions may be followed by anything. */
static unsigned int
scan(struct img_source *volume, uint64_t *ret)
{
	struct iso_vd vd;
	unsigned int n = 0;

	for (uint64_t at = GRID; (at + ISO_VD_BLOCK) * ISO_SECTOR < volume->size && n < ISO_MAX_SESSIONS; at += GRID)
		if (signature_at(volume, at) && is_session(volume, at, &vd))
			ret[n++] = at;
	return n;
}

int
iso_sessions_find(struct img_source *volume, bool thorough, uint64_t ret[ISO_MAX_SESSIONS], unsigned int *ret_n,
		  struct img_err *err)
{
	struct iso_vd head, last;
	unsigned int n;

	ret[0] = 0;
	*ret_n = 1;
	/* blocks that are no sectors: nobody ever recorded sessions of them */
	if (!read_primary(volume, 0, &head))
		return 0;
	n = is_session(volume, GRID, &last) ? chain(volume, GRID, true, ret) : 0;
	if (thorough && !n)
		n = scan(volume, ret);
	/* the head repeats the last one */
	if (n && read_primary(volume, ret[n - 1], &last) && last.root.block == head.root.block) {
		*ret_n = n;
		return 0;
	}
	n = chain(volume, 0, false, ret);
	*ret_n = n ? n : 1;
	return 0;
}

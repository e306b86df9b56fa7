/* SPDX-License-Identifier: BSD-2-Clause */
/* What partitions of an image that is to be written again cover, so that they can be placed anew: the image, the volume, a
 * boot image, something behind the volume, what fills a hole.  What covers none of these is named and refused. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "formats/iso9660/replay_private.h"
#include "img/source.h"

#define SECTOR 512
#define MIB (UINT64_C(1) << 20)

/* Note the partition of these bytes, if it is new; -1: too many. */
static int
append(struct iso_replay *r, uint64_t off, uint64_t len)
{
	struct boot_plan *p = r->plan;
	size_t at = 0;

	for (size_t i = 0; i < p->n_append; i++)
		if (r->append_off[i] == off) {
			if (len > r->append_len[i])
				r->append_len[i] = len;
			return (int)i;
		}
	if (p->n_append == ISO_MAX_APPEND)
		return -1;
	while (at < p->n_append && r->append_off[at] < off)
		at++;
	memmove(&r->append_off[at + 1], &r->append_off[at], (p->n_append - at) * sizeof r->append_off[0]);
	memmove(&r->append_len[at + 1], &r->append_len[at], (p->n_append - at) * sizeof r->append_len[0]);
	r->append_off[at] = off;
	r->append_len[at] = len;
	p->n_append++;
	return (int)at;
}

/* Behind the files: an appended partition, which may be a file all the same. */
static bool
is_behind(const struct iso_replay *r, const struct replay_part *p)
{
	return p->spot.off >= r->data_end && p->spot.off > ISO_SYSTEM_AREA && p->spot.len;
}

/* What fills the room between two others, so that a table has no holes (xorriso does so in GPT and APM). */
static bool
is_gap(const struct iso_replay *r, size_t i)
{
	const struct replay_part *p = &r->part[i];
	bool first = !i || r->part[i - 1].scheme != p->scheme;
	bool last = i + 1 == r->n_parts || r->part[i + 1].scheme != p->scheme;

	return p->scheme != REPLAY_MBR && !strncmp(p->plan.name, "Gap", 3) &&
	       (first || replay_end(&r->part[i - 1]) == p->spot.off) && (last || replay_end(p) == r->part[i + 1].spot.off);
}

static int
collect_appended(struct iso_replay *r, struct img_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < r->n_parts; i++) {
		struct replay_part *p = &r->part[i];
		uint64_t room = p->spot.off < r->volume->size ? r->volume->size - p->spot.off : 0;

		if (!is_behind(r, p) || is_gap(r, i))
			continue;
		if (p->spot.len > room)
			rc = replay_lost(r, err, "%s partition %zu lies past the end of the image", replay_scheme_name(p->scheme),
					 p->index + 1);
		else if (append(r, p->spot.off, p->spot.len) < 0)
			rc = replay_lost(r, err, "more than %d partitions behind the volume", ISO_MAX_APPEND);
	}
	return rc;
}

static bool
is_hfs(struct iso_replay *r, const struct replay_part *p)
{
	uint8_t sig[2];

	return p->spot.off && !img_source_read(r->volume, p->spot.off + 1024, sig, sizeof sig, NULL) &&
	       (!memcmp(sig, "H+", 2) || !memcmp(sig, "HX", 2) || !memcmp(sig, "BD", 2));
}

/* From the beginning of the image or of the volume? */
static enum plan_range
from_the_front(const struct iso_replay *r, const struct replay_part *p)
{
	uint64_t start = r->plan->partition_offset * (uint64_t)ISO_SECTOR;
	uint64_t behind = r->plan->n_append ? r->append_off[0] : r->volume->size;

	if (p->scheme == REPLAY_MBR && !p->spot.off && p->spot.len == SECTOR)
		return PLAN_DUMMY;
	if (p->scheme == REPLAY_MBR && p->spot.off == SECTOR)
		return PLAN_PROTECT;
	if (!p->spot.off && replay_end(p) > behind)
		return PLAN_IMAGE;
	if (p->spot.off == start && (start || r->plan->n_append))
		return PLAN_VOLUME;
	return p->spot.off ? PLAN_UNUSED : PLAN_IMAGE;
}

static enum plan_range
classify(struct iso_replay *r, size_t i, unsigned int *ret_index)
{
	const struct replay_part *p = &r->part[i];
	enum plan_range what = from_the_front(r, p);

	*ret_index = 0;
	if (what)
		return what;
	for (size_t k = 0; k < r->plan->n_append; k++)
		if (r->append_off[k] == p->spot.off) {
			*ret_index = (unsigned int)k;
			return PLAN_APPEND;
		}
	for (size_t k = 0; k < r->catalog.n; k++)
		if (r->boot[k].off == p->spot.off) {
			*ret_index = (unsigned int)k;
			return PLAN_BOOT;
		}
	return is_gap(r, i) ? PLAN_GAP : PLAN_UNUSED;
}

static int
give_meaning(struct iso_replay *r, size_t i, struct img_err *err)
{
	struct replay_part *p = &r->part[i];
	struct plan_part *to = p->scheme == REPLAY_MBR ? &r->plan->mbr[p->index] :
			       p->scheme == REPLAY_GPT ? &r->plan->gpt[p->index] : &r->plan->apm[p->index];

	if (is_hfs(r, p))
		return replay_lost(r, err, "%s partition %zu holds HFS+ or HFS, which shares its files with ISO 9660; this build "
				   "does not write that", replay_scheme_name(p->scheme), p->index + 1);
	p->plan.what = classify(r, i, &p->plan.index);
	if (p->plan.what == PLAN_UNUSED)
		return replay_lost(r, err, "%s partition %zu, %" PRIu64 " bytes at %" PRIu64 ", covers nothing that this build can "
				   "place again", replay_scheme_name(p->scheme), p->index + 1, p->spot.len, p->spot.off);
	*to = p->plan;
	return 0;
}

/* A map of which only gaps are left is none: then what its block 0 lay over comes back (syslinux's isohdpfx.S, GRUB's
 * boot.S), which are no-ops or jumped over. */
static void
close_apm(struct boot_plan *p)
{
	static const uint8_t isolinux[2] = { 0x33, 0xed }, grub[2] = { 0xeb, 0x63 };
	bool some = false;

	boot_plan_close_apm(p);
	for (size_t i = 0; i < p->n_apm; i++)
		some |= p->apm[i].what != PLAN_GAP;
	if (some)
		return;
	p->n_apm = 0;
	if (memcmp(p->head, "ER", 2))
		return;
	if (p->code == PLAN_ISOLINUX || p->code == PLAN_GRUB2) {
		memset(p->head, 0x90, p->code == PLAN_ISOLINUX ? 32 : 8);
		memcpy(p->head, p->code == PLAN_ISOLINUX ? isolinux : grub, 2);
	} else if (p->code == PLAN_NO_CODE) {
		memset(p->head, 0, 8);
	}
}

/* ---- all of it ---- */

/* What a partition's beginning was rounded up to, by what writers use: a cylinder, 32 KiB, a block. */
static uint32_t
alignment_of(uint64_t off)
{
	return off % MIB == 0 ? MIB : off % 32768 == 0 ? 32768 : 0;
}

static int
slice_appended(struct iso_replay *r, struct img_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < r->plan->n_append; i++) {
		struct iso_append *a = &r->plan->append[i];

		rc = img_slice(r->volume, r->append_off[i], r->append_len[i], &a->source, err);
		a->align = alignment_of(r->append_off[i]);
		if (r->append_off[i] + r->append_len[i] > r->tables_end)
			r->tables_end = r->append_off[i] + r->append_len[i];
	}
	return rc;
}

int
replay_tables_plan(struct iso_replay *r, struct img_err *err)
{
	int rc = collect_appended(r, err);

	for (size_t i = 0; !rc && i < r->n_parts; i++)
		rc = give_meaning(r, i, err);
	if (!rc)
		rc = slice_appended(r, err);
	close_apm(r->plan);
	return rc;
}

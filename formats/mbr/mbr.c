/* SPDX-License-Identifier: BSD-2-Clause */
/* MBR partition table, reading.
 *
 * The last bytes of sector 0 hold four entries (start and length in sectors) and 55 AA.  An entry of type 05, 0F or 85 is
 * an extended partition: its first sector is an EBR with the same layout, whose first entry is a logical partition,
 * counted from this EBR, and whose second one leads to the next EBR, counted from the start of the extended partition.
 * Logical partitions have numbers from 5 on.
 *
 * Corners that bite:
 * - 55 AA ends other first sectors too, above all those of FAT, NTFS and exFAT on disks without partitions; a table of
 *   nothing but zeros is believed only beside a disk signature, which partitioning tools write.
 * - EBR chains can loop.  They are followed while they lead to a sector not seen before inside the extended partition,
 *   MBR_MAX_LINKS times at most.  They need not lead forward: tools append partitions that fill a gap.
 * - DR-DOS puts the link first and OS/2 uses all four entries: the first extended entry is the link, all others are data.
 * - An entry of type EE stands for a GPT.  Beside it there may be copies of GPT partitions (Boot Camp), or a dummy of one
 *   sector at 0, marked active for the sake of some BIOSes (xorriso).
 * - isohybrid has entries of type 00 with a length: they count.
 * - Sectors have the size the disk says, or the one at which a GPT beside it is found; the MBR itself cannot tell. */
#include "config.h"

#include "formats/parts.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/checked.h"
#include "formats/gpt/gpt.h"
#include "formats/mbr/layout.h"
#include "formats/mbr/types.h"

/* EBRs in one chain: Linux stops at far fewer. */
#define MBR_MAX_LINKS 100

#define FIRST_LOGICAL 5

struct reader {
	struct img_source *disk;
	struct img_parts *ret;
	uint32_t ss;
	uint32_t signature;
	uint32_t next;		/* number of the next logical partition */
};

/* ---- is it one? ---- */

static bool
entry_is_used(const struct mbr_entry *e)
{
	return e->count != 0;
}

static bool
entry_is_dummy(const struct mbr_entry *e)
{
	return e->type == MBR_TYPE_EMPTY && e->first == 0 && e->count == 1;
}

/* A table, rather than a boot sector that ends the same way. */
static bool
mbr_is_table(const uint8_t *sector, const struct mbr *m)
{
	bool used = false;

	for (int i = 0; i < 4; i++) {
		if (m->entry[i].status != 0 && m->entry[i].status != MBR_ACTIVE)
			return false;
		used = used || entry_is_used(&m->entry[i]);
	}
	if (!used && !m->signature)
		return false;
	return !img_is_fat_sector(sector) && memcmp(sector, "LUKS\xba\xbe", 6) != 0;
}

static bool
mbr_has_protective(const struct mbr *m)
{
	for (int i = 0; i < 4; i++)
		if (m->entry[i].type == MBR_TYPE_PROTECTIVE)
			return true;
	return false;
}

/* ---- entries ---- */

/* @base: what the entry's first sector counts from. */
static int
entry_add(struct reader *r, const struct mbr_entry *e, uint32_t index, uint64_t base, struct img_err *err)
{
	struct img_part part = {
		.index = index,
		.type_title = mbr_type_title(e->type),
		.flags = e->status,
		.bootable = e->status == MBR_ACTIVE,
		.meta = mbr_is_extended(e->type) || e->type == MBR_TYPE_PROTECTIVE || entry_is_dummy(e),
	};
	uint64_t start = (base + e->first) * r->ss, end = start + (uint64_t)e->count * r->ss;	/* 33 bits of sectors */
	char label[48];

	snprintf(label, sizeof label, "MBR partition %" PRIu32, index);
	snprintf(part.type, sizeof part.type, "0x%02x", e->type);
	if (r->signature)
		snprintf(part.uuid, sizeof part.uuid, "%08" PRIx32 "-%02" PRIx32, r->signature, index);
	if (e->type == MBR_TYPE_PROTECTIVE && end > r->disk->size && start < r->disk->size)
		end = r->disk->size;	/* what is amiss then, the GPT's own reader says */
	if (start == 0 && !part.meta)
		img_parts_oddity(r->disk, "partition-covers-table",
			    "%s starts at sector 0, where the table itself is", label);
	return img_parts_place(r->ret, r->disk, &part, start, end, label, err);
}

/* ---- the chain of an extended partition ---- */

struct chain {
	uint64_t start, count;			/* the extended partition, in sectors of the disk */
	uint64_t seen[MBR_MAX_LINKS];
	unsigned int n_seen;
};

/* IMG_E_UNKNOWN when the chain ends here. */
static int
chain_step(struct reader *r, struct chain *ch, uint64_t at, struct mbr *ret, struct img_err *err)
{
	struct img_env *env = r->disk->env;
	uint8_t sector[MBR_LEN];
	struct img_cursor c;
	struct img_err e = { 0 };
	int rc;

	for (unsigned int i = 0; i < ch->n_seen; i++)
		if (ch->seen[i] == at) {
			img_problem(env, IMG_WARNING, "mbr-ebr-loop",
				    "the chain of logical partitions leads back to sector %" PRIu64, at);
			return IMG_E_UNKNOWN;
		}
	if (ch->n_seen == MBR_MAX_LINKS) {
		img_problem(env, IMG_WARNING, "mbr-ebr-too-long",
			    "the chain of logical partitions has more than %d links; the rest is ignored", MBR_MAX_LINKS);
		return IMG_E_UNKNOWN;
	}
	ch->seen[ch->n_seen++] = at;
	if (!span_ok(at * r->ss, MBR_LEN, r->disk->size)) {
		img_problem(env, IMG_WARNING, "mbr-ebr-outside",
			    "the table of logical partitions at sector %" PRIu64 " is past the end of the disk", at);
		return IMG_E_UNKNOWN;
	}
	rc = img_source_read(r->disk, at * r->ss, sector, sizeof sector, &e);
	if (!rc) {
		c = cur_over(sector, sizeof sector);
		rc = mbr_parse(&c, ret, &e);
	}
	if (!rc)
		return 0;
	if (img_is_fatal(rc)) {
		if (err)
			*err = e;
		return rc;
	}
	img_problem(env, rc == IMG_E_LIMIT ? IMG_NOTE : IMG_WARNING,
		    rc == IMG_E_LIMIT ? "not-examined" : "mbr-ebr-damaged",
		    "the table of logical partitions at sector %" PRIu64 " cannot be used: %s", at, e.msg);
	return IMG_E_UNKNOWN;
}

/* Number the partition of an EBR at @base, unless it is in the list already. */
static int
logical_add(struct reader *r, const struct chain *ch, const struct mbr_entry *e, uint64_t base, struct img_err *err)
{
	uint64_t start = base + e->first, end = start + e->count;

	if (start < ch->start || end > ch->start + ch->count)
		img_problem(r->disk->env, IMG_WARNING, "mbr-logical-outside",
			    "MBR partition %" PRIu32 " (sectors %" PRIu64 " to %" PRIu64
			    ") leaves its extended partition", r->next, start, end - 1);
	return entry_add(r, e, r->next++, base, err);
}

static int
chain_follow(struct reader *r, const struct mbr_entry *extended, struct img_err *err)
{
	struct chain ch = { .start = extended->first, .count = extended->count };
	uint64_t at = ch.start;

	for (;;) {
		const struct mbr_entry *link = NULL;
		struct mbr m;
		int rc = chain_step(r, &ch, at, &m, err);

		for (int i = 0; !rc && i < 4; i++) {
			const struct mbr_entry *e = &m.entry[i];

			if (!entry_is_used(e))
				continue;
			if (!mbr_is_extended(e->type))
				rc = e->type == MBR_TYPE_EMPTY ? 0 : logical_add(r, &ch, e, at, err);
			else if (!link)
				link = e;
		}
		if (rc)
			return rc == IMG_E_UNKNOWN ? 0 : rc;
		if (!link)
			return 0;
		at = ch.start + link->first;
		if (link->first >= ch.count) {
			img_problem(r->disk->env, IMG_WARNING, "mbr-ebr-outside",
				    "the chain of logical partitions leaves the extended partition (to sector %" PRIu64 ")",
				    at);
			return 0;
		}
	}
}

/* ---- the whole ---- */

static int
mbr_load(struct img_source *disk, struct mbr *ret, struct img_err *err)
{
	uint8_t sector[MBR_LEN];
	struct img_cursor c;
	int rc;

	if (disk->size < MBR_LEN)
		return img_fail(err, IMG_E_UNKNOWN, "the disk is smaller than a sector");
	rc = img_source_read(disk, 0, sector, sizeof sector, err);
	if (rc)
		return rc;
	c = cur_over(sector, sizeof sector);
	if (mbr_parse(&c, ret, NULL) || !mbr_is_table(sector, ret))
		return img_fail(err, IMG_E_UNKNOWN, "there is no MBR");
	return 0;
}

static uint32_t
mbr_sector_size(struct img_source *disk, const struct mbr *m)
{
	uint32_t ss = mbr_has_protective(m) ? gpt_sector_size(disk) : 0;

	if (!ss)
		ss = disk->sector_size;
	return ss == 1024 || ss == 2048 || ss == 4096 ? ss : 512;
}

/* Nothing here but the guard of a GPT? */
static bool
only_protects(const struct img_parts *p, const struct mbr *m)
{
	for (size_t i = 0; i < p->n; i++)
		if (!p->v[i].meta)
			return false;
	return mbr_has_protective(m);
}

static int
mbr_parts(struct img_source *disk, struct img_parts *ret, struct img_err *err)
{
	struct reader r = { .disk = disk, .ret = ret, .next = FIRST_LOGICAL };
	struct mbr m;
	int rc = mbr_load(disk, &m, err);

	if (rc)
		return rc;
	r.signature = m.signature;
	r.ss = mbr_sector_size(disk, &m);
	ret->scheme = "mbr";
	ret->sector_size = r.ss;
	for (uint32_t i = 0; !rc && i < 4; i++)
		if (entry_is_used(&m.entry[i]))
			rc = entry_add(&r, &m.entry[i], i + 1, 0, err);
	for (int i = 0; !rc && i < 4; i++)
		if (entry_is_used(&m.entry[i]) && mbr_is_extended(m.entry[i].type))
			rc = chain_follow(&r, &m.entry[i], err);
	if (rc)
		return rc;
	ret->protective = only_protects(ret, &m);
	/* a primary partition inside the extended one is an overlap; an EE entry covers what it guards */
	rc = img_parts_overlaps(ret, disk, "MBR", 1, FIRST_LOGICAL, !mbr_has_protective(&m), err);
	if (!rc)
		rc = img_parts_overlaps(ret, disk, "MBR", FIRST_LOGICAL, UINT32_MAX, false, err);
	return rc;
}

const struct img_format img_format_mbr = {
	.name = "mbr",
	.title = "MBR partition table",
	.parts = mbr_parts,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* GUID partition table (UEFI 2.10, 5.3), reading.
 *
 * Sector 0 is a protective MBR whose one entry of type EE keeps older tools away.  Sector 1 is the primary header: it
 * names its own sector, that of the backup header (normally the last one of the disk), the range partitions may use, and
 * an array of entries (normally 128 of 128 bytes in sectors 2 to 33).  Both header and array carry a CRC-32; the backup
 * header has an array of its own in front of it.
 *
 * A table is used when its header's signature, CRC and own sector number are right and its array's CRC is too.  The
 * primary one is tried first, then the backup; a backup alone is believed only if something at the head (a damaged
 * header, or an EE entry) says that the disk has a GPT, because old backups survive a new MBR.  All that contradicts
 * itself beyond that is a problem and the rest is shown.
 *
 * Corners that bite:
 * - Nothing says how large a sector is; the header stands at byte 512, 4096, 2048 or 1024, and its CRC decides.
 * - Images padded or grown after partitioning have the backup somewhere before the end; cut ones have none.
 * - isohybrid discs break several rules on purpose; see img_parts_oddity.
 * - Reading the end of a compressed image costs a chunk: where the environment's budget refuses it, the backup is not
 *   examined, and that is no problem. */
#include "config.h"

#include "formats/gpt/gpt.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/checked.h"
#include "core/memory.h"
#include "core/unicode.h"
#include "formats/gpt/layout.h"
#include "formats/gpt/types.h"
#include "formats/mbr/layout.h"
#include "formats/parts.h"

/* An entry array in memory; 128 entries need 16 KiB.  Caps what a header can make us allocate. */
#define GPT_MAX_ARRAY (UINT64_C(4) << 20)

/* A header that was verified, and its array. */
struct gpt_table {
	struct gpt_header h;
	uint32_t ss;		/* sector size */
	uint8_t *array;		/* h.n_entries * h.entry_len bytes; owned */
};

static void
table_done(struct gpt_table *t)
{
	free(t->array);
	t->array = NULL;
}

#define AUTO_TABLE __attribute__((cleanup(table_done)))

/* ---- one header and its array ---- */

/* Read the header at @lba.  IMG_E_UNKNOWN: there is no signature.  IMG_E_FORMAT: it is damaged.  *ret_seen becomes true
 * once the signature was there, on failure too. */
static int
header_load(struct img_source *disk, uint32_t ss, uint64_t lba, struct gpt_header *ret, bool *ret_seen,
	    struct img_err *err)
{
	uint8_t sector[4096];
	struct gpt_header h;
	struct img_cursor c;
	uint64_t off;
	int rc;

	if (!u64_mul(lba, ss, &off) || !span_ok(off, ss, disk->size))
		return img_fail(err, IMG_E_UNKNOWN, "sector %" PRIu64 " is past the end", lba);
	rc = img_source_read(disk, off, sector, GPT_HEADER_LEN, err);
	if (rc)
		return rc;
	if (memcmp(sector, "EFI PART", 8) != 0)
		return img_fail(err, IMG_E_UNKNOWN, "sector %" PRIu64 " has no signature", lba);
	*ret_seen = true;
	c = cur_over(sector, GPT_HEADER_LEN);
	rc = gpt_header_parse(&c, &h, err);
	if (rc)
		return rc;
	if (h.header_len < GPT_HEADER_LEN || h.header_len > ss)
		return img_fail(err, IMG_E_FORMAT, "the header says it has %" PRIu32 " bytes", h.header_len);
	if (h.header_len > GPT_HEADER_LEN) {
		rc = img_source_read(disk, off, sector, h.header_len, err);
		if (rc)
			return rc;
	}
	if (gpt_header_crc(sector, h.header_len) != h.crc)
		return img_fail(err, IMG_E_FORMAT, "its header fails its CRC-32");
	if (h.my_lba != lba)
		return img_fail(err, IMG_E_FORMAT, "the header at sector %" PRIu64 " says it lives at %" PRIu64, lba,
				h.my_lba);
	*ret = h;
	return 0;
}

static int
array_load(struct img_source *disk, struct gpt_table *t, struct img_err *err)
{
	const struct gpt_header *h = &t->h;
	uint64_t off, len = (uint64_t)h->n_entries * h->entry_len;	/* of two 32-bit values */
	int rc;

	if (h->entry_len < GPT_ENTRY_LEN || h->entry_len % 8)
		return img_fail(err, IMG_E_FORMAT, "its entries have %" PRIu32 " bytes", h->entry_len);
	if (!len || len > GPT_MAX_ARRAY)
		return img_fail(err, IMG_E_FORMAT, "it claims %" PRIu32 " entries of %" PRIu32 " bytes", h->n_entries,
				h->entry_len);
	if (!u64_mul(h->entries_lba, t->ss, &off) || !span_ok(off, len, disk->size))
		return img_fail(err, IMG_E_FORMAT, "its entries at sector %" PRIu64 " are past the end", h->entries_lba);
	rc = img_array(len, 1, GPT_MAX_ARRAY, "entries", &t->array, err);
	if (!rc)
		rc = img_source_read(disk, off, t->array, (size_t)len, err);
	if (!rc && gpt_crc(t->array, (size_t)len) != h->entries_crc)
		rc = img_fail(err, IMG_E_FORMAT, "its entries fail their CRC-32");
	return rc;
}

static int
table_load(struct img_source *disk, uint32_t ss, uint64_t lba, struct gpt_table *ret, bool *ret_seen,
	   struct img_err *err)
{
	AUTO_TABLE struct gpt_table t = { .ss = ss };
	int rc = header_load(disk, ss, lba, &t.h, ret_seen, err);

	if (!rc)
		rc = array_load(disk, &t, err);
	if (rc)
		return rc;
	*ret = t;
	t.array = NULL;
	return 0;
}

/* ---- which table counts ---- */

/* The disk's own sector size first, then by how common they are. */
static unsigned int
sector_sizes(const struct img_source *disk, uint32_t *ret)
{
	static const uint32_t usual[] = { 512, 4096, 2048, 1024 };
	unsigned int n = 0;

	for (int own = 1; own >= 0; own--)
		for (int i = 0; i < 4; i++)
			if ((usual[i] == disk->sector_size) == own)
				ret[n++] = usual[i];
	return n;
}

uint32_t
gpt_sector_size(struct img_source *disk)
{
	uint32_t ss[4];
	unsigned int n = sector_sizes(disk, ss);
	uint8_t tag[8];

	for (unsigned int i = 0; i < n; i++)
		if (span_ok(ss[i], ss[i], disk->size) && !img_source_read(disk, ss[i], tag, sizeof tag, NULL) &&
		    memcmp(tag, "EFI PART", sizeof tag) == 0)
			return ss[i];
	return 0;
}

/* Why the primary table cannot be used. */
struct complaint {
	bool seen;		/* its signature was there */
	uint32_t ss;		/* and this was the sector size */
	int rc;			/* IMG_E_UNKNOWN: nothing is there */
	struct img_err err;
};

/* An answer that is about the table, not about this run. */
static bool
is_damage(int rc)
{
	return rc && rc != IMG_E_LIMIT && !img_is_fatal(rc);
}

/* IMG_E_UNKNOWN with *ret_why filled in when there is no good primary table. */
static int
primary_find(struct img_source *disk, struct gpt_table *ret, struct complaint *ret_why, struct img_err *err)
{
	struct complaint why = { .rc = IMG_E_UNKNOWN };
	uint32_t ss[4];
	unsigned int n = sector_sizes(disk, ss);

	for (unsigned int i = 0; i < n; i++) {
		struct img_err e = { 0 };
		bool seen = false;
		int rc = table_load(disk, ss[i], 1, ret, &seen, &e);

		if (!rc)
			return 0;
		if (!is_damage(rc)) {
			if (err)
				*err = e;
			return rc;
		}
		if (rc != IMG_E_UNKNOWN && (why.rc == IMG_E_UNKNOWN || (seen && !why.seen)))
			why = (struct complaint) { .seen = seen, .ss = ss[i], .rc = rc, .err = e };
	}
	*ret_why = why;
	return img_fail(err, IMG_E_UNKNOWN, "there is no GPT");
}

/* The backup table at the last sector, for whatever sector size it proves itself. */
static int
backup_find(struct img_source *disk, uint32_t only_ss, struct gpt_table *ret, struct img_err *err)
{
	uint32_t ss[4];
	unsigned int n = sector_sizes(disk, ss);
	bool seen;

	for (unsigned int i = 0; i < n; i++) {
		int rc;

		if ((only_ss && ss[i] != only_ss) || disk->size / ss[i] < 3)
			continue;
		rc = table_load(disk, ss[i], disk->size / ss[i] - 1, ret, &seen, err);
		if (!is_damage(rc))
			return rc;
	}
	return img_fail(err, IMG_E_UNKNOWN, "there is no backup GPT");
}

/* Does sector 0 carry an entry of type EE? */
enum announced { NOT_ANNOUNCED, ANNOUNCED, NOT_READ };

static enum announced
mbr_announces(struct img_source *disk)
{
	uint8_t sector[MBR_LEN];
	struct img_cursor c;
	struct mbr m;

	if (disk->size < MBR_LEN)
		return NOT_ANNOUNCED;
	if (img_source_read(disk, 0, sector, sizeof sector, NULL))
		return NOT_READ;
	c = cur_over(sector, sizeof sector);
	if (mbr_parse(&c, &m, NULL))
		return NOT_ANNOUNCED;
	for (int i = 0; i < 4; i++)
		if (m.entry[i].type == MBR_TYPE_PROTECTIVE)
			return ANNOUNCED;
	return NOT_ANNOUNCED;
}

/* The primary table cannot be used: take the backup, or say that the GPT is lost. */
static int
backup_instead(struct img_source *disk, const struct complaint *why, enum announced announced, struct gpt_table *ret,
	       struct img_err *err)
{
	bool missing = why->rc == IMG_E_UNKNOWN;
	int rc;

	if (!why->seen && announced != ANNOUNCED) {
		if (missing)
			return img_fail(err, IMG_E_UNKNOWN, "there is no GPT");
		if (err)
			*err = why->err;
		return why->rc;
	}
	rc = backup_find(disk, why->seen ? why->ss : 0, ret, err);
	if (!rc) {
		img_problem(disk->env, IMG_WARNING, "gpt-primary-damaged",
			    "the primary GPT is %s%s%s; the backup one is used", missing ? "missing" : "damaged (",
			    missing ? "" : why->err.msg, missing ? "" : ")");
		return 0;
	}
	if (img_is_fatal(rc))
		return rc;
	if (missing)
		img_problem(disk->env, IMG_ERROR, "gpt-damaged",
			    "the MBR announces a GPT, but neither the primary nor the backup one is there");
	else
		img_problem(disk->env, IMG_ERROR, "gpt-damaged", "the GPT is damaged (%s), and there is no good backup",
			    why->err.msg);
	return img_fail(err, IMG_E_UNKNOWN, "the GPT is damaged");
}

/* ---- what is wrong with a good one ---- */

/* Do two headers describe the same table? */
static bool
headers_agree(const struct gpt_header *a, const struct gpt_header *b)
{
	return a->entries_crc == b->entries_crc && a->n_entries == b->n_entries && a->entry_len == b->entry_len &&
	       a->first_usable_lba == b->first_usable_lba && a->last_usable_lba == b->last_usable_lba &&
	       memcmp(a->guid, b->guid, sizeof a->guid) == 0;
}

/* Look for the backup header where the primary says, then at the end.  Its array is not read: the header carries the
 * array's CRC, which must be the one already verified. */
static void
backup_check(struct img_source *disk, const struct gpt_table *t)
{
	uint64_t last = disk->size / t->ss - 1, at = t->h.alternate_lba;
	struct gpt_header b;
	struct img_err e = { 0 };
	bool seen = false;
	int rc = at == t->h.my_lba ? IMG_E_UNKNOWN : header_load(disk, t->ss, at, &b, &seen, &e);

	if (rc == IMG_E_LIMIT || img_is_fatal(rc))
		return;
	if (rc && at != last) {
		int again = header_load(disk, t->ss, last, &b, &seen, NULL);

		if (again == IMG_E_LIMIT)
			return;
		if (!again) {
			rc = 0;
			at = last;
		}
	}
	if (rc == IMG_E_UNKNOWN)
		img_parts_oddity(disk, "gpt-backup-missing",
			    "the backup GPT is missing; the primary one is used");
	else if (rc)
		img_problem(disk->env, IMG_WARNING, "gpt-backup-damaged",
			    "the backup GPT is damaged (%s); the primary one is used", e.msg);
	else if (!headers_agree(&t->h, &b))
		img_problem(disk->env, IMG_WARNING, "gpt-backup-differs",
			    "the backup GPT differs from the primary one, which is used");
	else if (at != last || at != t->h.alternate_lba)
		img_parts_oddity(disk, "gpt-backup-misplaced",
			    "the backup GPT is at sector %" PRIu64 ", the primary one names %" PRIu64
			    " and the disk ends with %" PRIu64, at, t->h.alternate_lba, last);
}

static void
usable_check(struct img_source *disk, const struct gpt_table *t)
{
	const struct gpt_header *h = &t->h;

	if (h->first_usable_lba > h->last_usable_lba ||
	    (h->my_lba >= h->first_usable_lba && h->my_lba <= h->last_usable_lba))
		img_parts_oddity(disk, "gpt-usable-range",
			    "the GPT allows partitions from sector %" PRIu64 " to %" PRIu64
			    ", which makes no sense beside a header at %" PRIu64, h->first_usable_lba,
			    h->last_usable_lba, h->my_lba);
}

/* ---- entries ---- */

/* Where @lba begins; past every disk if that is beyond 64 bits. */
static uint64_t
lba_off(uint64_t lba, uint32_t ss)
{
	uint64_t off;

	return u64_mul(lba, ss, &off) ? off : UINT64_MAX;
}

static int
entry_add(struct img_source *disk, const struct gpt_table *t, uint32_t index, const struct gpt_entry *e,
	  struct img_parts *ret, struct img_err *err)
{
	const struct gpt_header *h = &t->h;
	struct img_part part = { .index = index, .flags = e->attributes };
	uint64_t end = e->last_lba == UINT64_MAX ? UINT64_MAX : lba_off(e->last_lba + 1, t->ss);
	const struct gpt_type *type;
	char label[48];

	snprintf(label, sizeof label, "GPT partition %" PRIu32, index);
	if (e->last_lba < e->first_lba) {
		img_problem(disk->env, IMG_WARNING, "partition-backward",
			    "%s ends (sector %" PRIu64 ") before it starts (%" PRIu64 "); it is ignored", label,
			    e->last_lba, e->first_lba);
		return 0;
	}
	if (e->first_lba < h->first_usable_lba || (e->last_lba > h->last_usable_lba && end <= disk->size))
		img_parts_oddity(disk, "partition-not-usable",
			    "%s (sectors %" PRIu64 " to %" PRIu64 ") lies outside the range that the GPT allows (%" PRIu64
			    " to %" PRIu64 ")", label, e->first_lba, e->last_lba, h->first_usable_lba,
			    h->last_usable_lba);
	if (img_utf16_to_utf8(e->name, GPT_NAME_UNITS, part.name, sizeof part.name))
		img_problem(disk->env, IMG_WARNING, "partition-name", "the name of %s is not valid UTF-16", label);
	gpt_guid_text(e->type, part.type);
	if (!gpt_guid_is_zero(e->guid))
		gpt_guid_text(e->guid, part.uuid);
	type = gpt_type_find(part.type);
	part.type_title = type ? type->title : NULL;
	part.bootable = (e->attributes & GPT_ATTR_LEGACY_BOOT) != 0;
	return img_parts_place(ret, disk, &part, lba_off(e->first_lba, t->ss), end, label, err);
}

static int
entries_list(struct img_source *disk, const struct gpt_table *t, struct img_parts *ret, struct img_err *err)
{
	for (uint32_t i = 0; i < t->h.n_entries; i++) {
		struct img_cursor c = cur_over(t->array + (size_t)i * t->h.entry_len, GPT_ENTRY_LEN);
		struct gpt_entry e;
		int rc = gpt_entry_parse(&c, &e, err);

		if (!rc && !gpt_guid_is_zero(e.type))
			rc = entry_add(disk, t, i + 1, &e, ret, err);
		if (rc == IMG_E_LIMIT) {
			img_problem(disk->env, IMG_WARNING, "too-many-partitions",
				    "the GPT has more than %zu partitions; the rest is ignored", ret->n);
			return 0;
		}
		if (rc)
			return rc;
	}
	return 0;
}

static int
by_uuid(const void *a, const void *b)
{
	return strcmp((*(const struct img_part *const *)a)->uuid, (*(const struct img_part *const *)b)->uuid);
}

/* Copied partitions that kept their GUID cannot be told apart by it. */
static int
guids_check(struct img_source *disk, const struct img_parts *p, struct img_err *err)
{
	img_autofree const struct img_part **v = NULL;
	int rc = img_array(p->n, sizeof *v, UINT64_MAX, "partitions", &v, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < p->n; i++)
		v[i] = &p->v[i];
	qsort(v, p->n, sizeof *v, by_uuid);
	for (size_t i = 1; i < p->n; i++)
		if (v[i]->uuid[0] && strcmp(v[i]->uuid, v[i - 1]->uuid) == 0)
			img_parts_oddity(disk, "gpt-duplicate-guid",
				    "GPT partitions %" PRIu32 " and %" PRIu32 " have the same GUID %s", v[i - 1]->index,
				    v[i]->index, v[i]->uuid);
	return 0;
}

static int
gpt_parts(struct img_source *disk, struct img_parts *ret, struct img_err *err)
{
	AUTO_TABLE struct gpt_table t = { 0 };
	struct complaint why;
	enum announced announced = mbr_announces(disk);
	int rc = primary_find(disk, &t, &why, err);

	if (!rc)
		backup_check(disk, &t);
	else if (rc == IMG_E_UNKNOWN)
		rc = backup_instead(disk, &why, announced, &t, err);
	if (rc)
		return rc;
	ret->scheme = "gpt";
	ret->sector_size = t.ss;
	if (announced == NOT_ANNOUNCED)
		img_parts_oddity(disk, "gpt-not-announced",
			    "the MBR has no entry of type EE; some systems will not see the GPT");
	usable_check(disk, &t);
	rc = entries_list(disk, &t, ret, err);
	if (!rc)
		rc = guids_check(disk, ret, err);
	if (!rc)
		rc = img_parts_overlaps(ret, disk, "GPT", 1, UINT32_MAX, false, err);
	return rc;
}

const struct img_format img_format_gpt = {
	.name = "gpt",
	.title = "GUID partition table",
	.parts = gpt_parts,
};

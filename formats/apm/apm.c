/* SPDX-License-Identifier: BSD-2-Clause */
/* Apple partition map, reading.
 *
 * Block 0 is the driver map: "ER", the size of a block, the number of blocks.  Blocks 1 to n are entries, one a block,
 * each beginning with "PM" and each telling n.  The first normally describes the map itself (Apple_partition_map).  Starts
 * and lengths count blocks.
 *
 * Corners that bite:
 * - CDs have one map for blocks of 512 and one for blocks of 2048 bytes, interleaved: entries at 512, 1024, 1536, and
 *   others at 2048, 4096 ...  The driver map tells which is meant, but on some discs it says 2048 and entries stand at
 *   every 512 only; then the fourth of those is at byte 2048 too.  So: the size that the driver map tells, if the entry
 *   there describes the map itself; else 512; else what the driver map says, whatever stands there.
 * - "ER" is code for isohybrid discs (45 52, harmless for an x86), with garbage in the number of blocks.
 * - Entries count in the blocks at which they stand.  Old isohybrid counted 512 at a step of 2048; those partitions then
 *   lie past the end and are reported so. */
#include "config.h"

#include "formats/parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <strings.h>

#include "core/checked.h"
#include "core/unicode.h"
#include "formats/apm/layout.h"

/* Real maps have 63 entries at most; a count is believed up to here. */
#define APM_MAX_ENTRIES 256

#define APM_MAP_TYPE "Apple_partition_map"

static const struct apm_type {
	const char *type, *title;
	bool meta;
} types[] = {
	{ APM_MAP_TYPE, "partition map", true },
	{ "Apple_Free", "free space", true },
	{ "Apple_Void", "unused entry", true },
	{ "Apple_Scratch", "unused space", true },
	{ "Apple_Patches", "patches", true },
	{ "Apple_FWDriver", "FireWire driver", true },
	{ "Apple_HFS", "Apple HFS/HFS+", false },
	{ "Apple_HFSX", "Apple HFSX", false },
	{ "Apple_APFS", "Apple APFS", false },
	{ "Apple_MFS", "Macintosh file system", false },
	{ "Apple_UFS", "Apple UFS", false },
	{ "Apple_UNIX_SVR2", "A/UX or Linux", false },
	{ "Apple_PRODOS", "ProDOS", false },
	{ "Apple_Boot", "Apple boot", false },
	{ "Apple_Bootstrap", "NewWorld bootblock", false },
	{ "Apple_CoreStorage", "Apple Core Storage", false },
	{ "Apple_RAID", "Apple RAID", false },
	{ "CD_ROM_Mode_1", "ISO 9660", false },
	{ "ISO9660_data", "ISO 9660 data", false },
};

static const struct apm_type *
type_find(const char *type)
{
	static const struct apm_type driver = { "Apple_Driver", "driver", true };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcasecmp(types[i].type, type) == 0)
			return &types[i];
	/* Apple_Driver, Apple_Driver43, Apple_Driver_ATA, Apple_Driver_IOKit … */
	return strncasecmp(type, driver.type, strlen(driver.type)) == 0 ? &driver : NULL;
}

/* ---- which block size ---- */

/* The entry in block @i.  IMG_E_UNKNOWN: there is none. */
static int
entry_load(struct img_source *disk, uint32_t bs, uint32_t i, struct apm_entry *ret, struct img_err *err)
{
	uint8_t b[APM_ENTRY_LEN];
	struct img_cursor c;
	int rc;

	if (!span_ok((uint64_t)i * bs, sizeof b, disk->size))
		return img_fail(err, IMG_E_UNKNOWN, "block %" PRIu32 " is past the end", i);
	rc = img_source_read(disk, (uint64_t)i * bs, b, sizeof b, err);
	if (rc)
		return rc;
	c = cur_over(b, sizeof b);
	return apm_entry_parse(&c, ret, NULL) ? img_fail(err, IMG_E_UNKNOWN, "block %" PRIu32 " is no entry", i) : 0;
}

static bool
entry_is_map(const struct apm_entry *e)
{
	return strncasecmp(e->type, APM_MAP_TYPE, sizeof e->type) == 0;
}

/* A size that a driver map may tell. */
static bool
block_size_ok(uint32_t bs)
{
	return bs >= 512 && bs <= 4096 && !(bs & (bs - 1));
}

/* The block size by which the map is to be read, and its first entry; IMG_E_UNKNOWN: no map.  @told: 0 if block 0 is no
 * driver map. */
static int
block_size_find(struct img_source *disk, uint32_t told, uint32_t *ret_bs, struct apm_entry *ret_first,
		struct img_err *err)
{
	struct apm_entry at_told, at_512;
	int rc_told = block_size_ok(told) ? entry_load(disk, told, 1, &at_told, err) : IMG_E_UNKNOWN, rc_512;

	if (rc_told && rc_told != IMG_E_UNKNOWN)
		return rc_told;
	if (!rc_told && (told == 512 || entry_is_map(&at_told))) {
		*ret_bs = told;
		*ret_first = at_told;
		return 0;
	}
	rc_512 = entry_load(disk, 512, 1, &at_512, err);
	if (rc_512 && rc_512 != IMG_E_UNKNOWN)
		return rc_512;
	if (!rc_512) {
		*ret_bs = 512;
		*ret_first = at_512;
	} else if (!rc_told) {
		*ret_bs = told;
		*ret_first = at_told;
	} else {
		return img_fail(err, IMG_E_UNKNOWN, "there is no partition map");
	}
	return 0;
}

/* ---- entries ---- */

static int
entry_add(struct img_source *disk, uint32_t bs, uint32_t index, const struct apm_entry *e, struct img_parts *ret,
	  struct img_err *err)
{
	struct img_part part = {
		.index = index,
		.flags = e->status,
		.bootable = (e->status & APM_STATUS_BOOTABLE) != 0,
	};
	uint64_t start = (uint64_t)e->start * bs, end = start + (uint64_t)e->count * bs;
	const struct apm_type *type;
	char label[48];

	snprintf(label, sizeof label, "APM partition %" PRIu32, index);
	if (img_bytes_to_utf8(e->name, sizeof e->name, part.name, sizeof part.name))
		img_problem(disk->env, IMG_NOTE, "partition-name", "the name of %s is not ASCII", label);
	img_bytes_to_utf8(e->type, sizeof e->type, part.type, sizeof part.type);
	type = type_find(part.type);
	part.type_title = type ? type->title : NULL;
	part.meta = (type && type->meta) || !e->count;
	if (!e->count)
		return start > disk->size ? 0 : img_parts_add(ret, &part, err);
	return img_parts_place(ret, disk, &part, start, end, label, err);
}

static int
entries_list(struct img_source *disk, uint32_t bs, const struct apm_entry *first, struct img_parts *ret,
	     struct img_err *err)
{
	uint32_t n = first->n_entries, i;
	struct apm_entry e = *first;

	for (i = 1; i <= n && i <= APM_MAX_ENTRIES; i++) {
		int rc = i == 1 ? 0 : entry_load(disk, bs, i, &e, err);

		if (rc == IMG_E_UNKNOWN)
			break;
		if (!rc)
			rc = entry_add(disk, bs, i, &e, ret, err);
		if (rc)
			return rc;
	}
	if (i > APM_MAX_ENTRIES && n > APM_MAX_ENTRIES)
		img_problem(disk->env, IMG_WARNING, "apm-count",
			    "the partition map claims %" PRIu32 " entries; only %d are looked at", n, APM_MAX_ENTRIES);
	else if (i <= n)
		img_problem(disk->env, IMG_WARNING, "apm-count",
			    "the partition map claims %" PRIu32 " entries, but only %" PRIu32 " are there", n, i - 1);
	else if (!n)
		img_problem(disk->env, IMG_WARNING, "apm-count", "the partition map claims to have no entries");
	return 0;
}

/* ---- the whole ---- */

/* Block 0 as far as it tells something.  *ret_told: 0 if it is no driver map. */
static int
driver_map_load(struct img_source *disk, uint32_t *ret_told, bool *ret_there, struct img_err *err)
{
	uint8_t b[APM_DRIVER_MAP_LEN];
	struct apm_driver_map d;
	struct img_cursor c = cur_over(b, sizeof b);
	int rc;

	if (disk->size < 1024)
		return img_fail(err, IMG_E_UNKNOWN, "the disk is smaller than two blocks");
	rc = img_source_read(disk, 0, b, sizeof b, err);
	if (rc)
		return rc;
	*ret_there = !apm_driver_map_parse(&c, &d, NULL);
	*ret_told = *ret_there ? d.block_size : 0;
	return 0;
}

static int
apm_parts(struct img_source *disk, struct img_parts *ret, struct img_err *err)
{
	struct apm_entry first;
	uint32_t told = 0, bs = 0;
	bool there = false;
	int rc = driver_map_load(disk, &told, &there, err);

	if (rc)
		return rc;
	rc = block_size_find(disk, told, &bs, &first, err);
	if (rc == IMG_E_UNKNOWN && there && block_size_ok(told))
		img_problem(disk->env, IMG_WARNING, "apm-damaged",
			    "block 0 is that of an Apple partition map, but there are no entries behind it");
	/* "PM" alone, two bytes, proves little */
	if (!rc && !there && !entry_is_map(&first))
		return img_fail(err, IMG_E_UNKNOWN, "there is no partition map");
	if (rc)
		return rc;
	if (!there)
		img_problem(disk->env, IMG_WARNING, "apm-driver-map",
			    "block 0 lacks the driver map; blocks of 512 bytes are assumed");
	else if (!block_size_ok(told))
		img_problem(disk->env, IMG_WARNING, "apm-block-size",
			    "the driver map says that blocks have %" PRIu32 " bytes; %" PRIu32 " is used", told, bs);
	ret->scheme = "apm";
	ret->sector_size = bs;
	rc = entries_list(disk, bs, &first, ret, err);
	if (!rc)
		rc = img_parts_overlaps(ret, disk, "APM", 1, UINT32_MAX, false, err);
	return rc;
}

const struct img_format img_format_apm = {
	.name = "apm",
	.title = "Apple partition map",
	.parts = apm_parts,
};

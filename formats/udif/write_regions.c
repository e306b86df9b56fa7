/* SPDX-License-Identifier: BSD-2-Clause */
/* Which block tables an image has, and what they are called: one for each region of the disk, as hdiutil lists them.
 *
 * A partitioned disk is cut at everything its map knows: the map itself, the partitions, and the gaps between them, which
 * are free.  Regions are numbered in the order of the disk.  What cannot be cut so (partitions that overlap, hybrid discs
 * that are a file system as a whole) is one region, as is a bare volume.  Names: observed in images of hdiutil; words for
 * MBR types that were not observed are those of diskutil. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/text.h"
#include "formats/gpt/layout.h"
#include "formats/gpt/types.h"
#include "formats/udif/write.h"
#include "img/format.h"
#include "img/source.h"

/* A range that the map knows. */
struct claim {
	uint64_t off, len;
	char name[128], type[64];
	bool free;
};

struct claims {
	struct img_buf buf;	/* of struct claim */
	struct img_err *err;
	int rc;			/* sticky */
};

#define MAX_CLAIMS 16384

static void
add_claim(struct claims *c, uint64_t off, uint64_t len, const char *name, const char *type)
{
	struct claim one = { .off = off, .len = len, .free = strcmp(type, "Apple_Free") == 0 };

	snprintf(one.name, sizeof one.name, "%s", name);
	snprintf(one.type, sizeof one.type, "%s", type);
	if (!c->rc && len)
		c->rc = img_buf_add(&c->buf, &one, sizeof one, c->err);
}

static const struct claim *
claims_v(const struct claims *c)
{
	return (const struct claim *)(const void *)c->buf.p;
}

static size_t
claims_n(const struct claims *c)
{
	return c->buf.len / sizeof(struct claim);
}

/* ---- GPT ---- */

/* The header in sector @lba and the array it names.  Damaged ones are nothing. */
static bool
gpt_header_at(struct claims *claims, struct img_source *disk, uint32_t ss, uint64_t lba, struct gpt_header *ret,
	      uint64_t *ret_array, uint64_t *ret_len)
{
	uint8_t bytes[GPT_HEADER_LEN];
	struct img_cursor c = cur_over(bytes, sizeof bytes);
	uint64_t off;

	if (claims->rc || !u64_mul(lba, ss, &off) || !span_ok(off, ss, disk->size))
		return false;
	claims->rc = img_source_read(disk, off, bytes, sizeof bytes, claims->err);
	if (claims->rc || gpt_header_parse(&c, ret, NULL))
		return false;
	*ret_len = ((uint64_t)ret->n_entries * ret->entry_len + ss - 1) / ss * ss;	/* of two 32-bit values */
	return u64_mul(ret->entries_lba, ss, ret_array) && span_ok(*ret_array, *ret_len, disk->size);
}

/* hdiutil's word for a type: Apple's own, else the GUID in capitals. */
static void
gpt_type_word(const char *guid, char *buf, size_t room)
{
	const struct gpt_type *t = gpt_type_find(guid);
	size_t i = 0;

	if (t && t->word && strncmp(t->word, "Apple_", 6) == 0) {
		snprintf(buf, room, "%s", t->word);
		return;
	}
	for (; guid[i] && i + 1 < room; i++)
		buf[i] = guid[i] >= 'a' && guid[i] <= 'f' ? (char)(guid[i] - 32) : guid[i];
	buf[i] = '\0';
}

static void
claim_gpt(struct claims *c, struct img_source *disk, const struct img_parts *p)
{
	uint32_t ss = p->sector_size;
	struct gpt_header h, backup;
	uint64_t array, len;

	add_claim(c, 0, ss, "Protective Master Boot Record", "MBR");
	add_claim(c, ss, ss, "GPT Header", "Primary GPT Header");
	if (gpt_header_at(c, disk, ss, 1, &h, &array, &len)) {
		add_claim(c, array, len, "GPT Partition Data", "Primary GPT Table");
		if (h.alternate_lba > 1 && gpt_header_at(c, disk, ss, h.alternate_lba, &backup, &array, &len)) {
			add_claim(c, array, len, "GPT Partition Data", "Backup GPT Table");
			add_claim(c, h.alternate_lba * ss, ss, "GPT Header", "Backup GPT Header");
		}
	}
	for (size_t i = 0; i < p->n; i++) {
		char type[64];

		gpt_type_word(p->v[i].type, type, sizeof type);
		add_claim(c, p->v[i].start, p->v[i].len, p->v[i].name, type);
	}
}

/* ---- APM and MBR ---- */

static void
claim_apm(struct claims *c, const struct img_parts *p)
{
	add_claim(c, 0, p->sector_size, "Driver Descriptor Map", "DDM");
	for (size_t i = 0; i < p->n; i++)
		add_claim(c, p->v[i].start, p->v[i].len, p->v[i].name, p->v[i].type);
}

static const char *
mbr_type_word(const char *type)
{
	static const struct {
		const char *type, *word;
	} words[] = {
		{ "0x01", "DOS_FAT_12" }, { "0x04", "DOS_FAT_16_S" }, { "0x05", "DOS_Extended" }, { "0x06", "DOS_FAT_16" },
		{ "0x07", "Windows_NTFS" }, { "0x0b", "DOS_FAT_32" }, { "0x0c", "Windows_FAT_32" },
		{ "0x0e", "Windows_FAT_16" }, { "0x0f", "Windows_Extended" }, { "0x82", "Linux_Swap" }, { "0x83", "Linux" },
		{ "0x85", "Linux_Extended" }, { "0x8e", "Linux_LVM" }, { "0xa5", "FreeBSD" }, { "0xa6", "OpenBSD" },
		{ "0xa8", "Apple_UFS" }, { "0xa9", "NetBSD" }, { "0xab", "Apple_Boot" }, { "0xaf", "Apple_HFS" },
		{ "0xef", "EFI" },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i].type, type) == 0)
			return words[i].word;
	return type;
}

/* Logical partitions are part of their extended one. */
static void
claim_mbr(struct claims *c, const struct img_parts *p)
{
	add_claim(c, 0, p->sector_size, "Master Boot Record", "MBR");
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].index <= 4)
			add_claim(c, p->v[i].start, p->v[i].len, "", mbr_type_word(p->v[i].type));
}

/* ---- regions ---- */

static int
region_add(struct udif_regions *r, uint64_t off, uint64_t len, const char *name, const char *type, struct img_err *err)
{
	char text[256];

	/* GPT names have no control characters that matter, but a DMG made elsewhere may: the property list drops them */
	snprintf(text, sizeof text, "%s (%s : %zu)", name, type, r->n);
	r->v[r->n] = (struct udif_region) {
		.off = off, .len = len, .name = strdup(text), .free = strcmp(type, "Apple_Free") == 0,
	};
	if (!r->v[r->n].name)
		return img_fail_nomem(err);
	r->n++;
	return 0;
}

static int
by_off(const void *a, const void *b)
{
	uint64_t x = ((const struct claim *)a)->off, y = ((const struct claim *)b)->off;

	return x < y ? -1 : x > y;
}

/* Sort, and see whether the claims can be regions at all: none overlaps another, all begin on sectors. */
static bool
claims_fit(struct claims *c, uint64_t size)
{
	const struct claim *v = claims_v(c);
	size_t n = claims_n(c);
	uint64_t pos = 0;

	qsort(c->buf.p, n, sizeof *v, by_off);
	for (size_t i = 0; i < n; i++) {
		if (v[i].off < pos || v[i].off % UDIF_SECTOR || !span_ok(v[i].off, v[i].len, size))
			return false;
		pos = v[i].off + v[i].len;
		if (pos % UDIF_SECTOR && pos != size)
			return false;
	}
	return true;
}

static int
regions_fill(struct udif_regions *r, const struct claims *c, uint64_t size, struct img_err *err)
{
	const struct claim *v = claims_v(c);
	size_t n = claims_n(c);
	uint64_t pos = 0;
	int rc = img_array(2 * n + 1, sizeof *r->v, UINT64_MAX, "regions", &r->v, err);

	for (size_t i = 0; !rc && i < n; i++) {
		if (v[i].off > pos)
			rc = region_add(r, pos, v[i].off - pos, "", "Apple_Free", err);
		if (!rc)
			rc = region_add(r, v[i].off, v[i].len, v[i].name, v[i].type, err);
		pos = v[i].off + v[i].len;
	}
	if (!rc && pos < size)
		rc = region_add(r, pos, size - pos, "", "Apple_Free", err);
	r->first_id = -1;
	r->variant = 1;
	return rc;
}

/* A bare volume, or what no map can cut. */
static int
regions_whole(struct udif_regions *r, uint64_t size, const struct img_fs_hint *fs, struct img_err *err)
{
	static const struct {
		const char *fs, *type;
	} types[] = {
		{ "hfs+", "Apple_HFS" }, { "hfsx", "Apple_HFSX" }, { "hfs", "Apple_HFS" }, { "apfs", "Apple_APFS" },
		{ "iso9660", "Apple_ISO" },
	};
	const char *type = "unknown partition";
	int rc = img_array(1, sizeof *r->v, UINT64_MAX, "regions", &r->v, err);

	for (size_t i = 0; fs && i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].fs, fs->name) == 0)
			type = types[i].type;
	if (!rc)
		rc = region_add(r, 0, size, "whole disk", type, err);
	r->first_index = UINT32_C(0xfffffffe);	/* the whole device; observed */
	r->variant = fs ? 2 : 1;
	return rc;
}

static const struct img_parts *
table_of(const struct img_volumes *v, const char *scheme)
{
	for (size_t i = 0; v && i < v->n_tables; i++)
		if (strcmp(v->table[i].scheme, scheme) == 0 && !v->table[i].protective)
			return &v->table[i];
	return NULL;
}

/* The file system that is the source as a whole, also if a hybrid disc's map lists it; NULL: none, or not known. */
static const struct img_fs_hint *
whole_fs(const struct img_volumes *v, uint64_t size)
{
	for (size_t i = 0; v && i < v->n; i++)
		if (v->v[i].off == 0 && v->v[i].len == size && v->v[i].fs)
			return v->v[i].fs;
	return NULL;
}

int
udif_regions_make(struct img_source *disk, const struct img_volumes *volumes, struct udif_regions *ret,
		  struct img_err *err)
{
	struct claims c = { .buf = img_buf_new(MAX_CLAIMS * sizeof(struct claim)), .err = err };
	const struct img_parts *gpt = table_of(volumes, "gpt"), *apm = table_of(volumes, "apm");
	const struct img_parts *mbr = table_of(volumes, "mbr");
	const struct img_fs_hint *fs = whole_fs(volumes, disk->size);
	struct udif_regions r = { 0 };
	int rc;

	if (fs)
		;	/* a hybrid disc, or a bare volume */
	else if (gpt)
		claim_gpt(&c, disk, gpt);
	else if (apm)
		claim_apm(&c, apm);
	else if (mbr)
		claim_mbr(&c, mbr);
	rc = c.rc;
	if (!rc)
		rc = claims_n(&c) && claims_fit(&c, disk->size) ? regions_fill(&r, &c, disk->size, err)
								: regions_whole(&r, disk->size, fs, err);
	img_buf_done(&c.buf);
	if (rc)
		udif_regions_done(&r);
	else
		*ret = r;
	return rc;
}

void
udif_regions_done(struct udif_regions *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->v[i].name);
	free(r->v);
	*r = (struct udif_regions) { 0 };
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* System area and partition tables of an image that is to be written again.
 *
 *   raw		every used entry of MBR, GPT and APM, as bytes of the image	(read_mbr, read_gpt, read_apm)
 *   walk		is it a file of the tree?					(replay_walk.c)
 *   meaning	what it covers, so that it can be placed anew			(classify)
 *
 * The tables are then blanked in what is kept of the system area; boot_apply.c writes them over it. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "formats/apm/layout.h"
#include "formats/gpt/layout.h"
#include "formats/iso9660/replay_private.h"
#include "formats/mbr/layout.h"
#include "img/source.h"

#define SECTOR 512
#define GPT_OFF 512
#define MBR_TABLE 440		/* the disk's number, then four entries */
#define MAX_APM_BLOCKS 15	/* of 2048 bytes, that a system area has behind block 0 */
#define PARTITION_OFFSET 16	/* blocks: the one that is written */
#define MIB (UINT64_C(1) << 20)

/* ---- the raw tables ---- */

static struct replay_part *
add_part(struct iso_replay *r, enum replay_scheme scheme, size_t index, uint64_t off, uint64_t len)
{
	struct replay_part *p;

	if (r->n_parts == REPLAY_PARTS)
		return NULL;
	p = &r->part[r->n_parts++];
	*p = (struct replay_part) {
		.scheme = scheme, .index = index, .spot = { .off = off, .len = len, .next = UINT64_MAX },
	};
	return p;
}

static int
read_mbr(struct iso_replay *r, struct img_err *err)
{
	struct img_cursor c = cur_over(r->plan->head, MBR_LEN);
	struct mbr m;

	if (mbr_parse(&c, &m, NULL))
		return 0;
	r->plan->has_mbr = true;
	r->plan->has_mbr_id = true;
	r->plan->mbr_id = m.signature;
	for (size_t i = 0; i < PLAN_MBR_PARTS; i++) {
		const struct mbr_entry *e = &m.entry[i];
		struct replay_part *p;

		if (!e->count && !e->type)
			continue;
		p = add_part(r, REPLAY_MBR, i, e->first * UINT64_C(512), e->count * UINT64_C(512));
		if (!p)
			return replay_lost(r, err, "more than %d partitions", REPLAY_PARTS);
		p->plan.mbr_type = e->type;
		p->plan.active = e->status & MBR_ACTIVE;
		memcpy(p->chs_last, e->chs_last, sizeof p->chs_last);
		if (mbr_is_extended(e->type))
			return replay_lost(r, err, "the MBR has an extended partition, which this build does not write");
	}
	return 0;
}

static int
add_gpt_entry(struct iso_replay *r, size_t i, const struct gpt_entry *e, struct img_err *err)
{
	struct replay_part *p = NULL;

	if (e->last_lba < e->first_lba || e->last_lba > UINT64_MAX / SECTOR - 1)
		return replay_lost(r, err, "GPT partition %zu ends before it begins", i + 1);
	if (i < PLAN_GPT_PARTS)
		p = add_part(r, REPLAY_GPT, i, e->first_lba * SECTOR, (e->last_lba - e->first_lba + 1) * SECTOR);
	if (!p)
		return replay_lost(r, err, "GPT partition %zu: this build writes %d", i + 1, PLAN_GPT_PARTS);
	memcpy(p->plan.guid_type, e->type, sizeof e->type);
	memcpy(p->plan.guid, e->guid, sizeof e->guid);
	p->plan.has_guid = true;
	p->plan.attributes = e->attributes;
	for (size_t k = 0; k < GPT_NAME_UNITS && e->name[k]; k++)
		p->plan.name[k] = e->name[k] < 0x7f ? (char)e->name[k] : '?';
	return 0;
}

/* A GPT that cannot be read is none. */
static int
lost_gpt(struct iso_replay *r, const char *why, struct img_err *err)
{
	r->plan->has_gpt = r->plan->has_disk_guid = false;
	memset(r->plan->head + GPT_OFF, 0, SECTOR);
	return replay_lost(r, err, "the GPT is damaged: %s", why);
}

/* The array, which is blanked where it lies in the system area. */
static int
read_gpt_entries(struct iso_replay *r, const struct gpt_header *h, struct img_err *err)
{
	uint64_t at = 0, len = (uint64_t)h->n_entries * h->entry_len;
	img_autofree uint8_t *array = NULL;
	int rc;

	if (h->entry_len < GPT_ENTRY_LEN || h->entry_len > 4096 || h->n_entries > 1024 || !u64_mul(h->entries_lba, SECTOR, &at) ||
	    !span_ok(at, len, r->volume->size))
		return lost_gpt(r, "its table of partitions does not lie in the image", err);
	rc = img_array(len, 1, UINT64_MAX, "GPT partitions", &array, err);
	if (!rc)
		rc = img_source_read(r->volume, at, array, (size_t)len, err);
	if (rc)
		return rc;
	if (gpt_crc(array, (size_t)len) != h->entries_crc)
		return lost_gpt(r, "its table of partitions fails its CRC-32", err);
	for (size_t i = 0; !rc && i < h->n_entries; i++) {
		struct img_cursor c = cur_over(array + i * h->entry_len, GPT_ENTRY_LEN);
		struct gpt_entry e;

		rc = gpt_entry_parse(&c, &e, err);
		if (!rc && !gpt_guid_is_zero(e.type))
			rc = add_gpt_entry(r, i, &e, err);
	}
	if (at < ISO_SYSTEM_AREA)
		memset(r->plan->head + at, 0, len < ISO_SYSTEM_AREA - at ? (size_t)len : (size_t)(ISO_SYSTEM_AREA - at));
	return rc;
}

static int
read_gpt(struct iso_replay *r, struct img_err *err)
{
	struct img_cursor c = cur_over(r->plan->head + GPT_OFF, SECTOR);
	struct gpt_header h;

	if (gpt_header_parse(&c, &h, NULL))
		return 0;
	if (h.header_len < GPT_HEADER_LEN || h.header_len > SECTOR || h.my_lba != 1 ||
	    gpt_header_crc(r->plan->head + GPT_OFF, h.header_len) != h.crc)
		return lost_gpt(r, "its header fails its CRC-32", err);
	r->plan->has_gpt = r->plan->has_disk_guid = true;
	memcpy(r->plan->disk_guid, h.guid, sizeof h.guid);
	r->gpt_first = h.first_usable_lba * SECTOR;
	r->gpt_end = (h.last_usable_lba + 1) * SECTOR;
	if (u64_mul(h.alternate_lba, SECTOR, &r->tables_end))
		r->tables_end += SECTOR;
	memset(r->plan->head + GPT_OFF, 0, SECTOR);
	return read_gpt_entries(r, &h, err);
}

/* One entry of a map; the map's own is not kept. */
static int
read_apm_entry(struct iso_replay *r, size_t i, uint32_t unit, uint32_t *io_n, struct img_err *err)
{
	struct img_cursor c = cur_over(r->plan->head + i * unit, APM_ENTRY_LEN);
	struct apm_entry e;
	struct replay_part *p;

	if (apm_entry_parse(&c, &e, NULL))
		return replay_lost(r, err, "the Apple partition map is damaged: entry %zu is missing", i);
	if (e.n_entries > *io_n && i == 1)
		*io_n = e.n_entries;
	memset(r->plan->head + i * unit, 0, unit);
	if (!strncmp(e.type, "Apple_partition_map", sizeof e.type))
		return 0;
	p = r->plan->n_apm < PLAN_APM_PARTS - 1 ?
		add_part(r, REPLAY_APM, r->plan->n_apm, (uint64_t)e.start * unit, (uint64_t)e.count * unit) : NULL;
	if (!p)
		return replay_lost(r, err, "the Apple partition map has more than the %d partitions this build writes", PLAN_APM_PARTS - 1);
	r->plan->n_apm++;
	memcpy(p->plan.name, e.name, sizeof e.name);
	memcpy(p->plan.apm_type, e.type, sizeof e.type);
	p->plan.apm_status = e.status;
	return 0;
}

static int
read_apm(struct iso_replay *r, struct img_err *err)
{
	const uint8_t *head = r->plan->head;
	uint32_t n = 1, unit = load_be16(head + 2);
	int rc = 0;

	if (memcmp(head, "ER", 2))
		return 0;
	if (unit != SECTOR && unit != ISO_SECTOR)
		unit = memcmp(head + ISO_SECTOR, "PM", 2) ? SECTOR : ISO_SECTOR;
	if (memcmp(head + unit, "PM", 2) && !memcmp(head + 2 * ISO_SECTOR, "PM", 2))
		unit = ISO_SECTOR;		/* the first entry is damaged */
	else if (memcmp(head + unit, "PM", 2))	/* only its block 0, which boot code lives with */
		return 0;
	if (unit != ISO_SECTOR) {
		for (size_t i = unit; i + unit <= ISO_SYSTEM_AREA && !memcmp(head + i, "PM", 2); i += unit)
			memset(r->plan->head + i, 0, unit);
		return replay_lost(r, err, "the Apple partition map has blocks of 512 bytes, as HFS+ beside ISO 9660 does; this build "
				   "writes 2048");
	}
	for (size_t i = 1; !rc && (i <= n || !memcmp(head + i * unit, "PM", 2)) && i <= MAX_APM_BLOCKS; i++)
		rc = read_apm_entry(r, i, unit, &n, err);
	return rc;
}

/* ---- system areas of other machines ---- */

static int
look_at_others(struct iso_replay *r, struct img_err *err)
{
	const uint8_t *h = r->plan->head;
	const char *what = NULL;
	uint64_t sum = 0;

	for (size_t i = 0; i < 63; i++)
		sum += load_le64(h + 8 * i);
	if (load_be32(h) == 0x0be5a941)
		what = "a MIPS volume header";
	else if (load_le32(h + 8) == 0x0002757a)
		what = "a DECstation boot block";
	else if (load_be16(h + 508) == 0xdabe)
		what = "a SUN disk label";
	else if (!memcmp(h + 2, "PALO", 4))
		what = "a boot block for HP-PA";
	else if (sum && sum == load_le64(h + 504) && load_le64(h + 488))
		what = "a boot block for DEC Alpha";
	return what ? replay_lost(r, err, "%s leads to places in the image, and this build does not know how to renew it", what) : 0;
}

/* ---- meaning ---- */

int
replay_append(struct iso_replay *r, uint64_t off, uint64_t len)
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

static uint64_t
end_of(const struct replay_part *p)
{
	return p->spot.off + p->spot.len;
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
	       (first || end_of(&r->part[i - 1]) == p->spot.off) && (last || end_of(p) == r->part[i + 1].spot.off);
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
		else if (replay_append(r, p->spot.off, p->spot.len) < 0)
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
	if (!p->spot.off && end_of(p) > behind)
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

/* ---- geometry ---- */

static bool
fits_geometry(const struct iso_replay *r, unsigned int heads, unsigned int track)
{
	bool some = false;

	for (size_t i = 0; i < r->n_parts; i++) {
		const struct replay_part *p = &r->part[i];
		uint64_t last = end_of(p) / SECTOR - 1;
		uint64_t cylinder = last / (heads * track);

		if (p->scheme != REPLAY_MBR || !p->spot.len || cylinder > 1023 || !memcmp(p->chs_last, "\xfe\xff\xff", 3))
			continue;
		some = true;
		if (p->chs_last[0] != last / track % heads || p->chs_last[2] != (cylinder & 0xff) ||
		    p->chs_last[1] != ((last % track + 1) | (cylinder >> 2 & 0xc0)))
			return false;
	}
	return some;
}

static void
find_geometry(struct iso_replay *r)
{
	static const uint8_t usual[][2] = { { 64, 32 }, { 255, 63 }, { 128, 32 }, { 128, 63 }, { 16, 63 }, { 32, 63 }, { 255, 32 } };
	struct boot_plan *p = r->plan;
	bool aligned = r->volume->size % MIB == 0;

	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (fits_geometry(r, usual[i][0], usual[i][1])) {
			p->heads = usual[i][0];
			p->track = usual[i][1];
			break;
		}
	for (size_t i = 0; i < r->n_parts; i++)
		aligned |= r->part[i].scheme == REPLAY_MBR && !r->part[i].spot.off && end_of(&r->part[i]) % MIB == 0;
	p->cylinders = p->code == PLAN_ISOLINUX && aligned;
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

static void
look_at_code(struct iso_replay *r)
{
	struct boot_plan *p = r->plan;

	p->code = boot_code_look(p->head, ISO_SYSTEM_AREA);
	if (p->code == PLAN_OTHER_CODE)
		img_problem(r->volume->env, IMG_WARNING, "edit-boot-code", "the boot code in front of the volume is of a kind this "
			    "build does not know; it is kept as it is, and does not start if it depends on places in the image");
}

/* A second set of descriptors, for the partition that begins behind the first. */
static int
look_at_offset(struct iso_replay *r, struct img_err *err)
{
	uint8_t p[ISO_SECTOR];
	uint64_t at = (PARTITION_OFFSET + ISO_VD_BLOCK) * (uint64_t)ISO_SECTOR;
	bool begins = false;

	for (size_t i = 0; i < r->n_parts; i++)
		begins |= r->part[i].spot.off == PARTITION_OFFSET * (uint64_t)ISO_SECTOR;
	if (!begins || !span_ok(at, sizeof p, r->volume->size))
		return 0;
	if (!img_source_read(r->volume, at, p, sizeof p, NULL) && iso_vd_type(p) == ISO_VD_PRIMARY)
		r->plan->partition_offset = PARTITION_OFFSET;
	return 0;
}

int
replay_tables_read(struct iso_replay *r, struct img_err *err)
{
	struct boot_plan *p = r->plan;
	size_t n = r->volume->size < ISO_SYSTEM_AREA ? (size_t)r->volume->size : ISO_SYSTEM_AREA;
	int rc = img_source_read(r->volume, 0, p->head, n, err);

	if (rc)
		return rc;
	rc = look_at_others(r, err);
	if (!rc)
		rc = read_mbr(r, err);
	if (!rc)
		rc = read_gpt(r, err);
	if (!rc)
		rc = read_apm(r, err);
	if (rc)
		return rc;
	if (p->has_mbr)
		memset(p->head + MBR_TABLE, 0, MBR_LEN - MBR_TABLE);
	look_at_code(r);
	for (size_t i = 0; i < ISO_SYSTEM_AREA; i++)
		p->has_head |= p->head[i] != 0;
	find_geometry(r);
	return look_at_offset(r, err);
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

/* SPDX-License-Identifier: BSD-2-Clause */
/* System area and partition tables of an image that is to be written again, as they stand there: every used entry of MBR, GPT
 * and APM, as bytes of the image.  What is understood is blanked in what is kept of the system area; boot_apply.c writes it
 * anew over it.  What the entries mean is found out in replay_tables.c. */
#include "config.h"

#include <inttypes.h>
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

/* ---- geometry ---- */

static bool
fits_geometry(const struct iso_replay *r, unsigned int heads, unsigned int track)
{
	bool some = false;

	for (size_t i = 0; i < r->n_parts; i++) {
		const struct replay_part *p = &r->part[i];
		uint64_t last = replay_end(p) / SECTOR - 1;
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
		aligned |= r->part[i].scheme == REPLAY_MBR && !r->part[i].spot.off && replay_end(&r->part[i]) % MIB == 0;
	p->cylinders = p->code == PLAN_ISOLINUX && aligned;
}

/* ---- all of it ---- */

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
static void
look_at_offset(struct iso_replay *r)
{
	uint8_t p[ISO_SECTOR];
	uint64_t at = (PARTITION_OFFSET + ISO_VD_BLOCK) * (uint64_t)ISO_SECTOR;
	bool begins = false;

	for (size_t i = 0; i < r->n_parts; i++)
		begins |= r->part[i].spot.off == PARTITION_OFFSET * (uint64_t)ISO_SECTOR;
	if (!begins || !span_ok(at, sizeof p, r->volume->size))
		return;
	if (!img_source_read(r->volume, at, p, sizeof p, NULL) && iso_vd_type(p) == ISO_VD_PRIMARY)
		r->plan->partition_offset = PARTITION_OFFSET;
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
	look_at_offset(r);
	return 0;
}

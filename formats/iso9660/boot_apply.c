/* SPDX-License-Identifier: BSD-2-Clause */
/* A plan becomes the author's options, and once everything has its place, the tables in the system area:
 *
 *   0		boot code, patched with where its second part lies; an APM's block 0 over its first bytes
 *   440	the disk's number, 446 the partition table, 510 55 AA
 *   512	GPT header; its array from 1024 on, or behind the map
 *   2048	APM, one entry a block of 2048 bytes
 *   end	the second GPT: array, header in the last sector; between them UDF has its last anchor */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "core/bytes.h"
#include "formats/apm/layout.h"
#include "formats/gpt/layout.h"
#include "formats/iso9660/boot_plan.h"
#include "formats/iso9660/eltorito.h"
#include "formats/iso9660/iso.h"
#include "formats/mbr/layout.h"
#include "img/check.h"

#define SECTOR 512
#define GPT_ENTRIES 128
#define GPT_ARRAY_LEN (GPT_ENTRIES * GPT_ENTRY_LEN)
#define GPT_TAIL (GPT_ARRAY_LEN + 4 * SECTOR)	/* whole blocks: array, one sector for UDF's last anchor, header */

#define CYLINDER (UINT64_C(64) * 32 * SECTOR)
#define MAX_CYLINDERS 1024	/* what a CHS address can say */
#define PATCH_OFF 432		/* of both templates */
#define APM_BLOCK 2048
#define APM_STATUS_MAP 3	/* valid, allocated */

/* ---- where partitions lie ---- */

static uint64_t
end_of_usable(const struct boot_plan *p, const struct iso_layout *l)
{
	return p->has_gpt ? l->size - GPT_TAIL : l->size;
}

static void
place(const struct boot_plan *p, const struct iso_layout *l, uint64_t end, struct plan_part *part)
{
	uint64_t start = p->partition_offset * (uint64_t)ISO_SECTOR;

	switch (part->what) {
	case PLAN_IMAGE:
		part->off = 0;
		part->len = end;
		break;
	case PLAN_VOLUME:
		part->off = start;
		part->len = (l->n_append ? l->append[0].off : end) - start;
		break;
	case PLAN_BOOT:
		part->off = l->boot[part->index].off;
		part->len = (l->boot[part->index].len + SECTOR - 1) / SECTOR * SECTOR;
		break;
	case PLAN_APPEND:
		part->off = l->append[part->index].off;
		part->len = (l->append[part->index].len + SECTOR - 1) / SECTOR * SECTOR;
		break;
	case PLAN_PROTECT:
		part->off = SECTOR;
		part->len = l->size - SECTOR;
		break;
	case PLAN_DUMMY:
		part->off = 0;
		part->len = SECTOR;
		break;
	default:
		break;
	}
}

/* What is left between the others; @first to @end is what the table may use.  A gap that closed is gone. */
static void
place_gaps(struct plan_part *v, size_t n, uint64_t first, uint64_t end)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t stop = end;

		for (size_t k = n; v[i].what == PLAN_GAP && k-- > i + 1;)
			if (v[k].what && v[k].what != PLAN_GAP)
				stop = v[k].off;
		if (v[i].what == PLAN_GAP && stop > first) {
			v[i].off = first;
			v[i].len = stop - first;
		} else if (v[i].what == PLAN_GAP) {
			v[i].what = PLAN_UNUSED;
		}
		if (v[i].what)
			first = v[i].off + v[i].len;
	}
}

/* isohybrid shows the volume, and what it starts inside it, side by side. */
static bool
is_inside(const struct plan_part *a, const struct plan_part *b)
{
	return a->what == PLAN_VOLUME && b->what == PLAN_BOOT;
}

static int
check_overlap(const struct boot_plan *p, struct img_err *err)
{
	/* the image from its first sector on: the isohybrid way, which overlaps even the table itself */
	for (size_t i = 0; i < PLAN_GPT_PARTS; i++)
		if (p->gpt[i].what == PLAN_IMAGE || (p->gpt[i].what == PLAN_VOLUME && !p->partition_offset))
			return 0;
	for (size_t i = 0; i < PLAN_GPT_PARTS; i++)
		for (size_t k = 0; k < i; k++) {
			const struct plan_part *a = &p->gpt[i], *b = &p->gpt[k];

			if (is_inside(a, b) || is_inside(b, a))
				continue;
			if (a->what && b->what && a->off < b->off + b->len && b->off < a->off + a->len)
				return img_fail(err, IMG_E_USAGE, "GPT partitions %zu and %zu would overlap", k + 1, i + 1);
		}
	return 0;
}

static int
place_all(struct boot_plan *p, const struct iso_layout *l, struct img_err *err)
{
	for (size_t i = 0; i < PLAN_MBR_PARTS; i++)
		place(p, l, l->size, &p->mbr[i]);
	for (size_t i = 0; i < PLAN_GPT_PARTS; i++)
		place(p, l, end_of_usable(p, l), &p->gpt[i]);
	for (size_t i = 0; i < p->n_apm; i++)
		place(p, l, l->size, &p->apm[i]);
	place_gaps(p->gpt, PLAN_GPT_PARTS, ISO_SYSTEM_AREA, end_of_usable(p, l));
	place_gaps(p->apm, p->n_apm, ISO_SYSTEM_AREA, l->size);
	boot_plan_close_apm(p);
	return p->has_gpt ? check_overlap(p, err) : 0;
}

/* ---- numbers that must differ between images, and be the same for the same image ---- */

struct ids {
	uint8_t sum[32];
};

static int
make_ids(const struct boot_plan *p, const struct iso_layout *l, struct ids *ret, struct img_err *err)
{
	const struct img_digest *d = img_digest_by_name("sha256");
	uint8_t head[8 * 8 + 16 * 3];
	void *state;
	int rc;

	memset(head, 0, sizeof head);
	store_le64(head, l->volume);
	store_le64(head + 8, l->size);
	store_le64(head + 16, l->catalog);
	store_le64(head + 24, (uint64_t)l->date);
	store_le64(head + 32, l->n_files);
	store_le64(head + 40, l->n_dirs);
	store_le64(head + 48, (uint64_t)p->code << 8 | p->has_gpt << 1 | p->has_mbr);
	store_le64(head + 56, p->n_apm << 8 | p->partition_offset);
	for (size_t i = 0; i < l->n_boot && i < 3; i++) {
		store_le64(head + 64 + 16 * i, l->boot[i].off);
		store_le64(head + 72 + 16 * i, l->boot[i].len);
	}
	state = d->begin();
	if (!state)
		return img_fail_nomem(err);
	d->update(state, head, sizeof head);
	d->update(state, p->salt, strlen(p->salt));
	rc = iso_layout_feed(l, d, state, err);
	d->finish(state, ret->sum);
	return rc;
}

/* GUID number @n; version 8, "made by its maker's own rule" (RFC 9562 5.8), as stored. */
static void
make_guid(const struct ids *ids, unsigned int n, uint8_t ret[16])
{
	memcpy(ret, ids->sum, 16);
	ret[5] ^= (uint8_t)n;
	ret[7] = (uint8_t)((ret[7] & 0x0f) | 0x80);
	ret[8] = (uint8_t)((ret[8] & 0x3f) | 0x80);
}

/* ---- MBR ---- */

static void
put_chs(const struct boot_plan *p, uint64_t sector, uint8_t ret[3])
{
	uint64_t heads = p->heads ? p->heads : 64, track = p->track ? p->track : 32;
	uint64_t cylinder = sector / (heads * track), head = sector / track % heads;

	if (cylinder >= MAX_CYLINDERS) {
		memcpy(ret, "\xfe\xff\xff", 3);
		return;
	}
	ret[0] = (uint8_t)head;
	ret[1] = (uint8_t)((sector % track + 1) | (cylinder >> 2 & 0xc0));
	ret[2] = (uint8_t)cylinder;
}

static void
put_mbr(const struct boot_plan *p, const struct ids *ids, uint8_t *head)
{
	struct mbr m = { .signature = p->has_mbr_id ? p->mbr_id : load_le32(ids->sum + 16) | 1 };

	for (size_t i = 0; i < PLAN_MBR_PARTS; i++) {
		const struct plan_part *part = &p->mbr[i];
		uint64_t first = part->off / SECTOR, count = part->len / SECTOR;

		if (!part->what)
			continue;
		m.entry[i] = (struct mbr_entry) {
			.status = part->active ? MBR_ACTIVE : 0, .type = part->mbr_type, .first = (uint32_t)first,
			.count = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX,
		};
		put_chs(p, first, m.entry[i].chs_first);
		put_chs(p, first + count - 1, m.entry[i].chs_last);
	}
	mbr_emit(&m, head);
}

static void
patch_code(const struct boot_plan *p, const struct iso_layout *l, uint8_t *head)
{
	uint64_t sector = p->code_boot < l->n_boot ? l->boot[p->code_boot].off / SECTOR : 0;

	if (p->code == PLAN_ISOLINUX)
		store_le64(head + PATCH_OFF, sector);
	else if (p->code == PLAN_GRUB2)		/* behind cdboot.img, four sectors long */
		store_le64(head + PATCH_OFF, sector + 4);
}

/* ---- GPT ---- */

static void
put_gpt_entry(const struct plan_part *part, const struct ids *ids, unsigned int n, uint8_t *ret)
{
	struct gpt_entry e = {
		.first_lba = part->off / SECTOR, .last_lba = (part->off + part->len) / SECTOR - 1,
		.attributes = part->attributes,
	};

	memcpy(e.type, part->guid_type, sizeof e.type);
	if (part->has_guid)
		memcpy(e.guid, part->guid, sizeof e.guid);
	else
		make_guid(ids, n + 1, e.guid);
	for (size_t i = 0; i < sizeof part->name && part->name[i]; i++)
		e.name[i] = (uint8_t)part->name[i];
	gpt_entry_emit(&e, ret);
}

static void
put_gpt(const struct boot_plan *p, const struct iso_layout *l, const struct ids *ids, uint8_t *head, uint8_t *tail)
{
	uint64_t sectors = l->size / SECTOR, array = p->n_apm ? 4 * (p->n_apm + 2) : 2;
	struct gpt_header h = {
		.revision = 0x10000, .my_lba = 1, .alternate_lba = sectors - 1, .first_usable_lba = array + GPT_ARRAY_LEN / SECTOR,
		.last_usable_lba = sectors - GPT_TAIL / SECTOR - 1, .entries_lba = array, .n_entries = GPT_ENTRIES,
		.entry_len = GPT_ENTRY_LEN,
	};
	uint8_t *entries = head + array * SECTOR;

	memset(entries, 0, GPT_ARRAY_LEN);
	for (unsigned int i = 0; i < PLAN_GPT_PARTS; i++)
		if (p->gpt[i].what)
			put_gpt_entry(&p->gpt[i], ids, i, entries + (size_t)i * GPT_ENTRY_LEN);
	if (p->has_disk_guid)
		memcpy(h.guid, p->disk_guid, sizeof h.guid);
	else
		make_guid(ids, 0, h.guid);
	h.entries_crc = gpt_crc(entries, GPT_ARRAY_LEN);
	gpt_header_seal(&h);
	memset(head + SECTOR, 0, SECTOR);
	gpt_header_emit(&h, head + SECTOR);
	h.my_lba = sectors - 1;
	h.alternate_lba = 1;
	/* without an anchor the array lies before the header, where everybody has it */
	h.entries_lba = l->udf ? sectors - GPT_TAIL / SECTOR : sectors - 1 - GPT_ARRAY_LEN / SECTOR;
	gpt_header_seal(&h);
	memcpy(l->udf ? tail : tail + 3 * SECTOR, entries, GPT_ARRAY_LEN);
	gpt_header_emit(&h, tail + GPT_TAIL - SECTOR);
}

/* ---- APM ---- */

static void
put_apm(const struct boot_plan *p, uint8_t *head)
{
	/* block 0, over harmless bytes of both templates: x86 takes it for instructions that do nothing of note
	 * (observed: xorriso 1.5.4) */
	static const uint8_t over_isolinux[32] = { 'E', 'R', 8, 0, 0, 0, 0x90, 0x90 };
	static const uint8_t over_grub[8] = { 'E', 'R', 8, 0, 0xeb, 2, 0xff, 0xff };
	struct apm_entry e = {
		.n_entries = (uint32_t)p->n_apm + 1, .start = 1, .count = (uint32_t)p->n_apm + 1, .name = "Apple",
		.type = "Apple_partition_map", .data_count = (uint32_t)p->n_apm + 1, .status = APM_STATUS_MAP,
	};

	if (p->code == PLAN_ISOLINUX)
		memcpy(head, over_isolinux, sizeof over_isolinux);
	else
		memcpy(head, over_grub, sizeof over_grub);
	memset(head + APM_BLOCK, 0, (p->n_apm + 1) * APM_BLOCK);
	apm_entry_emit(&e, head + APM_BLOCK);
	for (size_t i = 0; i < p->n_apm; i++) {
		const struct plan_part *part = &p->apm[i];

		e.start = (uint32_t)(part->off / APM_BLOCK);
		e.count = e.data_count = (uint32_t)((part->len + APM_BLOCK - 1) / APM_BLOCK);
		e.status = part->apm_status;
		memset(e.name, 0, sizeof e.name);
		memcpy(e.name, part->name, strnlen(part->name, sizeof e.name));
		memcpy(e.type, part->apm_type, sizeof e.type);
		apm_entry_emit(&e, head + (i + 2) * APM_BLOCK);
	}
}

/* ---- the hook ---- */

static int
plan_size(void *ctx, const struct iso_layout *l, uint64_t end, uint64_t *ret_size, struct img_err *err)
{
	const struct boot_plan *p = ctx;
	uint64_t size = (end + ISO_SECTOR - 1) / ISO_SECTOR * ISO_SECTOR;

	if (p->cylinders && size <= MAX_CYLINDERS * CYLINDER)
		size = (size + CYLINDER - 1) / CYLINDER * CYLINDER;
	*ret_size = size;
	return 0;
}

static int
plan_fill(void *ctx, const struct iso_layout *l, uint8_t head[ISO_SYSTEM_AREA], uint8_t *tail, size_t tail_len,
	  struct img_err *err)
{
	struct boot_plan *p = ctx;
	struct ids ids = { { 0 } };
	int rc = place_all(p, l, err);

	if (!rc && (p->has_mbr || p->has_gpt))
		rc = make_ids(p, l, &ids, err);
	if (rc)
		return rc;
	if (p->has_head)
		memcpy(head, p->head, ISO_SYSTEM_AREA);
	patch_code(p, l, head);
	if (p->has_mbr)
		put_mbr(p, &ids, head);
	if (p->n_apm)
		put_apm(p, head);
	if (p->has_gpt)
		put_gpt(p, l, &ids, head, tail);
	return 0;
}

static int
plan_describe(void *ctx, const struct iso_layout *l, struct img_source *image, struct img_rep *rep, struct img_err *err)
{
	return boot_plan_describe(ctx, l, image, rep, err);
}

static void
plan_destroy(void *ctx)
{
	boot_plan_free(ctx);
}

int
boot_plan_apply(struct boot_plan *p, struct iso_options *o, struct iso_hybrid *ret, struct img_err *err)
{
	int rc = boot_plan_check(p, err);

	if (rc)
		return rc;
	o->partition_offset = p->partition_offset;
	if (p->has_date) {
		o->has_date = true;
		o->date = p->date;
	}
	if (boot_plan_empty(p))
		return 0;
	*ret = (struct iso_hybrid) {
		.ctx = p, .size = p->has_mbr ? plan_size : NULL, .fill = plan_fill, .describe = plan_describe, .destroy = plan_destroy,
		.tail_len = p->has_gpt ? GPT_TAIL : 0, .whole_volume = p->has_mbr,
	};
	o->n_boot = p->n_boot;
	o->boot = p->boot;
	o->catalog = p->catalog;
	o->n_append = p->n_append;
	o->append = p->append;
	o->hybrid = ret;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The descriptors of a volume that is finished when it is written: one read-only partition, one map, no space bitmap. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "formats/udf/author.h"

#define REST (UDF_DESC_LEN - UDF_TAG_LEN)

static bool
is_nsr02(const struct udf_plan *p)
{
	return p->revision < 0x0200;
}

uint16_t
udf_plan_tag_version(const struct udf_plan *p)
{
	return is_nsr02(p) ? 2 : 3;
}

void
udf_plan_recognition(const struct udf_plan *p, uint8_t *b)
{
	udf_vrs_emit(is_nsr02(p) ? "NSR02" : "NSR03", b);
}

static struct udf_regid
domain(const struct udf_plan *p)
{
	struct udf_regid r = udf_regid_make("*OSTA UDF Compliant", p->revision);

	r.suffix[2] = 3;	/* hard and soft write protection: the disc is finished */
	return r;
}

static void
seal(const struct udf_plan *p, uint8_t *b, uint16_t id, uint32_t block, size_t crc_len)
{
	udf_tag_seal(b, id, udf_plan_tag_version(p), 0, block, crc_len);
}

static void
put_primary(const struct udf_plan *p, uint32_t block, uint8_t *b)
{
	struct udf_pvd d = {
		.volume_seq = 1, .max_volume_seq = 1, .interchange = 2, .max_interchange = 2,
		.application = udf_regid_make("*IMGCONV", 0), .implementation = udf_regid_make("*IMGCONV", 0),
		.time = udf_stamp_make(p->time),
	};

	snprintf(d.volume_id, sizeof d.volume_id, "%s", p->label);
	/* sixteen hex digits: what others make a UUID or serial number of */
	snprintf(d.set_id, sizeof d.set_id, "%016" PRIx64 "%s", p->identity, p->label);
	seal(p, b, UDF_PVD, block, udf_pvd_emit(&d, b));
}

static void
put_use(const struct udf_plan *p, uint32_t block, uint8_t *b)
{
	struct udf_iuvd d = {
		.seq = 1, .what = udf_regid_make("*UDF LV Info", p->revision), .implementation = udf_regid_make("*IMGCONV", 0),
	};

	snprintf(d.label, sizeof d.label, "%s", p->label);
	seal(p, b, UDF_IUVD, block, udf_iuvd_emit(&d, b));
}

static void
put_partition(const struct udf_plan *p, uint32_t block, uint8_t *b)
{
	struct udf_pd d = {
		.seq = 2, .flags = 1, .contents = udf_regid_make(is_nsr02(p) ? "+NSR02" : "+NSR03", 0), .access = 1,
		.start = p->part, .len = p->part_len, .implementation = udf_regid_make("*IMGCONV", 0),
	};

	d.contents.flags = 0;
	seal(p, b, UDF_PD, block, udf_pd_emit(&d, b));
}

static void
put_logical(const struct udf_plan *p, uint32_t block, uint8_t *b)
{
	uint8_t map[6];
	struct udf_lvd d = {
		.seq = 3, .block_size = UDF_BLOCK, .domain = domain(p), .implementation = udf_regid_make("*IMGCONV", 0),
		.fsd = { .len = UDF_BLOCK }, .maps_len = 6, .n_maps = 1, .maps = map,
		.integrity = { p->integrity_blocks * UDF_BLOCK, p->integrity },
	};

	udf_map1_emit(1, 0, map);
	snprintf(d.label, sizeof d.label, "%s", p->label);
	seal(p, b, UDF_LVD, block, udf_lvd_emit(&d, b));
}

void
udf_plan_sequence(const struct udf_plan *p, uint32_t block, uint8_t *b)
{
	put_primary(p, block, b);
	put_use(p, block + 1, b + UDF_BLOCK);
	put_partition(p, block + 2, b + 2 * UDF_BLOCK);
	put_logical(p, block + 3, b + 3 * UDF_BLOCK);
	store_le32(b + 4 * UDF_BLOCK + UDF_TAG_LEN, 4);		/* no unallocated space */
	seal(p, b + 4 * UDF_BLOCK, UDF_USD, block + 4, 8);
	seal(p, b + 5 * UDF_BLOCK, UDF_TD, block + 5, REST);
}

void
udf_plan_integrity(const struct udf_plan *p, uint8_t *b)
{
	struct udf_lvid d = {
		.time = udf_stamp_make(p->time), .closed = true, .next_unique = p->next_unique, .n_parts = 1,
		.size = { p->part_len }, .implementation = udf_regid_make("*IMGCONV", 0), .n_files = p->n_files,
		.n_dirs = p->n_dirs, .min_read = p->revision, .min_write = p->revision, .max_write = p->revision, .counts = true,
	};

	seal(p, b, UDF_LVID, p->integrity, udf_lvid_emit(&d, b));
	seal(p, b + UDF_BLOCK, UDF_TD, p->integrity + 1, REST);
}

void
udf_plan_anchor(const struct udf_plan *p, uint32_t block, uint8_t *b)
{
	struct udf_avdp d = {
		{ UDF_SEQUENCE * UDF_BLOCK, p->main }, { UDF_SEQUENCE * UDF_BLOCK, p->reserve },
	};

	seal(p, b, UDF_AVDP, block, udf_avdp_emit(&d, b));
}

void
udf_plan_file_set(const struct udf_plan *p, uint8_t *b)
{
	struct udf_fsd d = { .time = udf_stamp_make(p->time), .root = p->root, .domain = domain(p) };

	snprintf(d.label, sizeof d.label, "%s", p->label);
	snprintf(d.set_id, sizeof d.set_id, "%s", p->label);
	seal(p, b, UDF_FSD, 0, udf_fsd_emit(&d, b));
	seal(p, b + UDF_BLOCK, UDF_TD, 1, REST);
}

uint64_t
udf_identity(uint64_t h, const void *bytes, size_t n)
{
	const uint8_t *b = bytes;

	if (!h)
		h = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * UINT64_C(0x100000001b3);
	return h;
}

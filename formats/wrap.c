/* SPDX-License-Identifier: BSD-2-Clause */
/* A volume in a partition map.  As hdiutil makes them (observed; sectors of 512 bytes):
 *
 *   GPT	0 protective MBR, 1 header, 2 to 33 entries, 40 the volume, 32 sectors of entries and a header at the end
 *   APM	0 driver map, 1 to 63 the map, 64 the volume, 10 free sectors
 *
 * and an MBR with the volume at 1 MiB, as all do now. */
#include "config.h"

#include "formats/wrap.h"

#include <inttypes.h>
#include <string.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "formats/apm/layout.h"
#include "formats/gpt/layout.h"
#include "formats/mbr/layout.h"
#include "img/check.h"
#include "img/source.h"

#define SECTOR 512
#define LOOK 65536		/* bytes of the volume that its identifiers are made from: all file systems have theirs there */

enum {
	GPT_FIRST = 40, GPT_ENTRIES = 128, GPT_ARRAY = 32, GPT_TAIL = GPT_ARRAY + 1,
	APM_MAP = 63, APM_FIRST = APM_MAP + 1, APM_TAIL = 10,
	MBR_FIRST = 2048,
};

/* What becomes of the volume. */
struct wrapping {
	const struct wrap_options *o;
	uint64_t n, total;		/* sectors of the volume, of the disk */
	uint64_t first, tail;		/* in front of it, at the end */
	uint8_t seed[IMG_DIGEST_MAX];
	uint8_t *head_bytes, *tail_bytes;
};

static void
spans(enum wrap_map map, uint64_t *ret_first, uint64_t *ret_tail)
{
	static const struct {
		uint64_t first, tail;
	} of[] = {
		[WRAP_NONE] = { 0, 0 }, [WRAP_GPT] = { GPT_FIRST, GPT_TAIL }, [WRAP_APM] = { APM_FIRST, APM_TAIL },
		[WRAP_MBR] = { MBR_FIRST, 0 },
	};

	*ret_first = of[map].first;
	*ret_tail = of[map].tail;
}

uint64_t
wrap_overhead(enum wrap_map map)
{
	uint64_t first, tail;

	spans(map, &first, &tail);
	return (first + tail) * SECTOR;
}

uint64_t
wrap_first(enum wrap_map map)
{
	uint64_t first, tail;

	spans(map, &first, &tail);
	return first;
}

/* ---- identifiers ---- */

static int
make_seed(struct wrapping *w, struct img_source *volume, struct img_err *err)
{
	const struct img_digest *d = img_digest_by_name("sha256");
	size_t n = volume->size < LOOK ? (size_t)volume->size : LOOK;
	img_autofree uint8_t *b = malloc(LOOK);
	uint8_t size[8];
	void *state;
	int rc = b ? img_source_read(volume, 0, b, n, err) : img_fail_nomem(err);

	if (rc)
		return rc;
	state = d->begin();
	if (!state)
		return img_fail_nomem(err);
	store_le64(size, volume->size);
	d->update(state, size, sizeof size);
	d->update(state, b, n);
	d->finish(state, w->seed);
	return 0;
}

/* The @which-th: a GUID that says it is random, since nobody has a name space for these. */
static void
make_guid(const struct wrapping *w, unsigned int which, uint8_t ret[16])
{
	memcpy(ret, w->seed + 16 * which, 16);
	ret[7] = (uint8_t)(0x40 | (ret[7] & 0x0f));
	ret[8] = (uint8_t)(0x80 | (ret[8] & 0x3f));
}

/* ---- GPT ---- */

static void
gpt_protect(const struct wrapping *w, uint8_t *sector)
{
	struct mbr m = { 0 };

	m.entry[0] = (struct mbr_entry) {
		.chs_first = { 0, 2, 0 }, .chs_last = { 0xff, 0xff, 0xff }, .type = MBR_TYPE_PROTECTIVE, .first = 1,
		.count = w->total - 1 > UINT32_MAX ? UINT32_MAX : (uint32_t)(w->total - 1),
	};
	mbr_emit(&m, sector);
}

static void
gpt_header(const struct wrapping *w, bool backup, uint32_t crc, uint8_t *sector)
{
	struct gpt_header h = {
		.revision = 0x00010000, .my_lba = backup ? w->total - 1 : 1, .alternate_lba = backup ? 1 : w->total - 1,
		.first_usable_lba = 2 + GPT_ARRAY, .last_usable_lba = w->total - GPT_TAIL - 1,
		.entries_lba = backup ? w->total - GPT_TAIL : 2, .n_entries = GPT_ENTRIES, .entry_len = GPT_ENTRY_LEN,
		.entries_crc = crc,
	};

	make_guid(w, 0, h.guid);
	gpt_header_seal(&h);
	gpt_header_emit(&h, sector);
}

static int
make_gpt(struct wrapping *w, struct img_err *err)
{
	uint8_t *array = w->head_bytes + 2 * SECTOR;
	struct gpt_entry e = { .first_lba = w->first, .last_lba = w->first + w->n - 1 };
	uint32_t crc;

	if (!gpt_guid_parse(w->o->gpt_type, e.type))
		return img_fail(err, IMG_E_USAGE, "%s is no partition type", w->o->gpt_type);
	make_guid(w, 1, e.guid);
	for (size_t i = 0; w->o->name[i] && i < GPT_NAME_UNITS; i++)
		e.name[i] = (unsigned char)w->o->name[i];
	gpt_entry_emit(&e, array);
	crc = gpt_crc(array, GPT_ARRAY * SECTOR);
	gpt_protect(w, w->head_bytes);
	gpt_header(w, false, crc, w->head_bytes + SECTOR);
	memcpy(w->tail_bytes, array, GPT_ARRAY * SECTOR);
	gpt_header(w, true, crc, w->tail_bytes + GPT_ARRAY * SECTOR);
	return 0;
}

/* ---- APM ---- */

static void
apm_put(struct wrapping *w, uint32_t index, uint64_t start, uint64_t count, const char *name, const char *type,
	uint32_t status)
{
	struct apm_entry e = {
		.n_entries = 3, .start = (uint32_t)start, .count = (uint32_t)count,
		.data_count = status ? (uint32_t)count : 0, .status = status,
	};

	strncpy(e.name, name, sizeof e.name - 1);
	strncpy(e.type, type, sizeof e.type - 1);
	apm_entry_emit(&e, w->head_bytes + index * SECTOR);
}

static int
make_apm(struct wrapping *w, struct img_err *err)
{
	struct apm_driver_map d = { .block_size = SECTOR, .block_count = (uint32_t)w->total };

	if (w->total > UINT32_MAX)
		return img_fail(err, IMG_E_UNSUPPORTED, "an Apple partition map ends at 2 TiB; --partition-map gpt does not");
	apm_driver_map_emit(&d, w->head_bytes);
	apm_put(w, 1, 1, APM_MAP, "Apple", "Apple_partition_map", 0x00000003);
	apm_put(w, 2, w->first, w->n, w->o->name, w->o->apm_type, 0x40000033);
	apm_put(w, 3, w->first + w->n, w->total - w->first - w->n, "", "Apple_Free", 0);
	return 0;
}

/* ---- MBR ---- */

static int
make_mbr(struct wrapping *w, struct img_err *err)
{
	struct mbr m = { .signature = load_le32(w->seed) };

	if (w->total > UINT32_MAX)
		return img_fail(err, IMG_E_UNSUPPORTED, "an MBR ends at 2 TiB; --partition-map gpt does not");
	m.entry[0] = (struct mbr_entry) {
		.chs_first = { 0xfe, 0xff, 0xff }, .chs_last = { 0xfe, 0xff, 0xff }, .type = w->o->mbr_type,
		.first = (uint32_t)w->first, .count = (uint32_t)w->n,
	};
	mbr_emit(&m, w->head_bytes);
	return 0;
}

/* ---- all of it ---- */

/* Head, volume, what --size leaves free, tail. */
static int
put_together(const struct wrapping *w, struct img_source *volume, struct img_source **ret, struct img_err *err)
{
	img_autounref struct img_source *head = NULL, *tail = NULL, *free_space = NULL;
	uint64_t used = (w->first + w->n + w->tail) * SECTOR, more = w->total * SECTOR - used, pad = w->n * SECTOR - volume->size;
	struct img_piece v[4];
	size_t n = 0;
	int rc = img_memory(volume->env, w->head_bytes, w->first * SECTOR, true, &head, err);

	if (!rc)
		rc = img_memory(volume->env, w->tail_bytes, w->tail * SECTOR, true, &tail, err);
	if (!rc)
		rc = img_zeros(volume->env, more + pad, &free_space, err);
	if (rc)
		return rc;
	v[n++] = (struct img_piece) { head, 0, head->size };
	v[n++] = (struct img_piece) { volume, 0, volume->size };
	if (free_space->size)
		v[n++] = (struct img_piece) { free_space, 0, free_space->size };
	if (tail->size)
		v[n++] = (struct img_piece) { tail, 0, tail->size };
	return img_concat(volume->env, v, n, ret, err);
}

int
wrap_volume(struct img_source *volume, const struct wrap_options *o, struct img_source **ret, struct img_err *err)
{
	struct wrapping w = { .o = o, .n = (volume->size + SECTOR - 1) / SECTOR };
	img_autofree uint8_t *head = NULL, *tail = NULL;
	int rc;

	if (o->map == WRAP_NONE) {
		*ret = img_ref(volume);
		return 0;
	}
	spans(o->map, &w.first, &w.tail);
	w.total = w.first + w.n + w.tail;
	if (o->size && o->size / SECTOR < w.total)
		return img_fail(err, IMG_E_NOSPACE, "%" PRIu64 " bytes are needed, --size gives %" PRIu64, w.total * SECTOR, o->size);
	if (o->size)
		w.total = o->size / SECTOR;
	rc = img_array(w.first * SECTOR, 1, UINT64_MAX, "bytes", &head, err);
	if (!rc)
		rc = img_array(w.tail * SECTOR + 1, 1, UINT64_MAX, "bytes", &tail, err);
	if (!rc)
		rc = make_seed(&w, volume, err);
	if (rc)
		return rc;
	w.head_bytes = head;
	w.tail_bytes = tail;
	rc = o->map == WRAP_GPT ? make_gpt(&w, err) : o->map == WRAP_APM ? make_apm(&w, err) : make_mbr(&w, err);
	return rc ? rc : put_together(&w, volume, ret, err);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The UDIF sink: the data fork as it comes, then the property list with the block tables, then the trailer.  One pass
 * front to back, so that a pipe will do.
 *
 * The disk is cut into regions (write_regions.c), each of which becomes a block table, and regions into cells of 1 MiB.
 * Cells need no grid of their own: each begins where the last one ended.  A cell ends early
 *   - at the end of its region;
 *   - where free space begins or ends, because a run is free as a whole or not at all;
 *   - with the chunk of a compressed source that begins where the cell does, if it is not much smaller than a cell.  So a
 *     chunk is decoded once, straight into its cell, and one of the right codec travels as it is stored.
 *
 * Workers compress a cell and sum it; append writes the bytes and combines the sums.  A run costs 8 bytes until the property
 * list is written (write_plist.c). */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "formats/udif/udif.h"
#include "formats/udif/write.h"
#include "formats/udif/write_options.h"
#include "img/check.h"
#include "img/codec.h"
#include "img/env.h"
#include "core/zeros.h"
#include "img/out.h"
#include "img/sink.h"

#define CELL (UINT64_C(1) << 20)	/* hdiutil's chunk: 2048 sectors */
#define CELL_OWN (UINT64_C(256) << 10)	/* chunks of the target's own codec are kept from this size on: hdiutil's before 10.5 */
#define CELL_OTHER (UINT64_C(512) << 10)	/* others are followed from here; below, longer cells compress better */
#define HOLE_MIN 4096			/* shorter free space is stored as zeros: a run costs more */

enum { NOTE_KIND, NOTE_CRC, NOTE_STORED_CRC };	/* what encode tells append */

struct udif_sink {
	struct img_sink sink;
	struct img_source *source;	/* borrowed */
	const struct udif_kind_info *kind;
	int level;
	const struct img_resource *resources;
	size_t n_resources;
	struct udif_regions regions;
	size_t at;			/* append: the region at hand */
	uint64_t pos;			/* bytes of the data fork so far */
	uint32_t crc;			/* over them */
	struct img_buf runs;		/* of struct udif_packed */
	bool split;			/* the out is a set of parts */
	struct udif_part_sums part_sums;
};

static struct udif_sink *
sink_of(struct img_sink *k)
{
	return (struct udif_sink *)k;
}

static const struct udif_sink *
const_sink_of(const struct img_sink *k)
{
	return (const struct udif_sink *)k;
}

static uint64_t
sectors_of(uint64_t bytes)
{
	return (bytes + UDIF_SECTOR - 1) / UDIF_SECTOR;
}

static uint32_t
crc_join(uint32_t a, uint32_t b, uint64_t len_b)
{
	return (uint32_t)img_digest_crc32.combine(a, b, len_b);
}

static int
udif_begin(const struct img_sink_job *job, struct img_out *out, struct img_sink **ret, struct img_err *err)
{
	struct udif_sink *k = calloc(1, sizeof *k);
	int rc;

	if (!k)
		return img_fail_nomem(err);
	k->sink.ops = &udif_sink_ops;
	k->sink.out = out;
	k->sink.flags = IMG_RAW_TOO;
	k->source = job->source;
	k->level = job->level;
	k->resources = job->resources;
	k->n_resources = job->n_resources;
	k->runs = img_buf_new((size_t)img_env_limits(job->source->env)->max_table);
	rc = udif_write_method(job, &k->kind, err);
	if (!rc)
		rc = udif_regions_make(job->source, job->volumes, &k->regions, err);
	k->split = job->split != 0;
	if (!rc && k->split)
		rc = udif_parts_begin(&k->sink, &k->regions, job, err);
	if (rc) {
		udif_regions_done(&k->regions);
		free(k);
		return rc;
	}
	*ret = &k->sink;
	return 0;
}

/* ---- cells ---- */

static const struct udif_region *
region_at(const struct udif_sink *k, uint64_t off)
{
	size_t lo = 0, hi = k->regions.n - 1;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (k->regions.v[mid].off + k->regions.v[mid].len <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return &k->regions.v[lo];
}

/* A chunk that begins the cell and is worth a cell of its own. */
static bool
is_cell(const struct udif_sink *k, const struct img_extent *e, uint64_t off, uint64_t end)
{
	uint64_t least = e->codec == k->kind->codec && k->level < 0 ? CELL_OWN : CELL_OTHER;

	return e->codec && e->off == off && !e->skip && e->len == e->whole && e->len >= least &&
	       e->off + e->len <= end && e->len % UDIF_SECTOR == 0;
}

/* The end of the cell at @off.  A map that cannot be read is nothing to stop at: the engine will say so. */
static uint64_t
udif_cut(const struct img_sink *sink, uint64_t off)
{
	const struct udif_sink *k = const_sink_of(sink);
	const struct udif_region *r = region_at(k, off);
	uint64_t end = r->off + r->len - off < CELL ? r->off + r->len : off + CELL;
	struct img_extent e;
	bool hole;

	if (img_source_resolve(k->source, off, &e, NULL, NULL))
		return end;
	if (is_cell(k, &e, off, end))
		return e.off + e.len;
	hole = e.kind == IMG_HOLE;
	for (uint64_t at = e.off + e.len; at < end; at = e.off + e.len) {
		if (img_source_resolve(k->source, at, &e, NULL, NULL))
			return end;
		if ((e.kind == IMG_HOLE) != hole && at % UDIF_SECTOR == 0 && (hole || e.len >= HOLE_MIN))
			return at;
	}
	return end;
}

static bool
udif_accept(const struct img_sink *sink, const struct img_extent *e)
{
	const struct udif_sink *k = const_sink_of(sink);

	return e->codec == k->kind->codec && k->level < 0 && e->len % UDIF_SECTOR == 0 && e->stored < e->len;
}

/* ---- encode ---- */

/* Compress into u->stored; *ret_fits says whether that saved anything. */
static int
compress(const struct udif_sink *k, struct img_unit *u, bool *ret_fits, struct img_err *err)
{
	const struct img_codec *codec = k->kind->codec;
	size_t n = (size_t)u->len - 1;
	struct img_codec_state *cs;
	struct img_err why = { 0 };
	uint8_t *buf = malloc(n);
	void *less;
	int rc;

	*ret_fits = false;
	if (!buf)
		return img_fail_nomem(err);
	rc = img_env_encoder_get(k->source->env, codec, &cs, &why);
	if (!rc) {
		rc = codec->encode(cs ? cs->state : NULL, k->level, u->raw, (size_t)u->len, buf, &n, &why);
		img_env_codec_put(k->source->env, cs);
	}
	if (rc) {
		free(buf);
		if (rc == IMG_E_LIMIT)
			return 0;
		if (err)
			*err = why;
		return rc;
	}
	less = realloc(buf, n);
	u->stored = less ? less : buf;
	u->n_stored = n;
	*ret_fits = true;
	return 0;
}

/* The last bytes of a disk that is no multiple of a sector: stored raw, with zeros behind them. */
static int
pad(struct img_unit *u, struct img_err *err)
{
	size_t n = (size_t)sectors_of(u->len) * UDIF_SECTOR;
	uint8_t *p = calloc(1, n);

	if (!p)
		return img_fail_nomem(err);
	memcpy(p, u->raw, (size_t)u->len);
	u->stored = p;
	u->n_stored = n;
	u->raw = NULL;
	u->note[NOTE_KIND] = PACKED_RAW;
	u->note[NOTE_CRC] = u->note[NOTE_STORED_CRC] = img_digest_crc32.piece(p, n);
	return 0;
}

static int
encode_cell(const struct udif_sink *k, struct img_unit *u, struct img_err *err)
{
	bool fits = false;
	int rc;

	if (u->len % UDIF_SECTOR)
		return pad(u, err);
	u->note[NOTE_CRC] = u->note[NOTE_STORED_CRC] = img_digest_crc32.piece(u->raw, (size_t)u->len);
	u->note[NOTE_KIND] = PACKED_RAW;
	rc = k->kind->codec ? compress(k, u, &fits, err) : 0;
	if (rc || !fits)
		return rc;
	u->note[NOTE_KIND] = PACKED_CODED;
	u->note[NOTE_STORED_CRC] = img_digest_crc32.piece(u->stored, u->n_stored);
	u->raw = NULL;
	return 0;
}

static int
udif_encode(const struct img_sink *sink, struct img_unit *u, struct img_err *err)
{
	if (u->kind != IMG_DATA)
		return 0;
	if (zeros_only(u->raw, (size_t)u->len)) {
		free(u->stored);
		u->stored = NULL;
		u->raw = NULL;
		u->kind = IMG_ZERO;
		return 0;
	}
	if (!u->as_is)
		return encode_cell(const_sink_of(sink), u, err);
	u->note[NOTE_KIND] = PACKED_CODED;
	u->note[NOTE_CRC] = img_digest_crc32.piece(u->raw, (size_t)u->len);
	u->note[NOTE_STORED_CRC] = img_digest_crc32.piece(u->stored, u->n_stored);
	u->raw = NULL;
	return 0;
}

/* ---- append ---- */

/* Add a run to the region at hand, or lengthen its last one. */
static int
add_run(struct udif_sink *k, enum packed_kind kind, uint64_t sectors, size_t stored, struct img_err *err)
{
	struct udif_region *r = &k->regions.v[k->at];
	bool empty = kind == PACKED_ZERO || kind == PACKED_IGNORE;
	struct udif_packed *last = r->n ? (struct udif_packed *)(void *)(k->runs.p + k->runs.len) - 1 : NULL;

	if (!(empty && last && packed_kind(last) == kind))
		r->n_runs++;
	else if (packed_sectors(last) + sectors <= PACKED_MAX_SECTORS) {
		last->kind_sectors += (uint32_t)sectors;
		return 0;
	}
	while (sectors) {
		uint32_t n = sectors < PACKED_MAX_SECTORS ? (uint32_t)sectors : PACKED_MAX_SECTORS;
		struct udif_packed p = { (uint32_t)kind << 30 | n, (uint32_t)stored };
		int rc;

		if (!r->n) {
			r->first = k->runs.len / sizeof p;
			r->payload = k->pos;
		}
		rc = img_buf_add(&k->runs, &p, sizeof p, err);
		if (rc)
			return img_note(err, rc, "block tables");
		r->n++;
		sectors -= n;
	}
	return 0;
}

/* Bytes that read as zeros may reach over many regions. */
static int
append_empty(struct udif_sink *k, const struct img_unit *u, struct img_err *err)
{
	for (uint64_t off = u->off, end = u->off + u->len; off < end;) {
		struct udif_region *r = &k->regions.v[k->at];
		uint64_t n = r->off + r->len < end ? r->off + r->len - off : end - off;
		enum packed_kind kind = r->free || u->kind == IMG_HOLE ? PACKED_IGNORE : PACKED_ZERO;
		int rc = add_run(k, kind, sectors_of(n), 0, err);

		if (rc)
			return rc;
		if (kind == PACKED_ZERO) {
			uint64_t len = sectors_of(n) * UDIF_SECTOR;

			r->crc = crc_join(r->crc, (uint32_t)img_digest_crc32.zeros(len), len);
		}
		off += n;
		if (off == r->off + r->len)
			k->at++;
	}
	return 0;
}

static int
append_data(struct udif_sink *k, const struct img_unit *u, struct img_err *err)
{
	struct udif_region *r = &k->regions.v[k->at];
	enum packed_kind kind = (enum packed_kind)u->note[NOTE_KIND];
	const void *bytes = u->stored ? u->stored : u->raw;
	size_t n = u->stored ? u->n_stored : (size_t)u->len;
	int rc = add_run(k, kind, sectors_of(u->len), n, err);

	if (!rc)
		rc = img_out_write(k->sink.out, k->pos, bytes, n, err);
	if (!rc && k->split)
		rc = udif_parts_sum(&k->part_sums, k->sink.out, k->pos, bytes, n, err);
	if (rc)
		return rc;
	r->crc = crc_join(r->crc, (uint32_t)u->note[NOTE_CRC], sectors_of(u->len) * UDIF_SECTOR);
	k->crc = crc_join(k->crc, (uint32_t)u->note[NOTE_STORED_CRC], n);
	k->pos += n;
	if (kind == PACKED_CODED && n > r->most)
		r->most = (uint32_t)n;
	if (u->off + u->len == r->off + r->len)
		k->at++;
	return 0;
}

static int
udif_append(struct img_sink *sink, const struct img_unit *u, struct img_err *err)
{
	return u->kind == IMG_DATA ? append_data(sink_of(sink), u, err) : append_empty(sink_of(sink), u, err);
}

/* ---- the end ---- */

/* No time and no chance in an image: the identifier is a hash of the trailer, which has all sums, in the form of a random
 * UUID.  FNV-1a with a finish, once for each half: this guards nothing. */
static void
make_id(const struct koly *k, uint8_t *ret)
{
	uint8_t bytes[KOLY_SIZE];

	koly_emit(k, bytes);
	for (unsigned int half = 0; half < 2; half++) {
		uint64_t h = UINT64_C(0xcbf29ce484222325) + half;

		for (size_t i = 0; i < sizeof bytes; i++)
			h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
		h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
		h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
		store_be64(ret + 8 * half, h ^ h >> 32);
	}
	ret[6] = (uint8_t)((ret[6] & 0x0f) | 0x40);	/* RFC 4122 4.4 */
	ret[8] = (uint8_t)((ret[8] & 0x3f) | 0x80);
}

static uint32_t
master_crc(const struct udif_regions *regions)
{
	uint32_t crc = 0;

	for (size_t i = 0; i < regions->n; i++) {
		uint8_t value[4];

		store_be32(value, regions->v[i].crc);
		crc = crc_join(crc, (uint32_t)img_digest_crc32.piece(value, 4), 4);
	}
	return crc;
}

static int
udif_finish(struct img_sink *sink, struct img_err *err)
{
	struct udif_sink *k = sink_of(sink);
	struct udif_tables t = {
		.regions = &k->regions, .runs = (const struct udif_packed *)(const void *)k->runs.p, .type = k->kind->type,
		.resources = k->resources, .n_resources = k->n_resources,
	};
	struct koly koly = {
		.version = 4, .header_size = KOLY_SIZE, .flags = KOLY_FLATTENED, .data_len = k->pos, .segment = 1,
		.n_segments = 1, .data_sum = { .type = UDIF_SUM_CRC32, .bits = 32 }, .xml_off = k->pos,
		.master_sum = { .type = UDIF_SUM_CRC32, .bits = 32 }, .variant = k->regions.variant,
		.n_sectors = sectors_of(k->source->size),
	};
	struct img_out *head = k->split ? img_out_parts_file(sink->out, 0, &koly.xml_off) : sink->out;
	uint8_t bytes[KOLY_SIZE];
	uint64_t end;
	int rc = udif_plist_write(&t, head, koly.xml_off, &koly.xml_len, err);

	if (rc)
		return rc;
	store_be32(koly.data_sum.value, k->crc);
	store_be32(koly.master_sum.value, master_crc(&k->regions));
	make_id(&koly, koly.segment_id);
	if (k->split)
		return udif_parts_finish(&k->part_sums, sink->out, &koly, err);
	koly_emit(&koly, bytes);
	end = koly.xml_off + koly.xml_len;
	rc = img_out_write(sink->out, end, bytes, sizeof bytes, err);
	return rc ? rc : img_out_resize(sink->out, end + sizeof bytes, err);
}

static void
udif_destroy(struct img_sink *sink)
{
	struct udif_sink *k = sink_of(sink);

	udif_regions_done(&k->regions);
	img_buf_done(&k->runs);
	free(k->part_sums.v);
	free(k);
}

const struct img_sink_ops udif_sink_ops = {
	.needs = IMG_NEEDS_SIZE | IMG_NEEDS_VOLUMES,
	.shrinks = true,
	.usual_fs = "hfs+",
	.part_name = udif_part_name,
	.options = udif_write_options,
	.begin = udif_begin, .cut = udif_cut, .accept = udif_accept, .encode = udif_encode, .append = udif_append,
	.finish = udif_finish, .destroy = udif_destroy,
};

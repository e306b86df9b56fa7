/* SPDX-License-Identifier: BSD-2-Clause */
/* NDIF, the compressed images of Disk Copy 6 (.img, .smi).  The data fork holds nothing but chunks; where they are is said by
 * a resource "bcem" of the resource fork, so that both forks must have survived the way here.
 *
 *	  0  version (10 to 12), 2  file system, 4  name, 68  sectors, 72  most sectors of a chunk, 76  added to all offsets,
 *	 80  CRC-28, 84  segmented, 116  encrypted, 124  number of chunks
 *	128  for each: first sector (24 bits), kind (8), offset, bytes stored
 *
 * Kinds: 0 zeros, 2 as it is, 0x80 KenCode, 0x81 RLE, 0x82 LZH, 0x83 ADC, 0xf0 StuffIt, 0xff the end.  A chunk reaches to the
 * next one's first sector.  KenCode, LZH and the others beyond ADC are known by name only: an image with one is opened, and
 * fails where it is read.  The polynomial of the CRC is not known to us; it is not tested. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/cursor.h"
#include "core/memory.h"
#include "formats/macfile/forks.h"
#include "formats/udif/resources.h"
#include "img/codec.h"
#include "img/env.h"
#include "img/report.h"
#include "img/source.h"

enum { HEADER = 128, CHUNK = 12, SECTOR = 512, ID = 128 };
enum { ZERO = 0, RAW = 2, KENCODE = 0x80, RLE = 0x81, LZH = 0x82, ADC = 0x83, STUFFIT = 0xf0, END = 0xff };

struct chunk {
	uint32_t sector, at, stored;	/* @at counts from the beginning of the data fork */
	uint8_t kind;
};

struct ndif {
	struct img_source src;
	struct img_source *data;
	const char *wrapper;
	uint8_t name_len, name[63];
	unsigned int version;
	size_t n;
	struct chunk *v;		/* by sector; v[n] is where the last one ends */
};

static struct ndif *
ndif_of(struct img_source *s)
{
	return (struct ndif *)s;
}

static const char *
kind_name(unsigned int kind)
{
	switch (kind) {
	case ZERO:
		return "zero";
	case RAW:
		return "raw";
	case KENCODE:
		return "kencode";
	case RLE:
		return "rle";
	case LZH:
		return "lzh";
	case ADC:
		return "adc";
	case STUFFIT:
		return "stuffit";
	default:
		return NULL;
	}
}

/* ---- the source ---- */

static size_t
find(const struct ndif *f, uint64_t sector)
{
	size_t lo = 0, hi = f->n;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		*(f->v[mid].sector <= sector ? &lo : &hi) = mid;
	}
	return lo;
}

static int
ndif_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct ndif *f = ndif_of(s);
	const struct chunk *c = &f->v[find(f, off / SECTOR)];

	*ret = (struct img_extent) {
		.off = (uint64_t)c->sector * SECTOR, .kind = IMG_DATA, .from = f->data, .at = c->at, .stored = c->stored,
	};
	ret->len = ret->whole = (uint64_t)(c[1].sector - c->sector) * SECTOR;
	switch (c->kind) {
	case ZERO:
		ret->kind = IMG_ZERO;
		return 0;
	case RAW:
		ret->whole = 0;
		return 0;
	case ADC:
		ret->codec = &img_codec_adc;
		return 0;
	default:
		ret->kind = IMG_OPAQUE;		/* and reading it says why not */
		return 0;
	}
}

static int
ndif_read(struct img_source *s, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	const struct ndif *f = ndif_of(s);
	unsigned int kind = f->v[find(f, off / SECTOR)].kind;
	const char *name = kind_name(kind);

	if (name)
		return img_fail(err, IMG_E_UNSUPPORTED, "compressed with %s, which nobody but Disk Copy reads", kind == KENCODE ? "KenCode" :
				kind == LZH ? "LZH" : kind == STUFFIT ? "StuffIt" : name);
	return img_fail(err, IMG_E_FORMAT, "of kind %02x, which is not known", kind);
}

static int
ndif_describe(struct img_source *s, struct img_rep *rep, struct img_err *err)
{
	const struct ndif *f = ndif_of(s);
	char *name = udif_macroman(f->name, f->name_len);
	bool seen[256] = { false };
	struct img_rep *list;

	img_rep_str(rep, "format", "ndif");
	img_rep_str(rep, "variant", "ndif");
	img_rep_uint(rep, "version", f->version);
	img_rep_str(rep, "name", name);
	img_rep_str(rep, "forks", f->wrapper);
	img_rep_uint(rep, "chunks", f->n);
	list = img_rep_arr(rep, "compression");
	for (size_t i = 0; i < f->n; i++) {
		uint8_t kind = f->v[i].kind;

		if (!seen[kind] && kind != ZERO && kind != RAW)
			img_rep_str(list, NULL, kind_name(kind) ? kind_name(kind) : "unknown");
		seen[kind] = true;
	}
	free(name);
	return 0;
}

static void
ndif_where(struct img_source *s, uint64_t off, char *buf, size_t len)
{
	snprintf(buf, len, "chunk %zu", find(ndif_of(s), off / SECTOR));
}

static void
ndif_destroy(struct img_source *s)
{
	struct ndif *f = ndif_of(s);

	img_unref(f->data);
	free(f->v);
	free(f);
}

static const struct img_source_ops ndif_ops = {
	.map = ndif_map, .read = ndif_read, .describe = ndif_describe, .where = ndif_where, .destroy = ndif_destroy,
};

/* ---- opening ---- */

static int
add_chunk(struct ndif *f, uint32_t word, uint64_t at, uint32_t stored, struct img_err *err)
{
	struct chunk *c = &f->v[f->n];
	uint32_t sector = word >> 8;

	if (f->n ? sector <= c[-1].sector : sector)
		return img_fail(err, IMG_E_FORMAT, "chunk %zu begins at sector %" PRIu32 ", behind the one at %" PRIu32, f->n, sector,
				f->n ? c[-1].sector : 0);
	*c = (struct chunk) { sector, (uint32_t)at, stored, (uint8_t)word };
	if (c->kind == END || c->kind == ZERO)
		return 0;
	if (!span_ok(at, stored, f->data->size))
		return img_fail(err, IMG_E_FORMAT, "chunk %zu lies at %" PRIu64 "+%" PRIu32 " of a data fork of %" PRIu64 " bytes", f->n, at,
				stored, f->data->size);
	return 0;
}

/* Raw chunks are as long as their sectors; the end is where the disk ends. */
static int
check_chunks(const struct ndif *f, uint32_t sectors, struct img_err *err)
{
	if (f->v[f->n].sector != sectors)
		return img_fail(err, IMG_E_FORMAT, "the chunks end at sector %" PRIu32 ", the disk has %" PRIu32, f->v[f->n].sector, sectors);
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].kind == RAW && f->v[i].stored != (uint64_t)(f->v[i + 1].sector - f->v[i].sector) * SECTOR)
			return img_fail(err, IMG_E_FORMAT, "chunk %zu stores %" PRIu32 " bytes as they are, for %" PRIu32 " sectors", i,
					f->v[i].stored, f->v[i + 1].sector - f->v[i].sector);
	return 0;
}

static int
read_chunks(struct ndif *f, const struct udif_resource *r, struct img_err *err)
{
	struct img_cursor c = cur_over(r->data, r->len);
	uint32_t sectors, base, segmented, encrypted, n;
	int rc = 0;

	f->version = cur_be16(&c);	/*   0 */
	cur_skip(&c, 2);
	f->name_len = cur_u8(&c);	/*   4 */
	cur_copy(&c, f->name, 63);
	sectors = cur_be32(&c);		/*  68 */
	cur_skip(&c, 4);
	base = cur_be32(&c);		/*  76 */
	cur_skip(&c, 4);
	segmented = cur_be32(&c);	/*  84 */
	cur_skip(&c, 28);
	encrypted = cur_be32(&c);	/* 116 */
	cur_skip(&c, 4);
	n = cur_be32(&c);		/* 124 */
	if (!cur_ok(&c) || f->name_len > 63)
		return img_fail(err, IMG_E_FORMAT, "%zu bytes long, or of no sense", r->len);
	if (encrypted)
		return img_fail(err, IMG_E_UNSUPPORTED, "encrypted by ShrinkWrap, which is not read");
	if (segmented)
		return img_fail(err, IMG_E_UNSUPPORTED, "a segment of a larger image, which is not read yet");
	if (n < 2 || n > cur_left(&c) / CHUNK)
		return img_fail(err, IMG_E_FORMAT, "%" PRIu32 " chunks in %zu bytes", n, cur_left(&c));
	rc = img_array(n, sizeof *f->v, img_env_limits(f->src.env)->max_table, "chunks", &f->v, err);
	for (uint32_t i = 0; !rc && i < n; i++) {
		uint32_t word = cur_be32(&c), at = cur_be32(&c), stored = cur_be32(&c);

		rc = add_chunk(f, word, (uint64_t)base + at, stored, err);
		if (!rc && (uint8_t)word == END) {
			f->src.size = (uint64_t)sectors * SECTOR;
			return f->n ? check_chunks(f, sectors, err) : img_fail(err, IMG_E_FORMAT, "there are no chunks");
		}
		f->n++;
	}
	return rc ? rc : img_fail(err, IMG_E_FORMAT, "the list of chunks has no end");
}

/* The one resource that says where the chunks are; IMG_E_UNKNOWN: there is none. */
static int
find_table(const struct img_open *o, struct mac_forks *ret_forks, struct udif_resources *ret,
	   const struct udif_resource **ret_table, struct img_err *err)
{
	int rc = mac_forks_find(o, ret_forks, err);

	if (rc)
		return rc;
	if (!ret_forks->data || !ret_forks->rsrc)
		return img_fail(err, IMG_E_UNKNOWN, "one of the two forks is missing");
	ret->max_bytes = img_env_limits(o->env)->max_table;
	rc = udif_rsrc_read(ret_forks->rsrc, 0, ret_forks->rsrc->size, ret, err);
	if (rc)
		return rc;
	*ret_table = udif_resources_find(ret, "bcem", ID);
	for (size_t i = 0; !*ret_table && i < ret->n; i++)
		if (!strcmp(ret->v[i].type, "bcem"))
			*ret_table = &ret->v[i];
	return *ret_table ? 0 : img_fail(err, IMG_E_UNKNOWN, "there is no resource \"bcem\"");
}

static int
make(const struct img_open *o, const struct mac_forks *forks, const struct udif_resource *table, struct img_source **ret,
     struct img_err *err)
{
	struct ndif *f = calloc(1, sizeof *f);
	int rc;

	if (!f)
		return img_fail_nomem(err);
	img_source_init(&f->src, &ndif_ops, o->env, "ndif", 0, SECTOR);
	f->data = img_ref(forks->data);
	f->wrapper = forks->wrapper;
	rc = read_chunks(f, table, err);
	if (rc) {
		ndif_destroy(&f->src);
		return img_note(err, rc, "resource \"bcem\"");
	}
	*ret = &f->src;
	return 0;
}

static int
ndif_open(const struct img_open *o, struct img_source **ret, struct img_err *err)
{
	struct udif_resources list = { 0 };
	struct mac_forks forks = { 0 };
	const struct udif_resource *table = NULL;
	int rc = find_table(o, &forks, &list, &table, err);

	if (!rc)
		rc = make(o, &forks, table, ret, err);
	udif_resources_done(&list);
	mac_forks_done(&forks);
	return rc;
}

static enum img_match
ndif_confirm(const struct img_open *o)
{
	struct udif_resources list = { 0 };
	struct mac_forks forks = { 0 };
	const struct udif_resource *table = NULL;
	int rc = find_table(o, &forks, &list, &table, NULL);

	udif_resources_done(&list);
	mac_forks_done(&forks);
	return rc ? IMG_MATCH_NONE : IMG_MATCH_STRUCTURE;
}

const struct img_format img_format_ndif = {
	.name = "ndif",
	.title = "Apple disk image (NDIF)",
	.mime = "application/x-apple-diskimage",
	.confirm = ndif_confirm,
	.open = ndif_open,
};

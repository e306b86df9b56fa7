/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening an image: from the trailer to the extents, and the map that answers from them. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/checked.h"
#include "core/limits.h"
#include "core/memory.h"
#include "formats/udif/reader.h"
#include "formats/udif/udif.h"
#include "img/env.h"
#include "img/format.h"

/* ---- the map ---- */

/* Sectors that no run lists: from the end of the extent before @next to its start. */
static void
map_unlisted(const struct udif *u, size_t next, struct img_extent *ret)
{
	const struct udif_extent *v = u->map.extents;
	uint64_t from = next ? (v[next - 1].start + v[next - 1].n_sectors) * UDIF_SECTOR : 0;
	uint64_t to = next < u->map.n_extents ? v[next].start * UDIF_SECTOR : u->src.size;

	*ret = (struct img_extent) { .off = from, .len = to - from, .kind = IMG_ZERO };
}

static int
udif_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct udif *u = udif_of(s);
	const struct udif_extent *e;
	size_t i;

	if (u->plain) {
		*ret = (struct img_extent) { .len = s->size, .kind = IMG_DATA, .from = u->data, .stored = s->size };
		ret->at = u->n_segments > 1 ? 0 : u->segments[0].trailer.base + u->segments[0].trailer.koly.data_off;
		return 0;
	}
	i = udif_map_find(&u->map, off / UDIF_SECTOR);
	if (i == u->map.n_extents || u->map.extents[i].start > off / UDIF_SECTOR) {
		map_unlisted(u, i, ret);
		return 0;
	}
	e = &u->map.extents[i];
	ret->off = e->start * UDIF_SECTOR;
	ret->len = e->n_sectors * UDIF_SECTOR;
	if (e->type == UDIF_RUN_IGNORE || e->type == UDIF_RUN_ZERO) {
		ret->kind = e->type == UDIF_RUN_ZERO ? IMG_ZERO : IMG_HOLE;
		return 0;
	}
	ret->kind = IMG_DATA;
	ret->from = u->data;
	ret->at = e->at;
	ret->stored = e->stored;
	ret->codec = udif_kind_of(e->type)->codec;
	ret->whole = ret->codec ? ret->len : 0;
	return 0;
}

static void
udif_where(struct img_source *s, uint64_t off, char *buf, size_t len)
{
	const struct udif *u = udif_of(s);
	size_t i = udif_map_find(&u->map, off / UDIF_SECTOR);
	char title[128];

	if (u->plain || i == u->map.n_extents || u->map.extents[i].start > off / UDIF_SECTOR)
		snprintf(buf, len, "sector %" PRIu64, off / UDIF_SECTOR);
	else
		snprintf(buf, len, "%s: run %" PRIu32, udif_table_title(&u->map, u->map.extents[i].table, title, sizeof title),
			 u->map.extents[i].run);
}

static void
udif_destroy(struct img_source *s)
{
	struct udif *u = udif_of(s);

	for (size_t i = 0; i < u->n_segments; i++)
		img_unref(u->segments[i].file);
	free(u->segments);
	img_unref(u->data);
	udif_map_done(&u->map);
	free(u->licence.text);
	free(u);
}

static const struct img_source_ops udif_ops = {
	.map = udif_map,
	.describe = udif_describe,
	.checks = udif_checks,
	.where = udif_where,
	.destroy = udif_destroy,
};

/* ---- opening ---- */

/* A trailer without block map: the data fork is the disk, if it is as long. */
static int
open_without_map(struct udif *u, struct img_err *err)
{
	const struct koly *k = &u->segments[0].trailer.koly;
	uint64_t have = u->n_segments > 1 ? u->data->size : k->data_len, want;

	if (u64_mul(k->n_sectors, UDIF_SECTOR, &want) && want && have == want) {
		u->plain = true;
		u->src.size = want;
		return 0;
	}
	if (k->flags & KOLY_FLATTENED)
		return img_fail(err, IMG_E_FORMAT, "the trailer names no block map, and the data fork (%" PRIu64 " bytes) is not "
				"the disk of %" PRIu64 " sectors", have, k->n_sectors);
	return img_fail(err, IMG_E_UNSUPPORTED, "an unflattened image: its block map is in the file's resource fork, which did "
			"not come along");
}

static int
check_span(uint64_t off, uint64_t len, const struct udif_segment *seg, const char *what, struct img_err *err)
{
	uint64_t size = seg->file->size - seg->trailer.base;

	if (span_ok(off, len, size))
		return 0;
	return img_fail(err, IMG_E_FORMAT, "%s at %" PRIu64 "+%" PRIu64 " lies past the end (%" PRIu64 ")", what, off, len,
			size);
}

int
udif_plist(struct img_source *image, struct img_source **ret, struct img_err *err)
{
	const struct udif_segment *seg = &udif_of(image)->segments[0];
	const struct koly *k = &seg->trailer.koly;
	int rc = k->xml_len ? check_span(k->xml_off, k->xml_len, seg, "property list", err)
			    : img_fail(err, IMG_E_IO, "has no property list: its block map is in a resource fork");

	return rc ? rc : img_slice(seg->file, seg->trailer.base + k->xml_off, k->xml_len, ret, err);
}

static int
read_rsrc(struct udif *u, const struct udif_segment *seg, struct udif_resources *list, struct img_err *err)
{
	const struct koly *k = &seg->trailer.koly;
	int rc = check_span(k->rsrc_off, k->rsrc_len, seg, "resource fork", err);

	u->from_rsrc = true;
	return rc ? rc : udif_rsrc_read(seg->file, seg->trailer.base + k->rsrc_off, k->rsrc_len, list, err);
}

/* The property list where there is one; the resource fork only without it, because a fork cannot hold large tables. */
static int
read_resources(struct udif *u, const struct udif_segment *seg, struct udif_resources *list, struct img_err *err)
{
	const struct koly *k = &seg->trailer.koly;
	int rc;

	if (!k->xml_len)
		return read_rsrc(u, seg, list, err);
	rc = check_span(k->xml_off, k->xml_len, seg, "property list", err);
	if (!rc)
		rc = udif_plist_read(seg->file, seg->trailer.base + k->xml_off, k->xml_len, list, err);
	if (!rc && !udif_resources_count(list, "blkx") && k->rsrc_len)
		rc = read_rsrc(u, seg, list, err);
	return rc;
}

/* Does the partition map on the disk say that it has @n sectors? */
static bool
map_says(struct udif *u, uint64_t n)
{
	uint8_t head[2 * UDIF_SECTOR];

	if (u->src.size < sizeof head || img_source_read(&u->src, 0, head, sizeof head, NULL))
		return false;
	if (!memcmp(head + UDIF_SECTOR, "EFI PART", 8))
		return load_le64(head + UDIF_SECTOR + 32) == n - 1;
	return !memcmp(head, "ER", 2) && (uint64_t)load_be32(head + 4) * load_be16(head + 2) == n * UDIF_SECTOR;
}

/* The size of the disk.  The trailer's word is not needed to find it, and some writers leave it 0.  Where it differs from
 * the tables one of them is damaged, except that a disk may be longer than what its tables list; then its partition map
 * says so too. */
static int
settle_size(struct udif *u, struct img_err *err)
{
	uint64_t n = u->segments[0].trailer.koly.n_sectors, end = u->map.end;

	if (!n && !end)
		return img_fail(err, IMG_E_FORMAT, "the block tables cover no sector");
	u->src.size = (n > end && n <= IMG_MAX_SIZE / UDIF_SECTOR ? n : end) * UDIF_SECTOR;
	if (!n || n == end || (u->src.size == n * UDIF_SECTOR && map_says(u, n)))
		return 0;
	return img_fail(err, IMG_E_FORMAT, "the trailer claims %" PRIu64 " sectors, but the block tables end at %" PRIu64, n,
			end);
}

static int
open_map(struct udif *u, const struct udif_segment *seg, struct img_err *err)
{
	struct udif_resources list = { .max_bytes = img_env_limits(u->src.env)->max_table };
	struct udif_place place = { .from = u->data };
	int rc = read_resources(u, seg, &list, err);

	if (u->n_segments == 1)
		place.data_off = seg->trailer.base + seg->trailer.koly.data_off;
	if (!rc)
		rc = udif_map_build(&list, &place, &u->map, err);
	if (!rc)
		rc = udif_licence_read(&list, &u->licence, err);
	u->has_attribution = list.has_attribution;
	udif_resources_done(&list);
	return rc ? rc : settle_size(u, err);
}

static int
open_single(struct udif *u, const struct img_open *o, const struct udif_trailer *t, struct img_err *err)
{
	u->segments = calloc(1, sizeof *u->segments);
	if (!u->segments)
		return img_fail_nomem(err);
	u->n_segments = 1;
	u->segments[0] = (struct udif_segment) { img_ref(o->below), *t };
	u->data = img_ref(o->below);
	return check_span(t->koly.data_off, t->koly.data_len, &u->segments[0], "data fork", err);
}

/* The segment that has the resources: the first as a rule. */
static const struct udif_segment *
with_resources(const struct udif *u)
{
	for (size_t i = 0; i < u->n_segments; i++)
		if (u->segments[i].trailer.koly.xml_len || u->segments[i].trailer.koly.rsrc_len)
			return &u->segments[i];
	return NULL;
}

int
udif_open_at(const struct img_open *o, const struct udif_trailer *t, struct img_source **ret, struct img_err *err)
{
	img_autounref struct img_source *s = NULL;
	const struct udif_segment *seg;
	struct udif *u = calloc(1, sizeof *u);
	int rc;

	if (!u)
		return img_fail_nomem(err);
	s = &u->src;
	img_source_init(s, &udif_ops, o->env, "udif", 0, UDIF_SECTOR);
	rc = t->koly.n_segments > 1 ? udif_segments_open(u, o, t, err) : open_single(u, o, t, err);
	if (rc)
		return rc;
	seg = with_resources(u);
	rc = seg ? open_map(u, seg, err) : open_without_map(u, err);
	if (rc)
		return rc;
	*ret = img_steal(&s);
	return 0;
}

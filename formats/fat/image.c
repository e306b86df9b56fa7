/* SPDX-License-Identifier: BSD-2-Clause */
/* The authored volume as a source.  File data are extents of the files' own sources.  Reserved sectors and
 * directories are kept in memory; the table is made when it is read, from the list of who owns which clusters:
 * everybody's lie side by side, so an entry is the next number or the end. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/fat/plan.h"
#include "img/report.h"

struct fat_image {
	struct img_source src;
	struct fat_parts p;
	uint64_t table_len;		/* bytes of a table that are not zero */
};

void
fat_parts_done(struct fat_parts *p)
{
	for (size_t i = 0; i < p->n_owners; i++)
		img_unref(p->owners[i].from);
	free(p->owners);
	free(p->head);
	free(p->dirs);
	*p = (struct fat_parts) { 0 };
}

/* The owner of @cluster; n_owners if it is free. */
static size_t
owner_of(const struct fat_parts *p, uint32_t cluster)
{
	size_t lo = 0, hi = p->n_owners;

	if (cluster - 2 >= p->n_used)
		return hi;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		*(p->owners[mid].cluster <= cluster ? &lo : &hi) = mid;
	}
	return lo;
}

/* ---- the table ---- */

/* Entries [first, first + n) at @buf, which is zero. */
static void
table_entries(const struct fat_image *m, uint32_t first, uint32_t n, uint8_t *buf)
{
	const struct fat_parts *p = &m->p;
	unsigned int bits = p->geo.bits;
	uint64_t base = fat_entry_off(bits, first);
	size_t owner = owner_of(p, first < 2 ? 2 : first);

	for (uint32_t c = first; c < first + n; c++) {
		uint32_t value = FAT_FREE;

		if (c < 2) {
			value = c ? FAT_END(bits) : (FAT_END(bits) & ~UINT32_C(0xff)) | p->boot.media;
		} else if (owner < p->n_owners) {
			const struct fat_owner *o = &p->owners[owner];

			value = c + 1 == o->cluster + o->n ? FAT_END(bits) : c + 1;
			owner += c + 1 == o->cluster + o->n;
		}
		fat_entry_put(bits, c, buf + (fat_entry_off(bits, c) - base), value);
	}
}

#define TABLE_STEP 1536u	/* whole entries of every width begin at its multiples */

static void
table_read(const struct fat_image *m, uint64_t off, uint8_t *buf, size_t len)
{
	unsigned int bits = m->p.geo.bits;

	while (len) {
		uint64_t start = off / TABLE_STEP * TABLE_STEP;
		size_t skip = (size_t)(off - start), n = TABLE_STEP - skip < len ? TABLE_STEP - skip : len;
		uint8_t step[TABLE_STEP + 4] = { 0 };

		table_entries(m, (uint32_t)(start * 8 / bits), TABLE_STEP * 8 / bits, step);
		memcpy(buf, step + skip, n);
		off += n;
		buf += n;
		len -= n;
	}
}

/* ---- the map ---- */

/* What an offset belongs to. */
struct region {
	uint64_t off, len;
	enum img_kind kind;
	const struct fat_owner *owner;		/* of a file's or directory's bytes */
	const uint8_t *bytes;			/* in memory; NULL and IMG_OPAQUE: the table */
};

/* [off, off + used) is @kind, the rest up to @end zeros. */
static struct region
part(uint64_t at, uint64_t off, uint64_t used, uint64_t end, const uint8_t *bytes)
{
	if (at < off + used)
		return (struct region) { off, used, IMG_OPAQUE, NULL, bytes };
	return (struct region) { off + used, end - off - used, IMG_ZERO, NULL, NULL };
}

static struct region
data_region(const struct fat_image *m, uint64_t at)
{
	const struct fat_parts *p = &m->p;
	const struct fat_geometry *g = &p->geo;
	uint64_t used_end = g->data_off + (uint64_t)p->n_used * g->cluster_size, off, end;
	const struct fat_owner *o;
	struct region r;

	if (at >= used_end)
		return (struct region) { used_end, m->src.size - used_end, IMG_ZERO, NULL, NULL };
	o = &p->owners[owner_of(p, (uint32_t)((at - g->data_off) / g->cluster_size) + 2)];
	off = g->data_off + (uint64_t)(o->cluster - 2) * g->cluster_size;
	end = off + (uint64_t)o->n * g->cluster_size;
	r = part(at, off, o->len, end, o->from ? NULL : p->dirs + o->dir_off);
	if (r.kind == IMG_OPAQUE && o->from) {
		r.kind = IMG_DATA;
		r.owner = o;
	}
	return r;
}

static struct region
region_at(const struct fat_image *m, uint64_t at)
{
	const struct fat_parts *p = &m->p;
	const struct fat_geometry *g = &p->geo;

	if (at < g->fat_off)
		return part(at, 0, p->head_len, g->fat_off, p->head);
	if (at < g->root_off) {
		uint64_t off = g->fat_off + (at - g->fat_off) / g->fat_len * g->fat_len;

		return part(at, off, m->table_len, off + g->fat_len, NULL);
	}
	if (at < g->data_off)
		return part(at, g->root_off, p->root_len, g->data_off, p->dirs);
	return data_region(m, at);
}

static int
image_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	struct region r = region_at((const struct fat_image *)s, off);

	*ret = (struct img_extent) { .off = r.off, .len = r.len, .kind = r.kind };
	if (r.kind == IMG_DATA) {
		ret->from = r.owner->from;
		ret->stored = r.len;
	}
	return 0;
}

static int
image_read(struct img_source *s, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	const struct fat_image *m = (const struct fat_image *)s;
	uint8_t *p = buf;

	while (len) {
		struct region r = region_at(m, off);
		uint64_t skip = off - r.off;
		size_t n = r.len - skip < len ? (size_t)(r.len - skip) : len;

		if (r.kind != IMG_OPAQUE)
			return img_fail(err, IMG_E_USAGE, "the bytes at %llu are not made here",
					(unsigned long long)off);
		if (r.bytes)
			memcpy(p, r.bytes + skip, n);
		else
			table_read(m, skip, p, n);
		off += n;
		p += n;
		len -= n;
	}
	return 0;
}

static void
image_where(struct img_source *s, uint64_t off, char *buf, size_t len)
{
	const struct fat_geometry *g = &((const struct fat_image *)s)->p.geo;

	if (off < g->fat_off)
		snprintf(buf, len, "FAT: reserved sectors");
	else if (off < g->data_off)
		snprintf(buf, len, off < g->root_off ? "FAT: allocation table" : "FAT: root directory");
	else
		snprintf(buf, len, "FAT: cluster %llu",
			 (unsigned long long)((off - g->data_off) / g->cluster_size + 2));
}

static int
image_describe(struct img_source *s, struct img_rep *rep, struct img_err *err)
{
	const struct fat_parts *p = &((const struct fat_image *)s)->p;
	char text[16];

	img_rep_uint(rep, "fat_bits", p->geo.bits);
	if (memcmp(p->boot.label, "NO NAME    ", FAT_NAME_LEN)) {
		fat_label_text(p->boot.label, text);
		img_rep_str(rep, "label", text);
	}
	snprintf(text, sizeof text, "%04x-%04x", p->boot.serial >> 16, p->boot.serial & 0xffff);
	img_rep_str(rep, "serial", text);
	img_rep_uint(rep, "size", p->geo.size);
	img_rep_uint(rep, "cluster_size", p->geo.cluster_size);
	img_rep_uint(rep, "clusters", p->geo.n_clusters);
	img_rep_uint(rep, "free", (uint64_t)(p->geo.n_clusters - p->n_used) * p->geo.cluster_size);
	return 0;
}

static void
image_destroy(struct img_source *s)
{
	struct fat_image *m = (struct fat_image *)s;

	fat_parts_done(&m->p);
	free(m);
}

static const struct img_source_ops image_ops = {
	.map = image_map,
	.read = image_read,
	.describe = image_describe,
	.where = image_where,
	.destroy = image_destroy,
};

int
fat_image(struct img_env *env, const struct fat_parts *parts, struct img_source **ret, struct img_err *err)
{
	struct fat_image *m = calloc(1, sizeof *m);

	if (!m)
		return img_fail_nomem(err);
	img_source_init(&m->src, &image_ops, env, "fat", parts->geo.size, parts->geo.sector_size);
	m->p = *parts;
	m->table_len = fat_entry_off(parts->geo.bits, parts->n_used + 2 - 1) + (parts->geo.bits == 32 ? 4 : 2);
	*ret = &m->src;
	return 0;
}

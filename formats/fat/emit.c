/* SPDX-License-Identifier: BSD-2-Clause */
/* Clusters for everybody, and the bytes of directories and reserved sectors.  Directories come first, in the order
 * of the walk, then files in that order, each in one piece. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "formats/fat/plan.h"
#include "img/env.h"

static void
place(struct fat_node *n, uint64_t bytes, uint32_t cluster_size, uint32_t *io_next)
{
	n->n_clusters = (uint32_t)((bytes + cluster_size - 1) / cluster_size);
	n->cluster = n->n_clusters ? *io_next : 0;
	*io_next += n->n_clusters;
}

void
fat_place(struct fat_scan *s, const struct fat_geometry *g, uint32_t *ret_used)
{
	uint32_t next = 2;

	for (struct fat_node *d = &s->root; d; d = d->all_next) {
		uint64_t held = d->held ? d->held : 1;		/* an empty root of FAT32 has a cluster too */

		if (d->parent || g->bits == 32)
			place(d, held * FAT_ENTRY_LEN, g->cluster_size, &next);
	}
	for (struct fat_node *f = s->files; f; f = f->all_next)
		place(f, f->size, g->cluster_size, &next);
	*ret_used = next - 2;
}

/* ---- directories ---- */

static struct fat_entry
entry_of(const struct fat_node *n)
{
	/* no time but the modification's is the same for every copy of a tree */
	struct fat_entry e = {
		.attributes = n->attributes, .cases = n->cases, .create_tenths = n->time.tenths,
		.create_time = n->time.time, .create_date = n->time.date, .access_date = n->time.date,
		.write_time = n->time.time, .write_date = n->time.date, .cluster = n->cluster, .size = n->size,
	};

	memcpy(e.name, n->short_name, sizeof e.name);
	return e;
}

static uint8_t *
emit_long(const struct fat_node *n, uint8_t *p)
{
	uint8_t checksum = fat_checksum(n->short_name);
	uint16_t units[FAT_LONG_MAX];
	size_t len = 0;

	(void)fat_long_units(n->name, units, &len);
	for (size_t order = n->slots - 1; order >= 1; order--, p += FAT_ENTRY_LEN) {
		size_t at = (order - 1) * FAT_LONG_UNITS;
		struct fat_long l = { .order = (uint8_t)order, .checksum = checksum };

		if (order == n->slots - 1)
			l.order |= FAT_LONG_LAST;
		for (size_t i = 0; i < FAT_LONG_UNITS; i++)
			l.units[i] = at + i < len ? units[at + i] : at + i == len ? 0 : 0xffff;
		fat_long_emit(&l, p);
	}
	return p;
}

static uint8_t *
emit_dots(const struct fat_node *dir, uint8_t *p)
{
	struct fat_entry e = entry_of(dir);

	e.attributes = FAT_DIRECTORY;
	e.cases = 0;
	memcpy(e.name, ".          ", sizeof e.name);
	fat_entry_emit(&e, p);
	/* the root is cluster 0 here, even where it has one */
	e = entry_of(dir);
	e.cases = 0;
	e.cluster = dir->parent->parent ? dir->parent->cluster : 0;
	memcpy(e.name, "..         ", sizeof e.name);
	fat_entry_emit(&e, p + FAT_ENTRY_LEN);
	return p + 2 * FAT_ENTRY_LEN;
}

static uint8_t *
emit_label(const struct fat_scan *s, uint8_t *p)
{
	struct fat_entry e = {
		.attributes = FAT_LABEL, .write_time = s->label_time.time, .write_date = s->label_time.date,
	};

	memcpy(e.name, s->label, sizeof e.name);
	fat_entry_emit(&e, p);
	return p + FAT_ENTRY_LEN;
}

static void
emit_directory(const struct fat_scan *s, const struct fat_node *dir, uint8_t *p)
{
	if (dir->parent)
		p = emit_dots(dir, p);
	else if (s->has_label)
		p = emit_label(s, p);
	for (const struct fat_node *n = dir->first; n; n = n->next) {
		struct fat_entry e = entry_of(n);

		if (!n->alone)
			p = emit_long(n, p);
		fat_entry_emit(&e, p);
		p += FAT_ENTRY_LEN;
	}
}

int
fat_emit_directories(struct fat_scan *s, const struct fat_geometry *g, uint8_t **ret, size_t *ret_len,
		     struct img_err *err)
{
	uint64_t n = 0, limit = img_env_limits(s->tree->env)->max_table;
	uint8_t *block;
	int rc;

	for (struct fat_node *d = &s->root; d; d = d->all_next) {
		d->dir_off = (size_t)n * FAT_ENTRY_LEN;
		n += d->held;
	}
	rc = img_array(n, FAT_ENTRY_LEN, limit, "directory entries", &block, err);
	if (rc)
		return rc;
	for (struct fat_node *d = &s->root; d; d = d->all_next)
		emit_directory(s, d, block + d->dir_off);
	*ret = block;
	*ret_len = (size_t)n * FAT_ENTRY_LEN;
	return 0;
}

/* ---- reserved sectors ---- */

int
fat_emit_boot(const struct fat_boot *b, uint32_t n_free, uint32_t next_free, uint8_t **ret, size_t *ret_len,
	      struct img_err *err)
{
	const struct fat_info info = { n_free, next_free };
	size_t ss = b->sector_size, len = b->fat32 ? (b->backup_sector + 2u) * ss : ss;
	uint8_t *p = calloc(1, len);

	if (!p)
		return img_fail_nomem(err);
	fat_boot_emit(b, p);
	if (b->fat32) {
		fat_info_emit(&info, p + b->fsinfo_sector * ss);
		fat_boot_emit(b, p + b->backup_sector * ss);
		fat_info_emit(&info, p + (b->backup_sector + 1u) * ss);
	}
	*ret = p;
	*ret_len = len;
	return 0;
}

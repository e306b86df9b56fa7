/* SPDX-License-Identifier: BSD-2-Clause */
/* A FAT volume from a tree: gather and name the nodes, plan, place, make the directories; then the volume is a
 * source.  The serial number is a digest of all directories, thus of names, sizes, times and places. */
#include "config.h"

#include "formats/fat/author.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "formats/fat/plan.h"
#include "img/check.h"
#include "img/env.h"

/* ---- owners of clusters ---- */

static int
file_content(const struct fat_scan *s, const struct fat_node *f, struct img_source **ret, struct img_err *err)
{
	struct img_source *from;
	char path[FAT_PATH_ROOM];
	int rc = img_tree_content(s->tree, f->id, NULL, &from, err);

	if (!rc && from->size != f->size) {
		rc = img_fail(err, IMG_E_IO, "the file has %" PRIu64 " bytes, it was listed with %" PRIu32, from->size,
			      f->size);
		img_unref(from);
	}
	if (rc)
		return img_note(err, rc, "%s", fat_node_path(f, path));
	*ret = from;
	return 0;
}

static int
gather_owners(const struct fat_scan *s, struct fat_parts *p, struct img_err *err)
{
	uint64_t limit = img_env_limits(s->tree->env)->max_table;
	int rc = img_array(s->n_dirs + s->n_files, sizeof *p->owners, limit, "files", &p->owners, err);

	if (rc)
		return rc;
	for (const struct fat_node *d = &s->root; d; d = d->all_next)
		if (d->n_clusters)
			p->owners[p->n_owners++] = (struct fat_owner) {
				.cluster = d->cluster, .n = d->n_clusters, .len = d->held * FAT_ENTRY_LEN,
				.dir_off = d->dir_off,
			};
	for (const struct fat_node *f = s->files; f; f = f->all_next) {
		struct fat_owner *o = &p->owners[p->n_owners];

		if (!f->n_clusters)
			continue;
		*o = (struct fat_owner) { .cluster = f->cluster, .n = f->n_clusters, .len = f->size };
		rc = file_content(s, f, &o->from, err);
		if (rc)
			return rc;
		p->n_owners++;
	}
	return 0;
}

/* ---- the boot sector ---- */

static uint32_t
serial_of(const struct fat_parts *p)
{
	const struct img_digest *d = img_digest_by_name("sha256");
	uint8_t lengths[12], sum[IMG_DIGEST_MAX];
	void *state = d->begin();
	uint32_t serial;

	if (!state)
		return 0;
	store_le32(lengths, p->boot.total_sectors);
	store_le32(lengths + 4, p->geo.bits);
	store_le32(lengths + 8, p->geo.cluster_size);
	d->update(state, lengths, sizeof lengths);
	d->update(state, p->dirs, p->dirs_len);
	d->finish(state, sum);
	serial = load_le32(sum);
	return serial ? serial : 1;
}

static int
fill_boot(const struct fat_scan *s, const struct fat_options *o, struct fat_parts *p, struct img_err *err)
{
	struct fat_boot *b = &p->boot;
	const char *oem = o->oem ? o->oem : "MSWIN4.1";
	size_t n_oem = strlen(oem);
	char type[9];

	if (n_oem > sizeof b->oem)
		return img_fail(err, IMG_E_USAGE, "\"%.40s\" is no OEM name: it is longer than 8 characters", oem);
	memcpy(b->jump, b->fat32 ? "\xeb\x58\x90" : "\xeb\x3c\x90", sizeof b->jump);
	memset(b->oem, ' ', sizeof b->oem);
	memcpy(b->oem, oem, n_oem);
	b->media = 0xf8;
	b->heads = 64;
	for (b->track_sectors = 32; b->total_sectors % b->track_sectors; b->track_sectors /= 2)
		;
	b->hidden_sectors = o->hidden_sectors;
	b->drive = 0x80;
	b->ext_signature = 0x29;
	memcpy(b->label, s->has_label ? (const char *)s->label : "NO NAME    ", sizeof b->label);
	snprintf(type, sizeof type, "FAT%-5u", p->geo.bits);
	memcpy(b->type, type, sizeof b->type);
	if (b->fat32) {
		b->root_cluster = s->root.cluster;
		b->fsinfo_sector = 1;
		b->backup_sector = 6;
	}
	b->serial = o->serial ? o->serial : serial_of(p);
	return b->serial ? 0 : img_fail_nomem(err);
}

/* ---- all of it ---- */

static int
build(struct fat_scan *s, const struct fat_options *o, struct fat_parts *p, struct img_err *err)
{
	uint32_t n_free;
	int rc = fat_plan(s, o, &p->boot, &p->geo, err);

	if (rc)
		return rc;
	fat_place(s, &p->geo, &p->n_used);
	rc = fat_emit_directories(s, &p->geo, &p->dirs, &p->dirs_len, err);
	if (rc)
		return rc;
	p->root_len = p->geo.bits == 32 ? 0 : (size_t)s->root.held * FAT_ENTRY_LEN;
	rc = fill_boot(s, o, p, err);
	if (rc)
		return rc;
	n_free = p->geo.n_clusters - p->n_used;
	rc = fat_emit_boot(&p->boot, n_free, n_free ? p->n_used + 2 : UINT32_MAX, &p->head, &p->head_len, err);
	return rc ? rc : gather_owners(s, p, err);
}

int
fat_author(struct img_tree *tree, const struct fat_options *o, struct img_source **ret, struct img_err *err)
{
	struct fat_parts p = { 0 };
	struct fat_scan s;
	int rc = fat_scan(tree, o, &s, err);

	if (rc)
		return rc;
	rc = build(&s, o, &p, err);
	fat_scan_done(&s);
	if (!rc)
		rc = fat_image(tree->env, &p, ret, err);
	if (rc)
		fat_parts_done(&p);
	return rc;
}

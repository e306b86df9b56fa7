/* SPDX-License-Identifier: BSD-2-Clause */
/* What a container and its volumes say about themselves; no files are looked at. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/bytes.h"
#include "formats/apfs/container.h"
#include "formats/apfs/roles.h"
#include "img/report.h"

static void
rep_time(struct img_rep *o, const char *key, uint64_t ns)
{
	time_t sec = (time_t)(ns / 1000000000);
	char text[48];
	struct tm tm;

	if (!ns || !gmtime_r(&sec, &tm) || !strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm))
		img_rep_null(o, key);
	else
		img_rep_str(o, key, text);
}

static void
rep_uuid(struct img_rep *o, const char *key, const uint8_t u[16])
{
	char text[40];
	size_t at = 0;

	for (unsigned int i = 0; i < 16; i++)
		at += (size_t)snprintf(text + at, sizeof text - at, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x",
				       u[i]);
	img_rep_str(o, key, text);
}

/* AFSR spaceman_phys_t: at 48 the main device, in it at 24 the free blocks. */
static void
rep_free(struct img_rep *o, struct apfs *c)
{
	img_autofree uint8_t *b = NULL;
	uint32_t len;

	if (!apfs_ephemeral_read(c, c->s.spaceman, APFS_TYPE_SPACEMAN, &b, &len, NULL))
		img_rep_uint(o, "free", load_le64(b + 72) * c->s.block_size);
}

static int
rep_snapshot(void *ctx, const struct apfs_snapshot *s, struct img_err *err)
{
	struct img_rep *o = img_rep_obj(ctx, NULL);

	img_rep_str(o, "name", s->name);
	img_rep_uint(o, "xid", s->xid);
	rep_time(o, "created", s->created);
	return 0;
}

static void
rep_snapshots(struct img_rep *o, struct apfs_volume *v)
{
	img_rep_uint(o, "snapshot_count", v->s.n_snaps);
	if (v->s.n_snaps)
		apfs_snapshots(v, rep_snapshot, img_rep_arr(o, "snapshots"), NULL);
}

/* AFSR integrity_meta_phys_t. */
static void
rep_seal(struct img_rep *o, struct apfs_volume *v)
{
	bool sealed = v->s.incompat & APFS_SEALED;
	img_autofree uint8_t *b = NULL;
	struct apfs_omap omap = { 0 };
	struct apfs_omap_value at;

	img_rep_bool(o, "sealed", sealed);
	if (!sealed || apfs_omap_open(v->c, v->s.omap, "object map", &omap, NULL))
		return;
	if (!apfs_omap_find(&omap, v->s.integrity, v->s.obj.xid, &at, NULL) &&
	    !apfs_object_read(v->c, at.paddr, APFS_TYPE_INTEGRITY, "integrity metadata", &b, NULL))
		img_rep_bool(o, "seal_broken", load_le32(b + 36) & 1);
	apfs_cache_forget(v->c->cache, &omap.tree);
}

static void
rep_counts(struct img_rep *o, const struct apfs_volume *v)
{
	img_rep_uint(o, "files", v->s.n_files);
	img_rep_uint(o, "directories", v->s.n_dirs);
	img_rep_uint(o, "links", v->s.n_links);
	if (v->s.n_others)
		img_rep_uint(o, "others", v->s.n_others);
	img_rep_uint(o, "used", v->s.n_allocated * v->c->s.block_size);
}

static void
rep_volume(struct img_rep *o, struct apfs_volume *v)
{
	static const uint8_t none[16];

	rep_counts(o, v);
	if (v->s.role)
		img_rep_str(o, "role", apfs_role(v->s.role));
	if (memcmp(v->s.group, none, sizeof none))
		rep_uuid(o, "volume_group", v->s.group);
	img_rep_bool(o, "case_sensitive", !(v->s.incompat & APFS_CASE_FOLDED));
	img_rep_bool(o, "encrypted", apfs_volume_is_encrypted(v));
	rep_seal(o, v);
	rep_time(o, "created", v->s.formatted.when);
	rep_time(o, "modified", v->s.modified);
	img_rep_str(o, "formatted_by", v->s.formatted.by);
	if (*v->s.mounted.by)
		img_rep_str(o, "modified_by", v->s.mounted.by);
	rep_snapshots(o, v);
}

static void
rep_container(struct img_rep *o, struct apfs *c)
{
	img_rep_uint(o, "size", c->s.n_blocks * (uint64_t)c->s.block_size);
	rep_free(o, c);
	img_rep_uint(o, "block_size", c->s.block_size);
	rep_uuid(o, "container_uuid", c->s.uuid);
	img_rep_uint(o, "transaction", c->s.obj.xid);
}

int
apfs_describe(struct img_tree *t, struct img_rep *rep, struct img_err *err)
{
	struct apfs *c = apfs_of(t);
	struct img_rep *list;

	img_rep_str(rep, "format", "apfs");
	if (c->only) {
		img_rep_str(rep, "label", c->only->s.name);
		rep_uuid(rep, "uuid", c->only->s.uuid);
		if (c->only->snapshot)
			img_rep_str(rep, "snapshot", c->only->snapshot->name);
	}
	rep_container(rep, c);
	if (c->only)
		rep_volume(rep, c->only);
	if (c->only && c->n_volumes == 1)
		return 0;
	list = img_rep_arr(rep, "volumes");
	for (unsigned int i = 0; i < c->n_volumes; i++) {
		struct img_rep *o = img_rep_obj(list, NULL);

		img_rep_uint(o, "index", i + 1);
		img_rep_str(o, "label", c->volume[i].s.name);
		rep_uuid(o, "uuid", c->volume[i].s.uuid);
		if (&c->volume[i] != c->only)
			rep_volume(o, &c->volume[i]);
	}
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The volumes of a container: which there are, which is meant, and opening one when its files are asked for. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/bytes.h"
#include "core/text.h"
#include "formats/apfs/container.h"
#include "formats/apfs/roles.h"
#include "img/env.h"

static int
super_read(struct apfs *c, uint64_t paddr, struct apfs_volume_super *ret, struct img_err *err)
{
	img_autofree uint8_t *b = NULL;
	int rc = apfs_object_read(c, paddr, APFS_TYPE_VOLUME, "volume superblock", &b, err);

	return rc ? rc : apfs_volume_parse(b, ret, err);
}

static int
volume_add(struct apfs *c, uint64_t oid, struct img_err *err)
{
	struct apfs_volume *v = &c->volume[c->n_volumes];
	struct apfs_omap_value at;
	int rc = apfs_omap_find(&c->omap, oid, c->s.obj.xid, &at, err);

	if (!rc)
		rc = super_read(c, at.paddr, &v->s, err);
	if (!rc && v->s.obj.oid != oid)
		rc = img_fail(err, IMG_E_FORMAT, "block %" PRIu64 " holds volume %" PRIu64 ", expected %" PRIu64, at.paddr,
			      v->s.obj.oid, oid);
	if (rc)
		return img_note(err, rc, "volume %u", c->n_volumes + 1);
	v->c = c;
	v->paddr = at.paddr;
	v->number = ++c->n_volumes;
	pthread_mutex_init(&v->lock, NULL);
	return 0;
}

/* Folders of volumes have different names that mean no other place. */
static void
name_folder(struct apfs *c, struct apfs_volume *v)
{
	int n = snprintf(v->shown, sizeof v->shown, "%s", v->s.name);
	bool taken = !n || !strcmp(v->shown, ".") || !strcmp(v->shown, "..");

	for (char *p = v->shown; *p; p++)
		*p = *p == '/' ? ':' : *p;
	for (unsigned int i = 0; i + 1 < v->number; i++)
		taken |= !strcmp(c->volume[i].shown, v->shown);
	if (taken)
		snprintf(v->shown + n, sizeof v->shown - (size_t)n, "%s(%u)", n ? " " : "volume ", v->number);
}

int
apfs_volumes_open(struct apfs *c, struct img_err *err)
{
	int rc;

	c->volume = calloc(c->s.max_volumes + 1, sizeof *c->volume);
	rc = c->volume ? 0 : img_fail_nomem(err);
	for (uint32_t i = 0; !rc && i < c->s.max_volumes; i++)
		if (c->s.volume[i])
			rc = volume_add(c, c->s.volume[i], err);
	for (unsigned int i = 0; !rc && i < c->n_volumes; i++)
		name_folder(c, &c->volume[i]);
	return rc;
}

void
apfs_volumes_close(struct apfs *c)
{
	for (unsigned int i = 0; i < c->n_volumes; i++) {
		struct apfs_volume *v = &c->volume[i];

		apfs_cipher_unref(v->cipher);
		free(v->snapshot);
		pthread_mutex_destroy(&v->lock);
	}
	free(c->volume);
	c->volume = NULL;
	c->n_volumes = 0;
}

/* ---- snapshots ---- */

int
apfs_snapshots(struct apfs_volume *v, apfs_snapshot_fn *fn, void *ctx, struct img_err *err)
{
	struct apfs_btree t = {
		.c = v->c, .name = "snapshot tree", .kind = APFS_TYPE_SNAP_META, .parse = apfs_plain_fs_key,
		.root = v->s.snap_meta,
	};
	struct apfs_cursor cur;
	int rc;

	if (!v->s.n_snaps || !v->s.snap_meta)
		return 0;
	rc = apfs_btree_open(&t, err);
	if (!rc)
		rc = apfs_cursor_seek(&t, NULL, &cur, err);
	if (rc)
		return rc;
	while (!rc && !cur.end) {
		struct apfs_snapshot s;

		if (cur.key.type == APFS_SNAP_META) {
			rc = apfs_snapshot_parse(&cur.key, cur.rec.v, cur.rec.n_v, &s, err);
			if (!rc)
				rc = fn(ctx, &s, err);
		}
		if (!rc)
			rc = apfs_cursor_next(&cur, err);
	}
	apfs_cursor_done(&cur);
	apfs_cache_forget(v->c->cache, &t);
	return rc;
}

static bool
number_of(const char *text, uint64_t *ret)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return !*end && !errno;
}

struct wanted {
	const char *name;
	struct apfs_snapshot *found;
	char have[240];
	size_t used;
};

static int
snapshot_match(void *ctx, const struct apfs_snapshot *s, struct img_err *err)
{
	struct wanted *w = ctx;
	char name[80];
	uint64_t xid;

	if (strcmp(s->name, w->name) && !(number_of(w->name, &xid) && xid == s->xid)) {
		text_safe(name, sizeof name, s->name, true);
		if (w->used < sizeof w->have)
			w->used += (size_t)snprintf(w->have + w->used, sizeof w->have - w->used, "%s%" PRIu64 " \"%s\"",
						    w->used ? ", " : "", s->xid, name);
		return 0;
	}
	if (!w->found)
		w->found = malloc(sizeof *w->found);
	if (!w->found)
		return img_fail_nomem(err);
	*w->found = *s;
	return 0;
}

static int
choose_snapshot(struct apfs_volume *v, const char *name, struct img_err *err)
{
	struct wanted w = { .name = name };
	struct apfs_volume_super s;
	int rc = apfs_snapshots(v, snapshot_match, &w, err);

	v->snapshot = w.found;
	if (rc)
		return img_note(err, rc, "snapshots");
	if (!w.found && !w.used)
		return img_fail(err, IMG_E_USAGE, "there is no snapshot %s; the volume has none", name);
	if (!w.found)
		return img_fail(err, IMG_E_USAGE, "there is no snapshot %s; the volume has: %s", name, w.have);
	rc = super_read(v->c, w.found->super, &s, err);
	if (rc)
		return img_note(err, rc, "snapshot \"%s\"", w.found->name);
	/* the map of objects goes on to be the volume's: it knows all versions */
	s.omap = v->s.omap;
	s.snap_meta = v->s.snap_meta;
	s.n_snaps = v->s.n_snaps;
	v->s = s;
	return 0;
}

/* ---- which one ---- */

bool
apfs_volume_has_files(const struct apfs_volume *v)
{
	return v->s.n_files || v->s.n_dirs || v->s.n_links || v->s.n_others;
}

static int
not_found(const struct apfs *c, const char *which, struct img_err *err)
{
	char have[300], name[80];
	size_t used = 0;

	for (unsigned int i = 0; i < c->n_volumes && used < sizeof have; i++) {
		text_safe(name, sizeof name, c->volume[i].s.name, true);
		used += (size_t)snprintf(have + used, sizeof have - used, "%s%u \"%s\"", i ? ", " : "", i + 1, name);
	}
	text_safe(name, sizeof name, which, true);
	return img_fail(err, IMG_E_USAGE, "volume %s not found; this container has%s%s", name, c->n_volumes ? ": " : " none",
			c->n_volumes ? have : "");
}

static int
pick(struct apfs *c, const char *which, struct img_err *err)
{
	uint64_t n;

	for (unsigned int i = 0; i < c->n_volumes && !c->only; i++)
		if (!strcmp(c->volume[i].s.name, which))
			c->only = &c->volume[i];
	if (!c->only && number_of(which, &n) && n && n <= c->n_volumes)
		c->only = &c->volume[n - 1];
	for (unsigned int i = 0; i < c->n_volumes && !c->only; i++)
		if (!strcasecmp(c->volume[i].s.name, which) || !strcasecmp(apfs_role(c->volume[i].s.role), which))
			c->only = &c->volume[i];
	return c->only ? 0 : not_found(c, which, err);
}

/* The only volume, or the only one that is not empty. */
static void
pick_default(struct apfs *c)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < c->n_volumes; i++)
		if (apfs_volume_has_files(&c->volume[i]) && !n++)
			c->only = &c->volume[i];
	if (n > 1)
		c->only = NULL;
	if (!n && c->n_volumes)
		c->only = &c->volume[0];
}

int
apfs_volumes_choose(struct apfs *c, const char *which, const char *snapshot, struct img_err *err)
{
	int rc = 0;

	if (which)
		rc = pick(c, which, err);
	else
		pick_default(c);
	if (rc || !snapshot)
		return rc;
	if (!c->only)
		return img_fail(err, IMG_E_USAGE, "the container has %u volumes; --volume says whose snapshot is meant",
				c->n_volumes);
	return choose_snapshot(c->only, snapshot, err);
}

/* ---- opening ---- */

static int
open_fext(struct apfs_volume *v, struct img_err *err)
{
	v->fext = (struct apfs_btree) {
		.c = v->c, .name = "extent tree", .kind = APFS_TYPE_FEXT_TREE, .parse = apfs_fext_key,
		.omap = v->s.fext_type & APFS_PHYSICAL ? NULL : &v->omap, .xid = v->fs.xid, .root = v->s.fext,
	};
	return apfs_btree_open(&v->fext, err);
}

static int
open_trees(struct apfs_volume *v, struct img_err *err)
{
	uint64_t xid = v->snapshot ? v->snapshot->xid : v->s.obj.xid;
	int rc = apfs_omap_open(v->c, v->s.omap, "object map", &v->omap, err);

	if (rc)
		return rc;
	v->hashed = v->s.incompat & (APFS_CASE_FOLDED | APFS_NORMALIZED);
	v->fs = (struct apfs_btree) {
		.c = v->c, .name = "file-system tree", .kind = APFS_TYPE_FS_TREE,
		.parse = v->hashed ? apfs_fs_key : apfs_plain_fs_key, .omap = v->s.root_type & APFS_PHYSICAL ? NULL : &v->omap,
		.xid = xid, .cipher = v->cipher, .root = v->s.root,
	};
	rc = apfs_btree_open(&v->fs, err);
	return rc || !(v->s.incompat & APFS_SEALED) ? rc : open_fext(v, err);
}

static int
open_files(struct apfs_volume *v, struct img_err *err)
{
	int rc = apfs_volume_is_encrypted(v) && !v->cipher ? apfs_volume_unlock(v, &v->cipher, err) : 0;

	return rc ? rc : open_trees(v, err);
}

int
apfs_volume_ready(struct apfs_volume *v, struct img_err *err)
{
	struct img_err why;

	pthread_mutex_lock(&v->lock);
	if (!v->tried) {
		int rc = open_files(v, &v->why);

		if (rc && v->c->n_volumes > 1)
			img_note(&v->why, rc, "volume %u \"%s\"", v->number, v->s.name);
		/* what may go otherwise another time is tried again */
		v->tried = rc != IMG_E_NOMEM && rc != IMG_E_LIMIT && rc != IMG_E_IO && rc != IMG_E_CANCELLED;
	}
	why = v->why;
	if (!v->tried)
		v->why = (struct img_err) { 0 };
	pthread_mutex_unlock(&v->lock);
	if (why.code && err)
		*err = why;
	return (int)why.code;
}

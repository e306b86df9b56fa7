/* SPDX-License-Identifier: BSD-2-Clause */
/* What a volume says about itself; nothing is walked. */
#include "config.h"

#include <stdio.h>
#include <time.h>

#include "core/bytes.h"
#include "formats/hfsplus/names.h"
#include "formats/hfsplus/volume.h"
#include "img/check.h"
#include "img/report.h"

static void
rep_time(struct img_rep *o, const char *key, const struct hfs *f, uint32_t t, const char *zone)
{
	struct img_time when = hfs_time(f, t, 0);
	time_t sec = (time_t)when.sec;
	char text[48];
	size_t n;
	struct tm tm;

	if (when.sec == IMG_NO_TIME || !gmtime_r(&sec, &tm)) {
		img_rep_null(o, key);
		return;
	}
	n = strftime(text, sizeof text - 2, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof text - n, "%s", zone);
	img_rep_str(o, key, text);
}

/* The Finder's 64 bits in Apple's name space, MD5: what macOS and blkid show. */
static void
rep_uuid(struct img_rep *o, const struct hfs *f)
{
	static const uint8_t space[16] = { 0xb3, 0xe2, 0x0f, 0x39, 0xf2, 0x92, 0x11, 0xd6, 0x97, 0xa4, 0x00, 0x30, 0x65, 0x43,
					   0xec, 0xac };
	const struct img_digest *md5 = img_digest_by_name("md5");
	uint8_t id[8], u[IMG_DIGEST_MAX];
	char text[40];
	size_t at = 0;
	void *state = (f->h.finder[6] || f->h.finder[7]) && md5 ? md5->begin() : NULL;

	if (!state)
		return;
	store_be32(id, f->h.finder[6]);
	store_be32(id + 4, f->h.finder[7]);
	md5->update(state, space, sizeof space);
	md5->update(state, id, sizeof id);
	md5->finish(state, u);
	u[6] = (uint8_t)(0x30 | (u[6] & 0x0f));
	u[8] = (uint8_t)(0x80 | (u[8] & 0x3f));
	for (unsigned int i = 0; i < 16; i++)
		at += (size_t)snprintf(text + at, sizeof text - at, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x",
				       u[i]);
	img_rep_str(o, "uuid", text);
}

static void
rep_counts(struct img_rep *o, const struct hfs *f)
{
	uint64_t bs = f->h.block_size;

	img_rep_uint(o, "size", f->h.n_blocks * bs);
	img_rep_uint(o, "free", f->h.n_free * bs);
	img_rep_uint(o, "block_size", bs);
	img_rep_uint(o, "files", f->h.n_files);
	img_rep_uint(o, "directories", f->h.n_folders);
}

int
hfs_describe(struct img_tree *t, struct img_rep *rep, struct img_err *err)
{
	const struct hfs *f = hfs_of(t);
	char label[HFS_NAME_ROOM];
	struct hfs_record r;

	img_rep_str(rep, "format", f->h.x ? "hfsx" : "hfs+");
	if (!hfs_root_record(f, &r, label, NULL)) {
		for (char *p = label; *p; p++)	/* no part of a path: as Finder shows it */
			*p = *p == ':' ? '/' : *p;
		img_rep_str(rep, "label", label);
	}
	rep_uuid(rep, f);
	rep_counts(rep, f);
	rep_time(rep, "created", f, f->h.created, "");		/* local time of whoever made it */
	rep_time(rep, "modified", f, f->h.modified, "Z");
	rep_time(rep, "backed_up", f, f->h.backed_up, "Z");
	rep_time(rep, "checked", f, f->h.checked, "Z");
	img_rep_bool(rep, "case_sensitive", !hfs_btree_folded(f->catalog));
	img_rep_bool(rep, "journaled", f->h.attributes & HFS_JOURNALED);
	img_rep_bool(rep, "journal_dirty", f->dirty);
	img_rep_bool(rep, "clean", f->h.attributes & HFS_UNMOUNTED);
	img_rep_bool(rep, "wrapped", f->wrapped);
	img_rep_strn(rep, "mounted_by", (const char *)f->h.mounted_by, sizeof f->h.mounted_by);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a volume says about itself; nothing is walked. */
#include "config.h"

#include <time.h>

#include "formats/hfs/volume.h"
#include "img/report.h"

/* Local time of whoever wrote it. */
void
hfsc_rep_time(struct img_rep *o, const char *key, uint32_t t)
{
	struct img_time when = hfsc_time(t);
	time_t sec = (time_t)when.sec;
	char text[48];
	struct tm tm;

	if (when.sec == IMG_NO_TIME || !gmtime_r(&sec, &tm) || !strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm))
		img_rep_null(o, key);
	else
		img_rep_str(o, key, text);
}

int
hfsc_describe(struct img_tree *t, struct img_rep *rep, struct img_err *err)
{
	const struct hfsc_mdb *m = &hfsc_of(t)->m;
	char label[3 * sizeof m->name + 1];

	hfsc_name_utf8(m->name, m->n_name, label);
	for (char *p = label; *p; p++)	/* no part of a path: as Finder shows it */
		*p = *p == ':' ? '/' : *p;
	img_rep_str(rep, "format", "hfs");
	img_rep_str(rep, "label", label);
	img_rep_uint(rep, "size", (uint64_t)m->n_blocks * m->block_size);
	img_rep_uint(rep, "free", (uint64_t)m->n_free * m->block_size);
	img_rep_uint(rep, "block_size", m->block_size);
	img_rep_uint(rep, "files", m->n_files);
	img_rep_uint(rep, "directories", m->n_folders);
	hfsc_rep_time(rep, "created", m->created);
	hfsc_rep_time(rep, "modified", m->modified);
	hfsc_rep_time(rep, "backed_up", m->backed_up);
	img_rep_bool(rep, "case_sensitive", false);
	img_rep_bool(rep, "clean", m->attributes & 0x100);
	img_rep_bool(rep, "locked", m->attributes & 0x8080);
	img_rep_bool(rep, "bootable", m->finder[0] != 0);
	return 0;
}

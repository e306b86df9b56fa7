/* SPDX-License-Identifier: BSD-2-Clause */
/* xorriso's own words, of which build scripts put a few in front of "-as mkisofs".  Behind that it speaks like xorrisofs. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "convert/as_mkisofs.h"
#include "convert/options.h"
#include "core/tool.h"

int
mk_as(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	static const char *const names[] = { "mkisofs", "genisoimage", "genisofs", "xorrisofs" };

	if (strcmp(m->call->name, "xorriso"))
		return img_fail(err, IMG_E_USAGE, "%s %.40s: only xorriso has this option", w->shown, w->value[0]);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(w->value[0], names[i])) {
			m->as_seen = true;
			return 0;
		}
	return img_fail(err, IMG_E_USAGE, "%s %.40s: imgconv stands in for xorriso -as mkisofs alone", w->shown, w->value[0]);
}

/* KIND DATE */
int
mk_volume_date(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	static const char *const volume[] = { "c", "m", "uuid" };
	struct mk_row row = *w->row;
	struct mk_word date = { .row = &row, .value = { w->value[1] } };

	snprintf(date.shown, sizeof date.shown, "%.28s %.16s", w->shown, w->value[0]);
	row.key = strcmp(w->value[0], "all_file_dates") ? NULL : "file-date";
	for (size_t i = 0; i < sizeof volume / sizeof *volume; i++)
		if (!strcmp(w->value[0], volume[i]))
			row.key = "volume-date";
	return row.key ? mk_date(m, &date, err) :
	       img_fail(err, IMG_E_USAGE, "%s %.40s: imgconv knows c, m, uuid and all_file_dates", w->shown, w->value[0]);
}

/* LOADER KEY=VALUE */
int
mk_boot_word(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	static const char guid[] = "gpt_disk_guid=";

	if (!strncmp(w->value[1], guid, sizeof guid - 1))
		return conv_add_key(m->o, "gpt-disk-guid", w->value[1] + sizeof guid - 1, err);
	return img_fail(err, IMG_E_USAGE, "%s %.20s %.80s: imgconv knows only gpt_disk_guid=GUID", w->shown, w->value[0],
			w->value[1]);
}

int
mk_follow(struct mk *m, const struct mk_word *w, struct img_err *err)
{
	if (!strcmp(w->value[0], "link") || !strcmp(w->value[0], "on"))
		m->o->follow_links = true;
	else if (strcmp(w->value[0], "off") && strcmp(w->value[0], "default"))
		return img_fail(err, IMG_E_USAGE, "%s %.40s: link, on, off or default is expected", w->shown, w->value[0]);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What reports say about a volume. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "formats/iso9660/census.h"
#include "formats/iso9660/eltorito.h"
#include "img/report.h"
#include "img/source.h"

static void
put_text(struct img_rep *o, const char *key, const uint8_t *p, size_t n, bool wide)
{
	char text[ISO_TEXT_ROOM];

	if (iso_text(p, n, wide, text))
		img_rep_str(o, key, text);
}

static void
put_date(struct img_rep *o, const char *key, const uint8_t date[17])
{
	struct img_time t = iso_time17(date);
	time_t sec = (time_t)t.sec;
	char text[40];
	struct tm tm;

	if (t.sec == IMG_NO_TIME || !gmtime_r(&sec, &tm) || !strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm))
		return;
	img_rep_str(o, key, text);
}

/* As blkid and GRUB have it: the digits of the modification date, else of the creation. */
static void
put_uuid(struct img_rep *o, const struct iso_vd *pvd)
{
	const uint8_t *d = iso_time17(pvd->modified).sec != IMG_NO_TIME ? pvd->modified : pvd->created;
	char text[24];

	if (iso_time17(d).sec == IMG_NO_TIME)
		return;
	snprintf(text, sizeof text, "%.4s-%.2s-%.2s-%.2s-%.2s-%.2s-%.2s", (const char *)d, (const char *)d + 4,
		 (const char *)d + 6, (const char *)d + 8, (const char *)d + 10, (const char *)d + 12, (const char *)d + 14);
	img_rep_str(o, "uuid", text);
}

static void
describe_volume(const struct iso *iso, struct img_rep *rep)
{
	const struct iso_vd *pvd = &iso->set.pvd;
	uint64_t size = (uint64_t)pvd->blocks * iso->block;
	char label[ISO_TEXT_ROOM] = "";

	/* the longer of the two labels: Joliet's 16 characters may hold what 32 upper-case ones cannot */
	if (iso->view == ISO_JOLIET && iso->has[ISO_JOLIET])
		iso_text(iso->set.joliet.volume_id, 32, true, label);
	if (!label[0])
		iso_text(pvd->volume_id, 32, false, label);
	img_rep_str(rep, "label", label);
	put_uuid(rep, pvd);
	img_rep_uint(rep, "size", size);
	img_rep_uint(rep, "block_size", iso->block);
	img_rep_bool(rep, "truncated", size > iso->volume->size);
	if (size > iso->volume->size)
		img_rep_uint(rep, "missing", size - iso->volume->size);
	put_text(rep, "system_id", pvd->system_id, 32, false);
	put_text(rep, "volume_set", pvd->set_id, 128, false);
	put_text(rep, "publisher", pvd->publisher, 128, false);
	put_text(rep, "preparer", pvd->preparer, 128, false);
	put_text(rep, "application", pvd->application, 128, false);
	put_text(rep, "copyright_file", pvd->copyright, 37, false);
	put_text(rep, "abstract_file", pvd->abstract, 37, false);
	put_text(rep, "bibliographic_file", pvd->bibliographic, 37, false);
	put_date(rep, "created", pvd->created);
	put_date(rep, "modified", pvd->modified);
	put_date(rep, "expires", pvd->expires);
	put_date(rep, "effective", pvd->effective);
	img_rep_uint(rep, "sessions", iso->n_sessions);
	if (iso->n_sessions > 1)
		img_rep_uint(rep, "session", iso->session);
	if (iso->has[ISO_JOLIET])
		img_rep_uint(rep, "joliet_level", iso->set.joliet_level);
	img_rep_bool(rep, "implanted_md5", iso_has_md5(pvd));
}

/* What else the first sectors are: the image boots from a disk too. */
static int
describe_hybrid(const struct iso *iso, struct img_rep *rep, struct img_err *err)
{
	struct img_rep *list;
	uint8_t b[4096];
	int rc = img_source_read(iso->volume, 0, b, sizeof b, err);

	if (rc)
		return rc;
	list = img_rep_arr(rep, "hybrid");
	if (b[510] == 0x55 && b[511] == 0xaa)
		img_rep_str(list, NULL, "mbr");
	if (!memcmp(b + 512, "EFI PART", 8))
		img_rep_str(list, NULL, "gpt");
	if (b[0] == 'E' && b[1] == 'R' && (!memcmp(b + 512, "PM", 2) || !memcmp(b + 2048, "PM", 2)))
		img_rep_str(list, NULL, "apm");
	return 0;
}

static void
describe_cut(const struct iso *iso, const struct census *c, struct img_rep *rep)
{
	struct img_rep *list;

	if (!c->n_cut)
		return;
	img_rep_uint(rep, "cut_file_count", c->n_cut);
	list = img_rep_arr(rep, "cut_files");
	for (size_t i = 0; i < CENSUS_CUT && i < c->n_cut; i++)
		img_rep_str(list, NULL, c->cut[i]);
	img_problem(iso->tree.env, IMG_WARNING, "iso-files-cut", "%s tree: %" PRIu64 " file%s past the end, first \"%s\"",
		    iso_view_words[iso->view], c->n_cut, c->n_cut == 1 ? " has data" : "s have data", c->cut[0]);
}

/* Trees that show other files, not only other names. */
static void
say_difference(struct iso *iso, enum iso_view a, const struct census *ca, enum iso_view b, const struct census *cb)
{
	size_t a_only, b_only;

	if (!ca->complete || !cb->complete)
		return;
	census_compare(ca, cb, &a_only, &b_only);
	if (a_only || b_only)
		img_problem(iso->tree.env, IMG_NOTE, "iso-trees-differ", "the trees show different files: %zu are only in \"%s\""
			    ", %zu only in \"%s\" (--view picks a tree)", a_only, iso_view_words[a], b_only,
			    iso_view_words[b]);
}

/* The census of one view; *ret stays empty where the budget of a mere look is too small. */
static int
count_view(struct iso *iso, enum iso_view view, struct img_rep *list, struct census *ret, struct img_err *err)
{
	struct img_rep *o = img_rep_obj(list, NULL);
	struct img_err why = { 0 };
	struct iso *other;
	int rc;

	img_rep_str(o, "view", iso_view_words[view]);
	img_rep_bool(o, "shown", view == iso->view);
	rc = iso_open_view(iso, view, &other, err);
	if (rc)
		return rc;
	rc = census_take(other, ret, &why);
	img_tree_unref(&other->tree);
	if (rc == IMG_E_LIMIT)
		return 0;
	if (rc) {
		if (err)
			*err = why;
		return rc;
	}
	img_rep_uint(o, "files", ret->files);
	img_rep_uint(o, "directories", ret->directories);
	img_rep_uint(o, "links", ret->links);
	img_rep_uint(o, "others", ret->others);
	return 0;
}

static int
describe_trees(struct iso *iso, struct img_rep *rep, struct img_err *err)
{
	struct img_rep *list = img_rep_arr(rep, "trees");
	struct census c[ISO_N_VIEWS] = { 0 };
	int rc = 0;

	for (size_t i = ISO_N_VIEWS; !rc && i-- > 0; ) {
		/* Rock Ridge shows the plain tree under better names */
		if (!iso->has[i] || (i == ISO_PLAIN && iso->has[ISO_ROCK_RIDGE] && iso->view != ISO_PLAIN))
			continue;
		rc = count_view(iso, (enum iso_view)i, list, &c[i], err);
	}
	if (!rc) {
		const struct census *shown = &c[iso->view];

		if (shown->complete) {
			img_rep_uint(rep, "files", shown->files);
			img_rep_uint(rep, "directories", shown->directories);
		}
		describe_cut(iso, shown, rep);
		for (size_t i = 0; i < ISO_N_VIEWS; i++)
			if (i != (size_t)iso->view && iso->has[i])
				say_difference(iso, iso->view, shown, (enum iso_view)i, &c[i]);
	}
	for (size_t i = 0; i < ISO_N_VIEWS; i++)
		census_done(&c[i]);
	return rc;
}

int
iso_describe(struct img_tree *t, struct img_rep *rep, struct img_err *err)
{
	struct iso *iso = iso_of(t);
	int rc;

	img_rep_str(rep, "format", "iso9660");
	describe_volume(iso, rep);
	rc = describe_hybrid(iso, rep, err);
	if (!rc)
		rc = et_describe(iso, rep, err);
	if (!rc)
		rc = describe_trees(iso, rep, err);
	/* beyond what a mere look may read: the rest is not examined */
	return rc == IMG_E_LIMIT ? 0 : rc;
}

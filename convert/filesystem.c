/* SPDX-License-Identifier: BSD-2-Clause */
/* Which file system an image of files gets; see convert/filesystem.h. */
#include "config.h"

#include "convert/filesystem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "convert/names.h"
#include "convert/options.h"
#include "img/format.h"
#include "img/sink.h"
#include "img/source.h"

#define ALIGN 4096	/* volumes in --size are whole blocks of this */

/* The words of --fs. */
static const struct row {
	const char *word, *format;
	enum wrap_map map;		/* unless --partition-map says otherwise */
	bool partitioned;		/* may it be? */
	const char *gpt_type, *apm_type;
	uint8_t mbr_type;
} rows[] = {
	{ "hfs+", "hfs+", WRAP_GPT, true, "48465300-0000-11aa-aa11-00306543ecac", "Apple_HFS", 0xaf },
	{ "fat32", "fat", WRAP_NONE, true, "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", "DOS_FAT_32", 0x0c },
	{ "iso", "iso9660", WRAP_NONE, false, NULL, NULL, 0 },
	{ "udf", "udf", WRAP_NONE, false, NULL, NULL, 0 },
};

static const struct row *
row_of(const char *word)
{
	static const char *const other[][2] = {
		{ "hfs", "hfs+" }, { "hfsplus", "hfs+" }, { "fat", "fat32" }, { "vfat", "fat32" }, { "iso9660", "iso" },
	};

	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		if (!strcasecmp(word, other[i][0]))
			word = other[i][1];
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!strcasecmp(word, rows[i].word))
			return &rows[i];
	return NULL;
}

/* What images of this kind are made for, when nobody says; hdiutil's words for plain sectors mean a Mac's. */
static const char *
usual(const struct target_format *t)
{
	const char *v = t->variant;
	bool is_mac = v && (!strcasecmp(v, "udrw") || !strcasecmp(v, "udto"));

	return t->disc ? t->disc : is_mac ? "hfs+" : t->format->sink->usual_fs;
}

bool
filesystem_wanted(const struct conv_options *o, const struct target_format *target)
{
	return o->fs || target->only_optical || (!target->disc && usual(target));
}

static int
pick(const struct conv_options *o, const struct target_format *t, const struct row **ret, const char **ret_hint,
     struct img_err *err)
{
	const char *word = o->fs ? o->fs : usual(t);

	if (!word) {
		*ret_hint = "--fs hfs+, --fs fat32 or --fs iso says what it is to hold";
		return img_fail(err, IMG_E_USAGE, "%s images may hold any file system", t->format->name);
	}
	*ret = row_of(word);
	if (!*ret)
		return img_fail(err, IMG_E_USAGE, "--fs %s: hfs+, iso, udf or fat32 is expected", word);
	if (!(*ret)->format || !img_format_by_name((*ret)->format)->author) {
		*ret_hint = "-O iso makes an ISO 9660 image";
		return img_fail(err, IMG_E_UNSUPPORTED, "this build makes no %s images yet",
				(*ret)->word);
	}
	if (o->fs && t->disc && strcmp((*ret)->word, t->disc))
		return img_fail(err, IMG_E_USAGE, "--fs %s contradicts the target, which is %s", o->fs, t->disc);
	return 0;
}

static int
choose_map(const struct conv_options *o, const struct row *r, enum wrap_map *ret, struct img_err *err)
{
	static const char *const words[] = { [WRAP_NONE] = "none", [WRAP_GPT] = "gpt", [WRAP_APM] = "apm", [WRAP_MBR] = "mbr" };

	*ret = r->map;
	for (unsigned int i = 0; o->partition_map && i < sizeof words / sizeof *words; i++)
		if (!strcmp(words[i], o->partition_map))
			*ret = (enum wrap_map)i;
	if (*ret != WRAP_NONE && !r->partitioned)
		return img_fail(err, IMG_E_USAGE, "--partition-map %s: an %s image has none", o->partition_map, r->word);
	return 0;
}

int
filesystem_choose(const struct conv_options *o, const struct target_format *target, struct filesystem *ret,
		  const char **ret_hint, struct img_err *err)
{
	struct filesystem f = { 0 };
	const struct row *r = NULL;
	uint64_t around;
	int rc = pick(o, target, &r, ret_hint, err);

	if (!rc)
		rc = choose_map(o, r, &f.wrap.map, err);
	if (rc) {
		if (err)
			err->side = IMG_SIDE_TARGET;
		return rc;
	}
	around = wrap_overhead(f.wrap.map);
	f.author = img_format_by_name(r->format);
	f.word = r->word;
	f.wrap.name = "disk image";	/* as hdiutil calls it */
	f.wrap.gpt_type = r->gpt_type;
	f.wrap.apm_type = r->apm_type;
	f.wrap.mbr_type = r->mbr_type;
	f.wrap.size = o->size;
	if (o->size)
		f.size = o->size > around + ALIGN ? (o->size - around) / ALIGN * ALIGN : ALIGN;
	snprintf(f.hidden, sizeof f.hidden, "%" PRIu64, wrap_first(f.wrap.map));
	*ret = f;
	return 0;
}

int
filesystem_wrap(const struct filesystem *f, struct img_source *volume, struct img_source **ret, struct img_err *err)
{
	return wrap_volume(volume, &f->wrap, ret, err);
}

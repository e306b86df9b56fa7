/* SPDX-License-Identifier: BSD-2-Clause */
/* The verbs of hdiutil that make an image: each becomes a command line of ours. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "convert/as_hdiutil.h"
#include "convert/options.h"
#include "core/memory.h"

static bool
ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name), k = strlen(suffix);

	return n > k && !strcasecmp(name + n - k, suffix);
}

/* The words all jobs share, and the target, which gets its suffix as hdiutil does it: whatever the name ends in, unless that
 * is the suffix itself. */
static int
set_target(struct hd *h, const char *name, const char *format, const char *suffix, struct img_err *err)
{
	if (!name)
		return img_fail(err, IMG_E_USAGE, "hdiutil %s: no image to write was named", h->verb);
	if (format) {
		as_word(&h->words, "-O");
		as_word(&h->words, "%s", format);
	}
	if (h->overwrite)
		as_word(&h->words, "-y");
	if (h->segment_size)
		as_word(&h->words, "--split=%s", h->segment_size);
	as_word(&h->words, "-o");
	as_word(&h->words, "%s%s", name, ends_with(name, suffix) ? "" : suffix);
	h->o->created = h->plist ? CREATED_PLIST : h->quiet ? CREATED_SILENT : CREATED_TEXT;
	return 0;
}

static int
one_name(struct hd *h, const char *what, const char **ret, struct img_err *err)
{
	if (h->n_names != 1)
		return img_fail(err, IMG_E_USAGE, "hdiutil %s: %s %s expected", h->verb, what, h->n_names ? "and nothing else is" : "is");
	*ret = h->name[0];
	return 0;
}

/* Codes of images that this build writes. */
static int
check_format(const char *format, struct img_err *err)
{
	static const char *const known[] = { "UDZO", "UDBZ", "ULFO", "ULMO", "UDCO", "UDRO", "UDRW", "UDTO",
		"UDSP", "UDSB" };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcasecmp(format, known[i]))
			return 0;
	return img_fail(err, IMG_E_USAGE, "-format %.20s: UDZO, UDBZ, ULFO, ULMO, UDCO, UDRO, UDRW, UDTO, UDSP or UDSB is "
			"expected", format);
}

static const char *
suffix_of(const char *format)
{
	static const char *const other[][2] = { { "UDTO", ".cdr" }, { "UDSP", ".sparseimage" }, { "UDSB", ".sparsebundle" } };

	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		if (!strcasecmp(format, other[i][0]))
			return other[i][1];
	return ".dmg";
}

/* ---- create ---- */

/* "HFS+", "Journaled HFS+", "HFSX", "MS-DOS FAT32" */
static int
set_file_system(struct hd *h, struct img_err *err)
{
	static const struct { const char *name, *ours; bool case_sensitive; } known[] = {
		{ "HFS+", "hfs+", false }, { "HFS+J", "hfs+", false }, { "Journaled HFS+", "hfs+", false },
		{ "HFSX", "hfs+", true }, { "JHFS+X", "hfs+", true }, { "Case-sensitive HFS+", "hfs+", true },
		{ "Case-sensitive Journaled HFS+", "hfs+", true }, { "MS-DOS", "fat32", false }, { "FAT32", "fat32", false },
		{ "MS-DOS FAT32", "fat32", false }, { "MS-DOS FAT16", "fat32", false }, { "UDF", "udf", false },
	};

	for (size_t i = 0; h->fs && i < sizeof known / sizeof *known; i++) {
		if (strcasecmp(h->fs, known[i].name))
			continue;
		as_word(&h->words, "--fs=%s", known[i].ours);
		if (known[i].case_sensitive)
			as_word(&h->words, "--case-sensitive");
		return 0;
	}
	return h->fs ? img_fail(err, IMG_E_UNSUPPORTED, "-fs %.40s: this build makes HFS+, HFSX and MS-DOS volumes", h->fs) : 0;
}

static int
set_layout(struct hd *h, struct img_err *err)
{
	static const char *const known[][2] = {
		{ "GPTSPUD", "gpt" }, { "SPUD", "apm" }, { "UNIVERSAL HD", "apm" }, { "UNIVERSAL CD", "apm" }, { "MBRSPUD", "mbr" },
		{ "NONE", "none" },
	};

	for (size_t i = 0; h->layout && i < sizeof known / sizeof *known; i++)
		if (!strcasecmp(h->layout, known[i][0])) {
			as_word(&h->words, "--partition-map=%s", known[i][1]);
			return 0;
		}
	return h->layout ? img_fail(err, IMG_E_USAGE, "-layout %.40s: GPTSPUD, SPUD, MBRSPUD or NONE is expected", h->layout) : 0;
}

/* "10m", "1g", "512k", "20480b": sectors; "??b|??k|??m|??g|??t" */
static int
set_size(struct hd *h, struct img_err *err)
{
	unsigned long long n;
	char unit = 'b', end;

	if (h->size_mib) {
		as_word(&h->words, "--size=%sM", h->size_mib);
		return 0;
	}
	if (!h->size && !h->size_sectors)
		return 0;
	switch (sscanf(h->size ? h->size : h->size_sectors, "%18llu%c%c", &n, &unit, &end)) {
	case 1:
		unit = 'b';	/* sectors, as without a unit */
		break;
	case 2:
		break;
	default:
		unit = '\0';
	}
	unit |= 32;
	if (unit == 'b')
		as_word(&h->words, "--size=%llu", n * 512);
	else if (strchr("kmgt", unit))
		as_word(&h->words, "--size=%llu%c", n, unit - 32);
	else
		return img_fail(err, IMG_E_USAGE, "-size %.40s: a number and b, k, m, g or t are expected", h->size ? h->size : h->size_sectors);
	return 0;
}

/* -type stands for a format, where none is given. */
static int
set_type(struct hd *h, struct img_err *err)
{
	static const char *const known[][2] = { { "UDIF", NULL }, { "SPARSE", "UDSP" }, { "SPARSEBUNDLE", "UDSB" } };

	for (size_t i = 0; h->type && i < sizeof known / sizeof *known; i++) {
		if (strcasecmp(h->type, known[i][0]))
			continue;
		if (h->format && known[i][1] && strcasecmp(h->format, known[i][1]))
			return img_fail(err, IMG_E_USAGE, "-type %.40s and -format %.20s contradict each other", h->type, h->format);
		if (known[i][1])
			h->format = known[i][1];
		return 0;
	}
	return h->type ? img_fail(err, IMG_E_USAGE, "-type %.40s: UDIF, SPARSE or SPARSEBUNDLE is expected", h->type) : 0;
}

int
hd_create(struct hd *h, struct img_err *err)
{
	const char *name = NULL, *format;
	int rc = one_name(h, "the image to write", &name, err);

	if (!rc)
		rc = set_type(h, err);
	format = h->format ? h->format : h->n_sources ? "UDZO" : "UDRW";
	if (!rc)
		rc = check_format(format, err);
	if (!rc)
		rc = set_file_system(h, err);
	if (!rc)
		rc = set_layout(h, err);
	if (!rc)
		rc = set_size(h, err);
	if (rc)
		return rc;
	if (!h->n_sources && !h->size && !h->size_mib && !h->size_sectors)
		return img_fail(err, IMG_E_USAGE, "hdiutil create: -srcfolder or -size is expected");
	h->o->empty = !h->n_sources;
	h->o->finder.app_link = FINDER_LINK_NO;
	if (h->volname)
		as_word(&h->words, "--volname=%s", h->volname);
	else if (!h->n_sources)
		as_word(&h->words, "--volname=untitled");
	rc = set_target(h, name, format, suffix_of(format), err);
	if (rc)
		return rc;
	if (h->n_sources > 1)	/* one folder gives its contents unless it is a bundle, several go in under their names */
		as_word(&h->words, "--keep-parent");
	as_word(&h->words, "build");
	as_word(&h->words, "--");
	for (size_t i = 0; i < h->n_sources; i++)
		as_word(&h->words, "%s", h->source[i]);
	return as_words_parse(&h->words, h->t, err);
}

/* ---- convert, segment ---- */

int
hd_convert(struct hd *h, struct img_err *err)
{
	const char *name = NULL;
	int rc = one_name(h, "the image to convert", &name, err);

	if (!rc && !h->format)
		rc = img_fail(err, IMG_E_USAGE, "hdiutil convert: -format is expected");
	if (!rc)
		rc = check_format(h->format, err);
	if (!rc)
		rc = set_target(h, h->output, h->format, suffix_of(h->format), err);
	if (rc)
		return rc;
	as_word(&h->words, "convert");
	as_word(&h->words, "--");
	as_word(&h->words, "%s", name);
	return as_words_parse(&h->words, h->t, err);
}

int
hd_segment(struct hd *h, struct img_err *err)
{
	const char *name = NULL;
	char variant[16];
	int rc = one_name(h, "the image to segment", &name, err);

	if (!rc && !h->segment_size)
		rc = img_fail(err, IMG_E_USAGE, "hdiutil segment: -segmentSize is expected");
	if (rc)
		return rc;
	/* chunks go over as they are stored */
	rc = set_target(h, h->output, hd_variant(h, name, variant, sizeof variant) ? variant : NULL, ".dmg", err);
	if (rc)
		return rc;
	as_word(&h->words, "convert");
	as_word(&h->words, "--");
	as_word(&h->words, "%s", name);
	return as_words_parse(&h->words, h->t, err);
}

/* ---- makehybrid ---- */

int
hd_makehybrid(struct hd *h, struct img_err *err)
{
	bool optical = h->iso || h->joliet || h->udf;
	const char *name = NULL;
	int rc = one_name(h, "the folder to put in", &name, err);

	if (!rc && h->hfs && optical)
		rc = img_fail(err, IMG_E_UNSUPPORTED, "-hfs together with -iso, -joliet or -udf: this build makes one or the other");
	if (!rc)
		rc = set_target(h, h->output, h->hfs ? "UDRW" : "iso", h->hfs ? ".dmg" : ".iso", err);
	if (rc)
		return rc;
	h->o->finder.app_link = FINDER_LINK_NO;
	if (h->hfs)
		as_word(&h->words, "--fs=hfs+");
	if (optical && !h->joliet)
		as_word(&h->words, "--no-joliet");
	if (h->udf)
		as_word(&h->words, "--udf");
	if (h->volname)
		as_word(&h->words, "--volname=%s", h->volname);
	as_word(&h->words, "--contents-only");
	as_word(&h->words, "build");
	as_word(&h->words, "--");
	as_word(&h->words, "%s", name);
	return as_words_parse(&h->words, h->t, err);
}

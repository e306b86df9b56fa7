/* SPDX-License-Identifier: BSD-2-Clause */
/* Which method an image is to be written with, and whether the options allow it. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "formats/udif/write_options.h"
#include "img/codec.h"
#include "img/sink.h"

static const struct udif_kind_info *
by_variant(const char *word)
{
	if (strcasecmp(word, "udro") == 0)
		return &udif_kinds[UDIF_KIND_RAW];
	for (size_t i = 0; i < UDIF_N_KINDS; i++)
		if (udif_kinds[i].variant && strcasecmp(udif_kinds[i].variant, word) == 0)
			return &udif_kinds[i];
	return NULL;		/* "dmg", "udif": the default */
}

static int
by_method(const char *word, const struct udif_kind_info **ret, struct img_err *err)
{
	if (strcasecmp(word, "none") == 0) {
		*ret = &udif_kinds[UDIF_KIND_RAW];
		return 0;
	}
	if (strcasecmp(word, "lzma") == 0)	/* what hdiutil's page calls it */
		word = "xz";
	for (size_t i = 0; i < UDIF_N_KINDS; i++)
		if (udif_kinds[i].codec && strcasecmp(udif_kinds[i].name, word) == 0) {
			*ret = &udif_kinds[i];
			return 0;
		}
	return img_fail(err, IMG_E_USAGE, "--compress: a DMG is compressed with zlib, bzip2, lzfse, xz, adc or none, not "
					  "\"%.40s\"", word);
}

const char *
udif_variant_title(const struct udif_kind_info *kind, char buf[8])
{
	const char *word = kind->variant ? kind->variant : "udro";
	size_t i = 0;

	for (; word[i] && i < 7; i++)
		buf[i] = word[i] >= 'a' && word[i] <= 'z' ? (char)(word[i] - 32) : word[i];
	buf[i] = '\0';
	return buf;
}

/* "macOS 10.11" as 10 << 8 | 11 */
static uint32_t
version_of(const char *since)
{
	unsigned int major = 0, minor = 0;

	return sscanf(since, "macOS %u.%u", &major, &minor) == 2 ? major << 8 | minor : 0;
}

static int
check_level(const struct udif_kind_info *kind, int level, struct img_err *err)
{
	const struct img_codec *c = kind->codec;

	if (level < 0)
		return 0;
	if (!c || !c->max_level)
		return img_fail(err, IMG_E_USAGE, "--compress: %s has no levels", c ? c->name : "none");
	if (level < c->min_level || level > c->max_level)
		return img_fail(err, IMG_E_USAGE, "--compress: %s has levels %d to %d, not %d", c->name, c->min_level,
				c->max_level, level);
	return 0;
}

int
udif_write_method(const struct img_sink_job *job, const struct udif_kind_info **ret, struct img_err *err)
{
	const struct udif_kind_info *said = job->variant ? by_variant(job->variant) : NULL;
	const struct udif_kind_info *kind = said ? said : &udif_kinds[UDIF_KIND_ZLIB];
	char title[8];
	int rc = job->method ? by_method(job->method, &kind, err) : 0;

	if (rc)
		return rc;
	if (said && kind != said)
		return img_fail(err, IMG_E_USAGE, "-O %s and --compress %s contradict each other", job->variant, job->method);
	if (job->compress && !job->method && !kind->codec)
		return img_fail(err, IMG_E_USAGE, "-c: %s is not compressed", udif_variant_title(kind, title));
	rc = check_level(kind, job->level, err);
	if (rc)
		return rc;
	if (kind->codec && !kind->codec->encode)
		return img_fail(err, IMG_E_UNSUPPORTED, "this build cannot compress with %s", kind->name);
	if (job->min_macos && job->min_macos < version_of(kind->since))
		return img_fail(err, IMG_E_USAGE, "%s opens on %s and later, but --min-macos is %" PRIu32 ".%" PRIu32,
				udif_variant_title(kind, title), kind->since, job->min_macos >> 8, job->min_macos & 0xff);
	*ret = kind;
	return 0;
}

int
udif_write_options(const struct img_sink_job *job, struct img_err *err)
{
	const struct udif_kind_info *kind;

	return udif_write_method(job, &kind, err);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The formats of this build, by the role they play. */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "formats/apfs/apfs.h"
#include "formats/archive/archive.h"
#include "formats/cd/cd.h"
#include "formats/cd/wav.h"
#include "formats/encrcdsa/encrcdsa.h"
#include "formats/fat/fat.h"
#include "formats/hfs/hfs.h"
#include "formats/hfsplus/hfsplus.h"
#include "formats/iso9660/iso9660.h"
#include "formats/macfile/forks.h"
#include "formats/parts.h"
#include "formats/raw/raw.h"
#include "formats/simg/simg.h"
#include "formats/sparsebundle/sparsebundle.h"
#include "formats/sparseimage/sparseimage.h"
#include "formats/split/split.h"
#include "formats/stream/stream.h"
#include "formats/udf/udf.h"
#include "formats/udif/udif.h"
#include "img/format.h"
#include "img/sink.h"

/* The order is that of lists; claims are settled by confidence (formats/open.c).  Raw claims nothing and is last. */
const struct img_format *const img_containers[] = {
	&img_format_split,	/* goes before all by its match */
	&img_format_udif,
	&img_format_encrcdsa,
	&img_format_sparseimage,
	&img_format_sparsebundle,
	&img_format_cue,
	&img_format_toc,
	&img_format_ccd,
	&img_format_mds,
	&img_format_nrg,
	&img_format_rawcd,
	&img_format_wav,
	&img_format_diskcopy,
	&img_format_ndif,
	&img_format_macbinary,
	&img_format_applesingle,
	&img_format_simg,
	&img_format_gzip,
	&img_format_bzip2,
	&img_format_xz,
	&img_format_lzip,
#ifdef HAVE_ZSTD
	&img_format_zstd,
#endif
	&img_format_lz4,
	&img_format_compress,
	&img_format_zip,
	&img_format_sevenzip,
	&img_format_tar,
	&img_format_raw,
	NULL
};

/* GPT before MBR: where both list a range, the GPT's entry tells more (name, GUID).  All are asked, none excludes
 * another. */
const struct img_format *const img_partition_tables[] = {
	&img_format_gpt,
	&img_format_mbr,
	&img_format_apm,
	NULL
};

/* A disc may hold both ISO 9660 and UDF; which one shows its files is settled in formats/volume_tree.c. */
const struct img_format *const img_file_systems[] = {
	&img_format_iso9660,
	&img_format_udf,
	&img_format_hfsplus,
	&img_format_apfs,
	&img_format_hfs,
	&img_format_mfs,
	&img_format_fat,
	NULL
};

static bool
is_called(const struct img_format *f, const char *name, bool variants)
{
	const char *const *variant = variants ? f->sink_variants : NULL;

	if (!variants)
		return strcasecmp(f->name, name) == 0;
	for (; variant && *variant; variant++)
		if (strcasecmp(*variant, name) == 0)
			return true;
	return false;
}

/* A format's own name goes before what another one writes under that word: "udf" is the file system. */
const struct img_format *
img_format_by_name(const char *name)
{
	const struct img_format *const *const tables[] = { img_containers, img_partition_tables, img_file_systems };

	for (int variants = 0; variants < 2; variants++)
		for (size_t i = 0; i < 3; i++)
			for (const struct img_format *const *f = tables[i]; *f; f++)
				if (is_called(*f, name, variants))
					return *f;
	return NULL;
}

const struct img_sink_ops *
img_sink_of_key(const char *key)
{
	for (size_t i = 0; img_containers[i]; i++) {
		const char *const *k = img_containers[i]->sink ? img_containers[i]->sink->keys : NULL;

		for (; k && *k; k++)
			if (!strcmp(*k, key))
				return img_containers[i]->sink;
	}
	return NULL;
}

bool
img_sink_job_packs(const struct img_sink_job *job)
{
	return job->method ? strcasecmp(job->method, "none") != 0 : job->compress;
}

/* Does @file_name end with one of the space-separated @suffixes?  The length of the longest that fits. */
static size_t
suffix_fits(const char *suffixes, const char *file_name)
{
	size_t len = strlen(file_name), best = 0;

	while (suffixes && *suffixes) {
		size_t n = strcspn(suffixes, " ");

		/* a name that is nothing but the suffix is a hidden file */
		if (n > best && n < len && strncasecmp(file_name + len - n, suffixes, n) == 0 &&
		    file_name[len - n - 1] != '/')
			best = n;
		suffixes += n;
		suffixes += strspn(suffixes, " ");
	}
	return best;
}

/* @f, if its suffixes fit @file_name better than what was found. */
static void
suffix_better(const struct img_format *f, const char *file_name, size_t *best, const struct img_format **found)
{
	size_t n = suffix_fits(f->suffixes, file_name);

	if (n > *best) {
		*best = n;
		*found = f;
	}
}

const struct img_format *
img_format_promised(const char *file_name)
{
	const struct img_format *found = NULL;
	size_t best = 0;

	for (size_t i = 0; img_containers[i]; i++)
		if (img_containers[i]->open && img_containers[i] != &img_format_raw)
			suffix_better(img_containers[i], file_name, &best, &found);
	for (size_t i = 0; img_recognised(i); i++)
		suffix_better(img_recognised(i), file_name, &best, &found);
	return found;
}

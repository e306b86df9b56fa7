/* SPDX-License-Identifier: BSD-2-Clause */
/* The details of a sparse image (--opt), and what its parts are called. */
#include "config.h"

#include "formats/simg/write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/cmdline.h"
#include "formats/simg/layout.h"
#include "formats/simg/simg.h"
#include "img/format.h"
#include "img/sink.h"

#define MAX_WRITE_BLOCK (1 << 20)	/* a cell */

const char *const simg_keys[] = { "simg-block", "simg-zeros", "simg-crc", NULL };

static int
yes_or_no(const char *key, const char *value, bool *ret, struct img_err *err)
{
	*ret = !strcasecmp(value, "yes");
	return *ret || !strcasecmp(value, "no") ? 0 :
	       img_fail(err, IMG_E_USAGE, "--opt %s: yes or no is expected, not \"%.40s\"", key, value);
}

static int
block_size(const char *value, uint32_t *ret, struct img_err *err)
{
	uint64_t n;

	if (cmd_size("", value, &n, NULL) || n < 512 || n > MAX_WRITE_BLOCK || (n & (n - 1)))
		return img_fail(err, IMG_E_USAGE, "--opt simg-block: \"%.40s\" is no power of two from 512 to %d", value,
				MAX_WRITE_BLOCK);
	*ret = (uint32_t)n;
	return 0;
}

static int
zeros_as(const char *value, bool *ret, struct img_err *err)
{
	*ret = !strcasecmp(value, "skip");
	return *ret || !strcasecmp(value, "fill") ? 0 :
	       img_fail(err, IMG_E_USAGE, "--opt simg-zeros: fill or skip is expected, not \"%.40s\"", value);
}

int
simg_options_read(const struct img_sink_job *job, struct simg_options *ret, struct img_err *err)
{
	struct simg_options o = { .block = SIMG_BLOCK };
	int rc = 0;

	for (size_t i = 0; !rc && i < job->n_keys; i++) {
		const struct img_author_key *k = &job->keys[i];

		if (!strcmp(k->key, "simg-block"))
			rc = block_size(k->value, &o.block, err);
		else if (!strcmp(k->key, "simg-zeros"))
			rc = zeros_as(k->value, &o.skip_zeros, err);
		else if (!strcmp(k->key, "simg-crc"))
			rc = yes_or_no(k->key, k->value, &o.crc, err);
	}
	if (!rc)
		*ret = o;
	return rc;
}

int
simg_write_options(const struct img_sink_job *job, struct img_err *err)
{
	struct simg_options o;
	int rc = simg_options_read(job, &o, err);

	if (rc)
		return rc;
	if (img_sink_job_packs(job))
		return img_fail(err, IMG_E_USAGE, "an Android sparse image is not compressed; a target called .simg.gz is, around "
				"it");
	if (job->split && o.crc)
		return img_fail(err, IMG_E_USAGE, "--split and --opt simg-crc=yes: the files of a set have no checksums");
	if (job->split && job->split < (uint64_t)o.block + SIMG_HEADER + 3 * SIMG_CHUNK + 4)
		return img_fail(err, IMG_E_USAGE, "--split: %" PRIu64 " bytes hold no block of %" PRIu32, job->split, o.block);
	return 0;
}

char *
simg_part_name(const char *path, size_t i)
{
	static const char word[] = "_sparsechunk.", first[] = "_sparsechunk.0";
	size_t n = strlen(path);
	char *name;

	if (n > sizeof first - 1 && !strcasecmp(path + n - (sizeof first - 1), first))
		n -= sizeof first - 1;
	else if (n > 5 && !strcasecmp(path + n - 5, ".simg"))
		n -= 5;
	name = malloc(n + sizeof ".img" + sizeof word + 24);
	if (name)
		sprintf(name, "%.*s%s%s%zu", (int)n, path, path[n] == '.' ? ".img" : "", word, i);
	return name;
}

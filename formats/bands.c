/* SPDX-License-Identifier: BSD-2-Clause */
/* See formats/bands.h. */
#include "config.h"

#include "formats/bands.h"

#include <string.h>

#include "core/cmdline.h"
#include "img/format.h"
#include "img/sink.h"

#define LEAST (UINT64_C(64) << 10)	/* hdiutil makes bands of 1 MiB to 8 GiB; small images do with less */
#define MOST (UINT64_C(8) << 30)
#define CELL (UINT64_C(1) << 20)

const char *const band_keys[] = { "band-size", "sparse-band-size", NULL };

int
band_size_asked(const struct img_sink_job *job, uint64_t *io_band, struct img_err *err)
{
	for (size_t i = 0; i < job->n_keys; i++) {
		const struct img_author_key *k = &job->keys[i];
		uint64_t n;
		int rc;

		if (!strcmp(k->key, "band-size"))
			rc = cmd_size("--opt band-size", k->value, &n, err);
		else if (!strcmp(k->key, "sparse-band-size"))
			rc = cmd_number("--opt sparse-band-size", k->value, MOST / 512, &n, err);
		else
			continue;
		if (!rc && !strcmp(k->key, "sparse-band-size"))
			n *= 512;
		if (!rc && (n < LEAST || n > MOST || n % 4096))
			rc = img_fail(err, IMG_E_USAGE, "--opt %s=%s: a multiple of 4K from 64K to 8G is expected", k->key,
				      k->value);
		if (rc)
			return rc;
		*io_band = n;
	}
	return 0;
}

int
band_options(const struct img_sink_job *job, const char *what, struct img_err *err)
{
	uint64_t band;
	int rc = band_size_asked(job, &band, err);

	if (!rc && img_sink_job_packs(job))
		rc = img_fail(err, IMG_E_USAGE, "%s cannot be compressed", what);
	return rc;
}

uint64_t
band_cut(uint64_t band, uint64_t off)
{
	uint64_t left = band - off % band, cell = CELL - off % band % CELL;

	return off + (left < cell ? left : cell);
}

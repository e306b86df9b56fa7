/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine: moves every byte of a source into a sink on all processors, and tests the stored proofs on the way. */
#ifndef IMG_JOB_H
#define IMG_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/check.h"
#include "img/error.h"
#include "img/format.h"
#include "img/progress.h"
#include "img/sink.h"

/* Digest of the whole decoded stream, wanted by --hash, --checksum. */
struct img_tap {
	const struct img_digest *digest;
	uint8_t found[IMG_DIGEST_MAX];
};

/* A run that --ignore-errors filled with zeros. */
struct img_damage {
	uint64_t off, len;
	char why[200];
};

struct img_job {
	struct img_source *source;	/* what moves */
	struct img_sink *sink;
	unsigned int threads;		/* 0: one for each processor */
	bool serial;			/* everything in the caller's thread, for tests */
	bool ignore_errors;		/* fill what cannot be read with zeros, and go on */
	struct img_checks *checks;	/* may be NULL; results are filled in */
	bool checks_aside;		/* read what the job does not move, so that every check is run */
	struct img_tap *taps;
	size_t n_taps;
	img_progress_fn *progress;	/* from the engine's own thread; NULL: none */
	void *progress_ctx;

	/* filled in */
	struct img_damage *damage;	/* owned; img_job_done frees */
	size_t n_damage;
	uint64_t lost;			/* bytes filled with zeros */
};

/* Run it: every unit through the sink, then finish.  Failed checks do not fail the job: look at the results. */
int img_job_run(struct img_job *j, struct img_err *err);
void img_job_done(struct img_job *j);

/* Gather the checks of every layer of @im. */
int img_image_checks(const struct img_image *im, struct img_checks *ret, struct img_err *err);

/* Bytes a job would have to write: the data runs of @s.  @ret_total: of all runs. */
int img_source_need(struct img_source *s, uint64_t *ret_data, struct img_err *err);

/* Number of processors this process may use. */
unsigned int img_processors(void);

#endif

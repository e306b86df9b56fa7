/* SPDX-License-Identifier: BSD-2-Clause */
/* What --verify and --hash read, and in which order.  Three ways:
 *
 *	all		the image passes, and every proof takes what it needs of it
 *	in order	plain sectors with a proof over nearly all of them that takes its bytes one after the other (an
 *			implanted MD5, a list's SHA-256): what passes is what that proof is over, so that each byte is read
 *			once, by others than the thread that sums it
 *	quick		nothing passes; only proofs over little, which are over tables and fields */
#include "config.h"

#include "inspect/passes.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/progress.h"
#include "img/job.h"
#include "img/sink.h"
#include "img/source.h"
#include "inspect/inspect.h"

#define QUICK_MAX (UINT64_C(1) << 20)	/* a proof over more is one over data */

static int
run(struct inspection *in, struct img_job *job, struct img_err *err)
{
	struct progress progress;
	int rc;

	job->threads = in->t->o.threads;
	job->progress = progress_step;
	job->progress_ctx = &progress;
	progress_begin(&progress, in->t, in->o->verify ? "verify" : "hash", in->path, NULL, job->source->size);
	rc = img_job_run(job, err);
	progress_end(&progress);
	img_job_done(job);
	return rc;
}

static int
run_all(struct inspection *in, struct img_sink *sink, struct img_err *err)
{
	struct img_job job = {
		.source = in->arg.sectors, .sink = sink,
		.checks = in->o->verify ? &in->checks : NULL, .checks_aside = in->o->verify && !in->arg.only && !in->arg.track,
		.taps = in->tap, .n_taps = in->o->n_hashes,
	};

	return run(in, &job, err);
}

/* With the proofs that @want names, aside; the others keep what they have. */
static int
run_some(struct inspection *in, struct img_job *job, const bool *want, struct img_err *err)
{
	struct img_checks few = { 0 };
	size_t k = 0;
	int rc = 0;

	for (size_t i = 0; !rc && i < in->checks.n; i++) {
		if (!want[i])
			continue;
		rc = img_checks_add(&few, &in->checks.v[i], err);
		if (!rc)
			img_ref(in->checks.v[i].over);
	}
	job->checks = &few;
	job->checks_aside = true;
	if (!rc)
		rc = run(in, job, err);
	for (size_t i = 0; !rc && i < in->checks.n; i++)
		if (want[i])
			in->checks.result[i] = few.result[k++];
	img_checks_done(&few);
	return rc;
}

static int
run_quick(struct inspection *in, struct img_sink *sink, bool *want, struct img_err *err)
{
	img_autounref struct img_source *nothing = NULL;
	struct img_job job = { .sink = sink };
	int rc = img_zeros(in->env, 0, &nothing, err);

	for (size_t i = 0; i < in->checks.n; i++)
		want[i] = in->checks.v[i].over->size <= QUICK_MAX;
	job.source = nothing;
	return rc ? rc : run_some(in, &job, want, err);
}

/* The largest proof that goes in order, if it is over most of plain sectors; NULL: there is no such. */
static struct img_source *
leader(const struct inspection *in)
{
	struct img_source *best = NULL;

	if (in->arg.image.n || in->arg.only || in->o->n_hashes || !in->o->verify || in->arg.sectors->flags & IMG_FORWARD)
		return NULL;
	for (size_t i = 0; i < in->checks.n; i++)
		if (!in->checks.v[i].digest->combine && (!best || in->checks.v[i].over->size > best->size))
			best = in->checks.v[i].over;
	return best && best->size >= in->arg.sectors->size / 2 ? best : NULL;
}

static int
run_in_order(struct inspection *in, struct img_source *over, struct img_sink *sink, bool *want, struct img_err *err)
{
	struct img_job job = { .source = over, .sink = sink, .taps = in->tap };
	size_t which[MAX_HASHES];
	int rc;

	for (size_t i = 0; i < in->checks.n; i++) {
		want[i] = in->checks.v[i].over != over || job.n_taps == MAX_HASHES;
		if (want[i])
			continue;
		which[job.n_taps] = i;
		in->tap[job.n_taps++].digest = in->checks.v[i].digest;
	}
	rc = run_some(in, &job, want, err);
	for (size_t k = 0; !rc && k < job.n_taps; k++) {
		const struct img_check *c = &in->checks.v[which[k]];
		struct img_check_result *r = &in->checks.result[which[k]];

		memcpy(r->found, in->tap[k].found, sizeof r->found);
		r->state = memcmp(r->found, c->expect, c->digest->size) ? IMG_CHECK_BAD : IMG_CHECK_OK;
	}
	return rc;
}

int
passes_run(struct inspection *in, struct img_sink *sink, struct img_err *err)
{
	struct img_source *over = leader(in);
	img_autofree bool *want = NULL;

	if (!in->o->quick && !over)
		return run_all(in, sink, err);
	want = calloc(in->checks.n + 1, sizeof *want);
	if (!want)
		return img_fail_nomem(err);
	return in->o->quick ? run_quick(in, sink, want, err) : run_in_order(in, over, sink, want, err);
}

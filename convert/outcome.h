/* SPDX-License-Identifier: BSD-2-Clause */
/* What imgconv says when it is done: the closing line, the JSON document, the done event. */
#ifndef CONVERT_OUTCOME_H
#define CONVERT_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "img/check.h"
#include "img/error.h"
#include "img/job.h"

struct conv_options;
struct edit;
struct img_env;
struct img_source;
struct parts;
struct tool;

struct outcome {
	const char *format;		/* "raw"; NULL: not known yet */
	uint64_t size;			/* of the image; of its data in @need */
	uint64_t need;
	uint64_t free;			/* UINT64_MAX: unknown */
	double elapsed;
	struct img_tap tap;		/* digest NULL: none */
	const struct img_checks *checks;	/* NULL: none were run */
	const struct img_job *job;		/* for its damage; NULL: none */
	const struct edit *edit;		/* what was changed; NULL: no edit */
	struct img_env *env;		/* for its problems; may be NULL */
	struct img_source *built;		/* the volume of an image made of files, to tell what is in it and how it starts; else NULL */
	const struct parts *parts;	/* of a target that is split; else NULL */
	int status;
	const struct img_err *err;	/* why, if it failed */
};

/* Success: the closing line or event; any end: the document for --json.  Returns the status to exit with. */
int outcome_tell(struct tool *t, const struct conv_options *o, const struct outcome *out);

/* One warning for every run that --ignore-errors filled with zeros. */
void outcome_damage(struct tool *t, const struct img_job *job, const char *file);

#endif

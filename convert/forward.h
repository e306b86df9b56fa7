/* SPDX-License-Identifier: BSD-2-Clause */
/* A conversion in one pass: what can only be had front to back (a pipe, a .gz) moves straight into a target that takes its
 * bytes as they come, and no work file is made. */
#ifndef CONVERT_FORWARD_H
#define CONVERT_FORWARD_H

#include <stdbool.h>

#include "img/error.h"

struct conversion;
struct img_source;

struct forward {
	bool may;			/* nothing in the options is against it */
	bool on;			/* and the source is such */
	struct img_source *flow;	/* all of the stream, decoded; while it is moved */
	struct img_source *sectors;	/* of it, what is moved */
};

/* Do the options allow one pass?  Before anything is opened. */
bool forward_may(const struct conversion *c);
/* Is the source that was opened, its beginning only, to be moved so?  Otherwise it has to be opened again. */
bool forward_fits(struct conversion *c);
/* Start: c->forward.sectors is then what the job moves. */
int forward_begin(struct conversion *c, struct img_err *err);
/* After the job: the rest of the stream, and whether its end shows it to be something else than its beginning said.
 * 1: it does, but can be opened again. */
int forward_end(struct conversion *c, struct img_err *err);
void forward_done(struct forward *f);

#endif

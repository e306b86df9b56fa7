/* SPDX-License-Identifier: BSD-2-Clause */
/* How far a job is: a bar for people, plain lines for logs, objects for programs, one line for SIGUSR1. */
#ifndef CORE_PROGRESS_H
#define CORE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/tool.h"

struct img_progress;
struct img_rep;

struct progress {
	struct tool *t;
	enum progress_mode mode;	/* never DEFAULT or AUTO */
	char label[160];		/* "App.dmg -> App.img", safe to print */
	const char *phase;
	uint64_t done, total;
	double began, next;		/* seconds; when to show the next line */
	unsigned int drawn;		/* columns of the bar that stands on the terminal */
};

/* @target may be NULL.  Writes the start event. */
void progress_begin(struct progress *p, struct tool *t, const char *job, const char *source, const char *target,
		    uint64_t total);
/* An img_progress_fn; @ctx is the struct progress. */
void progress_step(void *ctx, const struct img_progress *now);
/* Wipe the bar before something else is printed. */
void progress_wipe(struct progress *p);
/* The job is over. */
void progress_end(struct progress *p);

/* Seconds on a clock that only goes forward. */
double progress_clock(void);

/* Write one event: an object that begins with "event", filled in by the caller between the two calls. */
struct img_report *event_new(const char *event, struct img_rep **ret_root);
void event_send(struct tool *t, struct img_report *r);

#endif

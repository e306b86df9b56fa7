/* SPDX-License-Identifier: BSD-2-Clause */
/* The job of imgconv: one image into one target. */
#ifndef CONVERT_CONVERT_H
#define CONVERT_CONVERT_H

struct conv_options;
struct tool;

/* Do it, say what came of it, and return the exit status. */
int convert_run(struct tool *t, const struct conv_options *o);

#endif

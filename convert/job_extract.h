/* SPDX-License-Identifier: BSD-2-Clause */
/* imgconv's other job: the files of an image into a folder or an archive. */
#ifndef CONVERT_JOB_EXTRACT_H
#define CONVERT_JOB_EXTRACT_H

struct conv_options;
struct tool;

/* Do it, say what came of it, and return the exit status. */
int extract_run(struct tool *t, const struct conv_options *o);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The pass over an image that --verify and --hash make. */
#ifndef INSPECT_PASSES_H
#define INSPECT_PASSES_H

#include "img/error.h"

struct img_sink;
struct inspection;

/* Run the proofs of @in and the hashes asked for; @sink takes what passes and forgets it. */
int passes_run(struct inspection *in, struct img_sink *sink, struct img_err *err);

#endif

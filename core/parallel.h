/* SPDX-License-Identifier: BSD-2-Clause */
/* The same work on many items, on all processors: for preparations outside of the engine. */
#ifndef CORE_PARALLEL_H
#define CORE_PARALLEL_H

#include <stddef.h>

#include "img/error.h"

/* Work on item @i; any thread. */
typedef int img_parallel_fn(void *ctx, size_t i, struct img_err *err);

/* Call @fn for 0 to @n - 1, on @threads threads (0: one for each processor), and wait.  After a failure no new items are
 * begun; the error is that of the lowest item that failed, whatever the threads did. */
int img_parallel(unsigned int threads, size_t n, img_parallel_fn *fn, void *ctx, struct img_err *err);

#endif

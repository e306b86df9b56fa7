/* SPDX-License-Identifier: BSD-2-Clause */
/* How far something is. */
#ifndef IMG_PROGRESS_H
#define IMG_PROGRESS_H

#include <stdint.h>

struct img_progress {
	const char *phase;	/* "read", "write", "check", "sync", "compress": static */
	uint64_t done, total;	/* bytes of the decoded stream */
};
/* Called from one thread only, at will. */
typedef void img_progress_fn(void *ctx, const struct img_progress *p);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A pipe as a source. */
#ifndef CORE_PIPE_H
#define CORE_PIPE_H

#include "img/error.h"

struct img_env;
struct img_source;

/* Reads the beginning.  A short pipe is then there as a whole; of others only the beginning (IMG_HEAD_ONLY), and
 * img_source_flow gives all, once.  The descriptor is duplicated. */
int img_pipe(struct img_env *env, int fd, struct img_source **ret, struct img_err *err);

/* Instead of that: all of what img_pipe made, in the work folder. */
int img_pipe_spool(struct img_source *s, struct img_source **ret, struct img_err *err);

#endif

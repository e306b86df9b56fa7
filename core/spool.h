/* SPDX-License-Identifier: BSD-2-Clause */
/* A nameless file that takes bytes in order and then is a source: for what can only be made front to back but is wanted
 * anywhere.  Zeros become holes, so that gigabytes of them cost nothing. */
#ifndef CORE_SPOOL_H
#define CORE_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_env;
struct img_source;
struct img_spool;

/* In the work folder of @env.  One thread. */
int img_spool_new(struct img_env *env, struct img_spool **ret, struct img_err *err);
int img_spool_add(struct img_spool *s, const void *bytes, size_t n, struct img_err *err);
/* The source of all that was added.  Nothing may be added afterwards. */
int img_spool_source(struct img_spool *s, struct img_source **ret, struct img_err *err);
/* NULL is nothing; a source that was made of it lives on. */
void img_spool_free(struct img_spool *s);

#endif

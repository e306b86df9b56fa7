/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals and descriptors of a tool's process. */
#ifndef CORE_SIGNALS_H
#define CORE_SIGNALS_H

#include <stdbool.h>

struct img_env;

/* First thing in main: closed descriptors 0 to 2 are taken, so that no file becomes one of them; using them fails.
 * SIGPIPE and SIGXFSZ are ignored: the write that causes them fails instead. */
void signals_start(void);

/* From now on INT, TERM and HUP cancel @env (unless they were ignored before); NULL: only remember. */
void signals_cancel(struct img_env *env);

/* The signal that came, or 0. */
int signals_caught(void);

/* Did somebody ask how far we are (SIGUSR1, SIGINFO) since the last call? */
bool signals_asked(void);

#endif

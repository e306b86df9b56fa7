/* SPDX-License-Identifier: BSD-2-Clause */
/* The map of an image that opened. */
#ifndef TESTS_FUZZ_EXTENTS_H
#define TESTS_FUZZ_EXTENTS_H

#include <stdbool.h>

struct img_source;

/* Walk it: the runs follow each other, have names, and their heads are read.  @readable: that must not fail. */
void fuzz_extents(struct img_source *s, bool readable);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports as JSON. */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include <stdbool.h>
#include <stdio.h>

struct img_rep;

/* Write @rep as one document and a line feed: indented, or on one line with @compact.  A string that is not UTF-8 has
 * its bad bytes replaced and, inside an object, an extra value KEY_b64 with the bytes as they are.  What could drive a
 * terminal is written as \uNNNN.  False when out of memory; errors of @f stay in @f. */
bool json_print(const struct img_rep *rep, bool compact, FILE *f);

#endif

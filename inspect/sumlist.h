/* SPDX-License-Identifier: BSD-2-Clause */
/* A list of checksums named instead of an image: tested as sha256sum -c does. */
#ifndef INSPECT_SUMLIST_H
#define INSPECT_SUMLIST_H

#include <stdbool.h>

#include "img/error.h"

struct inspection;

/* Is the file, which no format claims, a list of checksums?  Every line must be one. */
bool sumlist_is(const struct inspection *in);
/* Test every file it names, in the list's folder; "NAME: OK" and "NAME: FAILED" on stdout in the list's order,
 * and in->rows for the report.  IMG_E_CHECKSUM when one fails, IMG_E_IO when one cannot be read. */
int sumlist_run(struct inspection *in, struct img_err *err);

#endif

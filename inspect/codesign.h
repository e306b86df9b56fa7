/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose code signature a disk image bears, once its hashes are known to hold. */
#ifndef INSPECT_CODESIGN_H
#define INSPECT_CODESIGN_H

#include "img/error.h"

struct img_rep;
struct inspection;

/* After the checks were run: a row of the report for every layer with a code signature.  One that does not hold makes
 * in->bad_codesign; one by a signer the user trusts, over all of the image, makes in->authentic. */
int codesign_judge(struct inspection *in, struct img_err *err);
/* The row as text, behind its state. */
void codesign_put_row(const struct inspection *in, const struct img_rep *row);

#endif

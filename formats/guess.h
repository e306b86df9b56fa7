/* SPDX-License-Identifier: BSD-2-Clause */
/* What to say of a file that nobody claims. */
#ifndef FORMATS_GUESS_H
#define FORMATS_GUESS_H

#include "img/format.h"

/* The last resort for im->file: a displaced UDIF trailer is searched for (then a layer is added and 0 returned), else
 * the error says what the file seems to be.  @o: the file, with its name. */
int img_guess(struct img_image *im, const struct img_open *o, struct img_err *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* --compare: do two images hold the same, whatever they are kept in? */
#ifndef INSPECT_COMPARE_H
#define INSPECT_COMPARE_H

#include <stdint.h>

#include "img/error.h"

struct img_report;
struct inspection;

/* Compare the image with o->compare, sectors or (--files) files; in->compared tells what came of it.  IMG_E_CHECKSUM when
 * they differ. */
int inspect_compare(struct inspection *in, struct img_err *err);
/* The outcome for people. */
void text_compare(const struct inspection *in);

/* inspect/compare_files.c: the two trees, which in->compared lists the differences of. */
struct image_arg;
int compare_files(struct inspection *in, struct image_arg *other, struct img_err *err);
/* inspect/compare_owner.c: what lies at byte @off of the image: partition and file, into @o. */
struct img_rep;
void compare_owner(struct inspection *in, uint64_t off, struct img_rep *o);

#endif

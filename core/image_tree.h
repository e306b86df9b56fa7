/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of an image named on a command line. */
#ifndef CORE_IMAGE_TREE_H
#define CORE_IMAGE_TREE_H

#include <stddef.h>

#include "core/image_arg.h"

/* The tree of the partition that was picked; else of the whole image; else of the only partition that has files this build
 * can read.  Several of those: IMG_E_USAGE, naming them. */
int image_arg_tree(struct image_arg *a, const char *view, unsigned int session, struct img_tree **ret,
		   struct img_err *err);

#endif

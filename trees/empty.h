/* SPDX-License-Identifier: BSD-2-Clause */
/* A tree without anything in it: for nodes that are known otherwise, as layers of an overlay. */
#ifndef TREES_EMPTY_H
#define TREES_EMPTY_H

#include "img/tree.h"

int img_empty_tree(struct img_env *env, struct img_tree **ret, struct img_err *err);

#endif

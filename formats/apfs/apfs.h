/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FORMATS_APFS_APFS_H
#define FORMATS_APFS_APFS_H

#include "img/format.h"

extern const struct img_format img_format_apfs;
int apfs_tree(const struct img_tree_open *o, struct img_tree **ret, struct img_err *err);

#endif

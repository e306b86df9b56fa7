/* SPDX-License-Identifier: BSD-2-Clause */
/* HFS+ and HFSX. */
#ifndef FORMATS_HFSPLUS_HFSPLUS_H
#define FORMATS_HFSPLUS_HFSPLUS_H

#include "img/format.h"

extern const struct img_format img_format_hfsplus;
int hfs_tree(const struct img_tree_open *o, struct img_tree **ret, struct img_err *err);

#endif

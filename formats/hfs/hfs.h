/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FORMATS_HFS_HFS_H
#define FORMATS_HFS_HFS_H

#include "img/format.h"

extern const struct img_format img_format_hfs, img_format_mfs;
int hfsc_tree(const struct img_tree_open *o, struct img_tree **ret, struct img_err *err);

#endif

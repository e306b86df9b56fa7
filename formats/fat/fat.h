/* SPDX-License-Identifier: BSD-2-Clause */
/* FAT12, FAT16 and FAT32, with long names. */
#ifndef FORMATS_FAT_FAT_H
#define FORMATS_FAT_FAT_H

#include "img/format.h"

extern const struct img_format img_format_fat;

#endif

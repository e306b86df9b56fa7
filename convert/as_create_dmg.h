/* SPDX-License-Identifier: BSD-2-Clause */
/* create-dmg: its words as the options of a build of ours. */
#ifndef CONVERT_AS_CREATE_DMG_H
#define CONVERT_AS_CREATE_DMG_H

#include "convert/as.h"

extern const struct as_tool as_create_dmg;

#endif

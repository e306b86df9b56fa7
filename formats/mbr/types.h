/* SPDX-License-Identifier: BSD-2-Clause */
/* Names for the partition types of the MBR. */
#ifndef FORMATS_MBR_TYPES_H
#define FORMATS_MBR_TYPES_H

#include <stdint.h>

/* NULL: not a type we know. */
const char *mbr_type_title(uint8_t type);

#endif

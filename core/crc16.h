/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CORE_CRC16_H
#define CORE_CRC16_H

#include <stddef.h>
#include <stdint.h>

/* CRC-16, polynomial 0x1021, from the high bit, starting at 0 (ITU-T V.41): of UDF (ECMA-167 3/7.2.6) and MacBinary. */
uint16_t crc16_of(const void *bytes, size_t len);

#endif

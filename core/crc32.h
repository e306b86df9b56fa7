/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CORE_CRC32_H
#define CORE_CRC32_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The CRC-32 of zlib and PNG, continued from @crc (0 at the start).  Thread-safe. */
uint32_t crc32_of(uint32_t crc, const void *bytes, size_t len);

#endif

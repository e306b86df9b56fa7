/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "core/crc16.h"

uint16_t
crc16_of(const void *bytes, size_t len)
{
	/* by nibbles: 32 bytes of table, fast enough for records of 200 bytes */
	static const uint16_t table[16] = {
		0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7,
		0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad, 0xe1ce, 0xf1ef,
	};
	const uint8_t *p = bytes;
	unsigned int crc = 0;

	for (size_t i = 0; i < len; i++) {
		crc = (crc << 4 ^ table[(crc >> 12 ^ p[i] >> 4) & 15]) & 0xffff;
		crc = (crc << 4 ^ table[(crc >> 12 ^ p[i]) & 15]) & 0xffff;
	}
	return (uint16_t)crc;
}

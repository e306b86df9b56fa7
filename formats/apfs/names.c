/* SPDX-License-Identifier: BSD-2-Clause */
/* Hashes of names.  That of a name in ASCII needs no tables; names beyond are found by looking at all of a folder. */
#include "config.h"

#include "formats/apfs/container.h"

/* CRC-32C over code points of 32 bits, from all ones on, without the inversion at its end (AFSR j_drec_hashed_key_t). */
static uint32_t
crc32c_word(uint32_t crc, uint32_t word)
{
	crc ^= word;
	for (unsigned int i = 0; i < 32; i++)
		crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0x82f63b78) : 0);
	return crc;
}

bool
apfs_name_hash(const char *name, size_t n, bool folded, uint32_t *ret)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)name[i];

		if (c >= 0x80)
			return false;
		if (folded && c >= 'A' && c <= 'Z')
			c = (uint8_t)(c + 'a' - 'A');
		crc = crc32c_word(crc, c);
	}
	*ret = crc & 0x3fffff;
	return true;
}

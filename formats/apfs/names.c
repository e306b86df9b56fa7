/* SPDX-License-Identifier: BSD-2-Clause */
/* Names: put together or taken apart where somebody asks for it, by the tables of HFS+; and their hashes.  That of a name in ASCII needs no tables; names beyond are found by looking at all of a folder. */
#include "config.h"

#include "formats/apfs/container.h"
#include "formats/hfsplus/names.h"

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

const char *
apfs_name_shown(const char *name, enum img_names how, char *buf)
{
	uint16_t units[255];
	bool foreign = false;
	size_t n;

	if (how == IMG_NAMES_DEFAULT || how == IMG_NAMES_RAW)
		return name;
	n = hfs_name_units(name, units, 255, &foreign);
	if (foreign || n > 255)
		return name;
	hfs_name_utf8_as(units, n, how == IMG_NAMES_NFC, buf);
	return buf;
}

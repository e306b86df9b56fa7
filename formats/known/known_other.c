/* SPDX-License-Identifier: BSD-2-Clause */
/* Images of forensic, cloning and deployment tools, of game consoles and the like, by name and where cheap by size. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "core/checked.h"
#include "formats/known/known.h"
#include "img/source.h"

/* ---- EnCase: sections of 76 bytes of head, which lead from one to the next ---- */

#define SECTIONS_MAX 64

/* libewf, "Expert Witness Compression Format": "volume" or "disk" holds chunks, sectors per chunk, their size, sectors. */
static bool
look_e01(const struct known_file *f, struct known *ret)
{
	uint64_t at = 13, next;
	uint8_t b[76 + 94];

	for (unsigned int i = 0; i < SECTIONS_MAX; i++, at = next) {
		if (!known_get(f, at, b, 76))
			break;
		next = load_le64(b + 16);
		if ((!memcmp(b, "volume\0", 7) || !memcmp(b, "disk\0", 5)) && known_get(f, at, b, sizeof b)) {
			ret->block_size = (uint64_t)load_le32(b + 76 + 8) * load_le32(b + 76 + 12);
			return u64_mul(load_le64(b + 76 + 16), load_le32(b + 76 + 12), &ret->size);
		}
		if (next <= at)
			break;
	}
	return true;
}

bool
known_is_aff4(const uint8_t *head)
{
	return !memcmp(head + 30, "container.description", 21);
}

static bool
look_aff4(const struct known_file *f, struct known *ret)
{
	(void)ret;
	return known_is_aff4(f->head);
}

/* MAME: big-endian; versions 3 and 4 have the size at 28, version 5 at 32 */
static bool
look_chd(const struct known_file *f, struct known *ret)
{
	uint32_t version = load_be32(f->head + 12);

	snprintf(ret->version, sizeof ret->version, "%" PRIu32, version);
	if (version == 3 || version == 4)
		ret->size = load_be64(f->head + 28);
	if (version == 5) {
		ret->size = load_be64(f->head + 32);
		ret->block_size = load_be32(f->head + 56);
	}
	return version >= 1 && version <= 5;
}

/* [MS-WIM] 2.2: size of the header, version, flags; part and parts at 40 */
static bool
look_wim(const struct known_file *f, struct known *ret)
{
	uint16_t part = load_le16(f->head + 40), parts = load_le16(f->head + 42);

	if (parts > 1)
		snprintf(ret->variant, sizeof ret->variant, "part %u of %u", part, parts);
	return load_le32(f->head + 8) >= 148;
}

/* Compressed discs of the PSP: the size at 8, the block at 16 */
static bool
look_ciso(const struct known_file *f, struct known *ret)
{
	ret->size = load_le64(f->head + 8);
	ret->block_size = load_le32(f->head + 16);
	return ret->size && ret->block_size && ret->block_size <= 1 << 20 && !(ret->block_size & (ret->block_size - 1));
}

/* partclone.org, image version 2: the file system's name at 36, the size of the device at 52 */
static bool
look_partclone(const struct known_file *f, struct known *ret)
{
	if (memcmp(f->head + 30, "0002", 4))
		return true;
	snprintf(ret->variant, sizeof ret->variant, "%.15s", (const char *)f->head + 36);
	ret->size = load_le64(f->head + 52);
	return true;
}

const struct known_row known_other[] = {
	{ { .name = "e01", .title = "EnCase image (E01)", .suffixes = ".E01" },
	  "an", 0, 8, "EVF\x09\x0d\x0a\xff\0", look_e01 },
	{ { .name = "ex01", .title = "EnCase image (Ex01)", .suffixes = ".Ex01" }, "an", 0, 8, "EVF2\r\n\x81\0", NULL },
	{ { .name = "l01", .title = "EnCase logical evidence file (L01)", .suffixes = ".L01" },
	  "an", 0, 8, "LVF\x09\x0d\x0a\xff\0", NULL },
	{ { .name = "aff", .title = "AFF image", .suffixes = ".aff" }, "an", 0, 7, "AFF10\r\n", NULL },
	{ { .name = "aff4", .title = "AFF4 image", .suffixes = ".aff4" }, "an", 0, 4, "PK\3\4", look_aff4 },
	{ { .name = "chd", .title = "CHD image", .suffixes = ".chd" }, "a", 0, 8, "MComprHD", look_chd },
	{ { .name = "wim", .title = "Windows image (WIM)", .suffixes = ".wim .esd .swm", .mime = "application/x-ms-wim" },
	  "a", 0, 8, "MSWIM\0\0\0", look_wim },
	{ { .name = "ciso", .title = "compressed disc image (CISO)", .suffixes = ".cso" }, "a", 0, 4, "CISO", look_ciso },
	{ { .name = "partclone", .title = "partclone image" }, "a", 0, 15, "partclone-image", look_partclone },
	{ { .name = "ntfsclone", .title = "ntfsclone image" }, "an", 0, 16, "\0ntfsclone-image", NULL },
	{ { .name = "isz", .title = "zipped ISO image (ISZ)", .suffixes = ".isz" }, "a", 0, 4, "IsZ!", NULL },
	{ { 0 }, NULL, 0, 0, NULL, NULL }
};

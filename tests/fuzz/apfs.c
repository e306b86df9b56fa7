/* SPDX-License-Identifier: BSD-2-Clause */
/* The APFS reader: opens, describes, walks, reads and verifies a volume, packed as in fixtures/apfs.  Half of the blocks, by
 * what the last byte says, get a right checksum, or nothing behind it would ever be reached. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include "core/bytes.h"
#include "formats/apfs/apfs.h"
#include "formats/apfs/layout.h"
#include "tests/fuzz/volume.h"

#define BLOCK 4096
static void
sum_up(uint8_t *b, size_t n, uint8_t which)
{
	for (size_t at = 0; at + BLOCK <= n; at += BLOCK)
		if ((which >> (at / BLOCK % 8) & 1) && (b[at + 8] || b[at + 24]))
			store_le64(b + at, apfs_sum(b + at, BLOCK));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct img_format *const formats[] = { &img_format_apfs, NULL };
	size_t n;
	uint8_t *bytes = fuzz_unpack(data, size, &n);

	if (!bytes)
		return 0;
	sum_up(bytes, n, data[size - 1]);
	fuzz_volume(bytes, n, formats);
	return 0;
}

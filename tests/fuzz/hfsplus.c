/* SPDX-License-Identifier: BSD-2-Clause */
/* The HFS+ reader: opens, describes, walks, reads and verifies a volume, packed as in fixtures/hfsplus. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include "formats/hfsplus/hfsplus.h"
#include "tests/fuzz/volume.h"
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct img_format *const formats[] = { &img_format_hfsplus, NULL };
	size_t n;
	uint8_t *bytes = fuzz_unpack(data, size, &n);

	if (bytes)
		fuzz_volume(bytes, n, formats);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The readers of HFS and MFS: each opens, describes, walks, reads and verifies a volume, packed as in fixtures/mac. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include "formats/hfs/hfs.h"
#include "tests/fuzz/volume.h"
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct img_format *const formats[] = { &img_format_hfs, &img_format_mfs, NULL };
	size_t n;
	uint8_t *bytes = fuzz_unpack(data, size, &n);

	if (bytes)
		fuzz_volume(bytes, n, formats);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The UDF reader: opens, describes, walks, reads and verifies a volume, packed as in fixtures/udf; since every descriptor
 * carries a CRC, all that look like one are sealed again. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include "core/bytes.h"
#include "formats/udf/layout.h"
#include "formats/udf/udf.h"
#include "tests/fuzz/volume.h"
/* Seal what looks like a descriptor in the @len bytes at @off; its CRC may reach further, to the end of the volume. */
static void
seal(uint8_t *b, size_t size, size_t off, size_t len)
{
	for (size_t i = off; i - off + 4 <= len && size - i >= UDF_TAG_LEN; i += 4) {
		unsigned int id = load_le16(b + i), version = load_le16(b + i + 2);
		size_t n = load_le16(b + i + 10), room = size - i - UDF_TAG_LEN;

		if (i % 512 ? id != UDF_FID && id != UDF_EAHD : id > UDF_LVID && (id < UDF_FSD || id > UDF_EFE))
			continue;
		if ((version == 2 || version == 3) && !b[i + 5])
			udf_tag_seal(b + i, (uint16_t)id, (uint16_t)version, 0, load_le32(b + i + 12), n < room ? n : room);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct img_format *const formats[] = { &img_format_udf, NULL };
	size_t n;
	uint8_t *bytes = fuzz_unpack(data, size, &n);

	if (!bytes)
		return 0;
	fuzz_runs(data, size, bytes, n, seal);
	fuzz_volume(bytes, n, formats);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a background picture: looked at, and as PNG (with the sums of its chunks made right) decoded. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/crc32.h"
#include "trees/finder/picture.h"

static void
fix_sums(uint8_t *p, size_t size)
{
	for (size_t at = 8; size >= 12 && at <= size - 12;) {
		size_t n = load_be32(p + at);

		if (n > size - at - 12)
			return;
		store_be32(p + at + 8 + n, crc32_of(0, p + at + 4, n + 4));
		at += 12 + n;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct img_err err = { 0 };
	struct picture look, size_of;
	uint8_t *copy = malloc(size + 1), *pixels;
	int rc;

	check(copy != NULL, "out of memory");
	memcpy(copy, data, size);
	rc = picture_look(copy, size, &look, &err);
	check(rc ? err.msg[0] != '\0' : look.suffix && look.width && look.height, "neither a picture nor a message");
	fix_sums(copy, size);
	/* a claim of millions of pixels costs time, and is refused where it is not met */
	if (!rc && !strcmp(look.suffix, ".png") && (uint64_t)look.width * look.height < 1 << 20 &&
	    !png_decode(copy, size, &size_of, &pixels, &err)) {
		check(size_of.width == look.width && size_of.height == look.height, "two sizes");
		(void)*(volatile uint8_t *)&pixels[4 * (size_t)size_of.width * size_of.height - 1];	/* it is there */
		free(pixels);
	}
	free(copy);
	return 0;
}

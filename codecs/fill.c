/* SPDX-License-Identifier: BSD-2-Clause */
/* Fill runs of Android sparse images, as a codec: four bytes, over and over. */
#include "config.h"

#include "codecs/fill.h"

#include <string.h>

/* Doubling what is there: memcpy at full speed whatever the pattern. */
static void
fill(const uint8_t *pattern, uint8_t *dst, size_t n)
{
	size_t have = n < IMG_FILL_PATTERN ? n : IMG_FILL_PATTERN;

	memcpy(dst, pattern, have);
	while (have < n) {
		size_t more = have < n - have ? have : n - have;

		memcpy(dst + have, dst, more);
		have += more;
	}
}

static int
fill_decode(void *state, const void *src, size_t n_src, void *dst, size_t n_dst, struct img_err *err)
{
	if (n_src != IMG_FILL_PATTERN)
		return img_fail(err, IMG_E_FORMAT, "a fill pattern of %zu bytes, not %d", n_src, IMG_FILL_PATTERN);
	if (n_dst)
		fill(src, dst, n_dst);
	return 0;
}

static int
fill_decode_at(const void *src, size_t n_src, uint64_t skip, void *dst, size_t n_dst, struct img_err *err)
{
	const uint8_t *p = src;
	uint8_t turned[IMG_FILL_PATTERN];

	for (size_t i = 0; n_src == IMG_FILL_PATTERN && i < IMG_FILL_PATTERN; i++)
		turned[i] = p[(skip + i) % IMG_FILL_PATTERN];
	return fill_decode(NULL, turned, n_src, dst, n_dst, err);
}

const struct img_codec img_codec_fill = { .name = "fill", .decode = fill_decode, .decode_at = fill_decode_at };

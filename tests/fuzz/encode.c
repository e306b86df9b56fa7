/* SPDX-License-Identifier: BSD-2-Clause */
/* All encoders: byte 0 chooses one (in the order zlib, bzip2, xz, lzfse, lzvn, adc), byte 1 how often the rest of the
 * input is repeated, up to 255 times, with a byte between that counts.  What is encoded must decode to the same, and must
 * fit into the room it took but not into one byte less. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "img/codec.h"

static const struct img_codec *const codecs[] = {
	&img_codec_zlib, &img_codec_bzip2, &img_codec_xz, &img_codec_lzfse, &img_codec_lzvn, &img_codec_adc,
};
#define N_CODECS (sizeof codecs / sizeof codecs[0])
#define MAX_INPUT (1 << 20)

static uint8_t *
bytes(size_t n)
{
	uint8_t *p = malloc(n ? n : 1);

	check(p != NULL, "out of memory");
	return p;
}

static void
round_trip(const struct img_codec *c, void *encoder, void *decoder, const uint8_t *src, size_t n)
{
	size_t len = n + n / 32 + 1024, room = len;
	uint8_t *enc = bytes(len), *dec = bytes(n), *exact;
	struct img_err err = { 0 };

	check(c->encode(encoder, -1, src, n, enc, &len, &err) == 0, "it does not fit though there is room");
	check(len <= room, "more than there is room for");
	/* buffers as long as they say */
	exact = bytes(len);
	memcpy(exact, enc, len);
	check(c->decode(decoder, exact, len, dec, n, &err) == 0, err.msg);
	check(!memcmp(dec, src, n), "the bytes do not come back");
	room = len;
	if (c != &img_codec_zlib) {
		check(c->encode(encoder, -1, src, n, exact, &room, &err) == 0, "it does not fit where it fits");
		check(room == len && !memcmp(exact, enc, len), "the same input gives other bytes");
	}
	if (len) {
		free(exact);
		room = len - 1;
		exact = bytes(room);
		check(c->encode(encoder, -1, src, n, exact, &room, &err) == IMG_E_LIMIT, "it fits where it does not");
	}
	free(exact);
	free(dec);
	free(enc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void *encoders[N_CODECS], *decoders[N_CODECS];
	const struct img_codec *c;
	size_t i, n = 0, len;
	uint8_t *src;

	if (size < 2)
		return 0;
	i = data[0] % N_CODECS;
	c = codecs[i];
	if (!encoders[i]) {
		encoders[i] = c->encoder_new ? c->encoder_new() : NULL;
		decoders[i] = c->state_new ? c->state_new(0) : NULL;
	}
	len = size - 2;
	src = bytes(MAX_INPUT);
	for (unsigned int k = 0; k <= data[1] && len < MAX_INPUT - n; k++) {
		if (k)
			src[n++] = (uint8_t)k;
		memcpy(src + n, data + 2, len);
		n += len;
	}
	round_trip(c, encoders[i], decoders[i], src, n);
	free(src);
	return 0;
}

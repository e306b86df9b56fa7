/* SPDX-License-Identifier: BSD-2-Clause */
/* All decoders: byte 0 chooses one (in the order zlib, bzip2, xz, lzfse, lzvn, adc), bytes 1 and 2 say how many bytes are
 * expected, the rest is the stream.  A head must agree with the whole. */
#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "img/codec.h"

/* small, so that a stream which asks for gigabytes costs no time */
#define MAX_MEMORY (4 << 20)

static const struct img_codec *const codecs[] = {
	&img_codec_zlib, &img_codec_bzip2, &img_codec_xz, &img_codec_lzfse, &img_codec_lzvn, &img_codec_adc,
};
#define N_CODECS (sizeof codecs / sizeof codecs[0])

static void
decode_both(const struct img_codec *c, void *state, const uint8_t *src, size_t n_src, size_t n_dst)
{
	size_t n_head = n_dst / 3, done = SIZE_MAX;
	uint8_t *dst = malloc(n_dst ? n_dst : 1), *head = malloc(n_head ? n_head : 1);
	struct img_err err = { 0 };
	int rc;

	check(dst && head, "out of memory");
	rc = c->decode(state, src, n_src, dst, n_dst, &err);
	check(rc == 0 || (rc == (int)err.code && err.msg[0]), "a failure without its message");
	if (c->decode_head(state, src, n_src, head, n_head, &done, &err) == 0) {
		check(done <= n_head, "a head longer than asked for");
		check(rc || (done == n_head && !memcmp(head, dst, n_head)), "head and whole differ");
	} else {
		check(rc, "the whole decodes, its head does not");
	}
	free(head);
	free(dst);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void *states[N_CODECS];
	const struct img_codec *c;
	size_t i;

	if (size < 3)
		return 0;
	i = data[0] % N_CODECS;
	c = codecs[i];
	if (!states[i] && c->state_new) {
		states[i] = c->state_new(MAX_MEMORY);
		check(states[i] != NULL, "out of memory");
	}
	decode_both(c, states[i], data + 3, size - 3, load_le16(data + 1));
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* xz and lzip front to back, by liblzma, which tests the checksums that they carry. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <lzma.h>

#include "formats/stream/stream.h"
#include "img/source.h"

static int
lzma_begin(bool lzip, uint64_t max_memory, void **ret, struct img_err *err)
{
	lzma_stream *z = calloc(1, sizeof *z);
	lzma_ret rc = LZMA_MEM_ERROR;

	if (z) {
		*z = (lzma_stream)LZMA_STREAM_INIT;
#ifdef HAVE_LZMA_LZIP_DECODER
		rc = lzip ? lzma_lzip_decoder(z, max_memory, 0) : lzma_stream_decoder(z, max_memory, 0);
#else
		rc = lzip ? LZMA_OPTIONS_ERROR : lzma_stream_decoder(z, max_memory, 0);
#endif
	}
	if (rc == LZMA_OK) {
		*ret = z;
		return 0;
	}
	free(z);
	return rc == LZMA_MEM_ERROR ? img_fail_nomem(err) :
	       img_fail(err, IMG_E_UNSUPPORTED, "this liblzma is too old to read lzip");
}

static int
xz_begin(uint64_t max_memory, void **ret, struct img_err *err)
{
	return lzma_begin(false, max_memory, ret, err);
}

static int
lzip_begin(uint64_t max_memory, void **ret, struct img_err *err)
{
	return lzma_begin(true, max_memory, ret, err);
}

static int
lzma_step(void *state, struct stream_step *s, struct img_err *err)
{
	lzma_stream *z = state;
	lzma_ret rc;

	z->next_in = s->in;
	z->avail_in = s->n_in;
	z->next_out = s->out;
	z->avail_out = s->n_out;
	rc = lzma_code(z, LZMA_RUN);
	s->in = z->next_in;
	s->n_in = z->avail_in;
	s->out = z->next_out;
	s->n_out = z->avail_out;
	s->ended = rc == LZMA_STREAM_END;
	switch (rc) {
	case LZMA_OK:
	case LZMA_STREAM_END:
	case LZMA_BUF_ERROR:		/* no input left: the caller sees that */
		return 0;
	case LZMA_MEM_ERROR:
		return img_fail_nomem(err);
	case LZMA_MEMLIMIT_ERROR:
		return img_fail(err, IMG_E_LIMIT, "the stream asks for %" PRIu64 " bytes of memory", lzma_memusage(z));
	case LZMA_OPTIONS_ERROR:
		return img_fail(err, IMG_E_UNSUPPORTED, "the stream uses options that liblzma does not know");
	default:
		return img_fail(err, IMG_E_FORMAT, "the LZMA stream is damaged, or fails its checksum");
	}
}

static void
lzma_finish(void *state)
{
	lzma_end(state);
	free(state);
}

static bool
xz_begins(const uint8_t *p, size_t n)
{
	return n >= 6 && !memcmp(p, "\xfd" "7zXZ", 6);
}

static bool
lzip_begins(const uint8_t *p, size_t n)
{
	return n >= 5 && !memcmp(p, "LZIP", 4) && p[4] <= 1;
}

const char *
xz_sum_name(int check)
{
	switch (check) {
	case LZMA_CHECK_CRC32:
		return "crc32";
	case LZMA_CHECK_CRC64:
		return "crc64";
	case LZMA_CHECK_SHA256:
		return "sha256";
	default:
		return NULL;
	}
}

static const char *
xz_summed(const void *state)
{
	return xz_sum_name(lzma_get_check(state));
}

/* With its footer, and what pads it (xz 2.2): zeros, four by four; a DMG's trailer, which ends in some too, is longer. */
static bool
xz_ends(struct img_source *s)
{
	uint8_t end[4096];
	size_t n = s->size < sizeof end ? (size_t)s->size : sizeof end;

	if (s->size == IMG_SIZE_UNKNOWN || n < 32 || img_source_read(s, s->size - n, end, n, NULL))
		return false;
	while (n >= 4 && !memcmp(end + n - 4, "\0\0\0", 4))
		n -= 4;
	return n < 4 || !memcmp(end + n - 2, "YZ", 2);
}

const struct stream_kind stream_xz = {
	.name = "xz", .codec = "xz", .summed = xz_summed, .padding = true,
	.begin = xz_begin, .step = lzma_step, .end = lzma_finish, .begins = xz_begins, .size = xz_index_size,
	.like_chunk = true, .ends = xz_ends,
};
const struct stream_kind stream_lzip = {
	.name = "lzip", .codec = "lzma", .sum = "crc32",
	.begin = lzip_begin, .step = lzma_step, .end = lzma_finish, .begins = lzip_begins,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* A WAVE file: "RIFF", length, "WAVE", then chunks: four letters, length (little-endian), bytes, to an even offset.  "fmt "
 * says what the samples in "data" are.
 *
 * Written it is 44 bytes of these and the samples as they come, so that every byte has its place. */
#include "config.h"

#include "formats/cd/wav.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/checked.h"
#include "formats/cd/disc.h"
#include "img/out.h"
#include "img/sink.h"
#include "img/source.h"

enum { RATE = 44100, CHANNELS = 2, BITS = 16, FRAME = CHANNELS * BITS / 8, HEAD = 44, MAX_CHUNKS = 64 };

/* ---- reading ---- */

static int
check_fmt(struct img_source *s, uint64_t at, uint32_t len, struct img_err *err)
{
	uint8_t b[16];
	int rc = len < sizeof b ? img_fail(err, IMG_E_FORMAT, "a WAVE file whose \"fmt \" has %" PRIu32 " bytes", len) :
		 img_source_read(s, at, b, sizeof b, err);

	if (rc)
		return rc;
	/* 1 is PCM; 0xfffe says that more follows, which for these samples is PCM too */
	if ((load_le16(b) != 1 && load_le16(b) != 0xfffe) || load_le16(b + 2) != CHANNELS || load_le32(b + 4) != RATE ||
	    load_le16(b + 14) != BITS)
		return img_fail(err, IMG_E_UNSUPPORTED, "a WAVE file of kind %u, %u channels, %" PRIu32 " Hz, %u bits; a CD has kind 1, "
				"2 channels, 44100 Hz, 16 bits", load_le16(b), load_le16(b + 2), load_le32(b + 4), load_le16(b + 14));
	return 0;
}

int
wav_samples(struct img_source *s, uint64_t *ret_at, uint64_t *ret_len, struct img_err *err)
{
	uint64_t at = 12;
	uint8_t b[12];
	bool known = false;
	int rc = s->size < sizeof b ? IMG_E_FORMAT : img_source_read(s, 0, b, sizeof b, err);

	if (rc || memcmp(b, "RIFF", 4) || memcmp(b + 8, "WAVE", 4))
		return img_fail(err, IMG_E_FORMAT, "no WAVE file");
	for (int i = 0; i < MAX_CHUNKS && span_ok(at, 8, s->size); i++) {
		uint32_t len;

		rc = img_source_read(s, at, b, 8, err);
		if (rc)
			return rc;
		len = load_le32(b + 4);
		at += 8;
		if (!memcmp(b, "fmt ", 4)) {
			rc = check_fmt(s, at, len, err);
			known = true;
		}
		if (rc)
			return rc;
		if (!memcmp(b, "data", 4) && known) {
			*ret_at = at;
			*ret_len = s->size - at < len ? s->size - at : len;	/* whoever streamed it wrote any length */
			return 0;
		}
		at += (uint64_t)len + len % 2;
	}
	return img_fail(err, IMG_E_FORMAT, "a WAVE file without samples");
}

/* ---- writing ---- */

struct wav_sink {
	struct img_sink sink;
	uint64_t size;
};

static int
wav_options(const struct img_sink_job *job, struct img_err *err)
{
	if (img_sink_job_packs(job))
		return img_fail(err, IMG_E_USAGE, "sound is not compressed here");
	return 0;
}

static void
make_head(uint32_t len, uint8_t b[HEAD])
{
	memcpy(b, "RIFF", 4);
	store_le32(b + 4, len + HEAD - 8);
	memcpy(b + 8, "WAVEfmt ", 8);
	store_le32(b + 16, 16);
	store_le16(b + 20, 1);
	store_le16(b + 22, CHANNELS);
	store_le32(b + 24, RATE);
	store_le32(b + 28, RATE * FRAME);
	store_le16(b + 32, FRAME);
	store_le16(b + 34, BITS);
	memcpy(b + 36, "data", 4);
	store_le32(b + 40, len);
}

static int
wav_begin(const struct img_sink_job *job, struct img_out *out, struct img_sink **ret, struct img_err *err)
{
	uint8_t head[HEAD];
	struct wav_sink *k;
	int rc;

	if (!cd_is_sound(job->source)) {
		rc = img_fail(err, IMG_E_USAGE, "only a track with sound becomes a WAVE file; -P N says which (imginfo lists them)");
		if (err)
			err->side = IMG_SIDE_TARGET;
		return rc;
	}
	if (job->source->size > UINT32_MAX - HEAD)
		return img_fail(err, IMG_E_UNSUPPORTED, "a WAVE file ends at 4 GiB");
	make_head((uint32_t)job->source->size, head);
	rc = img_out_write(out, 0, head, sizeof head, err);
	k = rc ? NULL : calloc(1, sizeof *k);
	if (!k)
		return rc ? rc : img_fail_nomem(err);
	k->sink = (struct img_sink) { &wav_sink_ops, out, out->flags & IMG_OUT_SEEKS ? IMG_ANY_ORDER : 0 };
	k->size = job->source->size;
	*ret = &k->sink;
	return 0;
}

static int
wav_append(struct img_sink *k, const struct img_unit *u, struct img_err *err)
{
	return u->raw ? img_out_write(k->out, HEAD + u->off, u->raw, (size_t)u->len, err) :
	       img_out_zero(k->out, HEAD + u->off, u->len, err);
}

static int
wav_finish(struct img_sink *k, struct img_err *err)
{
	return img_out_resize(k->out, HEAD + ((struct wav_sink *)k)->size, err);
}

static void
wav_destroy(struct img_sink *k)
{
	free(k);
}

const struct img_sink_ops wav_sink_ops = {
	.needs = IMG_NEEDS_SIZE,
	.options = wav_options, .begin = wav_begin, .append = wav_append, .finish = wav_finish, .destroy = wav_destroy,
};

const struct img_format img_format_wav = {
	.name = "wav",
	.title = "sound of a CD track",
	.suffixes = ".wav",
	.mime = "audio/x-wav",
	.sink = &wav_sink_ops,
};

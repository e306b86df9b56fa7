/* SPDX-License-Identifier: BSD-2-Clause */
/* The sectors of 2048 bytes of a disc become raw ones of mode 1 (header, EDC, ECC) in "NAME.bin", and "NAME.cue" says so.
 * The two are parts of one out, the sheet the first: either both get their names or none. */
#include "config.h"

#include "formats/cd/cue_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/memory.h"
#include "formats/cd/sector.h"
#include "img/out.h"
#include "img/sink.h"
#include "img/source.h"

#define CELL 128	/* sectors: 256 KiB in, 294 KiB out */

struct cue_sink {
	struct img_sink sink;
	uint64_t sheet;		/* bytes of the first file */
	uint64_t n;		/* sectors */
};

/* "a/b.cue" is "a/b.bin"'s sheet. */
static char *
part_name(const char *path, size_t i)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
	size_t n = i && dot && dot > name ? (size_t)(dot - path) : strlen(path);
	char *s;

	if (i > 1)
		return strdup("");
	return asprintf(&s, "%.*s%s", (int)n, path, i ? ".bin" : "") < 0 ? NULL : s;
}

static int
cue_options(const struct img_sink_job *job, struct img_err *err)
{
	size_t n = strlen(job->name);

	if (img_sink_job_packs(job))
		return img_fail(err, IMG_E_USAGE, "raw sectors of a CD cannot be compressed");
	if (n > 4 && !strcasecmp(job->name + n - 4, ".bin"))
		return img_fail(err, IMG_E_USAGE, "the name is that of the sheet (.cue); the BIN is called after it");
	return 0;
}

static int
write_sheet(struct cue_sink *k, const char *name, struct img_err *err)
{
	img_autofree char *bin = part_name(name, 1), *text = NULL;
	int n;

	if (!bin)
		return img_fail_nomem(err);
	n = asprintf(&text, "FILE \"%s\" BINARY\r\n  TRACK 01 MODE1/2352\r\n    INDEX 01 00:00:00\r\n", bin);
	if (n < 0) {
		text = NULL;
		return img_fail_nomem(err);
	}
	if (strpbrk(bin, "\"\r\n"))
		return img_fail(err, IMG_E_USAGE, "a name with quotes or line ends cannot be written into a CUE sheet");
	k->sheet = (uint64_t)n;
	img_out_parts_cut(k->sink.out, k->sheet, UINT64_MAX / 4);
	return img_out_write(k->sink.out, 0, text, k->sheet, err);
}

static int
cue_begin(const struct img_sink_job *job, struct img_out *out, struct img_sink **ret, struct img_err *err)
{
	uint64_t size = job->source->size;
	struct cue_sink *k;
	int rc;

	if (size > (uint64_t)CD_MAX_SECTORS * CD_USER) {
		rc = img_fail(err, IMG_E_NOSPACE, "a CD has at most %d sectors (%" PRIu64 " bytes), this takes %" PRIu64, CD_MAX_SECTORS,
			      (uint64_t)CD_MAX_SECTORS * CD_USER, (size + CD_USER - 1) / CD_USER);
		if (err)
			err->side = IMG_SIDE_TARGET;
		return rc;
	}
	k = calloc(1, sizeof *k);
	if (!k)
		return img_fail_nomem(err);
	k->sink = (struct img_sink) { &cue_sink_ops, out, 0 };
	k->n = (size + CD_USER - 1) / CD_USER;
	rc = write_sheet(k, job->name, err);
	if (rc) {
		free(k);
		return rc;
	}
	*ret = &k->sink;
	return 0;
}

static uint64_t
cue_cut(const struct img_sink *k, uint64_t off)
{
	return off + CELL * CD_USER;
}

/* @raw: NULL for zeros. */
static void
make_sectors(uint64_t first, const uint8_t *raw, uint64_t len, uint8_t *ret)
{
	for (uint64_t at = 0; at < len; at += CD_USER, ret += CD_RAW) {
		uint8_t last[CD_USER] = { 0 };

		if (raw && len - at < CD_USER)
			memcpy(last, raw + at, (size_t)(len - at));
		cd_make(ret, (uint32_t)(first + at / CD_USER), !raw ? NULL : len - at < CD_USER ? last : raw + at);
	}
}

static int
cue_encode(const struct img_sink *k, struct img_unit *u, struct img_err *err)
{
	if (u->kind != IMG_DATA || !u->raw)
		return 0;
	u->n_stored = (size_t)((u->len + CD_USER - 1) / CD_USER * CD_RAW);
	u->stored = malloc(u->n_stored);
	if (!u->stored)
		return img_fail_nomem(err);
	make_sectors(u->off / CD_USER, u->raw, u->len, u->stored);
	u->raw = NULL;
	return 0;
}

static int
cue_append(struct img_sink *sink, const struct img_unit *u, struct img_err *err)
{
	struct cue_sink *k = (struct cue_sink *)sink;
	uint64_t at = k->sheet + u->off / CD_USER * CD_RAW;
	img_autofree uint8_t *zeros = NULL;
	int rc = 0;

	if (u->stored)
		return img_out_write(sink->out, at, u->stored, u->n_stored, err);
	zeros = malloc((size_t)CELL * CD_RAW);
	if (!zeros)
		return img_fail_nomem(err);
	for (uint64_t done = 0; !rc && done < u->len; done += CELL * CD_USER) {
		uint64_t len = u->len - done < CELL * CD_USER ? u->len - done : CELL * CD_USER;
		uint64_t n = (len + CD_USER - 1) / CD_USER;

		make_sectors((u->off + done) / CD_USER, NULL, len, zeros);
		rc = img_out_write(sink->out, at + done / CD_USER * CD_RAW, zeros, (size_t)(n * CD_RAW), err);
	}
	return rc;
}

static int
cue_finish(struct img_sink *sink, struct img_err *err)
{
	const struct cue_sink *k = (const struct cue_sink *)sink;

	return img_out_resize(sink->out, k->sheet + k->n * CD_RAW, err);
}

static void
cue_destroy(struct img_sink *k)
{
	free(k);
}

const struct img_sink_ops cue_sink_ops = {
	.needs = IMG_NEEDS_SIZE,
	.several = part_name,
	.usual_fs = "iso",
	.options = cue_options, .begin = cue_begin, .cut = cue_cut, .encode = cue_encode, .append = cue_append,
	.finish = cue_finish, .destroy = cue_destroy,
};

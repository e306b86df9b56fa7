/* SPDX-License-Identifier: BSD-2-Clause */
/* The sink of sparse bundles: into a folder go bands/0, bands/1, …, then token and both property lists.
 *
 * Bands come in the order of the disk, one file is open at a time.  A band of zeros is no file, and a band ends with its last
 * block that is not zero, on a grid of 4096 bytes: so the files do not depend on how the source keeps its zeros.
 *
 * A unit is a cell: a piece of 1 MiB of a band, or the whole of a small one.  Encrypted, workers encrypt cells, without the
 * zeros at their end; what lies between two cells of a band that have data is encrypted zeros, for the numbers of the blocks
 * count from the beginning of the band (formats/sparsebundle/bands.c tells of the doubt), and a hole decrypts to noise. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/zeros.h"
#include "formats/bands.h"
#include "formats/encrcdsa/encrcdsa.h"
#include "formats/sparsebundle/info.h"
#include "formats/sparsebundle/sparsebundle.h"
#include "img/env.h"
#include "img/out.h"
#include "img/sink.h"

#define BAND (UINT64_C(8) << 20)	/* hdiutil's own */
#define GRAIN 4096

struct bundle_sink {
	struct img_sink sink;
	struct img_env *env;
	struct enc_seal *seal;		/* NULL: nothing is encrypted */
	uint64_t band, size;
	uint32_t grain;			/* zeros that become a hole; 0: none do */
	uint64_t current;		/* number of the band that is open, 1 higher; 0: none */
	struct img_out *file;		/* it */
	uint64_t end;			/* of what is in it; encrypted, all before is written */
};

static struct bundle_sink *
sink_of(struct img_sink *k)
{
	return (struct bundle_sink *)k;
}

static int
bundle_options(const struct img_sink_job *job, struct img_err *err)
{
	return band_options(job, "sparse bundles", err);
}

static int
bundle_begin(const struct img_sink_job *job, struct img_out *out, struct img_sink **ret, struct img_err *err)
{
	struct bundle_sink *k = calloc(1, sizeof *k);
	int rc;

	if (!k)
		return img_fail_nomem(err);
	k->sink.ops = &sparsebundle_sink_ops;
	k->sink.out = out;
	k->env = job->source->env;
	k->seal = job->seal;
	k->band = BAND;
	k->size = (job->source->size + 511) / 512 * 512;
	k->grain = job->sparse ? GRAIN : 0;
	rc = band_size_asked(job, &k->band, err);
	if (rc) {
		free(k);
		return rc;
	}
	*ret = &k->sink;
	return 0;
}

static uint64_t
bundle_cut(const struct img_sink *sink, uint64_t off)
{
	return band_cut(((const struct bundle_sink *)sink)->band, off);
}

/* ---- encode ---- */

/* Without the zeros at its end, in whole grains. */
static size_t
without_tail(const uint8_t *p, size_t n)
{
	while (n) {
		size_t last = n % GRAIN ? n % GRAIN : GRAIN;

		if (!zeros_only(p + n - last, last))
			break;
		n -= last;
	}
	return n;
}

static int
encrypt(const struct bundle_sink *k, struct img_unit *u, size_t n, struct img_err *err)
{
	size_t stored = (n + ENC_BLOCK - 1) / ENC_BLOCK * ENC_BLOCK;
	uint8_t *p = malloc(stored);
	int rc;

	if (!p)
		return img_fail_nomem(err);
	memcpy(p, u->raw, n);
	memset(p + n, 0, stored - n);
	rc = enc_seal_blocks(k->seal, u->off % k->band / ENC_BLOCK, p, p, stored / ENC_BLOCK, err);
	if (rc) {
		free(p);
		return rc;
	}
	u->stored = p;
	u->n_stored = stored;
	u->raw = NULL;
	return 0;
}

static int
bundle_encode(const struct img_sink *sink, struct img_unit *u, struct img_err *err)
{
	const struct bundle_sink *k = (const struct bundle_sink *)sink;
	size_t n = u->kind == IMG_DATA ? without_tail(u->raw, (size_t)u->len) : 0;

	if (u->kind == IMG_DATA && !n) {
		u->kind = IMG_ZERO;
		u->raw = NULL;
	}
	return n && k->seal ? encrypt(k, u, n, err) : 0;
}

/* ---- bands ---- */

static int
close_band(struct bundle_sink *k, struct img_err *err)
{
	int rc = k->file ? img_out_resize(k->file, k->end, err) : 0;

	if (!rc && k->file)
		rc = img_out_commit(k->file, err);
	if (rc)
		img_note(err, rc, "bands/%" PRIx64, k->current - 1);
	k->file = img_out_free(k->file);
	k->current = 0;
	return rc;
}

static int
open_band(struct bundle_sink *k, uint64_t number, struct img_err *err)
{
	char name[40];
	int rc = close_band(k, err);

	snprintf(name, sizeof name, "bands/%" PRIx64, number);
	if (!rc)
		rc = img_out_child(k->sink.out, name, &k->file, err);
	if (rc)
		return rc;
	k->current = number + 1;
	k->end = 0;
	return 0;
}

static int
put_plain(struct bundle_sink *k, uint64_t off, const uint8_t *p, size_t len, struct img_err *err)
{
	size_t at = 0, from;
	int rc = 0;

	while (!rc && zeros_skip(p, len, off, k->grain, &at, &from)) {
		rc = img_out_write(k->file, off + from, p + from, at - from, err);
		k->end = off + at;
	}
	return rc;
}

/* Zeros up to @end, encrypted. */
static int
put_gap(struct bundle_sink *k, uint64_t end, struct img_err *err)
{
	const size_t step = 128 << 10;
	img_autofree uint8_t *zeros = k->end < end ? calloc(1, step) : NULL, *out = zeros ? malloc(step) : NULL;
	int rc = k->end < end && !out ? img_fail_nomem(err) : 0;

	while (!rc && k->end < end) {
		size_t n = end - k->end < step ? (size_t)(end - k->end) : step;

		if (img_env_cancelled(k->env))
			return img_fail(err, IMG_E_CANCELLED, "interrupted");
		rc = enc_seal_blocks(k->seal, k->end / ENC_BLOCK, zeros, out, n / ENC_BLOCK, err);
		if (!rc)
			rc = img_out_write(k->file, k->end, out, n, err);
		k->end += n;
	}
	return rc;
}

static int
bundle_append(struct img_sink *sink, const struct img_unit *u, struct img_err *err)
{
	struct bundle_sink *k = sink_of(sink);
	uint64_t number = u->off / k->band, off = u->off % k->band;
	int rc = 0;

	if (u->kind != IMG_DATA)
		return 0;
	if (k->current != number + 1)
		rc = open_band(k, number, err);
	if (!rc && !u->stored)
		rc = put_plain(k, off, u->raw, (size_t)u->len, err);
	if (!rc && u->stored)
		rc = put_gap(k, off, err);
	if (!rc && u->stored) {
		rc = img_out_write(k->file, off, u->stored, u->n_stored, err);
		k->end = off + u->n_stored;
	}
	return rc ? img_note(err, rc, "bands/%" PRIx64, number) : 0;
}

/* ---- the end ---- */

static int
put_file(struct bundle_sink *k, const char *name, const void *bytes, size_t n, struct img_err *err)
{
	struct img_out *o;
	int rc = img_out_child(k->sink.out, name, &o, err);

	if (rc)
		return rc;
	if (n)
		rc = img_out_write(o, 0, bytes, n, err);
	if (!rc)
		rc = img_out_resize(o, n, err);
	if (!rc)
		rc = img_out_commit(o, err);
	img_out_free(o);
	return rc ? img_note(err, rc, "%s", name) : 0;
}

static int
put_token(struct bundle_sink *k, struct img_err *err)
{
	img_autofree uint8_t *b = k->seal ? malloc(ENC_HEADER) : NULL;

	if (k->seal && !b)
		return img_fail_nomem(err);
	if (k->seal)
		enc_seal_header(k->seal, 0, b);
	return put_file(k, "token", b, k->seal ? ENC_HEADER : 0, err);
}

/* As hdiutil writes it, tabs and all. */
static int
put_lists(struct bundle_sink *k, struct img_err *err)
{
	char text[1024];
	size_t n = (size_t)snprintf(text, sizeof text,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "
		"\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
		"<plist version=\"1.0\">\n<dict>\n"
		"\t<key>CFBundleInfoDictionaryVersion</key>\n\t<string>6.0</string>\n"
		"\t<key>band-size</key>\n\t<integer>%" PRIu64 "</integer>\n"
		"\t<key>bundle-backingstore-version</key>\n\t<integer>1</integer>\n"
		"\t<key>diskimage-bundle-type</key>\n\t<string>" SPARSEBUNDLE_TYPE "</string>\n"
		"\t<key>size</key>\n\t<integer>%" PRIu64 "</integer>\n"
		"</dict>\n</plist>\n", k->band, k->size);
	int rc = put_file(k, "Info.bckup", text, n, err);

	return rc ? rc : put_file(k, SPARSEBUNDLE_PLIST, text, n, err);
}

static int
bundle_finish(struct img_sink *sink, struct img_err *err)
{
	struct bundle_sink *k = sink_of(sink);
	int rc = close_band(k, err);

	if (!rc)
		rc = img_out_child(k->sink.out, "bands/", NULL, err);
	if (!rc)
		rc = put_token(k, err);
	return rc ? rc : put_lists(k, err);
}

static void
bundle_destroy(struct img_sink *sink)
{
	img_out_free(sink_of(sink)->file);
	free(sink);
}

const struct img_sink_ops sparsebundle_sink_ops = {
	.needs = IMG_NEEDS_SIZE | IMG_NEEDS_FOLDER,
	.usual_fs = "hfs+",
	.keys = band_keys,
	.options = bundle_options,
	.begin = bundle_begin, .cut = bundle_cut, .encode = bundle_encode, .append = bundle_append,
	.finish = bundle_finish, .destroy = bundle_destroy,
};

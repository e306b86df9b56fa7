/* SPDX-License-Identifier: BSD-2-Clause */
/* The raw sink: every byte has its place, so that workers write their units themselves wherever the out can seek.
 * Blocks of zeros become holes, also those inside data (as qemu-img does, 4 KiB at a time); to a pipe they are written
 * out.  Data that lies plain in a file of the host is shared with it where the file system can (reflink), or copied by
 * the kernel when no zeros are looked for. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/zeros.h"
#include "img/env.h"
#include "img/out.h"
#include "img/sink.h"

struct raw_sink {
	struct img_sink sink;
	uint64_t size;		/* IMG_SIZE_UNKNOWN: that is @end, at the end */
	uint64_t end;		/* of the units that came in order */
	struct img_env *env;	/* of the job */
	uint32_t grain;		/* smallest run of zeros that becomes a hole; 0: none does */
};

static int
raw_options(const struct img_sink_job *job, struct img_err *err)
{
	if (img_sink_job_packs(job))
		return img_fail(err, IMG_E_USAGE, "raw sectors cannot be compressed");
	return 0;
}

static int
raw_begin(const struct img_sink_job *job, struct img_out *out, struct img_sink **ret, struct img_err *err)
{
	struct raw_sink *k = calloc(1, sizeof *k);

	if (!k)
		return img_fail_nomem(err);
	k->sink.ops = &img_sink_raw;
	k->sink.out = out;
	if (out->flags & IMG_OUT_SEEKS)
		k->sink.flags = IMG_ANY_ORDER;
	if (out->flags & IMG_OUT_ZEROED)
		k->grain = job->sparse;
	k->size = job->source->size;
	if (k->size != IMG_SIZE_UNKNOWN)
		out->expect = k->size;
	k->env = job->source->env;
	*ret = &k->sink;
	return 0;
}

static bool
raw_accept(const struct img_sink *sink, const struct img_extent *e)
{
	const struct raw_sink *k = (const struct raw_sink *)sink;

	/* whether the kernel can is found out by trying; append falls back */
	return e->kind == IMG_OPAQUE && !e->codec && !strcmp(e->from->layer, "file") &&
	       (k->sink.out->flags & IMG_OUT_SEEKS);
}

static int
write_data(struct raw_sink *k, uint64_t off, const uint8_t *p, size_t len, struct img_err *err)
{
	size_t at = 0, from;
	int rc = 0;

	while (!rc && zeros_skip(p, len, off, k->grain, &at, &from))
		rc = img_out_write(k->sink.out, off + from, p + from, at - from, err);
	return rc;
}

/* Zeros that the map tells of: nothing to do, or written out when none may become a hole. */
static int
write_zeros(struct raw_sink *k, uint64_t off, uint64_t len, struct img_err *err)
{
	static const uint8_t zeros[65536];
	int rc = 0;

	if (k->grain || !(k->sink.out->flags & IMG_OUT_ZEROED))
		return img_out_zero(k->sink.out, off, len, err);
	while (len && !rc) {
		size_t n = len < sizeof zeros ? (size_t)len : sizeof zeros;

		rc = img_env_cancelled(k->env) ? img_fail(err, IMG_E_CANCELLED, "interrupted")
					       : img_out_write(k->sink.out, off, zeros, n, err);
		off += n;
		len -= n;
	}
	return rc;
}

/* Stored bytes as they lie: by the kernel, or else through memory. */
static int
copy_as_is(struct raw_sink *k, uint64_t off, const struct img_extent *e, struct img_err *err)
{
	const size_t step = 1 << 19;
	uint64_t done;
	uint8_t *buf;
	int rc = img_out_copy(k->sink.out, off, e->from, e->at, e->len, k->grain != 0, &done, err);

	if (rc || done == e->len)
		return rc;
	buf = malloc(step);
	if (!buf)
		return img_fail_nomem(err);
	while (done < e->len && !rc) {
		size_t n = e->len - done < step ? (size_t)(e->len - done) : step;

		rc = img_source_read(e->from, e->at + done, buf, n, err);
		if (!rc)
			rc = write_data(k, off + done, buf, n, err);
		done += n;
	}
	free(buf);
	return rc;
}

static int
raw_append(struct img_sink *sink, const struct img_unit *u, struct img_err *err)
{
	struct raw_sink *k = (struct raw_sink *)sink;

	if (k->size == IMG_SIZE_UNKNOWN)
		k->end = u->off + u->len;
	if (u->kind == IMG_HOLE || u->kind == IMG_ZERO)
		return write_zeros(k, u->off, u->len, err);
	if (u->as_is)
		return copy_as_is(k, u->off, u->as_is, err);
	return write_data(k, u->off, u->raw, (size_t)u->len, err);
}

static int
raw_finish(struct img_sink *sink, struct img_err *err)
{
	const struct raw_sink *k = (const struct raw_sink *)sink;

	return img_out_resize(sink->out, k->size == IMG_SIZE_UNKNOWN ? k->end : k->size, err);
}

static void
raw_destroy(struct img_sink *sink)
{
	free(sink);
}

const struct img_sink_ops img_sink_raw = {
	.options = raw_options,
	.begin = raw_begin, .accept = raw_accept, .append = raw_append, .finish = raw_finish, .destroy = raw_destroy,
};

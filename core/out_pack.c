/* SPDX-License-Identifier: BSD-2-Clause */
/* An out in front of another that compresses what passes. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/pack.h"
#include "img/job.h"
#include "img/out.h"

struct out_pack {
	struct img_out out;		/* first */
	struct img_out *below;		/* owned */
	const struct img_pack *kind;
	void *state;
	uint64_t at, packed;		/* bytes taken; bytes given on */
};

static struct out_pack *
pack_of(struct img_out *o)
{
	return (struct out_pack *)o;
}

static int
put(void *ctx, const void *bytes, size_t n, struct img_err *err)
{
	struct out_pack *o = ctx;
	int rc = img_out_write(o->below, o->packed, bytes, n, err);

	o->packed += n;
	return rc;
}

static int
in_order(const struct out_pack *o, uint64_t off, struct img_err *err)
{
	return off == o->at ? 0 : img_fail(err, IMG_E_USAGE, "written at %" PRIu64 ", expected %" PRIu64, off, o->at);
}

static int
pack_write(struct img_out *out, uint64_t off, const void *buf, size_t len, struct img_err *err)
{
	struct out_pack *o = pack_of(out);
	int rc = in_order(o, off, err);

	o->at += rc ? 0 : len;
	return rc ? rc : o->kind->ops->add(o->state, buf, len, err);
}

static int
pack_zero(struct img_out *out, uint64_t off, uint64_t len, struct img_err *err)
{
	static const uint8_t zeros[65536];
	struct out_pack *o = pack_of(out);
	int rc = in_order(o, off, err);

	while (!rc && len) {
		size_t n = len < sizeof zeros ? (size_t)len : sizeof zeros;

		rc = o->kind->ops->add(o->state, zeros, n, err);
		o->at += n;
		len -= n;
	}
	return rc;
}

static int
pack_resize(struct img_out *out, uint64_t size, struct img_err *err)
{
	struct out_pack *o = pack_of(out);
	int rc = size > o->at ? pack_zero(out, o->at, size - o->at, err) : in_order(o, size, err);

	if (!rc)
		rc = o->kind->ops->finish(o->state, err);
	return rc ? rc : img_out_resize(o->below, o->packed, err);
}

static int
pack_commit(struct img_out *out, struct img_err *err)
{
	return img_out_commit(pack_of(out)->below, err);
}

static void
pack_destroy(struct img_out *out)
{
	struct out_pack *o = pack_of(out);

	if (o->state)
		o->kind->ops->free(o->state);
	img_out_free(o->below);
	free(o);
}

static const struct img_out_ops ops = {
	.write = pack_write, .zero = pack_zero, .resize = pack_resize, .commit = pack_commit, .destroy = pack_destroy,
};

int
img_out_pack(struct img_out *below, const struct img_pack *kind, int level, unsigned int threads, struct img_out **ret,
	     struct img_err *err)
{
	struct out_pack *o = calloc(1, sizeof *o);
	int rc;

	if (!o)
		return img_fail_nomem(err);
	o->kind = kind;
	rc = kind->ops->begin(level < 0 ? kind->own_level : level, threads ? threads : img_processors(), put, o, &o->state, err);
	if (rc) {
		free(o);
		return rc;
	}
	o->out = (struct img_out) {
		.ops = &ops, .flags = below->flags & ~(uint32_t)(IMG_OUT_SEEKS | IMG_OUT_ZEROED), .env = below->env,
		.free = below->free,
	};
	o->below = below;
	*ret = &o->out;
	return 0;
}

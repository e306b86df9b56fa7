/* SPDX-License-Identifier: BSD-2-Clause */
/* An out in front of another that sums what passes: for targets that are written front to back and whose file is not the
 * stream that a job's own taps see. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "img/check.h"
#include "img/out.h"

struct out_digest {
	struct img_out out;
	struct img_out *below;		/* owned */
	const struct img_digest *digest;
	void *state;
	uint64_t at;
};

static struct out_digest *
digest_of(struct img_out *o)
{
	return (struct out_digest *)o;
}

static int
in_order(const struct out_digest *o, uint64_t off, struct img_err *err)
{
	return off == o->at ? 0 : img_fail(err, IMG_E_USAGE, "written at %" PRIu64 ", expected %" PRIu64, off, o->at);
}

static int
digest_write(struct img_out *out, uint64_t off, const void *buf, size_t len, struct img_err *err)
{
	struct out_digest *o = digest_of(out);
	int rc = in_order(o, off, err);

	if (!rc)
		rc = img_out_write(o->below, off, buf, len, err);
	if (rc)
		return rc;
	o->digest->update(o->state, buf, len);
	o->at += len;
	return 0;
}

static int
digest_zero(struct img_out *out, uint64_t off, uint64_t len, struct img_err *err)
{
	static const uint8_t zeros[65536];
	struct out_digest *o = digest_of(out);
	int rc = in_order(o, off, err);

	if (!rc)
		rc = img_out_zero(o->below, off, len, err);
	while (!rc && len) {
		size_t n = len < sizeof zeros ? (size_t)len : sizeof zeros;

		o->digest->update(o->state, zeros, n);
		o->at += n;
		len -= n;
	}
	return rc;
}

static int
digest_resize(struct img_out *out, uint64_t size, struct img_err *err)
{
	struct out_digest *o = digest_of(out);
	int rc = in_order(o, size, err);

	return rc ? rc : img_out_resize(o->below, size, err);
}

static int
digest_commit(struct img_out *out, struct img_err *err)
{
	return img_out_commit(digest_of(out)->below, err);
}

static void
digest_destroy(struct img_out *out)
{
	struct out_digest *o = digest_of(out);

	if (o->state)
		o->digest->abandon(o->state);
	img_out_free(o->below);
	free(o);
}

static const struct img_out_ops ops = {
	.write = digest_write, .zero = digest_zero, .resize = digest_resize, .commit = digest_commit,
	.destroy = digest_destroy,
};

int
img_out_digest(struct img_out *below, const struct img_digest *digest, struct img_out **ret, struct img_err *err)
{
	struct out_digest *o = calloc(1, sizeof *o);

	if (!o)
		return img_fail_nomem(err);
	o->state = digest->begin();
	if (!o->state) {
		free(o);
		return img_fail_nomem(err);
	}
	o->out = (struct img_out) {
		.ops = &ops, .flags = below->flags & ~(uint32_t)IMG_OUT_SEEKS, .env = below->env, .free = below->free,
	};
	o->below = below;
	o->digest = digest;
	*ret = &o->out;
	return 0;
}

void
img_out_digest_found(struct img_out *out, uint8_t *ret)
{
	struct out_digest *o = digest_of(out);

	o->digest->finish(o->state, ret);
	o->state = NULL;
}

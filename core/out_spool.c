/* SPDX-License-Identifier: BSD-2-Clause */
/* For formats that must seek, in front of an out that cannot: a nameless work file, copied front to back when all is done. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/host.h"
#include "core/out.h"
#include "img/env.h"

#define STEP (256 << 10)

struct out_spool {
	struct img_out out;
	struct img_out *below;		/* borrowed */
	int fd;
	uint64_t size;
};

static int
spool_write(struct img_out *o, uint64_t off, const void *buf, size_t len, struct img_err *err)
{
	return out_pwrite_all(((struct out_spool *)o)->fd, off, buf, len, err);
}

static int
spool_zero(struct img_out *o, uint64_t off, uint64_t len, struct img_err *err)
{
	static const uint8_t zeros[65536];
	int rc = 0;

	for (uint64_t end = off + len; !rc && off < end; off += sizeof zeros)
		rc = spool_write(o, off, zeros, end - off < sizeof zeros ? (size_t)(end - off) : sizeof zeros, err);
	return rc;
}

static int
spool_resize(struct img_out *o, uint64_t size, struct img_err *err)
{
	struct out_spool *s = (struct out_spool *)o;

	s->size = size;
	if (ftruncate(s->fd, (off_t)size))
		return img_fail_sys(err, errno, "cannot set the size of the work file");
	return 0;
}

static int
read_piece(int fd, uint64_t off, uint8_t *buf, size_t len, struct img_err *err)
{
	while (len) {
		ssize_t n = pread(fd, buf, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return img_fail_sys(err, n ? errno : EIO, "cannot read the work file");
		buf += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int
spool_commit(struct img_out *o, struct img_err *err)
{
	struct out_spool *s = (struct out_spool *)o;
	uint8_t *buf = malloc(STEP);
	int rc = buf ? 0 : img_fail_nomem(err);

	for (uint64_t off = 0; !rc && off < s->size; off += STEP) {
		size_t n = s->size - off < STEP ? (size_t)(s->size - off) : STEP;

		rc = img_env_cancelled(o->env) ? img_fail(err, IMG_E_CANCELLED, "interrupted")
					       : read_piece(s->fd, off, buf, n, err);
		if (!rc)
			rc = img_out_write(s->below, off, buf, n, err);
	}
	free(buf);
	return rc ? rc : img_out_resize(s->below, s->size, err);
}

static void
spool_destroy(struct img_out *o)
{
	close(((struct out_spool *)o)->fd);
	free(o);
}

static const struct img_out_ops spool_ops = {
	.write = spool_write, .zero = spool_zero, .resize = spool_resize, .commit = spool_commit, .destroy = spool_destroy,
};

int
img_out_spool(struct img_out *below, struct img_env *env, struct img_out **ret, struct img_err *err)
{
	struct out_spool *s = calloc(1, sizeof *s);

	if (!s)
		return img_fail_nomem(err);
	s->fd = host_work_file(img_env_work_dir(env));
	if (s->fd < 0) {
		int rc = img_fail_sys(err, errno, "cannot make a work file in %s", img_env_work_dir(env));

		free(s);
		return rc;
	}
	s->out.ops = &spool_ops;
	s->out.flags = IMG_OUT_SEEKS | IMG_OUT_ZEROED;
	s->out.env = env;
	s->out.free = UINT64_MAX;
	s->below = below;
	*ret = &s->out;
	return 0;
}

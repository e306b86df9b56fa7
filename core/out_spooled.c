/* SPDX-License-Identifier: BSD-2-Clause */
/* An out that seeks in front of one that does not: everything is written into a work file and goes on, front to back, when
 * its size is told. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/host.h"
#include "core/memory.h"
#include "core/out.h"
#include "img/env.h"

#define STEP ((size_t)256 << 10)

struct out_spooled {
	struct img_out out;
	struct img_out *below;
	bool own;			/* @below is committed and freed with this one */
	int fd;
};

static struct out_spooled *
spooled_of(struct img_out *o)
{
	return (struct out_spooled *)o;
}

static int
spooled_write(struct img_out *o, uint64_t off, const void *buf, size_t len, struct img_err *err)
{
	int rc = out_pwrite_all(spooled_of(o)->fd, off, buf, len, err);

	return rc ? img_note(err, rc, "work file in %s", img_env_work_dir(o->env)) : 0;
}

static int
spooled_zero(struct img_out *o, uint64_t off, uint64_t len, struct img_err *err)
{
	return 0;		/* a new file is one hole */
}

static int
read_all(int fd, uint64_t off, uint8_t *buf, size_t len, struct img_err *err)
{
	while (len) {
		ssize_t n = pread(fd, buf, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return img_fail_sys(err, n ? errno : EIO, "cannot read the work file at %" PRIu64, off);
		buf += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int
spooled_resize(struct img_out *o, uint64_t size, struct img_err *err)
{
	struct out_spooled *s = spooled_of(o);
	img_autofree uint8_t *buf = malloc(STEP);
	int rc = buf ? 0 : img_fail_nomem(err);

	if (!rc && ftruncate(s->fd, (off_t)size))
		rc = img_fail_sys(err, errno, "cannot set the size of the work file to %" PRIu64, size);
	s->below->expect = size;
	for (uint64_t off = 0; !rc && off < size; off += STEP) {
		size_t n = size - off < STEP ? (size_t)(size - off) : STEP;

		if (img_env_cancelled(o->env))
			return img_fail(err, IMG_E_CANCELLED, "interrupted");
		rc = read_all(s->fd, off, buf, n, err);
		if (!rc)
			rc = img_out_write(s->below, off, buf, n, err);
	}
	return rc ? rc : img_out_resize(s->below, size, err);
}

static int
spooled_commit(struct img_out *o, struct img_err *err)
{
	return spooled_of(o)->own ? img_out_commit(spooled_of(o)->below, err) : 0;
}

static void
spooled_destroy(struct img_out *o)
{
	close(spooled_of(o)->fd);
	if (spooled_of(o)->own)
		img_out_free(spooled_of(o)->below);
	free(o);
}

static const struct img_out_ops ops = {
	.write = spooled_write, .zero = spooled_zero, .resize = spooled_resize, .commit = spooled_commit,
	.destroy = spooled_destroy,
};

int
img_out_spooled(struct img_out *below, bool own, struct img_env *env, struct img_out **ret, struct img_err *err)
{
	struct out_spooled *s = calloc(1, sizeof *s);

	if (!s)
		return img_fail_nomem(err);
	s->fd = host_work_file(img_env_work_dir(env));
	if (s->fd < 0) {
		free(s);
		return img_fail_sys(err, errno, "cannot make a work file in %s", img_env_work_dir(env));
	}
	s->out = (struct img_out) {
		.ops = &ops, .flags = IMG_OUT_SEEKS | IMG_OUT_ZEROED, .env = env, .free = below->free,
	};
	s->below = below;
	s->own = own;
	*ret = &s->out;
	return 0;
}

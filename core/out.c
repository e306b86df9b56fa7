/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls every out answers, and two simple outs: a descriptor that is already open, and nowhere. */
#include "config.h"

#include "img/out.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/out.h"
#include "img/env.h"

/* Failures here are the target's. */
static int
blame(struct img_err *err, int rc)
{
	if (rc && err)
		err->side = IMG_SIDE_TARGET;
	return rc;
}

int
img_out_write(struct img_out *o, uint64_t off, const void *buf, size_t len, struct img_err *err)
{
	return blame(err, o->ops->write(o, off, buf, len, err));
}

int
img_out_zero(struct img_out *o, uint64_t off, uint64_t len, struct img_err *err)
{
	return blame(err, o->ops->zero(o, off, len, err));
}

int
img_out_copy(struct img_out *o, uint64_t off, struct img_source *from, uint64_t at, uint64_t len, bool share,
	     uint64_t *ret_done, struct img_err *err)
{
	*ret_done = 0;
	return o->ops->copy ? blame(err, o->ops->copy(o, off, from, at, len, share, ret_done, err)) : 0;
}

int
img_out_resize(struct img_out *o, uint64_t size, struct img_err *err)
{
	return blame(err, o->ops->resize(o, size, err));
}

int
img_out_child(struct img_out *o, const char *name, struct img_out **ret, struct img_err *err)
{
	if (!o->ops->child)
		return blame(err, img_fail(err, IMG_E_USAGE, "this target is no folder"));
	return blame(err, o->ops->child(o, name, ret, err));
}

int
img_out_commit(struct img_out *o, struct img_err *err)
{
	return blame(err, o->ops->commit(o, err));
}

struct img_out *
img_out_free(struct img_out *o)
{
	if (o)
		o->ops->destroy(o);
	return NULL;
}

/* ---- a descriptor that is already open ---- */

struct out_fd {
	struct img_out out;
	int fd;
	bool own;	/* close it at the end */
	uint64_t at;	/* what was written so far, where it does not seek */
};

int
out_pwrite_all(int fd, uint64_t off, const void *buf, size_t len, struct img_err *err)
{
	const uint8_t *p = buf;

	while (len) {
		ssize_t n = pwrite(fd, p, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return img_fail_sys(err, errno, "cannot write at %" PRIu64, off);
		p += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int
stream_write(struct out_fd *o, const void *buf, size_t len, struct img_err *err)
{
	const uint8_t *p = buf;

	while (len) {
		ssize_t n;

		/* a full pipe may never take more: a signal ends the wait */
		if (o->out.env && img_env_cancelled(o->out.env))
			return img_fail(err, IMG_E_CANCELLED, "cancelled");
		n = write(o->fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return img_fail_sys(err, errno, "cannot write at %" PRIu64, o->at);
		p += n;
		o->at += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int
out_fd_write(struct img_out *out, uint64_t off, const void *buf, size_t len, struct img_err *err)
{
	struct out_fd *o = (struct out_fd *)out;

	if (out->flags & IMG_OUT_SEEKS)
		return out_pwrite_all(o->fd, off, buf, len, err);
	if (off != o->at)
		return img_fail(err, IMG_E_USAGE, "this target cannot be written out of order");
	return stream_write(o, buf, len, err);
}

static int
out_fd_zero(struct img_out *out, uint64_t off, uint64_t len, struct img_err *err)
{
	static const uint8_t zeros[65536];
	int rc = 0;

	if (out->flags & IMG_OUT_ZEROED)
		return 0;
	while (len && !rc) {
		size_t n = len < sizeof zeros ? (size_t)len : sizeof zeros;

		rc = out_fd_write(out, off, zeros, n, err);
		off += n;
		len -= n;
	}
	return rc;
}

static int
out_fd_resize(struct img_out *out, uint64_t size, struct img_err *err)
{
	struct out_fd *o = (struct out_fd *)out;

	if ((out->flags & IMG_OUT_SEEKS) && ftruncate(o->fd, (off_t)size))
		return img_fail_sys(err, errno, "cannot set the size to %" PRIu64, size);
	return 0;
}

static int
out_fd_commit(struct img_out *out, struct img_err *err)
{
	struct out_fd *o = (struct out_fd *)out;

	if (o->own) {
		int rc;

#ifdef HAVE_SYNC_FILE_RANGE
		sync_file_range(o->fd, 0, 0, SYNC_FILE_RANGE_WRITE);	/* begins; a folder's commit waits for the end */
#endif
		rc = close(o->fd);

		o->own = false;
		if (rc)
			return img_fail_sys(err, errno, "cannot finish writing");
	}
	return 0;
}

static void
out_fd_destroy(struct img_out *out)
{
	struct out_fd *o = (struct out_fd *)out;

	if (o->own)
		close(o->fd);
	free(o);
}

static const struct img_out_ops out_fd_ops = {
	.write = out_fd_write, .zero = out_fd_zero, .resize = out_fd_resize, .commit = out_fd_commit,
	.destroy = out_fd_destroy,
};

int
out_fd_new(int fd, bool own, struct img_out **ret, struct img_err *err)
{
	struct out_fd *o = calloc(1, sizeof *o);
	struct stat st;

	if (!o)
		return img_fail_nomem(err);
	o->out.ops = &out_fd_ops;
	o->out.free = UINT64_MAX;
	o->fd = fd;
	o->own = own;
	/* a fresh regular file takes bytes in any order; anything appended to (>>) or half written is a stream */
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size == 0 && lseek(fd, 0, SEEK_CUR) == 0)
		o->out.flags = IMG_OUT_SEEKS | IMG_OUT_ZEROED;
	*ret = &o->out;
	return 0;
}

int
img_out_fd(int fd, struct img_out **ret, struct img_err *err)
{
	return out_fd_new(fd, false, ret, err);
}

/* ---- nowhere ---- */

static int
null_write(struct img_out *o, uint64_t off, const void *buf, size_t len, struct img_err *err)
{
	return 0;
}

static int
null_zero(struct img_out *o, uint64_t off, uint64_t len, struct img_err *err)
{
	return 0;
}

static int
null_resize(struct img_out *o, uint64_t size, struct img_err *err)
{
	return 0;
}

static int
null_commit(struct img_out *o, struct img_err *err)
{
	return 0;
}

static void
null_destroy(struct img_out *o)
{
	free(o);
}

static const struct img_out_ops null_ops = {
	.write = null_write, .zero = null_zero, .resize = null_resize, .commit = null_commit, .destroy = null_destroy,
};

int
img_out_null(struct img_out **ret, struct img_err *err)
{
	struct img_out *o = calloc(1, sizeof *o);

	if (!o)
		return img_fail_nomem(err);
	o->ops = &null_ops;
	o->flags = IMG_OUT_SEEKS | IMG_OUT_ZEROED;
	o->free = UINT64_MAX;
	*ret = o;
	return 0;
}

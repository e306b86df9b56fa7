/* SPDX-License-Identifier: BSD-2-Clause */
/* What a pipe gives: its beginning in memory, for who looks what it is; then either all of it once, front to back
 * (img_source_flow), or all of it in a work file (img_pipe_spool). */
#include "config.h"

#include "core/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/flow.h"
#include "core/limits.h"
#include "core/spool.h"
#include "img/env.h"
#include "img/source.h"

#define HEAD ((size_t)1 << 20)	/* partition tables, volume descriptors, super blocks */
#define LOOK_MS 200		/* an idle pipe is waited for, but the job may be cancelled */

struct pipe_leaf {
	struct img_source src;		/* first */
	int fd;
	bool gone;			/* what follows the head was given to somebody */
	size_t n_head;
	uint8_t head[HEAD];
};

/* Some bytes; 0 at the end. */
static int
take(struct img_env *env, int fd, struct img_flow *f, uint8_t *buf, size_t room, size_t *ret_n, struct img_err *err)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (f ? !img_flow_wanted(f) : img_env_cancelled(env))
			return img_fail(err, IMG_E_CANCELLED, "interrupted");
		if (poll(&p, 1, LOOK_MS) <= 0)		/* a signal too is a reason to look whether to go on */
			continue;
		n = read(fd, buf, room);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return img_fail_sys(err, errno, "cannot read it");
		*ret_n = (size_t)n;
		return 0;
	}
}

/* ---- flow ---- */

static int
pipe_make(void *ctx, struct img_flow *f, struct img_err *err)
{
	struct pipe_leaf *l = ctx;
	size_t at = 0;

	for (;;) {
		uint8_t *to;
		size_t n;
		int rc = img_flow_room(f, &to, &n, err);

		if (!rc && at < l->n_head) {
			n = l->n_head - at < n ? l->n_head - at : n;
			memcpy(to, l->head + at, n);
			at += n;
		} else if (!rc) {
			rc = take(l->src.env, l->fd, f, to, n, &n, err);
		}
		if (rc || !n)
			return rc;
		img_flow_came(f, n);
	}
}

static void
pipe_made(void *ctx)
{
	img_unref(ctx);
}

static int
pipe_flow(struct img_source *s, struct img_source **ret, struct img_err *err)
{
	struct pipe_leaf *l = (struct pipe_leaf *)s;
	int rc;

	if (l->gone)
		return img_fail(err, IMG_E_USAGE, "a pipe can be read once");
	rc = img_flow_new(s, "pipe", pipe_make, pipe_made, img_ref(s), ret, err);
	l->gone = !rc;
	if (rc)
		img_unref(s);
	return rc;
}

int
img_pipe_spool(struct img_source *s, struct img_source **ret, struct img_err *err)
{
	struct pipe_leaf *l = (struct pipe_leaf *)s;
	struct img_spool *spool;
	uint8_t *buf;
	size_t n;
	int rc = img_spool_new(s->env, &spool, err);

	if (rc)
		return rc;
	buf = malloc(HEAD);
	rc = buf ? img_spool_add(spool, l->head, l->n_head, err) : img_fail_nomem(err);
	l->gone = true;
	do {
		n = 0;
		if (!rc)
			rc = take(s->env, l->fd, NULL, buf, HEAD, &n, err);
		if (!rc)
			rc = img_spool_add(spool, buf, n, err);
	} while (n && !rc);
	if (!rc)
		rc = img_spool_source(spool, ret, err);
	free(buf);
	img_spool_free(spool);
	return rc;
}

/* ---- the beginning ---- */

static int
pipe_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	*ret = (struct img_extent) { .len = s->size, .kind = IMG_OPAQUE };
	return 0;
}

static int
pipe_read(struct img_source *s, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	const struct pipe_leaf *l = (const struct pipe_leaf *)s;

	if (off > l->n_head || len > l->n_head - off)
		return img_fail(err, IMG_E_LIMIT, "only the first %zu bytes were read", l->n_head);
	memcpy(buf, l->head + off, len);
	return 0;
}

static void
pipe_destroy(struct img_source *s)
{
	close(((struct pipe_leaf *)s)->fd);
	free(s);
}

static const struct img_source_ops pipe_ops = {
	.map = pipe_map, .read = pipe_read, .flow = pipe_flow, .destroy = pipe_destroy,
};

int
img_pipe(struct img_env *env, int fd, struct img_source **ret, struct img_err *err)
{
	struct pipe_leaf *l = malloc(sizeof *l);
	size_t n = 1;
	int rc = 0;

	if (!l)
		return img_fail_nomem(err);
	l->n_head = 0;
	l->gone = false;
	l->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (l->fd < 0)
		rc = img_fail_sys(err, errno, "cannot open it");
	while (!rc && n && l->n_head < HEAD) {
		rc = take(env, l->fd, NULL, l->head + l->n_head, HEAD - l->n_head, &n, err);
		l->n_head += rc ? 0 : n;
	}
	if (rc) {
		if (l->fd >= 0)
			close(l->fd);
		free(l);
		return rc;
	}
	img_source_init(&l->src, &pipe_ops, env, "pipe", n ? IMG_MAX_SIZE : l->n_head, 512);
	if (n)
		l->src.flags = IMG_HEAD_ONLY;
	*ret = &l->src;
	return 0;
}

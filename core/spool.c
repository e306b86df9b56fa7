/* SPDX-License-Identifier: BSD-2-Clause */
/* Spooled bytes; see core/spool.h. */
#include "config.h"

#include "core/spool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/host.h"
#include "img/env.h"
#include "img/source.h"

#define CELL ((size_t)64 << 10)	/* a hole is at least so long; file systems keep small ones as blocks anyway */

struct img_spool {
	struct img_env *env;
	int fd;
	uint64_t size;
	size_t n;			/* bytes waiting in @cell */
	uint8_t cell[CELL];
};

int
img_spool_new(struct img_env *env, struct img_spool **ret, struct img_err *err)
{
	struct img_spool *s = malloc(sizeof *s);

	if (!s)
		return img_fail_nomem(err);
	s->env = env;
	s->size = 0;
	s->n = 0;
	s->fd = host_work_file(img_env_work_dir(env));
	if (s->fd < 0) {
		free(s);
		return img_fail_sys(err, errno, "cannot make a work file in %s", img_env_work_dir(env));
	}
	*ret = s;
	return 0;
}

static int
flush(struct img_spool *s, struct img_err *err)
{
	size_t done = 0;

	if (s->n && !s->cell[0] && !memcmp(s->cell, s->cell + 1, s->n - 1))
		done = s->n;
	while (done < s->n) {
		ssize_t k = pwrite(s->fd, s->cell + done, s->n - done, (off_t)(s->size + done));

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return img_fail_sys(err, errno, "cannot write a work file of %" PRIu64 " bytes in %s", s->size,
					    img_env_work_dir(s->env));
		done += (size_t)k;
	}
	s->size += s->n;
	s->n = 0;
	return 0;
}

int
img_spool_add(struct img_spool *s, const void *bytes, size_t n, struct img_err *err)
{
	const uint8_t *p = bytes;

	while (n) {
		size_t k = CELL - s->n < n ? CELL - s->n : n;
		int rc;

		memcpy(s->cell + s->n, p, k);
		s->n += k;
		p += k;
		n -= k;
		rc = s->n == CELL ? flush(s, err) : 0;
		if (rc)
			return rc;
	}
	return 0;
}

int
img_spool_source(struct img_spool *s, struct img_source **ret, struct img_err *err)
{
	int rc = flush(s, err);

	if (!rc && ftruncate(s->fd, (off_t)s->size))
		rc = img_fail_sys(err, errno, "cannot write a work file");
	return rc ? rc : img_file_fd(s->env, s->fd, NULL, ret, NULL, err);
}

void
img_spool_free(struct img_spool *s)
{
	if (!s)
		return;
	close(s->fd);
	free(s);
}

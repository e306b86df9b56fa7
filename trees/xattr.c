/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux's calls, behind configure's probe.  The calls take a path; one that is too long is reached through /proc. */
#include "config.h"

#include "trees/xattr.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/host.h"
#include "core/memory.h"

#if defined HAVE_LLISTXATTR && defined HAVE_LGETXATTR && defined HAVE_SYS_XATTR_H
#include <sys/xattr.h>

#define TRIES 8		/* somebody may change the attributes between asking for the size and reading */

/* @path as the calls take it.  *fd is -1 or to be closed. */
static const char *
short_path(const char *path, char *buf, size_t room, int *fd)
{
	const char *name;

	*fd = -1;
	if (strlen(path) < PATH_MAX)
		return path;
	*fd = host_open_parent(path, &name);
	snprintf(buf, room, "/proc/self/fd/%d/%s", *fd, name);
	return buf;
}

static ssize_t
ask(const char *path, const char *name, void *buf, size_t len)
{
	char through[PATH_MAX];
	int fd, why;
	const char *p = short_path(path, through, sizeof through, &fd);
	ssize_t n = name ? lgetxattr(p, name, buf, len) : llistxattr(p, buf, len);

	why = errno;
	if (fd >= 0)
		close(fd);
	errno = why;
	return n;
}

static int
fetch(const char *path, const char *name, void **ret, size_t *ret_len, struct img_err *err)
{
	for (unsigned int i = 0; i < TRIES; i++) {
		ssize_t n = ask(path, name, NULL, 0);
		void *p;

		if (n < 0)
			return -1;
		p = malloc((size_t)n + 1);
		if (!p)
			return img_fail_nomem(err);
		n = n ? ask(path, name, p, (size_t)n) : 0;
		if (n >= 0) {
			*ret = p;
			*ret_len = (size_t)n;
			return 0;
		}
		free(p);
		if (errno != ERANGE)
			return -1;
	}
	return -1;
}

int
xattr_list(const char *path, char **ret, size_t *ret_len, struct img_err *err)
{
	void *p;
	int rc = fetch(path, NULL, &p, ret_len, err);

	if (rc == IMG_E_NOMEM)
		return rc;
	if (rc) {		/* no attributes here */
		*ret_len = 0;
		return 0;
	}
	*ret = p;
	return 0;
}

int
xattr_size(const char *path, const char *name, uint64_t *ret)
{
	ssize_t n = ask(path, name, NULL, 0);

	if (n < 0)
		return -1;
	*ret = (uint64_t)n;
	return 0;
}

int
xattr_read(const char *path, const char *name, void **ret, size_t *ret_len, struct img_err *err)
{
	int rc = fetch(path, name, ret, ret_len, err);

	if (rc && rc != IMG_E_NOMEM)
		return img_fail_sys(err, errno, "cannot read the attribute %s", name);
	return rc;
}

int
xattr_set(int fd, const char *name, const void *value, size_t len, struct img_err *err)
{
	if (!fsetxattr(fd, name, value, len, 0))
		return 0;
	if (errno == ENOTSUP)
		return img_fail(err, IMG_E_UNSUPPORTED, "the attribute %s cannot be stored here", name);
	return img_fail_sys(err, errno, "cannot set the attribute %s", name);
}

#else

int
xattr_list(const char *path, char **ret, size_t *ret_len, struct img_err *err)
{
	*ret_len = 0;
	return 0;
}

int
xattr_size(const char *path, const char *name, uint64_t *ret)
{
	return -1;
}

int
xattr_read(const char *path, const char *name, void **ret, size_t *ret_len, struct img_err *err)
{
	return img_fail(err, IMG_E_UNSUPPORTED, "this build reads no extended attributes");
}

int
xattr_set(int fd, const char *name, const void *value, size_t len, struct img_err *err)
{
	return img_fail(err, IMG_E_UNSUPPORTED, "this build sets no extended attributes");
}

#endif

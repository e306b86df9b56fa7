/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths longer than PATH_MAX, files without a path, folders under a name for the time being, names given in one step, and
 * steps that a kill does not come between. */
#include "config.h"

#include "core/host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef O_PATH
#define O_STEP (O_PATH | O_DIRECTORY | O_CLOEXEC)
#else
#define O_STEP (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#endif

/* Walk down until the rest of *path fits one call.  *ret_dir is AT_FDCWD or a descriptor to be closed. */
static int
step_down(const char **path, int *ret_dir)
{
	const char *p = *path;
	int dir = AT_FDCWD;

	while (strlen(p) >= PATH_MAX) {
		char part[PATH_MAX];
		size_t n = PATH_MAX - 1;
		int next;

		while (n && p[n] != '/')
			n--;
		if (!n) {
			errno = ENAMETOOLONG;
			goto fail;
		}
		memcpy(part, p, n);
		part[n] = '\0';
		next = openat(dir, part, O_STEP);
		if (next < 0)
			goto fail;
		if (dir != AT_FDCWD)
			close(dir);
		dir = next;
		for (p += n; *p == '/'; p++)
			;
	}
	*path = p;
	*ret_dir = dir;
	return 0;
fail:
	if (dir != AT_FDCWD) {
		int why = errno;

		close(dir);
		errno = why;
	}
	return -1;
}

static void
step_back(int dir)
{
	int why = errno;

	if (dir != AT_FDCWD)
		close(dir);
	errno = why;
}

int
host_open(const char *path, int flags)
{
	int dir, fd;

	if (step_down(&path, &dir))
		return -1;
	fd = openat(dir, path, flags);
	step_back(dir);
	return fd;
}

int
host_lstat(const char *path, struct stat *st)
{
	int dir, rc;

	if (step_down(&path, &dir))
		return -1;
	rc = fstatat(dir, path, st, AT_SYMLINK_NOFOLLOW);
	step_back(dir);
	return rc;
}

int
host_open_parent(const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	char part[PATH_MAX];
	size_t n;
	int dir, fd;

	*ret_name = slash ? slash + 1 : path;
	if (!slash)
		return open(".", O_STEP);
	if (step_down(&path, &dir))
		return -1;
	n = path > slash ? 0 : (size_t)(slash - path);
	memcpy(part, path, n);
	part[n] = '\0';
	fd = openat(dir, n ? part : dir == AT_FDCWD ? "/" : ".", O_STEP);
	step_back(dir);
	return fd;
}

int
host_work_file(const char *dir)
{
	char *name;
	int fd;

	if (asprintf(&name, "%s/.imgconv.XXXXXX.part", dir) < 0) {
		errno = ENOMEM;
		return -1;
	}
	fd = mkostemps(name, 5, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	free(name);
	return fd;
}

/* mkdtemp has no form with a suffix.  A folder is made by one or by nobody, so the name need not be a secret. */
char *
host_temp_folder(int dir, const char *name)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	struct timespec now;

	for (unsigned int tries = 0; tries < 1000; tries++) {
		char word[7] = "", *temp;
		uint64_t n;
		int why;

		clock_gettime(CLOCK_REALTIME, &now);
		n = ((uint64_t)now.tv_nsec << 12) ^ ((uint64_t)now.tv_sec << 3) ^ (uint64_t)getpid();
		for (size_t i = 0; i < 6; i++, n /= 36)
			word[i] = digits[n % 36];
		if (asprintf(&temp, ".%.200s.%s.part", name, word) < 0) {
			errno = ENOMEM;
			return NULL;
		}
		if (mkdirat(dir, temp, 0700) == 0)
			return temp;
		why = errno;
		free(temp);
		errno = why;
		if (why != EEXIST)
			break;
	}
	return NULL;
}

int
host_rename(int dir, const char *from, const char *to, enum host_rename how)
{
#ifdef HAVE_RENAMEAT2
	if (renameat2(dir, from, dir, to, how == HOST_EXCHANGE ? RENAME_EXCHANGE : RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL)
		return -1;
#endif
	errno = ENOSYS;
	return -1;
}

void
host_apart(void (*fn)(void *ctx), void *ctx, size_t size)
{
	void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child = -1;

	if (shared != MAP_FAILED) {
		memcpy(shared, ctx, size);
		child = fork();
	}
	if (child < 0) {
		fn(ctx);
	} else if (!child) {
		setpgid(0, 0);		/* nor by a signal to the group */
		fn(shared);
		_exit(0);
	} else {
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
		memcpy(ctx, shared, size);
	}
	if (shared != MAP_FAILED)
		munmap(shared, size);
}

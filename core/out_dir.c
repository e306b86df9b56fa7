/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder that appears under its name complete or not at all.
 *
 *   mkdir(.NAME.XXXXXX.part) → children, each closed when it is written → fsync of all of them → a name → the old one goes
 *
 * Write-back of a child is begun when it is closed, so that the fsyncs find little to do; they are left to the end because a
 * thousand of them in between would stop the job a thousand times.
 *
 * The name is given by renameat2: without replacing, or in exchange for what stands there, which then has the temporary
 * name and is removed.  File systems and systems without that call get two renames in place of the exchange, and the caller
 * is told (IMG_OUT_SWAPPED): for a moment nothing stands under the name.  A failure of the second takes the first back. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/host.h"
#include "core/memory.h"
#include "core/out.h"

#define MAX_DEPTH 64		/* of an old folder that is removed; bundles have two */

struct out_dir {
	struct img_out out;
	int parent, dir;	/* -1: not open */
	bool replace;
	mode_t mode;		/* of the finished folder */
	char *name;		/* final, within @parent */
	char *temp;		/* what is to be removed in the end; NULL: nothing */
};

static struct out_dir *
dir_of(struct img_out *o)
{
	return (struct out_dir *)o;
}

/* ---- all of a folder ---- */

static int remove_all(int at, const char *name, unsigned int depth);

static bool
is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* Call @fn for every name in the folder @fd, which is taken, and close it.  0, or -1 with errno. */
static int
each_name(int fd, int (*fn)(int at, const char *name, unsigned int depth), unsigned int depth)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;
	int rc = 0;

	if (!d) {
		close(fd);
		return -1;
	}
	while (!rc && (errno = 0, e = readdir(d)))
		if (!is_dots(e->d_name))
			rc = fn(dirfd(d), e->d_name, depth);
	if (!rc && errno)
		rc = -1;
	closedir(d);
	return rc;
}

static int
open_in(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int
remove_all(int at, const char *name, unsigned int depth)
{
	int fd;

	if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)		/* POSIX says EPERM of a folder, Linux EISDIR */
		return -1;
	fd = depth < MAX_DEPTH ? open_in(at, name) : -1;
	if (fd < 0)
		return -1;
	each_name(fd, remove_all, depth + 1);
	return unlinkat(at, name, AT_REMOVEDIR);
}

static int
sync_fd(int fd)
{
	int rc;

	while ((rc = fsync(fd)) && errno == EINTR)
		;
	return rc;
}

/* A child, and all that is in it, to the disk. */
static int
sync_all(int at, const char *name, unsigned int depth)
{
	int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), rc;
	struct stat st;

	if (fd < 0)
		return -1;
	rc = fstat(fd, &st) ? -1 : sync_fd(fd);
	if (!rc && S_ISDIR(st.st_mode))
		return each_name(fd, sync_all, depth + 1);
	close(fd);
	return rc;
}

/* ---- children ---- */

/* The folders that @name leads through. */
static int
make_way(int dir, const char *name)
{
	img_autofree char *way = strdup(name);

	if (!way)
		return -1;
	for (char *slash = strchr(way, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(dir, way, 0777) && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	return 0;
}

static int
create_in(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	if (fd >= 0 || errno != ENOENT || make_way(dir, name))
		return fd;
	return openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

static int
dir_child(struct img_out *o, const char *name, struct img_out **ret, struct img_err *err)
{
	bool folder = *name && name[strlen(name) - 1] == '/';
	int fd = folder ? make_way(dir_of(o)->dir, name) : create_in(dir_of(o)->dir, name), rc;

	if (fd < 0)
		return img_fail_sys(err, errno, "cannot create %s in it", name);
	if (folder)
		return 0;
	rc = out_fd_new(fd, true, ret, err);
	if (rc) {
		close(fd);
		return rc;
	}
	(*ret)->env = o->env;
	(*ret)->free = o->free;
	return 0;
}

/* ---- the folder ---- */

static int
dir_write(struct img_out *o, uint64_t off, const void *buf, size_t len, struct img_err *err)
{
	return img_fail(err, IMG_E_USAGE, "this target is a folder");
}

static int
dir_zero(struct img_out *o, uint64_t off, uint64_t len, struct img_err *err)
{
	return img_fail(err, IMG_E_USAGE, "this target is a folder");
}

static int
dir_resize(struct img_out *o, uint64_t size, struct img_err *err)
{
	return 0;		/* its children have sizes */
}

/* No old one is to be replaced.  0, or -1 with errno. */
static int
name_new(struct out_dir *d)
{
	struct stat st;

	if (host_rename(d->parent, d->temp, d->name, HOST_REPLACE_NOTHING) == 0)
		return 0;
	if (errno != ENOSYS)
		return -1;
	if (fstatat(d->parent, d->name, &st, AT_SYMLINK_NOFOLLOW) == 0) {	/* rename would take an empty folder's place */
		errno = EEXIST;
		return -1;
	}
	return renameat(d->parent, d->temp, d->parent, d->name);
}

/* Two renames; what was under the name is @d->temp afterwards. */
static int
swap(struct out_dir *d)
{
	img_autofree char *aside = NULL;
	int why;

	if (asprintf(&aside, "%.*s.old.part", (int)(strlen(d->temp) - strlen(".part")), d->temp) < 0) {
		aside = NULL;
		errno = ENOMEM;
		return -1;
	}
	if (renameat(d->parent, d->name, d->parent, aside))
		return -1;
	if (renameat(d->parent, d->temp, d->parent, d->name)) {
		why = errno;
		renameat(d->parent, aside, d->parent, d->name);
		errno = why;
		return -1;
	}
	free(d->temp);
	d->temp = img_steal(&aside);
	d->out.flags |= IMG_OUT_SWAPPED;
	return 0;
}

static int
name_over(struct out_dir *d)
{
	if (host_rename(d->parent, d->temp, d->name, HOST_EXCHANGE) == 0)
		return 0;
	return errno == ENOSYS ? swap(d) : -1;
}

static int
give_name(struct out_dir *d, struct img_err *err)
{
	struct stat st;
	bool old = d->replace && fstatat(d->parent, d->name, &st, AT_SYMLINK_NOFOLLOW) == 0;

	if (old ? name_over(d) : name_new(d)) {
		if (errno == EEXIST || errno == ENOTEMPTY)
			return img_fail(err, IMG_E_EXISTS, "already exists");
		return img_fail_sys(err, errno, "cannot give it its name");
	}
	/* makes the name durable; the folder stands whatever this says */
	fsync(d->parent);
	if (old)
		remove_all(d->parent, d->temp, 0);
	free(d->temp);
	d->temp = NULL;
	return 0;
}

static int
dir_commit(struct img_out *o, struct img_err *err)
{
	struct out_dir *d = dir_of(o);
	int fd;

	if (fchmod(d->dir, d->mode) && errno != EPERM)
		return img_fail_sys(err, errno, "cannot set its mode");
	fd = dup(d->dir);
	if (fd < 0 || each_name(fd, sync_all, 0) || sync_fd(d->dir))
		return img_fail_sys(err, errno, "cannot write it out to the disk");
	return give_name(d, err);
}

static void
dir_destroy(struct img_out *o)
{
	struct out_dir *d = dir_of(o);

	if (d->dir >= 0)
		close(d->dir);
	if (d->temp && d->parent >= 0)
		remove_all(d->parent, d->temp, 0);
	if (d->parent >= 0)
		close(d->parent);
	free(d->temp);
	free(d->name);
	free(d);
}

static const struct img_out_ops dir_ops = {
	.write = dir_write, .zero = dir_zero, .resize = dir_resize, .child = dir_child, .commit = dir_commit,
	.destroy = dir_destroy,
};

/* ---- opening ---- */

/* Look at what stands at @path; *ret_mode: of the folder to come. */
static int
look_at(const char *path, bool replace, mode_t *ret_mode, struct img_err *err)
{
	mode_t mask = umask(0);
	struct stat st;

	umask(mask);
	*ret_mode = 0777 & ~mask;
	if (lstat(path, &st))
		return errno == ENOENT ? 0 : img_fail_sys(err, errno, "cannot create it");
	if (!replace)
		return img_fail(err, IMG_E_EXISTS, "already exists");
	if (S_ISDIR(st.st_mode))
		*ret_mode = st.st_mode & 0777;
	return 0;
}

static int
make_temp(struct out_dir *d, const char *path, struct img_err *err)
{
	img_autofree char *copy = strdup(path), *copy2 = strdup(path);
	const char *dir;

	if (!copy || !copy2)
		return img_fail_nomem(err);
	dir = dirname(copy);
	d->name = strdup(basename(copy2));
	if (!d->name)
		return img_fail_nomem(err);
	d->parent = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->parent < 0)
		return img_fail_sys(err, errno, "cannot open the folder %s", dir);
	d->temp = host_temp_folder(d->parent, d->name);
	if (!d->temp)
		return img_fail_sys(err, errno, "cannot create a folder");
	d->dir = open_in(d->parent, d->temp);
	return d->dir < 0 ? img_fail_sys(err, errno, "cannot open the folder %s", d->temp) : 0;
}

static int
dir_new(const char *path, bool replace, mode_t mode, struct img_out **ret, struct img_err *err)
{
	struct out_dir *d = calloc(1, sizeof *d);
	struct statvfs vfs;
	int rc;

	if (!d)
		return img_fail_nomem(err);
	d->out.ops = &dir_ops;
	d->out.free = UINT64_MAX;
	d->parent = d->dir = -1;
	d->replace = replace;
	d->mode = mode;
	rc = make_temp(d, path, err);
	if (rc) {
		dir_destroy(&d->out);
		return rc;
	}
	if (fstatvfs(d->dir, &vfs) == 0)
		d->out.free = (uint64_t)vfs.f_bavail * vfs.f_frsize;
	*ret = &d->out;
	return 0;
}

int
img_out_dir(const char *path, bool replace, struct img_out **ret, struct img_err *err)
{
	img_autofree char *real = replace ? realpath(path, NULL) : NULL;	/* what a link leads to is replaced, not the link */
	mode_t mode;
	int rc;

	if (err)
		err->side = IMG_SIDE_TARGET;
	rc = look_at(real ? real : path, replace, &mode, err);
	if (!rc)
		rc = dir_new(real ? real : path, replace, mode, ret, err);
	if (!rc && err)
		err->side = IMG_SIDE_SOURCE;
	return rc;
}

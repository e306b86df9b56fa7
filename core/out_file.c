/* SPDX-License-Identifier: BSD-2-Clause */
/* A file that appears under its name complete or not at all.
 *
 *   mkostemps(.NAME.XXXXXX.part) → pwrite + write-back as we go → ftruncate → fsync → close → rename
 *
 * Starting write-back chunk by chunk makes the fsync at the end nearly free: measured 3 ms instead of 0.3 s for 480 MiB.
 * The rename refuses to replace unless asked, in the kernel where it can (renameat2), else by link and unlink.  A file that
 * replaces another takes over its mode and its owner. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#ifdef HAVE_LINUX_FS_H
#include <linux/fs.h>
#endif

#include "core/host.h"
#include "core/memory.h"
#include "core/out.h"
#include "core/write_back.h"
#include "img/source.h"

#define WRITE_BACK_FROM (UINT64_C(16) << 20)	/* a smaller file is synced at once */

struct out_file {
	struct img_out out;
	int fd, dir;			/* -1 when closed */
	bool replace;
	mode_t mode;			/* of the finished file */
	bool owned;			/* it takes over these: */
	uid_t uid;
	gid_t gid;
	atomic_bool no_share, no_copy;	/* the kernel said it cannot */
	atomic_bool large;		/* the write-back was begun */
	_Atomic(struct write_back *) write_back;
	char *name;			/* final, within the folder */
	char *temp;			/* NULL once renamed or gone */
};

static int
file_write(struct img_out *out, uint64_t off, const void *buf, size_t len, struct img_err *err)
{
	struct out_file *o = (struct out_file *)out;
	int rc = out_pwrite_all(o->fd, off, buf, len, err);

	if (!rc && off >= WRITE_BACK_FROM) {
		if (!atomic_exchange(&o->large, true))
			atomic_store(&o->write_back, write_back_new(o->fd));
		write_back_reached(atomic_load(&o->write_back), off);
	}
	return rc;
}

static int
file_zero(struct img_out *out, uint64_t off, uint64_t len, struct img_err *err)
{
	return 0;	/* a new file is one hole */
}

static bool
share_range(struct out_file *o, uint64_t off, int from, uint64_t at, uint64_t len)
{
#ifdef FICLONERANGE
	struct file_clone_range r = { .src_fd = from, .src_offset = at, .src_length = len, .dest_offset = off };

	if (!atomic_load(&o->no_share) && ioctl(o->fd, FICLONERANGE, &r) == 0)
		return true;
	atomic_store(&o->no_share, true);
#endif
	return false;
}

static uint64_t
copy_range(struct out_file *o, uint64_t off, int from, uint64_t at, uint64_t len)
{
	uint64_t done = 0;

#ifdef HAVE_COPY_FILE_RANGE
	while (done < len && !atomic_load(&o->no_copy)) {
		off_t in = (off_t)(at + done), to = (off_t)(off + done);
		ssize_t n = copy_file_range(from, &in, o->fd, &to, (size_t)(len - done), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			atomic_store(&o->no_copy, true);	/* the caller reads and writes instead, and sees why */
		else
			done += (uint64_t)n;
	}
#endif
	return done;
}

static int
file_copy(struct img_out *out, uint64_t off, struct img_source *from, uint64_t at, uint64_t len, bool share,
	  uint64_t *ret_done, struct img_err *err)
{
	struct out_file *o = (struct out_file *)out;
	int fd = img_file_borrow(from, err);

	*ret_done = 0;
	if (fd < 0)
		return 0;
	if (share_range(o, off, fd, at, len))
		*ret_done = len;
	else if (!share)
		*ret_done = copy_range(o, off, fd, at, len);
	img_file_release(from, fd);
	return 0;
}

static int
file_resize(struct img_out *out, uint64_t size, struct img_err *err)
{
	struct out_file *o = (struct out_file *)out;

	if (ftruncate(o->fd, (off_t)size))
		return img_fail_sys(err, errno, "cannot set the size to %" PRIu64, size);
	return 0;
}

/* ---- commit ---- */

static const struct img_out_ops file_ops;

static int
rename_new(struct out_file *o)
{
	if (host_rename(o->dir, o->temp, o->name, HOST_REPLACE_NOTHING) == 0)
		return 0;
	if (errno != ENOSYS)
		return -1;
	if (linkat(o->dir, o->temp, o->dir, o->name, 0) == 0)
		return unlinkat(o->dir, o->temp, 0);
	if (errno == EEXIST)
		return -1;
	/* no hard links either (FAT on old kernels): look, then rename */
	if (faccessat(o->dir, o->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(o->dir, o->temp, o->dir, o->name);
}

/* The owner and group of the file that was replaced, as far as we may; what its group was granted goes to no other. */
static void
take_over(struct out_file *o)
{
	if (o->owned && fchown(o->fd, o->uid, o->gid) && fchown(o->fd, (uid_t)-1, o->gid))
		o->mode &= ~(mode_t)070;
}

/* All of a commit but the name. */
static int
finish(struct out_file *o, struct img_err *err)
{
	int rc;

	o->write_back = write_back_free(o->write_back);
	take_over(o);
	if (fchmod(o->fd, o->mode) && errno != EPERM)
		return img_fail_sys(err, errno, "cannot set its mode");
	while ((rc = fsync(o->fd)) && errno == EINTR)
		;
	if (rc)
		return img_fail_sys(err, errno, "cannot write it out to the disk");
	rc = close(o->fd);
	o->fd = -1;
	return rc ? img_fail_sys(err, errno, "cannot write it out to the disk") : 0;
}

struct naming {
	struct img_out *const *v;
	size_t n, named;
	int error;
};

static void
give_names(void *ctx)
{
	struct naming *g = ctx;

	for (; g->named < g->n; g->named++) {
		struct out_file *o = (struct out_file *)g->v[g->named];

		if (o->out.ops != &file_ops)
			continue;
		if (o->replace ? renameat(o->dir, o->temp, o->dir, o->name) : rename_new(o)) {
			g->error = errno;
			return;
		}
	}
}

/* The last of them makes all of a folder's names durable; the files stand whatever comes of that. */
static void
is_named(struct out_file *o, bool last)
{
	free(o->temp);
	o->temp = NULL;
	if (last)
		fsync(o->dir);
}

int
img_out_name(struct img_out *const *v, size_t n, size_t *ret_named, struct img_err *err)
{
	struct naming g = { .v = v, .n = n };

	if (n > 1)
		host_apart(give_names, &g, sizeof g);
	else
		give_names(&g);
	for (size_t i = 0; i < g.named; i++)
		if (v[i]->ops == &file_ops)
			is_named((struct out_file *)v[i], i + 1 == g.named);
	*ret_named = g.named;
	if (g.named == n)
		return 0;
	if (err)
		err->side = IMG_SIDE_TARGET;
	return g.error == EEXIST ? img_fail(err, IMG_E_EXISTS, "already exists")
				 : img_fail_sys(err, g.error ? g.error : EIO, "cannot give it its name");
}

static int
file_commit(struct img_out *out, struct img_err *err)
{
	size_t named;
	int rc = finish((struct out_file *)out, err);

	return rc || out->unnamed ? rc : img_out_name(&out, 1, &named, err);
}

static void
file_destroy(struct img_out *out)
{
	struct out_file *o = (struct out_file *)out;

	write_back_free(o->write_back);
	if (o->fd >= 0)
		close(o->fd);
	if (o->temp && o->dir >= 0)
		unlinkat(o->dir, o->temp, 0);
	if (o->dir >= 0)
		close(o->dir);
	free(o->temp);
	free(o->name);
	free(o);
}

static const struct img_out_ops file_ops = {
	.write = file_write, .zero = file_zero, .copy = file_copy, .resize = file_resize, .commit = file_commit,
	.destroy = file_destroy,
};

/* ---- opening ---- */

/* What stands at @path now?  Fills *ret for the file to come: its mode, and its owner where there is one already (st_nlink);
 * *ret_fifo: open it as it is. */
static int
look_at_target(const char *path, bool replace, struct stat *ret, bool *ret_fifo, struct img_err *err)
{
	mode_t mask = umask(0);
	struct stat st;

	umask(mask);
	*ret = (struct stat) { .st_mode = 0666 & ~mask };
	*ret_fifo = false;
	if (lstat(path, &st))
		return errno == ENOENT ? 0 : img_fail_sys(err, errno, "cannot create it");
	if (S_ISLNK(st.st_mode) && stat(path, &st))
		return img_fail(err, IMG_E_EXISTS, "is a link that leads nowhere");
	if (S_ISDIR(st.st_mode))
		return img_fail(err, IMG_E_EXISTS, "is a folder");
	*ret_fifo = S_ISFIFO(st.st_mode);
	if (*ret_fifo)
		return 0;
	if (!S_ISREG(st.st_mode))
		return img_fail(err, IMG_E_EXISTS, "is a device; this job writes files");
	if (!replace)
		return img_fail(err, IMG_E_EXISTS, "already exists");
	*ret = st;
	return 0;
}

static int
open_fifo(const char *path, struct img_out **ret, struct img_err *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return img_fail_sys(err, errno, "cannot open it");
	rc = out_fd_new(fd, true, ret, err);
	if (rc)
		close(fd);
	return rc;
}

/* The temporary, in the folder of @path. */
static int
make_temp(struct out_file *o, const char *path, struct img_err *err)
{
	img_autofree char *copy = strdup(path), *copy2 = strdup(path), *full = NULL;
	const char *dir, *base;

	if (!copy || !copy2)
		return img_fail_nomem(err);
	dir = dirname(copy);
	base = basename(copy2);
	o->name = strdup(base);
	if (!o->name || asprintf(&full, "%s/.%.200s.XXXXXX.part", dir, base) < 0)
		return img_fail_nomem(err);
	o->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o->dir < 0)
		return img_fail_sys(err, errno, "cannot open the folder %s", dir);
	o->fd = mkostemps(full, 5, O_CLOEXEC);
	if (o->fd < 0)
		return img_fail_sys(err, errno, "cannot create a file in the folder %s", dir);
	o->temp = strdup(strrchr(full, '/') + 1);
	if (!o->temp) {
		unlink(full);
		return img_fail_nomem(err);
	}
	return 0;
}

static int
file_new(const char *path, bool replace, const struct stat *like, struct img_out **ret, struct img_err *err)
{
	img_autofree char *real = NULL;
	struct out_file *o = calloc(1, sizeof *o);
	struct statvfs vfs;
	int rc;

	if (!o)
		return img_fail_nomem(err);
	o->out.ops = &file_ops;
	o->out.flags = IMG_OUT_SEEKS | IMG_OUT_ZEROED;
	o->out.free = UINT64_MAX;
	o->fd = o->dir = -1;
	o->replace = replace;
	o->mode = like->st_mode & 0777;
	o->owned = like->st_nlink;
	o->uid = like->st_uid;
	o->gid = like->st_gid;
	if (replace)		/* what a link leads to is replaced, not the link */
		real = realpath(path, NULL);
	rc = make_temp(o, real ? real : path, err);
	if (rc) {
		file_destroy(&o->out);
		return rc;
	}
	if (fstatvfs(o->fd, &vfs) == 0)
		o->out.free = (uint64_t)vfs.f_bavail * vfs.f_frsize;
	*ret = &o->out;
	return 0;
}

int
img_out_file(const char *path, bool replace, struct img_out **ret, struct img_err *err)
{
	size_t n = strlen(path);
	struct stat like;
	bool fifo;
	int rc;

	if (err)
		err->side = IMG_SIDE_TARGET;
	if (!n || path[n - 1] == '/')
		return img_fail(err, IMG_E_USAGE, "this names a folder, not a file");
	rc = look_at_target(path, replace, &like, &fifo, err);
	if (!rc)
		rc = fifo ? open_fifo(path, ret, err) : file_new(path, replace, &like, ret, err);
	if (!rc && err)
		err->side = IMG_SIDE_SOURCE;
	return rc;
}

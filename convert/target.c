/* SPDX-License-Identifier: BSD-2-Clause */
/* The place the image goes to; see convert/target.h.  All errors here are the target's. */
#include "config.h"

#include "convert/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/image_arg.h"
#include "core/memory.h"
#include "core/text.h"
#include "formats/sparsebundle/sparsebundle.h"
#include "img/out.h"

static int
target_err(struct img_err *err, int rc)
{
	if (rc && err)
		err->side = IMG_SIDE_TARGET;
	return rc;
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a && a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Standard output, a FIFO, a device that is no disk: written front to back.  Work files lie elsewhere. */
static int
look_stream(struct target *t, struct img_err *err)
{
	const char *tmp = getenv("TMPDIR");

	t->stream = true;
	t->folder = strdup(tmp && *tmp ? tmp : "/tmp");
	return t->folder ? 0 : img_fail_nomem(err);
}

static int
look_stdout(struct target *t, const struct stat *source, struct img_err *err)
{
	struct stat st;

	if (fstat(STDOUT_FILENO, &st))
		return img_fail_sys(err, errno, "cannot use it");
	if (isatty(STDOUT_FILENO))
		return img_fail(err, IMG_E_USAGE, "is a terminal, no place for an image");
	if (same_file(source, &st))
		return img_fail(err, IMG_E_EXISTS, "is the source itself");
	t->fd = STDOUT_FILENO;
	return look_stream(t, err);
}

/* The folder a new file goes to; it must be there. */
static int
look_folder(struct target *t, struct img_err *err)
{
	const char *slash = strrchr(t->path, '/');
	struct statvfs vfs;

	t->folder = !slash ? strdup(".") : slash == t->path ? strdup("/") :
		    strndup(t->path, (size_t)(slash - t->path));
	if (!t->folder)
		return img_fail_nomem(err);
	if (access(t->folder, W_OK | X_OK))
		return img_fail_sys(err, errno, "cannot write to the folder %s", t->folder);
	if (statvfs(t->folder, &vfs) == 0)
		t->free = (uint64_t)vfs.f_bavail * (vfs.f_frsize ? vfs.f_frsize : vfs.f_bsize);
	return 0;
}

/* An old bundle that is to be replaced must be one, and not the source. */
static int
look_bundle(struct target *t, const struct stat *source, bool overwrite, struct img_err *err)
{
	img_autofree char *plist = malloc(strlen(t->path) + sizeof "/" SPARSEBUNDLE_PLIST);
	struct stat st;

	if (!plist)
		return img_fail_nomem(err);
	sprintf(plist, "%s/%s", t->path, SPARSEBUNDLE_PLIST);
	if (stat(plist, &st) == 0 && same_file(source, &st))
		return img_fail(err, IMG_E_EXISTS, "is the source itself");
	if (!overwrite)
		return img_fail(err, IMG_E_EXISTS, "already exists");
	if (!image_arg_is_bundle(t->path))
		return img_fail(err, IMG_E_EXISTS, "is a folder, but no sparse bundle: it is not replaced");
	return look_folder(t, err);
}

static int
look_existing(struct target *t, const struct stat *st, const struct stat *source, bool overwrite, struct img_err *err)
{
	if (S_ISDIR(st->st_mode) && t->as_folder && !same_file(source, st))
		return look_bundle(t, source, overwrite, err);
	if (t->as_folder && !S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
		return img_fail(err, IMG_E_USAGE, "is no folder, as a sparse bundle is");
	if (S_ISDIR(st->st_mode) && same_file(source, st))
		return img_fail(err, IMG_E_EXISTS, "is the source itself");
	if (S_ISDIR(st->st_mode))
		return img_fail(err, IMG_E_UNSUPPORTED, "is a folder; -O names no format of files");
	if (S_ISBLK(st->st_mode))
		return img_fail(err, IMG_E_UNSUPPORTED, "is a disk; this build cannot write to disks yet");
	if (S_ISCHR(st->st_mode) || S_ISFIFO(st->st_mode))
		return look_stream(t, err);
	if (same_file(source, st))
		return img_fail(err, IMG_E_EXISTS, "is the source itself");
	if (!overwrite)
		return img_fail(err, IMG_E_EXISTS, "already exists");
	return look_folder(t, err);
}

static int
look(struct target *t, const struct stat *source, bool overwrite, struct img_err *err)
{
	size_t n = strlen(t->path);
	struct stat st;

	if (t->as_folder && (strcmp(t->path, "-") == 0 || strcmp(t->path, "/dev/stdout") == 0))
		return img_fail(err, IMG_E_USAGE, "is no folder, as a sparse bundle is");
	if (strcmp(t->path, "-") == 0 || strcmp(t->path, "/dev/stdout") == 0)
		return look_stdout(t, source, err);
	if (stat(t->path, &st) == 0)
		return look_existing(t, &st, source, overwrite, err);
	if (t->path[n - 1] == '/')
		return img_fail(err, IMG_E_UNSUPPORTED, "names a folder; -O names no format of files");
	if (lstat(t->path, &st) == 0 && !overwrite)
		return img_fail(err, IMG_E_EXISTS, "already exists (a link that leads nowhere)");
	return look_folder(t, err);
}

int
target_look(const char *path, const struct stat *source, bool overwrite, bool as_folder, struct target *ret,
	    struct img_err *err)
{
	*ret = (struct target) { .path = path, .fd = -1, .as_folder = as_folder, .free = UINT64_MAX };
	return target_err(err, look(ret, source, overwrite, err));
}

int
target_absent(const char *path, struct img_err *err)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		return target_err(err, img_fail(err, IMG_E_EXISTS, "already exists"));
	return 0;
}

static int
open_stream(struct target *t, struct img_out **ret, struct img_err *err)
{
	if (t->fd < 0)
		t->fd = open(t->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);	/* waits for a reader of a FIFO */
	if (t->fd < 0)
		return img_fail_sys(err, errno, "cannot open it");
	if (isatty(t->fd))
		return img_fail(err, IMG_E_USAGE, "is a terminal, no place for an image");
	return img_out_fd(t->fd, ret, err);
}

int
target_open(struct target *t, bool overwrite, img_out_part_name *parts, struct img_out **ret, struct img_err *err)
{
	int rc;

	if (parts && t->stream)
		rc = img_fail(err, IMG_E_USAGE, "several files are to be written; a pipe is none");
	else if (parts)
		rc = img_out_parts(t->path, parts, overwrite, ret, err);
	else if (t->as_folder)
		rc = img_out_dir(t->path, overwrite, ret, err);
	else
		rc = t->stream ? open_stream(t, ret, err) : img_out_file(t->path, overwrite, ret, err);
	return target_err(err, rc);
}

int
target_fits(const struct target *t, uint64_t need, struct img_err *err)
{
	char a[TEXT_SIZE_MAX], b[TEXT_SIZE_MAX];

	if (need <= t->free)
		return 0;
	return target_err(err, img_fail(err, IMG_E_NOSPACE, "needs %s, but only %s is free on this file system",
					text_size(a, need), text_size(b, t->free)));
}

void
target_done(struct target *t)
{
	if (t->fd >= 0 && t->fd != STDOUT_FILENO)
		close(t->fd);
	free(t->folder);
	*t = (struct target) { .fd = -1 };
}

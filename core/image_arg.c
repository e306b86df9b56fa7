/* SPDX-License-Identifier: BSD-2-Clause */
/* An image named on a command line; see core/image_arg.h. */
#include "config.h"

#include "core/image_arg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/pipe.h"
#include "formats/sparsebundle/sparsebundle.h"
#include "img/check.h"
#include "img/env.h"
#include "img/job.h"
#include "img/source.h"
#include "img/tree.h"

/* A pipe, or standard input, which may be anything. */
static int
open_stream(struct image_arg *a, struct img_env *env, bool look, struct img_err *err)
{
	bool is_stdin = strcmp(a->path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(a->path, O_RDONLY | O_CLOEXEC), rc;
	struct stat st;

	if (fd < 0)
		return img_fail_sys(err, errno, "cannot open it");
	a->piped = look && !fstat(fd, &st) && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
	if (isatty(fd))
		rc = img_fail(err, IMG_E_USAGE, "is a terminal, not an image");
	else if (a->piped)
		rc = img_pipe(env, fd, &a->file, err);
	else
		rc = img_file_fd(env, fd, img_env_work_dir(env), &a->file, &a->spooled, err);
	if (!is_stdin)
		close(fd);
	return rc;
}

/* The folder that siblings (segments) are looked for in is that of the file itself, not of a link to it. */
static int
open_folder(struct image_arg *a, struct img_env *env, const char *path, struct img_err *err)
{
	img_autofree char *dir = NULL;
	char *slash;

	a->real = realpath(path, NULL);
	if (!a->real)
		return errno == ENOMEM ? img_fail_nomem(err) : 0;
	slash = strrchr(a->real, '/');
	dir = slash == a->real ? strdup("/") : strndup(a->real, (size_t)(slash - a->real));
	return dir ? img_directory(env, dir, &a->folder, err) : img_fail_nomem(err);
}

/* A folder that is an image: what is opened is the property list inside.  Other folders are left to fail as files. */
static int
open_bundle(struct image_arg *a, struct img_env *env, struct img_err *err)
{
	img_autofree char *plist = malloc(strlen(a->path) + sizeof "/" SPARSEBUNDLE_PLIST);

	if (!plist)
		return img_fail_nomem(err);
	sprintf(plist, "%s/%s", a->path, SPARSEBUNDLE_PLIST);
	if (img_file(env, plist, &a->file, NULL) == 0) {
		a->bundle = sparsebundle_plist(a->file);
		if (a->bundle)
			return open_folder(a, env, plist, err);
		a->file = img_unref(a->file);
	}
	return img_file(env, a->path, &a->file, err);
}

/* "a.zip/b/c.dmg": the length of the part that is an ordinary file and no folder, described in @ret; 0: there is none. */
static size_t
archive_part(const char *path, struct stat *ret)
{
	for (size_t n = strlen(path); n > 1; n--) {
		img_autofree char *file = path[n - 1] == '/' && path[n] ? strndup(path, n - 1) : NULL;

		if (file && !stat(file, ret))
			return S_ISREG(ret->st_mode) ? n - 1 : 0;
	}
	return 0;
}

bool
image_arg_is_bundle(const char *path)
{
	img_autofree char *inside = malloc(strlen(path) + sizeof "/" SPARSEBUNDLE_PLIST);
	struct stat st;

	if (!inside)
		return false;
	sprintf(inside, "%s/bands", path);
	if (stat(inside, &st) || !S_ISDIR(st.st_mode))
		return false;
	sprintf(inside, "%s/%s", path, SPARSEBUNDLE_PLIST);
	return stat(inside, &st) == 0 && S_ISREG(st.st_mode);
}

bool
image_arg_stat(const char *path, struct stat *ret)
{
	if (strcmp(path, "-") == 0)
		return fstat(STDIN_FILENO, ret) == 0;
	return stat(path, ret) == 0 || (errno == ENOTDIR && archive_part(path, ret));
}

/* A file that lies in an archive is opened there. */
static int
split_path(struct image_arg *a, const char **io_path, struct img_err *err)
{
	struct stat st;
	size_t n = stat(*io_path, &st) && errno == ENOTDIR ? archive_part(*io_path, &st) : 0;

	if (!n)
		return 0;
	a->archive = strndup(*io_path, n);
	a->inner = *io_path + n + 1;
	*io_path = a->archive;
	return a->archive ? 0 : img_fail_nomem(err);
}

static int
open_any(struct image_arg *a, struct img_env *env, const char *path, bool look, struct img_err *err)
{
	struct stat st;
	int rc;

	*a = (struct image_arg) { .path = path };
	if (img_is_url(path))
		return img_url(env, path, &a->file, err);
	st.st_mode = 0;
	if (strcmp(path, "-") == 0 || (stat(path, &st) == 0 && S_ISFIFO(st.st_mode)))
		return open_stream(a, env, look, err);
	if (S_ISDIR(st.st_mode))
		return open_bundle(a, env, err);
	rc = split_path(a, &path, err);
	if (!rc)
		rc = img_file(env, path, &a->file, err);
	return rc ? rc : open_folder(a, env, path, err);
}

int
image_arg_file(struct image_arg *a, struct img_env *env, const char *path, struct img_err *err)
{
	return open_any(a, env, path, false, err);
}

int
image_arg_look(struct image_arg *a, struct img_env *env, const char *path, struct img_err *err)
{
	return open_any(a, env, path, true, err);
}

static void
close_image(struct image_arg *a)
{
	if (a->listed)
		img_volumes_done(&a->volumes);
	a->sectors = img_unref(a->sectors);
	if (a->opened)
		img_image_done(&a->image);
	a->opened = a->listed = a->track = false;
	a->only = NULL;
}

int
image_arg_settle(struct image_arg *a, struct img_err *err)
{
	struct img_source *all;

	close_image(a);
	img_env_set_peek(a->file->env, IMG_PEEK_NOT);
	if (a->piped && (a->file->flags & IMG_HEAD_ONLY)) {
		int rc = img_pipe_spool(a->file, &all, err);

		if (rc)
			return rc;
		img_unref(a->file);
		a->file = all;
		a->spooled = true;
	}
	a->piped = false;
	return 0;
}

int
image_arg_open(struct image_arg *a, const char *from, struct img_err *err)
{
	const struct img_open o = {
		.folder = a->folder, .name = a->real ? strrchr(a->real, '/') + 1 : NULL, .inner = a->inner, .closed = a->closed,
	};
	struct img_source *file = img_ref(a->file);
	int rc = img_image_open_as(file, from, &o, &a->image, err);

	if (rc) {
		img_unref(file);
		return rc;
	}
	a->opened = true;
	a->sectors = img_ref(a->image.top);
	if (a->image.locked.code && err)
		*err = a->image.locked;
	return (int)a->image.locked.code;
}

int
image_arg_volumes(struct image_arg *a, bool probe_fs, struct img_err *err)
{
	int rc;

	if (a->listed)
		return 0;
	rc = img_volumes(a->image.top, probe_fs, &a->volumes, err);
	a->listed = rc == 0;
	return rc;
}

/* A number is that of a track where there are tracks: IMG_E_UNKNOWN where there are none. */
static int
pick_track(struct image_arg *a, const char *which, struct img_err *err)
{
	struct img_source *track;
	int rc = a->image.n ? img_source_track(a->image.layer[a->image.n - 1].source, which, &track, err) : IMG_E_UNKNOWN;

	if (rc)
		return rc;
	img_unref(a->sectors);
	a->sectors = track;
	a->track = true;
	return 0;
}

int
image_arg_pick(struct image_arg *a, const char *which, struct img_err *err)
{
	struct img_source *slice;
	int rc;

	if (!which)
		return 0;
	rc = pick_track(a, which, err);
	if (rc != IMG_E_UNKNOWN)
		return rc;
	rc = image_arg_volumes(a, false, err);
	if (!rc)
		rc = img_volumes_pick(&a->volumes, which, &a->only, err);
	if (!rc)
		rc = img_slice(a->image.top, a->only->off, a->only->len, &slice, err);
	if (rc)
		return rc;
	img_unref(a->sectors);
	a->sectors = slice;
	return 0;
}

/* Does the container in @v have the volume @which?  *ret_sectors is its slice then. */
static bool
has_volume(struct image_arg *a, const struct img_volume *v, const char *which, struct img_source **ret_sectors)
{
	img_autounref struct img_source *slice = NULL;
	struct img_tree_open o = { .fs_volume = which };
	const struct img_fs_hint *fs;
	struct img_tree *t;

	if (img_slice(a->image.top, v->off, v->len, &slice, NULL))
		return false;
	fs = img_fs_probe(slice);
	o.volume = slice;
	if (!fs || strcmp(fs->name, "apfs") || img_volume_tree(&o, &t, NULL))
		return false;
	img_tree_unref(t);
	*ret_sectors = img_steal(&slice);
	return true;
}

int
image_arg_pick_files(struct image_arg *a, const char *which, struct img_err *err)
{
	struct img_err why = { 0 };
	struct img_source *slice;
	int rc = image_arg_pick(a, which, &why);

	for (size_t i = 0; rc == IMG_E_USAGE && !a->fs_volume && i < a->volumes.n; i++) {
		const struct img_volume *v = &a->volumes.v[i];

		if (!has_volume(a, v, which, &slice))
			continue;
		a->only = v->part ? v : NULL;
		a->fs_volume = which;
		img_unref(a->sectors);
		a->sectors = slice;
		return 0;
	}
	if (rc && err)
		*err = why;
	return rc;
}

bool
image_arg_is_plain(const struct image_arg *a)
{
	for (unsigned int i = 0; i < a->image.n; i++)
		if (!a->image.layer[i].format->plain)
			return false;
	return true;
}

int
image_arg_checks(struct image_arg *a, struct img_checks *ret, struct img_err *err)
{
	if (!a->track)
		return img_image_checks(&a->image, ret, err);
	return a->sectors->ops->checks ? a->sectors->ops->checks(a->sectors, ret, err) : 0;
}

void
image_arg_done(struct image_arg *a)
{
	close_image(a);
	img_tree_unref(a->folder);
	img_unref(a->file);
	free(a->real);
	free(a->archive);
	*a = (struct image_arg) { 0 };
}

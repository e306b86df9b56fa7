/* SPDX-License-Identifier: BSD-2-Clause */
/* The target folder: making, committing, abandoning; and every node in it. */
#include "config.h"

#include "convert/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#ifdef HAVE_SYS_SYSMACROS_H
#include <sys/sysmacros.h>
#endif
#include <unistd.h>

#include "convert/folders.h"
#include "core/host.h"
#include "core/memory.h"
#include "img/env.h"

struct disk {
	struct disk_options o;
	struct img_tree *tree;
	struct folders folders;
	mode_t mask;
	uid_t uid;
	gid_t gid;
	bool inherits;		/* group or access rules come from the target: set both always */
	int beside;		/* the folder that holds the target, while that is new; -1: it was there */
	char *name, *temp;	/* in @beside */
	bool committed;
};

#define KEEP_BITS 0777

/* ---- attributes ---- */

static struct timespec
spec_of(const struct img_time *t)
{
	if (t->sec == IMG_NO_TIME)
		return (struct timespec) { .tv_nsec = UTIME_OMIT };
	return (struct timespec) { .tv_sec = (time_t)t->sec, .tv_nsec = t->nsec < 1000000000 ? (long)t->nsec : 0 };
}

/* The time of access is the image's if it has one, else that of modification. */
static void
specs_of(const struct img_time *mtime, const struct img_time *atime, struct timespec ret[2])
{
	ret[0] = spec_of(atime->sec == IMG_NO_TIME ? mtime : atime);
	ret[1] = spec_of(mtime);
}

static uint32_t
mode_of(const struct disk *d, uint32_t mode, bool folder)
{
	return mode & (d->o.special ? 07777 : folder ? KEEP_BITS | S_ISVTX : KEEP_BITS);
}

static bool
needs_chown(const struct disk *d, uint32_t uid, uint32_t gid)
{
	return d->o.owner && (d->inherits || uid != d->uid || gid != d->gid);
}

/* ---- the target ---- */

static int
open_existing(struct disk *d, const char *target, int fd, struct img_err *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return img_fail_sys(err, errno, "cannot look at it");
	d->inherits = st.st_mode & S_ISGID;
	return 0;
}

static int
make_new(struct disk *d, const char *target, int *ret_fd, struct img_err *err)
{
	img_autofree char *copy = strdup(target), *copy2 = strdup(target);
	const char *dir;
	struct stat st;

	if (!copy || !copy2)
		return img_fail_nomem(err);
	dir = dirname(copy);
	d->name = strdup(basename(copy2));
	if (!d->name)
		return img_fail_nomem(err);
	d->beside = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->beside < 0 || fstat(d->beside, &st))
		return img_fail_sys(err, errno, "cannot open the folder %s", dir);
	d->inherits = st.st_mode & S_ISGID;
	d->temp = host_temp_folder(d->beside, d->name);
	if (!d->temp)
		return img_fail_sys(err, errno, "cannot make a folder in %s", dir);
	*ret_fd = openat(d->beside, d->temp, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *ret_fd < 0 ? img_fail_sys(err, errno, "cannot open the new folder") : 0;
}

static int
open_target(struct disk *d, const char *target, struct img_err *err)
{
	int fd = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (fd >= 0)
		rc = open_existing(d, target, fd, err);
	else if (errno == ENOENT)
		rc = make_new(d, target, &fd, err);
	else if (errno == ENOTDIR)
		rc = img_fail(err, IMG_E_EXISTS, "already exists, and is no folder");
	else
		rc = img_fail_sys(err, errno, "cannot open it");
	if (fd >= 0) {
		int rc2 = folders_root(&d->folders, fd, rc ? NULL : err);

		rc = rc ? rc : rc2;
	}
	return rc;
}

int
disk_new(const char *target, const struct disk_options *o, struct img_tree *tree, struct disk **ret,
	 struct img_err *err)
{
	struct disk *d = calloc(1, sizeof *d);
	int rc;

	if (!d)
		return img_fail_nomem(err);
	d->o = *o;
	d->tree = tree;
	d->beside = -1;
	d->mask = umask(0);
	umask(d->mask);
	d->uid = geteuid();
	d->gid = getegid();
	rc = folders_init(&d->folders, err);
	if (!rc)
		rc = open_target(d, target, err);
	if (rc) {
		if (err)
			err->side = IMG_SIDE_TARGET;
		disk_free(d);
		return rc;
	}
	*ret = d;
	return 0;
}

void
disk_root(struct disk *d, const struct img_node *n)
{
	struct folder *root = &d->folders.v[DISK_ROOT];

	root->made = d->beside >= 0;
	root->mode = n->mode;
	root->uid = n->uid;
	root->gid = n->gid;
	root->mtime = n->mtime;
	root->atime = n->atime;
}

/* ---- the end ---- */

static int
finish_fd(struct disk *d, const struct folder *x, int fd, struct img_err *err)
{
	struct timespec t[2];

	if (needs_chown(d, x->uid, x->gid) && fchown(fd, x->uid, x->gid))
		return img_fail_sys(err, errno, "cannot set the owner");
	if (fchmod(fd, mode_of(d, x->mode, true)))
		return img_fail_sys(err, errno, "cannot set the mode");
	specs_of(&x->mtime, &x->atime, t);
	return futimens(fd, t) ? img_fail_sys(err, errno, "cannot set the times") : 0;
}

/* The mode is what mkdir gave it, mostly: then the times need no descriptor. */
static int
finish_folder(struct disk *d, uint32_t i, struct img_err *err)
{
	const struct folder *x = &d->folders.v[i];
	uint32_t mode = mode_of(d, x->mode, true);
	struct timespec t[2];
	int dirfd, fd, rc;

	if (!x->made || x->gone)
		return 0;
	rc = folders_get(&d->folders, x->parent, &dirfd, err);
	if (rc)
		return rc;
	if (mode == ((0700 | (mode & 0777)) & ~d->mask) && !d->inherits && !needs_chown(d, x->uid, x->gid)) {
		specs_of(&x->mtime, &x->atime, t);
		if (utimensat(dirfd, x->name, t, AT_SYMLINK_NOFOLLOW))
			rc = img_fail_sys(err, errno, "%s: cannot set the times", x->name);
	} else {
		fd = openat(dirfd, x->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		rc = fd < 0 ? img_fail_sys(err, errno, "cannot open it again") : finish_fd(d, x, fd, err);
		if (rc)
			rc = img_note(err, rc, "%s", x->name);
		if (fd >= 0)
			close(fd);
	}
	folders_put(&d->folders, x->parent);
	return rc;
}

static int
give_name(struct disk *d)
{
	if (host_rename(d->beside, d->temp, d->name, HOST_REPLACE_NOTHING) == 0)
		return 0;
	if (errno != ENOSYS)
		return -1;
	/* a folder replaces nothing but an empty folder */
	return renameat(d->beside, d->temp, d->beside, d->name);
}

int
disk_commit(struct disk *d, struct img_err *err)
{
	int rc = 0;

	for (uint32_t i = (uint32_t)d->folders.n; !rc && i-- > 1;)
		rc = finish_folder(d, i, err);
	if (!rc && d->beside >= 0)
		rc = finish_fd(d, &d->folders.v[DISK_ROOT], d->folders.root, err);
	if (!rc && d->beside >= 0 && give_name(d))
		rc = errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR
		     ? img_fail(err, IMG_E_EXISTS, "appeared while it was being written")
		     : img_fail_sys(err, errno, "cannot give it its name");
	if (rc && err)
		err->side = IMG_SIDE_TARGET;
	d->committed = !rc;
	return rc;
}

/* Remove what is in folder @i; its own folders are gone by then. */
static void
empty_folder(struct disk *d, uint32_t i)
{
	struct dirent *e;
	int dirfd, fd;
	DIR *handle;

	if (folders_get(&d->folders, i, &dirfd, NULL))
		return;
	fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	handle = fd < 0 ? NULL : fdopendir(fd);
	while (handle && (e = readdir(handle)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			unlinkat(dirfd, e->d_name, 0);
	if (handle)
		closedir(handle);
	folders_put(&d->folders, i);
}

/* Take a new target away again: folders were taken in parents first, so backwards is deepest first. */
static void
abandon(struct disk *d)
{
	for (uint32_t i = (uint32_t)d->folders.n; i-- > 0;) {
		const struct folder *x = &d->folders.v[i];
		int dirfd;

		empty_folder(d, i);
		if (i == DISK_ROOT || folders_get(&d->folders, x->parent, &dirfd, NULL))
			continue;
		unlinkat(dirfd, x->name, AT_REMOVEDIR);
		folders_put(&d->folders, x->parent);
	}
	unlinkat(d->beside, d->temp, AT_REMOVEDIR);
}

struct disk *
disk_free(struct disk *d)
{
	if (!d)
		return NULL;
	if (d->temp && !d->committed)
		abandon(d);
	if (d->beside >= 0)
		close(d->beside);
	folders_done(&d->folders);
	free(d->name);
	free(d->temp);
	free(d);
	return NULL;
}

/* ---- what is in the way ---- */

/* The name under which @ino stands in the folder @dirfd; false if it is not there. */
static bool
name_on_disk(int dirfd, ino_t ino, char *buf, size_t room)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *handle = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	bool found = false;

	while (handle && !found && (e = readdir(handle)))
		if (e->d_ino == ino && snprintf(buf, room, "%s", e->d_name) < (int)room)
			found = true;
	if (handle)
		closedir(handle);
	return found;
}

/* Something is there under the name of @n.  0: try again; DISK_CLASH: it is another node of the tree. */
static int
in_the_way(struct disk *d, uint32_t dir, int dirfd, const struct img_node *n, struct img_err *err)
{
	struct img_node other;
	struct stat st;
	char name[1024];

	if (fstatat(dirfd, n->name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : img_fail_sys(err, errno, "cannot look at what is there");
	if (name_on_disk(dirfd, st.st_ino, name, sizeof name) && strcmp(name, n->name) &&
	    !img_tree_find(d->tree, d->folders.v[dir].id, name, &other, NULL)) {
		img_problem(d->tree->env, IMG_ERROR, "case-collision", "\"%s\" and \"%s\" are one name on this file system; "
			    "the second is left out", name, n->name);
		return DISK_CLASH;
	}
	if (S_ISDIR(st.st_mode))
		return img_fail(err, IMG_E_EXISTS, "already exists, and is a folder");
	if (!d->o.overwrite)
		return img_fail(err, IMG_E_EXISTS, "already exists");
	if (unlinkat(dirfd, n->name, 0) && errno != ENOENT)
		return img_fail_sys(err, errno, "cannot remove what is there");
	return 0;
}

/* A folder that is there already is used, unless the image has two names for it. */
static int
folder_in_the_way(struct disk *d, uint32_t parent, int dirfd, const struct img_node *n, bool *ret_use,
		  struct img_err *err)
{
	struct img_node other;
	struct stat st;
	char name[1024];

	*ret_use = false;
	if (fstatat(dirfd, n->name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(st.st_mode))
		return in_the_way(d, parent, dirfd, n, err);
	if (name_on_disk(dirfd, st.st_ino, name, sizeof name) && strcmp(name, n->name) &&
	    !img_tree_find(d->tree, d->folders.v[parent].id, name, &other, NULL))
		return in_the_way(d, parent, dirfd, n, err);
	*ret_use = true;
	return 0;
}

/* ---- nodes ---- */

#define TRIES 3		/* something may be put in our way again and again */

int
disk_folder(struct disk *d, uint32_t parent, const struct img_node *n, uint32_t *ret, struct img_err *err)
{
	bool use = false;
	int dirfd, rc = folders_get(&d->folders, parent, &dirfd, err);

	if (rc)
		return rc;
	for (unsigned int i = 0; !rc; i++) {
		if (!mkdirat(dirfd, n->name, 0700 | (n->mode & 0777)))
			break;
		if (errno != EEXIST || i == TRIES)
			rc = img_fail_sys(err, errno, "cannot make the folder");
		else
			rc = folder_in_the_way(d, parent, dirfd, n, &use, err);
		if (use)
			break;
	}
	if (!rc)
		rc = folders_add(&d->folders, parent, dirfd, n, !use, ret, err);
	folders_put(&d->folders, parent);
	return rc;
}

int
disk_folder_open(struct disk *d, uint32_t i, int *ret_fd, struct img_err *err)
{
	int dirfd, fd, rc;

	if (i == DISK_ROOT && d->beside < 0)
		return img_fail(err, IMG_E_UNKNOWN, "the folder is somebody else's");
	rc = folders_get(&d->folders, i, &dirfd, err);
	if (rc)
		return rc;
	do
		fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (fd < 0 && (errno == EINTR || ((errno == EMFILE || errno == ENFILE) && folders_spare(&d->folders))));
	rc = fd < 0 ? img_fail_sys(err, errno, "cannot open the folder") : 0;
	folders_put(&d->folders, i);
	if (!rc)
		*ret_fd = fd;
	return rc;
}

int
disk_file(struct disk *d, uint32_t dir, const struct img_node *n, int *ret_fd, struct img_err *err)
{
	mode_t mode = needs_chown(d, n->uid, n->gid) ? 0600 : mode_of(d, n->mode, false) & 0777;
	int dirfd, fd = -1, rc = folders_get(&d->folders, dir, &dirfd, err);

	if (rc)
		return rc;
	for (unsigned int i = 0; !rc;) {
		fd = openat(dirfd, n->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
		if (fd >= 0)
			break;
		if (errno == EINTR || ((errno == EMFILE || errno == ENFILE) && folders_spare(&d->folders)))
			continue;
		if (errno != EEXIST || i++ == TRIES)
			rc = img_fail_sys(err, errno, "cannot create it");
		else
			rc = in_the_way(d, dir, dirfd, n, err);
	}
	folders_put(&d->folders, dir);
	if (!rc)
		*ret_fd = fd;
	return rc;
}

void
disk_file_drop(struct disk *d, uint32_t dir, const char *name, int fd)
{
	int dirfd;

	close(fd);
	if (folders_get(&d->folders, dir, &dirfd, NULL))
		return;
	unlinkat(dirfd, name, 0);
	folders_put(&d->folders, dir);
}

int
disk_file_end(struct disk *d, uint32_t dir, const struct img_node *n, int fd, struct img_err *err)
{
	uint32_t mode = mode_of(d, n->mode, false);
	bool own = needs_chown(d, n->uid, n->gid);
	struct timespec t[2];
	int rc = 0;

	specs_of(&n->mtime, &n->atime, t);
	if (own && fchown(fd, n->uid, n->gid))
		rc = img_fail_sys(err, errno, "cannot set the owner");
	else if ((own || d->inherits || mode & d->mask || mode & ~0777U) && fchmod(fd, mode))
		rc = img_fail_sys(err, errno, "cannot set the mode");
	else if (futimens(fd, t))
		rc = img_fail_sys(err, errno, "cannot set the times");
	if (rc) {
		disk_file_drop(d, dir, n->name, fd);
		return rc;
	}
	if (close(fd)) {
		rc = img_fail_sys(err, errno, "cannot finish writing");
		if (!folders_get(&d->folders, dir, &fd, NULL)) {
			unlinkat(fd, n->name, 0);
			folders_put(&d->folders, dir);
		}
	}
	return rc;
}

static int
make_node(const struct disk *d, int dirfd, const struct img_node *n)
{
	mode_t mode = mode_of(d, n->mode, false);

	switch (n->type) {
	case IMG_NODE_LINK:
		return symlinkat(n->link ? n->link : "", dirfd, n->name);
	case IMG_NODE_FIFO:
		return mkfifoat(dirfd, n->name, mode & 0777);
	case IMG_NODE_CHAR:
		return mknodat(dirfd, n->name, S_IFCHR | (mode & 0777), makedev(n->dev_major, n->dev_minor));
	case IMG_NODE_BLOCK:
		return mknodat(dirfd, n->name, S_IFBLK | (mode & 0777), makedev(n->dev_major, n->dev_minor));
	default:
		errno = EINVAL;
		return -1;
	}
}

static int
node_attributes(struct disk *d, int dirfd, const struct img_node *n, struct img_err *err)
{
	uint32_t mode = mode_of(d, n->mode, false);
	struct timespec t[2];

	if (needs_chown(d, n->uid, n->gid) && fchownat(dirfd, n->name, n->uid, n->gid, AT_SYMLINK_NOFOLLOW))
		return img_fail_sys(err, errno, "cannot set the owner");
	if (n->type != IMG_NODE_LINK && (mode & d->mask || mode & ~0777U || d->inherits) &&
	    fchmodat(dirfd, n->name, mode, AT_SYMLINK_NOFOLLOW) && errno != ENOTSUP)
		return img_fail_sys(err, errno, "cannot set the mode");
	specs_of(&n->mtime, &n->atime, t);
	if (utimensat(dirfd, n->name, t, AT_SYMLINK_NOFOLLOW) && errno != ENOTSUP && errno != ENOSYS)
		return img_fail_sys(err, errno, "cannot set the times");
	return 0;
}

int
disk_node(struct disk *d, uint32_t dir, const struct img_node *n, struct img_err *err)
{
	int dirfd, rc = folders_get(&d->folders, dir, &dirfd, err);

	if (rc)
		return rc;
	for (unsigned int i = 0; !rc && make_node(d, dirfd, n); i++)
		if (errno != EEXIST || i == TRIES)
			rc = img_fail_sys(err, errno, "cannot create it");
		else
			rc = in_the_way(d, dir, dirfd, n, err);
	if (!rc) {
		rc = node_attributes(d, dirfd, n, err);
		if (rc)
			unlinkat(dirfd, n->name, 0);
	}
	folders_put(&d->folders, dir);
	return rc;
}

int
disk_link(struct disk *d, uint32_t old_dir, const char *old, uint32_t dir, const struct img_node *n,
	  struct img_err *err)
{
	int from, to, rc = folders_get(&d->folders, old_dir, &from, err);

	if (rc)
		return rc;
	rc = folders_get(&d->folders, dir, &to, err);
	if (rc) {
		folders_put(&d->folders, old_dir);
		return rc;
	}
	for (unsigned int i = 0; !rc && linkat(from, old, to, n->name, 0); i++)
		if (errno == EPERM || errno == EMLINK || errno == EXDEV || errno == ENOTSUP)
			rc = img_fail(err, IMG_E_UNSUPPORTED, "this file system has no such link");
		else if (errno != EEXIST || i == TRIES)
			rc = img_fail_sys(err, errno, "cannot make the hard link");
		else
			rc = in_the_way(d, dir, to, n, err);
	folders_put(&d->folders, dir);
	folders_put(&d->folders, old_dir);
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder is opened relative to its parent, never through a link, and must be the one that was taken in. */
#include "config.h"

#include "convert/folders.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"

int
folders_init(struct folders *f, struct img_err *err)
{
	*f = (struct folders) { .root = -1 };
	for (size_t i = 0; i < FOLDER_SLOTS; i++)
		f->slot[i].fd = -1;
	pthread_mutex_init(&f->lock, NULL);
	f->arena = img_arena_new();
	return f->arena ? 0 : img_fail_nomem(err);
}

void
folders_done(struct folders *f)
{
	for (size_t i = 0; i < FOLDER_SLOTS; i++)
		if (f->slot[i].fd >= 0)
			close(f->slot[i].fd);
	if (f->root >= 0)
		close(f->root);
	free(f->v);
	img_arena_free(f->arena);
	pthread_mutex_destroy(&f->lock);
}

/* ---- the pool; lock held ---- */

/* The unused slot whose descriptor was used longest ago, or a free one; FOLDER_SLOTS if all are in use. */
static size_t
oldest(const struct folders *f, bool open_ones)
{
	size_t best = FOLDER_SLOTS;

	for (size_t i = 0; i < FOLDER_SLOTS; i++) {
		if (f->slot[i].fd < 0) {
			if (!open_ones)
				return i;
		} else if (!f->slot[i].users && (best == FOLDER_SLOTS || f->slot[i].used < f->slot[best].used)) {
			best = i;
		}
	}
	return best;
}

static void
close_slot(struct folders *f, size_t i)
{
	close(f->slot[i].fd);
	f->slot[i].fd = -1;
	f->v[f->slot[i].folder].slot = -1;
}

static bool
spare(struct folders *f)
{
	size_t i = oldest(f, true);

	if (i == FOLDER_SLOTS)
		return false;
	close_slot(f, i);
	return true;
}

bool
folders_spare(struct folders *f)
{
	bool done;

	pthread_mutex_lock(&f->lock);
	done = spare(f);
	pthread_mutex_unlock(&f->lock);
	return done;
}

/* Keep @fd in the pool, with one user. */
static int
keep(struct folders *f, uint32_t i, int fd, struct img_err *err)
{
	size_t k = oldest(f, false);

	if (k == FOLDER_SLOTS) {
		close(fd);
		return img_fail(err, IMG_E_LIMIT, "too many folders are in use at once");
	}
	if (f->slot[k].fd >= 0)
		close_slot(f, k);
	f->slot[k].folder = i;
	f->slot[k].fd = fd;
	f->slot[k].users = 1;
	f->slot[k].used = ++f->clock;
	f->v[i].slot = (int16_t)k;
	return 0;
}

static int
open_in(struct folders *f, int dirfd, const char *name)
{
	int fd;

	do
		fd = openat(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	while (fd < 0 && (errno == EINTR || ((errno == EMFILE || errno == ENFILE) && spare(f))));
	return fd;
}

static int
open_again(struct folders *f, uint32_t i, int dirfd, struct img_err *err)
{
	const struct folder *x = &f->v[i];
	struct stat st;
	int fd = open_in(f, dirfd, x->name);

	if (fd < 0)
		return img_fail_sys(err, errno, "cannot open the folder %s again", x->name);
	if (fstat(fd, &st) || st.st_dev != x->dev || st.st_ino != x->ino) {
		close(fd);
		return img_fail(err, IMG_E_IO, "the folder %s was replaced by another while files were written to it",
				x->name);
	}
	return keep(f, i, fd, err);
}

static int
fd_of(const struct folders *f, uint32_t i)
{
	return i == 0 ? f->root : f->slot[f->v[i].slot].fd;
}

static void
put(struct folders *f, uint32_t i)
{
	if (i)
		f->slot[f->v[i].slot].users--;
}

/* Open @i, whose ancestors may have to be opened first; each is let go when its child is open. */
static int
reach(struct folders *f, uint32_t i, struct img_err *err)
{
	size_t depth = 0;
	uint32_t *chain, at = i;
	int rc = 0;

	while (at && f->v[at].slot < 0) {
		at = f->v[at].parent;
		depth++;
	}
	if (!depth) {
		if (i) {
			f->slot[f->v[i].slot].users++;
			f->slot[f->v[i].slot].used = ++f->clock;
		}
		return 0;
	}
	chain = malloc(depth * sizeof *chain);
	if (!chain)
		return img_fail_nomem(err);
	for (size_t k = depth; k-- > 0; i = f->v[i].parent)
		chain[k] = i;
	if (at) {
		f->slot[f->v[at].slot].users++;
		f->slot[f->v[at].slot].used = ++f->clock;
	}
	for (size_t k = 0; !rc && k < depth; k++) {
		rc = open_again(f, chain[k], fd_of(f, at), err);
		put(f, at);
		at = chain[k];
	}
	free(chain);
	return rc;
}

int
folders_get(struct folders *f, uint32_t i, int *ret_fd, struct img_err *err)
{
	int rc;

	pthread_mutex_lock(&f->lock);
	rc = reach(f, i, err);
	if (!rc)
		*ret_fd = fd_of(f, i);
	pthread_mutex_unlock(&f->lock);
	return rc;
}

void
folders_put(struct folders *f, uint32_t i)
{
	if (!i)
		return;
	pthread_mutex_lock(&f->lock);
	put(f, i);
	pthread_mutex_unlock(&f->lock);
}

/* ---- taking in ---- */

/* Lock held. */
static int
add(struct folders *f, const struct folder *x, uint32_t *ret, struct img_err *err)
{
	if (f->n == f->room) {
		size_t room = f->room ? f->room * 2 : 64;
		struct folder *v = f->n < UINT32_MAX / 2 ? realloc(f->v, room * sizeof *v) : NULL;

		if (!v)
			return img_fail_nomem(err);
		f->v = v;
		f->room = room;
	}
	f->v[f->n] = *x;
	*ret = (uint32_t)f->n++;
	return 0;
}

int
folders_root(struct folders *f, int fd, struct img_err *err)
{
	struct folder x = { .slot = -1, .name = "", .mtime.sec = IMG_NO_TIME, .atime.sec = IMG_NO_TIME };
	uint32_t i;

	f->root = fd;
	return add(f, &x, &i, err);
}

int
folders_add(struct folders *f, uint32_t parent, int dirfd, const struct img_node *n, bool made, uint32_t *ret,
	    struct img_err *err)
{
	struct folder x = {
		.parent = parent, .slot = -1, .made = made, .mode = n->mode, .uid = n->uid, .gid = n->gid,
		.mtime = n->mtime, .atime = n->atime, .id = n->id,
	};
	struct stat st;
	int fd, rc;

	pthread_mutex_lock(&f->lock);
	fd = open_in(f, dirfd, n->name);
	if (fd < 0) {
		rc = errno == ELOOP || errno == ENOTDIR ? img_fail(err, IMG_E_EXISTS, "already exists, and is no folder")
							: img_fail_sys(err, errno, "cannot open the folder");
	} else if (fstat(fd, &st)) {
		rc = img_fail_sys(err, errno, "cannot look at the folder");
		close(fd);
	} else {
		x.dev = st.st_dev;
		x.ino = st.st_ino;
		x.name = img_arena_str(f->arena, n->name, strlen(n->name));
		rc = x.name ? add(f, &x, ret, err) : img_fail_nomem(err);
		if (rc)
			close(fd);
		else if (!(rc = keep(f, *ret, fd, err)))
			put(f, *ret);
	}
	pthread_mutex_unlock(&f->lock);
	return rc;
}

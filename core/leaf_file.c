/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the host as sources.  Two kinds share one leaf:
 *  - a file known by path holds no descriptor; a pool keeps the few that are in use, so that a million leaves are cheap
 *    and a limit of a dozen descriptors is enough.  Its size and time are those of the first look: when a later open
 *    finds others, or a read comes up short, the file changed and the read fails.  A small file of a folder is read in
 *    one go: open, read, close, no more; that it has another size now shows in what it gives.
 *  - a pinned descriptor (a device, a spooled pipe, redirected standard input).
 * Holes of regular files are found with SEEK_DATA and answered as IMG_ZERO. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/env.h"
#include "core/host.h"
#include "core/memory.h"
#include "img/source.h"

#define POOL 32			/* descriptors kept open for files known by path */
#define ONE_GO (1 << 20)	/* a file of a folder up to this size is read at once, and without the pool */

struct leaf {
	struct img_source src;
	int pinned;		/* a descriptor of its own, or -1 */
	bool no_link;		/* do not follow one to open it */
	bool holes;		/* fewer blocks than bytes: worth asking where data lie */
	int64_t mtime_ns;
	char path[];		/* "" where pinned */
};

struct slot {
	uint64_t id;		/* of the leaf */
	int fd;
	unsigned int users;
	uint64_t used;		/* by age */
};

/* A run that was found last: asking costs two calls of the kernel, which in a tmpfs walk every page. */
struct found_run {
	uint64_t id, off, end;
	enum img_kind kind;
};
#define FOUND 8

struct open_files {
	pthread_mutex_t lock;
	struct found_run found[FOUND];	/* by id of the leaf */
	uint64_t clock;
	size_t n;
	struct slot slot[POOL];
};

struct open_files *
open_files_new(void)
{
	struct open_files *f = calloc(1, sizeof *f);

	if (f)
		pthread_mutex_init(&f->lock, NULL);
	return f;
}

void
open_files_free(struct open_files *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		close(f->slot[i].fd);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

static int64_t
mtime_ns(const struct stat *st)
{
#ifdef HAVE_STRUCT_STAT_ST_MTIM
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
#elif defined HAVE_STRUCT_STAT_ST_MTIMESPEC
	return (int64_t)st->st_mtimespec.tv_sec * 1000000000 + st->st_mtimespec.tv_nsec;
#else
	return (int64_t)st->st_mtime * 1000000000;
#endif
}

/* ---- the pool ---- */

/* Close the idle descriptor that was used longest ago; false if all are in use.  Lock held. */
static bool
pool_evict(struct open_files *f)
{
	size_t best = f->n;

	for (size_t i = 0; i < f->n; i++)
		if (!f->slot[i].users && (best == f->n || f->slot[i].used < f->slot[best].used))
			best = i;
	if (best == f->n)
		return false;
	close(f->slot[best].fd);
	f->slot[best] = f->slot[--f->n];
	return true;
}

static int
changed(struct img_err *err)
{
	return img_fail(err, IMG_E_IO, "the file changed while it was being read");
}

/* Is the open file still the one that was looked at first? */
static int
still_same(const struct leaf *l, int fd, struct img_err *err)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != l->src.size || mtime_ns(&st) != l->mtime_ns)
		return changed(err);
	return 0;
}

static int
open_path(struct open_files *f, const struct leaf *l, int *ret, struct img_err *err)
{
	bool again = true;
	int fd;

	do {
		fd = host_open(l->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (l->no_link ? O_NOFOLLOW : 0));
		if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
			pthread_mutex_lock(&f->lock);
			again = pool_evict(f);
			pthread_mutex_unlock(&f->lock);
			errno = EMFILE;
		} else if (fd < 0) {
			again = errno == EINTR;
		}
	} while (fd < 0 && again);
	if (fd < 0)
		return img_fail_sys(err, errno, "cannot open it");
	*ret = fd;
	return 0;
}

static int
open_again(struct open_files *f, const struct leaf *l, int *ret, struct img_err *err)
{
	int fd, rc = open_path(f, l, &fd, err);

	if (rc)
		return rc;
	rc = still_same(l, fd, err);
	if (rc)
		close(fd);
	else
		*ret = fd;
	return rc;
}

/* The slot of the leaf @id, or NULL.  Lock held. */
static struct slot *
pool_find(struct open_files *f, uint64_t id)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->slot[i].id == id)
			return &f->slot[i];
	return NULL;
}

static bool
pool_use(struct open_files *f, uint64_t id, int *ret)
{
	struct slot *s = pool_find(f, id);

	if (!s)
		return false;
	s->users++;
	s->used = ++f->clock;
	*ret = s->fd;
	return true;
}

/* Files are opened without the lock: with many small ones that is what the threads spend their time on. */
static int
pool_get(struct open_files *f, const struct leaf *l, int *ret, struct img_err *err)
{
	int fd = -1, rc;
	bool have;

	pthread_mutex_lock(&f->lock);
	have = pool_use(f, l->src.id, ret);
	pthread_mutex_unlock(&f->lock);
	if (have)
		return 0;
	rc = open_again(f, l, &fd, err);
	if (rc)
		return rc;
	pthread_mutex_lock(&f->lock);
	have = pool_use(f, l->src.id, ret);	/* somebody was faster */
	if (!have) {
		if (f->n < POOL || pool_evict(f))
			f->slot[f->n++] = (struct slot) { l->src.id, fd, 1, ++f->clock };
		*ret = fd;	/* not in a slot when every slot is in use: closed by pool_put */
	}
	pthread_mutex_unlock(&f->lock);
	if (have)
		close(fd);
	return 0;
}

static void
pool_put(struct open_files *f, uint64_t id, int fd)
{
	bool kept = false;

	pthread_mutex_lock(&f->lock);
	for (size_t i = 0; i < f->n && !kept; i++)
		if (f->slot[i].id == id && f->slot[i].fd == fd) {
			f->slot[i].users--;
			kept = true;
		}
	pthread_mutex_unlock(&f->lock);
	if (!kept)
		close(fd);
}

static void
pool_forget(struct open_files *f, uint64_t id)
{
	pthread_mutex_lock(&f->lock);
	for (size_t i = 0; i < f->n; i++)
		if (f->slot[i].id == id) {
			close(f->slot[i].fd);
			f->slot[i] = f->slot[--f->n];
			break;
		}
	pthread_mutex_unlock(&f->lock);
}

static int
leaf_fd(const struct leaf *l, int *ret, struct img_err *err)
{
	if (l->pinned < 0)
		return pool_get(l->src.env->files, l, ret, err);
	*ret = l->pinned;
	return 0;
}

static void
leaf_release(const struct leaf *l, int fd)
{
	if (l->pinned < 0)
		pool_put(l->src.env->files, l->src.id, fd);
}

/* ---- the source ---- */

static bool
run_known(const struct leaf *l, uint64_t off, struct img_extent *ret)
{
	struct open_files *f = l->src.env->files;
	const struct found_run *r = &f->found[l->src.id % FOUND];
	bool known;

	pthread_mutex_lock(&f->lock);
	known = r->id == l->src.id && off >= r->off && off < r->end;
	if (known)
		*ret = (struct img_extent) { .off = r->off, .len = r->end - r->off, .kind = r->kind };
	pthread_mutex_unlock(&f->lock);
	return known;
}

static void
run_keep(const struct leaf *l, const struct img_extent *e)
{
	struct open_files *f = l->src.env->files;

	pthread_mutex_lock(&f->lock);
	f->found[l->src.id % FOUND] = (struct found_run) { l->src.id, e->off, e->off + e->len, e->kind };
	pthread_mutex_unlock(&f->lock);
}

static int
leaf_map(struct img_source *s, uint64_t off, struct img_extent *ret, struct img_err *err)
{
	const struct leaf *l = (const struct leaf *)s;
	off_t data, hole;
	int fd, rc;

	*ret = (struct img_extent) { .len = s->size, .kind = IMG_OPAQUE };
	if (!l->holes || run_known(l, off, ret))
		return 0;
	rc = leaf_fd(l, &fd, err);
	if (rc)
		return rc;
#ifdef SEEK_DATA
	data = lseek(fd, (off_t)off, SEEK_DATA);
	if (data < 0 && errno == ENXIO) {		/* nothing but a hole up to the end */
		*ret = (struct img_extent) { .off = off, .len = s->size - off, .kind = IMG_ZERO };
	} else if (data > (off_t)off) {
		uint64_t end = (uint64_t)data < s->size ? (uint64_t)data : s->size;

		*ret = (struct img_extent) { .off = off, .len = end - off, .kind = IMG_ZERO };
	} else if (data == (off_t)off) {
		hole = lseek(fd, data, SEEK_HOLE);
		ret->off = off;
		ret->len = (hole > data && (uint64_t)hole < s->size ? (uint64_t)hole : s->size) - off;
	}
	run_keep(l, ret);
#else
	(void)data, (void)hole;
#endif
	leaf_release(l, fd);
	return 0;
}

static int
read_at(const struct leaf *l, int fd, uint64_t off, uint8_t *out, size_t len, struct img_err *err)
{
	int rc = 0;

	while (len && !rc) {
		ssize_t n = pread(fd, out, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			rc = img_fail_sys(err, errno, "cannot read at %" PRIu64, off);
		} else if (n == 0) {
			rc = img_fail(err, IMG_E_IO, "the file became shorter while it was being read (it ends at %" PRIu64
				      " of %" PRIu64 " bytes)", off, l->src.size);
		} else {
			off += (uint64_t)n;
			out += n;
			len -= (size_t)n;
		}
	}
	return rc;
}

/* All of a file: a byte more is asked for, which a file that grew would give. */
static int
read_whole(const struct leaf *l, uint8_t *buf, size_t len, struct img_err *err)
{
	uint8_t more;
	struct iovec v[2] = { { buf, len }, { &more, 1 } };
	ssize_t n;
	int fd, rc = open_path(l->src.env->files, l, &fd, err);

	if (rc)
		return rc;
	while ((n = readv(fd, v, 2)) < 0 && errno == EINTR)
		;
	if (n < 0)
		rc = img_fail_sys(err, errno, "cannot read it");
	else if ((size_t)n > len)
		rc = img_fail(err, IMG_E_IO, "the file became longer while it was being read (it had %zu bytes)", len);
	else if ((size_t)n < len)
		rc = read_at(l, fd, (uint64_t)n, buf + n, len - (size_t)n, err);
	close(fd);
	return rc;
}

static int
leaf_read(struct img_source *s, uint64_t off, void *buf, size_t len, struct img_err *err)
{
	const struct leaf *l = (const struct leaf *)s;
	int fd, rc = img_env_spend(s->env, len, err);

	if (!rc && l->no_link && len == s->size && len <= ONE_GO)
		return read_whole(l, buf, len, err);
	if (!rc)
		rc = leaf_fd(l, &fd, err);
	if (rc)
		return rc;
	rc = read_at(l, fd, off, buf, len, err);
	if (!rc && l->no_link && off + len == s->size)
		rc = still_same(l, fd, err);
	leaf_release(l, fd);
	return rc;
}

static void
leaf_destroy(struct img_source *s)
{
	struct leaf *l = (struct leaf *)s;

	if (l->pinned >= 0)
		close(l->pinned);
	else
		pool_forget(s->env->files, s->id);
	free(l);
}

static const struct img_source_ops leaf_ops = { .map = leaf_map, .read = leaf_read, .destroy = leaf_destroy };

static struct leaf *
leaf_new(struct img_env *env, const char *path, const struct stat *st, uint64_t size)
{
	size_t n = strlen(path) + 1;
	struct leaf *l = calloc(1, sizeof *l + n);

	if (!l)
		return NULL;
	img_source_init(&l->src, &leaf_ops, env, "file", size, 512);
	memcpy(l->path, path, n);
	l->pinned = -1;
	l->mtime_ns = mtime_ns(st);
	l->holes = S_ISREG(st->st_mode) && (uint64_t)st->st_blocks * 512 < size;
	return l;
}

/* A leaf on @fd, which becomes its own on success. */
static int
pin(struct img_env *env, int fd, const struct stat *st, struct img_source **ret, struct img_err *err)
{
	off_t size = S_ISREG(st->st_mode) ? st->st_size : lseek(fd, 0, SEEK_END);
	struct leaf *l;

	if (size < 0)
		return img_fail_sys(err, errno, "cannot tell its size");
	l = leaf_new(env, "", st, (uint64_t)size);
	if (!l)
		return img_fail_nomem(err);
	l->pinned = fd;
	*ret = &l->src;
	return 0;
}

/* ---- pipes are copied first ---- */

static int
write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno != EINTR)
			return -1;
		if (w > 0) {
			p += w;
			n -= (size_t)w;
		}
	}
	return 0;
}

static int
copy_stream(struct img_env *env, int from, int to, struct img_err *err)
{
	img_autofree char *buf = malloc(1 << 18);

	if (!buf)
		return img_fail_nomem(err);
	for (;;) {
		ssize_t n = read(from, buf, 1 << 18);

		if (img_env_cancelled(env))
			return img_fail(err, IMG_E_CANCELLED, "interrupted");
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return img_fail_sys(err, errno, "cannot read it");
		if (n == 0)
			return 0;
		if (write_all(to, buf, (size_t)n))
			return img_fail_sys(err, errno, "cannot spool it");
	}
}

static int
spool(struct img_env *env, int from, const char *dir, struct img_source **ret, struct img_err *err)
{
	struct stat st;
	int fd = host_work_file(dir), rc;

	if (fd < 0)
		return img_fail_sys(err, errno, "cannot make a spool file in %s", dir);
	rc = copy_stream(env, from, fd, err);
	if (!rc && fstat(fd, &st))
		rc = img_fail_sys(err, errno, "cannot look at the spool file");
	if (!rc)
		rc = pin(env, fd, &st, ret, err);
	if (rc)
		close(fd);
	return rc;
}

int
img_file_fd(struct img_env *env, int fd, const char *spool_dir, struct img_source **ret, bool *ret_spooled,
	    struct img_err *err)
{
	struct stat st;
	bool direct;
	int own, rc;

	if (fstat(fd, &st))
		return img_fail_sys(err, errno, "cannot look at it");
	if (S_ISDIR(st.st_mode))
		return img_fail(err, IMG_E_UNKNOWN, "is a folder, not a disk image");
	direct = S_ISREG(st.st_mode) || S_ISBLK(st.st_mode);
	if (ret_spooled)
		*ret_spooled = !direct;
	if (!direct)
		return spool(env, fd, spool_dir, ret, err);
	own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (own < 0)
		return img_fail_sys(err, errno, "cannot open it");
	rc = pin(env, own, &st, ret, err);
	if (rc)
		close(own);
	return rc;
}

int
img_file(struct img_env *env, const char *path, struct img_source **ret, struct img_err *err)
{
	struct stat st;
	struct leaf *l;
	int fd, rc;

	if (stat(path, &st))
		return img_fail_sys(err, errno, "cannot open it");
	if (S_ISREG(st.st_mode)) {
		l = leaf_new(env, path, &st, (uint64_t)st.st_size);
		if (!l)
			return img_fail_nomem(err);
		rc = leaf_fd(l, &fd, err);	/* may we read it at all? */
		if (rc) {
			leaf_destroy(&l->src);
			return rc;
		}
		leaf_release(l, fd);
		*ret = &l->src;
		return 0;
	}
	if (!S_ISBLK(st.st_mode))
		return img_fail(err, IMG_E_UNKNOWN, S_ISDIR(st.st_mode) ? "is a folder, not a disk image"
				: "is neither a file nor a disk");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return img_fail_sys(err, errno, "cannot open it");
	rc = pin(env, fd, &st, ret, err);
	if (rc)
		close(fd);
	return rc;
}

int
img_file_at(struct img_env *env, const char *dir_path, const char *name, struct img_source **ret, struct img_err *err)
{
	img_autofree char *path = NULL;
	struct stat st;
	struct leaf *l;

	if (asprintf(&path, "%s/%s", dir_path, name) < 0) {
		path = NULL;
		return img_fail_nomem(err);
	}
	if (host_lstat(path, &st))
		return img_fail_sys(err, errno, "cannot open %s", name);
	if (!S_ISREG(st.st_mode))
		return img_fail(err, IMG_E_IO, "%s is no ordinary file", name);
	l = leaf_new(env, path, &st, (uint64_t)st.st_size);
	if (!l)
		return img_fail_nomem(err);
	l->no_link = true;
	*ret = &l->src;
	return 0;
}

int
img_file_known(struct img_env *env, const char *path, const struct stat *st, struct img_source **ret, struct img_err *err)
{
	struct leaf *l = leaf_new(env, path, st, (uint64_t)st->st_size);

	if (!l)
		return img_fail_nomem(err);
	l->no_link = true;
	*ret = &l->src;
	return 0;
}

int
img_file_borrow(struct img_source *s, struct img_err *err)
{
	int fd;

	if (s->ops != &leaf_ops || leaf_fd((struct leaf *)s, &fd, err))
		return -1;
	return fd;
}

void
img_file_release(struct img_source *s, int fd)
{
	leaf_release((struct leaf *)s, fd);
}

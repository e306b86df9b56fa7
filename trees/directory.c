/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder of the host as a tree.  Nodes are numbered as they are first listed; a number leads to the parent's number and
 * the name, so that a path can be made again when content is asked for.  A folder listed again gives its entries the
 * numbers they had.  About 40 bytes and the name are kept of a node.  Links are nodes and never followed. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#ifdef HAVE_SYS_SYSMACROS_H
#include <sys/sysmacros.h>
#endif
#include <unistd.h>

#include "core/host.h"
#include "core/memory.h"
#include "img/env.h"
#include "img/source.h"
#include "img/tree.h"
#include "trees/xattr.h"

struct entry {
	uint64_t parent;
	const char *name;	/* in the arena */
	uint64_t next;		/* in its bucket; 0: none */
	uint64_t size;		/* of a file that was listed: it need not be looked at again; 0: not known */
	int64_t mtime_ns;
	bool holes;
};

struct directory {
	struct img_tree tree;
	pthread_mutex_t lock;	/* guards the entries */
	struct img_arena *arena;
	size_t n, room;		/* entry 0 is the root */
	struct entry *v;
	uint64_t *bucket;	/* as many as there is room */
	bool follow;		/* links are what they lead to, where that is there */
	char path[];
};

/* ---- numbers ---- */

static size_t
bucket_of(const struct directory *d, uint64_t parent, const char *name)
{
	uint64_t h = parent * UINT64_C(0x9E3779B97F4A7C15) + 0xcbf29ce484222325;

	for (const char *p = name; *p; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	return (size_t)(h ^ h >> 29) & (d->room - 1);
}

static int
make_room(struct directory *d, struct img_err *err)
{
	size_t room = d->room ? d->room * 2 : 64;
	struct entry *v = realloc(d->v, room * sizeof *v);
	uint64_t *bucket;

	if (!v)
		return img_fail_nomem(err);
	d->v = v;
	bucket = calloc(room, sizeof *bucket);
	if (!bucket)
		return img_fail_nomem(err);
	free(d->bucket);
	d->bucket = bucket;
	d->room = room;
	for (size_t i = 1; i < d->n; i++) {
		uint64_t *b = &bucket[bucket_of(d, v[i].parent, v[i].name)];

		v[i].next = *b;
		*b = i;
	}
	return 0;
}

/* The number of @name in @parent, new or not.  Lock held. */
static int
number(struct directory *d, uint64_t parent, const char *name, uint64_t *ret, struct img_err *err)
{
	uint64_t *b;
	int rc;

	if (d->n == d->room) {
		rc = make_room(d, err);
		if (rc)
			return rc;
	}
	b = &d->bucket[bucket_of(d, parent, name)];
	for (uint64_t i = *b; i; i = d->v[i].next)
		if (d->v[i].parent == parent && !strcmp(d->v[i].name, name)) {
			*ret = i;
			return 0;
		}
	d->v[d->n] = (struct entry) { .parent = parent, .name = img_arena_str(d->arena, name, strlen(name)), .next = *b };
	if (!d->v[d->n].name)
		return img_fail_nomem(err);
	if (d->n)		/* the root is in no bucket */
		*b = d->n;
	*ret = d->n++;
	return 0;
}

/* The host path of @id, to be freed; NULL out of memory. */
static char *
path_of(struct directory *d, uint64_t id)
{
	size_t root = strlen(d->path), n = root + 1, len;
	char *path;

	pthread_mutex_lock(&d->lock);
	for (uint64_t i = id; i != IMG_TREE_ROOT; i = d->v[i].parent)
		n += strlen(d->v[i].name) + 1;
	path = malloc(n);
	if (path) {
		memcpy(path, d->path, root);
		path[--n] = '\0';
		for (uint64_t i = id; i != IMG_TREE_ROOT; i = d->v[i].parent) {
			len = strlen(d->v[i].name);
			n -= len + 1;
			path[n] = '/';
			memcpy(path + n + 1, d->v[i].name, len);
		}
	}
	pthread_mutex_unlock(&d->lock);
	return path;
}

/* ---- nodes ---- */

static enum img_node_type
type_of(mode_t m)
{
	return S_ISDIR(m) ? IMG_NODE_DIR : S_ISLNK(m) ? IMG_NODE_LINK : S_ISCHR(m) ? IMG_NODE_CHAR :
	       S_ISBLK(m) ? IMG_NODE_BLOCK : S_ISFIFO(m) ? IMG_NODE_FIFO : S_ISSOCK(m) ? IMG_NODE_SOCKET : IMG_NODE_FILE;
}

/* One number for device and inode.  Collisions of devices are as good as impossible: a folder rarely spans two. */
static uint64_t
inode_of(const struct stat *st)
{
	return (uint64_t)st->st_ino ^ (uint64_t)st->st_dev << 48 ^ (uint64_t)st->st_dev >> 16;
}

static void
node_of_stat(struct img_node *n, const struct stat *st)
{
	n->type = type_of(st->st_mode);
	n->mode = st->st_mode & 07777;
	n->uid = st->st_uid;
	n->gid = st->st_gid;
	n->nlink = (uint32_t)st->st_nlink;
	n->inode = !S_ISDIR(st->st_mode) && st->st_nlink > 1 ? inode_of(st) : 0;
	n->size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0;
	n->dev_major = major(st->st_rdev);
	n->dev_minor = minor(st->st_rdev);
#ifdef HAVE_STRUCT_STAT_ST_MTIM
	n->mtime = (struct img_time) { st->st_mtim.tv_sec, (uint32_t)st->st_mtim.tv_nsec };
	n->atime = (struct img_time) { st->st_atim.tv_sec, (uint32_t)st->st_atim.tv_nsec };
	n->ctime = (struct img_time) { st->st_ctim.tv_sec, (uint32_t)st->st_ctim.tv_nsec };
#else
	n->mtime = (struct img_time) { st->st_mtime, 0 };
	n->atime = (struct img_time) { st->st_atime, 0 };
	n->ctime = (struct img_time) { st->st_ctime, 0 };
#endif
	n->btime = (struct img_time) { IMG_NO_TIME, 0 };
}

static int
read_link(int dirfd, const char *name, struct img_arena *arena, const char **ret, struct img_err *err)
{
	char buf[4096];
	ssize_t n = readlinkat(dirfd, name, buf, sizeof buf);

	if (n < 0)
		return img_fail_sys(err, errno, "cannot read the link %s", name);
	*ret = img_arena_str(arena, buf, (size_t)n);
	return *ret ? 0 : img_fail_nomem(err);
}

static int
list_add(struct img_nodes *list, size_t *room, const struct img_node *n, struct img_err *err)
{
	int rc = img_room(&list->v, list->n, room, sizeof *list->v, err);

	if (!rc)
		list->v[list->n++] = *n;
	return rc;
}

static void
remember(struct entry *e, const struct stat *st)
{
	e->size = (uint64_t)st->st_size;
	e->holes = (uint64_t)st->st_blocks * 512 < (uint64_t)st->st_size;
#ifdef HAVE_STRUCT_STAT_ST_MTIM
	e->mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
#else
	e->size = 0;
#endif
}

/* What remember kept, as the leaf wants it. */
static struct stat
recall(const struct entry *e)
{
	struct stat st = { .st_mode = S_IFREG, .st_size = (off_t)e->size };
#ifdef HAVE_STRUCT_STAT_ST_MTIM
	int64_t sec = e->mtime_ns / 1000000000 - (e->mtime_ns % 1000000000 < 0);

	st.st_mtim.tv_sec = sec;
	st.st_mtim.tv_nsec = e->mtime_ns - sec * 1000000000;
#endif
	st.st_blocks = e->holes ? 0 : (st.st_size + 511) / 512;
	return st;
}

/* Is the folder @st one of those on the way to @dir?  Going into it would never end. */
static bool
is_above(struct directory *d, uint64_t dir, const struct stat *st)
{
	img_autofree char *path = path_of(d, dir);

	while (path && strlen(path) >= strlen(d->path)) {
		struct stat at;
		char *slash;

		if (!stat(path, &at) && at.st_dev == st->st_dev && at.st_ino == st->st_ino)
			return true;
		slash = strrchr(path, '/');
		if (!slash || slash == path)
			break;
		*slash = '\0';
	}
	return false;
}

/* What a link leads to, in place of the link. */
static void
follow(struct directory *d, uint64_t dir, int dirfd, const char *name, struct stat *io)
{
	struct stat st;

	if (!S_ISLNK(io->st_mode) || fstatat(dirfd, name, &st, 0))
		return;
	if (S_ISDIR(st.st_mode) && is_above(d, dir, &st))
		img_problem(d->tree.env, IMG_WARNING, "link-loop", "%s: leads to a folder it lies in; it stays a link", name);
	else
		*io = st;
}

static int
add_node(struct directory *d, uint64_t dir, int dirfd, const char *name, struct img_nodes *list, size_t *room,
	 struct img_err *err)
{
	struct img_node n = { 0 };
	struct stat st;
	int rc = 0;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : img_fail_sys(err, errno, "cannot look at %s", name);
	if (d->follow)
		follow(d, dir, dirfd, name, &st);
	node_of_stat(&n, &st);
	n.name = img_arena_str(list->arena, name, strlen(name));
	if (!n.name)
		return img_fail_nomem(err);
	if (n.type == IMG_NODE_LINK)
		rc = read_link(dirfd, name, list->arena, &n.link, err);
	if (rc)
		return rc;
	pthread_mutex_lock(&d->lock);
	rc = number(d, dir, name, &n.id, err);
	if (!rc && n.type == IMG_NODE_FILE && !d->follow)
		remember(&d->v[n.id], &st);
	pthread_mutex_unlock(&d->lock);
	return rc ? rc : list_add(list, room, &n, err);
}

static int
directory_list(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err)
{
	struct directory *d = (struct directory *)t;
	img_autofree char *path = path_of(d, dir);
	struct dirent *e;
	size_t room = 0;
	DIR *handle;
	int fd, rc = 0;

	ret->arena = img_arena_new();
	if (!path || !ret->arena)
		return img_fail_nomem(err);
	fd = host_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (dir == IMG_TREE_ROOT || d->follow ? 0 : O_NOFOLLOW));
	handle = fd < 0 ? NULL : fdopendir(fd);
	if (!handle) {
		rc = img_fail_sys(err, errno, "cannot open the folder");
		if (fd >= 0)
			close(fd);
		return rc;
	}
	while (!rc && (errno = 0, e = readdir(handle)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			rc = add_node(d, dir, dirfd(handle), e->d_name, ret, &room, err);
	if (!rc && errno)
		rc = img_fail_sys(err, errno, "cannot read the folder");
	closedir(handle);
	return rc;
}

/* One node without listing its folder, which may be large. */
static int
directory_find(struct img_tree *t, uint64_t dir, const char *name, struct img_node *ret, struct img_err *err)
{
	struct directory *d = (struct directory *)t;
	img_autofree char *path = path_of(d, dir), *full = NULL;
	struct img_node n = { 0 };
	struct stat st;
	int rc;

	if (!path || asprintf(&full, "%s/%s", path, name) < 0) {
		full = NULL;
		return img_fail_nomem(err);
	}
	if (host_lstat(full, &st))
		return errno == ENOENT || errno == ENOTDIR ? img_fail(err, IMG_E_UNKNOWN, "there is no \"%s\"", name) :
		       img_fail_sys(err, errno, "cannot look at %s", name);
	node_of_stat(&n, &st);
	pthread_mutex_lock(&d->lock);
	rc = number(d, dir, name, &n.id, err);
	pthread_mutex_unlock(&d->lock);
	if (!rc)
		*ret = n;
	return rc;
}

static int
directory_root(struct img_tree *t, struct img_node *ret, struct img_err *err)
{
	struct stat st;

	if (stat(((struct directory *)t)->path, &st))
		return img_fail_sys(err, errno, "cannot look at it");
	node_of_stat(ret, &st);
	return 0;
}

/* ---- streams and content ---- */

static int
directory_streams(struct img_tree *t, uint64_t id, struct img_nodes *ret, struct img_err *err)
{
	img_autofree char *path = path_of((struct directory *)t, id), *names = NULL;
	size_t len = 0, room = 0;
	int rc;

	ret->arena = img_arena_new();
	if (!path || !ret->arena)
		return img_fail_nomem(err);
	rc = xattr_list(path, &names, &len, err);
	for (size_t at = 0; !rc && at < len; at += strlen(names + at) + 1) {
		struct img_node n = { .id = id, .type = IMG_NODE_FILE };

		n.name = img_arena_str(ret->arena, names + at, strlen(names + at));
		if (!n.name)
			rc = img_fail_nomem(err);
		else if (!xattr_size(path, n.name, &n.size))	/* gone, or not for us */
			rc = list_add(ret, &room, &n, err);
	}
	return rc;
}

static int
directory_content(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err)
{
	struct directory *d = (struct directory *)t;
	img_autofree char *path = path_of(d, id);
	struct entry known;
	char *name;

	if (!path)
		return img_fail_nomem(err);
	if (stream) {
		img_autofree void *bytes = NULL;
		size_t len;
		int rc = xattr_read(path, stream, &bytes, &len, err);

		return rc ? rc : img_memory(t->env, bytes, len, true, ret, err);
	}
	if (id == IMG_TREE_ROOT)
		return img_fail(err, IMG_E_USAGE, "a folder has no content");
	if (d->follow)
		return img_file(t->env, path, ret, err);
	pthread_mutex_lock(&d->lock);
	known = d->v[id];
	pthread_mutex_unlock(&d->lock);
	if (known.size) {
		struct stat st = recall(&known);

		return img_file_known(t->env, path, &st, ret, err);
	}
	name = strrchr(path, '/');
	*name++ = '\0';
	return img_file_at(t->env, path, name, ret, err);
}

static void
directory_destroy(struct img_tree *t)
{
	struct directory *d = (struct directory *)t;

	pthread_mutex_destroy(&d->lock);
	img_arena_free(d->arena);
	free(d->v);
	free(d->bucket);
	free(d);
}

static const struct img_tree_ops directory_ops = {
	.list = directory_list, .root = directory_root, .find = directory_find, .streams = directory_streams, .content = directory_content,
	.destroy = directory_destroy,
};

int
img_directory(struct img_env *env, const char *path, struct img_tree **ret, struct img_err *err)
{
	return img_directory_of(env, path, false, ret, err);
}

int
img_directory_of(struct img_env *env, const char *path, bool follow_links, struct img_tree **ret, struct img_err *err)
{
	struct directory *d = calloc(1, sizeof *d + strlen(path) + 1);
	uint64_t root;
	int rc;

	if (!d)
		return img_fail_nomem(err);
	img_tree_init(&d->tree, &directory_ops, env, "folder");
	memcpy(d->path, path, strlen(path) + 1);
	d->follow = follow_links;
	pthread_mutex_init(&d->lock, NULL);
	d->arena = img_arena_new();
	rc = d->arena ? number(d, IMG_TREE_ROOT, "", &root, err) : img_fail_nomem(err);
	if (rc) {
		directory_destroy(&d->tree);
		return rc;
	}
	*ret = &d->tree;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder of the host as a tree.  Nodes are numbered as they are listed; a number leads to the parent's number and the
 * name, so that a path can be made again when content is asked for.  Links are nodes and never followed. */
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

#include "core/memory.h"
#include "img/tree.h"
#include "img/source.h"

struct entry {
	uint64_t parent;
	const char *name;	/* in the arena */
};

struct directory {
	struct img_tree tree;
	pthread_mutex_t lock;	/* guards the entries */
	struct img_arena *arena;
	size_t n, room;		/* entry 0 is the root */
	struct entry *v;
	char path[];
};

static int
add_entry(struct directory *d, uint64_t parent, const char *name, uint64_t *ret, struct img_err *err)
{
	struct entry *v = d->v;

	if (d->n == d->room) {
		size_t room = d->room ? d->room * 2 : 64;

		v = realloc(d->v, room * sizeof *v);
		if (!v)
			return img_fail_nomem(err);
		d->v = v;
		d->room = room;
	}
	v[d->n] = (struct entry) { parent, img_arena_str(d->arena, name, strlen(name)) };
	if (!v[d->n].name)
		return img_fail_nomem(err);
	*ret = d->n++;
	return 0;
}

/* The host path of @id, to be freed; NULL out of memory.  Lock held. */
static char *
path_of(const struct directory *d, uint64_t id)
{
	char *path = strdup(d->v[id].name);

	while (path && id != IMG_TREE_ROOT) {
		char *longer;

		id = d->v[id].parent;
		if (asprintf(&longer, "%s/%s", id == IMG_TREE_ROOT ? d->path : d->v[id].name, path) < 0)
			longer = NULL;
		free(path);
		path = longer;
	}
	return path;
}

static char *
dir_path(struct directory *d, uint64_t id)
{
	char *path;

	pthread_mutex_lock(&d->lock);
	path = id == IMG_TREE_ROOT ? strdup(d->path) : path_of(d, id);
	pthread_mutex_unlock(&d->lock);
	return path;
}

static enum img_node_type
type_of(mode_t m)
{
	return S_ISDIR(m) ? IMG_NODE_DIR : S_ISLNK(m) ? IMG_NODE_LINK : S_ISCHR(m) ? IMG_NODE_CHAR :
	       S_ISBLK(m) ? IMG_NODE_BLOCK : S_ISFIFO(m) ? IMG_NODE_FIFO : S_ISSOCK(m) ? IMG_NODE_SOCKET : IMG_NODE_FILE;
}

static void
node_of_stat(struct img_node *n, const struct stat *st)
{
	n->type = type_of(st->st_mode);
	n->mode = st->st_mode & 07777;
	n->uid = st->st_uid;
	n->gid = st->st_gid;
	n->nlink = (uint32_t)st->st_nlink;
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
add_node(struct directory *d, uint64_t dir, int dirfd, const char *name, struct img_nodes *list, size_t *room,
	 struct img_err *err)
{
	struct img_node n = { 0 };
	struct stat st;
	int rc;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : img_fail_sys(err, errno, "cannot look at %s", name);
	node_of_stat(&n, &st);
	n.name = img_arena_str(list->arena, name, strlen(name));
	if (!n.name)
		return img_fail_nomem(err);
	if (n.type == IMG_NODE_LINK) {
		rc = read_link(dirfd, name, list->arena, &n.link, err);
		if (rc)
			return rc;
	}
	if (list->n == *room) {
		size_t more = *room ? *room * 2 : 32;
		struct img_node *v = realloc(list->v, more * sizeof *v);

		if (!v)
			return img_fail_nomem(err);
		list->v = v;
		*room = more;
	}
	pthread_mutex_lock(&d->lock);
	rc = add_entry(d, dir, name, &n.id, err);
	pthread_mutex_unlock(&d->lock);
	if (!rc)
		list->v[list->n++] = n;
	return rc;
}

static int
directory_list(struct img_tree *t, uint64_t dir, struct img_nodes *ret, struct img_err *err)
{
	struct directory *d = (struct directory *)t;
	img_autofree char *path = dir_path(d, dir);
	struct dirent *e;
	size_t room = 0;
	DIR *handle;
	int rc = 0;

	ret->arena = img_arena_new();
	if (!path || !ret->arena)
		return img_fail_nomem(err);
	handle = opendir(path);
	if (!handle)
		return img_fail_sys(err, errno, "cannot open the folder %s", path);
	while (!rc && (errno = 0, e = readdir(handle)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			rc = add_node(d, dir, dirfd(handle), e->d_name, ret, &room, err);
	if (!rc && errno)
		rc = img_fail_sys(err, errno, "cannot read the folder %s", path);
	closedir(handle);
	return rc;
}

static int
directory_content(struct img_tree *t, uint64_t id, const char *stream, struct img_source **ret, struct img_err *err)
{
	struct directory *d = (struct directory *)t;
	img_autofree char *dir = NULL;
	const char *name;

	if (stream)
		return img_fail(err, IMG_E_UNKNOWN, "there is no stream \"%s\"", stream);
	pthread_mutex_lock(&d->lock);
	name = d->v[id].name;
	dir = d->v[id].parent == IMG_TREE_ROOT ? strdup(d->path) : path_of(d, d->v[id].parent);
	pthread_mutex_unlock(&d->lock);
	return dir ? img_file_at(t->env, dir, name, ret, err) : img_fail_nomem(err);
}

static void
directory_destroy(struct img_tree *t)
{
	struct directory *d = (struct directory *)t;

	pthread_mutex_destroy(&d->lock);
	img_arena_free(d->arena);
	free(d->v);
	free(d);
}

static const struct img_tree_ops directory_ops = {
	.list = directory_list, .content = directory_content, .destroy = directory_destroy,
};

int
img_directory(struct img_env *env, const char *path, struct img_tree **ret, struct img_err *err)
{
	struct directory *d = calloc(1, sizeof *d + strlen(path) + 1);
	uint64_t root;
	int rc;

	if (!d)
		return img_fail_nomem(err);
	img_tree_init(&d->tree, &directory_ops, env, "folder");
	memcpy(d->path, path, strlen(path) + 1);
	pthread_mutex_init(&d->lock, NULL);
	d->arena = img_arena_new();
	rc = d->arena ? add_entry(d, IMG_TREE_ROOT, "", &root, err) : img_fail_nomem(err);
	if (rc) {
		directory_destroy(&d->tree);
		return rc;
	}
	*ret = &d->tree;
	return 0;
}

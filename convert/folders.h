/* SPDX-License-Identifier: BSD-2-Clause */
/* The folders of a target: how each is found again, and a small pool of open ones. */
#ifndef CONVERT_FOLDERS_H
#define CONVERT_FOLDERS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "img/error.h"
#include "img/tree.h"

#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

struct folder {
	uint32_t parent;
	int16_t slot;		/* in the pool; -1: not open */
	bool made;		/* by this run */
	bool gone;		/* removed again */
	uint32_t mode, uid, gid;	/* as in the tree */
	struct img_time mtime, atime;
	uint64_t id;		/* in the tree */
	dev_t dev;
	ino_t ino;
	const char *name;
};

#define FOLDER_SLOTS 256	/* more than threads can use at once */

struct folders {
	pthread_mutex_t lock;
	struct img_arena *arena;
	size_t n, room;
	struct folder *v;	/* [0] is the target; parents come before children */
	int root;		/* open; -1 before */
	uint64_t clock;
	struct {
		uint32_t folder;
		int fd;		/* -1: free */
		unsigned int users;
		uint64_t used;
	} slot[FOLDER_SLOTS];
};

int folders_init(struct folders *f, struct img_err *err);
void folders_done(struct folders *f);
/* @fd becomes the pool's own: the target. */
int folders_root(struct folders *f, int fd, struct img_err *err);

/* The descriptor of @i, until folders_put. */
int folders_get(struct folders *f, uint32_t i, int *ret_fd, struct img_err *err);
void folders_put(struct folders *f, uint32_t i);
/* Take in a folder just made or found in @parent, whose descriptor is @dirfd. */
int folders_add(struct folders *f, uint32_t parent, int dirfd, const struct img_node *n, bool made, uint32_t *ret,
		struct img_err *err);
/* Close an unused descriptor because the process has too many; false: there is none. */
bool folders_spare(struct folders *f);

#endif

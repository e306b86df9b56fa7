/* SPDX-License-Identifier: BSD-2-Clause */
/* What the system makes awkward about its own files. */
#ifndef CORE_HOST_H
#define CORE_HOST_H

#include <stddef.h>
#include <sys/stat.h>

/* open(2) and lstat(2) for paths of any length: what is over PATH_MAX is walked down in pieces.  -1 with errno. */
int host_open(const char *path, int flags);
int host_lstat(const char *path, struct stat *st);

/* The folder of @path opened for *at calls, and the name in it: for calls that have no form for long paths.  -1 with
 * errno.  *ret_name points into @path. */
int host_open_parent(const char *path, const char **ret_name);

/* A new file without a name in @dir, open for reading and writing: work that is too large for memory.  -1 with errno. */
int host_work_file(const char *dir);

/* A new folder in @dir, open to nobody else: ".NAME.XXXXXX.part" beside what will be @name.  Its name, from malloc; NULL with
 * errno. */
char *host_temp_folder(int dir, const char *name);

/* Rename within the folder @dir, in one step that replaces nothing, or that exchanges the two.  -1 with errno; ENOSYS: neither
 * the system nor this file system has such a step, and nothing was done. */
enum host_rename { HOST_REPLACE_NOTHING, HOST_EXCHANGE };
int host_rename(int dir, const char *from, const char *to, enum host_rename how);

/* Run @fn in a process of its own, which goes on when this one is killed: for steps of which none may be missing.  @fn makes
 * system calls only, and what it finds out it leaves in the @size bytes at @ctx; no other memory comes back.  Where there can be
 * no such process, it runs in this one. */
void host_apart(void (*fn)(void *ctx), void *ctx, size_t size);

struct img_env;
struct img_err;
struct img_source;

/* An ordinary file that somebody has looked at already (lstat), as a source: img_file_at without a second look. */
int img_file_known(struct img_env *env, const char *path, const struct stat *st, struct img_source **ret,
		   struct img_err *err);

#endif

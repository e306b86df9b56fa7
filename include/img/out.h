/* SPDX-License-Identifier: BSD-2-Clause */
/* Where bytes end up: a file, a pipe, nowhere.  Nothing stands under the final name before commit. */
#ifndef IMG_OUT_H
#define IMG_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_digest;
struct img_env;
struct img_out;
struct img_source;

enum img_out_flags {
	IMG_OUT_SEEKS = 1 << 0,	/* write at any offset, from any thread; otherwise front to back, by one */
	IMG_OUT_ZEROED = 1 << 1,	/* what was never written reads as zeros */
	IMG_OUT_SWAPPED = 1 << 2,	/* set by commit: for a moment neither the old folder nor the new one had the name */
};

struct img_out_ops {
	/* All of @len at @off, or an error.  Thread-safe where IMG_OUT_SEEKS. */
	int (*write)(struct img_out *o, uint64_t off, const void *buf, size_t len, struct img_err *err);
	/* @len zeros at @off: a hole where possible. */
	int (*zero)(struct img_out *o, uint64_t off, uint64_t len, struct img_err *err);
	/* @len bytes of the host file @from at @at, moved inside the kernel; with @share only if both then share the
	 * blocks.  *ret_done says how many; fewer than @len when the kernel cannot.  NULL: never. */
	int (*copy)(struct img_out *o, uint64_t off, struct img_source *from, uint64_t at, uint64_t len, bool share,
		    uint64_t *ret_done, struct img_err *err);
	/* The final size; called once, before commit. */
	int (*resize)(struct img_out *o, uint64_t size, struct img_err *err);
	/* A folder: the new file @name in it ("bands/1f"); folders on the way are made, and with a slash at the end of
	 * @name nothing else (@ret is not used).  The file's commit closes it, and is needed; the folder's own gives the
	 * whole its name.  NULL: this is no folder. */
	int (*child)(struct img_out *o, const char *name, struct img_out **ret, struct img_err *err);
	/* Make it durable and give it its name.  On failure nothing stands under the name. */
	int (*commit)(struct img_out *o, struct img_err *err);
	/* Without commit before: abandon, leaving nothing behind. */
	void (*destroy)(struct img_out *o);
};

struct img_out {		/* first member of every out's own struct */
	const struct img_out_ops *ops;
	uint32_t flags;
	bool unnamed;		/* set before the commit of a file: all of it but the name, which img_out_name gives */
	struct img_env *env;	/* asked between writes to a pipe whether the job was cancelled; NULL: nobody is */
	uint64_t expect;	/* the final size, told before the first write by who knows it; 0: not known */
	uint64_t free;		/* bytes free where it lives, when it was opened; UINT64_MAX: unknown */
};

/* The calls of the ops, each noting in @err that the target is meant (IMG_SIDE_TARGET). */
int img_out_write(struct img_out *o, uint64_t off, const void *buf, size_t len, struct img_err *err);
int img_out_zero(struct img_out *o, uint64_t off, uint64_t len, struct img_err *err);
int img_out_copy(struct img_out *o, uint64_t off, struct img_source *from, uint64_t at, uint64_t len, bool share,
		 uint64_t *ret_done, struct img_err *err);
int img_out_resize(struct img_out *o, uint64_t size, struct img_err *err);
int img_out_child(struct img_out *o, const char *name, struct img_out **ret, struct img_err *err);
int img_out_commit(struct img_out *o, struct img_err *err);
struct img_out *img_out_free(struct img_out *o);	/* NULL accepted; returns NULL */

/* A file in its folder: written as ".NAME.XXXXXX.part" beside it with write-back started on the way, then synced and
 * renamed.  @replace: an existing file gives way; otherwise IMG_E_EXISTS, tested now and again at the rename. */
int img_out_file(const char *path, bool replace, struct img_out **ret, struct img_err *err);

/* Names for @n outs that were committed ->unnamed, in this order, by a process of its own: if this one is killed meanwhile, none
 * of them is left without the others.  Those that are no files have theirs already.  *ret_named: how many have theirs now; on
 * failure it is the next that has none. */
int img_out_name(struct img_out *const *v, size_t n, size_t *ret_named, struct img_err *err);

/* A folder: filled as ".NAME.XXXXXX.part" beside it, then synced and renamed.  @replace: what stands under the name gives way,
 * by exchange where the system can, and is removed with all that is in it: the caller has looked at it. */
int img_out_dir(const char *path, bool replace, struct img_out **ret, struct img_err *err);

/* A descriptor that is already open (standard output, a FIFO); seeks if it is a regular file.  Not closed. */
int img_out_fd(int fd, struct img_out **ret, struct img_err *err);

/* In front of @below (taken on success): front to back only, and sums what passes.  _found may be called once, when all is
 * written. */
int img_out_digest(struct img_out *below, const struct img_digest *digest, struct img_out **ret, struct img_err *err);
void img_out_digest_found(struct img_out *o, uint8_t *ret);

/* Several files that together hold what is written, front to back: what @name calls the file @i of @path (from
 * malloc, 0 is the first; "" behind the last of a set of so many and no more).  The first is the last to get its name.  Without @replace IMG_E_EXISTS when any such name is taken;
 * with it what is left of a longer old set goes too. */
#define IMG_OUT_MAX_PARTS 999
typedef char *img_out_part_name(const char *path, size_t i);
int img_out_parts(const char *path, img_out_part_name *name, bool replace, struct img_out **ret, struct img_err *err);
/* Before anything is written: how many bytes go to the first and to each further file. */
void img_out_parts_cut(struct img_out *o, uint64_t first, uint64_t rest);
/* The same with all of them as large: then it can be written in any order, from any thread. */
void img_out_parts_even(struct img_out *o, uint64_t each);
/* The file that byte @off goes to, and how many bytes it takes from there on. */
size_t img_out_parts_at(const struct img_out *o, uint64_t off, uint64_t *ret_left);
/* File @i, opened now if it is the next one: for formats that write each by itself, and nothing to @o. */
int img_out_parts_open(struct img_out *o, size_t i, struct img_out **ret, struct img_err *err);
/* File @i, to put something behind the @ret_len bytes it took; NULL when there is none. */
struct img_out *img_out_parts_file(struct img_out *o, size_t i, uint64_t *ret_len);

/* Nowhere. */
int img_out_null(struct img_out **ret, struct img_err *err);

#endif

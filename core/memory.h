/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory sized by files, buffers that grow to a maximum, cleanup at scope end.  For .c files only. */
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "img/error.h"
#include "img/source.h"
#include "img/tree.h"

/* @n zeroed elements of @size bytes; IMG_E_LIMIT when that is more than @limit bytes in all. */
int img_array(uint64_t n, size_t size, uint64_t limit, const char *what, void *ret_array, struct img_err *err);

/* Room for one more element in a table of @n elements of @size bytes, which doubles: @table points at the pointer to its
 * first one, both are 0 at first.  What bounds the number of elements is the caller's business. */
int img_room(void *table, size_t n, size_t *io_room, size_t size, struct img_err *err);

/* Bytes that grow up to a maximum fixed at birth. */
struct img_buf {
	uint8_t *p;
	size_t len, room, max;
};
static inline struct img_buf
img_buf_new(size_t max)
{
	return (struct img_buf) { .max = max };
}
/* IMG_E_LIMIT over the maximum. */
int img_buf_add(struct img_buf *b, const void *bytes, size_t len, struct img_err *err);
void img_buf_done(struct img_buf *b);

/* Many small strings and nodes that die together. */
struct img_arena;
struct img_arena *img_arena_new(void);			/* NULL: out of memory */
void *img_arena_alloc(struct img_arena *a, size_t len);	/* zeroed, aligned for anything; NULL: out of memory */
char *img_arena_str(struct img_arena *a, const char *s, size_t len);	/* copy with NUL; NULL: out of memory */
struct img_arena *img_arena_free(struct img_arena *a);	/* returns NULL */

static inline void
img_unrefp_(struct img_source **p)
{
	img_unref(*p);
}

static inline void
img_tree_unrefp_(struct img_tree **p)
{
	img_tree_unref(*p);
}

static inline void
img_freep_(void *p)
{
	free(*(void **)p);
}

#define img_autounref __attribute__((cleanup(img_unrefp_)))
#define img_autotree __attribute__((cleanup(img_tree_unrefp_)))
#define img_autofree __attribute__((cleanup(img_freep_)))
#define img_autobuf __attribute__((cleanup(img_buf_done)))

/* Take the value out of a variable that would be cleaned up. */
#define img_steal(p) __extension__ ({ __typeof__(*(p)) v_ = *(p); *(p) = NULL; v_; })

#endif

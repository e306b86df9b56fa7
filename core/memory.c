/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays sized by files, bounded buffers, arenas. */
#include "config.h"

#include "core/memory.h"

#include <inttypes.h>
#include <stdalign.h>
#include <string.h>

#include "core/checked.h"

int
img_array(uint64_t n, size_t size, uint64_t limit, const char *what, void *ret_array, struct img_err *err)
{
	uint64_t bytes;
	size_t len;
	void *p;

	if (!u64_mul(n, size, &bytes) || bytes > limit || !to_size(bytes, &len))
		return img_fail(err, IMG_E_LIMIT, "%" PRIu64 " %s are more than this tool takes (%" PRIu64 " bytes)", n, what,
				limit);
	p = calloc(len ? (size_t)n : 1, size);
	if (!p)
		return img_fail_nomem(err);
	*(void **)ret_array = p;
	return 0;
}

int
img_room(void *table, size_t n, size_t *io_room, size_t size, struct img_err *err)
{
	size_t more = *io_room ? *io_room * 2 : 32;
	void *p;

	if (n < *io_room)
		return 0;
	p = more < SIZE_MAX / 2 / size ? realloc(*(void **)table, more * size) : NULL;
	if (!p)
		return img_fail_nomem(err);
	*(void **)table = p;
	*io_room = more;
	return 0;
}

int
img_buf_add(struct img_buf *b, const void *bytes, size_t len, struct img_err *err)
{
	if (len > b->max - b->len)
		return img_fail(err, IMG_E_LIMIT, "more than %zu bytes", b->max);
	if (len > b->room - b->len) {
		size_t room = b->room ? b->room : 256;
		void *p;

		while (room - b->len < len)
			room = room > b->max / 2 ? b->max : room * 2;
		p = realloc(b->p, room);
		if (!p)
			return img_fail_nomem(err);
		b->p = p;
		b->room = room;
	}
	if (len)
		memcpy(b->p + b->len, bytes, len);
	b->len += len;
	return 0;
}

void
img_buf_done(struct img_buf *b)
{
	free(b->p);
	b->p = NULL;
	b->len = b->room = 0;
}

struct arena_block {
	struct arena_block *next;
	size_t used, room;
	alignas(max_align_t) unsigned char bytes[];
};

struct img_arena {
	struct arena_block *head;
};

#define ARENA_BLOCK 8000	/* with its header and malloc's below two pages */

struct img_arena *
img_arena_new(void)
{
	return calloc(1, sizeof(struct img_arena));
}

static void *
arena_take(struct img_arena *a, size_t len, size_t align)
{
	struct arena_block *b = a->head;
	size_t at;

	if (len > SIZE_MAX / 2)
		return NULL;
	if (b) {
		at = (b->used + align - 1) & ~(align - 1);
		if (at <= b->room && len <= b->room - at) {
			b->used = at + len;
			return b->bytes + at;
		}
	}
	at = len > ARENA_BLOCK / 4 ? len : ARENA_BLOCK;
	b = malloc(sizeof *b + at);
	if (!b)
		return NULL;
	b->room = at;
	b->used = len;
	if (a->head && at == len) {
		/* a block of its own: keep filling the one before */
		b->next = a->head->next;
		a->head->next = b;
	} else {
		b->next = a->head;
		a->head = b;
	}
	return b->bytes;
}

void *
img_arena_alloc(struct img_arena *a, size_t len)
{
	void *p = arena_take(a, len, alignof(max_align_t));

	if (p)
		memset(p, 0, len);
	return p;
}

char *
img_arena_str(struct img_arena *a, const char *s, size_t len)
{
	char *p = len < SIZE_MAX ? arena_take(a, len + 1, 1) : NULL;

	if (p) {
		memcpy(p, s, len);
		p[len] = '\0';
	}
	return p;
}

struct img_arena *
img_arena_free(struct img_arena *a)
{
	struct arena_block *b = a ? a->head : NULL;

	while (b) {
		struct arena_block *next = b->next;

		free(b);
		b = next;
	}
	free(a);
	return NULL;
}

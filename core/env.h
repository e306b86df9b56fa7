/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of struct img_env, for core only. */
#ifndef CORE_ENV_H
#define CORE_ENV_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/idmap.h"
#include "img/env.h"
#include "img/source.h"

struct img_env {
	struct img_limits limits;
	atomic_bool cancelled;
	atomic_uint_fast64_t next_id;	/* of sources */
	_Atomic int64_t budget;
	_Atomic int64_t look_chunks;	/* bytes that whole chunks may still decode to while only looking */
	bool looks_closer;
	atomic_bool refused;		/* something, since the budget was set */
	char *work_dir;			/* NULL: the system's */
	enum img_peek peek;
	bool repair, keep_damaged;

	pthread_mutex_t lock;		/* guards what follows, but for the cache and the files */
	struct img_problem *problems;
	size_t n_problems, room_problems, max_problems, n_lost;
	struct idmap known;		/* problems by the sum of code and text */
	struct img_codec_state *idle;	/* codec states nobody borrows */
	img_password_fn *password;
	void *password_ctx;

	struct chunk_cache *cache;	/* core/chunk_cache.c */
	struct chunk_heads *heads;	/* core/chunk_head.c */
	struct open_files *files;	/* core/leaf_file.c */
};

/* True while only looking: a budget stands. */
static inline bool
env_looks_only(struct img_env *env)
{
	return atomic_load_explicit(&env->budget, memory_order_relaxed) != IMG_NO_BUDGET;
}

/* A whole chunk is about to be read and decoded: while only looking, beside the budget as long as there is room for that. */
void env_look_at_chunk(struct img_env *env, const struct img_extent *e);

/* ---- core/chunk_cache.c ---- */

struct chunk;

struct chunk_cache *chunk_cache_new(uint64_t max_bytes);
void chunk_cache_free(struct chunk_cache *c);
/* The decoded chunk of @e, pinned; decoded now if it is not there.  A chunk that another thread decodes is waited for. */
int chunk_get(struct img_env *env, const struct img_extent *e, struct chunk **ret, struct img_err *err);
/* The same if it is there already; otherwise NULL. */
struct chunk *chunk_kept(struct img_env *env, const struct img_extent *e);
const uint8_t *chunk_bytes(const struct chunk *c);
void chunk_put(struct img_env *env, struct chunk *c);

/* ---- core/chunk_head.c ---- */

struct chunk_heads *chunk_heads_new(void);
void chunk_heads_free(struct chunk_heads *h);
/* Bytes [skip, skip + n) of the chunk of @e, if they are near its start and the codec can decode a start alone;
 * *ret_done says whether. */
int chunk_head_read(struct img_env *env, const struct img_extent *e, uint64_t skip, void *buf, size_t n, bool *ret_done,
		    struct img_err *err);

/* ---- core/leaf_file.c ---- */

struct open_files *open_files_new(void);
void open_files_free(struct open_files *f);

#endif

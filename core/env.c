/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run shares: limits, problems, the read budget, idle codec states, the password callback.  The chunk cache and
 * the pool of open files hang here too, with locks of their own. */
#include "config.h"

#include "core/env.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/limits.h"
#include "img/codec.h"

void
img_limits_default(struct img_limits *ret)
{
	*ret = (struct img_limits) {
		.max_chunk = IMG_MAX_CHUNK,
		.max_table = IMG_MAX_TABLE,
		.max_plist = IMG_MAX_PLIST,
		.max_decoder = IMG_MAX_DECODER,
		.cache = IMG_CACHE_BYTES,
		.max_depth = IMG_MAX_DEPTH,
	};
}

int
img_env_new(const struct img_limits *limits, struct img_env **ret, struct img_err *err)
{
	struct img_env *env = calloc(1, sizeof *env);

	if (!env)
		return img_fail_nomem(err);
	if (limits)
		env->limits = *limits;
	else
		img_limits_default(&env->limits);
	atomic_init(&env->budget, IMG_NO_BUDGET);
	atomic_init(&env->look_chunks, IMG_LOOK_CHUNKS);
	env->max_problems = IMG_MAX_PROBLEMS;
	pthread_mutex_init(&env->lock, NULL);
	env->cache = chunk_cache_new(env->limits.cache);
	env->heads = chunk_heads_new();
	env->files = open_files_new();
	if (!env->cache || !env->heads || !env->files) {
		img_env_free(env);
		return img_fail_nomem(err);
	}
	*ret = env;
	return 0;
}

static void
codec_state_free(struct img_codec_state *cs)
{
	if (cs->encodes)
		cs->codec->encoder_free(cs->state);
	else
		cs->codec->state_free(cs->state);
	free(cs);
}

struct img_env *
img_env_free(struct img_env *env)
{
	if (!env)
		return NULL;
	chunk_cache_free(env->cache);
	chunk_heads_free(env->heads);
	open_files_free(env->files);
	while (env->idle) {
		struct img_codec_state *cs = env->idle;

		env->idle = cs->next;
		codec_state_free(cs);
	}
	for (size_t i = 0; i < env->n_problems; i++)
		free(env->problems[i].message);
	free(env->problems);
	idmap_done(&env->known);
	pthread_mutex_destroy(&env->lock);
	free(env->work_dir);
	free(env);
	return NULL;
}

int
img_env_set_work_dir(struct img_env *env, const char *dir, struct img_err *err)
{
	char *copy = dir ? strdup(dir) : NULL;

	if (dir && !copy)
		return img_fail_nomem(err);
	free(env->work_dir);
	env->work_dir = copy;
	return 0;
}

const char *
img_env_work_dir(const struct img_env *env)
{
	const char *tmp = getenv("TMPDIR");

	return env->work_dir ? env->work_dir : tmp && *tmp ? tmp : "/tmp";
}

void
img_env_set_peek(struct img_env *env, enum img_peek peek)
{
	env->peek = peek;
}

void
img_env_set_repair(struct img_env *env, bool repair)
{
	env->repair = repair;
}

void
img_env_set_keep_damaged(struct img_env *env, bool keep)
{
	env->keep_damaged = keep;
}

bool
img_env_keeps_damaged(const struct img_env *env)
{
	return env->keep_damaged;
}

bool
img_env_repairs(const struct img_env *env)
{
	return env->repair;
}

enum img_peek
img_env_peeks(const struct img_env *env)
{
	return env->peek;
}

const struct img_limits *
img_env_limits(const struct img_env *env)
{
	return &env->limits;
}

void
img_env_cancel(struct img_env *env)
{
	atomic_store(&env->cancelled, true);
}

bool
img_env_cancelled(const struct img_env *env)
{
	return atomic_load_explicit(&env->cancelled, memory_order_relaxed);
}

/* ---- problems ---- */

static uint64_t
problem_sum(const char *code, const char *text)
{
	uint64_t h = 0xcbf29ce484222325;

	for (const char *p = code; *p; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	for (const char *p = text; *p; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	return h;
}

/* Lock held; false: there is no room for it. */
static bool
problem_add(struct img_env *env, const struct img_problem *p)
{
	if (env->n_problems >= env->max_problems)
		return false;
	if (env->n_problems == env->room_problems) {
		size_t room = env->room_problems ? env->room_problems * 2 : 16;
		struct img_problem *v = realloc(env->problems, room * sizeof *v);

		if (!v)
			return false;
		env->problems = v;
		env->room_problems = room;
	}
	env->problems[env->n_problems] = *p;
	env->problems[env->n_problems].message = strdup(p->message);
	if (!env->problems[env->n_problems].message)
		return false;
	env->n_problems++;
	return true;
}

void
img_problem(struct img_env *env, enum img_severity severity, const char *code, const char *fmt, ...)
{
	char text[1024];	/* two long names */
	struct img_problem p = { severity, code, text };
	uint64_t sum;
	bool old;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	sum = problem_sum(code, text);
	pthread_mutex_lock(&env->lock);
	if (!idmap_find(&env->known, sum, NULL)) {
		if (problem_add(env, &p))
			idmap_add(&env->known, sum, 0, &old, NULL);
		else
			env->n_lost++;
	}
	pthread_mutex_unlock(&env->lock);
}

void
img_env_keep_problems(struct img_env *env, size_t n)
{
	pthread_mutex_lock(&env->lock);
	env->max_problems = n;
	pthread_mutex_unlock(&env->lock);
}

size_t
img_problems(struct img_env *env, const struct img_problem **ret, size_t *ret_lost)
{
	size_t n;

	pthread_mutex_lock(&env->lock);
	*ret = env->problems;
	n = env->n_problems;
	if (ret_lost)
		*ret_lost = env->n_lost;
	pthread_mutex_unlock(&env->lock);
	return n;
}

/* ---- the budget of callers that only look ---- */

void
img_env_set_budget(struct img_env *env, int64_t bytes)
{
	atomic_store(&env->budget, bytes);
	atomic_store(&env->refused, false);
}

bool
img_env_refused(const struct img_env *env)
{
	return atomic_load(&env->refused);
}

int
img_env_spend(struct img_env *env, uint64_t bytes, struct img_err *err)
{
	int64_t have = atomic_load_explicit(&env->budget, memory_order_relaxed);

	if (have == IMG_NO_BUDGET)
		return 0;
	do {
		if (have < 0 || bytes > (uint64_t)have) {
			atomic_store(&env->refused, true);
			return img_fail(err, IMG_E_LIMIT, "this would read %" PRIu64 " bytes only to look", bytes);
		}
	} while (!atomic_compare_exchange_weak(&env->budget, &have, have - (int64_t)bytes));
	return 0;
}

bool
img_env_look_closer(struct img_env *env, bool closer)
{
	bool old = env->looks_closer;

	env->looks_closer = closer;
	return old;
}

/* The whole of a chunk costs time by its decoded bytes, so those are what is bounded; what it takes to read is given on
 * top, with what a cipher below rounds up. */
void
env_look_at_chunk(struct img_env *env, const struct img_extent *e)
{
	int64_t have = atomic_load_explicit(&env->look_chunks, memory_order_relaxed);

	if (!env_looks_only(env) || !env->looks_closer)
		return;
	do {
		if (have < 0 || e->whole > (uint64_t)have)
			return;
	} while (!atomic_compare_exchange_weak(&env->look_chunks, &have, have - (int64_t)e->whole));
	atomic_fetch_add(&env->budget, (int64_t)e->stored + 2 * 4096);
}

/* ---- codec states ---- */

/* An idle one, or NULL. */
static struct img_codec_state *
codec_state_take(struct img_env *env, const struct img_codec *codec, bool encodes)
{
	struct img_codec_state *cs, **link;

	pthread_mutex_lock(&env->lock);
	for (link = &env->idle; (cs = *link); link = &cs->next)
		if (cs->codec == codec && cs->encodes == encodes) {
			*link = cs->next;
			break;
		}
	pthread_mutex_unlock(&env->lock);
	return cs;
}

static int
codec_state_get(struct img_env *env, const struct img_codec *codec, bool encodes, struct img_codec_state **ret,
		struct img_err *err)
{
	struct img_codec_state *cs = codec_state_take(env, codec, encodes);

	if (!cs) {
		cs = malloc(sizeof *cs);
		if (!cs)
			return img_fail_nomem(err);
		cs->codec = codec;
		cs->encodes = encodes;
		cs->state = encodes ? codec->encoder_new() : codec->state_new(env->limits.max_decoder);
		if (!cs->state) {
			free(cs);
			return img_fail_nomem(err);
		}
	}
	*ret = cs;
	return 0;
}

int
img_env_codec_get(struct img_env *env, const struct img_codec *codec, struct img_codec_state **ret,
		  struct img_err *err)
{
	if (codec->state_new)
		return codec_state_get(env, codec, false, ret, err);
	*ret = NULL;
	return 0;
}

int
img_env_encoder_get(struct img_env *env, const struct img_codec *codec, struct img_codec_state **ret,
		    struct img_err *err)
{
	if (codec->encoder_new)
		return codec_state_get(env, codec, true, ret, err);
	*ret = NULL;
	return 0;
}

void
img_env_codec_put(struct img_env *env, struct img_codec_state *state)
{
	if (!state)
		return;
	pthread_mutex_lock(&env->lock);
	state->next = env->idle;
	env->idle = state;
	pthread_mutex_unlock(&env->lock);
}

/* ---- passwords ---- */

void
img_env_set_password(struct img_env *env, img_password_fn *fn, void *ctx)
{
	env->password = fn;
	env->password_ctx = ctx;
}

int
img_env_password(struct img_env *env, const char *what, char *buf, size_t len, struct img_err *err)
{
	if (!env->password)
		return img_fail(err, IMG_E_KEY, "encrypted (%s); a password is needed", what);
	return env->password(env->password_ctx, what, buf, len, err);
}

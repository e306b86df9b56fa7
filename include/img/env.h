/* SPDX-License-Identifier: BSD-2-Clause */
/* The environment of one run: the only thing that is shared and changes.  It locks itself; every function here may be
 * called from any thread unless it says otherwise. */
#ifndef IMG_ENV_H
#define IMG_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "img/error.h"

struct img_codec;
struct img_env;
struct img_extent;

/* Bounds against hostile input; core/limits.h has the defaults and the reasons. */
struct img_limits {
	uint64_t max_chunk;	/* bytes one compressed chunk may decode to */
	uint64_t max_table;	/* bytes of block tables, partition tables and the like kept in memory */
	uint64_t max_plist;	/* bytes of a property list */
	uint64_t max_decoder;	/* bytes a decoder may ask for because its stream says so (xz dictionary) */
	uint64_t cache;		/* bytes of decoded chunks kept for partial reads */
	unsigned int max_depth;	/* containers inside containers */
};

void img_limits_default(struct img_limits *ret);

/* @limits is copied.  NULL: the defaults. */
int img_env_new(const struct img_limits *limits, struct img_env **ret, struct img_err *err);

/* Every source made with @env must be gone.  NULL is accepted; returns NULL. */
struct img_env *img_env_free(struct img_env *env);

const struct img_limits *img_env_limits(const struct img_env *env);

/* Ask everything that runs to stop soon with IMG_E_CANCELLED.  Async-signal-safe. */
void img_env_cancel(struct img_env *env);
bool img_env_cancelled(const struct img_env *env);

/* Problems found on the way: facts for the report, never printed by the library.  @code is a static word with dashes
 * ("gpt-backup-missing") and part of the JSON contract.  The same code and text is kept once; after IMG_MAX_PROBLEMS,
 * or as many as img_env_keep_problems said, only their number grows. */
enum img_severity { IMG_NOTE, IMG_WARNING, IMG_ERROR };
struct img_problem {
	enum img_severity severity;
	const char *code;
	char *message;
};
void img_problem(struct img_env *env, enum img_severity severity, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* For sources that are the user's own and not hostile: nothing is to be left out. */
void img_env_keep_problems(struct img_env *env, size_t n);

/* The problems so far; the array is valid until the next one comes.  *ret_lost counts those not kept. */
size_t img_problems(struct img_env *env, const struct img_problem **ret, size_t *ret_lost);

/* Bytes that may still be read from files and decoded from chunks, for callers that only look (imginfo, probing).
 * While a budget stands, a read that would exceed it fails with IMG_E_LIMIT before it starts; whoever merely describes
 * treats that as "not examined".  IMG_NO_BUDGET lifts it. */
#define IMG_NO_BUDGET INT64_MAX
void img_env_set_budget(struct img_env *env, int64_t bytes);
/* Take @bytes out of the budget. */
int img_env_spend(struct img_env *env, uint64_t bytes, struct img_err *err);
/* Was a read refused since the budget was set?  Then what seems not to be there may only be out of reach. */
bool img_env_refused(const struct img_env *env);
/* May whoever only looks decode whole chunks beside the budget?  A few, over the life of @env (IMG_LOOK_CHUNKS): for the
 * signature and description of a file system, not for what is there twice.  Returns what it was; one thread only. */
bool img_env_look_closer(struct img_env *env, bool closer);

/* Where work files go; copied.  NULL or not set: TMPDIR, or /tmp.  Before anything is opened. */
int img_env_set_work_dir(struct img_env *env, const char *dir, struct img_err *err);
const char *img_env_work_dir(const struct img_env *env);

/* Of what can be had only front to back (a compressed stream) only the beginning is worth having, and of a chunk no more
 * than is asked for: while looking what there is to be moved, or for who merely describes and will never read the rest. */
enum img_peek { IMG_PEEK_NOT, IMG_PEEK_FIRST, IMG_PEEK_ONLY };
void img_env_set_peek(struct img_env *env, enum img_peek peek);
enum img_peek img_env_peeks(const struct img_env *env);

/* Are damaged sectors of a CD to be corrected by their own redundancy?  Before anything is opened. */
void img_env_set_repair(struct img_env *env, bool repair);
bool img_env_repairs(const struct img_env *env);

/* Is the EDC of such sectors a check of the job, so that a damaged one is read as it lies?  Not set: reading it fails. */
void img_env_set_keep_damaged(struct img_env *env, bool keep);
bool img_env_keeps_damaged(const struct img_env *env);

/* Borrow a state of @codec; give it back with _put, which accepts NULL.  The codec's own pointer is in ->state; *ret is
 * NULL when the codec needs none. */
struct img_codec_state {
	struct img_codec_state *next;	/* while idle */
	const struct img_codec *codec;
	void *state;
	bool encodes;		/* @state is an encoder */
};
int img_env_codec_get(struct img_env *env, const struct img_codec *codec, struct img_codec_state **ret,
		      struct img_err *err);
/* The same for encoding. */
int img_env_encoder_get(struct img_env *env, const struct img_codec *codec, struct img_codec_state **ret,
			struct img_err *err);
void img_env_codec_put(struct img_env *env, struct img_codec_state *state);

/* How passwords are asked for.  Called at most once a password is needed; fills @buf (NUL-terminated) or fails with
 * IMG_E_KEY.  Not set: IMG_E_KEY. */
typedef int img_password_fn(void *ctx, const char *what, char *buf, size_t len, struct img_err *err);
void img_env_set_password(struct img_env *env, img_password_fn *fn, void *ctx);
int img_env_password(struct img_env *env, const char *what, char *buf, size_t len, struct img_err *err);

#endif

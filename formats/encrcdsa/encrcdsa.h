/* SPDX-License-Identifier: BSD-2-Clause */
/* Encrypted Apple images.  The header with its key slots is a lock; once it is unlocked, cipher blocks wherever they lie
 * (behind the header, in the bands of a sparse bundle) become a source of plain bytes. */
#ifndef FORMATS_ENCRCDSA_ENCRCDSA_H
#define FORMATS_ENCRCDSA_ENCRCDSA_H

#include <stdbool.h>
#include <stdint.h>

#include "img/error.h"
#include "img/format.h"

struct enc_lock;
struct img_rep;
struct img_source;

extern const struct img_format img_format_encrcdsa;

/* Read the header of version 2 at the start of @file, or of version 1 at its end, with at least one slot that a password
 * could open.  IMG_E_UNKNOWN: there is none. */
int enc_lock_read(struct img_source *file, struct enc_lock **ret, struct img_err *err);
struct enc_lock *enc_lock_ref(struct enc_lock *l);
struct enc_lock *enc_lock_unref(struct enc_lock *l);	/* clears the keys with the last one; returns NULL */

/* Ask the environment for the password and try every slot.  IMG_E_KEY: there is none, or it is wrong. */
int enc_lock_open(struct enc_lock *l, struct img_err *err);

uint32_t enc_lock_block_size(const struct enc_lock *l);
void enc_lock_describe(const struct enc_lock *l, struct img_rep *rep);

/* The plain bytes of the @len bytes that the cipher blocks from @off of @below on hold.  The first of them counts as block
 * @first.  The last block must be stored in full: IMG_E_FORMAT.  Takes references. */
int enc_source(struct enc_lock *l, struct img_source *below, uint64_t off, uint64_t len, uint64_t first,
	       struct img_source **ret, struct img_err *err);

/* The same when @l cannot be opened: every read fails with @why. */
int enc_source_locked(struct enc_lock *l, struct img_env *env, uint64_t len, const struct img_err *why,
		      struct img_source **ret, struct img_err *err);

#endif
